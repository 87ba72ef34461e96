"""Orders in SQL. The order's row is locked before anything else of it is touched."""

from anyshelf.orders.store.looking import (
    BUSY_SQL,
    CALLED_SQL,
    FLOW_SQL,
    FOUND_SQL,
    PLACED_AFTER_SQL,
    RECENT_SQL,
    STANDING_SQL,
)
from anyshelf.orders.store.mishaps import (
    ASSIGN_EXCEPTION_SQL,
    CLOSE_EXCEPTION_SQL,
    CLOSE_KIND_SQL,
    EXCEPTION_SQL,
    EXCEPTIONS_SQL,
    NOTE_EXCEPTION_SQL,
    OPEN_EXCEPTIONS_SQL,
    REOPEN_EXCEPTION_SQL,
)

__all__ = [
    "APPEASED_SQL",
    "APPEASE_SQL",
    "ASSIGN_EXCEPTION_SQL",
    "BUSY_SQL",
    "CALLED_SQL",
    "CLAIMED_SQL",
    "CLOSE_EXCEPTION_SQL",
    "CLOSE_KIND_SQL",
    "COUNT_TRY_SQL",
    "DUE_SQL",
    "EARNED_SQL",
    "END_RESERVATIONS_SQL",
    "EXCEPTIONS_SQL",
    "EXCEPTION_SQL",
    "FIND_ALL_SQL",
    "FIND_SQL",
    "FLOW_SQL",
    "FORGIVE_TRIES_SQL",
    "FOUND_SQL",
    "KEEP_HISTORY_SQL",
    "LINES_SQL",
    "LINKED_SQL",
    "LOCK_SQL",
    "MAKE_LINK_SQL",
    "NOTE_EXCEPTION_SQL",
    "OPEN_EXCEPTIONS_SQL",
    "ORDERED_AFTER_SQL",
    "ORDERED_LINES_SQL",
    "PLACED_AFTER_SQL",
    "RECENT_SQL",
    "REOPEN_EXCEPTION_SQL",
    "RESERVED_SQL",
    "RESERVE_SQL",
    "SAVE_CHANGE_SQL",
    "SAVE_HOLD_SQL",
    "SAVE_LINES_SQL",
    "SAVE_PROMISE_SQL",
    "SAVE_VERSION_SQL",
    "SENT_BEFORE_SQL",
    "SENT_UNITS_SQL",
    "STANDING_SQL",
    "UNEVEN_SQL",
    "WAITING_SQL",
    "WANTED_SQL",
    "WRITE_LINES_SQL",
    "WRITE_ORDERS_SQL",
]

WRITE_ORDERS_SQL = """
INSERT INTO orders (market, order_id, channel, external_id, fingerprint, customer, contact, destination,
                    currency, goods_minor, shipping_minor, held, release_at, pickup_code, promise, sourcing,
                    gift, slot, together, placed_at)
SELECT %(market)s, o.order_id, o.channel, o.external_id, o.fingerprint, o.customer, o.contact, o.destination,
       o.currency, o.goods, o.shipping, o.held, o.release_at, o.pickup_code, o.promise, o.sourcing, o.gift,
       o.slot, o.together, o.placed_at
FROM unnest(%(order_ids)s::uuid[], %(channels)s::text[], %(external_ids)s::text[], %(fingerprints)s::bytea[],
            %(customers)s::text[], %(contacts)s::jsonb[], %(destinations)s::jsonb[], %(currencies)s::text[],
            %(goods)s::bigint[], %(shipping)s::bigint[], %(held)s::text[], %(release_at)s::timestamptz[],
            %(pickup_codes)s::text[], %(promises)s::jsonb[], %(sourcing)s::jsonb[], %(gifts)s::jsonb[],
            %(slots)s::jsonb[], %(together)s::boolean[], %(placed_at)s::timestamptz[])
    AS o(order_id, channel, external_id, fingerprint, customer, contact, destination, currency, goods,
         shipping, held, release_at, pickup_code, promise, sourcing, gift, slot, together, placed_at)
"""

WRITE_LINES_SQL = """
INSERT INTO order_lines (market, order_id, line, item, quantity, unit_price_minor, discount_minor, tax_minor,
                         method, node, journey, captured, kit, kit_line, kit_units, replaces,
                         open, sourced, backordered, stands)
SELECT %(market)s, l.order_id, l.line, l.item, l.quantity, l.price, l.discount, l.tax, l.method,
       l.node, l.journey, l.captured, l.kit, l.kit_line, l.kit_units, l.replaces,
       l.open, l.quantity - l.open - l.backordered, l.backordered, l.stands
FROM unnest(%(order_ids)s::uuid[], %(lines)s::int[], %(items)s::text[], %(quantities)s::int[],
            %(prices)s::bigint[], %(discounts)s::bigint[], %(taxes)s::bigint[], %(methods)s::text[],
            %(nodes)s::text[], %(journeys)s::text[], %(captured)s::text[], %(kits)s::text[],
            %(kit_lines)s::int[], %(kit_units)s::int[], %(replaces)s::int[], %(open)s::int[],
            %(backordered)s::int[], %(stands)s::jsonb[])
    AS l(order_id, line, item, quantity, price, discount, tax, method, node, journey, captured, kit, kit_line,
         kit_units, replaces, open, backordered, stands)
"""

SAVE_LINES_SQL = """
UPDATE order_lines o
SET journey = l.journey, open = l.open, sourced = l.sourced, released = l.released, picked = l.picked,
    packed = l.packed, in_transit = l.in_transit, received = l.received, staged = l.staged,
    dispatched = l.dispatched, delivered = l.delivered, handed_over = l.handed_over,
    backordered = l.backordered, cancelled = l.cancelled, returned = l.returned, lost = l.lost,
    stands = l.stands
FROM unnest(%(lines)s::int[], %(journeys)s::text[], %(open)s::int[], %(sourced)s::int[], %(released)s::int[],
            %(picked)s::int[], %(packed)s::int[], %(in_transit)s::int[], %(received)s::int[],
            %(staged)s::int[], %(dispatched)s::int[], %(delivered)s::int[], %(handed_over)s::int[],
            %(backordered)s::int[], %(cancelled)s::int[], %(returned)s::int[], %(lost)s::int[],
            %(stands)s::jsonb[])
    AS l(line, journey, open, sourced, released, picked, packed, in_transit, received, staged, dispatched,
         delivered, handed_over, backordered, cancelled, returned, lost, stands)
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

SAVE_CHANGE_SQL = """
UPDATE orders SET destination = %(destination)s, contact = %(contact)s,
       slot = %(slot)s, pickup_code = coalesce(pickup_code, %(pickup_code)s)
WHERE market = %(market)s AND order_id = %(order_id)s
"""

FORGET_PERSON_SQL = """
UPDATE orders SET customer = NULL, contact = NULL, destination = %(destination)s, slot = NULL, gift = NULL
WHERE market = %(market)s AND order_id = %(order_id)s
"""

FORGET_CUSTOMER_SQL = """
UPDATE order_history SET customer = NULL WHERE market = %(market)s AND customer = %(customer)s
"""

SAVE_PROMISE_SQL = """
UPDATE orders SET promise = %(promise)s WHERE market = %(market)s AND order_id = %(order_id)s
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
       shipping_minor, held, release_at, pickup_code, code_tries, promise, sourcing, gift, slot, together,
       placed_at
FROM orders WHERE market = %(market)s AND order_id = %(order_id)s
"""

LOCK_SQL = """
SELECT market, order_id, version, channel, external_id, customer, contact, destination, currency, goods_minor,
       shipping_minor, held, release_at, pickup_code, code_tries, promise, sourcing, gift, slot, together,
       placed_at
FROM orders WHERE market = %(market)s AND order_id = %(order_id)s FOR UPDATE
"""

FIND_ALL_SQL = """
SELECT market, order_id, version, channel, external_id, customer, contact, destination, currency, goods_minor,
       shipping_minor, held, release_at, pickup_code, code_tries, promise, sourcing, gift, slot, together,
       placed_at
FROM orders WHERE market = %(market)s AND order_id = ANY(%(order_ids)s::uuid[]) ORDER BY order_id
"""

LINES_SQL = """
SELECT order_id, line, item, quantity, unit_price_minor, discount_minor, tax_minor, method, node, journey,
       captured, kit, kit_line, kit_units, replaces, stands
FROM order_lines
WHERE market = %(market)s AND order_id = ANY(%(order_ids)s::uuid[]) ORDER BY order_id, line
"""

WAITING_SQL = """
SELECT order_id FROM orders
WHERE market = %(market)s AND release_at > %(after)s::timestamptz
ORDER BY release_at, order_id LIMIT %(limit)s
"""

ORDERED_AFTER_SQL = """
SELECT order_id, placed_at, destination FROM orders
WHERE market = %(market)s AND order_id > %(after)s::uuid AND placed_at < %(before)s::timestamptz
ORDER BY order_id LIMIT %(limit)s
"""

ORDERED_LINES_SQL = """
SELECT order_id, item, quantity, method, node FROM order_lines
WHERE market = %(market)s AND order_id = ANY(%(order_ids)s::uuid[]) ORDER BY order_id, line
"""

SENT_BEFORE_SQL = """
SELECT o.order_id, o.fingerprint, o.channel, o.external_id FROM orders o
JOIN unnest(%(channels)s::text[], %(external_ids)s::text[]) AS s(channel, external_id)
  ON o.channel = s.channel AND o.external_id = s.external_id
WHERE o.market = %(market)s
"""

DUE_SQL = """
SELECT order_id FROM orders
WHERE market = %(market)s AND release_at <= %(now)s::timestamptz AND held IS NULL
ORDER BY release_at LIMIT 100 FOR UPDATE SKIP LOCKED
"""

CLAIMED_SQL = """
SELECT l.order_id, l.line, s.part ->> 1 AS node,
       sum((s.part ->> 2)::int) FILTER (WHERE s.part ->> 0 = 'sourced')::int AS reserved,
       sum((s.part ->> 2)::int) FILTER (WHERE s.part ->> 0 <> 'sourced')::int AS allocated
FROM order_lines l CROSS JOIN LATERAL jsonb_array_elements(l.stands) AS s(part)
WHERE l.market = %(market)s
  AND s.part ->> 0 IN ('sourced', 'released', 'picked', 'packed', 'received', 'staged')
GROUP BY l.order_id, l.line, s.part ->> 1
"""

UNEVEN_SQL = """
WITH stand AS (
    SELECT l.order_id, l.line, s.part ->> 0 AS state, sum((s.part ->> 2)::int) AS quantity
    FROM order_lines l CROSS JOIN LATERAL jsonb_array_elements(l.stands) AS s(part)
    WHERE l.market = %(market)s
    GROUP BY l.order_id, l.line, state
), summed AS (
    SELECT l.order_id, l.line, c.state, c.quantity
    FROM order_lines l CROSS JOIN LATERAL (VALUES
        ('open', l.open), ('sourced', l.sourced), ('released', l.released), ('picked', l.picked),
        ('packed', l.packed), ('in_transit', l.in_transit), ('received', l.received), ('staged', l.staged),
        ('dispatched', l.dispatched), ('delivered', l.delivered), ('handed_over', l.handed_over),
        ('backordered', l.backordered), ('cancelled', l.cancelled), ('returned', l.returned), ('lost', l.lost)
    ) AS c(state, quantity)
    WHERE l.market = %(market)s AND c.quantity > 0
)
SELECT order_id, line, state, coalesce(summed.quantity, 0)::int, coalesce(stand.quantity, 0)::int
FROM stand FULL JOIN summed USING (order_id, line, state)
WHERE coalesce(summed.quantity, 0) <> coalesce(stand.quantity, 0)
LIMIT 1000
"""

SENT_UNITS_SQL = """
SELECT order_id, sum(dispatched + delivered + handed_over + returned)::bigint FROM order_lines
WHERE market = %(market)s GROUP BY order_id
"""

EARNED_SQL = """
WITH lines AS (
    SELECT order_id, quantity, cancelled, captured = 'sourced' OR replaces IS NOT NULL AS once,
           unit_price_minor * quantity - discount_minor + tax_minor AS paid_minor,
           CASE captured WHEN 'sourced' THEN quantity - cancelled
                         WHEN 'staged' THEN staged + dispatched + delivered + handed_over + returned + lost
                         ELSE dispatched + delivered + handed_over + returned + lost END AS earned,
           quantity - dispatched - delivered - handed_over - returned - lost - cancelled AS waiting
    FROM order_lines WHERE market = %(market)s
)
SELECT o.order_id,
       (sum(l.paid_minor * l.earned / l.quantity)
        + CASE WHEN sum(l.earned) > 0 OR (bool_or(l.once) AND sum(l.quantity - l.cancelled) > 0)
               THEN o.shipping_minor ELSE 0 END)::bigint,
       sum(l.waiting)::bigint,
       (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM order_appeasements a
        WHERE a.market = %(market)s AND a.order_id = o.order_id)
FROM orders o JOIN lines l ON l.order_id = o.order_id
WHERE o.market = %(market)s
GROUP BY o.order_id, o.shipping_minor
"""

# Reservations without payment

RESERVED_SQL = """
SELECT item, node, order_id, line FROM order_reserved
WHERE market = %(market)s AND person = %(person)s AND item = ANY(%(items)s::text[])
  AND node = ANY(%(nodes)s::text[])
ORDER BY order_id, line
"""

RESERVE_SQL = """
INSERT INTO order_reserved (market, person, item, node, order_id, line)
SELECT %(market)s, %(person)s, r.item, r.node, %(order_id)s::uuid, r.line
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(lines)s::int[]) AS r(item, node, line)
ON CONFLICT (market, person, item, node) DO NOTHING
"""

END_RESERVATIONS_SQL = """
DELETE FROM order_reserved
WHERE market = %(market)s AND order_id = %(order_id)s AND line = ANY(%(lines)s::int[])
"""

# Given back, sold before, opened by a link

APPEASED_SQL = """
SELECT coalesce(sum(amount_minor), 0)::bigint FROM order_appeasements
WHERE market = %(market)s AND order_id = %(order_id)s
"""

APPEASE_SQL = """
INSERT INTO order_appeasements (market, appeasement_id, order_id, amount_minor, reason, given_by, given_at)
VALUES (%(market)s, %(appeasement_id)s, %(order_id)s, %(amount_minor)s, %(reason)s, %(by)s, %(now)s)
ON CONFLICT (market, appeasement_id) DO NOTHING
"""

KEEP_HISTORY_SQL = """
INSERT INTO order_history (market, channel, external_id, line, item, quantity, unit_price_minor,
                           discount_minor, currency, method, node, customer, postal_code, lat, lon, placed_at)
SELECT %(market)s, h.*
FROM unnest(%(channels)s::text[], %(external_ids)s::text[], %(lines)s::int[], %(items)s::text[],
            %(quantities)s::int[], %(prices)s::bigint[], %(discounts)s::bigint[], %(currencies)s::text[],
            %(methods)s::text[], %(nodes)s::text[], %(customers)s::text[], %(postal_codes)s::text[],
            %(lats)s::float8[], %(lons)s::float8[], %(placed_at)s::timestamptz[]) AS h
ON CONFLICT (market, channel, external_id, line) DO UPDATE
SET item = excluded.item, quantity = excluded.quantity, unit_price_minor = excluded.unit_price_minor,
    discount_minor = excluded.discount_minor, currency = excluded.currency, method = excluded.method,
    node = excluded.node, customer = excluded.customer, postal_code = excluded.postal_code,
    lat = excluded.lat, lon = excluded.lon, placed_at = excluded.placed_at
"""

MAKE_LINK_SQL = """
INSERT INTO order_links (market, token_hash, order_id, made_at)
VALUES (%(market)s, %(token_hash)s, %(order_id)s, %(now)s)
ON CONFLICT (market, token_hash) DO NOTHING
"""

LINKED_SQL = "SELECT order_id FROM order_links WHERE market = %(market)s AND token_hash = %(token_hash)s"

WANTED_SQL = """
WITH wanted AS (
    SELECT item, node, placed_at, quantity FROM order_history
    WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND node <> ''
      AND placed_at >= %(since)s::timestamptz AND placed_at < %(until)s::timestamptz
    UNION ALL
    SELECT l.item, s.part ->> 1, o.placed_at, (s.part ->> 2)::int
    FROM orders o
    JOIN order_lines l ON l.market = o.market AND l.order_id = o.order_id
    CROSS JOIN LATERAL jsonb_array_elements(l.stands) AS s(part)
    WHERE o.market = %(market)s AND l.item = ANY(%(items)s::text[]) AND l.replaces IS NULL
      AND o.placed_at >= %(since)s::timestamptz AND o.placed_at < %(until)s::timestamptz
      AND s.part ->> 0 <> 'cancelled'
    UNION ALL
    SELECT l.item, l.node, o.placed_at, l.open + l.backordered
    FROM orders o JOIN order_lines l ON l.market = o.market AND l.order_id = o.order_id
    WHERE o.market = %(market)s AND l.item = ANY(%(items)s::text[]) AND l.node <> ''
      AND l.open + l.backordered > 0
      AND o.placed_at >= %(since)s::timestamptz AND o.placed_at < %(until)s::timestamptz
), summed AS (
    SELECT item, node, ceil(extract(epoch FROM %(until)s::timestamptz - placed_at)
                            / %(seconds)s::float8)::int - 1 AS ago, sum(quantity) AS quantity
    FROM wanted WHERE quantity > 0 GROUP BY 1, 2, 3
)
SELECT item, node, array_agg(ago), array_agg(quantity) FROM summed GROUP BY item, node
"""

SOLD_BY_CHANNEL_SQL = """
SELECT channel, sum(quantity)::float8 FROM (
    SELECT channel, quantity FROM order_history
    WHERE market = %(market)s AND item = %(item)s
      AND placed_at >= %(since)s::timestamptz AND placed_at < %(until)s::timestamptz
    UNION ALL
    SELECT o.channel, l.quantity FROM orders o
    JOIN order_lines l ON l.market = o.market AND l.order_id = o.order_id
    WHERE o.market = %(market)s AND l.item = %(item)s AND l.replaces IS NULL
      AND o.placed_at >= %(since)s::timestamptz AND o.placed_at < %(until)s::timestamptz
) AS sold GROUP BY channel ORDER BY channel
"""

# What runs through the network: orders, not units, so that each figure is as many orders as stand behind it.
