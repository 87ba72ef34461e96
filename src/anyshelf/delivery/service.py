"""The front door of delivery: what left, where it is, and whether it has come.

Every function that changes a shipment locks its order first, then the shipment.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.delivery import rules, store
from anyshelf.delivery.model import Scan, Shipment
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.events import Event, Told
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import story_of, tell
from anyshelf.orders import service as orders

DISPATCHED = "PackageDispatched"


def take_on(tx: Tx, told: Told) -> Shipment:
    """Make the shipment of packages that were dispatched; twice is once. It bears the id of its work."""
    shipment = Shipment(
        market=told.market,
        shipment_id=Id(told.data["work_id"]),
        order_id=Id(told.data["order_id"]),
        node=told.data["node"],
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
    if after.state == "delivered":
        _deliver(tx, after, now)
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
    order = orders.lock(tx, shipment.market, shipment.order_id)
    lines = [(line["line"], line["quantity"]) for line in shipment.lines]
    moved = rules.steps_of_delivery(order, node=shipment.node, lines=lines)
    if moved:
        orders.advance(tx, order, moved, now)
