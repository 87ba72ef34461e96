"""Planning's decisions: pure functions of values, the same live, measured and played."""

from anyshelf.planning.rules.guaranteed import placed
from anyshelf.planning.rules.serial import best_levels, bounded_levels, cost_of_levels, near_levels

__all__ = ["best_levels", "bounded_levels", "cost_of_levels", "near_levels", "placed"]
