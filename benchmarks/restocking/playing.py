"""A year replayed under a policy: weekly orders, two weeks of lead time, and whoever finds no stock goes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anyshelf.planning.model import Costs, Stock
from anyshelf.planning.rules import decide
from restocking.world import Floats, Ints, Sales

LEAD = 2
"""An order placed at the end of a week is sold from in the third week after it."""
HOLDING, SHORTAGE = 0.2, 1.0
"""What a unit costs that lies at the end of a week, and one that was asked for and not there."""
FIRST = 26
"""The first week that is decided on; all before it is history to every policy."""

Order = Callable[[Floats, Ints, Ints, npt.NDArray[np.bool_], int], Ints]
"""Sales seen, stock, what is on its way by week, where the shelf ran empty, and the week: what to order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What each series came to over the weeks an order could already reach."""

    held: Floats
    lost: Floats
    sold: Floats

    def of(self, rows: npt.NDArray[np.bool_]) -> "Outcome":
        """These series alone."""
        return Outcome(held=self.held[rows], lost=self.lost[rows], sold=self.sold[rows])

    @property
    def cost(self) -> float:
        """Holding and lost sales together."""
        return float(HOLDING * self.held.sum() + SHORTAGE * self.lost.sum())

    @property
    def fill(self) -> float:
        """The share of units wanted that were there."""
        return float(self.sold.sum() / (self.sold.sum() + self.lost.sum()))


def played(sales: Sales, order: Order) -> Outcome:
    """Every week: what was ordered arrives, shoppers come, the policy orders. It sees sales, never demand."""
    wanted = sales.units
    series, weeks = wanted.shape
    usual = np.rint(wanted[:, FIRST - 8 : FIRST].mean(axis=1)).astype(np.int64)
    stock, coming = usual.copy(), np.tile(usual[:, None], (1, LEAD))
    seen, empty = wanted.copy(), np.zeros(wanted.shape, dtype=bool)
    held, lost, sold = np.zeros(series), np.zeros(series), np.zeros(series)
    for week in range(FIRST, weeks):
        placed = order(seen[:, :week], stock, coming, empty[:, :week], week)
        coming = np.concatenate((coming, placed[:, None]), axis=1)
        stock, coming = stock + coming[:, 0], coming[:, 1:]
        served = np.minimum(stock, wanted[:, week])
        stock = (stock - served).astype(np.int64)
        seen[:, week], empty[:, week] = served, stock == 0
        if week >= FIRST + LEAD:
            held, lost, sold = held + stock, lost + wanted[:, week] - served, sold + served
    return Outcome(held=held, lost=lost, sold=sold)


def ours(shortage: float = SHORTAGE) -> Order:
    """Anyshelf's orders, from the history at each week alone."""

    def order(seen: Floats, stock: Ints, coming: Ints, empty: npt.NDArray[np.bool_], _: int) -> Ints:
        costs = Costs(holding=HOLDING, shortage=shortage)
        return decide(seen, Stock(on_hand=stock, on_order=coming), LEAD, costs, censored=empty)

    return order


def moving_average(safety: float, weeks: int = 4, lead: int = LEAD) -> Order:
    """Up to the mean of the last weeks over lead time and review, with so many deviations of safety.

    The deviation is that of what this very forecast missed in the last 26 weeks.
    """

    def order(seen: Floats, stock: Ints, coming: Ints, _: npt.NDArray[np.bool_], __: int) -> Ints:
        total = np.cumsum(seen, axis=1)
        means = (total[:, weeks:] - total[:, :-weeks]) / weeks
        missed = (seen[:, weeks + 1 :] - means[:, :-1])[:, -26:].std(axis=1)
        level = seen[:, -weeks:].mean(axis=1) * (lead + 1) + safety * missed * np.sqrt(lead + 1)
        wanted = np.ceil(level - 1e-9) - stock - coming.sum(axis=1)
        return np.maximum(wanted, 0).astype(np.int64)

    return order


def weeks_of_cover(weeks_ahead: float, weeks: int = 4) -> Order:
    """Up to so many weeks of the mean of the last four."""

    def order(seen: Floats, stock: Ints, coming: Ints, _: npt.NDArray[np.bool_], __: int) -> Ints:
        level = seen[:, -weeks:].mean(axis=1) * weeks_ahead
        return np.maximum(np.ceil(level - 1e-9) - stock - coming.sum(axis=1), 0).astype(np.int64)

    return order


def clairvoyant(sales: Sales, lead: int = LEAD) -> Order:
    """Whoever knows what will be wanted orders just that, in time."""

    def order(_: Floats, stock: Ints, coming: Ints, __: npt.NDArray[np.bool_], week: int) -> Ints:
        have = stock.astype(np.float64)
        for ahead in range(lead):
            if week + ahead < sales.units.shape[1]:
                have = np.maximum(have + coming[:, ahead] - sales.units[:, week + ahead], 0)
        there = week + lead < sales.units.shape[1]
        need = sales.units[:, week + lead] if there else np.zeros(len(stock))
        return np.maximum(need - have, 0).astype(np.int64)

    return order
