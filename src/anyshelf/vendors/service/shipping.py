"""What a vendor ships, and what it wants paid for it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.promising import service as promising
from anyshelf.vendors import rules, store
from anyshelf.vendors.model import Invoice, InvoiceLine, Notice, Noticed, PurchaseOrder
from anyshelf.vendors.service.answering import close_backorders
from anyshelf.vendors.service.purchasing import locked, watch


def ship(tx: Tx, market: str, po_id: Id, notice: Notice, now: datetime) -> PurchaseOrder:
    """Take in an advance ship notice; the same one again changes nothing.

    Goods for a door have left us with it, and their money is taken; goods for a store are on their way there.
    Tells `PackageDispatched`, from which delivery makes the shipment.
    """
    order, po = locked(tx, market, po_id)
    if _came_before(store.notices(tx, market, po_id), notice):
        return po
    after = rules.shipped(po, notice, now=now)
    if not after.unanswered and po.answered_at is None:
        after = replace(after, answered_at=now)
    order = orders.advance(tx, order, rules.steps(po, notice.lines), now)
    store.save(tx, after)
    left_at = min(notice.shipped_at, now)
    promising.saw_leaving(tx, market, po_id, po.node, due_at=po.ship_by, left_at=left_at)
    watch(tx, after)
    _dispatch(tx, order, after, notice, now)
    if po.backordered and not after.backordered:
        close_backorders(tx, order, note="it has shipped", now=now)
    return after


def _came_before(known: Sequence[Noticed], notice: Notice) -> bool:
    """Whether this notice was taken already; raises Conflict when its id came with something else."""
    earlier = next((each for each in known if each.asn == notice.asn), None)
    if earlier is None:
        return False
    said = {line["line"]: line["quantity"] for line in earlier.lines}
    if (said, earlier.carrier, earlier.tracking) != (dict(notice.lines), notice.carrier, notice.tracking):
        raise Conflict(
            f"The ship notice {notice.asn} was taken with other lines, carrier or tracking; "
            "send a correction under an id of its own.",
            field="asn",
        )
    return True


def _dispatch(tx: Tx, order: Order, po: PurchaseOrder, notice: Notice, now: datetime) -> None:
    shipment_id = derived_id("asn", po.market, str(po.po_id), notice.asn)
    lines = [
        {"line": line.line, "item": line.item, "quantity": notice.lines[line.line]}
        for line in po.lines
        if line.line in notice.lines
    ]
    store.note_notice(tx, po, notice, shipment_id=shipment_id, lines=lines, now=now)
    data = {
        "work_id": str(shipment_id), "order_id": str(po.order_id), "node": po.node, "to_node": po.to_node,
        "carrier": notice.carrier, "tracking": notice.tracking, "slot": order.slot, "lines": lines,
    }  # fmt: skip
    left = Event(
        kind="PackageDispatched", subject=str(shipment_id), data=data, happened_at=min(notice.shipped_at, now)
    )
    tell(tx, po.market, [left])


def invoice(
    tx: Tx, market: str, po_id: Id, number: str, lines: Sequence[InvoiceLine], now: datetime
) -> tuple[PurchaseOrder, Invoice]:
    """Keep an invoice and say whether it asks for what was shipped, at the agreed cost; twice is once."""
    order, po = locked(tx, market, po_id)
    known = store.invoices(tx, market, po_id)
    earlier = next((each for each in known if each.invoice == number), None)
    if earlier is not None:
        return po, _same(earlier, lines)
    paid = Counter[int]()
    for each in known:
        if each.state == "matched":
            paid.update({line["line"]: line["quantity"] for line in each.lines})
    differences = rules.differences(po, lines, before=paid)
    kept = Invoice(
        invoice=number,
        state="disputed" if differences else "matched",
        lines=[line.as_json() for line in lines],
        differences=differences,
    )
    store.note_invoice(tx, po, kept, now)
    if differences:
        _note_differences(tx, order, po, kept, now)
    return po, kept


def _same(earlier: Invoice, lines: Sequence[InvoiceLine]) -> Invoice:
    if earlier.lines != [line.as_json() for line in lines]:
        raise Conflict(
            f"Invoice {earlier.invoice} was taken with other lines; give a correction a number of its own.",
            field="invoice",
        )
    return earlier


def _note_differences(tx: Tx, order: Order, po: PurchaseOrder, kept: Invoice, now: datetime) -> None:
    named = "; ".join(
        f"line {each['line']}: {each['field'].replace('_', ' ')} {each['invoiced']}, not {each['expected']}"
        for each in kept.differences[: rules.NAMED_MAX]
    )
    orders.note_exception(
        tx,
        order,
        "invoice_differs",
        cause=f"{po.po_id}/{kept.invoice}",
        said=f"Invoice {kept.invoice} of {po.vendor} differs from what was shipped: {named}.",
        done="The invoice is kept as disputed.",
        todo="Ask the vendor for a corrected invoice under a number of its own.",
        node=po.node,
        lines=[each["line"] for each in kept.differences],
        now=now,
    )
