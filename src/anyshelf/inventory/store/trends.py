"""SQL of how stock has changed, and all there is and will be of some items."""

POSITIONS_OF_SQL = """
SELECT item, node, on_hand, reserved, allocated, in_transit, damaged FROM inventory_positions
WHERE market = %(market)s AND item = ANY(%(items)s::text[])
"""

COMING_SQL = """
SELECT item, node, quantity - received - promised AS quantity, arrives_at, reference FROM inventory_expected
WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND received + promised < quantity
"""

CHANGED_SQL = """
WITH sides AS (
    SELECT item, node, happened_at, -quantity AS quantity, 0 AS back FROM inventory_moves
    WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND from_bucket = 'on_hand'
    UNION ALL
    SELECT item, to_node, happened_at, quantity, CASE from_bucket WHEN 'customer' THEN quantity ELSE 0 END
    FROM inventory_moves
    WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND to_bucket = 'on_hand'
), summed AS (
    SELECT item, node, ceil(extract(epoch FROM %(until)s::timestamptz - happened_at)
                            / %(seconds)s::float8)::int - 1 AS ago, sum(quantity) AS quantity,
           sum(back) AS back
    FROM sides WHERE happened_at > %(since)s::timestamptz GROUP BY 1, 2, 3
)
SELECT item, node, array_agg(ago), array_agg(quantity), array_agg(back) FROM summed GROUP BY item, node
"""
