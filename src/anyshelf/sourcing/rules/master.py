"""The master programme of planning together: one way for each order, no stock twice, no node beyond its room.

Only what is contested is in the programme: stock that could not serve all who have a way to it, nodes that
might be sent more than they have room for, and the orders with a way to either. All others take their
cheapest way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import highspy
import numpy as np

from anyshelf.ground.solver import new_solver
from anyshelf.sourcing.model import FlagArray, FloatArray, IntArray

Given = tuple[int, int, int]
"""Of which item (a row of the stock), from which node, how many units."""

WHOLE: Final = 0.999
"""A way that the programme takes to at least this part is taken."""
MIP_GAP: Final = 5e-4
BRANCHED_MAX: Final = 2_000
"""How many orders are branched on at most, with those that hold what the undecided ones could take."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prices:
    """What contested units cost beside their way, item → [nodes], and a parcel from each node, [nodes].

    `changed` are the items whose prices are not what they were before (None: any might).
    """

    unit: dict[int, FloatArray]
    parcel: FloatArray
    changed: frozenset[int] | None = None

    @classmethod
    def none(cls, nodes: int) -> "Prices":
        """Nothing is contested yet."""
        return cls(unit={}, parcel=np.zeros(nodes))

    def touched(self, items: IntArray) -> bool:
        """Whether an order for these items may find another way than before."""
        return self.changed is None or not self.changed.isdisjoint(items.tolist())

    def of_all(self, stock: IntArray, room: FloatArray) -> float:
        """What all stock and all room are worth at these prices."""
        units = sum(float(price @ stock[item]) for item, price in self.unit.items())
        limited = np.isfinite(room)
        return units + float(self.parcel[limited] @ room[limited])

    def of_way(self, way: Iterable[Given]) -> float:
        """What a way takes is worth."""
        units = sum(float(self.unit[item][node]) * many for item, node, many in way if item in self.unit)
        return units + sum(float(self.parcel[node]) for node in {node for _, node, _ in way})


@dataclass(slots=True)
class Pool:
    """The ways found so far, by number; the first of each order is today's."""

    costs: list[float] = field(default_factory=list)
    ways: list[tuple[Given, ...]] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)
    by_order: list[list[int]] = field(default_factory=list)

    @property
    def todays(self) -> list[int]:
        """Today's way of each order."""
        return [ways[0] for ways in self.by_order]

    def begin(self, cost: float, today: tuple[Given, ...]) -> None:
        """One more order, with its way of today."""
        self.by_order.append([])
        self.add(len(self.by_order) - 1, cost, today)

    def add(self, order: int, cost: float, way: tuple[Given, ...]) -> None:
        """One more way for an order."""
        self.by_order[order].append(len(self.costs))
        self.costs.append(cost)
        self.ways.append(way)
        self.orders.append(order)

    def least(self, order: int, prices: Prices) -> float:
        """The least this order costs at these prices by a way that is known."""
        return min(self.costs[way] + prices.of_way(self.ways[way]) for way in self.by_order[order])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uses:
    """What the ways of the pool take, as arrays.

    An entry of `way`, `row` and `units` says that a way takes so many units of a row; a row is a position
    (item · nodes + node), or beyond all positions the room of a node, of which a way takes one. `limit` is
    what there is of each row that some way takes, `rows` which these are.
    """

    way: IntArray
    row: IntArray
    units: IntArray
    rows: IntArray
    limit: FloatArray


def uses_of(pool: Pool, stock: IntArray, room: FloatArray) -> Uses:
    """What all ways take; what orders hold today is never less than there is."""
    nodes = stock.shape[1]
    entries = [
        entry
        for way, taken in enumerate(pool.ways)
        for entry in (
            *((way, item * nodes + node, units) for item, node, units in taken),
            *((way, stock.size + node, 1) for node in {node for _, node, _ in taken}),
        )
    ]
    way, name, units = np.array(entries, dtype=np.int64).T if entries else np.zeros((3, 0), dtype=np.int64)
    names, row = np.unique(name, return_inverse=True)
    limit = np.where(names < stock.size, stock.reshape(-1)[np.minimum(names, stock.size - 1)], np.inf)
    rooms = names >= stock.size
    limit[rooms] = room[names[rooms] - stock.size]
    held = np.isin(way, pool.todays)
    today = np.bincount(row[held], units[held], len(names))
    return Uses(way=way, row=row, units=units, rows=names, limit=np.maximum(limit, today))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contest:
    """The part of the programme in which orders meet: its orders and rows, as flags."""

    orders: FlagArray
    rows: FlagArray


def contest_of(pool: Pool, uses: Uses) -> Contest:
    """Which rows could not serve all who have a way to them, and whose ways those are."""
    order = np.array(pool.orders)[uses.way]
    pairs, place = np.unique(order * len(uses.rows) + uses.row, return_inverse=True)
    most = np.zeros(len(pairs))
    np.maximum.at(most, place, uses.units)
    asked = np.bincount(pairs % len(uses.rows), most, len(uses.rows))
    rows = asked > uses.limit
    orders = np.zeros(len(pool.by_order), dtype=np.bool_)
    orders[order[rows[uses.row]]] = True
    return Contest(orders=orders, rows=rows)


def priced(pool: Pool, stock: IntArray, room: FloatArray, before: Prices) -> tuple[Prices, float]:
    """The prices of what is contested among the ways found so far, and what all orders then cost."""
    uses = uses_of(pool, stock, room)
    contest = contest_of(pool, uses)
    cheapest = _cheapest(pool)
    value = sum(pool.costs[way] for way, met in zip(cheapest, contest.orders, strict=True) if not met)
    programme = _Programme(pool, uses, contest.orders, contest.rows, uses.limit)
    solver = programme.solved()
    duals = np.maximum(-np.array(solver.getSolution().row_dual)[programme.orders :], 0.0)
    value += solver.getInfo().objective_function_value if programme.orders else 0.0
    return _prices(uses.rows[contest.rows], duals, stock.shape, before), value


def _prices(names: IntArray, duals: FloatArray, shape: tuple[int, ...], before: Prices) -> Prices:
    unit: dict[int, FloatArray] = {}
    parcel, size = np.zeros(shape[1]), shape[0] * shape[1]
    for name, dual in zip(names.tolist(), duals.tolist(), strict=True):
        if dual <= 0:
            continue
        if name >= size:
            parcel[name - size] = dual
        else:
            unit.setdefault(name // shape[1], np.zeros(shape[1]))[name % shape[1]] = dual
    if not np.array_equal(parcel, before.parcel):
        return Prices(unit=unit, parcel=parcel)
    nothing = np.zeros(shape[1])
    changed = {
        item
        for item in unit.keys() | before.unit.keys()
        if not np.array_equal(unit.get(item, nothing), before.unit.get(item, nothing))
    }
    return Prices(unit=unit, parcel=parcel, changed=frozenset(changed))


Elsewhere = Callable[[int, IntArray, FloatArray], int | None]
"""Finds an order one more way on what is left of stock and room: its number in the pool, or None."""


def chosen(
    pool: Pool, stock: IntArray, room: FloatArray, elsewhere: Elsewhere, *, seconds: float
) -> list[int]:
    """A way for each order, all of them together possible: whole where the programme is, then by branching.

    Where the programme parts an order over ways, it takes the largest part that still fits, else what is
    found `elsewhere`; from there branching begins, for these orders and those who hold what they could take.
    """
    uses = uses_of(pool, stock, room)
    contest = contest_of(pool, uses)
    picked = _cheapest(pool)
    programme = _Programme(pool, uses, contest.orders, contest.rows, uses.limit)
    share = np.zeros(len(pool.costs))
    if programme.orders:
        share[programme.ways] = np.array(programme.solved().getSolution().col_value)
    undecided = []
    for order in np.flatnonzero(contest.orders).tolist():
        ways = pool.by_order[order]
        picked[order] = ways[int(share[ways].argmax())]
        if share[picked[order]] < WHOLE:
            undecided.append(order)
    _place(pool, stock, room, picked, undecided, share, elsewhere)
    uses = uses_of(pool, stock, room)
    open_ = np.zeros(len(pool.by_order), dtype=np.bool_)
    open_[undecided] = True
    _make_room(pool, uses, picked, open_)
    _let_holders_in(pool, uses, picked, open_)
    taken = _taken(pool, picked, ~open_)
    left = uses.limit - np.bincount(uses.row, uses.units * taken[uses.way], len(uses.rows))
    rest = _Programme(pool, uses, open_, np.isfinite(left), left)
    for order, way in rest.whole(pool, picked, seconds=seconds):
        picked[order] = way
    return picked


def _place(
    pool: Pool,
    stock: IntArray,
    room: FloatArray,
    picked: list[int],
    undecided: list[int],
    share: FloatArray,
    elsewhere: Elsewhere,
) -> None:
    """A way for each undecided order that fits what others leave, the most decided first; else today's."""
    left, rooms = stock.copy(), room.copy()
    waiting = set(undecided)
    for order, way in enumerate(picked):
        if order not in waiting:
            _take(pool.ways[way], left, rooms)
    for order in sorted(undecided, key=lambda number: -share[pool.by_order[number]].max()):
        ways = sorted(pool.by_order[order], key=lambda way: (-share[way], pool.costs[way]))
        fits = next((each for each in ways if _fits(pool.ways[each], left, rooms)), None)
        found = elsewhere(order, left, rooms) if fits is None else fits
        picked[order] = pool.by_order[order][0] if found is None else found
        _take(pool.ways[picked[order]], left, rooms)


def _fits(way: tuple[Given, ...], left: IntArray, rooms: FloatArray) -> bool:
    return all(left[item, node] >= units for item, node, units in way) and all(
        rooms[node] >= 1 for node in {node for _, node, _ in way}
    )


def _take(way: tuple[Given, ...], left: IntArray, rooms: FloatArray) -> None:
    for item, node, units in way:
        left[item, node] -= units
    for node in {node for _, node, _ in way}:
        rooms[node] -= 1


def _taken(pool: Pool, picked: list[int], orders: FlagArray) -> FlagArray:
    """Which ways are taken, by these orders."""
    taken = np.zeros(len(pool.costs), dtype=np.bool_)
    taken[np.array(picked)[orders]] = True
    return taken


def _make_room(pool: Pool, uses: Uses, picked: list[int], undecided: FlagArray) -> None:
    """Send orders that moved back to today's way until nothing is given twice.

    Ends: were all to stay, there would be enough for all.
    """
    order, first = (
        np.array(pool.orders)[uses.way],
        _taken(pool, pool.todays, np.ones(len(picked), dtype=np.bool_)),
    )
    while True:
        taken = _taken(pool, picked, np.ones(len(picked), dtype=np.bool_))
        use = np.bincount(uses.row, uses.units * taken[uses.way], len(uses.rows))
        movers = taken[uses.way] & ~first[uses.way] & (use > uses.limit)[uses.row]
        if not movers.any():
            return
        for number in np.unique(order[movers]).tolist():
            undecided[number] = True
            picked[number] = pool.by_order[number][0]


def _let_holders_in(pool: Pool, uses: Uses, picked: list[int], undecided: FlagArray) -> None:
    """Decide anew, with the undecided, those who hold contested things that these could take."""
    order = np.array(pool.orders)[uses.way]
    wanted = np.zeros(len(uses.rows), dtype=np.bool_)
    wanted[uses.row[undecided[order]]] = True
    wanted &= contest_of(pool, uses).rows
    held = _taken(pool, picked, np.ones(len(picked), dtype=np.bool_))[uses.way] & wanted[uses.row]
    holders = np.unique(order[held])
    if undecided.sum() + len(holders) <= BRANCHED_MAX:
        undecided[holders] = True


def _cheapest(pool: Pool) -> list[int]:
    return [min(ways, key=lambda way: pool.costs[way]) for ways in pool.by_order]


class _Programme:
    """A column a way; a row an order (one way each), and one for each thing contested (never beyond it)."""

    def __init__(self, pool: Pool, uses: Uses, orders: FlagArray, rows: FlagArray, limit: FloatArray) -> None:
        self.orders = int(orders.sum())
        order = np.array(pool.orders)
        self.ways = np.flatnonzero(orders[order])
        column = np.full(len(order), -1)
        column[self.ways] = np.arange(len(self.ways))
        order_row, row = np.cumsum(orders) - 1, self.orders + np.cumsum(rows) - 1
        mine = (column[uses.way] >= 0) & rows[uses.row]
        columns = np.concatenate((column[self.ways], column[uses.way[mine]]))
        entries = np.concatenate((order_row[order[self.ways]], row[uses.row[mine]]))
        values = np.concatenate((np.ones(len(self.ways)), uses.units[mine].astype(np.float64)))
        sort = np.lexsort((entries, columns))
        self._start = np.concatenate(([0], np.cumsum(np.bincount(columns, minlength=len(self.ways)))))
        self._index, self._value = entries[sort], values[sort]
        self._costs = np.array(pool.costs)[self.ways]
        self._low = np.concatenate((np.ones(self.orders), np.full(int(rows.sum()), -np.inf)))
        self._high = np.concatenate((np.ones(self.orders), limit[rows]))

    def solved(
        self, *, whole: bool = False, seconds: float = np.inf, start: FloatArray | None = None
    ) -> highspy.Highs:
        """The programme, solved; `whole` takes every way whole or not at all, starting from a solution."""
        solver = new_solver()
        solver.setOptionValue("mip_rel_gap", MIP_GAP)
        solver.setOptionValue("time_limit", seconds)
        solver.passModel(self._model(whole=whole))
        if start is not None:
            begin = highspy.HighsSolution()
            begin.col_value = start
            solver.setSolution(begin)
        if self.orders:
            solver.run()
        return solver

    def _model(self, *, whole: bool) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._costs), len(self._low)
        model.col_cost_ = self._costs
        model.col_lower_, model.col_upper_ = np.zeros(len(self._costs)), np.ones(len(self._costs))
        model.row_lower_, model.row_upper_ = self._low, self._high
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = self._start, self._index
        model.a_matrix_.value_ = self._value
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * len(self._costs)
        return model

    def whole(self, pool: Pool, picked: list[int], *, seconds: float) -> list[tuple[int, int]]:
        """The way each order takes, whole, beginning with the ways picked so far."""
        if not self.orders:
            return []
        start = np.isin(self.ways, picked).astype(np.float64)
        values = np.array(self.solved(whole=True, seconds=seconds, start=start).getSolution().col_value)
        taken = self.ways[(values if len(values) else start) > 0.5]  # noqa: PLR2004  a half is not whole
        return [(pool.orders[way], way) for way in taken.tolist()]


def totals(pool: Pool, picked: Sequence[int]) -> float:
    """What these ways cost together."""
    return float(sum(pool.costs[way] for way in picked))
