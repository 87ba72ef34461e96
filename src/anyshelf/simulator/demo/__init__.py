"""The demo's network and its shoppers: real cities, invented shops, goods, orders and visits, from a seed."""

from anyshelf.simulator.demo.visits import drawn_visits
from anyshelf.simulator.demo.week import Wish, week
from anyshelf.simulator.demo.writing import DEMO_DAY, write_demo

__all__ = ["DEMO_DAY", "Wish", "drawn_visits", "week", "write_demo"]
