"""The SQL of how sure it is that stock is found."""

NOTE_FINDS_SQL = """
INSERT INTO inventory_finds AS f (market, node, category, found, missed, taken, refused)
SELECT %(market)s, a.node, a.category, a.found, a.missed, a.taken, a.refused
FROM unnest(%(nodes)s::text[], %(categories)s::text[], %(found)s::float8[], %(missed)s::float8[],
            %(taken)s::float8[], %(refused)s::float8[]) AS a(node, category, found, missed, taken, refused)
ON CONFLICT (market, node, category) DO UPDATE
SET found = f.found + excluded.found, missed = f.missed + excluded.missed, taken = f.taken + excluded.taken,
    refused = f.refused + excluded.refused
"""

FINDS_SQL = """
SELECT node, category, found, missed, taken, refused FROM inventory_finds
WHERE market = %(market)s AND (%(node)s::text IS NULL OR node = %(node)s) ORDER BY node, category
"""

DOUBTS_SQL = """
SELECT node, category, missing, refusing FROM inventory_doubts
WHERE market = %(market)s AND (%(node)s::text IS NULL OR node = %(node)s)
"""

SAVE_DOUBTS_SQL = """
INSERT INTO inventory_doubts AS d (market, node, category, missing, refusing)
SELECT %(market)s, n.node, n.category, n.missing, n.refusing
FROM unnest(%(nodes)s::text[], %(categories)s::text[], %(missing)s::int[], %(refusing)s::int[])
    AS n(node, category, missing, refusing)
ON CONFLICT (market, node, category) DO UPDATE SET missing = excluded.missing, refusing = excluded.refusing
WHERE (d.missing, d.refusing) <> (excluded.missing, excluded.refusing)
"""

DOUBTS_STAMP_SQL = "SELECT stamp FROM inventory_doubts_version WHERE market = %(market)s"

RENEW_DOUBTS_SQL = """
INSERT INTO inventory_doubts_version (market, stamp) VALUES (%(market)s, %(stamp)s::uuid)
ON CONFLICT (market) DO UPDATE SET stamp = excluded.stamp
"""
