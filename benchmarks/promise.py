"""make bench-promise: promises replayed with mishaps; how many are kept, by how much to spare.

The product's own functions date every promise, see what became of it and learn from it, day by day; what is
tested comes after what was learned from first. The anchor adds a constant to what the books say, by method,
chosen with hindsight so that as many are kept as of ours.
"""

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.ids import new_id
from anyshelf.network import service as network
from anyshelf.network.model import Node
from anyshelf.promising import service as promising
from anyshelf.promising.model import Known, Option, Wanted, WantedLine
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Destination
from anyshelf.sourcing.service import Shelves
from asking.world import MARKET
from keeping.happening import Happening, bind, twin
from keeping.world import Truth, nodes, settle, vendor_days
from taking.measuring import database

BEGINS = datetime(2026, 6, 1, tzinfo=UTC)
STATED = 0.95
LEVELS = (0.80, 0.90, STATED, 0.98, 0.99)
BANDS = (0.0, 0.95, 0.96, 0.97, 0.98, 0.99)
SHARES = {"ship": 0.6, "pickup": 0.2, "reserve": 0.1, "deliver": 0.1}
ITEMS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A promise of the tested time: how sure it was said at each level, and what happened."""

    method: str
    said: dict[float, tuple[datetime, float]]
    books: datetime
    arrived_at: datetime


def main() -> None:
    """Measure and print; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-promise", description=__doc__)
    asked.add_argument("--promises", type=int, default=16_000)
    asked.add_argument("--days", type=int, default=180)
    asked.add_argument("--stores", type=int, default=120)
    asked.add_argument("--seed", type=int, default=5)
    given = asked.parse_args()
    late_vendors, vendors_data = vendor_days()
    tested_from = BEGINS + timedelta(days=given.days * 2 // 3)
    truth = Truth(seed=given.seed, tested_from=tested_from, vendor_days=late_vendors)
    places, shoppers, data = nodes(given.stores)
    items = [f"I{number:03}" for number in range(ITEMS)]
    begun = time.process_time()
    with database() as url, Database(url) as opened:
        settle(opened, places, items, given.seed, BEGINS)
        stores = [node for node in places if node.kind == "store"]
        replay = Replay(
            database=opened, truth=truth, shoppers=shoppers, stores=stores, items=items, seed=given.seed
        )
        ended = replay.run(given.promises, given.days)
        with opened.transaction() as tx:
            until = BEGINS + timedelta(days=given.days + 60)
            scores = promising.scores(tx, MARKET, by="all", since=tested_from, until=until)
    detail = _detail(ended) | {
        "promises": len(ended), "learned_from_first": given.promises - len(ended),
        "product_scores": {"kept_share": _short(scores[0].kept_share), "said": _short(scores[0].said)},
        "seconds_of_cpu": round(time.process_time() - begun, 1),
        "data": f"{data}; {vendors_data}; seed {given.seed}",
    }  # fmt: skip
    kept = detail["kept"]
    print(f"promise: {kept:.2%} kept at 95 %, {detail['mean_slack_hours']} hours to spare")
    anchors = {"ups_december_2025": 0.972, "fedex_december_2025": 0.953, "usps_december_2025": 0.941}
    figure = {"name": "promise", "value": kept, "unit": "share kept at 95 % confidence", "anchors": anchors}
    print(json.dumps(figure | {"detail": detail}))


@dataclass(slots=True, kw_only=True)
class Replay:
    """Day after day: promises are asked for, one option is taken of each, carried out and learned from."""

    database: Database
    truth: Truth
    shoppers: Sequence[tuple[float, float, str]]
    stores: Sequence[Node]
    items: Sequence[str]
    seed: int

    def run(self, promises: int, days: int) -> list[Ended]:
        """Replay so many promises in so many days; those of the tested time come back."""
        draw = random.Random(self.seed + 1)
        each_day = promises // days
        ended: list[Ended] = []
        with self.database.transaction() as tx:
            shelves = sourcing.shelves(tx, MARKET, channel="web", items=self.items, now=BEGINS)
            goods = catalogue.goods(tx, MARKET, list(self.items))
        for day in range(days):
            moments = sorted(draw.uniform(12, 30) for _ in range(each_day))
            with self.database.transaction() as tx:
                promising.refresh(tx, MARKET, BEGINS + timedelta(days=day, hours=10))
            for hours in moments:
                now = BEGINS + timedelta(days=day, hours=hours)
                with self.database.transaction() as tx, network.pinned(tx, MARKET):
                    one = self._one(tx, shelves, goods, draw, now)
                if one is not None and now >= self.truth.tested_from:
                    ended.append(one)
        return ended

    def _whence(self, method: str, draw: random.Random) -> tuple[Destination, tuple[str, ...]]:
        """Where somebody is; who does not want it shipped is near a store, and names it."""
        if method == "ship":
            lat, lon, postal_code = draw.choice(self.shoppers)
            return Destination(lat=lat, lon=lon, postal_code=postal_code, country="US"), ()
        near = draw.choice(self.stores)
        at = Destination(lat=near.lat + 0.05, lon=near.lon, postal_code=near.postal_code, country="US")
        return at, (near.node,)

    def _one(
        self, tx: Tx, shelves: Shelves, goods: catalogue.Goods, draw: random.Random, now: datetime
    ) -> Ended | None:
        (method,) = draw.choices(list(SHARES), list(SHARES.values()))
        place, stores = self._whence(method, draw)
        picked = draw.sample(self.items, draw.choice((1, 1, 1, 2, 3)))
        lines = tuple(WantedLine(item=item, quantity=draw.randint(1, 2)) for item in picked)
        methods = tuple(dict.fromkeys((method, "ship" if method == "ship" else "pickup")))
        asked = Wanted(channel="web", lines=lines, destination=place, stores=stores, methods=methods)
        grounds = sourcing.grounds_on(shelves, promising.asks_for(asked, goods))
        known = promising.known_of(tx, grounds.atlas, now)
        offered = promising.offer(grounds, asked, goods, now, known=known).options
        options = [each for each in offered if each.method == method] or list(offered)
        if not options:
            return None
        option = draw.choice(options)
        order_id = new_id()
        bind(tx, option, order_id, now)
        happening = Happening(tx=tx, atlas=grounds.atlas, truth=self.truth)
        happened = happening.carry_out(option, grounds, place, now)
        promising.arrived(tx, MARKET, order_id, happened.arrived_at)
        if now < self.truth.tested_from:
            return None

        def at(level: float) -> Option | None:
            surer = Known(habits=known.habits, full=known.full, sure=level)
            return twin(option, promising.offer(grounds, asked, goods, now, known=surer).options)

        said = {
            level: (each.arrives_by, each.confidence)
            for level in LEVELS
            if (each := option if level == known.sure else at(level)) is not None
        }
        return Ended(
            method=_named(option), said=said, books=happened.by_the_books, arrived_at=happened.arrived_at
        )


def _named(option: Option) -> str:
    """The method, apart where goods come to the store from elsewhere."""
    if option.method == "pickup" and any(shipment.service for shipment in option.shipments):
        return "ship_to_store"
    return "express" if option.speed == "express" else option.method


# What it comes to


def _detail(ended: Sequence[Ended]) -> dict[str, object]:
    by_method: dict[str, list[Ended]] = defaultdict(list)
    for each in ended:
        by_method[each.method].append(each)
    padding = {method: _padding(those) for method, those in by_method.items()}
    padded = [
        (each.books + timedelta(hours=padding[each.method]) - each.arrived_at).total_seconds() / 3600
        for each in ended
    ]
    curve = {str(round(level * 100)): _at(ended, level) for level in LEVELS}
    books = [(each.books - each.arrived_at).total_seconds() / 3600 for each in ended]
    return {
        "kept": curve["95"]["kept"],
        "mean_slack_hours": curve["95"]["mean_slack_hours"],
        "by_method": {
            method: _at(those, STATED) | {"padding_hours": padding[method]}
            for method, those in sorted(by_method.items())
        },
        "calibration": curve,
        "reliability": _reliability(ended),
        "constant_padding": _kept(padded),
        "books_alone": _kept(books),
    }  # fmt: skip


def _reliability(ended: Sequence[Ended]) -> list[dict[str, float]]:
    """Those promised at 95 %, by how sure they were said to be: as many as said should be kept."""
    bands: dict[float, list[Ended]] = defaultdict(list)
    for each in ended:
        if STATED in each.said:
            bands[max(edge for edge in BANDS if edge <= each.said[STATED][1])].append(each)
    return [{"from": edge} | _at(bands[edge], STATED) for edge in sorted(bands)]


def _at(ended: Sequence[Ended], level: float) -> dict[str, float]:
    there = [each for each in ended if level in each.said]
    slack = [(each.said[level][0] - each.arrived_at).total_seconds() / 3600 for each in there]
    said = float(np.mean([each.said[level][1] for each in there]))
    return {"promises": len(there), "said": _short(said) or 0.0} | _kept(slack)


def _kept(slack_hours: Sequence[float]) -> dict[str, float]:
    """How many are kept, how long before their time all come on average, and those that are kept."""
    slack = np.array(slack_hours)
    return {
        "kept": round(float((slack >= 0).mean()), 4),
        "mean_slack_hours": round(float(slack.mean()), 2),
        "mean_slack_hours_of_kept": round(float(slack[slack >= 0].mean()), 2),
    }


def _padding(ended: Sequence[Ended]) -> float:
    """The least constant, in hours, with which the books keep as many of these as we do."""
    kept = sum(each.said[STATED][0] >= each.arrived_at for each in ended if STATED in each.said)
    short = sorted((each.arrived_at - each.books).total_seconds() / 3600 for each in ended)
    return round(short[max(0, kept - 1)] + 0.005, 2)


def _short(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)


if __name__ == "__main__":
    main()
