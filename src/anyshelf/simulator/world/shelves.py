"""What lies where: as the books show it, as it is, and as much of it as may be promised."""

import numpy as np

from anyshelf.simulator.model import Setting
from anyshelf.simulator.world.demand import stream
from anyshelf.simulator.world.stage import Ints, Stage


class Shelves:
    """The units of every item at every node, [items, nodes].

    `level` is what each is filled up to, `book` what the books show, `real` what lies there, `free` what may
    be promised: the books, less what stores keep back.
    """

    def __init__(self, stage: Stage, setting: Setting, level: Ints, replication: int) -> None:
        self.level = level
        self.book: Ints = level.copy()
        self.real: Ints = level.copy()
        if setting.phantom_share:
            rng = stream(setting.seed, replication, "opening", 1)
            self.real -= rng.binomial(level, setting.phantom_share) * stage.is_store
        self.free: Ints = self.book
        if setting.holdback_units:
            self.free = self.book - np.where(stage.is_store, setting.holdback_units, 0)

    def move(self, item: int, node: int, units: int) -> None:
        """Units come to a shelf, or leave it (negative), in the books and in truth."""
        self.book[item, node] += units
        self.real[item, node] += units
        if self.free is not self.book:
            self.free[item, node] += units

    def put(self, items: Ints, nodes: Ints, units: Ints) -> None:
        """Many units come at once."""
        for each in (self.book, self.real, *([self.free] if self.free is not self.book else [])):
            np.add.at(each, (items, nodes), units)

    def correct(self, item: int, node: int) -> None:
        """A picker found less than the books show: they say nothing lies there until it is counted."""
        if self.free is not self.book:
            self.free[item, node] -= self.book[item, node]
        self.book[item, node] = 0

    def count(self, item: int, node: int) -> None:
        """The books are set to what lies there."""
        if self.free is not self.book:
            self.free[item, node] += self.real[item, node] - self.book[item, node]
        self.book[item, node] = self.real[item, node]

    def has(self, item: int, node: int, units: int) -> bool:
        """Whether somebody who stands there can take so many: they are there, and nobody else's."""
        return bool(self.real[item, node] >= units and self.book[item, node] >= units)
