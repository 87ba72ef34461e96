"""What serving these orders and shoppers costs at least, for whoever knew them all beforehand.

Lagrange's bound: stock may be overdrawn, at a price for every unit taken, and what all the stock is worth at
these prices is taken off; at any prices this is no more than the least cost there is (Geoffrion 1974). Each
order is then by itself: every set of centres is tried, and beside them each line may come from a store that
charges it the line's share of its parcel had it served all the lines it could (a store's parcel cannot cost
less), or be lost. The nearest stores have their prices; all others give for nothing. The prices are improved
by subgradient steps (Held, Wolfe and Crowder 1974).
"""

from dataclasses import dataclass

import numpy as np

from anyshelf.sourcing.model import FloatArray, IntArray
from real.policies import Ground
from real.world import Order

STEPS = 150
STEP = 1.0
LEAST_GAIN = 1e-5
NEAR = 12
PATIENCE = 4
"""After so many steps that did not improve the bound, steps become shorter."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """All lines of all orders: what they cost at the centres, [lines, centres], and at stores near at hand.

    `near_node` and `near_minor` [lines, NEAR] are the cheapest stores (infinite where there are fewer);
    `rest_minor` [lines] is the least any other way costs (another store, whatever its price, or a loss).
    """

    items: IntArray
    quantities: IntArray
    centre_minor: FloatArray
    near_node: IntArray
    near_minor: FloatArray
    rest_minor: FloatArray


class Bound:
    """The bound and its prices, improved step by step."""

    def __init__(self, ground: Ground) -> None:
        self._contest, self._ground = ground.contest, ground
        self._centres = np.flatnonzero(ground.contest.atlas.kinds == "dc")
        self._sets = _sets(len(self._centres))
        found = [self._lines(order) for order in ground.contest.orders]
        self._fixed = [fixed for fixed, _ in found]
        self._ends = np.cumsum([len(lines.items) for _, lines in found])
        self._all = Lines(**{
            name: np.concatenate([getattr(lines, name) for _, lines in found]) for name in Lines.__slots__
        })  # fmt: skip
        self._till = np.zeros(ground.contest.stock.shape)
        np.add.at(self._till, (ground.contest.till.items, ground.contest.till.nodes), 1.0)

    def value_minor(self, worth: FloatArray, *, above_minor: float, steps: int = STEPS) -> float:
        """The best bound found from these prices on; `above_minor` is a cost that somebody has reached.

        A store whose own shoppers ask for more than lies there gives nothing to others for less.
        """
        stock, margin = self._contest.stock, self._contest.margin_minor[:, None]
        worth = np.where(self._till > stock, margin, worth)
        best, best_at, step, waited = -np.inf, worth, STEP, 0
        for _ in range(steps):
            value, taken = self.at(worth)
            waited = 0 if value > best + LEAST_GAIN * abs(best) else waited + 1
            if value > best:
                best, best_at = value, worth
            if waited >= PATIENCE:
                worth, step, waited = best_at, step / 2, 0
                continue
            over = taken - stock
            over[(worth <= 0) & (over < 0)] = 0.0
            relative = over / np.maximum(np.maximum(taken, stock), 1.0)
            length = float((over * relative).sum())
            if not length:
                break
            worth = np.maximum(worth + step * (above_minor - value) / length * relative, 0.0)
        return best

    def at(self, worth: FloatArray) -> tuple[float, FloatArray]:
        """The bound at these prices, and what would be taken, [items, nodes]."""
        lines, margin = self._all, self._contest.margin_minor[:, None]
        taken = np.where(worth < margin, self._till, 0.0)
        value = float((self._till * np.minimum(worth, margin)).sum())
        value -= float((worth * self._contest.stock).sum())
        units, rows = lines.quantities[:, None], np.arange(len(lines.items))
        at_centres = lines.centre_minor + worth[lines.items[:, None], self._centres] * units
        at_stores = lines.near_minor + worth[lines.items[:, None], lines.near_node] * units
        store = at_stores.argmin(axis=1)
        near = at_stores[rows, store]
        beside = np.minimum(near, lines.rest_minor)
        source = np.where(near <= lines.rest_minor, lines.near_node[rows, store], -1)
        for fixed, begin, end in zip(
            self._fixed, [0, *self._ends[:-1].tolist()], self._ends.tolist(), strict=True
        ):
            among = np.where(self._sets[:, None, :], at_centres[begin:end], np.inf).min(axis=2)
            totals = np.minimum(among, beside[begin:end]).sum(axis=1) + self._sets @ fixed
            best = int(totals.argmin())
            value += float(totals[best])
            here = np.flatnonzero(among[best] <= beside[begin:end])
            open_ = np.where(self._sets[best], at_centres[begin + here], np.inf)
            source[begin + here] = self._centres[open_.argmin(axis=1)]
        some = source >= 0
        np.add.at(taken, (lines.items[some], source[some]), lines.quantities[some])
        return value, taken

    def _lines(self, order: Order) -> tuple[FloatArray, Lines]:
        """An order's lines, and what its parcel from each centre costs."""
        ground, contest = self._ground, self._contest
        zones = ground.zones(order)
        base, per_kg = ground.base[zones], ground.per_kg[zones]
        fixed = np.where(ground.barred == 0, base + ground.who.handling_minor_per_order, np.inf)
        each = np.multiply.outer(contest.weight_g[order.items] / 1000.0, per_kg)
        whole = (each + ground.who.handling_minor_per_unit) * order.quantities[:, None]
        held = contest.stock[order.items] > 0
        held[:, self._centres] = False
        shared = whole + fixed / np.maximum(held.sum(axis=0), 1)
        at_stores = np.where(held, shared, np.inf)
        near = np.argpartition(at_stores, NEAR, axis=1)[:, : NEAR + 1]
        costs = np.take_along_axis(at_stores, near, axis=1)
        order_of = costs.argsort(axis=1)
        near, costs = np.take_along_axis(near, order_of, 1), np.take_along_axis(costs, order_of, 1)
        lost = contest.lost_minor[order.items]
        return fixed[self._centres], Lines(
            items=order.items, quantities=order.quantities, centre_minor=whole[:, self._centres],
            near_node=near[:, :NEAR], near_minor=costs[:, :NEAR],
            rest_minor=np.minimum(costs[:, NEAR], lost[:, 0] + lost[:, 1] * order.quantities),
        )  # fmt: skip


def _sets(centres: int) -> IntArray:
    """Every set of the centres, [sets, centres], as flags."""
    masks = np.arange(1 << centres)[:, None]
    flags: IntArray = (masks >> np.arange(centres)) & 1 == 1
    return flags
