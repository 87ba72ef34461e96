"""The SQL that looks for orders, one by one or where they stand; it writes nothing."""

CALLED_SQL = """
SELECT order_id, coalesce(external_id, '') AS number,
       coalesce(nullif(contact ->> 'name', ''), nullif(destination ->> 'name', ''), customer, '') AS shopper
FROM orders WHERE market = %(market)s AND order_id = ANY(%(order_ids)s::uuid[])
"""

RECENT_SQL = """
SELECT order_id FROM orders
WHERE market = %(market)s AND (%(channels)s::text[] = '{}' OR channel = ANY(%(channels)s::text[]))
  AND (%(customer)s::text IS NULL OR customer = %(customer)s)
  AND (%(external_id)s::text IS NULL OR external_id = %(external_id)s)
  AND (%(email)s::text IS NULL OR lower(contact ->> 'email') = lower(%(email)s))
  AND (%(phone)s::text IS NULL OR regexp_replace(contact ->> 'phone', '[^0-9]', '', 'g')
       = regexp_replace(%(phone)s, '[^0-9]', '', 'g'))
  AND (%(these)s::uuid[] IS NULL OR order_id = ANY(%(these)s::uuid[]))
  AND order_id < %(before)s::uuid
ORDER BY order_id DESC LIMIT %(limit)s
"""

# Each way to be found looks into an index of its own and brings no more than are shown. Of a name many orders
# are looked at, so that the database reads its index and not all orders from the newest on. The newest are
# looked through for the end of an id, which is what pages call an order without a number by.
FOUND_SQL = r"""
SELECT order_id FROM (
    (SELECT order_id FROM orders
     WHERE market = %(market)s AND channel = ANY(%(channels)s::text[]) AND external_id = %(what)s
       AND order_id < %(before)s::uuid ORDER BY order_id DESC LIMIT %(limit)s)
    UNION
    (SELECT order_id FROM orders WHERE market = %(market)s AND customer = %(what)s
       AND order_id < %(before)s::uuid ORDER BY order_id DESC LIMIT %(limit)s)
    UNION
    (SELECT order_id FROM orders
     WHERE market = %(market)s AND lower(contact ->> 'email') = lower(%(what)s)
       AND contact ->> 'email' IS NOT NULL AND order_id < %(before)s::uuid
     ORDER BY order_id DESC LIMIT %(limit)s)
    UNION
    (SELECT order_id FROM orders
     WHERE market = %(market)s AND contact ->> 'phone' IS NOT NULL AND %(digits)s <> ''
       AND regexp_replace(contact ->> 'phone', '[^0-9]', '', 'g') = %(digits)s
       AND order_id < %(before)s::uuid ORDER BY order_id DESC LIMIT %(limit)s)
    UNION
    (SELECT o.order_id FROM unnest(%(names)s::text[]) AS n(name) CROSS JOIN LATERAL (
        SELECT order_id FROM orders
        WHERE market = %(market)s
          AND coalesce(nullif(contact ->> 'name', ''), destination ->> 'name') IS NOT NULL
          AND lower(regexp_replace(coalesce(nullif(contact ->> 'name', ''), destination ->> 'name'),
                                   '^(.*\S)\s+(\S+)$', '\2 \1')) ~>=~ lower(n.name)
          AND lower(regexp_replace(coalesce(nullif(contact ->> 'name', ''), destination ->> 'name'),
                                   '^(.*\S)\s+(\S+)$', '\2 \1')) ~<~ (lower(n.name) || chr(1114111))
          AND order_id < %(before)s::uuid LIMIT %(newest)s) AS o
     ORDER BY o.order_id DESC LIMIT %(limit)s)
    UNION
    (SELECT order_id FROM orders WHERE market = %(market)s AND order_id = ANY(%(these)s::uuid[])
       AND order_id < %(before)s::uuid ORDER BY order_id DESC LIMIT %(limit)s)
    UNION
    (SELECT order_id FROM (
        SELECT order_id FROM orders
        WHERE market = %(market)s AND order_id < %(before)s::uuid AND %(tail)s <> ''
        ORDER BY order_id DESC LIMIT %(newest)s) AS newest
     WHERE right(order_id::text, 8) = %(tail)s)
) AS found ORDER BY order_id DESC LIMIT %(limit)s
"""

# Whether an order is of the sample is told by the end of its id, which is drawn.
PLACED_AFTER_SQL = """
SELECT order_id, ('x' || right(order_id::text, 7))::bit(28)::int %% 100 < %(percent)s::int FROM orders
WHERE market = %(market)s AND order_id > %(after)s::uuid ORDER BY order_id LIMIT %(limit)s
"""

# What runs through the network: orders, not units, so that each figure is as many orders as stand behind it.

FLOW_SQL = """
SELECT l.journey, s.stage, count(DISTINCT l.order_id)::int AS orders
FROM order_lines l CROSS JOIN LATERAL jsonb_array_elements(l.stands) AS p(part)
JOIN unnest(%(states)s::text[], %(stages)s::text[]) AS s(state, stage) ON s.state = p.part ->> 0
WHERE l.market = %(market)s AND l.order_id > %(since)s::uuid
GROUP BY l.journey, s.stage
"""

BUSY_SQL = """
SELECT p.part ->> 1 AS node, count(DISTINCT l.order_id)::int AS orders, sum((p.part ->> 2)::int)::int AS units
FROM order_lines l CROSS JOIN LATERAL jsonb_array_elements(l.stands) AS p(part)
WHERE l.market = %(market)s AND l.order_id > %(since)s::uuid AND p.part ->> 0 = ANY(%(states)s::text[])
GROUP BY p.part ->> 1
"""

STANDING_SQL = """
SELECT DISTINCT l.order_id
FROM order_lines l CROSS JOIN LATERAL jsonb_array_elements(l.stands) AS p(part)
WHERE l.market = %(market)s AND l.order_id > %(since)s::uuid AND l.order_id < %(before)s::uuid
  AND (%(journey)s::text IS NULL OR l.journey = %(journey)s)
  AND (%(states)s::text[] = '{}' OR p.part ->> 0 = ANY(%(states)s::text[]))
  AND (%(node)s::text IS NULL OR p.part ->> 1 = %(node)s)
ORDER BY l.order_id DESC LIMIT %(limit)s
"""
