"""What the figures stand beside: hand-written transactions, and the same web stack with nothing behind it.

They do the reference work and no more: an order, its lines, its moves, its positions, an event. One by one
they are sent by pgbench, PostgreSQL's own load generator in C; in batches by two threads whose
batches were drawn before the clock started.
"""

import re
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from anyshelf.ground.db.binaries import account_for, programs
from taking.cpu import Used, children_seconds, database_seconds
from taking.work import Demand

TABLES_SQL = """
DROP SCHEMA IF EXISTS anchor CASCADE;
CREATE SCHEMA anchor;
CREATE TABLE anchor.positions (
    item text, node text, free int NOT NULL CHECK (free >= 0), PRIMARY KEY (item, node)
)   WITH (fillfactor = 60);
CREATE TABLE anchor.orders (order_id uuid PRIMARY KEY, placed_at timestamptz NOT NULL);
CREATE TABLE anchor.lines (
    order_id uuid, line int, item text, node text, quantity int, PRIMARY KEY (order_id, line)
);
CREATE TABLE anchor.moves (
    cause uuid, entry int, item text, node text, quantity int, known_at timestamptz,
    PRIMARY KEY (cause, entry)
);
CREATE TABLE anchor.outbox (event_id uuid PRIMARY KEY, data jsonb);
INSERT INTO anchor.positions SELECT item, node, 1000000 FROM inventory_positions;
"""

ONE_SQL = """
WITH wanted AS MATERIALIZED (
    SELECT 'I' || lpad(item::text, 4, '0') AS item, 'S' || lpad(node::text, 3, '0') AS node, min(line) AS line
    FROM (VALUES (1, :i1::int, :s1::int), (2, :i2::int, :s2::int), (3, :i3::int, :s3::int),
                 (4, :i4::int, :s4::int)) AS w(line, item, node)
    WHERE line <= :n::int GROUP BY item, node ORDER BY item, node
), taken AS (
    UPDATE anchor.positions p SET free = free - 1 FROM wanted w
    WHERE p.item = w.item AND p.node = w.node RETURNING 1
), written AS (
    INSERT INTO anchor.orders VALUES (gen_random_uuid(), now()) RETURNING order_id
), lined AS (
    INSERT INTO anchor.lines SELECT order_id, line, item, node, 1 FROM wanted, written
), moved AS (
    INSERT INTO anchor.moves SELECT order_id, line, item, node, 1, now() FROM wanted, written
)
INSERT INTO anchor.outbox VALUES (gen_random_uuid(), '{"kind": "OrderPlaced"}');
"""
DRAWN = {
    "uniform": "\\set i{0} random(0, 999)\n\\set s{0} random(0, 99)\n",
    "hot": "\\set h random(0, 1)\n\\set i{0} :h * random(0, 999)\n\\set s{0} :h * random(0, 99)\n",
    "zipf": "\\set r random_zipfian(1, 100000, 1.001)\n\\set i{0} :r % 1000\n\\set s{0} :r / 1000 % 100\n",
}
"""How pgbench draws the position of a line; its Zipf exponent must be above 1."""

MANY_POSITIONS_SQL = """
UPDATE anchor.positions p SET free = free - w.quantity
FROM (SELECT item, node, count(*)::int AS quantity
      FROM unnest(%(items)s::text[], %(nodes)s::text[]) AS w(item, node)
      GROUP BY item, node ORDER BY item, node) AS w
WHERE p.item = w.item AND p.node = w.node
"""
MANY_ORDERS_SQL = "INSERT INTO anchor.orders SELECT o, now() FROM unnest(%(ids)s::uuid[]) AS o"
MANY_LINES_SQL = """
INSERT INTO anchor.lines
SELECT o, l, i, n, 1 FROM unnest(%(owners)s::uuid[], %(lines)s::int[], %(items)s::text[], %(nodes)s::text[])
    AS x(o, l, i, n)
"""
MANY_MOVES_SQL = """
INSERT INTO anchor.moves
SELECT o, l, i, n, 1, now()
FROM unnest(%(owners)s::uuid[], %(lines)s::int[], %(items)s::text[], %(nodes)s::text[]) AS x(o, l, i, n)
"""
MANY_EVENTS_SQL = """
INSERT INTO anchor.outbox SELECT o, '{"kind": "OrderPlaced"}' FROM unnest(%(ids)s::uuid[]) AS o
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What somebody else reached: orders a second, and processor milliseconds an order by whom."""

    per_s: float
    cpu_ms: dict[str, float]


def prepare(url: str) -> None:
    """Make the anchors' own tables, with as many positions."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(TABLES_SQL)
        owner.execute("VACUUM ANALYZE anchor.positions")


def one_by_one(url: str, kind: str, clients: int, orders: int) -> Anchor:
    """One hand-written prepared statement and one commit an order, sent by pgbench."""
    each = max(1, orders // clients)
    drawn = "".join(DRAWN[kind].format(line) for line in (1, 2, 3, 4))
    with tempfile.TemporaryDirectory(prefix="anyshelf-bench-") as folder:
        script = Path(folder) / "one.sql"
        script.write_text(f"\\set n random(1, 4)\n{drawn}{' '.join(ONE_SQL.split())}\n")
        program = programs(account_for(Path(folder))) / "pgbench"
        words = [program, "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=2",
                 f"--transactions={each}", "--max-tries=10", f"--file={script}", url]  # fmt: skip
        used, own = Used(lambda: database_seconds(url)), Used(children_seconds)
        told = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)  # noqa: S603  our own words
        cpu = {"database": used.ms_each(each * clients), "generator": own.ms_each(each * clients)}
    found = re.search(r"tps = ([\d.]+)", told.stdout)
    failed = re.search(r"failed transactions: (\d+)", told.stdout)
    if told.returncode or found is None or (failed and failed[1] != "0"):
        raise SystemExit(f"pgbench did not finish: {(told.stdout + told.stderr)[-2000:]}")
    return Anchor(per_s=float(found[1]), cpu_ms=cpu)


def in_batches(url: str, kind: str, clients: int, orders: int, size: int = 200) -> Anchor:
    """Set-based batches with no product around them, by threads that take turns to write."""
    writing = threading.Lock()
    batches = orders // clients // size
    drawn = {seed: [_batch(Demand(kind, seed), size) for _ in range(batches)] for seed in range(clients)}

    def client(seed: int) -> None:
        with psycopg.connect(url) as connection:
            for named in drawn[seed]:
                with writing, connection.transaction():
                    connection.execute(MANY_POSITIONS_SQL, named)
                    connection.execute(MANY_ORDERS_SQL, named)
                    connection.execute(MANY_LINES_SQL, named)
                    connection.execute(MANY_MOVES_SQL, named)
                    connection.execute(MANY_EVENTS_SQL, named)

    count = batches * size * clients
    used, own = Used(lambda: database_seconds(url)), Used(time.process_time)
    lasted = _together(client, clients)
    return Anchor(
        per_s=count / lasted, cpu_ms={"database": used.ms_each(count), "generator": own.ms_each(count)}
    )


def _batch(demand: Demand, size: int) -> dict[str, list[object]]:
    parts = [
        (owner, line, item, node)
        for owner, wants in ((uuid.uuid4(), demand.wants()) for _ in range(size))
        for line, (item, node) in enumerate(wants, 1)
    ]
    columns = [list(column) for column in zip(*parts, strict=True)]
    named = dict(zip(("owners", "lines", "items", "nodes"), columns, strict=True))
    return {**named, "ids": list(dict.fromkeys(named["owners"]))}


def _together(client: Callable[[int], None], clients: int) -> float:
    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start
