"""Leases in SQL: the live holds of one till."""

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
