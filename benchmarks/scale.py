"""make bench-scale: what an order costs in processor time as positions grow from ten thousand to ten million.

The reference work of `make bench-orders` over ever more items at the same hundred stores; and at a hundred
thousand positions with one client, eight and thirty-two. Positions are written straight into their table,
without the moves that would account for them: ten million moves would only take longer to write.
"""

import argparse
import json
import time
import urllib.request

import psycopg

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database
from anyshelf.ground.markets import open_market
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node
from taking import clients
from taking.measuring import MARKET, cpu_seconds, database, server
from taking.work import ON_HAND, SEED, STORES, Demand, stores

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
AT_ONCE = (1, 8, 32)
TYPICAL = 100_000
ITEMS_AT_ONCE = 5_000
READ_WITHIN_SECONDS = 180

POSITIONS_SQL = """
INSERT INTO inventory_positions (market, item, node, on_hand)
SELECT %(market)s, i.item, n.node, %(on_hand)s::int
FROM items i CROSS JOIN nodes n WHERE i.market = %(market)s AND n.market = %(market)s
"""


def main() -> None:
    """Measure size after size; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-scale")
    asked.add_argument("--orders", type=int, default=3_000)
    asked.add_argument("--largest", type=int, default=SIZES[-1])
    given = asked.parse_args()
    by_size, by_clients = {}, {}
    for size in (size for size in SIZES if size <= given.largest):
        found = measured(size, given.orders, AT_ONCE if size == TYPICAL else (32,))
        by_size[size] = found[32]
        by_clients |= found if size == TYPICAL else {}
    ratio = by_size[max(by_size)]["cpu_ms"] / by_size[min(by_size)]["cpu_ms"]
    detail = {
        "cost_ratio_10k_to_10m": round(ratio, 3) if max(by_size) == SIZES[-1] else None,
        "by_positions": by_size,
        "by_clients": by_clients,
        "orders": given.orders,
        "data": f"generated, seed {SEED}",
    }
    anchors = {"the_same_work_on_ten_thousand_positions_ms": by_size[min(by_size)]["cpu_ms"]}
    print(json.dumps({
        "name": "scale", "value": round(ratio, 3), "unit": "cost per order / cost at 10 k positions",
        "anchors": anchors, "detail": detail,
    }))  # fmt: skip


def measured(positions: int, count: int, at_once: tuple[int, ...]) -> dict[int, dict[str, float]]:
    """Cost and speed on a network of so many positions, by the number of clients."""
    items = positions // STORES
    found = {}
    with database() as url:
        settle(url, items)
        with server(url) as (port, process):
            demand = Demand("uniform", items=items)
            sent(port, [demand.order() for _ in range(count // 5)], 32)  # warm
            wait_until_in_memory(port, positions)
            for clients_ in at_once:
                bodies = [demand.order() for _ in range(count)]
                before = cpu_seconds(process, url)
                tally = sent(port, bodies, clients_)
                after = cpu_seconds(process, url)
                found[clients_] = figures(tally, before, after, count)
                print(f"{positions:,} positions, {clients_} clients: {found[clients_]}", flush=True)
    return found


def settle(url: str, items: int) -> None:
    """Write a hundred stores and so many items, each item at each store."""
    with Database(url) as opened, opened.transaction() as tx:
        open_market(tx, MARKET, currency="USD")
        network.save_channels(tx, MARKET, [Channel(channel="web", currency="USD")])
        network.save_nodes(tx, MARKET, [
            Node(node=store, kind="store", name=store, lat=30 + number / STORES, lon=-97.0, country="US",
                 timezone="America/Chicago")
            for number, store in enumerate(stores())
        ])  # fmt: skip
        for first in range(0, items, ITEMS_AT_ONCE):
            codes = [f"I{number:04}" for number in range(first, min(items, first + ITEMS_AT_ONCE))]
            catalogue.save_items(
                tx, MARKET, [Item(item=code, name=code, currency="USD", price_minor=1999) for code in codes]
            )
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(POSITIONS_SQL, {"market": MARKET, "on_hand": ON_HAND})
        owner.execute("VACUUM ANALYZE inventory_positions, items, nodes")


def wait_until_in_memory(port: int, positions: int) -> None:
    """Large markets are read beside the work that goes on; what is measured is what comes after."""
    deadline = time.monotonic() + READ_WITHIN_SECONDS
    while time.monotonic() < deadline:
        urllib.request.urlopen(
            f"http://127.0.0.1:{port}/v1/availability?item=I0000&channel=web&near=30,-97&limit=1"
        ).read()
        told = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        held = [line for line in told.splitlines() if line.startswith("anyshelf_positions_in_memory{")]
        if held and float(held[0].rpartition(" ")[2]) >= positions:
            return
        time.sleep(0.2)  # it reads as quickly as it can; there is nothing to wait on but its own word
    raise SystemExit("The positions did not come into memory.")


def sent(port: int, bodies: list[bytes], at_once: int) -> clients.Tally:
    """Send these orders; every one must be taken."""
    tally = clients.send_all("127.0.0.1", port, "/v1/orders", bodies, at_once)
    if set(tally.statuses) != {201}:
        raise SystemExit(f"Not every order was taken: {tally.statuses}")
    return tally


def figures(
    tally: clients.Tally, before: dict[str, float], after: dict[str, float], count: int
) -> dict[str, float]:
    """What one order cost, and how quickly it was taken."""
    each = {who: round((after[who] - before[who]) * 1000 / count, 3) for who in after}
    return {
        "orders_per_s": round(count / tally.lasted, 1),
        "p50_ms": tally.percentile_ms(0.5),
        "p99_ms": tally.percentile_ms(0.99),
        "cpu_ms": round(sum(each.values()), 3),
        "cpu_ms_server": each["server"],
        "cpu_ms_database": each["database"],
    }


if __name__ == "__main__":
    main()
