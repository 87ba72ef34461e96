"""make bench-collect: steps of journeys through POST /v1/journey/batch, and what each one costs."""

import argparse
import json
import random
import time

import psycopg

from anyshelf.ground.auth import Principal, make_key
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from taking import clients
from taking.measuring import MARKET, cpu_seconds, database, server

SEED = 11
VISITORS = 20_000
SIGNED_IN_SHARE = 0.2
REPEATED_SHARE = 0.02
EVENTS = ("Product Viewed", "Product List Viewed", "Products Searched", "Product Added", "Cart Viewed")
ANCHOR_SQL = (
    "INSERT INTO anchor (message_id, name, who, item, properties, happened_at)"
    " SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::jsonb[], %s::timestamptz[])"
    " ON CONFLICT DO NOTHING"
)


def main() -> None:
    """Measure, compare and print; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-collect", description=__doc__)
    asked.add_argument("--events", type=int, default=100_000)
    asked.add_argument("--batch", type=int, default=100)
    asked.add_argument("--clients", type=int, default=8)
    given = asked.parse_args()
    draw = random.Random(SEED)
    with database() as url:
        _open(url)
        with server(url) as (port, process):
            _send(port, _batches(draw, given.events // 10, given.batch), given.clients)  # warm
            batches = _batches(draw, given.events, given.batch)
            before = cpu_seconds(process, url)
            tally = _send(port, batches, given.clients)
            after = cpu_seconds(process, url)
        kept = _kept(url)
        limit = _by_hand(url, given.events, given.batch)
    sent = sum(len(batch) for batch in batches)
    spent = {who: (after[who] - before[who]) * 1e6 / sent for who in after}
    rate = sent / tally.lasted
    print(f"collect: {rate:,.0f} events/s; the bare insert by hand {limit:,.0f}")
    print(json.dumps({
        "name": "collect",
        "value": round(rate, 1),
        "unit": "events/s",
        "anchors": {"asked_for": 5000, "bare_insert_by_hand": round(limit, 1)},
        "detail": {
            "cpu_us_per_event": round(sum(spent.values()), 1), "cpu_us_server": round(spent["server"], 1),
            "cpu_us_database": round(spent["database"], 1), "p50_ms": tally.percentile_ms(0.5),
            "p99_ms": tally.percentile_ms(0.99), "ratio_to_limit": round(rate / limit, 3), "events": sent,
            "kept": kept, "batch": given.batch, "clients": given.clients,
            "events_per_s_on_two_cores_by_cpu": round(2e6 / sum(spent.values())),
            "statuses": {str(status): times for status, times in tally.statuses.items()},
            "data": f"generated, seed {SEED}",
        },
    }))  # fmt: skip


def _open(url: str) -> None:
    with Database(url) as opened, opened.transaction() as tx:
        open_market(tx, MARKET, currency="USD")
        make_key(tx, Principal(market=MARKET, name="bench", roles=("administrator",)), SystemClock().now())


def _batches(draw: random.Random, count: int, size: int) -> list[list[dict]]:
    """Batches as pages send them: visitors come back, a fifth is signed in, some messages come twice."""
    found, last = [], None
    for _ in range(count // size):
        batch = []
        for _ in range(size):
            again = last is not None and draw.random() < REPEATED_SHARE
            last = last if again else _message(draw)
            batch.append(last)
        found.append(batch)
    return found


def _message(draw: random.Random) -> dict:
    visitor = draw.randrange(VISITORS)
    signed_in = visitor < VISITORS * SIGNED_IN_SHARE
    item = f"I{draw.randrange(1000):04d}"
    return {
        "type": "track",
        "messageId": str(new_id()),
        "anonymousId": f"visitor-{visitor}",
        "userId": f"user-{visitor}" if signed_in else None,
        "event": draw.choice(EVENTS),
        "properties": {
            "product_id": item, "query": "lamp", "price": 19.99, "currency": "USD", "category": "lighting",
            "session_id": f"s-{visitor}-{draw.randrange(4)}", "position": draw.randrange(40),
        },
        "context": {"page": {"path": f"/p/{item}"}, "userAgent": "Mozilla/5.0", "locale": "en-US"},
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }  # fmt: skip


def _send(port: int, batches: list[list[dict]], at_once: int) -> clients.Tally:
    bodies = [json.dumps({"batch": batch}).encode() for batch in batches]
    return clients.send_all("127.0.0.1", port, "/v1/journey/batch", bodies, at_once)


def _kept(url: str) -> int:
    with psycopg.connect(url) as asking:
        return int(asking.execute("SELECT count(*) FROM insight_entries").fetchone()[0])


def _by_hand(url: str, count: int, size: int) -> float:
    """The bare insert: the same rows without checks, handles or indexes but the key, by one connection."""
    draw = random.Random(SEED)
    messages = [_message(draw) for _ in range(min(count, 20_000))]
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE anchor (message_id uuid PRIMARY KEY, name text, who uuid, item text,"
            " properties jsonb, happened_at timestamptz)"
        )
        connection.commit()
        began = time.perf_counter()
        for start in range(0, len(messages), size):
            part = messages[start : start + size]
            said = [each["properties"] for each in part]
            connection.execute(ANCHOR_SQL, [
                [each["messageId"] for each in part], [each["event"] for each in part],
                [new_id() for _ in part], [each["product_id"] for each in said],
                [json.dumps(each) for each in said], [each["timestamp"] for each in part],
            ])  # fmt: skip
            connection.commit()
        return len(messages) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
