"""Open orders planned anew, all at once, on the stock that is free and the stock they hold themselves."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from anyshelf.ground.db import Tx
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Zones
from anyshelf.sourcing.model import CHEAPEST, Ask, Field, FloatArray, IntArray, Policy, Sourced, Way
from anyshelf.sourcing.rules import (
    Assignment,
    OpenOrder,
    Outcome,
    Piece,
    Together,
    gathered,
    planned,
    together,
    unfit_goods,
)
from anyshelf.sourcing.rules.basket import Basket
from anyshelf.sourcing.service.deciding import as_sourced, field_for
from anyshelf.sourcing.service.shelves import Grounds, Shelves, grounds_on, shelves

MOVING_MINOR: Final = 50
"""What it must pay at least to move an order: the work of telling two nodes, and of telling them apart."""

Held = tuple[str, str, int]
"""So many units of an item that an order holds at a node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreleased:
    """An order as it is planned today: what it asks, which way, and what it holds where."""

    channel: str
    asks: tuple[Ask, ...]
    way: Way
    holds: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moves:
    """What planning together found: the new plan of each order that moves (by its place), and the figures."""

    plans: Mapping[int, Sourced]
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Board:
    """All that planning together rests on, read once."""

    atlas: Atlas
    unreleased: Sequence[Unreleased]
    seen: Mapping[str, Shelves]


def look_together(tx: Tx, market: str, unreleased: Sequence[Unreleased], now: datetime) -> Board:
    """Read what the channels of these orders may still promise of their items."""
    wanted: dict[str, set[str]] = defaultdict(set)
    items = {ask.item for each in unreleased for ask in each.asks}
    for each in unreleased:
        wanted[each.channel] = items
    return Board(
        atlas=network.atlas(tx, market),
        unreleased=unreleased,
        seen={
            channel: shelves(tx, market, channel=channel, items=of, now=now)
            for channel, of in sorted(wanted.items())
        },
    )


def choose_together(
    board: Board,
    *,
    keeps: Callable[[int, str], bool],
    policy: Policy = CHEAPEST,
    moving_minor: int = MOVING_MINOR,
    seconds: float,
    now: datetime,
) -> Moves:
    """The new plans of the orders that had better move; `keeps` says whether a promise holds from a node.

    No database is asked. An order moves only where that saves more than `moving_minor`, or makes room for
    others that save more.
    """
    if not board.unreleased:
        return Moves(plans={}, outcome=None)
    drawn = _Drawn(board)
    nodes = board.atlas.nodes
    problem = Together(
        fields=drawn.fields, orders=drawn.orders, weight_g=drawn.weight_g, stock=drawn.stock,
        room=_room(board.atlas, board.unreleased), worth_minor=drawn.worth, moving_minor=float(moving_minor),
        keeps=lambda order, node: keeps(order, nodes[node].node),
    )  # fmt: skip
    outcome = together(problem, policy, seconds=seconds)
    plans = {
        place: drawn.sourced(place, way, policy, now)
        for place, way in enumerate(outcome.ways)
        if way is not None
    }
    return Moves(plans=plans, outcome=outcome)


class _Drawn:
    """The orders and their stock as arrays."""

    def __init__(self, board: Board) -> None:
        self.board = board
        atlas, unreleased = board.atlas, board.unreleased
        self.items = sorted({ask.item for each in unreleased for ask in each.asks})
        self.row = {item: row for row, item in enumerate(self.items)}
        weights = {ask.item: ask.weight_g for each in unreleased for ask in each.asks}
        self.weight_g = np.array([weights[item] for item in self.items], dtype=np.int64)
        self.stock = self._fit(unreleased)
        self.worth = self._worth()
        self.fields: list[Field] = []
        self._grounds: list[tuple[Grounds, str, Zones]] = []
        self._known: dict[tuple[object, ...], int] = {}
        self.baskets = [gathered(each.asks) for each in unreleased]
        self.orders = [
            OpenOrder(
                field=self._field(each), items=np.array([self.row[item] for item in basket.items]),
                quantities=basket.wanted,
                today=tuple((self.row[item], atlas.index[node], units) for item, node, units in each.holds),
            )
            for each, basket in zip(unreleased, self.baskets, strict=True)
        ]  # fmt: skip

    def _stock(self) -> IntArray:
        """What every channel may promise, with what these orders hold."""
        seen = list(self.board.seen.values())
        stock: IntArray = np.stack(
            [np.min([shelves.free[item] for shelves in seen], axis=0) for item in self.items]
        ).astype(np.int64)
        np.maximum(stock, 0, out=stock)
        for each in self.board.unreleased:
            for item, node, units in each.holds:
                stock[self.row[item], self.board.atlas.index[node]] += units
        return stock

    def _fit(self, unreleased: Sequence[Unreleased]) -> IntArray:
        """The stock without what a node may not send: goods not everybody may send."""
        asks = {ask.item: ask for each in unreleased for ask in each.asks}
        unfit = unfit_goods(self.board.atlas, [asks[item] for item in self.items])
        return self._stock() if unfit is None else np.where(unfit.T == 0, self._stock(), 0)

    def _worth(self) -> FloatArray | None:
        worth = next(iter(self.board.seen.values())).worth
        if not worth:
            return None
        nothing = np.zeros(len(self.board.atlas.nodes))
        return np.stack([worth.get(item, nothing) for item in self.items])

    def _field(self, each: Unreleased) -> int:
        """The place of an order's field; orders of one channel with the same zones share one."""
        grounds = grounds_on(self.board.seen[each.channel], each.asks)
        field, carrier, zones = field_for(grounds, each.way)
        key = (each.channel, each.way.kinds, each.way.service, each.way.excluded, zones.tobytes())
        if key not in self._known:
            self._known[key] = len(self.fields)
            self.fields.append(field)
            self._grounds.append((grounds, carrier, zones))
        return self._known[key]

    def sourced(
        self, place: int, way: Sequence[tuple[int, int, int]], policy: Policy, now: datetime
    ) -> Sourced:
        """An order's new way as a plan with what its carriers charge."""
        order, basket, each = self.orders[place], self.baskets[place], self.board.unreleased[place]
        grounds, carrier, zones = self._grounds[order.field]
        found = planned(basket, self.fields[order.field], policy, _assignment(basket, self.items, way))
        trace = replace(found.trace, policy=f"{policy.name}, together")
        grounds = replace(grounds, asks=each.asks)
        return as_sourced(grounds, replace(found, trace=trace), self.fields[order.field], carrier, zones, now)


def _assignment(basket: Basket, items: Sequence[str], way: Sequence[tuple[int, int, int]]) -> Assignment:
    column = {item: place for place, item in enumerate(basket.items)}
    pieces = tuple(Piece(node=node, column=column[items[item]], quantity=units) for item, node, units in way)
    return Assignment(pieces=pieces, score=0.0, exact=False)


def _room(atlas: Atlas, unreleased: Sequence[Unreleased]) -> FloatArray:
    """How many of these parcels each node may send: its capacity of a day, or what it is to send already."""
    today = np.zeros(len(atlas.nodes))
    for each in unreleased:
        for node in {node for _, node, _ in each.holds}:
            today[atlas.index[node]] += 1
    limit = [np.inf if node.capacity_per_day is None else node.capacity_per_day for node in atlas.nodes]
    return np.maximum(np.array(limit, dtype=np.float64), today)
