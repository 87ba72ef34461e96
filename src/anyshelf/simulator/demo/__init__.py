"""The demo's network: real cities, invented shops and goods, drawn from a seed."""

from anyshelf.simulator.demo.writing import DEMO_DAY, write_demo

__all__ = ["DEMO_DAY", "write_demo"]
