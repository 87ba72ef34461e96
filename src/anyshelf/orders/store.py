"""Orders in SQL. The order's row is locked before anything else of it is touched."""

WRITE_ORDER_SQL = """
INSERT INTO orders (market, order_id, channel, external_id, fingerprint, customer, contact, destination,
                    currency, goods_minor, shipping_minor, held, release_at, pickup_code, promise, sourcing,
                    placed_at)
VALUES (%(market)s, %(order_id)s, %(channel)s, %(external_id)s, %(fingerprint)s, %(customer)s, %(contact)s,
        %(destination)s, %(currency)s, %(goods_minor)s, %(shipping_minor)s, %(held)s, %(release_at)s,
        %(pickup_code)s, %(promise)s, %(sourcing)s, %(placed_at)s)
ON CONFLICT (market, channel, external_id) WHERE external_id IS NOT NULL DO NOTHING
"""

WRITE_LINES_SQL = """
INSERT INTO order_lines (market, order_id, line, item, quantity, unit_price_minor, discount_minor, tax_minor,
                         method, journey, sourced)
SELECT %(market)s, %(order_id)s::uuid, l.line, l.item, l.quantity, l.price, l.discount, l.tax, l.method,
       l.journey, l.quantity
FROM unnest(%(lines)s::int[], %(items)s::text[], %(quantities)s::int[], %(prices)s::bigint[],
            %(discounts)s::bigint[], %(taxes)s::bigint[], %(methods)s::text[], %(journeys)s::text[])
    AS l(line, item, quantity, price, discount, tax, method, journey)
"""

SAVE_ALLOCATIONS_SQL = """
INSERT INTO order_allocations (market, order_id, line, node, state, quantity)
SELECT %(market)s, %(order_id)s::uuid, a.line, a.node, a.state, a.quantity
FROM unnest(%(lines)s::int[], %(nodes)s::text[], %(states)s::text[], %(quantities)s::int[])
    AS a(line, node, state, quantity)
ON CONFLICT (market, order_id, line, node, state) DO UPDATE SET quantity = excluded.quantity
"""

SAVE_LINES_SQL = """
UPDATE order_lines o
SET open = l.open, sourced = l.sourced, released = l.released, picked = l.picked, packed = l.packed,
    staged = l.staged, dispatched = l.dispatched, delivered = l.delivered, handed_over = l.handed_over,
    backordered = l.backordered, cancelled = l.cancelled, returned = l.returned
FROM unnest(%(lines)s::int[], %(open)s::int[], %(sourced)s::int[], %(released)s::int[], %(picked)s::int[],
            %(packed)s::int[], %(staged)s::int[], %(dispatched)s::int[], %(delivered)s::int[],
            %(handed_over)s::int[], %(backordered)s::int[], %(cancelled)s::int[], %(returned)s::int[])
    AS l(line, open, sourced, released, picked, packed, staged, dispatched, delivered, handed_over,
         backordered, cancelled, returned)
WHERE o.market = %(market)s AND o.order_id = %(order_id)s AND o.line = l.line
"""

SAVE_VERSION_SQL = """
UPDATE orders SET version = %(version)s, sourcing = coalesce(%(sourcing)s::jsonb, sourcing)
WHERE market = %(market)s AND order_id = %(order_id)s AND version = %(version)s - 1
"""

SAVE_HOLD_SQL = """
UPDATE orders SET held = %(held)s, release_at = %(release_at)s
WHERE market = %(market)s AND order_id = %(order_id)s
"""

COUNT_TRY_SQL = """
UPDATE orders SET code_tries = code_tries + 1
WHERE market = %(market)s AND order_id = %(order_id)s
"""

FORGIVE_TRIES_SQL = """
UPDATE orders SET code_tries = 0
WHERE market = %(market)s AND order_id = %(order_id)s AND code_tries > 0
"""

FIND_SQL = """
SELECT market, order_id, version, channel, external_id, customer, contact, destination, currency, goods_minor,
       shipping_minor, held, release_at, pickup_code, code_tries, promise, sourcing, placed_at
FROM orders WHERE market = %(market)s AND order_id = %(order_id)s
"""

LOCK_SQL = """
SELECT market, order_id, version, channel, external_id, customer, contact, destination, currency, goods_minor,
       shipping_minor, held, release_at, pickup_code, code_tries, promise, sourcing, placed_at
FROM orders WHERE market = %(market)s AND order_id = %(order_id)s FOR UPDATE
"""

LINES_SQL = """
SELECT l.line, l.item, l.quantity, l.unit_price_minor, l.discount_minor, l.tax_minor, l.method, l.journey,
       coalesce((SELECT jsonb_agg(jsonb_build_array(a.state, a.node, a.quantity) ORDER BY a.state, a.node)
                 FROM order_allocations a
                 WHERE a.market = l.market AND a.order_id = l.order_id AND a.line = l.line
                   AND a.quantity > 0), '[]'::jsonb) AS stands
FROM order_lines l WHERE l.market = %(market)s AND l.order_id = %(order_id)s ORDER BY l.line
"""

SENT_BEFORE_SQL = """
SELECT order_id, fingerprint FROM orders
WHERE market = %(market)s AND channel = %(channel)s AND external_id = %(external_id)s
"""

DUE_SQL = """
SELECT order_id FROM orders
WHERE market = %(market)s AND release_at <= %(now)s::timestamptz AND held IS NULL
ORDER BY release_at LIMIT 100 FOR UPDATE SKIP LOCKED
"""

RECENT_SQL = """
SELECT order_id FROM orders
WHERE market = %(market)s AND (%(channels)s::text[] = '{}' OR channel = ANY(%(channels)s::text[]))
  AND (%(customer)s::text IS NULL OR customer = %(customer)s)
  AND (%(external_id)s::text IS NULL OR external_id = %(external_id)s)
  AND order_id < %(before)s::uuid
ORDER BY order_id DESC LIMIT %(limit)s
"""

CLAIMED_SQL = """
SELECT order_id, line, node,
       sum(quantity) FILTER (WHERE state = 'sourced')::int AS reserved,
       sum(quantity) FILTER (WHERE state IN ('released', 'picked', 'packed', 'staged'))::int AS allocated
FROM order_allocations
WHERE market = %(market)s AND quantity > 0 AND state IN ('sourced', 'released', 'picked', 'packed', 'staged')
GROUP BY order_id, line, node
"""

UNEVEN_SQL = """
SELECT l.order_id, l.line, l.quantity, coalesce(sum(a.quantity), 0)::int
FROM order_lines l
LEFT JOIN order_allocations a ON a.market = l.market AND a.order_id = l.order_id AND a.line = l.line
WHERE l.market = %(market)s
GROUP BY l.order_id, l.line, l.quantity, l.open, l.sourced, l.released, l.picked, l.packed, l.staged,
         l.dispatched, l.delivered, l.handed_over, l.backordered, l.cancelled, l.returned
HAVING coalesce(sum(a.quantity), 0) <> l.quantity
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'open'), 0) <> l.open
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'sourced'), 0) <> l.sourced
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'released'), 0) <> l.released
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'dispatched'), 0) <> l.dispatched
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'delivered'), 0) <> l.delivered
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'handed_over'), 0) <> l.handed_over
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'cancelled'), 0) <> l.cancelled
    OR coalesce(sum(a.quantity) FILTER (WHERE a.state = 'returned'), 0) <> l.returned
LIMIT 1000
"""

SENT_UNITS_SQL = """
SELECT order_id, sum(dispatched + delivered + handed_over + returned)::bigint FROM order_lines
WHERE market = %(market)s GROUP BY order_id
"""

EARNED_SQL = """
SELECT o.order_id,
       (sum((l.unit_price_minor * l.quantity - l.discount_minor + l.tax_minor)
            * (l.dispatched + l.delivered + l.handed_over + l.returned) / l.quantity)
        + CASE WHEN sum(l.dispatched + l.delivered + l.handed_over + l.returned) > 0
               THEN o.shipping_minor ELSE 0 END)::bigint,
       sum(l.open + l.backordered + l.sourced + l.released + l.picked + l.packed + l.staged)::bigint
FROM orders o JOIN order_lines l ON l.market = o.market AND l.order_id = o.order_id
WHERE o.market = %(market)s
GROUP BY o.order_id, o.shipping_minor
"""
