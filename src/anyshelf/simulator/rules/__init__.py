"""What the simulator reckons: intervals of replications, and waiting at a counter. Values in, values out."""

from anyshelf.simulator.rules.intervals import Interval, interval, paired
from anyshelf.simulator.rules.waiting import waits

__all__ = ["Interval", "interval", "paired", "waits"]
