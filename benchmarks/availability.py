"""make bench-availability: 20 items at the 50 nearest nodes, of ten million positions, while stock moves."""

import argparse
import json
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Move, Want
from asking.measuring import Request, Watch, closed, paced
from asking.world import MARKET, SEED, World, code_of, settle, the_world
from taking.clients import Connection
from taking.measuring import cpu_seconds, database, server

ITEMS_ASKED, NEAREST = 20, 50
SMALL = {"nodes": 6, "items": 1_000}
WRITES_AT_ONCE = 10
READY_SECONDS_MAX = 120

SQL = """
SELECT a.item, near.node, near.free, near.on_hand, near.km
FROM unnest(%(items)s::text[]) AS a(item) CROSS JOIN LATERAL (
    SELECT p.node, p.on_hand - p.reserved - p.allocated - 1 AS free, p.on_hand,
           2 * 6371 * asin(sqrt(sin(radians(n.lat - %(lat)s) / 2) ^ 2
               + cos(radians(n.lat)) * cos(radians(%(lat)s)) * sin(radians(n.lon - %(lon)s) / 2) ^ 2)) AS km
    FROM inventory_positions p JOIN nodes n ON n.market = p.market AND n.node = p.node
    WHERE p.market = 'main' AND p.item = a.item AND p.on_hand > p.reserved + p.allocated + 1
    ORDER BY km, p.node LIMIT 50
) AS near
"""


def main() -> None:
    """Measure and print; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-availability", description=__doc__)
    asked.add_argument("--items", type=int, default=100_000)
    asked.add_argument("--at-nodes", type=int, default=100)
    asked.add_argument("--seconds", type=float, default=10)
    asked.add_argument("--clients", type=int, default=8)
    given = asked.parse_args()
    world = the_world()
    with database() as url:
        settle(url, world, items=given.items, at_nodes=given.at_nodes)
        large = _large(url, world, given.items, clients=given.clients, seconds=given.seconds)
        anchor = _sql(url, world, given.items, given.seconds / 2)
    small = _small(given.seconds / 2)
    positions = given.items * given.at_nodes
    print(f"availability: {large['value']:,} reads/s over {positions:,} positions; plain SQL {anchor:,.0f}")
    detail = large["detail"] | {"positions": positions, "small_network": small, "data": world.data}
    figure = {"name": "availability", "value": large["value"], "unit": "reads/s"}
    print(json.dumps(figure | {"anchors": {"plain_sql_one_connection": round(anchor, 1)}, "detail": detail}))


def _large(url: str, world: World, items: int, *, clients: int, seconds: float) -> dict[str, object]:
    requests = _requests(world, items)
    with server(url) as (port, process):
        ready = _until_in_memory(port, requests[0])
        closed(port, requests, clients=clients, seconds=seconds / 4)  # warm
        with _stock_moving(url), _watching(url, port, items) as watch:
            before = cpu_seconds(process, url)
            full = closed(port, requests, clients=clients, seconds=seconds)
            after = cpu_seconds(process, url)
            reads = len(full.seconds)
            half = paced(port, requests, clients=clients, rate=reads / full.lasted / 2, seconds=seconds)
        mib = _mib(process)
    detail = {
        "p50_ms": half.percentile_ms(0.5),
        "p99_ms": half.percentile_ms(0.99),
        "p99_ms_at_full_load": full.percentile_ms(0.99),
        "stale_ms_max": round(max(watch.stale_seconds) * 1000, 1),
        "stale_ms_p99": round(statistics.quantiles(watch.stale_seconds, n=100)[-1] * 1000, 1),
        "writes_missed_that_were_committed_before_asking": watch.missed,
        "cpu_ms_server": round((after["server"] - before["server"]) * 1000 / reads, 3),
        "cpu_ms_database": round((after["database"] - before["database"]) * 1000 / reads, 3),
        "server_mib": mib,
        "seconds_until_in_memory": ready,
        "clients": clients,
        "statuses": {str(status): times for status, times in full.statuses.items()},
    }
    return {"value": round(reads / full.lasted, 1), "detail": detail}


def _small(seconds: float) -> dict[str, object]:
    """Twenty items over all six nodes of a small network, 32 clients: the work the peers were measured on."""
    world = the_world(SMALL["nodes"])
    with database() as url:
        settle(url, world, items=SMALL["items"], at_nodes=SMALL["nodes"])
        requests = _requests(world, SMALL["items"])
        with server(url) as (port, _):
            closed(port, requests, clients=32, seconds=seconds / 4)
            tally = closed(port, requests, clients=32, seconds=seconds)
    return {
        "reads_per_s": round(len(tally.seconds) / tally.lasted, 1),
        "p50_ms": tally.percentile_ms(0.5),
        "p99_ms": tally.percentile_ms(0.99),
        "nodes": SMALL["nodes"],
        "clients": 32,
    }


def _requests(world: World, items: int, count: int = 2_000) -> list[Request]:
    draw = random.Random(SEED)
    return [(_path(draw, world, items), b"") for _ in range(count)]


def _path(draw: random.Random, world: World, items: int) -> bytes:
    lat, lon, _ = draw.choice(world.shoppers)
    asked = [("item", code_of(draw.randrange(items))) for _ in range(ITEMS_ASKED)]
    return f"/v1/availability?{urlencode([*asked, ('near', f'{lat},{lon}'), ('limit', NEAREST)])}".encode()


def _until_in_memory(port: int, request: Request) -> float:
    """Ask until the server says that it answers from memory; two minutes at most."""
    begun, connection = time.perf_counter(), Connection("127.0.0.1", port)
    while time.perf_counter() - begun < READY_SECONDS_MAX:
        connection.get(request[0])
        _, told = connection.get(b"/metrics")
        figure = told.partition(b'anyshelf_positions_in_memory{market="main"}')[2].split()
        if figure and float(figure[0]) > 0:
            return round(time.perf_counter() - begun, 1)
        time.sleep(0.2)
    raise SystemExit("The stock did not come into memory.")


@contextmanager
def _stock_moving(url: str, pause_seconds: float = 0.05) -> Iterator[None]:
    """Some two hundred positions a second change while we measure, by orders as the product writes them."""
    stop, draw = threading.Event(), random.Random(SEED)
    with psycopg.connect(url) as asking:
        rows = asking.execute(
            "SELECT item, node FROM inventory_positions TABLESAMPLE SYSTEM (0.05)"
        ).fetchall()

    def work() -> None:
        with Database(url) as changing:
            while not stop.wait(pause_seconds):
                wants = [
                    Want(line=line, item=item, node=node, quantity=1)
                    for line, (item, node) in enumerate(draw.sample(rows, WRITES_AT_ONCE), 1)
                ]
                with changing.transaction() as tx:
                    now = SystemClock().now()
                    moves = [
                        Move(item=want.item, node=want.node, from_bucket="vendor", to_bucket="on_hand",
                             quantity=1, reason="bench", line=want.line)
                        for want in wants
                    ]  # fmt: skip
                    inventory.post(tx, MARKET, moves, cause=new_id(), step=1, now=now)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _watching(url: str, port: int, items: int) -> Iterator[Watch]:
    """One item at one node gains a unit again and again, and is asked for all the while."""
    connection, item = Connection("127.0.0.1", port), code_of(items - 1)
    path = f"/v1/availability?item={item}&limit=5000".encode()
    with psycopg.connect(url) as asking:
        node, units = asking.execute(
            "SELECT node, on_hand FROM inventory_positions WHERE market = %s AND item = %s LIMIT 1",
            (MARKET, item),
        ).fetchone()
    held = [units]
    with Database(url) as changing:

        def write() -> int:
            move = Move(
                item=item, node=node, from_bucket="vendor", to_bucket="on_hand", quantity=1, reason="bench"
            )
            with changing.transaction() as tx:
                inventory.post(tx, MARKET, [move], cause=new_id(), step=1, now=SystemClock().now())
            held[0] += 1
            return held[0]

        def read() -> int:
            (found,) = json.loads(connection.get(path)[1])["items"]
            return next(each["on_hand"] for each in found["nodes"] if each["node"] == node)

        with Watch(write, read) as watch:
            yield watch


def _sql(url: str, world: World, items: int, seconds: float) -> float:
    """The same read as one statement, by one client straight on the database."""
    draw, times = random.Random(SEED), 0
    with psycopg.connect(url, autocommit=True) as connection:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            lat, lon, _ = draw.choice(world.shoppers)
            codes = [code_of(draw.randrange(items)) for _ in range(ITEMS_ASKED)]
            connection.execute(SQL, {"items": codes, "lat": lat, "lon": lon}, prepare=True).fetchall()
            times += 1
    return times / seconds


def _mib(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


if __name__ == "__main__":
    main()
