"""The front door of delivery: what left, where it is, and whether it has come.

Every function that changes a shipment locks its order first, then the shipment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.delivery import rules, store
from anyshelf.delivery.model import Arrived, Scan, Shipment, Transferred
from anyshelf.delivery.service import transfers
from anyshelf.ground.db import Tx, values
from anyshelf.ground.errors import NotFound, OutOfTurn
from anyshelf.ground.events import Event, Told
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import story_of, tell
from anyshelf.orders import service as orders
from anyshelf.promising import service as promising

DISPATCHED = "PackageDispatched"
ON_THE_WAY = ("dispatched", "in_transit", "out_for_delivery", "failed")


def take_on(tx: Tx, told: Told) -> Shipment:
    """Make the shipment of packages that were dispatched; twice is once. It bears the id of its work."""
    shipment = Shipment(
        market=told.market,
        shipment_id=Id(told.data["work_id"]),
        order_id=Id(told.data["order_id"]),
        node=told.data["node"],
        to_node=told.data["to_node"],
        slot=told.data["slot"],
        carrier=told.data["carrier"],
        tracking=told.data["tracking"],
        state="dispatched",
        lines=told.data["lines"],
        dispatched_at=told.happened_at,
    )
    store.make(tx, shipment)
    return shipment


def ensure(tx: Tx, market: str, shipment_id: Id) -> Shipment:
    """A shipment, made here and now when its dispatch has been told but not read yet; raises NotFound."""
    known = store.find(tx, market, shipment_id)
    if known is not None:
        return known
    told = [event for event in story_of(tx, market, str(shipment_id)) if event.kind == DISPATCHED]
    if not told:
        raise NotFound("There is no such shipment.", shipment_id=str(shipment_id))
    return take_on(tx, told[0])


def of_order(tx: Tx, market: str, order_id: Id) -> list[Shipment]:
    """The shipments of an order, in the order in which they left."""
    return store.of_order(tx, market, order_id)


def tracked(tx: Tx, market: str, tracking: str, *, limit: int) -> list[Id]:
    """The orders of which something left under this tracking number, whoever carried it."""
    return [
        order_id
        for (order_id,) in values(tx, store.TRACKED_SQL, market=market, tracking=tracking, limit=limit)
    ]


def scans(tx: Tx, market: str, shipment_id: Id) -> list[Scan]:
    """Everything the carrier has said of a shipment, by when it happened."""
    return store.scans(tx, market, shipment_id)


def hear(tx: Tx, market: str, shipment_id: Id, said: Sequence[Scan], now: datetime) -> Shipment:
    """Take in what a carrier says, in any order, repeated or late; what is delivered stays delivered."""
    news = rules.checked(said)
    order_id = ensure(tx, market, shipment_id).order_id
    orders.lock(tx, market, order_id)
    before = store.lock(tx, market, shipment_id) or ensure(tx, market, shipment_id)
    if not store.note_scans(tx, market, shipment_id, news, now):
        return before
    known = store.scans(tx, market, shipment_id)
    arrived = rules.delivered_at(known)
    after = replace(
        before, state=rules.standing(known), delivered_at=arrived.happened_at if arrived else None
    )
    if after != before:
        _write(tx, before, after, now)
    return after


def _write(tx: Tx, before: Shipment, after: Shipment, now: datetime) -> None:
    store.save(tx, after)
    if after.state == before.state:
        return
    does = WHEN_IT_IS.get(after.state)
    if does is not None:
        does(tx, after, now)
    event = Event(
        kind="ShipmentProgressed",
        subject=str(after.shipment_id),
        data={
            "shipment_id": str(after.shipment_id),
            "order_id": str(after.order_id),
            "before": before.state,
            "state": after.state,
        },
        happened_at=now,
    )
    tell(tx, after.market, [event])


def _deliver(tx: Tx, shipment: Shipment, now: datetime) -> None:
    """It has come to the shopper; what comes to a store of ours is received there, not delivered."""
    if shipment.to_node:
        return
    order = orders.lock(tx, shipment.market, shipment.order_id)
    lines = [(line["line"], line["quantity"]) for line in shipment.lines]
    moved = rules.steps_of_delivery(order, node=shipment.node, lines=lines)
    came_at = shipment.delivered_at or now
    if moved:
        orders.advance(tx, order, moved, now, happened_at=came_at)
    if shipment.slot is None:  # otherwise it came when somebody was at home
        promising.saw_transit(
            tx, shipment.market, shipment.shipment_id, node=shipment.node, service=orders.service_of(order),
            destination=orders.destination_of(order.destination), dispatched_at=shipment.dispatched_at,
            delivered_at=came_at,
        )  # fmt: skip


def _lose(tx: Tx, shipment: Shipment, now: datetime) -> None:
    """The carrier lost it: others are sent in its place."""
    order = orders.lock(tx, shipment.market, shipment.order_id)
    if shipment.to_node:
        sent = store.transfer(tx, shipment.market, shipment.shipment_id)
        lost = [Arrived(line=line.line, missing=line.outstanding) for line in sent if line.outstanding]
        transfers.open_box(tx, order, shipment, lost, now)
        return
    lines = [(line["line"], line["quantity"]) for line in shipment.lines]
    gone = rules.steps_of_delivery(order, node=shipment.node, lines=lines)
    if gone:
        orders.replace_lost(
            tx, order, node=shipment.node, lines={step.line: step.quantity for step in gone},
            cause=str(shipment.shipment_id), now=now,
        )  # fmt: skip


def _fail(tx: Tx, shipment: Shipment, now: datetime) -> None:
    """Nobody was at home."""
    order = orders.lock(tx, shipment.market, shipment.order_id)
    orders.note_exception(
        tx, order, "delivery_failed", cause=f"{shipment.shipment_id} {now.isoformat()}",
        said="The parcel could not be handed over.", done="The carrier keeps it.",
        todo="Offer the shopper a new slot (:reschedule).", node=shipment.node, now=now,
    )  # fmt: skip


def _refuse(tx: Tx, shipment: Shipment, now: datetime) -> None:
    """The carrier does not take the address."""
    order = orders.lock(tx, shipment.market, shipment.order_id)
    orders.note_exception(
        tx, order, "address_refused", cause=str(shipment.shipment_id),
        said="The carrier refused the address.", done="The parcel comes back and is refunded on arrival.",
        todo="Ask the shopper for another address.", node=shipment.node, now=now,
    )  # fmt: skip


WHEN_IT_IS: Mapping[str, Callable[[Tx, Shipment, datetime], None]] = {
    "delivered": _deliver,
    "lost": _lose,
    "failed": _fail,
    "refused": _refuse,
}
"""What happens when a shipment comes to be in a state."""


def receive(tx: Tx, market: str, shipment_id: Id, found: Sequence[Arrived], now: datetime) -> Shipment:
    """A store opens a box that another node sent it; raises OutOfTurn for a parcel to a shopper.

    What has come is set ready for its shopper, what has not is sourced again at once.
    """
    shipment = ensure(tx, market, shipment_id)
    order = orders.lock(tx, market, shipment.order_id)
    before = store.lock(tx, market, shipment_id) or shipment
    if not before.to_node:
        raise OutOfTurn("This parcel goes to a shopper; no store receives it.")
    return transfers.open_box(tx, order, before, found, now)


def transfer(tx: Tx, shipment: Shipment) -> list[Transferred]:
    """What a transfer carries, and what the store said of it; nothing for a parcel to a shopper."""
    return store.transfer(tx, shipment.market, shipment.shipment_id) if shipment.to_node else []


def coming(tx: Tx, market: str, node: str) -> list[Shipment]:
    """The transfers on their way to a store."""
    return store.coming(tx, market, node)


def reschedule(tx: Tx, market: str, shipment_id: Id, slot: dict[str, str], now: datetime) -> Shipment:
    """The shopper is at home at another time; raises OutOfTurn for what has come or will not come."""
    shipment = ensure(tx, market, shipment_id)
    order = orders.lock(tx, market, shipment.order_id)
    before = store.lock(tx, market, shipment_id) or shipment
    if before.state not in ON_THE_WAY:
        raise OutOfTurn(f"This shipment is {before.state}; there is no slot to choose.", state=before.state)
    after = replace(before, slot=slot)
    store.save(tx, after)
    orders.close_all(tx, order, "delivery_failed", note="A new slot was chosen.", now=now)
    said = {"shipment_id": str(shipment_id), "order_id": str(order.order_id), "slot": slot}
    tell(
        tx, market, [Event(kind="DeliveryRescheduled", subject=str(shipment_id), data=said, happened_at=now)]
    )
    return after
