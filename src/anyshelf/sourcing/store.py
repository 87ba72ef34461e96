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
                               weights, changed_at)
VALUES (%(market)s, %(policy)s, %(mode)s, %(priority)s, %(channels)s::text[], %(segments)s::text[],
        %(sample_percent)s, %(offers)s, %(weights)s::jsonb, %(now)s)
ON CONFLICT (market, policy) DO UPDATE
SET mode = excluded.mode, priority = excluded.priority, channels = excluded.channels,
    segments = excluded.segments, sample_percent = excluded.sample_percent, offers = excluded.offers,
    weights = excluded.weights, changed_at = excluded.changed_at
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
