"""The SQL of returns."""

from collections.abc import Sequence
from dataclasses import replace

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.returns.model import Receipt, Return, ReturnLine

MAKE_SQL = """
INSERT INTO returns (market, return_id, order_id, journey, came_to, state, version, currency, authorised_at)
VALUES (%(market)s, %(return_id)s, %(order_id)s, %(journey)s, %(came_to)s, %(state)s, %(version)s,
        %(currency)s, %(authorised_at)s)
"""

MAKE_LINES_SQL = """
INSERT INTO return_lines (market, return_id, line, item, quantity, reason)
SELECT %(market)s, %(return_id)s::uuid, l.line, l.item, l.quantity, l.reason
FROM unnest(%(lines)s::int[], %(items)s::text[], %(quantities)s::int[], %(reasons)s::text[])
    AS l(line, item, quantity, reason)
"""

FIND_SQL = """
SELECT market, return_id, order_id, journey, came_to, state, version, shipping_minor, currency, authorised_at
FROM returns WHERE market = %(market)s AND return_id = %(return_id)s
"""

LOCK_SQL = """
SELECT market, return_id, order_id, journey, came_to, state, version, shipping_minor, currency, authorised_at
FROM returns WHERE market = %(market)s AND return_id = %(return_id)s FOR UPDATE
"""

LINES_SQL = """
SELECT line, item, quantity, received, reason, refund_minor FROM return_lines
WHERE market = %(market)s AND return_id = %(return_id)s ORDER BY line
"""

RECEIPTS_SQL = """
SELECT step, entry, line, node, quantity, grade, disposition, refund_minor, received_at FROM return_receipts
WHERE market = %(market)s AND return_id = %(return_id)s ORDER BY step, entry
"""

PROMISED_SQL = """
SELECT l.line, sum(l.quantity - l.received)::int
FROM returns r JOIN return_lines l ON l.market = r.market AND l.return_id = r.return_id
WHERE r.market = %(market)s AND r.order_id = %(order_id)s AND r.state IN ('authorised', 'received')
GROUP BY l.line
"""

OF_ORDER_SQL = """
SELECT return_id FROM returns WHERE market = %(market)s AND order_id = %(order_id)s
ORDER BY authorised_at, return_id
"""

NOTE_RECEIPTS_SQL = """
INSERT INTO return_receipts (market, return_id, step, entry, line, node, quantity, grade, disposition,
                             refund_minor, received_at)
SELECT %(market)s, %(return_id)s::uuid, r.step, r.entry, r.line, r.node, r.quantity, r.grade, r.disposition,
       r.refund_minor, r.received_at
FROM unnest(%(steps)s::int[], %(entries)s::int[], %(lines)s::int[], %(nodes)s::text[], %(quantities)s::int[],
            %(grades)s::text[], %(dispositions)s::text[], %(refunds)s::bigint[], %(received)s::timestamptz[])
    AS r(step, entry, line, node, quantity, grade, disposition, refund_minor, received_at)
"""

SAVE_SQL = """
UPDATE returns SET state = %(state)s, version = %(version)s, shipping_minor = %(shipping_minor)s
WHERE market = %(market)s AND return_id = %(return_id)s
"""

SAVE_LINES_SQL = """
UPDATE return_lines r SET received = l.received, refund_minor = l.refund
FROM unnest(%(lines)s::int[], %(received)s::int[], %(refunds)s::bigint[]) AS l(line, received, refund)
WHERE r.market = %(market)s AND r.return_id = %(return_id)s AND r.line = l.line
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
    """One return with its lines and receipts, or None."""
    return _whole(tx, row(tx, Return, FIND_SQL, market=market, return_id=return_id))


def lock(tx: Tx, market: str, return_id: Id) -> Return | None:
    """As `find`, locked until the transaction ends."""
    return _whole(tx, row(tx, Return, LOCK_SQL, market=market, return_id=return_id))


def _whole(tx: Tx, found: Return | None) -> Return | None:
    if found is None:
        return None
    where = {"market": found.market, "return_id": found.return_id}
    lines = tuple(rows(tx, ReturnLine, LINES_SQL, **where))
    return replace(found, lines=lines, receipts=rows(tx, Receipt, RECEIPTS_SQL, **where))


def promised(tx: Tx, market: str, order_id: Id) -> dict[int, int]:
    """What the returns of an order may still bring, by line."""
    return {line: quantity for line, quantity in values(tx, PROMISED_SQL, market=market, order_id=order_id)}  # noqa: C416  tuples are not typed pairs


def of_order(tx: Tx, market: str, order_id: Id) -> list[Id]:
    """The returns of an order, oldest first."""
    return [return_id for (return_id,) in values(tx, OF_ORDER_SQL, market=market, order_id=order_id)]


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
        quantities=[receipt.quantity for receipt in receipts],
        grades=[receipt.grade for receipt in receipts],
        dispositions=[receipt.disposition for receipt in receipts],
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
        state=known.state,
        version=known.version,
        shipping_minor=known.shipping_minor,
    )
    run(
        tx,
        SAVE_LINES_SQL,
        **where,
        lines=[line.line for line in known.lines],
        received=[line.received for line in known.lines],
        refunds=[line.refund_minor for line in known.lines],
    )
