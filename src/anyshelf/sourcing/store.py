"""The SQL of sourcing: policies, what shadow policies would have done, and what is to be marked down."""

MARKDOWNS_SQL = """
SELECT item, array_agg(node ORDER BY node), array_agg(relief_minor ORDER BY node) FROM sourcing_markdowns
WHERE market = %(market)s AND relief_minor > 0 GROUP BY item
"""

SAVE_MARKDOWNS_SQL = """
INSERT INTO sourcing_markdowns AS m (market, item, node, relief_minor, changed_at)
SELECT %(market)s, n.item, n.node, n.relief, %(now)s::timestamptz
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(reliefs)s::bigint[]) AS n(item, node, relief)
ON CONFLICT (market, item, node) DO UPDATE
SET relief_minor = excluded.relief_minor, changed_at = excluded.changed_at
WHERE m.relief_minor <> excluded.relief_minor
"""

POLICIES_SQL = """
SELECT policy, mode, priority, channels, segments, sample_percent, offers, weights
FROM sourcing_policies WHERE market = %(market)s ORDER BY policy
"""

SAVE_POLICY_SQL = """
INSERT INTO sourcing_policies (market, policy, mode, priority, channels, segments, sample_percent, offers,
                               weights, changed_at, version)
VALUES (%(market)s, %(policy)s, %(mode)s, %(priority)s, %(channels)s::text[], %(segments)s::text[],
        %(sample_percent)s, %(offers)s, %(weights)s::jsonb, %(now)s, %(version)s)
ON CONFLICT (market, policy) DO UPDATE
SET mode = excluded.mode, priority = excluded.priority, channels = excluded.channels,
    segments = excluded.segments, sample_percent = excluded.sample_percent, offers = excluded.offers,
    weights = excluded.weights, changed_at = excluded.changed_at, version = excluded.version
"""

SAVE_EDITION_SQL = """
INSERT INTO sourcing_policy_versions (market, policy, version, mode, priority, channels, segments,
                                      sample_percent, offers, weights, changed_at, changed_by, why)
VALUES (%(market)s, %(policy)s, %(version)s, %(mode)s, %(priority)s, %(channels)s::text[],
        %(segments)s::text[], %(sample_percent)s, %(offers)s, %(weights)s::jsonb, %(now)s, %(by)s, %(why)s)
"""

EDITIONS_SQL = """
SELECT policy, mode, priority, channels, segments, sample_percent, offers, weights, version, changed_at,
       changed_by, why
FROM sourcing_policy_versions WHERE market = %(market)s AND policy = %(policy)s
ORDER BY version DESC LIMIT %(limit)s
"""

EDITION_SQL = """
SELECT policy, mode, priority, channels, segments, sample_percent, offers, weights, version, changed_at,
       changed_by, why
FROM sourcing_policy_versions
WHERE market = %(market)s AND policy = %(policy)s AND version = %(version)s
"""

NEWEST_EDITIONS_SQL = """
SELECT v.policy, v.mode, v.priority, v.channels, v.segments, v.sample_percent, v.offers, v.weights, v.version,
       v.changed_at, v.changed_by, v.why
FROM sourcing_policies p JOIN sourcing_policy_versions v
  ON v.market = p.market AND v.policy = p.policy AND v.version = p.version
WHERE p.market = %(market)s ORDER BY v.policy
"""

OTHERWISE_SQL = """
SELECT order_id, live, shadow, judged_at FROM sourcing_shadows
WHERE market = %(market)s AND policy = %(policy)s AND judged_at >= %(since)s::timestamptz AND NOT agreed
ORDER BY judged_at DESC, order_id DESC LIMIT %(limit)s
"""

LOOKED_TO_SQL = """
SELECT looked_to FROM sourcing_policies
WHERE market = %(market)s AND policy = %(policy)s AND mode = 'shadow' FOR UPDATE SKIP LOCKED
"""

LOOK_ON_SQL = """
UPDATE sourcing_policies SET looked_to = %(looked_to)s::uuid
WHERE market = %(market)s AND policy = %(policy)s
"""

JUDGE_SQL = """
INSERT INTO sourcing_shadows (market, policy, order_id, agreed, live, shadow, judged_at)
VALUES (%(market)s, %(policy)s, %(order_id)s, %(agreed)s, %(live)s::jsonb, %(shadow)s::jsonb, %(now)s)
ON CONFLICT (market, policy, order_id) DO NOTHING
"""

REPORT_SQL = """
WITH judged AS (
    SELECT agreed, live, shadow FROM sourcing_shadows
    WHERE market = %(market)s AND policy = %(policy)s AND judged_at >= %(since)s::timestamptz
), sums AS (
    SELECT side, term, sum(amount::numeric)::float8 AS amount
    FROM judged, LATERAL (
        SELECT 'live' AS side, key AS term, value AS amount FROM jsonb_each_text(live)
        UNION ALL SELECT 'shadow', key, value FROM jsonb_each_text(shadow)
    ) AS each
    GROUP BY side, term
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM judged WHERE agreed),
       coalesce((SELECT jsonb_object_agg(term, amount) FROM sums WHERE side = 'live'), '{}'::jsonb),
       coalesce((SELECT jsonb_object_agg(term, amount) FROM sums WHERE side = 'shadow'), '{}'::jsonb)
"""

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
