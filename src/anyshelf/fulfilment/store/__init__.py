"""The SQL of work in nodes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from psycopg.types.json import Jsonb

from anyshelf.fulfilment.model import Arrival, Work, WorkLine
from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id

MAKE_SQL = """
INSERT INTO fulfilment_work (market, work_id, order_id, node, method, journey, finish, to_node, gift, state,
                             carrier, due_at, made_at, changed_at)
VALUES (%(market)s, %(work_id)s, %(order_id)s, %(node)s, %(method)s, %(journey)s, %(finish)s, %(to_node)s,
        %(gift)s, %(state)s, %(carrier)s, %(due_at)s, %(made_at)s, %(made_at)s)
ON CONFLICT (market, work_id) DO NOTHING
"""

MAKE_LINES_SQL = """
INSERT INTO fulfilment_lines (market, work_id, line, item, quantity, picked, cancelled)
SELECT %(market)s, %(work_id)s::uuid, l.line, l.item, l.quantity, l.picked, l.cancelled
FROM unnest(%(lines)s::int[], %(items)s::text[], %(quantities)s::int[], %(picked)s::int[],
            %(cancelled)s::int[])
    AS l(line, item, quantity, picked, cancelled)
"""

FIND_SQL = """
SELECT market, work_id, order_id, node, method, journey, finish, to_node, gift, state, claimed_by, packages,
       shelf, carrier, due_at, made_at
FROM fulfilment_work WHERE market = %(market)s AND work_id = %(work_id)s
"""

LOCK_OF_ORDER_SQL = """
SELECT market, work_id, order_id, node, method, journey, finish, to_node, gift, state, claimed_by, packages,
       shelf, carrier, due_at, made_at
FROM fulfilment_work
WHERE market = %(market)s AND order_id = %(order_id)s AND node = %(node)s
ORDER BY made_at, work_id FOR UPDATE
"""

# The states are spelled out as in the index: it stays as small as what there is to do.
UNFINISHED_SQL = """
SELECT market, work_id, order_id, node, method, journey, finish, to_node, gift, state, claimed_by, packages,
       shelf, carrier, due_at, made_at
FROM fulfilment_work
WHERE market = %(market)s AND node = %(node)s
  AND state IN ('open', 'claimed', 'picked', 'packed', 'staged')
  AND (%(after)s::uuid IS NULL OR (due_at, work_id) > (
        SELECT w.due_at, w.work_id FROM fulfilment_work w
        WHERE w.market = %(market)s AND w.work_id = %(after)s::uuid))
ORDER BY due_at, work_id LIMIT %(limit)s::int
"""

OF_NODE_SQL = """
SELECT market, work_id, order_id, node, method, journey, finish, to_node, gift, state, claimed_by, packages,
       shelf, carrier, due_at, made_at
FROM fulfilment_work
WHERE market = %(market)s AND node = %(node)s
  AND (%(after)s::uuid IS NULL OR (due_at, work_id) > (
        SELECT w.due_at, w.work_id FROM fulfilment_work w
        WHERE w.market = %(market)s AND w.work_id = %(after)s::uuid))
ORDER BY due_at, work_id LIMIT %(limit)s::int
"""

# Offered work is on the list of everybody it is offered to, for as long as nobody has claimed it.
OFFERED_SQL = """
SELECT w.market, w.work_id, w.order_id, w.node, w.method, w.journey, w.finish, w.to_node, w.gift, w.state,
       w.claimed_by, w.packages, w.shelf, w.carrier, w.due_at, w.made_at
FROM fulfilment_offers o JOIN fulfilment_work w ON w.market = o.market AND w.work_id = o.work_id
WHERE o.market = %(market)s AND o.node = %(node)s AND NOT o.declined
  AND w.state = 'open' AND w.node <> %(node)s
  AND (%(after)s::uuid IS NULL OR (w.due_at, w.work_id) > (
        SELECT a.due_at, a.work_id FROM fulfilment_work a
        WHERE a.market = %(market)s AND a.work_id = %(after)s::uuid))
ORDER BY w.due_at, w.work_id LIMIT %(limit)s::int
"""

OFFER_SQL = """
INSERT INTO fulfilment_offers (market, work_id, node, place, offered_at)
SELECT %(market)s, %(work_id)s::uuid, o.node, o.place, %(now)s::timestamptz
FROM unnest(%(nodes)s::text[]) WITH ORDINALITY AS o(node, place)
ON CONFLICT (market, work_id, node) DO NOTHING
"""

OFFERS_SQL = """
SELECT node FROM fulfilment_offers
WHERE market = %(market)s AND work_id = %(work_id)s AND NOT declined ORDER BY place
"""

DECLINE_SQL = """
UPDATE fulfilment_offers SET declined = true
WHERE market = %(market)s AND work_id = %(work_id)s AND node = %(node)s AND NOT declined
"""

# Only open work is handed on: where somebody else has claimed it in between, nothing is.
HAND_ON_SQL = """
UPDATE fulfilment_work SET node = %(to)s, changed_at = %(now)s
WHERE market = %(market)s AND work_id = %(work_id)s AND node = %(node)s AND state = 'open'
"""

DUE_AT_SQL = """
UPDATE fulfilment_work SET due_at = %(due_at)s WHERE market = %(market)s AND work_id = %(work_id)s
"""

LINES_SQL = """
SELECT work_id, line, item, quantity, picked, short, cancelled, short_reason FROM fulfilment_lines
WHERE market = %(market)s AND work_id = ANY(%(work_ids)s::uuid[]) ORDER BY work_id, line
"""

SAVE_SQL = """
UPDATE fulfilment_work
SET state = %(state)s, claimed_by = %(claimed_by)s, packages = %(packages)s, shelf = %(shelf)s,
    changed_at = %(now)s
WHERE market = %(market)s AND work_id = %(work_id)s
"""

SAVE_LINES_SQL = """
UPDATE fulfilment_lines w
SET picked = l.picked, short = l.short, cancelled = l.cancelled, short_reason = l.reason
FROM unnest(%(lines)s::int[], %(picked)s::int[], %(short)s::int[], %(cancelled)s::int[], %(reasons)s::text[])
    AS l(line, picked, short, cancelled, reason)
WHERE w.market = %(market)s AND w.work_id = %(work_id)s AND w.line = l.line
"""

ARRIVE_SQL = """
INSERT INTO fulfilment_arrivals (market, order_id, node, spot, arrived_at)
VALUES (%(market)s, %(order_id)s, %(node)s, %(spot)s, %(now)s)
ON CONFLICT (market, order_id, node) DO UPDATE SET spot = excluded.spot, arrived_at = excluded.arrived_at
"""

ARRIVALS_SQL = """
SELECT order_id, node, spot, arrived_at FROM fulfilment_arrivals
WHERE market = %(market)s AND order_id = ANY(%(order_ids)s::uuid[])
"""

FORGET_GIFTS_SQL = """
UPDATE fulfilment_work SET gift = NULL
WHERE market = %(market)s AND order_id = %(order_id)s AND gift IS NOT NULL
"""

FORGET_SPOTS_SQL = """
UPDATE fulfilment_arrivals SET spot = ''
WHERE market = %(market)s AND order_id = %(order_id)s AND spot <> ''
"""


def make(tx: Tx, work: Work) -> bool:
    """Write new work down; False, and nothing written, when it is there already."""
    made = run(
        tx,
        MAKE_SQL,
        market=work.market,
        work_id=work.work_id,
        order_id=work.order_id,
        node=work.node,
        method=work.method,
        journey=work.journey,
        finish=work.finish,
        to_node=work.to_node,
        gift=None if work.gift is None else Jsonb(work.gift),
        state=work.state,
        carrier=work.carrier,
        due_at=work.due_at,
        made_at=work.made_at,
    )
    if made:
        run(
            tx,
            MAKE_LINES_SQL,
            market=work.market,
            work_id=work.work_id,
            lines=[line.line for line in work.lines],
            items=[line.item for line in work.lines],
            quantities=[line.quantity for line in work.lines],
            picked=[line.picked for line in work.lines],
            cancelled=[line.cancelled for line in work.lines],
        )
    return bool(made)


def find(tx: Tx, market: str, work_id: Id) -> Work | None:
    """One piece of work, or None."""
    found = row(tx, Work, FIND_SQL, market=market, work_id=work_id)
    return with_lines(tx, market, [found])[0] if found else None


def lock_of_order(tx: Tx, market: str, order_id: Id, node: str) -> list[Work]:
    """All work of one order at one node, oldest first, locked."""
    found = rows(tx, Work, LOCK_OF_ORDER_SQL, market=market, order_id=order_id, node=node)
    return with_lines(tx, market, found)


def unfinished(tx: Tx, market: str, node: str, *, limit: int, after: Id | None) -> list[Work]:
    """What a node has to do, by when it is due, from after one piece of work."""
    found = rows(tx, Work, UNFINISHED_SQL, market=market, node=node, limit=limit, after=after)
    return with_lines(tx, market, found)


def offered(tx: Tx, market: str, node: str, *, limit: int, after: Id | None) -> list[Work]:
    """The work of other nodes that this one may claim, by when it is due, from after one piece of work."""
    found = rows(tx, Work, OFFERED_SQL, market=market, node=node, limit=limit, after=after)
    return with_lines(tx, market, found)


def offers(tx: Tx, work: Work) -> list[str]:
    """The nodes besides its own that may still claim a piece of work, the best first."""
    found = values(tx, OFFERS_SQL, market=work.market, work_id=work.work_id)
    return [node for (node,) in found if node != work.node]


def of_node(tx: Tx, market: str, node: str, *, limit: int, after: Id | None) -> list[Work]:
    """All work a node ever had, by when it was due, from after one piece of work."""
    found = rows(tx, Work, OF_NODE_SQL, market=market, node=node, limit=limit, after=after)
    return with_lines(tx, market, found)


def with_lines(tx: Tx, market: str, works: Sequence[Work]) -> list[Work]:
    """The same works with their lines. One query."""
    lines: dict[Id, list[WorkLine]] = {work.work_id: [] for work in works}
    found = values(tx, LINES_SQL, market=market, work_ids=list(lines))
    for work_id, line, item, quantity, picked, short, cancelled, reason in found:
        lines[work_id].append(
            WorkLine(
                line=line,
                item=item,
                quantity=quantity,
                picked=picked,
                short=short,
                cancelled=cancelled,
                short_reason=reason,
            )
        )
    return [replace(work, lines=tuple(lines[work.work_id])) for work in works]


def save(tx: Tx, work: Work, now: datetime) -> None:
    """Write down how work stands, and its lines."""
    run(
        tx,
        SAVE_SQL,
        market=work.market,
        work_id=work.work_id,
        state=work.state,
        claimed_by=work.claimed_by,
        packages=None if work.packages is None else Jsonb(work.packages),
        shelf=work.shelf,
        now=now,
    )
    run(
        tx,
        SAVE_LINES_SQL,
        market=work.market,
        work_id=work.work_id,
        lines=[line.line for line in work.lines],
        picked=[line.picked for line in work.lines],
        short=[line.short for line in work.lines],
        cancelled=[line.cancelled for line in work.lines],
        reasons=[line.short_reason for line in work.lines],
    )


def arrive(tx: Tx, market: str, arrival: Arrival) -> None:
    """Write down that a shopper stands at a node, and where."""
    run(
        tx,
        ARRIVE_SQL,
        market=market,
        order_id=arrival.order_id,
        node=arrival.node,
        spot=arrival.spot,
        now=arrival.arrived_at,
    )


def arrivals(tx: Tx, market: str, order_ids: Sequence[Id]) -> list[Arrival]:
    """The shoppers of these orders who have come."""
    return rows(tx, Arrival, ARRIVALS_SQL, market=market, order_ids=list(order_ids))


def forget(tx: Tx, market: str, order_id: Id) -> int:
    """Take out what the giver of an order wrote and where its shopper stood; returns how many rows."""
    return sum(
        run(tx, statement, market=market, order_id=order_id)
        for statement in (FORGET_GIFTS_SQL, FORGET_SPOTS_SQL)
    )
