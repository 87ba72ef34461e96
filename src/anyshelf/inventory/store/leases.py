"""Leases in SQL: the live holds of one till, and what it had when it was closed."""

HELD_BY_SQL = """
SELECT hold_id, state, holder, expires_at FROM inventory_holds
WHERE market = %(market)s AND state = 'live' AND holder = %(holder)s ORDER BY hold_id FOR UPDATE
"""

LEASED_SQL = """
SELECT l.hold_id, l.line, l.item, l.node, l.quantity FROM inventory_hold_lines l
WHERE l.market = %(market)s AND l.hold_id = ANY(%(hold_ids)s::uuid[])
ORDER BY l.item, l.node, l.hold_id
"""

KEEP_LONGER_SQL = """
UPDATE inventory_holds SET expires_at = greatest(expires_at, %(until)s::timestamptz)
WHERE market = %(market)s AND state = 'live' AND holder = %(holder)s
"""

# Every till of a node whose name begins so, with what it has leased.
LESSEES_SQL = """
SELECT h.holder, count(DISTINCT l.item)::int AS items, sum(l.quantity)::int AS units,
       max(h.expires_at) AS kept_until
FROM inventory_holds h JOIN inventory_hold_lines l ON l.market = h.market AND l.hold_id = h.hold_id
WHERE h.market = %(market)s AND h.state = 'live' AND h.holder ^@ %(beginning)s::text
GROUP BY h.holder ORDER BY h.holder
"""

CLOSE_SQL = """
INSERT INTO inventory_closed_leases (market, holder, item, node, quantity, closed_at)
SELECT %(market)s, %(holder)s, l.item, l.node, l.quantity, %(now)s::timestamptz
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(quantities)s::int[]) AS l(item, node, quantity)
ON CONFLICT (market, holder, item, node)
DO UPDATE SET quantity = inventory_closed_leases.quantity + excluded.quantity, closed_at = excluded.closed_at
"""

# The till is back, and nothing it sold waits to be told.
FORGET_CLOSED_SQL = """
UPDATE inventory_closed_leases SET quantity = 0
WHERE market = %(market)s AND holder = %(holder)s AND quantity > 0
"""

SOLD_WHEN_CLOSED_SQL = """
UPDATE inventory_closed_leases SET quantity = quantity - %(quantity)s::int
WHERE market = %(market)s AND holder = %(holder)s AND item = %(item)s AND node = %(node)s
  AND quantity >= %(quantity)s::int
"""
