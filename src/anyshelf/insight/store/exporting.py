"""The SQL of the export: pages of facts and steps under pseudonyms, in an order to take up again."""

from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id

# Of a step, who did it is the person where one is known, else the handle: both are pseudonyms.
STEPS_SQL = """
SELECT e.message_id::text, e.name, coalesce(w.holder, e.account, e.device)::text AS person, e.session,
       e.channel, e.node, e.item, e.order_id::text, e.value_minor, e.currency, e.properties::text,
       e.happened_at, e.known_at
FROM insight_entries e
LEFT JOIN LATERAL (
    SELECT min(p.holder::text)::uuid AS holder FROM insight_handles h
    JOIN insight_people p ON p.market = h.market AND p.person = h.person
    WHERE h.market = e.market AND h.handle = coalesce(e.account, e.device)
    HAVING count(DISTINCT p.holder) = 1
) AS w ON true
WHERE e.market = %(market)s AND e.known_at < %(until)s
  AND (e.known_at, e.message_id) > (%(after)s, %(after_id)s)
ORDER BY e.known_at, e.message_id LIMIT %(limit)s
"""

ORDERS_SQL = """
SELECT order_id::text, channel, method, account::text AS person, currency, total_minor, cost_minor, lines,
       units, placed_at, promised_at, ready_at, done_at, done_units, short_units, cancelled_units, lost_units,
       returned_units, damaged_units, shipments, repromised, refunded_minor
FROM insight_orders WHERE market = %(market)s AND placed_at < %(until)s
  AND (placed_at, order_id) > (%(after)s, %(after_id)s)
ORDER BY placed_at, order_id LIMIT %(limit)s
"""

LINES_SQL = """
SELECT l.order_id::text, l.line, l.item, l.quantity, l.paid_minor, l.method, l.placed_at
FROM insight_lines l WHERE l.market = %(market)s AND l.placed_at < %(until)s
  AND (l.placed_at, l.order_id) > (%(after)s, %(after_id)s)
ORDER BY l.placed_at, l.order_id, l.line LIMIT %(limit)s
"""

STATEMENTS = {"steps": STEPS_SQL, "orders": ORDERS_SQL, "lines": LINES_SQL}


def page(
    tx: Tx, market: str, table: str, *, after: tuple[datetime, Id], until: datetime, limit: int
) -> list[dict[str, Any]]:
    """The next rows of a table after one, known or placed before a moment."""
    asked = {"market": market, "after": after[0], "after_id": after[1], "until": until, "limit": limit}
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(STATEMENTS[table], asked).fetchall()
