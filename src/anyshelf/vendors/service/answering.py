"""What a vendor answers to a purchase order, and what is done when it does not."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.ground.timers import set_timer
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.vendors import rules, store
from anyshelf.vendors.model import Answer, PurchaseLine, PurchaseOrder
from anyshelf.vendors.rules import Answered
from anyshelf.vendors.service.purchasing import DATE, locked, told, watch

SILENT = "no answer in time"
LATE = "not there by the vendor's own date"


def acknowledge(tx: Tx, market: str, po_id: Id, answers: Sequence[Answer], now: datetime) -> PurchaseOrder:
    """Take in how the lines stand with the vendor; the same answer again changes nothing.

    What is rejected is looked for elsewhere at once; what comes later is told with its date, and watched.
    Raises Invalid or OutOfTurn naming the line that cannot be answered like this.
    """
    order, po = locked(tx, market, po_id)
    if not store.note_answer(tx, po, _answer_id(po, answers), answers, now):
        return po
    answered = rules.answered(po, answers, now=now)
    if answered.after == po:
        return po
    after = answered.after
    if not after.unanswered and po.answered_at is None:
        after = replace(after, answered_at=now)
    store.save(tx, after)
    watch(tx, after)
    reasons = sorted({answer.reason for answer in answers if answer.reason})
    order = _look_elsewhere(
        tx, order, answered, kind="vendor_rejected", reason=", ".join(reasons) or "rejected", now=now
    )
    _tell_dates(tx, order, po, answered.dated, now)
    close_backorders(tx, order, note="the vendor has it now", now=now)
    told(tx, after, "PurchaseOrderAnswered", now)
    return after


def _answer_id(po: PurchaseOrder, answers: Sequence[Answer]) -> Id:
    said = sorted((answer.as_json() for answer in answers), key=lambda line: line["line"])
    return derived_id("answer", po.market, str(po.po_id), json.dumps(said, sort_keys=True))


def answer_is_due(tx: Tx, market: str, po_id: Id, now: datetime) -> None:
    """Time to answer is over: what was not answered is looked for elsewhere, as if it had been rejected."""
    order, po = locked(tx, market, po_id)
    if po.unanswered and po.answer_by <= now:
        answered = rules.silent(po, reason=SILENT)
        store.save(tx, answered.after)
        _look_elsewhere(tx, order, answered, kind="vendor_silent", reason=SILENT, now=now)
        told(tx, answered.after, "PurchaseOrderLapsed", now)


def date_has_passed(tx: Tx, market: str, po_id: Id, now: datetime) -> None:
    """A date the vendor gave has passed by a day: what has not come by it is looked for elsewhere."""
    order, po = locked(tx, market, po_id)
    answered = rules.overdue(po, now=now, reason=LATE)
    if answered.rejected:
        store.save(tx, answered.after)
        order = _look_elsewhere(tx, order, answered, kind="vendor_late", reason=LATE, now=now)
        close_backorders(tx, order, note="looked for elsewhere", now=now)
        told(tx, answered.after, "PurchaseOrderLapsed", now)
    later = rules.next_date(answered.after)
    if later:
        set_timer(tx, market, DATE, str(po_id), later)


def _look_elsewhere(
    tx: Tx, order: Order, answered: Answered, *, kind: str, reason: str, now: datetime
) -> Order:
    """Have the order source elsewhere what the vendor will not send; the order lists that it happened."""
    if not answered.rejected:
        return order
    return orders.reject(
        tx, order, node=answered.after.node, lines=answered.rejected, reason=reason, now=now, kind=kind
    )


def _tell_dates(
    tx: Tx, order: Order, before: PurchaseOrder, dated: Sequence[PurchaseLine], now: datetime
) -> None:
    """Tell the new dates of what comes later, and leave it to a person whether the shopper will wait."""
    if not dated:
        return
    dates = ", ".join(f"{line.backordered} of line {line.line} at {line.expected_at}" for line in dated)
    why = f"{before.vendor} will have goods later: {dates}."
    if order.promise:
        orders.repromise(tx, order, later_by=rules.later_by(before, dated), why=why, now=now)
    else:
        data = {"order_id": str(order.order_id), "why": why, "lines": [line.as_json() for line in dated]}
        changed = Event(kind="PromiseChanged", subject=str(order.order_id), data=data, happened_at=now)
        tell(tx, order.market, [changed])
    orders.note_exception(
        tx,
        order,
        "vendor_backorder",
        cause=f"{before.po_id}/{dates}",
        said=why,
        done="The new date was told, and is watched.",
        todo="Tell the shopper, or cancel what they will not wait for.",
        node=before.node,
        lines=[line.line for line in dated],
        now=now,
    )


def close_backorders(tx: Tx, order: Order, *, note: str, now: datetime) -> None:
    """Nothing of the order waits for a vendor any more: what was left to do about that is done."""
    if not store.waits_for_vendors(tx, order.market, order.order_id):
        orders.close_all(tx, order, "vendor_backorder", note=note, now=now)
