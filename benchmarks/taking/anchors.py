"""What the figures stand beside: hand-written transactions, and the same web stack with nothing behind it."""

import threading
import time
import uuid
from collections.abc import Callable

import psycopg

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
CREATE TABLE anchor.outbox (event_id uuid PRIMARY KEY, data jsonb);
INSERT INTO anchor.positions SELECT item, node, 1000000 FROM inventory_positions;
"""

ONE_SQL = """
WITH wanted AS (
    SELECT item, node, row_number() OVER () AS line
    FROM unnest(%(items)s::text[], %(nodes)s::text[]) AS w(item, node)
), taken AS (
    UPDATE anchor.positions p SET free = free - 1 FROM wanted w
    WHERE p.item = w.item AND p.node = w.node RETURNING 1
), written AS (
    INSERT INTO anchor.orders VALUES (%(order_id)s, now())
), lined AS (
    INSERT INTO anchor.lines SELECT %(order_id)s, line, item, node, 1 FROM wanted
)
INSERT INTO anchor.outbox VALUES (%(event_id)s, '{"kind": "OrderPlaced"}')
"""

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
MANY_EVENTS_SQL = """
INSERT INTO anchor.outbox SELECT o, '{"kind": "OrderPlaced"}' FROM unnest(%(ids)s::uuid[]) AS o
"""


def prepare(url: str) -> None:
    """Make the anchors' own tables, with the same positions."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(TABLES_SQL)
        owner.execute("VACUUM ANALYZE anchor.positions")


def one_by_one(url: str, kind: str, clients: int, orders: int) -> float:
    """Orders a second, one hand-written statement and one commit each."""

    def client(seed: int) -> None:
        demand = Demand(kind, seed)
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(orders // clients):
                wants = demand.wants()
                connection.execute(ONE_SQL, {
                    "items": [item for item, _ in wants], "nodes": [node for _, node in wants],
                    "order_id": uuid.uuid4(), "event_id": uuid.uuid4(),
                }, prepare=True)  # fmt: skip

    return _together(client, clients, orders)


def in_batches(url: str, kind: str, clients: int, orders: int, size: int = 200) -> float:
    """Orders a second in set-based batches with no product around them."""
    writing = threading.Lock()

    def client(seed: int) -> None:
        demand = Demand(kind, seed)
        with psycopg.connect(url) as connection:
            for _ in range(orders // clients // size):
                drawn = [(uuid.uuid4(), demand.wants()) for _ in range(size)]
                parts = [(owner, line, *want) for owner, wants in drawn for line, want in enumerate(wants, 1)]
                columns = [list(column) for column in zip(*parts, strict=True)]
                named = dict(zip(("owners", "lines", "items", "nodes"), columns, strict=True))
                ids = [owner for owner, _ in drawn]
                with writing, connection.transaction():
                    connection.execute(MANY_POSITIONS_SQL, {"items": columns[2], "nodes": columns[3]})
                    connection.execute(MANY_ORDERS_SQL, {"ids": ids})
                    connection.execute(MANY_LINES_SQL, named)
                    connection.execute(MANY_EVENTS_SQL, {"ids": ids})

    return _together(client, clients, orders)


def _together(client: Callable[[int], None], clients: int, orders: int) -> float:
    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return orders / (time.perf_counter() - start)
