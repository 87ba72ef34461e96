"""Orders that wait for their release planned together once more, and moved where that pays.

What moves is chosen without a lock. Moving then locks the orders of one knot (orders that take what others
give up), sees that none has changed in the meantime, and moves all of them or none. What has been released is
never touched, and no promise is broken: an order stays where it is rather than come later than was said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx, rows, values
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import Order, Step
from anyshelf.orders.service.finding import lock, whole
from anyshelf.orders.service.planning import asks_of, destination_of, goods_of, policy_of, service_of
from anyshelf.orders.service.steps import advance
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Policy, Sourced, Way
from anyshelf.sourcing.service import Unreleased

SPARED: Final = timedelta(seconds=30)
"""Orders about to be released are left alone."""
ORDERS_MAX: Final = 2_000
SOLVER_SECONDS: Final = 10.0
STAYING: Final = ("sourced", "cancelled")
"""An order of which anything stands elsewhere is on its way."""

Position = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An order as it was when it was planned anew, and its new plan."""

    order: Order
    sourced: Sourced

    @property
    def steps_out(self) -> list[Step]:
        """Out of the nodes that were to serve it."""
        return [
            Step(line=line.line, node=node, before="sourced", after="open", quantity=quantity)
            for line in self.order.lines
            for (state, node), quantity in sorted(line.spread.items())
            if state == "sourced" and quantity
        ]

    @property
    def steps_in(self) -> list[Step]:
        """To the nodes that will serve it."""
        return [
            Step(line=part.line, node=shipment.node, before="open", after="sourced", quantity=part.quantity)
            for shipment in self.sourced.plan.shipments
            for part in shipment.lines
        ]

    def positions(self, steps: Iterable[Step]) -> set[Position]:
        """The positions that steps touch."""
        items = {line.line: line.item for line in self.order.lines}
        return {(items[step.line], step.node) for step in steps}


def waiting(tx: Tx, market: str, now: datetime, *, limit: int = ORDERS_MAX) -> list[Order]:
    """The orders that wait for their moment and may still be served from elsewhere, the soonest first."""
    found = values(tx, store.WAITING_SQL, market=market, after=now + SPARED, limit=limit)
    orders = whole(
        tx, rows(tx, Order, store.FIND_ALL_SQL, market=market, order_ids=[each for (each,) in found])
    )
    return [order for order in orders if _may_move(order)]


def _may_move(order: Order) -> bool:
    """Whether all of it is planned, none of it begun, and it does not matter to the shopper from where."""
    if order.together or not any(line.in_state("sourced") for line in order.lines):
        return False
    return (
        all(
            line.in_state(*STAYING) == line.quantity
            and not line.node
            and "dispatched" in rules.first_of(journeys(), line.method).steps
            for line in order.lines
        )
        and len({line.method for line in order.lines}) == 1
    )


def replanned(tx: Tx, market: str, orders: Sequence[Order], now: datetime) -> list[list[Move]]:
    """The moves that pay, in knots that move together or not at all.

    Orders are planned together with those of the same policy.
    """
    goods = goods_of(tx, market, sorted({line.item for order in orders for line in order.lines}))
    alike: dict[str, tuple[Policy, list[Order]]] = {}
    for order in orders:
        if all(line.item in goods for line in order.lines):
            policy = policy_of(tx, market, order).policy
            alike.setdefault(policy.name, (policy, []))[1].append(order)
    moves = []
    for policy, group in alike.values():
        waiting_ = [_unreleased(tx, order, goods) for order in group]
        board = sourcing.look_together(tx, market, waiting_, now)
        keeps = _Promises(board.atlas, group, now).keeps
        found = sourcing.choose_together(board, keeps=keeps, policy=policy, seconds=SOLVER_SECONDS, now=now)
        moves += [Move(order=group[place], sourced=plan) for place, plan in sorted(found.plans.items())]
    return knots(moves)


def _unreleased(tx: Tx, order: Order, goods: Mapping[str, Item]) -> Unreleased:
    left = [
        replace(line, quantity=line.in_state("sourced")) for line in order.lines if line.in_state("sourced")
    ]
    method = left[0].method
    holds: dict[Position, int] = defaultdict(int)
    for line in left:
        for (state, node), quantity in line.spread.items():
            if state == "sourced" and quantity:
                holds[line.item, node] += quantity
    return Unreleased(
        channel=order.channel,
        asks=tuple(asks_of(tx, order.market, left, goods)),
        way=Way(
            method=method, destination=destination_of(order.destination),
            kinds=rules.may_source(journeys(), method), service=service_of(order),
        ),
        holds=tuple((item, node, units) for (item, node), units in sorted(holds.items())),
    )  # fmt: skip


class _Promises:
    """Whether orders would still come by the day that was promised, from other nodes."""

    def __init__(self, atlas: Atlas, orders: Sequence[Order], now: datetime) -> None:
        self._atlas, self._orders, self._now = atlas, orders, now
        self._leaves: dict[tuple[str, datetime], datetime | None] = {}

    def keeps(self, place: int, node: str) -> bool:
        """Whether this order, released when it is due, comes in time from a node."""
        order = self._orders[place]
        if order.promise is None or not order.promise.get("arrives_by"):
            return True
        by = datetime.fromisoformat(order.promise["arrives_by"])
        comes = self._comes(order, node)
        return comes is not None and comes <= by

    def _comes(self, order: Order, node: str) -> datetime | None:
        to, released = order.destination or {}, max(order.release_at or self._now, self._now)
        leaves = self._leaving(node, released)
        if leaves is None or to.get("lat") is None:
            return None
        zone = network.zone_between(self._atlas, node, to["postal_code"], to["lat"], to["lon"])
        service = sourcing.service_for(self._atlas, service_of(order))
        tz: ZoneInfo = network.timezone_near(self._atlas, to["lat"], to["lon"])
        days = network.transit_days(self._atlas, service, zone)
        return network.arrival(
            self._atlas, node=node, dispatched_at=leaves, service=service, days=days, destination_tz=tz
        ).latest

    def _leaving(self, node: str, at: datetime) -> datetime | None:
        if (node, at) not in self._leaves:
            self._leaves[node, at] = network.dispatch_at(self._atlas, node, at)
        return self._leaves[node, at]


def knots(moves: Sequence[Move]) -> list[list[Move]]:
    """Moves gathered so that what one gives up and another takes stays together."""
    given: dict[Position, list[int]] = defaultdict(list)
    for place, move in enumerate(moves):
        for position in move.positions(move.steps_out):
            given[position].append(place)
    knot = list(range(len(moves)))
    for place, move in enumerate(moves):
        for position in move.positions(move.steps_in):
            for other in given[position]:
                _tie(knot, place, other)
    gathered: dict[int, list[Move]] = defaultdict(list)
    for place, move in enumerate(moves):
        gathered[_end(knot, place)].append(move)
    return list(gathered.values())


def _end(knot: list[int], place: int) -> int:
    while knot[place] != place:
        knot[place] = knot[knot[place]]
        place = knot[place]
    return place


def _tie(knot: list[int], one: int, other: int) -> None:
    knot[max(_end(knot, one), _end(knot, other))] = min(_end(knot, one), _end(knot, other))


def move_all(tx: Tx, market: str, moves: Sequence[Move], now: datetime) -> bool:
    """Move the orders of a knot, all or none; False when one of them has changed in the meantime.

    Locks the orders by id, then all positions in (item, node) order. Raises Shortage where others took what
    was to be had: then nothing has moved.
    """
    ordered = sorted(moves, key=lambda move: move.order.order_id)
    for move in ordered:
        order = lock(tx, market, move.order.order_id)
        if order.version != move.order.version or order.release_at != move.order.release_at:
            return False
        if order.release_at is not None and order.release_at <= now:
            return False
    touched = {
        position
        for move in ordered
        for position in (*move.positions(move.steps_out), *move.positions(move.steps_in))
    }
    inventory.hold_still(tx, market, sorted(touched))
    opened = [
        (move, advance(tx, move.order, move.steps_out, now, reason="planned together")) for move in ordered
    ]
    for move, order in opened:
        history = [*(order.sourcing or []), move.sourced.explain_json()]
        after = replace(order, sourcing=history)
        advance(tx, after, move.steps_in, now, reason="planned together", sourcing=history)
    return True
