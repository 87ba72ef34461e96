"""A promise that binds: its milestones are watched, and what cannot be kept is changed before its time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import OutOfTurn
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.ground.timers import Timer, set_timer
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders import store
from anyshelf.orders.model import Order
from anyshelf.orders.service.exceptions import note_exception
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.planning import destination_of
from anyshelf.orders.service.scoring import BEHIND
from anyshelf.orders.service.steps import event
from anyshelf.promising import service as promising
from anyshelf.promising.service import Known, Taken
from anyshelf.sourcing.model import Destination
from anyshelf.sourcing.service import GROUND

DATES = ("ready_from", "arrives_from", "arrives_by")
MILESTONE_TIMER = "orders.milestone"
STAYS = frozenset({"hand_over", "till", "counter"})
"""How work is finished whose goods then stand ready at the node."""

Milestone = tuple[datetime, str, str]
"""By when, what, at which node."""


# The option is taken


def with_milestones(atlas: Atlas, order: Order) -> Order:
    """The order with what each node must have done by when, backwards from when its goods must leave."""
    if not order.promise:
        return order
    shipments = []
    for shipment in order.promise["shipments"]:
        dispatch_by = datetime.fromisoformat(shipment["dispatch_by"])
        release_by, pick_by = promising.milestones(atlas, shipment["node"], dispatch_by)
        marks = {"release_by": release_by.isoformat(), "pick_by": pick_by.isoformat()}
        shipments.append({**shipment, **marks})
    return replace(order, promise={**order.promise, "shipments": shipments})


def bind_all(tx: Tx, market: str, new: Sequence[Order], now: datetime) -> None:
    """Write down what was promised of new orders, and watch over it."""
    promised = [order for order in new if order.promise]
    taken = [
        Taken(order_id=order.order_id, channel=order.channel, promise=order.promise)
        for order in promised
        if order.promise
    ]
    promising.bind(tx, market, taken)
    for order in promised:
        _watch(tx, order, now)


def _watch(tx: Tx, order: Order, now: datetime) -> None:
    """Have somebody look at the next milestone; a promise without one to come needs no watching."""
    ahead = [when for when, _, _ in _milestones(order) if when > now]
    if ahead:
        set_timer(tx, order.market, MILESTONE_TIMER, str(order.order_id), min(ahead))


def _milestones(order: Order) -> Iterable[Milestone]:
    for shipment in (order.promise or {}).get("shipments", ()):
        for name in ("release_by", "pick_by"):
            if shipment.get(name):
                yield datetime.fromisoformat(shipment[name]), name, shipment["node"]


def milestone_reached(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    """A milestone's moment has come: what is behind is listed while something can be done about it."""
    order = lock(tx, market, Id(timer.subject))
    atlas = network.atlas(tx, market)
    for when, name, node in _milestones(order):
        late = [line.line for line in order.lines if line.in_state(*_behind(atlas, name, node), node=node)]
        if when <= now and late:
            _note_behind(tx, order, name, node, late, now)
    _watch(tx, order, now)


def _behind(atlas: Atlas, name: str, node: str) -> tuple[str, ...]:
    """The states in which units at a node are behind a milestone; a vendor does not say that it picked."""
    if name == "release_by":
        return ("sourced",)
    return () if network.node(atlas, node).kind == "vendor" else ("sourced", "released")


def _note_behind(tx: Tx, order: Order, name: str, node: str, lines: Sequence[int], now: datetime) -> None:
    held = order.held or "it waits for its release"
    said, todo = {
        "release_by": (f"{node} has not been given the work yet: {held}.", "Release the order."),
        "pick_by": (f"{node} has not picked what is to leave or stand ready soon.", f"Call {node}."),
    }[name]
    note_exception(
        tx, order, BEHIND, cause=f"{node} {name}", said=said, done="Nothing yet: the promise still stands.",
        todo=todo, node=node, lines=lines, now=now,
    )  # fmt: skip


# A node is given its work


def due_of(tx: Tx, order: Order, node: str, finish: str, now: datetime) -> datetime | None:
    """When a node is to be done with its part of an order: as promised, else by its hours and its full days.

    Its place on that day is taken. None where the node never opens.
    """
    atlas = network.atlas(tx, order.market)
    limited = network.node(atlas, node).capacity_per_day is not None
    due = _promised_of(order, node, now)
    if due is None:
        known = promising.known_of(tx, atlas, now) if limited else Known()
        due = promising.due_at(atlas, known, node, now, stays=finish in STAYS)
    if limited and due is not None:
        promising.book(tx, atlas, node, due)
    return due


def _promised_of(order: Order, node: str, now: datetime) -> datetime | None:
    """The moment that was promised of a node, while it is still to come."""
    for shipment in (order.promise or {}).get("shipments", ()):
        due = datetime.fromisoformat(shipment["dispatch_by"])
        if shipment["node"] == node and due > now:
            return due
    return None


def kept_by(tx: Tx, order: Order, pieces: Sequence[dict[str, Any]], now: datetime) -> None:
    """See whether the nodes that were given the work now can keep what was promised; if not, say so at once.

    Each piece names its node, its method, the store it goes to and when it is due.
    """
    if not order.promise:
        return
    promised = {(each["node"], each["dispatch_by"]) for each in order.promise["shipments"]}
    for piece in pieces:
        due = datetime.fromisoformat(piece["due_at"])
        as_promised = any(node == piece["node"] and _same(due, by) for node, by in promised)
        if piece["method"] == order.promise["method"] and not as_promised:
            why = f"it comes from {piece['node']} now"
            late(tx, order, node=piece["node"], to_node=piece["to_node"], leaves=due, why=why, now=now)


def _same(moment: datetime, told: str) -> bool:
    return moment == datetime.fromisoformat(told)


# What cannot be kept


def late(tx: Tx, order: Order, *, node: str, to_node: str, leaves: datetime, why: str, now: datetime) -> bool:
    """Goods leave a node, or stand ready there, at this moment only: says whether the promise had to move."""
    if not order.promise:
        return False
    there = _there(tx, order, node=node, to_node=to_node, leaves=leaves, now=now)
    if there <= datetime.fromisoformat(order.promise["arrives_by"]):
        return False
    repromise_for(tx, order, there, why=why, now=now)
    return True


def _there(tx: Tx, order: Order, *, node: str, to_node: str, leaves: datetime, now: datetime) -> datetime:
    """When goods that leave a node at this moment are surely where they were promised to be."""
    atlas = network.atlas(tx, order.market)
    promise = order.promise or {}
    if promise["method"] in ("pickup", "reserve"):
        end: Destination | str = to_node or node
    else:
        end = destination_of(order.destination) or node
    service = next((each["service"] for each in promise["shipments"] if each["service"]), GROUND)
    if service not in atlas.freight:
        return leaves
    known = promising.known_of(tx, atlas, now)
    return promising.surely_there(atlas, known, node=node, leaves=leaves, service=service, end=end)


def repromise_for(tx: Tx, order: Order, arrives_by: datetime, *, why: str, now: datetime) -> None:
    """Promise another moment, by as much as the end of what was promised moves, and tell the shopper."""
    if order.promise:
        before = datetime.fromisoformat(order.promise["arrives_by"])
        repromise(tx, order, later_by=arrives_by - before, why=why, now=now)


def repromise(tx: Tx, order: Order, *, later_by: timedelta, why: str, now: datetime) -> None:
    """Move the promised dates by as much as the work is late, and tell the shopper; no promise, no change."""
    current = lock(tx, order.market, order.order_id).promise
    if not current:
        return
    moved = {
        name: (datetime.fromisoformat(current[name]) + later_by).isoformat()
        for name in DATES
        if current.get(name)
    }
    promise = {**current, **moved, "changed_at": now.isoformat(), "why": why}
    run(tx, store.SAVE_PROMISE_SQL, market=order.market, order_id=order.order_id, promise=Jsonb(promise))
    promising.moved(tx, order.market, order.order_id, datetime.fromisoformat(moved["arrives_by"]))
    tell(tx, order.market, [event(order, "PromiseChanged", {"why": why, **moved}, now)])


def promise_anew(
    tx: Tx, market: str, order_id: Id, *, arrives_by: datetime, why: str, now: datetime
) -> Order:
    """Somebody tells the shopper another date; raises OutOfTurn where there is no promise left to change."""
    order = lock(tx, market, order_id)
    if not order.promise:
        raise OutOfTurn("This order was placed without a promise; there is no date to change.")
    if not any(bound.outcome == "open" for bound in promising.bound(tx, market, order_id)):
        raise OutOfTurn("What was promised has come, or will not come any more.")
    repromise_for(tx, order, arrives_by, why=why, now=now)
    return lock(tx, market, order_id)
