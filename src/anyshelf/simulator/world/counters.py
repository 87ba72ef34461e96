"""The counters of stores: who comes when, and how long they wait."""

from collections import defaultdict
from typing import Final

import numpy as np

from anyshelf.simulator.model import Setting
from anyshelf.simulator.rules import waits
from anyshelf.simulator.world.dating import Dates
from anyshelf.simulator.world.demand import stream

OPEN_MINUTES: Final = (9 * 60, 21 * 60)


class Counters:
    """Orders to be fetched, by the day on which their shoppers come."""

    def __init__(self, setting: Setting, dates: Dates, replication: int) -> None:
        self._setting, self._dates, self._replication = setting, dates, replication
        self._coming: dict[int, list[int]] = defaultdict(list)

    def expect(self, day: int, store: int) -> None:
        """A shopper comes for an order on a day."""
        self._coming[day].append(store)

    def serve(self, number: int) -> tuple[int, float]:
        """Who fetches an order today waits until somebody is free: how many came, and all their minutes."""
        coming = self._coming.pop(number, [])
        if not coming:
            return 0, 0.0
        rng = stream(self._setting.seed, self._replication, "counters", number)
        many_at, waited = np.bincount(coming), 0.0
        for store in np.unique(coming).tolist():
            many = int(many_at[store])
            comes = np.sort(rng.uniform(*OPEN_MINUTES, many))
            takes = rng.exponential(self._setting.counter_minutes, many)
            people = max(1, round(self._setting.counters * self._dates.more(store, number)))
            waited += float(waits(comes, takes, people).sum())
        return len(coming), waited
