"""The demo's network and its shoppers: real cities, invented shops and goods, drawn from a seed."""

from anyshelf.simulator.demo.week import Wish, week
from anyshelf.simulator.demo.writing import DEMO_DAY, write_demo

__all__ = ["DEMO_DAY", "Wish", "week", "write_demo"]
