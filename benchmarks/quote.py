"""make bench-quote: promises over HTTP, baskets of three lines, every method, 3,000 nodes."""

import argparse
import json
import random
import time
from datetime import timedelta
from itertools import islice

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.promising import service as promising
from anyshelf.promising.model import Wanted, WantedLine
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Destination
from asking.measuring import Request, closed, paced
from asking.world import MARKET, SEED, World, code_of, settle, the_world
from taking.measuring import cpu_seconds, database, server

LINES = 3
AT_ONCE = 16
VALID_FOR = timedelta(minutes=30)
CLAIMED = 1_400


def main() -> None:
    """Measure and print; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-quote", description=__doc__)
    asked.add_argument("--items", type=int, default=2_000)
    asked.add_argument("--at-nodes", type=int, default=900)
    asked.add_argument("--seconds", type=float, default=10)
    asked.add_argument("--clients", type=int, default=16)
    given = asked.parse_args()
    world = the_world()
    baskets = _baskets(world, given.items)
    with database() as url:
        settle(url, world, items=given.items, at_nodes=given.at_nodes)
        alone = _in_process(url, baskets, given.seconds / 2)
        requests = [(b"/v1/promises", _body(wanted)) for wanted in baskets]
        value, detail = _over_http(url, requests, clients=given.clients, seconds=given.seconds)
    print(f"quote: {value:,} quotes/s over HTTP, {alone['in_process_per_s']:,} in one process on one core")
    anchors = {"onestock_claims_on_its_cloud": CLAIMED}
    figure = {"name": "quote", "value": value, "unit": "quotes/s", "anchors": anchors}
    print(json.dumps(figure | {"detail": detail | alone | {"data": world.data}}))


def _baskets(world: World, items: int, count: int = 4_000) -> list[Wanted]:
    draw = random.Random(SEED)
    found = []
    for _ in range(count):
        lat, lon, postal_code = draw.choice(world.shoppers)
        lines = tuple(
            WantedLine(item=code_of(number), quantity=draw.randint(1, 2))
            for number in draw.sample(range(items), LINES)
        )
        place = Destination(lat=lat, lon=lon, postal_code=postal_code, country="US")
        found.append(Wanted(channel="web", lines=lines, destination=place))
    return found


def _body(wanted: Wanted) -> bytes:
    place = wanted.destination
    return json.dumps({
        "channel": wanted.channel,
        "lines": [{"item": line.item, "quantity": line.quantity} for line in wanted.lines],
        "destination": {
            "lat": place.lat, "lon": place.lon, "postal_code": place.postal_code, "country": "US",
        },
    }).encode()  # fmt: skip


def _over_http(
    url: str, requests: list[Request], *, clients: int, seconds: float
) -> tuple[float, dict[str, object]]:
    with server(url) as (port, process):
        closed(port, requests, clients=clients, seconds=seconds / 2)  # warm, and the stock comes into memory
        before = cpu_seconds(process, url)
        full = closed(port, requests, clients=clients, seconds=seconds)
        after = cpu_seconds(process, url)
        quotes = len(full.seconds)
        half = paced(port, requests, clients=clients, rate=quotes / full.lasted / 2, seconds=seconds)
    used = after["server"] - before["server"]
    return round(quotes / full.lasted, 1), {
        "p50_ms": half.percentile_ms(0.5),
        "p99_ms": half.percentile_ms(0.99),
        "p99_ms_at_full_load": full.percentile_ms(0.99),
        "per_core_of_the_server": round(quotes / used, 1),
        "cpu_ms_server": round(used * 1000 / quotes, 3),
        "cpu_ms_database": round((after["database"] - before["database"]) * 1000 / quotes, 3),
        "clients": clients,
        "statuses": {str(status): times for status, times in full.statuses.items()},
    }


def _in_process(url: str, baskets: list[Wanted], seconds: float) -> dict[str, float]:
    """Look and decide on one thread, sixteen baskets a look as the server does; nothing is written down."""
    with Database(url) as database:
        _until_in_memory(database)
        source, quotes = iter(baskets * 100), 0
        begun, used = time.perf_counter(), time.thread_time()
        while time.perf_counter() - begun < seconds:
            quotes += _quoted(database, list(islice(source, AT_ONCE)))
        return {
            "in_process_per_s": round(quotes / (time.perf_counter() - begun), 1),
            "in_process_per_cpu_s": round(quotes / (time.thread_time() - used), 1),
        }


def _quoted(database: Database, baskets: list[Wanted]) -> int:
    now = SystemClock().now()
    with inventory.looking(database, MARKET) as look, network.pinned(look.tx, MARKET) as atlas:
        known = promising.known_of(look.tx, atlas, now)
        goods = catalogue.goods(look.tx, MARKET, [line.item for each in baskets for line in each.lines])
        grounds = []
        for wanted in baskets:
            asks = promising.asks_for(wanted, goods)
            on = sourcing.shelves_seen(
                look, channel=wanted.channel, items=[ask.item for ask in asks], now=now
            )
            grounds.append(sourcing.grounds_on(on, asks))
    for on, wanted in zip(grounds, baskets, strict=True):
        promising.offer(on, wanted, goods, now, known=known, valid_for=VALID_FOR)
    return len(baskets)


def _until_in_memory(database: Database) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with inventory.looking(database, MARKET) as look:
            if look.from_memory:
                return
        time.sleep(0.2)
    raise SystemExit("The stock did not come into memory.")


if __name__ == "__main__":
    main()
