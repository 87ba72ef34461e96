"""What serving these orders and shoppers costs at least, for whoever knew them all beforehand.

Every order takes one way to be served and no stock is given twice (Dantzig and Wolfe 1960): a programme over
the ways found so far prices the stock, every order is asked for a cheaper way at these prices by the
product's own search, and so on. At any prices, what the orders cost by themselves less what the stock is
worth is no more than the least cost there is (Geoffrion 1974): that is the bound. For it an order of few
lines is searched exactly, and one of many is bounded by the relaxation in which parcels may be parted. It
holds for plans that send a line whole where a shelf holds it whole, as all that are compared do.

A store's own shoppers cost their margin where an order has taken what they came for. They are not told apart
by time: who knew them all beforehand could at best leave to them what they will ask for.

The programme parts orders over ways, which nobody can do, so the bound is far below what is possible.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np

from anyshelf.sourcing.model import FloatArray
from anyshelf.sourcing.rules.assignment import cover
from anyshelf.sourcing.rules.exact import EXACT_ITEMS_MAX
from anyshelf.sourcing.rules.fluid import programme
from real.policies import Ground
from real.world import Order

ROUNDS: Final = 25
GAP: Final = 0.005
KEPT: Final = 0.6
"""How much of the best prices so far is kept when an order is asked anew: what is new is wild at first."""
LEAST_MINOR: Final = 1e-6

Way = tuple[int, ...]
"""The node that gives each line; the number of nodes where it is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """The least the orders can cost, in minor units, and after how many rounds."""

    bound_minor: float
    rounds: int


@dataclass(slots=True, kw_only=True, eq=False)
class Costs:
    """What an order costs: a parcel from each node, and each line there whole, [lines, nodes + 1].

    The last node is no node: what it serves is lost.
    """

    order: Order
    fixed: FloatArray
    lines: FloatArray

    def of(self, way: Way) -> float:
        """What a way costs."""
        lines = sum(float(self.lines[line, node]) for line, node in enumerate(way))
        return lines + sum(float(self.fixed[node]) for node in set(way))


class Bound:
    """The programme, the ways in it and the prices, improved round by round."""

    def __init__(self, ground: Ground) -> None:
        self._contest, self._ground, self._orders = ground.contest, ground, ground.contest.orders
        self._nodes = len(ground.contest.atlas.nodes)
        stock, till = ground.contest.stock, np.zeros(ground.contest.stock.shape, dtype=np.int64)
        np.add.at(till, (ground.contest.till.items, ground.contest.till.nodes), 1)
        self._free, self._asked_for = np.maximum(stock - till, 0), np.minimum(stock, till)
        margin = ground.contest.margin_minor[:, None]
        self._floor = np.where((self._free == 0) & (stock > 0), margin, 0.0)
        self._solver = programme(len(self._orders))
        self._rows: dict[tuple[int, int], int] = {}
        self._ways: dict[tuple[int, Way], int] = {}
        for number, order in enumerate(self._orders):
            self._solver.changeRowBounds(number, 1.0, 1.0)
            self._add(number, self._costs(order), (self._nodes,) * len(order.items))

    def value(self, *, rounds: int = ROUNDS) -> Foresight:
        """Improve the prices until the bound is within GAP of what the programme costs."""
        kept, done = self._floor, 0
        best = self._look(kept)
        while done < rounds:
            prices, value = self._priced()
            if value - best <= GAP * value:
                break
            done += 1
            prices = KEPT * kept + (1 - KEPT) * prices
            found = self._look(prices)
            if found > best:
                best, kept = found, prices
        return Foresight(bound_minor=best, rounds=done)

    def _costs(self, order: Order) -> Costs:
        ground, contest = self._ground, self._contest
        zones = ground.zones(order)
        fixed = np.where(ground.barred == 0, ground.base[zones] + ground.who.handling_minor_per_order, np.inf)
        each = np.multiply.outer(contest.weight_g[order.items] / 1000.0, ground.per_kg[zones])
        units, stock = order.quantities[:, None], contest.stock[order.items]
        holds = stock >= units
        held = np.where(holds.any(axis=1)[:, None], holds, stock > 0)
        lines = np.where(held, (each + ground.who.handling_minor_per_unit) * units, np.inf)
        lost = contest.lost_minor[order.items]
        lost_minor = lost[:, 0] + lost[:, 1] * order.quantities
        return Costs(order=order, fixed=np.append(fixed, 0.0), lines=np.column_stack((lines, lost_minor)))

    def _look(self, prices: FloatArray) -> float:
        """The bound at these prices, [items, nodes]; every order's cheapest way there comes in."""
        margin = self._contest.margin_minor[:, None]
        value = -float((prices * self._free + np.maximum(prices - margin, 0.0) * self._asked_for).sum())
        for number, order in enumerate(self._orders):
            costs = self._costs(order)
            charged = costs.lines.copy()
            charged[:, :-1] += prices[order.items] * order.quantities[:, None]
            total = self._cheapest(number, costs, charged)
            value += total if len(charged) <= EXACT_ITEMS_MAX else parted(costs.fixed, charged, total)
        return value

    def _cheapest(self, number: int, costs: Costs, charged: FloatArray) -> float:
        """The least an order costs, as far as it is searched; that way comes into the programme."""
        way = cover(costs.fixed, charged)
        if way is None:
            raise AssertionError("An order can always be lost.")
        self._add(number, costs, tuple(way.tolist()))
        return float(charged[np.arange(len(way)), way].sum() + costs.fixed[np.unique(way)].sum())

    def _add(self, number: int, costs: Costs, way: Way) -> None:
        if (number, way) in self._ways:
            return
        rows, uses = [number], [1.0]
        for item, node, units in self._given(number, way):
            rows.append(self._row(item, node))
            uses.append(float(units))
        self._ways[number, way] = self._solver.getNumCol()
        entries = np.array(rows, dtype=np.int32)
        self._solver.addCol(costs.of(way), 0.0, highspy.kHighsInf, len(rows), entries, uses)

    def _given(self, number: int, way: Way) -> Iterable[tuple[int, int, int]]:
        """What nodes give of which item, by a way."""
        order = self._orders[number]
        told = zip(order.items.tolist(), way, order.quantities.tolist(), strict=True)
        return [each for each in told if each[1] < self._nodes]

    def _row(self, item: int, node: int) -> int:
        """The row of a position: beyond what is free, every unit costs a shopper's margin."""
        if (item, node) not in self._rows:
            row = self._rows[item, node] = self._solver.getNumRow()
            self._solver.addRow(-highspy.kHighsInf, float(self._free[item, node]), 0, [], [])
            margin, most = float(self._contest.margin_minor[item]), float(self._asked_for[item, node])
            self._solver.addCol(margin, 0.0, most, 1, np.array([row], dtype=np.int32), [-1.0])
        return self._rows[item, node]

    def _priced(self) -> tuple[FloatArray, float]:
        self._solver.run()
        duals = self._solver.getSolution().row_dual
        prices = self._floor.copy()
        for (item, node), row in self._rows.items():
            prices[item, node] = max(-duals[row], prices[item, node])
        return prices, self._solver.getInfo().objective_function_value


def parted(fixed: FloatArray, lines: FloatArray, above: float) -> float:
    """The least an order costs where parcels may be parted, from below; [nodes] and [lines, nodes].

    Dual ascent (Erlenkotter 1978): each line offers what it would pay, a node is opened when what lines offer
    beyond their cost there pays for its parcel; what all offer is a bound.
    """
    offers, slack = lines.min(axis=1), fixed.copy()
    ordered, moving = np.sort(lines, axis=1), True
    while moving:
        moving = False
        near = lines <= offers[:, None] + LEAST_MINOR
        for line in np.argsort(near.sum(axis=1), kind="stable").tolist():
            here = lines[line] <= offers[line] + LEAST_MINOR
            beyond = ordered[line][np.searchsorted(ordered[line], offers[line] + LEAST_MINOR) :]
            step = min(float(slack[here].min()), float(beyond[0] - offers[line]) if len(beyond) else np.inf)
            if LEAST_MINOR < step < np.inf:
                slack[here] -= step
                offers[line] += step
                moving = True
    return min(float(offers.sum()), above)
