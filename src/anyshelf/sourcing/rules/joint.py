"""All open orders planned together: who gives up a near shelf that somebody else needs more.

One order at a time takes what is best for it and leaves the rest to who comes later. Here every order has a
few ways to be served, its plan of today among them; each takes exactly one, no stock is given twice and no
node sends more parcels than it has room for. Ways are found as they are needed (Dantzig and Wolfe 1960): at
prices for contested stock each order asks for its cheapest way, by the costs and the search that decide a
live order; the master programme over the ways found so far sets the prices anew. What all orders would cost
at these prices, less what the stock is worth at them, is a bound no plan can beat.

To move an order costs `moving_minor` beside what its parcels cost, so a plan stays as it is unless leaving it
pays more than it disturbs. Work is bounded by counting; `seconds` is a last resort of the solver alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from anyshelf.sourcing.model import Field, FloatArray, IntArray, Policy
from anyshelf.sourcing.rules.assignment import cover
from anyshelf.sourcing.rules.costs import fixed_scores
from anyshelf.sourcing.rules.master import Given, Pool, Prices, chosen, priced, totals

ROUNDS_MIN: Final = 14
ROUNDS_MAX: Final = 60
ORDERS_LOOKED_AT: Final = 20_000
"""So many orders are asked for another way in all: few orders in more rounds, never in less than some."""
GAP: Final = 0.002
"""Good enough: ways not found yet could lower the cost by no more than this part of it."""
LEAST_GAIN_MINOR: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenOrder:
    """An order that is planned and not yet released: where it goes, what it wants, who serves it today.

    `field` is the place of its field among the fields; `items` are rows of the stock, each once.
    """

    field: int
    items: IntArray
    quantities: IntArray
    today: tuple[Given, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Together:
    """Open orders with all that decides about them: what these orders hold today counts as stock.

    Shapes: `weight_g` [items] of one unit; `stock` [items, nodes]; `room` [nodes] parcels (infinite: no
    limit); `worth_minor` [items, nodes] what a unit is worth to orders still to come, or None. `keeps` says
    whether an order's promise holds from a node, by their places; it is asked only for what would be chosen.
    """

    fields: Sequence[Field]
    orders: Sequence[OpenOrder]
    weight_g: IntArray
    stock: IntArray
    room: FloatArray
    worth_minor: FloatArray | None = None
    moving_minor: float = 0.0
    keeps: Callable[[int, int], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The plan for all: for each order its new way, or None where it stays as it is.

    `today_minor` and `minor` are what all cost before and after, with what their units are worth and with
    what moving costs; no plan costs less than `bound_minor`.
    """

    ways: tuple[tuple[Given, ...] | None, ...]
    today_minor: float
    minor: float
    bound_minor: float
    rounds: int

    @property
    def gap(self) -> float:
        """How far the plan may be from the best there is, as a part of its cost."""
        return (self.minor - self.bound_minor) / self.minor if self.minor else 0.0


def together(problem: Together, policy: Policy, *, seconds: float) -> Outcome:
    """The least cost for all orders together that was found, and how much less it could be at best."""
    search = _Search(problem, policy)
    prices, bound, rounds = Prices.none(problem.stock.shape[1]), -np.inf, 0
    pool = search.pool
    most = ORDERS_LOOKED_AT // max(len(problem.orders), 1)
    for rounds in range(1, min(max(most, ROUNDS_MIN), ROUNDS_MAX) + 1):  # noqa: B007  told when it ends
        bound = max(bound, search.look_further(prices))
        prices, value = priced(pool, problem.stock, problem.room, prices)
        if value - bound <= GAP * value:
            break
    else:
        bound = max(bound, search.look_further(prices))
    picked = chosen(pool, problem.stock, problem.room, search.elsewhere, seconds=seconds)
    today = totals(pool, pool.todays)
    if totals(pool, picked) > today:  # rounds ran out before the ways fitted together
        picked = pool.todays
    return Outcome(
        ways=tuple(None if way == first else pool.ways[way]
                   for way, first in zip(picked, pool.todays, strict=True)),
        today_minor=today, minor=totals(pool, picked),
        bound_minor=bound, rounds=rounds,
    )  # fmt: skip


class _Search:
    """Finds ways to serve, order by order, at given prices."""

    def __init__(self, problem: Together, policy: Policy) -> None:
        self.problem, self.policy = problem, policy
        self.pool = Pool()
        self._fixed = [fixed_scores(field, policy) for field in problem.fields]
        for order in problem.orders:
            self.pool.begin(self._cost(order, order.today), order.today)
        self._least = np.full(len(problem.orders), np.nan)
        self._broken: list[set[int]] = [set() for _ in problem.orders]

    def look_further(self, prices: Prices) -> float:
        """Add every order's cheapest way at these prices; returns the bound they give.

        An order whose items and nodes are priced as before would find what it found before.
        """
        for number, order in enumerate(self.problem.orders):
            if np.isnan(self._least[number]) or prices.touched(order.items):
                self._least[number] = self._cheapest(number, order, prices)
        return float(self._least.sum()) - prices.of_all(self.problem.stock, self.problem.room)

    def _cheapest(self, number: int, order: OpenOrder, prices: Prices) -> float:
        """The least an order can cost at these prices; the way there is added to the pool."""
        known = self.pool.least(number, prices)
        fixed, units = self._fixed[order.field] + prices.parcel, order.quantities[:, None]
        each = self._each(order)
        for line, item in enumerate(order.items.tolist()):
            if item in prices.unit:
                each[line] += prices.unit[item]
        costs = np.where(self.problem.stock[order.items] >= units, each * units, np.inf)
        nodes = self._kept(number, fixed, costs)
        if nodes is None:
            return known
        least = float(costs[np.arange(len(nodes)), nodes].sum() + fixed[np.unique(nodes)].sum())
        least += self.problem.moving_minor
        if least < known - LEAST_GAIN_MINOR:
            self._add(number, order, nodes)
        return min(known, least)

    def _add(self, number: int, order: OpenOrder, nodes: IntArray) -> int:
        """One more way for an order to the pool; returns its number there."""
        way = tuple(zip(order.items.tolist(), nodes.tolist(), order.quantities.tolist(), strict=True))
        self.pool.add(number, self._cost(order, way) + self.problem.moving_minor, way)
        return len(self.pool.costs) - 1

    def elsewhere(self, number: int, left: IntArray, rooms: FloatArray) -> int | None:
        """An order's cheapest way on what is left, as its number in the pool; None where there is none."""
        order = self.problem.orders[number]
        units = order.quantities[:, None]
        fixed = np.where(rooms >= 1, self._fixed[order.field], np.inf)
        costs = np.where(left[order.items] >= units, self._each(order) * units, np.inf)
        nodes = self._kept(number, fixed, costs)
        return None if nodes is None else self._add(number, order, nodes)

    def _kept(self, number: int, fixed: FloatArray, costs: FloatArray) -> IntArray | None:
        """The cheapest nodes for an order's items from which its promise holds; None where there are none."""
        keeps, broken = self.problem.keeps, self._broken[number]
        while True:
            fixed[list(broken)] = np.inf
            nodes = cover(fixed, costs)
            if nodes is None or keeps is None:
                return nodes
            late = {node for node in set(nodes.tolist()) if not keeps(number, node)}
            if not late:
                return nodes
            broken |= late

    def _each(self, order: OpenOrder) -> FloatArray:
        """What a unit of each item of an order costs at each node, [items, nodes]."""
        field, money = self.problem.fields[order.field], self.policy.money_weight
        kg = self.problem.weight_g[order.items] / 1000.0
        each: FloatArray = money * (np.multiply.outer(kg, field.freight_per_kg_minor)
                                    + field.handling_minor_per_unit)  # fmt: skip
        if self.problem.worth_minor is not None:
            each = each + money * self.problem.worth_minor[order.items]
        return each

    def _cost(self, order: OpenOrder, way: Sequence[Given]) -> float:
        """What a way costs, whoever else wants what it takes."""
        place = {item: line for line, item in enumerate(order.items.tolist())}
        each = self._each(order)
        goods = sum(float(each[place[item], node]) * units for item, node, units in way)
        return goods + sum(self._way_fixed(order, node) for node in {node for _, node, _ in way})

    def _way_fixed(self, order: OpenOrder, node: int) -> float:
        """A parcel from a node; a plan of today stands even where its node may serve no new one."""
        field, policy = self.problem.fields[order.field], self.policy
        fixed = float(self._fixed[order.field][node])
        if np.isfinite(fixed):
            return fixed
        money = field.freight_base_minor[node] + field.handling_minor_per_order[node]
        return float(policy.money_weight * (money + policy.split_penalty_minor) + policy.minor_per_parcel)
