"""How shelves are filled again: what is ordered when, by levels or as planning decides; vendors who lie."""

from collections import defaultdict
from typing import Final

import numpy as np

from anyshelf.network.model import Floats
from anyshelf.planning.model import Costs, Limits, Stock
from anyshelf.planning.rules import decide
from anyshelf.simulator.model import Setting
from anyshelf.simulator.world.demand import stream
from anyshelf.simulator.world.shelves import Shelves
from anyshelf.simulator.world.stage import Ints, Stage

VENDOR_LATE_DAYS: Final = 7
PLANNING: Final = "planning"
PAST_PERIODS: Final = 12
"""So many periods before the first day are known to planning, drawn from what is expected."""
HOLDING_A_YEAR: Final = 0.25
"""What it costs to hold goods for a year, as a share of their cost; planning's own usual terms."""
YEAR_DAYS: Final = 365


class Supply:
    """Orders to vendors and what is on its way. A period of planning is the time between two orders."""

    def __init__(self, stage: Stage, setting: Setting, shelves: Shelves, replication: int) -> None:
        self._stage, self._setting, self._shelves = stage, setting, shelves
        self._replication = replication
        self._due: dict[int, list[tuple[Ints, Ints, Ints, Ints]]] = defaultdict(list)
        self._ordered = np.zeros_like(shelves.level)
        self._plans = setting.restock == PLANNING
        self.wanted: Ints = np.zeros_like(shelves.level)  # since the last order; kept by whoever sells
        self._history = self._past() if self._plans else []

    def _past(self) -> list[Floats]:
        """The periods before the first day: what each shelf is filled for, as it would have come."""
        setting, stage = self._setting, self._stage
        cover = np.where(stage.is_store, setting.store_cover_days, setting.dc_cover_days)
        period = self._shelves.level / np.maximum(cover, 1.0) * setting.review_days
        rng = stream(setting.seed, self._replication, "opening", 2)
        return [rng.poisson(period).astype(np.float64) for _ in range(PAST_PERIODS)]

    def arrive(self, number: int) -> None:
        """What comes today is put away."""
        for items, nodes, units, ordered in self._due.pop(number, []):
            self._shelves.put(items, nodes, units)
            np.subtract.at(self._ordered, (items, nodes), ordered)

    def order(self, number: int) -> None:
        """Order what is missing; the vendor is late with some of it, and short of some, whatever it says."""
        setting = self._setting
        missing = self._planned(number) if self._plans else self._up_to_level()
        items, nodes = np.nonzero(missing > 0)
        units = missing[items, nodes]
        rng = stream(setting.seed, self._replication, "vendors", number)
        late = rng.random(missing.shape)[items, nodes] < setting.vendor_late_share
        comes = units
        if setting.vendor_short_share:
            short = rng.random(missing.shape)[items, nodes] < setting.vendor_short_share
            comes = np.where(short, units // 2, units)
        self._ordered[items, nodes] += units
        for part, days in ((~late, 0), (late, VENDOR_LATE_DAYS)):
            due = number + setting.lead_days + days
            self._due[due].append((items[part], nodes[part], comes[part], units[part]))

    def _up_to_level(self) -> Ints:
        missing: Ints = self._shelves.level - self._shelves.book - self._ordered
        return missing

    def _planned(self, number: int) -> Ints:
        """What the product's planning orders of every item at every node, going by what was wanted there."""
        if number:
            self._history.append(self.wanted.astype(np.float64))
            self.wanted[:] = 0
        setting, shape = self._setting, self._shelves.level.shape
        history = np.stack([each.ravel() for each in self._history], axis=1)
        cost = self._stage.goods.cost_minor.astype(np.float64)
        margin = self._stage.goods.price_minor - cost
        a_period = HOLDING_A_YEAR * setting.review_days / YEAR_DAYS
        lead = round(setting.lead_days / setting.review_days)
        coming = np.zeros((history.shape[0], lead + 1), dtype=np.int64)
        coming[:, lead] = self._ordered.ravel()
        order = decide(
            history, Stock(on_hand=self._shelves.book.ravel(), on_order=coming), lead,
            Costs(holding=np.repeat(cost * a_period, shape[1]), shortage=np.repeat(margin, shape[1])),
            limits=Limits(),
        )  # fmt: skip
        units: Ints = order.reshape(shape)
        return units
