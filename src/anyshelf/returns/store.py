"""The SQL of returns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg.types.json import Jsonb

from anyshelf.delivery.model import Scan
from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.returns.model import DebitNote, Receipt, Return, ReturnLine

MAKE_SQL = """
INSERT INTO returns (market, return_id, order_id, journey, came_to, state, version, currency, person, signals,
                     label, authorised_at)
VALUES (%(market)s, %(return_id)s, %(order_id)s, %(journey)s, %(came_to)s, %(state)s, %(version)s,
        %(currency)s, %(person)s, %(signals)s, %(label)s, %(authorised_at)s)
"""

MAKE_LINES_SQL = """
INSERT INTO return_lines (market, return_id, line, item, quantity, reason)
SELECT %(market)s, %(return_id)s::uuid, l.line, l.item, l.quantity, l.reason
FROM unnest(%(lines)s::int[], %(items)s::text[], %(quantities)s::int[], %(reasons)s::text[])
    AS l(line, item, quantity, reason)
"""

FIND_SQL = """
SELECT market, return_id, order_id, journey, came_to, state, version, shipping_minor, credit_minor, currency,
       person, signals, label, carried, exchange_order_id, authorised_at
FROM returns WHERE market = %(market)s AND return_id = %(return_id)s
"""

LOCK_SQL = """
SELECT market, return_id, order_id, journey, came_to, state, version, shipping_minor, credit_minor, currency,
       person, signals, label, carried, exchange_order_id, authorised_at
FROM returns WHERE market = %(market)s AND return_id = %(return_id)s FOR UPDATE
"""

LINES_SQL = """
SELECT line, item, quantity, received, missing, paid, reason, refund_minor FROM return_lines
WHERE market = %(market)s AND return_id = %(return_id)s ORDER BY line
"""

RECEIPTS_SQL = """
SELECT step, entry, line, node, came_from, quantity, grade, disposition, move_to, refund_minor, received_at
FROM return_receipts WHERE market = %(market)s AND return_id = %(return_id)s ORDER BY step, entry
"""

NOTES_SQL = """
SELECT note_id, return_id, line, vendor_node, node, bucket, item, quantity, amount_minor, currency, state,
       made_at
FROM return_debit_notes WHERE market = %(market)s AND return_id = %(return_id)s ORDER BY made_at, note_id
"""

NOTE_SQL = """
SELECT note_id, return_id, line, vendor_node, node, bucket, item, quantity, amount_minor, currency, state,
       made_at
FROM return_debit_notes WHERE market = %(market)s AND note_id = %(note_id)s FOR UPDATE
"""

NOTES_OF_VENDOR_SQL = """
SELECT note_id, return_id, line, vendor_node, node, bucket, item, quantity, amount_minor, currency, state,
       made_at
FROM return_debit_notes
WHERE market = %(market)s AND (%(vendor_node)s::text IS NULL OR vendor_node = %(vendor_node)s)
  AND (%(state)s::text IS NULL OR state = %(state)s) AND note_id > %(after)s::uuid
ORDER BY note_id LIMIT %(limit)s
"""

PROMISED_SQL = """
SELECT l.line, sum(l.quantity - l.received)::int
FROM returns r JOIN return_lines l ON l.market = r.market AND l.return_id = r.return_id
WHERE r.market = %(market)s AND r.order_id = %(order_id)s AND r.state IN ('authorised', 'received')
GROUP BY l.line
"""

PAID_SQL = """
SELECT l.line, sum(l.paid)::int, array_agg(DISTINCT l.reason)
FROM returns r JOIN return_lines l ON l.market = r.market AND l.return_id = r.return_id
WHERE r.market = %(market)s AND r.order_id = %(order_id)s AND l.paid > 0
GROUP BY l.line
"""

SHIPPING_PAID_SQL = """
SELECT coalesce(sum(shipping_minor), 0)::bigint FROM returns
WHERE market = %(market)s AND order_id = %(order_id)s
"""

EXCHANGED_FOR_SQL = """
SELECT return_id FROM returns WHERE market = %(market)s AND exchange_order_id = %(order_id)s
"""

OF_ORDER_SQL = """
SELECT return_id FROM returns WHERE market = %(market)s AND order_id = %(order_id)s
ORDER BY authorised_at, return_id
"""

DEALINGS_SQL = """
SELECT (SELECT count(*) FROM returns r
        WHERE r.market = %(market)s AND r.person = %(person)s AND r.person <> ''
          AND r.journey = ANY(%(journeys)s::text[])
          AND r.state IN ('authorised', 'received') AND r.return_id IS DISTINCT FROM %(apart)s::uuid
       )::int AS open_returns,
       (SELECT count(*) FROM returns r JOIN return_receipts t
            ON t.market = r.market AND t.return_id = r.return_id
        WHERE r.market = %(market)s AND t.grade = 'missing'
          AND (r.order_id = %(order_id)s OR (r.person = %(person)s AND r.person <> ''))
       )::int AS empty_boxes
"""

NOTE_RECEIPTS_SQL = """
INSERT INTO return_receipts (market, return_id, step, entry, line, node, came_from, quantity, grade,
                             disposition, move_to, refund_minor, received_at)
SELECT %(market)s, %(return_id)s::uuid, r.step, r.entry, r.line, r.node, r.came_from, r.quantity, r.grade,
       r.disposition, r.move_to, r.refund_minor, r.received_at
FROM unnest(%(steps)s::int[], %(entries)s::int[], %(lines)s::int[], %(nodes)s::text[], %(origins)s::text[],
            %(quantities)s::int[], %(grades)s::text[], %(dispositions)s::text[], %(move_to)s::text[],
            %(refunds)s::bigint[], %(received)s::timestamptz[])
    AS r(step, entry, line, node, came_from, quantity, grade, disposition, move_to, refund_minor, received_at)
"""

SAVE_SQL = """
UPDATE returns SET journey = %(journey)s, came_to = %(came_to)s, state = %(state)s, version = %(version)s,
    shipping_minor = %(shipping_minor)s, credit_minor = %(credit_minor)s, signals = %(signals)s,
    carried = %(carried)s, exchange_order_id = %(exchange_order_id)s
WHERE market = %(market)s AND return_id = %(return_id)s
"""

SAVE_LINES_SQL = """
UPDATE return_lines r
SET received = l.received, missing = l.missing, paid = l.paid, refund_minor = l.refund
FROM unnest(%(lines)s::int[], %(received)s::int[], %(missing)s::int[], %(paid)s::int[], %(refunds)s::bigint[])
    AS l(line, received, missing, paid, refund)
WHERE r.market = %(market)s AND r.return_id = %(return_id)s AND r.line = l.line
"""

NOTE_SCANS_SQL = """
INSERT INTO return_scans (market, return_id, event_id, kind, place, happened_at, known_at)
SELECT %(market)s, %(return_id)s::uuid, s.event_id, s.kind, s.place, s.happened_at, %(now)s
FROM unnest(%(event_ids)s::text[], %(kinds)s::text[], %(places)s::text[], %(happened)s::timestamptz[])
    AS s(event_id, kind, place, happened_at)
ON CONFLICT (market, return_id, event_id) DO NOTHING
"""

SCANS_SQL = """
SELECT event_id, kind, happened_at, place FROM return_scans
WHERE market = %(market)s AND return_id = %(return_id)s ORDER BY happened_at, event_id
"""

MAKE_NOTES_SQL = """
INSERT INTO return_debit_notes (market, note_id, return_id, line, vendor_node, node, bucket, item, quantity,
                                amount_minor, currency, state, made_at)
SELECT %(market)s, n.note_id, %(return_id)s::uuid, n.line, n.vendor_node, n.node, n.bucket, n.item,
       n.quantity, n.amount_minor, %(currency)s, 'open', %(now)s
FROM unnest(%(note_ids)s::uuid[], %(lines)s::int[], %(vendor_nodes)s::text[], %(nodes)s::text[],
            %(buckets)s::text[], %(items)s::text[], %(quantities)s::int[], %(amounts)s::bigint[])
    AS n(note_id, line, vendor_node, node, bucket, item, quantity, amount_minor)
"""

SEND_NOTES_SQL = """
UPDATE return_debit_notes SET state = 'sent', sent_at = %(now)s
WHERE market = %(market)s AND return_id = %(return_id)s AND state = 'open'
"""

SETTLE_NOTE_SQL = """
UPDATE return_debit_notes SET state = 'settled', settled_at = %(now)s
WHERE market = %(market)s AND note_id = %(note_id)s AND state = 'sent'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealings:
    """How many returns a shopper has open, and how often a box of theirs was empty."""

    open_returns: int
    empty_boxes: int


FORGET_SQL = """
UPDATE returns SET person = '' WHERE market = %(market)s AND order_id = %(order_id)s AND person <> ''
"""


def make(tx: Tx, new: Return) -> None:
    """Write a return down with its lines."""
    where = {"market": new.market, "return_id": new.return_id}
    run(
        tx,
        MAKE_SQL,
        **where,
        order_id=new.order_id,
        journey=new.journey,
        came_to=new.came_to,
        state=new.state,
        version=new.version,
        currency=new.currency,
        person=new.person,
        signals=list(new.signals),
        label=Jsonb(new.label) if new.label else None,
        authorised_at=new.authorised_at,
    )
    run(
        tx,
        MAKE_LINES_SQL,
        **where,
        lines=[line.line for line in new.lines],
        items=[line.item for line in new.lines],
        quantities=[line.quantity for line in new.lines],
        reasons=[line.reason for line in new.lines],
    )


def find(tx: Tx, market: str, return_id: Id) -> Return | None:
    """One return with its lines, receipts and debit notes, or None."""
    return _whole(tx, row(tx, Return, FIND_SQL, market=market, return_id=return_id))


def lock(tx: Tx, market: str, return_id: Id) -> Return | None:
    """As `find`, locked until the transaction ends."""
    return _whole(tx, row(tx, Return, LOCK_SQL, market=market, return_id=return_id))


def _whole(tx: Tx, found: Return | None) -> Return | None:
    if found is None:
        return None
    where = {"market": found.market, "return_id": found.return_id}
    return replace(
        found,
        lines=tuple(rows(tx, ReturnLine, LINES_SQL, **where)),
        receipts=rows(tx, Receipt, RECEIPTS_SQL, **where),
        notes=rows(tx, DebitNote, NOTES_SQL, **where),
    )


def promised(tx: Tx, market: str, order_id: Id) -> dict[int, int]:
    """What the returns of an order may still bring, by line."""
    return {line: quantity for line, quantity in values(tx, PROMISED_SQL, market=market, order_id=order_id)}  # noqa: C416  tuples are not typed pairs


def paid_back(tx: Tx, market: str, order_id: Id) -> list[tuple[int, int, list[str]]]:
    """What all returns of an order have paid back: line, units, and the reasons given for them."""
    return [tuple(found) for found in values(tx, PAID_SQL, market=market, order_id=order_id)]


def shipping_paid_back(tx: Tx, market: str, order_id: Id) -> int:
    """What all returns of an order have paid back of its shipping, in minor units."""
    return int(values(tx, SHIPPING_PAID_SQL, market=market, order_id=order_id)[0][0])


def of_order(tx: Tx, market: str, order_id: Id) -> list[Id]:
    """The returns of an order, oldest first."""
    return [return_id for (return_id,) in values(tx, OF_ORDER_SQL, market=market, order_id=order_id)]


def exchanged_for(tx: Tx, market: str, order_id: Id) -> Id | None:
    """The return that an order was taken in exchange for, or None."""
    found = values(tx, EXCHANGED_FOR_SQL, market=market, order_id=order_id)
    return found[0][0] if found else None


def dealings(
    tx: Tx, market: str, *, person: str, order_id: Id, journeys: Sequence[str], apart: Id | None
) -> Dealings:
    """How a shopper has dealt with returns of these journeys before, one of them left apart."""
    found = row(
        tx, Dealings, DEALINGS_SQL,
        market=market, person=person, order_id=order_id, journeys=list(journeys), apart=apart,
    )  # fmt: skip
    return found or Dealings(open_returns=0, empty_boxes=0)


def note_receipts(tx: Tx, market: str, return_id: Id, receipts: Sequence[Receipt]) -> None:
    """Write down what came."""
    run(
        tx,
        NOTE_RECEIPTS_SQL,
        market=market,
        return_id=return_id,
        steps=[receipt.step for receipt in receipts],
        entries=[receipt.entry for receipt in receipts],
        lines=[receipt.line for receipt in receipts],
        nodes=[receipt.node for receipt in receipts],
        origins=[receipt.came_from for receipt in receipts],
        quantities=[receipt.quantity for receipt in receipts],
        grades=[receipt.grade for receipt in receipts],
        dispositions=[receipt.disposition for receipt in receipts],
        move_to=[receipt.move_to for receipt in receipts],
        refunds=[receipt.refund_minor for receipt in receipts],
        received=[receipt.received_at for receipt in receipts],
    )


def save(tx: Tx, known: Return) -> None:
    """Write down how a return stands, and its lines."""
    where = {"market": known.market, "return_id": known.return_id}
    run(
        tx,
        SAVE_SQL,
        **where,
        journey=known.journey,
        came_to=known.came_to,
        state=known.state,
        version=known.version,
        shipping_minor=known.shipping_minor,
        credit_minor=known.credit_minor,
        signals=list(known.signals),
        carried=known.carried,
        exchange_order_id=known.exchange_order_id,
    )
    run(
        tx,
        SAVE_LINES_SQL,
        **where,
        lines=[line.line for line in known.lines],
        received=[line.received for line in known.lines],
        missing=[line.missing for line in known.lines],
        paid=[line.paid for line in known.lines],
        refunds=[line.refund_minor for line in known.lines],
    )


def note_scans(tx: Tx, market: str, return_id: Id, scans: Sequence[Scan], now: datetime) -> int:
    """Write down what a carrier says; what it said before is passed over. Returns how many are new."""
    return run(
        tx,
        NOTE_SCANS_SQL,
        market=market,
        return_id=return_id,
        event_ids=[scan.event_id for scan in scans],
        kinds=[scan.kind for scan in scans],
        places=[scan.place for scan in scans],
        happened=[scan.happened_at for scan in scans],
        now=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    event_id: str
    kind: str
    happened_at: datetime
    place: str | None


def scans(tx: Tx, market: str, return_id: Id) -> list[Scan]:
    """Everything a carrier has said of a parcel coming back, by when it happened."""
    found = rows(tx, _Scan, SCANS_SQL, market=market, return_id=return_id)
    return [
        Scan(event_id=scan.event_id, kind=scan.kind, happened_at=scan.happened_at, place=scan.place)
        for scan in found
    ]


def make_notes(tx: Tx, known: Return, notes: Sequence[DebitNote], now: datetime) -> None:
    """Write debit notes down."""
    run(
        tx,
        MAKE_NOTES_SQL,
        market=known.market,
        return_id=known.return_id,
        currency=known.currency,
        now=now,
        note_ids=[note.note_id for note in notes],
        lines=[note.line for note in notes],
        vendor_nodes=[note.vendor_node for note in notes],
        nodes=[note.node for note in notes],
        buckets=[note.bucket for note in notes],
        items=[note.item for note in notes],
        quantities=[note.quantity for note in notes],
        amounts=[note.amount_minor for note in notes],
    )


def send_notes(tx: Tx, market: str, return_id: Id, now: datetime) -> int:
    """Write down that the open debit notes of a return were sent."""
    return run(tx, SEND_NOTES_SQL, market=market, return_id=return_id, now=now)


def settle_note(tx: Tx, market: str, note_id: Id, now: datetime) -> int:
    """Write down that a vendor has paid a debit note that was sent."""
    return run(tx, SETTLE_NOTE_SQL, market=market, note_id=note_id, now=now)


def note(tx: Tx, market: str, note_id: Id) -> DebitNote | None:
    """One debit note, locked, or None."""
    return row(tx, DebitNote, NOTE_SQL, market=market, note_id=note_id)


def notes_of_vendor(
    tx: Tx, market: str, *, vendor_node: str | None, state: str | None, after: Id, limit: int
) -> list[DebitNote]:
    """Debit notes by their ids, a page at a time."""
    return rows(
        tx, DebitNote, NOTES_OF_VENDOR_SQL,
        market=market, vendor_node=vendor_node, state=state, after=after, limit=limit,
    )  # fmt: skip
