"""Transfers between nodes of ours: what a store finds in the box, for the order and for the books."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from anyshelf.delivery import rules, store
from anyshelf.delivery.model import Arrived, Shipment, Transferred
from anyshelf.fulfilment import service as fulfilment
from anyshelf.fulfilment.model import WorkLine
from anyshelf.ground.db import Tx
from anyshelf.ground.events import Event
from anyshelf.ground.ids import derived_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Move
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """What of a line's units in the box the order still waits for; the rest goes to the shelf."""

    line: Transferred
    found: Arrived
    received: int
    damaged: int
    missing: int


def open_box(tx: Tx, order: Order, shipment: Shipment, found: Sequence[Arrived], now: datetime) -> Shipment:
    """Account for what a store found of a transfer. The caller holds the order's lock and the shipment's."""
    sent = store.transfer(tx, shipment.market, shipment.shipment_id)
    after = rules.opened(sent, found)
    step = 1 + sum(line.quantity - line.outstanding for line in sent)
    shares = [
        _share(order, shipment, line, each) for each in found for line in sent if line.line == each.line
    ]
    store.save_transfer(tx, shipment.market, shipment.shipment_id, after)
    order = _set_ready(tx, order, shipment, shares, step, now)
    _book(tx, shipment, shares, step, now)
    _source_again(tx, order, shipment, shares, now)
    whole = all(line.outstanding == 0 for line in after)
    state = shipment.state if not whole or shipment.state == "lost" else "received"
    done = replace(shipment, state=state)
    store.save(tx, done)
    _tell(tx, done, found, now)
    return done


def _share(order: Order, shipment: Shipment, line: Transferred, found: Arrived) -> _Share:
    left = rules.still_wanted(
        order, node=shipment.to_node, line=line.line, quantity=found.received + found.damaged + found.missing
    )
    received = min(found.received, left)
    damaged = min(found.damaged, left - received)
    missing = min(found.missing, left - received - damaged)
    return _Share(line=line, found=found, received=received, damaged=damaged, missing=missing)


def _set_ready(
    tx: Tx, order: Order, shipment: Shipment, shares: Sequence[_Share], step: int, now: datetime
) -> Order:
    came = [share for share in shares if share.received]
    if not came:
        return order
    steps = [
        Step(line=share.line.line, node=shipment.to_node, before="in_transit", after="received",
             quantity=share.received)
        for share in came
    ]  # fmt: skip
    after = orders.advance(tx, order, steps, now)
    lines = [WorkLine(line=share.line.line, item=share.line.item, quantity=share.received) for share in came]
    arrival = derived_id("arrival", str(shipment.shipment_id), str(step))
    fulfilment.take_in(tx, after, node=shipment.to_node, lines=lines, arrival=arrival, now=now)
    return after


def _book(tx: Tx, shipment: Shipment, shares: Sequence[_Share], step: int, now: datetime) -> None:
    """What the order's own steps do not move: units nobody waits for any more, and broken ones."""
    moves = [
        Move(
            item=share.line.item,
            node=shipment.to_node,
            from_bucket="in_transit",
            to_bucket=bucket,
            quantity=quantity,
            reason="transfer",
            reference=shipment.tracking,
        )
        for share in shares
        for bucket, quantity in (
            ("on_hand", share.found.received - share.received),
            ("damaged", share.found.damaged),
            ("loss", share.found.missing - share.missing),
        )
        if quantity
    ]
    inventory.post(tx, shipment.market, moves, cause=shipment.shipment_id, step=step, now=now)


def _source_again(tx: Tx, order: Order, shipment: Shipment, shares: Sequence[_Share], now: datetime) -> None:
    broken = {share.line.line: share.damaged for share in shares if share.damaged}
    gone = {share.line.line: share.missing for share in shares if share.missing}
    if broken:
        order = orders.not_arrived(
            tx, order, node=shipment.to_node, lines=broken, kind="transfer_damaged", damaged=True,
            said=f"Goods from {shipment.node} arrived broken.", now=now,
        )  # fmt: skip
    if gone:
        orders.not_arrived(
            tx, order, node=shipment.to_node, lines=gone, kind="transfer_lost",
            said=f"Goods from {shipment.node} did not arrive.", now=now,
        )  # fmt: skip


def _tell(tx: Tx, shipment: Shipment, found: Sequence[Arrived], now: datetime) -> None:
    lines = [
        {"line": each.line, "received": each.received, "damaged": each.damaged, "missing": each.missing}
        for each in found
    ]
    data = {
        "shipment_id": str(shipment.shipment_id),
        "order_id": str(shipment.order_id),
        "node": shipment.to_node,
        "state": shipment.state,
        "lines": lines,
    }
    event = Event(kind="TransferReceived", subject=str(shipment.shipment_id), data=data, happened_at=now)
    tell(tx, shipment.market, [event])
