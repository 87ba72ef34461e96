"""What is asked for and what units are worth, in SQL."""

# Demand

OPEN_PRICING_SQL = """
INSERT INTO sourcing_pricings (market) VALUES (%(market)s) ON CONFLICT (market) DO NOTHING
"""

LOCK_PRICING_SQL = """
SELECT counted_to, since, orders, version, next_item, begun_at
FROM sourcing_pricings WHERE market = %(market)s FOR UPDATE SKIP LOCKED
"""

COUNTED_TO_SQL = """
UPDATE sourcing_pricings
SET counted_to = %(counted_to)s, since = least(since, %(since)s::timestamptz), orders = orders + %(orders)s
WHERE market = %(market)s
"""

COUNT_DEMAND_SQL = """
INSERT INTO sourcing_demand AS d (market, item, place, lines, units)
SELECT %(market)s, n.item, n.place, n.lines, n.units
FROM unnest(%(items)s::text[], %(places)s::text[], %(lines)s::float8[], %(units)s::float8[])
    AS n(item, place, lines, units)
ORDER BY n.item, n.place
ON CONFLICT (market, item, place) DO UPDATE
SET lines = d.lines + excluded.lines, units = d.units + excluded.units
"""

ITEMS_AFTER_SQL = """
SELECT DISTINCT item FROM sourcing_demand
WHERE market = %(market)s AND item > %(after)s ORDER BY item LIMIT %(limit)s
"""

DEMAND_SQL = """
SELECT item, place, lines, units FROM sourcing_demand
WHERE market = %(market)s AND item = ANY(%(items)s::text[]) ORDER BY item, place
"""

DEMAND_BY_PLACE_SQL = """
SELECT place, sum(lines), sum(units) FROM sourcing_demand
WHERE market = %(market)s GROUP BY place ORDER BY place
"""

# Prices

PRICED_TO_SQL = """
UPDATE sourcing_pricings SET version = %(version)s, next_item = %(next_item)s, begun_at = %(begun_at)s
WHERE market = %(market)s
"""

SAVE_WORTH_SQL = """
INSERT INTO sourcing_worth (market, item, nodes, worth_minor, version, priced_at)
VALUES (%(market)s, %(item)s, %(nodes)s::text[], %(worth_minor)s::int[], %(version)s, %(now)s)
ON CONFLICT (market, item) DO UPDATE
SET nodes = excluded.nodes, worth_minor = excluded.worth_minor, version = excluded.version,
    priced_at = excluded.priced_at
"""

WORTH_SINCE_SQL = """
SELECT item, nodes, worth_minor, version, priced_at FROM sourcing_worth
WHERE market = %(market)s AND version >= %(version)s ORDER BY item
"""
