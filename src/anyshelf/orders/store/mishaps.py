"""The SQL of what did not go as planned: noted once, listed, seen to by somebody, closed and opened again."""

NOTE_EXCEPTION_SQL = """
INSERT INTO order_exceptions (market, exception_id, order_id, kind, node, lines, said, done, todo, state,
                              happened_at, closed_at)
VALUES (%(market)s, %(exception_id)s, %(order_id)s, %(kind)s, %(node)s, %(lines)s, %(said)s, %(done)s,
        %(todo)s, %(state)s, %(now)s, %(closed_at)s)
ON CONFLICT (market, exception_id) DO NOTHING
"""

EXCEPTIONS_SQL = """
SELECT e.exception_id, e.order_id, e.kind, e.node, e.lines, e.said, e.done, e.todo, e.state, e.happened_at,
       e.closed_at, e.closed_by, e.note, e.assigned_to, e.assigned_at
FROM order_exceptions e JOIN orders o ON o.market = e.market AND o.order_id = e.order_id
WHERE e.market = %(market)s AND (%(state)s::text IS NULL OR e.state = %(state)s)
  AND (%(kind)s::text IS NULL OR e.kind = %(kind)s)
  AND (%(order_id)s::uuid IS NULL OR e.order_id = %(order_id)s::uuid)
  AND (%(assigned_to)s::text IS NULL OR e.assigned_to = %(assigned_to)s)
  AND (%(by_itself)s::boolean IS NULL OR (e.closed_by IS NULL) = %(by_itself)s)
  AND (%(nodes)s::text[] = '{}' OR e.node = ANY(%(nodes)s::text[]))
  AND (%(channels)s::text[] = '{}' OR o.channel = ANY(%(channels)s::text[]))
  AND (%(before)s::uuid IS NULL OR (e.happened_at, e.exception_id) < (
        SELECT b.happened_at, b.exception_id FROM order_exceptions b
        WHERE b.market = %(market)s AND b.exception_id = %(before)s::uuid))
ORDER BY e.happened_at DESC, e.exception_id DESC LIMIT %(limit)s
"""

EXCEPTION_SQL = """
SELECT exception_id, order_id, kind, node, lines, said, done, todo, state, happened_at, closed_at, closed_by,
       note, assigned_to, assigned_at
FROM order_exceptions WHERE market = %(market)s AND exception_id = %(exception_id)s
"""

CLOSE_EXCEPTION_SQL = """
UPDATE order_exceptions SET state = 'closed', closed_at = %(now)s, closed_by = %(by)s, note = %(note)s
WHERE market = %(market)s AND exception_id = %(exception_id)s AND state = 'open'
"""

ASSIGN_EXCEPTION_SQL = """
UPDATE order_exceptions
SET assigned_to = %(to)s, assigned_at = CASE WHEN %(to)s::text IS NOT NULL THEN %(now)s::timestamptz END
WHERE market = %(market)s AND exception_id = %(exception_id)s AND state = 'open'
  AND (assigned_to IS NULL OR assigned_to = %(by)s OR %(over)s)
"""

REOPEN_EXCEPTION_SQL = """
UPDATE order_exceptions SET state = 'open', closed_at = NULL, closed_by = NULL
WHERE market = %(market)s AND exception_id = %(exception_id)s AND state = 'closed' AND todo <> ''
"""

CLOSE_KIND_SQL = """
UPDATE order_exceptions SET state = 'closed', closed_at = %(now)s, note = %(note)s
WHERE market = %(market)s AND order_id = %(order_id)s AND kind = %(kind)s AND state = 'open'
"""

OPEN_EXCEPTIONS_SQL = """
SELECT coalesce(node, '') AS node, kind, count(*)::int AS orders FROM order_exceptions
WHERE market = %(market)s AND state = 'open' GROUP BY 1, 2
"""
