"""The SQL of purchase orders, and of everything vendors say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.vendors.model import (
    Answer,
    Feed,
    Invoice,
    Notice,
    Noticed,
    PurchaseLine,
    PurchaseOrder,
    Scorecard,
)

MAKE_SQL = """
INSERT INTO vendor_orders (market, po_id, order_id, vendor, node, journey, to_node, state, answer_by, ship_by,
                           made_at)
VALUES (%(market)s, %(po_id)s, %(order_id)s, %(vendor)s, %(node)s, %(journey)s, %(to_node)s, %(state)s,
        %(answer_by)s, %(ship_by)s, %(made_at)s)
ON CONFLICT (market, po_id) DO NOTHING
"""

MAKE_LINES_SQL = """
INSERT INTO vendor_order_lines (market, po_id, line, item, quantity, cost_minor, currency)
SELECT %(market)s, %(po_id)s::uuid, l.line, l.item, l.quantity, l.cost_minor, l.currency
FROM unnest(%(lines)s::int[], %(items)s::text[], %(quantities)s::int[], %(costs)s::bigint[],
            %(currencies)s::text[]) AS l(line, item, quantity, cost_minor, currency)
"""

FIND_SQL = """
SELECT market, po_id, order_id, vendor, node, journey, to_node, state, answer_by, ship_by, made_at,
       answered_at
FROM vendor_orders WHERE market = %(market)s AND po_id = %(po_id)s
"""

LOCK_OF_ORDER_SQL = """
SELECT market, po_id, order_id, vendor, node, journey, to_node, state, answer_by, ship_by, made_at,
       answered_at
FROM vendor_orders
WHERE market = %(market)s AND order_id = %(order_id)s AND node = %(node)s
ORDER BY made_at, po_id FOR UPDATE
"""

# The states are spelled out as in the index: it stays as small as what there is to do.
UNFINISHED_SQL = """
SELECT market, po_id, order_id, vendor, node, journey, to_node, state, answer_by, ship_by, made_at,
       answered_at
FROM vendor_orders
WHERE market = %(market)s AND vendor = %(vendor)s AND state IN ('open', 'acknowledged')
  AND (%(after)s::uuid IS NULL OR (made_at, po_id) > (
        SELECT o.made_at, o.po_id FROM vendor_orders o
        WHERE o.market = %(market)s AND o.po_id = %(after)s::uuid))
ORDER BY made_at, po_id LIMIT %(limit)s::int
"""

OF_VENDOR_SQL = """
SELECT market, po_id, order_id, vendor, node, journey, to_node, state, answer_by, ship_by, made_at,
       answered_at
FROM vendor_orders
WHERE market = %(market)s AND vendor = %(vendor)s
  AND (%(after)s::uuid IS NULL OR (made_at, po_id) > (
        SELECT o.made_at, o.po_id FROM vendor_orders o
        WHERE o.market = %(market)s AND o.po_id = %(after)s::uuid))
ORDER BY made_at, po_id LIMIT %(limit)s::int
"""

LINES_SQL = """
SELECT po_id, line, item, quantity, cost_minor, currency, accepted, backordered, rejected, cancelled, shipped,
       expected_at, reason
FROM vendor_order_lines
WHERE market = %(market)s AND po_id = ANY(%(po_ids)s::uuid[]) ORDER BY po_id, line
"""

SAVE_SQL = """
UPDATE vendor_orders SET state = %(state)s, answered_at = %(answered_at)s
WHERE market = %(market)s AND po_id = %(po_id)s
"""

SAVE_LINES_SQL = """
UPDATE vendor_order_lines o
SET accepted = l.accepted, backordered = l.backordered, rejected = l.rejected, cancelled = l.cancelled,
    shipped = l.shipped, expected_at = l.expected_at, reason = l.reason
FROM unnest(%(lines)s::int[], %(accepted)s::int[], %(backordered)s::int[], %(rejected)s::int[],
            %(cancelled)s::int[], %(shipped)s::int[], %(expected)s::timestamptz[], %(reasons)s::text[])
    AS l(line, accepted, backordered, rejected, cancelled, shipped, expected_at, reason)
WHERE o.market = %(market)s AND o.po_id = %(po_id)s AND o.line = l.line
"""

WAITS_SQL = """
SELECT 1 FROM vendor_orders o JOIN vendor_order_lines l USING (market, po_id)
WHERE o.market = %(market)s AND o.order_id = %(order_id)s AND l.backordered > 0 LIMIT 1
"""

NOTE_ANSWER_SQL = """
INSERT INTO vendor_answers (market, po_id, answer_id, lines, said_at)
VALUES (%(market)s, %(po_id)s, %(answer_id)s, %(lines)s, %(now)s)
ON CONFLICT DO NOTHING
"""

NOTE_NOTICE_SQL = """
INSERT INTO vendor_notices (market, po_id, asn, shipment_id, carrier, tracking, lines, shipped_at, known_at)
VALUES (%(market)s, %(po_id)s, %(asn)s, %(shipment_id)s, %(carrier)s, %(tracking)s, %(lines)s, %(shipped_at)s,
        %(now)s)
"""

NOTICES_SQL = """
SELECT asn, shipment_id, carrier, tracking, lines, shipped_at FROM vendor_notices
WHERE market = %(market)s AND po_id = %(po_id)s ORDER BY known_at, asn
"""

SHIPPED_SINCE_SQL = """
SELECT l.line ->> 'item', sum((l.line ->> 'quantity')::int)::int
FROM vendor_orders o
JOIN vendor_notices n ON n.market = o.market AND n.po_id = o.po_id
CROSS JOIN jsonb_array_elements(n.lines) AS l(line)
WHERE o.market = %(market)s AND o.vendor = %(vendor)s AND n.shipped_at > %(since)s
GROUP BY 1
"""

NOTE_INVOICE_SQL = """
INSERT INTO vendor_invoices (market, po_id, invoice, state, lines, differences, known_at)
VALUES (%(market)s, %(po_id)s, %(invoice)s, %(state)s, %(lines)s, %(differences)s, %(now)s)
"""

INVOICES_SQL = """
SELECT invoice, state, lines, differences FROM vendor_invoices
WHERE market = %(market)s AND po_id = %(po_id)s ORDER BY known_at, invoice
"""

NOTE_FEED_SQL = """
INSERT INTO vendor_feeds (market, vendor, feed_id, content, as_of, answer, known_at)
VALUES (%(market)s, %(vendor)s, %(feed_id)s, %(content)s, %(as_of)s, %(answer)s, %(now)s)
"""

FEED_SQL = """
SELECT content, answer FROM vendor_feeds
WHERE market = %(market)s AND vendor = %(vendor)s AND feed_id = %(feed_id)s
"""

SCORECARD_SQL = """
WITH placed AS (
    SELECT o.po_id, o.made_at, o.ship_by,
           o.answered_at <= o.answer_by AS in_time,
           o.answered_at IS NOT NULL OR o.answer_by < %(now)s::timestamptz AS to_judge,
           extract(epoch FROM o.answered_at - o.made_at) / 3600 AS hours
    FROM vendor_orders o
    WHERE o.market = %(market)s AND o.vendor = %(vendor)s AND o.state <> 'cancelled'
      AND o.made_at >= %(since)s::timestamptz
), units AS (
    SELECT coalesce(sum(l.quantity - l.cancelled), 0) AS wanted, coalesce(sum(l.shipped), 0) AS shipped,
           coalesce(sum(l.rejected), 0) AS rejected
    FROM placed p JOIN vendor_order_lines l ON l.market = %(market)s AND l.po_id = p.po_id
), sent AS (
    SELECT n.shipped_at > p.ship_by AS late,
           greatest(extract(epoch FROM n.shipped_at - p.made_at), 0) / 3600 AS hours
    FROM placed p JOIN vendor_notices n ON n.market = %(market)s AND n.po_id = p.po_id
)
SELECT (SELECT count(*) FROM placed)::int AS orders,
       wanted::int AS units,
       (SELECT round(100.0 * count(*) FILTER (WHERE in_time) / nullif(count(*) FILTER (WHERE to_judge), 0), 1)
        FROM placed)::float AS acknowledged_in_time_percent,
       round(100.0 * shipped / nullif(wanted, 0), 1)::float AS fill_percent,
       round(100.0 * rejected / nullif(wanted, 0), 1)::float AS rejected_percent,
       (SELECT count(*) FROM sent)::int AS shipments,
       (SELECT round(100.0 * count(*) FILTER (WHERE late) / nullif(count(*), 0), 1) FROM sent)::float
           AS late_shipments_percent,
       (SELECT round(avg(hours), 2) FROM placed)::float AS hours_to_acknowledge,
       (SELECT round(avg(hours), 2) FROM sent)::float AS hours_to_ship
FROM units
"""


def make(tx: Tx, po: PurchaseOrder) -> bool:
    """Write a purchase order down; False when it is there already."""
    made = run(
        tx,
        MAKE_SQL,
        market=po.market,
        po_id=po.po_id,
        order_id=po.order_id,
        vendor=po.vendor,
        node=po.node,
        journey=po.journey,
        to_node=po.to_node,
        state=po.state,
        answer_by=po.answer_by,
        ship_by=po.ship_by,
        made_at=po.made_at,
    )
    if made:
        run(
            tx,
            MAKE_LINES_SQL,
            market=po.market,
            po_id=po.po_id,
            lines=[line.line for line in po.lines],
            items=[line.item for line in po.lines],
            quantities=[line.quantity for line in po.lines],
            costs=[line.cost_minor for line in po.lines],
            currencies=[line.currency for line in po.lines],
        )
    return bool(made)


def find(tx: Tx, market: str, po_id: Id) -> PurchaseOrder | None:
    """One purchase order, or None."""
    found = row(tx, PurchaseOrder, FIND_SQL, market=market, po_id=po_id)
    return _with_lines(tx, market, [found])[0] if found else None


def lock_of_order(tx: Tx, market: str, order_id: Id, node: str) -> list[PurchaseOrder]:
    """All purchase orders of one order at one node, oldest first, locked."""
    found = rows(tx, PurchaseOrder, LOCK_OF_ORDER_SQL, market=market, order_id=order_id, node=node)
    return _with_lines(tx, market, found)


def of_vendor(
    tx: Tx, market: str, vendor: str, *, unfinished: bool, limit: int, after: Id | None
) -> list[PurchaseOrder]:
    """A vendor's purchase orders, oldest first, from after one; all, or what it still has to do."""
    statement = UNFINISHED_SQL if unfinished else OF_VENDOR_SQL
    found = rows(tx, PurchaseOrder, statement, market=market, vendor=vendor, limit=limit, after=after)
    return _with_lines(tx, market, found)


def _with_lines(tx: Tx, market: str, found: Sequence[PurchaseOrder]) -> list[PurchaseOrder]:
    lines: dict[Id, list[PurchaseLine]] = {po.po_id: [] for po in found}
    names = (
        "line", "item", "quantity", "cost_minor", "currency", "accepted", "backordered", "rejected",
        "cancelled", "shipped", "expected_at", "reason",
    )  # fmt: skip
    for po_id, *said in values(tx, LINES_SQL, market=market, po_ids=list(lines)):
        lines[po_id].append(PurchaseLine(**dict(zip(names, said, strict=True))))
    return [replace(po, lines=tuple(lines[po.po_id])) for po in found]


def save(tx: Tx, po: PurchaseOrder) -> None:
    """Write down how a purchase order stands, and its lines."""
    where = {"market": po.market, "po_id": po.po_id}
    run(tx, SAVE_SQL, **where, state=po.state, answered_at=po.answered_at)
    run(
        tx,
        SAVE_LINES_SQL,
        **where,
        lines=[line.line for line in po.lines],
        accepted=[line.accepted for line in po.lines],
        backordered=[line.backordered for line in po.lines],
        rejected=[line.rejected for line in po.lines],
        cancelled=[line.cancelled for line in po.lines],
        shipped=[line.shipped for line in po.lines],
        expected=[line.expected_at for line in po.lines],
        reasons=[line.reason for line in po.lines],
    )


def waits_for_vendors(tx: Tx, market: str, order_id: Id) -> bool:
    """Whether anything of an order is backordered with a vendor."""
    return bool(values(tx, WAITS_SQL, market=market, order_id=order_id))


def note_answer(tx: Tx, po: PurchaseOrder, answer_id: Id, answers: Sequence[Answer], now: datetime) -> bool:
    """Keep what a vendor answered; False when it has said just that before."""
    said = Jsonb([answer.as_json() for answer in answers])
    return bool(
        run(tx, NOTE_ANSWER_SQL, market=po.market, po_id=po.po_id, answer_id=answer_id, lines=said, now=now)
    )


def note_notice(
    tx: Tx, po: PurchaseOrder, notice: Notice, *, shipment_id: Id, lines: list[dict[str, Any]], now: datetime
) -> None:
    """Keep an advance ship notice with the shipment it became."""
    run(
        tx,
        NOTE_NOTICE_SQL,
        market=po.market,
        po_id=po.po_id,
        asn=notice.asn,
        shipment_id=shipment_id,
        carrier=notice.carrier,
        tracking=notice.tracking,
        lines=Jsonb(lines),
        shipped_at=notice.shipped_at,
        now=now,
    )


def notices(tx: Tx, market: str, po_id: Id) -> list[Noticed]:
    """The advance ship notices of a purchase order, in the order in which they came."""
    return rows(tx, Noticed, NOTICES_SQL, market=market, po_id=po_id)


def shipped_since(tx: Tx, market: str, vendor: str, since: datetime) -> dict[str, int]:
    """The units of each item that a vendor sent for us after a moment."""
    return dict(values(tx, SHIPPED_SINCE_SQL, market=market, vendor=vendor, since=since))


def note_invoice(tx: Tx, po: PurchaseOrder, invoice: Invoice, now: datetime) -> None:
    """Keep an invoice with how it differs from what was shipped."""
    run(
        tx,
        NOTE_INVOICE_SQL,
        market=po.market,
        po_id=po.po_id,
        invoice=invoice.invoice,
        state=invoice.state,
        lines=Jsonb(invoice.lines),
        differences=Jsonb(invoice.differences),
        now=now,
    )


def invoices(tx: Tx, market: str, po_id: Id) -> list[Invoice]:
    """The invoices for a purchase order, in the order in which they came."""
    return rows(tx, Invoice, INVOICES_SQL, market=market, po_id=po_id)


def note_feed(
    tx: Tx, market: str, vendor: str, feed: Feed, *, content: Id, answer: Mapping[str, Any], now: datetime
) -> None:
    """Keep what a feed was answered."""
    run(
        tx,
        NOTE_FEED_SQL,
        market=market,
        vendor=vendor,
        feed_id=feed.feed_id,
        content=content,
        as_of=feed.as_of,
        answer=Jsonb(dict(answer)),
        now=now,
    )


def feed_answer(tx: Tx, market: str, vendor: str, feed_id: str) -> tuple[Id, dict[str, Any]] | None:
    """What a feed of this id said, as an id, and what it was answered; None when it has not come yet."""
    found = values(tx, FEED_SQL, market=market, vendor=vendor, feed_id=feed_id)
    return (found[0][0], found[0][1]) if found else None


def scorecard(tx: Tx, market: str, vendor: str, *, since: datetime, now: datetime) -> Scorecard:
    """How well a vendor served since a moment."""
    return rows(tx, Scorecard, SCORECARD_SQL, market=market, vendor=vendor, since=since, now=now)[0]
