"""The demo's network: real cities, invented shops, goods and visits, drawn from a seed."""

from anyshelf.simulator.demo.visits import drawn_visits
from anyshelf.simulator.demo.writing import DEMO_DAY, write_demo

__all__ = ["DEMO_DAY", "drawn_visits", "write_demo"]
