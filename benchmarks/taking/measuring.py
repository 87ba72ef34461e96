"""One measurement: a fresh database, the server, the clients, the anchors, one line of JSON."""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.auth import Principal, make_key
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database, migrate, start_embedded
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node
from anyshelf.orders import service as orders
from anyshelf.payments import service as payments
from taking import anchors, clients, reserving
from taking.cpu import Used, database_seconds, process_seconds
from taking.work import ON_HAND, SEED, STORES, Demand, items, stores

MARKET = "main"
FILE_LINES = 2_000
HERE = Path(__file__).resolve().parent


def main(name: str) -> None:
    """Measure, compare and print; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog=f"bench-{name}", description=__doc__)
    asked.add_argument("--orders", type=int, default=8_000)
    asked.add_argument("--clients", type=int, default=32)
    given = asked.parse_args()
    kind = {"orders": "uniform", "bulk": "uniform"}.get(name, name)
    with database() as url:
        stock(url)
        anchors.prepare(url)
        figure = _measured(name, kind, url, given.orders, given.clients)
    print(json.dumps(figure))


def _measured(name: str, kind: str, url: str, count: int, at_once: int) -> dict[str, object]:
    with server(url) as (port, process):
        send(name, kind, port, max(count // 10, at_once * 2), at_once)  # warm
        by = {
            "server": Used(lambda: process_seconds(process)),
            "database": Used(lambda: database_seconds(url)),
            "generator": Used(time.process_time),
        }
        wal = _wal(url)
        tally = send(name, kind, port, count, at_once)
        cpu = {who: used.ms_each(count) for who, used in by.items()}
        wal_bytes = _wal(url) - wal
        uniform = None
        if name == "hot":
            uniform = count / send("orders", "uniform", port, count, at_once).lasted
        findings = _audit(url)
    rate = count / tally.lasted
    batched = anchors.in_batches(url, kind, 2, max(count, 4_000))
    single = anchors.one_by_one(url, kind, at_once, count)
    empty = _empty(count, at_once)
    print(f"{name}: {rate:,.0f} orders/s; hand-written one by one {single.per_s:,.0f}, in batches "
          f"{batched.per_s:,.0f}, empty handler {empty.per_s:,.0f}")  # fmt: skip
    detail = {
        "p50_ms": tally.percentile_ms(0.5),
        "p99_ms": tally.percentile_ms(0.99),
        "cpu_ms_per_order": round(cpu["server"] + cpu["database"], 3),
        "cpu_ms": cpu,
        "cpu_ms_of_anchors": {
            "one_by_one": single.cpu_ms, "batches_of_200": batched.cpu_ms, "empty_handler": empty.cpu_ms,
        },
        "wal_bytes_per_order": round(wal_bytes / count),
        "ratio_to_limit": round(rate / (batched.per_s if name == "bulk" else single.per_s), 3),
        "ratio_to_empty_handler": round(rate / empty.per_s, 3),
        "ratio_to_uniform": None if uniform is None else round(rate / uniform, 3),
        "oversold": findings,
        "statuses": {str(status): times for status, times in tally.statuses.items()},
        "orders": count,
        "clients": at_once,
        "data": f"generated, seed {SEED}",
    }  # fmt: skip
    if name == "zipf":
        detail["in_process"] = reserving.measured(url, max(count * 4, 40_000))
    limits = {
        "one_by_one": round(single.per_s, 1),
        "batches_of_200": round(batched.per_s, 1),
        "empty_handler": round(empty.per_s, 1),
    }
    return {"name": name, "value": round(rate, 1), "unit": "orders/s", "anchors": limits, "detail": detail}


def send(name: str, kind: str, port: int, count: int, at_once: int) -> clients.Tally:
    """Send so many orders over so many connections: one by one, or as files where the name says so."""
    demand = Demand(kind)
    if name == "bulk":
        size = min(FILE_LINES, max(1, count // 4))
        files = [b"\n".join(demand.order() for _ in range(size)) for _ in range(max(1, count // size))]
        return clients.send_all("127.0.0.1", port, "/v1/orders:batch", files, min(4, at_once))
    bodies = [demand.order() for _ in range(count)]
    return clients.send_all("127.0.0.1", port, "/v1/orders", bodies, at_once)


@contextmanager
def database() -> Iterator[str]:
    """An embedded PostgreSQL as users run it: durable, its own settings."""
    folder = Path(tempfile.mkdtemp(prefix="anyshelf-bench-"))
    folder.chmod(0o755)
    server = start_embedded(folder)
    try:
        migrate(server.url)
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def stock(url: str) -> None:
    """The network and the stock of the reference work."""
    now = SystemClock().now()
    with Database(url) as database, database.transaction() as tx:
        open_market(tx, MARKET, currency="USD")
        network.save_channels(tx, MARKET, [Channel(channel="web", currency="USD")])
        network.save_nodes(tx, MARKET, [
            Node(node=store, kind="store", name=store, lat=30 + number / STORES, lon=-97.0, country="US",
                 timezone="America/Chicago")
            for number, store in enumerate(stores())
        ])  # fmt: skip
        catalogue.save_items(
            tx, MARKET, [Item(item=item, name=item, currency="USD", price_minor=1999) for item in items()]
        )
        shelves = ((store, item, ON_HAND) for item in items() for store in stores())
        inventory.receive_opening(tx, MARKET, shelves, cause=new_id(), now=now)
        make_key(tx, Principal(market=MARKET, name="bench", roles=("administrator",)), now)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE inventory_positions, inventory_moves, items, nodes")


@contextmanager
def server(url: str) -> Iterator[tuple[int, int]]:
    """The product's server on this database: its port and its process."""
    port = free_port()
    told = {**os.environ, "ANYSHELF_DATABASE_URL": url, "ANYSHELF_LOG_LEVEL": "error",
            "ANYSHELF_RELEASE_AFTER_SECONDS": "3600"}  # fmt: skip
    process = subprocess.Popen([sys.executable, str(HERE / "serving.py"), str(port)], env=told)  # noqa: S603  our own server
    try:
        wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def _empty(count: int, at_once: int) -> anchors.Anchor:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(HERE / "empty.py"), str(port)])  # noqa: S603  our own
    try:
        wait_for(port, path="/openapi.json")
        demand = Demand("uniform")
        bodies = [demand.order() for _ in range(count)]
        clients.send_all("127.0.0.1", port, "/v1/orders", bodies[: at_once * 2], at_once)  # warm
        used = Used(lambda: process_seconds(process.pid))
        tally = clients.send_all("127.0.0.1", port, "/v1/orders", bodies, at_once)
        return anchors.Anchor(per_s=count / tally.lasted, cpu_ms={"server": used.ms_each(count)})
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, path: str = "/readyz") -> None:
    """Wait until a server answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The server did not start.")


def cpu_seconds(server: int, url: str) -> dict[str, float]:
    """Processor seconds so far of the server, and of every process of its database."""
    return {"server": process_seconds(server), "database": database_seconds(url)}


def _wal(url: str) -> int:
    with psycopg.connect(url) as asking:
        return int(asking.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone()[0])


def _audit(url: str) -> int:
    """How much the audit finds: an oversold unit, a lost order or a wrong cent would be here."""
    with Database(url) as database, database.transaction() as tx:
        return len([*inventory.audit(tx, MARKET), *orders.audit(tx, MARKET), *payments.audit(tx, MARKET)])
