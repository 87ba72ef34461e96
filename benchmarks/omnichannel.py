"""What pooled stock is worth on a real shop's demand, against silos with the same stock in the same places.

Run: `python benchmarks/omnichannel.py`. A year of complete_journey, four weeks at a time: the busiest
stores, laid on sites of us_store_network drawn anew for each period (the data say nothing of where its
stores lie), and the most sold goods. A fifth of the baskets, by a fixed draw, is ordered online: the data
have no web shop. Each place begins with what the eight weeks before sold there, for four weeks and one
deviation; nothing comes after. In silos the web has the centres' stock and stores have their own; pooled,
both have both, and half of those who miss a thing on a shelf have it sent. Goods weigh 500 g and cost 70
% of their price: the data do not say. Freight is the demo's invented tariff. The last line is the figure
as JSON.
"""

import argparse
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from anyshelf.doors.files.scenarios import read_scenario
from anyshelf.network.model import Node, Rate
from anyshelf.simulator import service
from anyshelf.simulator.demo import places as demo_places
from anyshelf.simulator.demo.tariff import rates as demo_rates
from anyshelf.simulator.model import SHIP, WALK_IN, Setting
from anyshelf.simulator.rules import Interval, interval, paired
from anyshelf.simulator.world import Day, Goods, Place, Stage, World, play, stage_of
from anyshelf.simulator.world.demand import with_luck
from anyshelf.simulator.world.stage import GROUND
from anyshelf.simulator.world.tally import figures_of

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("ANYSHELF_SHARED_DATA", ROOT.parent / "shared" / "data"))
SALES, SITES = DATA / "complete_journey" / "transactions.parquet", DATA / "us_store_network" / "nodes.parquet"
PERIOD_DAYS, PERIODS, BEFORE = 28, 13, 2
ONLINE_SHARE, COST_SHARE, GRAMS, UNITS_MAX = 0.2, 0.7, 500, 30
TOLD = ("lost_sales", "revenue", "cost_per_order", "days_to_door", "fill_rate", "split_rate", "contribution")
POOLED = Setting(
    days=PERIOD_DAYS, replenished=False, markdown_share=0.0, substitute_share=0.0, return_share_online=0.0,
    return_share_walk_in=0.0, switch_share=0.5,
)  # fmt: skip
SILOS = replace(POOLED, online_from=("dc",), endless_aisle=False, pickup=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sold:
    """Lines of baskets, in the order of time: day of the year, minute, basket, store, goods, units."""

    day: np.ndarray
    minute: np.ndarray
    basket: np.ndarray
    store: np.ndarray
    item: np.ndarray
    units: np.ndarray
    online: np.ndarray
    price_minor: np.ndarray


def main() -> None:
    """Play, compare and print."""
    asked = argparse.ArgumentParser(prog="bench-omnichannel", description=__doc__)
    asked.add_argument("--stores", type=int, default=100)
    asked.add_argument("--items", type=int, default=2_000)
    asked.add_argument("--periods", type=int, default=PERIODS - BEFORE)
    given = asked.parse_args()
    start = time.process_time()
    if SALES.exists() and SITES.exists():
        silos, pooled = real(given.stores, given.items, given.periods)
        said = f"real: complete_journey 2017, {given.stores} stores on drawn sites, {given.items} goods"
    else:
        silos, pooled = stand_in()
        said = "generated: complete_journey or us_store_network is not here"
    detail = {
        name: {
            "silos": told(interval([each[name] for each in silos])),
            "pooled": told(interval([each[name] for each in pooled])),
            "change": told(paired([each[name] for each in silos], [each[name] for each in pooled])),
        }
        for name in TOLD
    }
    for name, each in detail.items():
        print(f"{name:<16}{each['silos']}  {each['pooled']}  change {each['change']}")
    saved = -detail["lost_sales"]["change"][0] / detail["lost_sales"]["silos"][0]
    print(json.dumps({
        "name": "omnichannel", "value": round(saved, 4), "unit": "share of lost sales saved by pooling",
        "anchors": {"silos": 0.0},
        "detail": {
            **detail, "as": "[mean, half of the 95 % interval]", "replications": len(silos), "data": said,
            "cpu_s": round(time.process_time() - start, 1),
        },
    }))  # fmt: skip


def told(found: Interval) -> list[float]:
    """A mean and half its interval, in the few digits that are read."""
    return [round(found.mean, 4), round(found.half or 0.0, 4)]


def stand_in() -> tuple[list, list]:
    """The shipped scenario on an invented shop, where the data are missing."""
    answer = service.run(read_scenario("silos-to-pooled"), replications=5)
    return tuple([each.figures for each in played] for played in answer.played)


def real(stores: int, items: int, periods: int) -> tuple[list, list]:
    """The figures of silos and of one pool, period by period."""
    sold, sites = read(stores, items), read_sites()
    silos, pooled = [], []
    for period in range(BEFORE, min(PERIODS, BEFORE + periods)):
        rng = np.random.default_rng(period)
        stage = laid_out(sold, sites[rng.choice(len(sites), stores, replace=False)], rng)
        level = opening(sold, stage, period, rng)
        for setting, told_ in ((SILOS, silos), (POOLED, pooled)):
            world = World(stage, setting, level, period)
            told_.append(figures_of(play(world, lambda day, at=period, on=stage: orders(sold, on, at, day))))
    return silos, pooled


def read(stores: int, items: int) -> Sold:
    """The busiest stores' lines of the most sold goods."""
    import pyarrow.parquet as pq  # noqa: PLC0415  not needed by the stand-in

    names = ["store_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp"]
    store, basket, product, units, value, when = (
        pq.read_table(SALES, columns=names)[name].to_numpy() for name in names
    )
    fine = (units > 0) & (units <= UNITS_MAX) & (value > 0) & (when < np.datetime64("2017-12-31"))
    fine &= np.isin(store, busiest(store[fine], units[fine], stores))
    fine &= np.isin(product, busiest(product[fine], units[fine], items))
    order = np.argsort(when[fine], kind="stable")
    store, basket, product, units, value, when = (
        each[fine][order] for each in (store, basket, product, units, value, when)
    )
    day = (when.astype("datetime64[D]") - np.datetime64("2017-01-01")).astype(np.int64)
    minute = (when - when.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64)
    _, item = np.unique(product, return_inverse=True)
    each, number = np.unique(basket, return_inverse=True)
    drawn = np.random.default_rng(20).random(len(each)) < ONLINE_SHARE
    price = np.bincount(item, weights=value) / np.bincount(item, weights=units)
    return Sold(
        day=day, minute=minute, basket=number, store=np.unique(store, return_inverse=True)[1], item=item,
        units=units.astype(np.int64), online=drawn[number],
        price_minor=np.maximum(1, np.round(price * 100)).astype(np.int64),
    )  # fmt: skip


def busiest(codes: np.ndarray, units: np.ndarray, count: int) -> np.ndarray:
    """The codes of most units."""
    known, number = np.unique(codes, return_inverse=True)
    return known[np.argsort(-np.bincount(number, weights=units), kind="stable")[:count]]


def read_sites() -> np.ndarray:
    """Where real stores lie: [sites, 2] degrees."""
    import pyarrow.parquet as pq  # noqa: PLC0415  not needed by the stand-in

    table = pq.read_table(SITES, columns=["lat", "lon"])
    return np.column_stack([table[name].to_numpy() for name in ("lat", "lon")])


def laid_out(sold: Sold, sites: np.ndarray, rng: np.random.Generator) -> Stage:
    """The stores on these sites with the demo's centres; shoppers live a few kilometres from their store."""
    nodes = [
        Node(node=f"S{number:03}", kind="store", name="", lat=lat, lon=lon)
        for number, (lat, lon) in enumerate(sites.tolist())
    ]
    homes = sites + rng.normal(0, 0.05, sites.shape)
    goods = Goods(
        codes=tuple(f"I{number:05}" for number in range(len(sold.price_minor))),
        weight_g=np.full(len(sold.price_minor), GRAMS), price_minor=sold.price_minor,
        cost_minor=np.round(sold.price_minor * COST_SHARE).astype(np.int64),
        wanted=np.ones(len(sold.price_minor)),
    )  # fmt: skip
    rates = [
        Rate(service=name, zone=zone, weight_g_max=grams, amount_minor=amount.minor, transit_days=days)
        for name, zone, grams, amount, days in demo_rates()
        if name == GROUND
    ]
    places = [Place(lat=lat, lon=lon, postal_code="", weight=1.0) for lat, lon in homes.tolist()]
    return stage_of([*nodes, *demo_places.centres(demo_places.cities())], rates, goods, places)


def opening(sold: Sold, stage: Stage, period: int, rng: np.random.Generator) -> np.ndarray:
    """What each place begins with, by what it sold in the periods before: [items, nodes] units."""
    index = stage.atlas.index
    before = (sold.day >= (period - BEFORE) * PERIOD_DAYS) & (sold.day < period * PERIOD_DAYS)
    mean = np.zeros((len(stage.goods.codes), len(stage.atlas.nodes)))
    shop = np.array([index[f"S{number:03}"] for number in range(int(sold.store.max()) + 1)])
    tills, web = before & ~sold.online, before & sold.online
    np.add.at(mean, (sold.item[tills], shop[sold.store[tills]]), sold.units[tills] / BEFORE)
    centres = np.flatnonzero(~stage.is_store)
    sent = np.bincount(sold.item[web], weights=sold.units[web], minlength=len(mean)) / BEFORE
    mean[:, centres] = sent[:, None] / len(centres)
    return np.floor(mean + np.sqrt(mean) + rng.random(mean.shape)).astype(np.int64)


def orders(sold: Sold, stage: Stage, period: int, day: int) -> Day:
    """The baskets of a day: at the till of their store, or from home."""
    today = sold.day == period * PERIOD_DAYS + day
    _, first, order = np.unique(sold.basket[today], return_index=True, return_inverse=True)
    by_time = np.argsort(first, kind="stable")
    rank = np.empty_like(by_time)
    rank[by_time] = np.arange(len(by_time))
    shop = np.array([stage.atlas.index[f"S{number:03}"] for number in range(len(stage.places))])
    place = sold.store[today][first][by_time]
    return with_luck(
        kind=np.where(sold.online[today][first][by_time], SHIP, WALK_IN),
        minute=sold.minute[today][first][by_time], place=place, store=shop[place], order=rank[order],
        item=sold.item[today], units=sold.units[today], setting=POOLED, replication=period, day=day,
    )  # fmt: skip


if __name__ == "__main__":
    main()
