"""Writes the network of a replay as the files `anyshelf load` reads.

Figures nobody has published are drawn from a seed, and the report says so: centres at real distribution
cities, each item's weight (from its price and what its name says), and all stock. Prices are the median the
shop charged, its pounds taken as dollars one to one. Stock is sized by the year's demand of the replay
itself, so that nearly all can be served and not quite all: centres hold each item's demand times a factor,
stores a few of a random assortment, and most of the orders meant for a counter find their goods there.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Any

import numpy as np

from replay.geography import distances_km
from replay.shoppers import SHIP, Wish
from replay.stream import Operation, Place, code_of, fault, price_minor
from replay.world import Home, Row, Site, World

CURRENCY = "USD"
COST_SHARE = 0.55
STORE_POSITIONS = 125
STORE_UNITS_MEAN = 3.0
COUNTER_STOCKED_SHARE = 0.85
SCARCE_SHARE = 0.09
SCARCE_FACTOR = (0.45, 0.95)
PLENTY_FACTOR = (1.05, 1.4)
CENTRE_CARRIES = 0.93
CENTRE_UNEVENNESS = 8.0

GRAMS_PER_PRICE = 110.0
PRICE_POWER = 0.65
WEIGHT_G = (15, 15_000)
HEAVY = re.compile(r"METAL|IRON|CERAMIC|GLASS|WOOD|DOORSTOP|LANTERN|CABINET|CHAIR|BOWL|TEAPOT|MUG|STONE")
LIGHT = re.compile(r"PAPER|CARD|WRAP|STICKER|NAPKIN|TISSUE|BUNTING|RIBBON|BAG|FELT|FEATHER|BALLOON")
PIECES = re.compile(r"(?:SET|PACK|BOX) (?:OF |/)?(\d+)|SET/(\d+)")

CHANNELS = (
    ("web", "web"),
    ("app", "app"),
    ("call_centre", "call_centre"),
    ("till", "store"),
)
STORE_HOURS = "Mo-Sa 08:00-22:00; Su 09:00-20:00"
CENTRE_HOURS = "24/7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """An item of the shop: what it is called, costs and weighs."""

    item: str
    name: str
    price_minor: int
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, in figures."""

    nodes: int
    items: int
    positions: int
    units: int
    zones: int
    rates: int

    def as_json(self) -> dict[str, int]:
        """The figures as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def write_network(
    folder: Path, world: World, operations: Sequence[Operation], wishes: Mapping[str, Wish], *, seed: int
) -> Written:
    """Write the network these operations are replayed on: the same world and seed give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    orders = [operation for operation in operations if isinstance(operation, Place)]
    items = goods(world.rows, orders, seed=seed)
    held = stock(world, [good.item for good in items], orders, wishes, seed=seed)
    _write(folder / "nodes.csv", NODES, _nodes(world))
    _write(folder / "items.csv", ITEMS, map(_item, items))
    _write(folder / "stock.csv", ("node", "item", "on_hand"), ((*at, many) for at, many in held.items()))
    rates = _write(folder / "rates.csv", ("service", "zone", "weight_g_max", "amount"), world.rates)
    columns = ("origin_postal_prefix", "destination_postal_prefix", "zone")
    zones = _write(folder / "zones.csv", columns, world.zones()) if world.is_real else 0
    channels = ((channel, kind, CURRENCY, 0) for channel, kind in CHANNELS)
    _write(folder / "channels.csv", ("channel", "kind", "currency", "holdback"), channels)
    return Written(
        nodes=len(world.stores) + len(world.centres),
        items=len(items),
        positions=len(held),
        units=sum(held.values()),
        zones=zones,
        rates=rates,
    )


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a file; returns how many rows it has."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for written, row in enumerate(rows, 1):  # noqa: B007  counted as they stream past
            writer.writerow(row)
    return written


# Places


NODES = (
    "node", "kind", "name", "lat", "lon", "country", "postal_code", "timezone", "hours", "cutoff",
    "processing_minutes", "capacity_per_day", "capabilities", "channels",
)  # fmt: skip


def _nodes(world: World) -> Iterator[Sequence[Any]]:
    """Every place. None has a capacity: the replay presses a year into minutes, and all its days into one."""
    channels = ";".join(channel for channel, _ in CHANNELS)
    for site in world.centres:
        yield _node(site, ("dc", CENTRE_HOURS, "18:00", 120, "ship;return"), channels)
    for site in world.stores:
        yield _node(site, ("store", STORE_HOURS, "15:00", 60, "ship;pickup;return"), channels)


def _node(site: Site, how: tuple[str, str, str, int, str], channels: str) -> Sequence[Any]:
    kind, hours, cutoff, minutes, capabilities = how
    return (
        site.node, kind, site.name, f"{site.lat:.6f}", f"{site.lon:.6f}", "US", site.postal_code,
        site.timezone, hours, cutoff, minutes, "", capabilities, channels,
    )  # fmt: skip


# Goods


ITEMS = ("item", "name", "weight_g", "price", "cost", "currency")


def _item(good: Good) -> Sequence[Any]:
    cost_minor = round(good.price_minor * COST_SHARE)
    return good.item, good.name, good.weight_g, money(good.price_minor), money(cost_minor), CURRENCY


def money(minor: int) -> str:
    """An amount as the files and the API write it."""
    return f"{minor // 100}.{minor % 100:02d}"


def goods(rows: Sequence[Row], orders: Sequence[Place], *, seed: int) -> list[Good]:
    """Every item that is ordered, by code: named as most often, priced at the median."""
    rng = np.random.default_rng((seed, 3))
    names: dict[str, Counter[str]] = defaultdict(Counter)
    prices: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if fault(row) is None and row.quantity > 0:
            names[code_of(row)][" ".join(row.description.split())] += 1
            prices[code_of(row)].append(price_minor(row))
    made = []
    for item in sorted({line.item for order in orders for line in order.lines}):
        name = max(names[item].items(), key=lambda found: (found[1], found[0]))[0]
        price = median_low(prices[item])
        made.append(
            Good(item=item, name=name or item, price_minor=price, weight_g=_weight_g(rng, name, price))
        )
    return made


def _weight_g(rng: np.random.Generator, name: str, price: int) -> int:
    """A weight that fits the price and the words of the name, with some luck in it."""
    grams = GRAMS_PER_PRICE * (price / 100) ** PRICE_POWER * rng.lognormal(0, 0.3)
    grams *= 2.2 if HEAVY.search(name) else 0.4 if LIGHT.search(name) else 1.0
    pieces = PIECES.search(name)
    if pieces:
        grams *= min(3.0, 1 + int(pieces[1] or pieces[2]) / 12)
    return int(np.clip(grams, *WEIGHT_G))


# Stock


def stock(
    world: World, items: Sequence[str], orders: Sequence[Place], wishes: Mapping[str, Wish], *, seed: int
) -> dict[tuple[str, str], int]:
    """What lies where at the beginning, by (node, item): of scarce items, only centres have any."""
    rng = np.random.default_rng((seed, 4))
    shipped: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    counter: Counter[tuple[str, str]] = Counter()
    stocked = rng.random(len(orders)) < COUNTER_STOCKED_SHARE
    for order, there in zip(orders, stocked.tolist(), strict=True):
        wish = wishes[order.external_id]
        for line in order.lines:
            lines[line.item] += 1
            if wish.method != SHIP and there:
                counter[wish.store, line.item] += line.quantity
            else:
                shipped[line.item] += line.quantity
    held: Counter[tuple[str, str]] = Counter()
    scarce = {items[place] for place in np.flatnonzero(rng.random(len(items)) < SCARCE_SHARE).tolist()}
    carried = [item for item in items if item not in scarce]
    _fill_stores(rng, held, world.stores, [(item, lines[item]) for item in carried])
    _fill_centres(rng, held, world, [(item, shipped[item]) for item in carried], PLENTY_FACTOR)
    _fill_centres(
        rng, held, world, [(item, shipped[item]) for item in items if item in scarce], SCARCE_FACTOR
    )
    held.update(counter)
    return dict(sorted(held.items()))


def _fill_centres(
    rng: np.random.Generator,
    held: Counter[tuple[str, str]],
    world: World,
    shipped: Sequence[tuple[str, int]],
    factor: tuple[float, float],
) -> None:
    """Each item's demand times a factor, parted over the centres by the people near them, unevenly."""
    people = _people_near(world.centres, world.homes)
    for item, units in shipped:
        wanted = round(units * rng.uniform(*factor))
        carried = rng.random(len(people)) < CENTRE_CARRIES
        shares = rng.dirichlet(CENTRE_UNEVENNESS * people) * (carried if carried.any() else 1)
        for site, many in zip(world.centres, rng.multinomial(wanted, shares / shares.sum()), strict=True):
            if many:
                held[site.node, item] = int(many)


def _people_near(centres: Sequence[Site], homes: Sequence[Home]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The share of people who live nearer to each centre than to the others, times the number of centres."""
    nearest = np.argmin([distances_km(homes, centre.lat, centre.lon) for centre in centres], axis=0)
    people = np.bincount(nearest, weights=[home.weight for home in homes], minlength=len(centres))
    share: np.ndarray[Any, np.dtype[np.float64]] = np.maximum(people / people.sum(), 0.01)
    return share * len(centres)


def _fill_stores(
    rng: np.random.Generator,
    held: Counter[tuple[str, str]],
    stores: Sequence[Site],
    lines: Sequence[tuple[str, int]],
) -> None:
    """Each store a random assortment, popular items more often, and a few of each."""
    wanted = np.sqrt([many + 1.0 for _, many in lines])
    size = min(STORE_POSITIONS, len(lines) // 3)
    for store in stores:
        # the largest of log-uniform / weight: a weighted sample without replacement (Efraimidis and Spirakis)
        chosen = np.argpartition(np.log(rng.random(len(lines))) / wanted, -size)[-size:]
        units = 1 + rng.poisson(STORE_UNITS_MEAN - 1, size)
        for place, many in zip(chosen.tolist(), units.tolist(), strict=True):
            held[store.node, lines[place][0]] = many
