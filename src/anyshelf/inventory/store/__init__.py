"""The ledger's SQL. Rows of positions are always locked in (item, node) order."""

OPEN_POSITIONS_SQL = """
INSERT INTO inventory_positions (market, item, node)
SELECT %(market)s, k.item, k.node FROM unnest(%(items)s::text[], %(nodes)s::text[]) AS k(item, node)
ORDER BY k.item, k.node
ON CONFLICT DO NOTHING
"""

LOCK_POSITIONS_SQL = """
SELECT p.item, p.node, p.on_hand, p.reserved, p.allocated, p.in_transit, p.damaged
FROM inventory_positions p
JOIN unnest(%(items)s::text[], %(nodes)s::text[]) AS k(item, node) ON p.item = k.item AND p.node = k.node
WHERE p.market = %(market)s
ORDER BY p.item, p.node
FOR UPDATE OF p
"""

CHANGE_POSITIONS_SQL = """
UPDATE inventory_positions p
SET on_hand = p.on_hand + d.on_hand, reserved = p.reserved + d.reserved,
    allocated = p.allocated + d.allocated,
    in_transit = p.in_transit + d.in_transit, damaged = p.damaged + d.damaged
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(on_hand)s::int[], %(reserved)s::int[],
            %(allocated)s::int[], %(in_transit)s::int[], %(damaged)s::int[])
    AS d(item, node, on_hand, reserved, allocated, in_transit, damaged)
WHERE p.market = %(market)s AND p.item = d.item AND p.node = d.node
"""

RESERVE_SQL = """
UPDATE inventory_positions p SET reserved = p.reserved + d.quantity
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(quantities)s::int[]) AS d(item, node, quantity)
WHERE p.market = %(market)s AND p.item = d.item AND p.node = d.node
"""

WRITE_MOVES_SQL = """
INSERT INTO inventory_moves (market, cause, step, entry, item, node, from_bucket, to_node, to_bucket,
                             quantity, reason, line, reference, happened_at, known_at)
SELECT %(market)s, %(cause)s::uuid, %(step)s::int, m.entry, m.item, m.node, m.from_bucket, m.to_node,
       m.to_bucket, m.quantity, m.reason, m.line, m.reference,
       %(happened_at)s::timestamptz, %(now)s::timestamptz
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(sources)s::text[], %(to_nodes)s::text[],
            %(targets)s::text[], %(quantities)s::int[], %(reasons)s::text[], %(lines)s::int[],
            %(references)s::text[])
    WITH ORDINALITY
    AS m(item, node, from_bucket, to_node, to_bucket, quantity, reason, line, reference, entry)
"""

WRITE_CLAIMS_SQL = """
INSERT INTO inventory_moves (market, cause, step, entry, item, node, from_bucket, to_node, to_bucket,
                             quantity, reason, line, happened_at, known_at)
SELECT %(market)s, c.cause, c.step, c.entry, c.item, c.node, 'free', c.node, 'reserved', c.quantity,
       %(reason)s, c.line, %(now)s::timestamptz, %(now)s::timestamptz
FROM unnest(%(causes)s::uuid[], %(steps)s::int[], %(entries)s::int[], %(items)s::text[], %(nodes)s::text[],
            %(quantities)s::int[], %(lines)s::int[]) AS c(cause, step, entry, item, node, quantity, line)
"""

HAS_HAPPENED_SQL = """
SELECT 1 FROM inventory_moves WHERE market = %(market)s AND cause = %(cause)s AND step = %(step)s LIMIT 1
"""

POSITIONS_SQL = """
SELECT item, node, on_hand, reserved, allocated, in_transit, damaged FROM inventory_positions
WHERE market = %(market)s AND (%(item)s::text IS NULL OR item = %(item)s)
  AND (%(node)s::text IS NULL OR node = %(node)s)
  AND (item, node) > (%(after_item)s::text, %(after_node)s::text)
ORDER BY item, node LIMIT %(limit)s
"""

THESE_POSITIONS_SQL = """
SELECT item, node, on_hand, reserved, allocated, in_transit, damaged FROM inventory_positions
WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND node = ANY(%(nodes)s::text[])
"""

POSITIONS_AS_OF_SQL = """
SELECT item, node,
       coalesce(sum(quantity) FILTER (WHERE bucket = 'on_hand'), 0)::int AS on_hand,
       coalesce(sum(quantity) FILTER (WHERE bucket = 'reserved'), 0)::int AS reserved,
       coalesce(sum(quantity) FILTER (WHERE bucket = 'allocated'), 0)::int AS allocated,
       coalesce(sum(quantity) FILTER (WHERE bucket = 'in_transit'), 0)::int AS in_transit,
       coalesce(sum(quantity) FILTER (WHERE bucket = 'damaged'), 0)::int AS damaged
FROM (
    SELECT item, node, from_bucket AS bucket, -quantity AS quantity, happened_at, known_at
    FROM inventory_moves WHERE market = %(market)s AND item = %(item)s
    UNION ALL
    SELECT item, to_node, to_bucket, quantity, happened_at, known_at
    FROM inventory_moves WHERE market = %(market)s AND item = %(item)s
) AS sides
WHERE happened_at <= %(as_of)s AND known_at <= %(known_at)s
  AND (%(node)s::text IS NULL OR node = %(node)s)
GROUP BY item, node ORDER BY item, node LIMIT %(limit)s
"""

FREE_STOCK_SQL = """
WITH doubts AS MATERIALIZED (
    SELECT node, category, missing FROM inventory_doubts
    WHERE market = %(market)s AND category = ANY(%(categories)s::text[] || '*'::text) AND NOT %(in_hand)s
), classes AS MATERIALIZED (
    SELECT * FROM unnest(%(items)s::text[], %(categories)s::text[]) AS c(item, category)
)
SELECT item, string_agg(node, E'\\x1f' ORDER BY node), string_agg(free::text, ',' ORDER BY node)
FROM (
    SELECT p.item, p.node, p.on_hand - p.reserved - p.allocated
           - greatest(%(holdback_units)s::int, (p.on_hand::bigint * %(holdback_percent)s::int + 99) / 100,
                      (p.on_hand::bigint * coalesce(own.missing, whole.missing, 0) + 500) / 1000)
           - (p.on_hand * coalesce(f.lost, 0) + 359999) / 360000 AS free
    FROM inventory_positions p
    JOIN classes c ON c.item = p.item
    LEFT JOIN doubts own ON own.node = p.node AND own.category = c.category
    LEFT JOIN doubts whole ON whole.node = p.node AND whole.category = '*'
    LEFT JOIN (
        SELECT node, least(360000, greatest(0, percent_lost_per_hour
                   * floor(extract(epoch FROM %(now)s::timestamptz - told_at))))::bigint AS lost
        FROM inventory_feeds WHERE market = %(market)s
    ) AS f ON f.node = p.node
    WHERE p.market = %(market)s AND p.item = ANY(%(items)s::text[]) AND p.on_hand > p.reserved + p.allocated
) AS positions
WHERE free > 0
GROUP BY item
"""

CHANGES_SQL = """
WITH new AS (
    (SELECT item, node, to_node FROM inventory_moves
     WHERE market = %(market)s AND written_by >= %(next)s::text::xid8
     ORDER BY written_by LIMIT %(limit)s)
    UNION ALL
    (SELECT item, node, to_node FROM inventory_moves
     WHERE market = %(market)s AND written_by = ANY(%(under_way)s::text[]::xid8[]) LIMIT %(limit)s)
), touched AS (
    SELECT item, node FROM new UNION SELECT item, to_node FROM new
), positions AS (
    SELECT t.item, t.node, p.on_hand, p.claimed
    FROM touched t CROSS JOIN LATERAL (
        SELECT on_hand, reserved + allocated AS claimed FROM inventory_positions
        WHERE market = %(market)s AND item = t.item AND node = t.node OFFSET 0
    ) AS p
)
SELECT pg_current_snapshot()::text, pg_postmaster_start_time(), (SELECT count(*) FROM new),
       coalesce(array_agg(item), '{}'), coalesce(array_agg(node), '{}'), coalesce(array_agg(on_hand), '{}'),
       coalesce(array_agg(claimed), '{}')
FROM positions
"""

STANDING_SQL = "SELECT pg_current_snapshot()::text, pg_postmaster_start_time()"

AT_MOST_SQL = """
SELECT count(*) FROM (SELECT 1 FROM inventory_positions WHERE market = %(market)s LIMIT %(limit)s) AS p
"""

PATIENCE_SQL = """
SELECT set_config('statement_timeout', '15min', true), set_config('work_mem', '256MB', true),
       set_config('idle_in_transaction_session_timeout', '15min', true)
"""

ALL_POSITIONS_SQL = """
SELECT item, string_agg(node, E'\\x1f'), string_agg(int4send(on_hand) || int4send(reserved + allocated), '')
FROM inventory_positions WHERE market = %(market)s GROUP BY item
"""

STOCK_SQL = """
SELECT item, string_agg(node, E'\\x1f'), string_agg(int4send(on_hand) || int4send(reserved + allocated), '')
FROM inventory_positions WHERE market = %(market)s AND item = ANY(%(items)s::text[]) GROUP BY item
"""

FEEDS_SQL = "SELECT node, told_at, percent_lost_per_hour FROM inventory_feeds WHERE market = %(market)s"

EXPECTED_SQL = """
SELECT item, node, quantity - received - promised AS quantity, arrives_at, reference FROM inventory_expected
WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND received + promised < quantity
ORDER BY item, node, arrives_at LIMIT 10000
"""

DUE_AT_SQL = """
SELECT reference, item, node, quantity, received, promised, arrives_at FROM inventory_expected
WHERE market = %(market)s AND node = %(node)s AND received < quantity
ORDER BY arrives_at, reference, item LIMIT %(limit)s::int
"""

NOTE_FEED_SQL = """
INSERT INTO inventory_feeds (market, node, told_at, percent_lost_per_hour)
VALUES (%(market)s, %(node)s, %(told_at)s, %(percent_lost_per_hour)s)
ON CONFLICT (market, node) DO UPDATE
SET told_at = excluded.told_at, percent_lost_per_hour = excluded.percent_lost_per_hour
WHERE inventory_feeds.told_at <= excluded.told_at
"""

OPENING_MOVES_SQL = """
INSERT INTO inventory_moves (market, cause, step, entry, item, node, from_bucket, to_node, to_bucket,
                             quantity, reason, happened_at, known_at)
SELECT %(market)s, %(cause)s::uuid, %(step)s::int, row_number() OVER (), n.item, n.node,
       CASE WHEN n.on_hand > n.before THEN 'vendor' ELSE 'on_hand' END, n.node,
       CASE WHEN n.on_hand > n.before THEN 'on_hand' ELSE 'loss' END, abs(n.on_hand - n.before), 'load',
       %(now)s::timestamptz, %(now)s::timestamptz
FROM (SELECT o.item, o.node, o.on_hand, coalesce(p.on_hand, 0) AS before
      FROM unnest(%(items)s::text[], %(nodes)s::text[], %(on_hand)s::int[]) AS o(item, node, on_hand)
      LEFT JOIN inventory_positions p
        ON p.market = %(market)s AND p.item = o.item AND p.node = o.node) AS n
WHERE n.on_hand <> n.before
"""

OPENING_POSITIONS_SQL = """
INSERT INTO inventory_positions (market, item, node, on_hand)
SELECT %(market)s, o.item, o.node, o.on_hand
FROM unnest(%(items)s::text[], %(nodes)s::text[], %(on_hand)s::int[]) AS o(item, node, on_hand)
ON CONFLICT (market, item, node) DO UPDATE SET on_hand = excluded.on_hand
WHERE inventory_positions.on_hand <> excluded.on_hand
"""

EXPECT_SQL = """
INSERT INTO inventory_expected (market, reference, item, node, quantity, arrives_at, known_at)
SELECT %(market)s, e.reference, e.item, e.node, e.quantity, e.arrives_at, %(now)s::timestamptz
FROM unnest(%(references)s::text[], %(items)s::text[], %(nodes)s::text[], %(quantities)s::int[],
            %(arrivals)s::timestamptz[]) AS e(reference, item, node, quantity, arrives_at)
ON CONFLICT (market, reference, item, node)
DO UPDATE SET quantity = excluded.quantity, arrives_at = excluded.arrives_at, known_at = excluded.known_at
"""

# What is called off counts as settled: nothing more of it is expected. What was promised of it must come.
CALL_OFF_SQL = """
UPDATE inventory_expected SET received = quantity, known_at = %(now)s
WHERE market = %(market)s AND reference = %(reference)s AND item = %(item)s AND node = %(node)s
  AND promised = 0 AND received = 0
"""

LOCK_EXPECTED_SQL = """
SELECT reference, item, node, quantity - received - promised AS quantity, arrives_at
FROM inventory_expected
WHERE market = %(market)s AND item = ANY(%(items)s::text[]) AND node = ANY(%(nodes)s::text[])
  AND received + promised < quantity
ORDER BY item, arrives_at, reference, node LIMIT 1000 FOR UPDATE
"""

WAIT_SQL = """
WITH new AS (
    SELECT * FROM unnest(%(lines)s::int[], %(references)s::text[], %(items)s::text[], %(nodes)s::text[],
                         %(quantities)s::int[]) AS n(line, reference, item, node, quantity)
), promised AS (
    UPDATE inventory_expected e SET promised = e.promised + n.quantity
    FROM (SELECT reference, item, node, sum(quantity)::int AS quantity FROM new GROUP BY 1, 2, 3) AS n
    WHERE e.market = %(market)s AND e.reference = n.reference AND e.item = n.item AND e.node = n.node
)
INSERT INTO inventory_waiting (market, cause, line, reference, item, node, quantity, since)
SELECT %(market)s, %(cause)s::uuid, line, reference, item, node, greatest(quantity, 0), %(now)s::timestamptz
FROM new
ON CONFLICT (market, cause, line, reference, item, node)
DO UPDATE SET quantity = inventory_waiting.quantity
    + (SELECT quantity FROM new WHERE new.line = inventory_waiting.line
       AND new.reference = inventory_waiting.reference AND new.item = inventory_waiting.item
       AND new.node = inventory_waiting.node)
"""

WAITING_OF_SQL = """
SELECT w.cause, w.line, w.reference, w.item, w.node, w.quantity, e.arrives_at
FROM inventory_waiting w JOIN inventory_expected e USING (market, reference, item, node)
WHERE w.market = %(market)s AND w.cause = %(cause)s AND w.quantity > 0
ORDER BY w.line, e.arrives_at DESC, w.reference, w.item, w.node
"""

WAITING_FOR_SQL = """
SELECT w.cause, w.line, w.reference, w.item, w.node, w.quantity, e.arrives_at
FROM inventory_waiting w JOIN inventory_expected e USING (market, reference, item, node)
WHERE w.market = %(market)s AND w.reference = %(reference)s AND w.item = %(item)s AND w.node = %(node)s
  AND w.quantity > 0
ORDER BY w.since, w.cause, w.line LIMIT 1000 FOR UPDATE OF w
"""

EXPECTED_ARRIVED_SQL = """
UPDATE inventory_expected SET received = received + %(quantity)s::int
WHERE market = %(market)s AND reference = %(reference)s AND item = %(item)s AND node = %(node)s
"""

MAKE_HOLD_SQL = """
INSERT INTO inventory_holds (market, hold_id, state, holder, expires_at, made_at)
VALUES (%(market)s, %(hold_id)s, 'live', %(holder)s, %(expires_at)s, %(now)s)
"""

HOLD_LINES_SQL = """
INSERT INTO inventory_hold_lines (market, hold_id, line, item, node, quantity)
SELECT %(market)s, %(hold_id)s::uuid, l.line, l.item, l.node, l.quantity
FROM unnest(%(lines)s::int[], %(items)s::text[], %(nodes)s::text[], %(quantities)s::int[])
    AS l(line, item, node, quantity)
"""

LOCK_HOLD_SQL = """
SELECT hold_id, state, holder, expires_at FROM inventory_holds
WHERE market = %(market)s AND hold_id = %(hold_id)s FOR UPDATE
"""

WANTS_OF_HOLD_SQL = """
SELECT line, item, node, quantity FROM inventory_hold_lines
WHERE market = %(market)s AND hold_id = %(hold_id)s ORDER BY line, node
"""

END_HOLD_SQL = """
UPDATE inventory_holds SET state = %(state)s, ended_at = %(now)s
WHERE market = %(market)s AND hold_id = %(hold_id)s
"""

EXPIRED_HOLDS_SQL = """
SELECT hold_id, state, holder, expires_at FROM inventory_holds
WHERE market = %(market)s AND state = 'live' AND expires_at <= %(now)s
ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED
"""

ASK_COUNT_SQL = """
INSERT INTO inventory_counts (market, count_id, node, item, reason, asked_at)
VALUES (%(market)s, %(count_id)s, %(node)s, %(item)s, %(reason)s, %(now)s) ON CONFLICT DO NOTHING
"""

COUNTS_ASKED_SQL = """
SELECT DISTINCT ON (item) item, reason, asked_at FROM inventory_counts
WHERE market = %(market)s AND node = %(node)s AND counted_at IS NULL
ORDER BY item, asked_at LIMIT %(limit)s::integer
"""

COUNTED_SQL = """
UPDATE inventory_counts SET counted_at = %(now)s
WHERE market = %(market)s AND node = %(node)s AND item = %(item)s AND counted_at IS NULL
"""

MOVES_SQL = """
SELECT cause, step, entry, item, node, from_bucket, to_node, to_bucket, quantity, reason, line, reference,
       happened_at, known_at
FROM inventory_moves
WHERE market = %(market)s AND (%(item)s::text IS NULL OR item = %(item)s)
  AND (%(node)s::text IS NULL OR node = %(node)s OR to_node = %(node)s)
  AND (cause, step, entry) > (%(after_cause)s::uuid, %(after_step)s::int, %(after_entry)s::int)
ORDER BY cause, step, entry LIMIT %(limit)s
"""

DRIFT_SQL = """
WITH sides AS (
    SELECT item, node, from_bucket AS bucket, -quantity AS quantity
    FROM inventory_moves WHERE market = %(market)s
    UNION ALL
    SELECT item, to_node, to_bucket, quantity FROM inventory_moves WHERE market = %(market)s
), folded AS (
    SELECT item, node, bucket, sum(quantity) AS quantity FROM sides
    WHERE bucket IN ('on_hand', 'in_transit', 'damaged', 'reserved', 'allocated')
    GROUP BY item, node, bucket
), kept AS (
    SELECT p.item, p.node, b.bucket, b.quantity
    FROM inventory_positions p,
         LATERAL (VALUES ('on_hand', p.on_hand), ('in_transit', p.in_transit), ('damaged', p.damaged),
                         ('reserved', p.reserved), ('allocated', p.allocated)) AS b(bucket, quantity)
    WHERE p.market = %(market)s AND b.quantity <> 0
)
SELECT item, node, bucket, coalesce(folded.quantity, 0)::bigint, coalesce(kept.quantity, 0)::bigint
FROM folded FULL JOIN kept USING (item, node, bucket)
WHERE coalesce(folded.quantity, 0) <> coalesce(kept.quantity, 0)
ORDER BY item, node, bucket LIMIT 10000
"""

CLAIMS_SQL = """
SELECT cause, coalesce(line, 0) AS line, item, node,
       sum(CASE WHEN to_bucket = 'reserved' THEN quantity WHEN from_bucket = 'reserved' THEN -quantity
                ELSE 0 END)::int AS reserved,
       sum(CASE WHEN to_bucket = 'allocated' THEN quantity WHEN from_bucket = 'allocated' THEN -quantity
                ELSE 0 END)::int AS allocated
FROM inventory_moves
WHERE market = %(market)s AND from_bucket IN ('free', 'reserved', 'allocated') AND reason <> 'audit'
GROUP BY cause, line, item, node
HAVING sum(CASE WHEN to_bucket = 'reserved' THEN quantity WHEN from_bucket = 'reserved' THEN -quantity
                ELSE 0 END) <> 0
    OR sum(CASE WHEN to_bucket = 'allocated' THEN quantity WHEN from_bucket = 'allocated' THEN -quantity
                ELSE 0 END) <> 0
"""

SENT_SQL = """
SELECT cause, sum(CASE to_bucket WHEN 'customer' THEN quantity ELSE -quantity END)::int AS quantity
FROM inventory_moves
WHERE market = %(market)s AND (to_bucket = 'customer' OR (from_bucket = 'customer' AND to_bucket = 'loss'))
GROUP BY cause
"""

LIVE_HOLDS_SQL = """
SELECT h.hold_id, l.line, l.item, l.node, l.quantity FROM inventory_holds h
JOIN inventory_hold_lines l ON l.market = h.market AND l.hold_id = h.hold_id
WHERE h.market = %(market)s AND h.state = 'live'
"""

TOTALS_SQL = """
SELECT coalesce(sum(on_hand), 0), coalesce(sum(reserved), 0), coalesce(sum(allocated), 0),
       coalesce(sum(in_transit), 0), coalesce(sum(damaged), 0), count(*)
FROM inventory_positions WHERE market = %(market)s
"""
