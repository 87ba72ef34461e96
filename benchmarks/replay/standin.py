"""A generated world in the shape of the real one, for machines without the shared data.

A year of invoices: baskets of few or many lines, a long tail of items, guests and regulars, cancellations,
and the odd rows real files have (postage, stock adjustments, nothing paid). Everything follows from the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import numpy as np

from anyshelf.network.model import Node
from anyshelf.simulator.demo import places
from anyshelf.simulator.demo.tariff import rates
from replay.geography import distances_km
from replay.shared import centres
from replay.world import Home, Rate, Row, Site, World

INVOICES = 4000
STORES = 400
ITEMS = 800
CUSTOMERS = 900
STORES_NEAR = 5
YEAR_MINUTES = 365 * 24 * 60
BEGINNING = datetime(2010, 12, 1, 8)  # noqa: DTZ001  shops write local time

GUEST_SHARE = 0.15
TAKEN_BACK_SHARE = 0.15
UNFOUND_SHARE = 0.1  # of take-backs: of something nobody bought
POSTAGE_SHARE = 0.05
ADJUSTMENT_SHARE = 0.03
UNPAID_SHARE = 0.02
DUPLICATE_SHARE = 0.02
LINES_MEAN_LOG, LINES_SPREAD_LOG, LINES_MAX = 1.6, 1.1, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """Something the stand-in's shop sells."""

    code: str
    description: str
    price: float


def draw(seed: int, *, invoices: int = INVOICES) -> World:
    """The stand-in of this seed, with so many sales and the take-backs that follow them."""
    rng = np.random.default_rng(seed)
    cities = places.cities()
    stores = [_site(node) for node in places.stores(rng, cities, STORES)]
    return World(
        said=f"Generated from seed {seed}: the shared data is not there. No figure of it is a real shop's.",
        rows=sorted(_rows(rng, invoices), key=lambda row: (row.at, row.invoice)),
        stores=stores,
        centres=centres(),
        homes=list(_homes(cities, stores)),
        rates=[
            Rate(service, zone, weight_g, str(amount)) for service, zone, weight_g, amount, _days in rates()
        ],
    )


def _site(node: Node) -> Site:
    return Site(
        node=node.node,
        name=node.name,
        lat=node.lat,
        lon=node.lon,
        postal_code=node.postal_code,
        timezone=node.timezone,
    )


def _homes(cities: list[places.City], stores: list[Site]) -> Iterator[Home]:
    people = sum(city.population for city in cities)
    for city in cities:
        nearest = np.argsort(distances_km(stores, city.lat, city.lon), kind="stable")[:STORES_NEAR]
        yield Home(
            postal_code=city.postal_code,
            lat=city.lat,
            lon=city.lon,
            weight=city.population / people,
            stores=tuple(stores[place].node for place in nearest.tolist()),
        )


def _goods(rng: np.random.Generator) -> list[Good]:
    words = (
        ("Red", "Blue", "Ivory", "Vintage", "Striped", "Spotted", "Floral", "Rustic"),
        ("Metal", "Wooden", "Paper", "Ceramic", "Glass", "Felt", "Tin", "Cotton"),
        (
            "Lantern",
            "Bunting",
            "Mug",
            "Cushion",
            "Napkins",
            "Frame",
            "Doorstop",
            "Lunch Box",
            "Candle",
            "Card",
        ),
    )
    return [
        Good(
            code=str(20000 + number),
            description=" ".join(str(rng.choice(some)) for some in words).upper(),
            price=round(float(rng.lognormal(0.9, 0.8)) + 0.2, 2),
        )
        for number in range(ITEMS)
    ]


def _rows(rng: np.random.Generator, invoices: int) -> Iterator[Row]:
    goods = _goods(rng)
    wanted = 1 / np.arange(1, ITEMS + 1) ** 0.8
    wanted /= wanted.sum()
    numbers = count(500_000)
    for minute in np.sort(rng.integers(0, YEAR_MINUTES, invoices)).tolist():
        sold = list(_invoice(rng, goods, wanted, str(next(numbers)), BEGINNING + timedelta(minutes=minute)))
        yield from sold
        if rng.random() < TAKEN_BACK_SHARE:
            yield from _taken_back(rng, sold, f"C{next(numbers)}")
        if rng.random() < ADJUSTMENT_SHARE:
            gone = int(rng.integers(1, 50))
            yield sold[0]._replace(invoice=str(next(numbers)), quantity=-gone, price=0.0, customer="")


def _invoice(
    rng: np.random.Generator, goods: list[Good], wanted: np.ndarray, invoice: str, at: datetime
) -> Iterator[Row]:
    guest = rng.random() < GUEST_SHARE
    customer = "" if guest else str(12_000 + int(CUSTOMERS * rng.random() ** 2))
    lines = min(LINES_MAX, 1 + int(rng.lognormal(LINES_MEAN_LOG, LINES_SPREAD_LOG)))
    for place in rng.choice(ITEMS, lines, replace=False, p=wanted).tolist():
        good, quantity = goods[place], 1 + int(rng.lognormal(1, 1))
        price = 0.0 if rng.random() < UNPAID_SHARE else good.price
        row = Row(invoice, good.code, good.description, quantity, at, price, customer)
        yield row
        if rng.random() < DUPLICATE_SHARE:
            yield row
    if rng.random() < POSTAGE_SHARE:
        yield Row(invoice, "POST", "POSTAGE", 1, at, 18.0, customer)


def _taken_back(rng: np.random.Generator, sold: list[Row], invoice: str) -> Iterator[Row]:
    """Some of an invoice comes back minutes to weeks later; now and then something nobody bought."""
    at = sold[0].at + timedelta(minutes=int(rng.lognormal(7.5, 2)))
    for row in sold[: 1 + int(rng.integers(0, len(sold)))]:
        if row.code != "POST":
            many = int(rng.integers(1, row.quantity + 1))
            code = str(20_000 + ITEMS) if rng.random() < UNFOUND_SHARE else row.code
            yield row._replace(invoice=invoice, code=code, quantity=-many, at=at)
