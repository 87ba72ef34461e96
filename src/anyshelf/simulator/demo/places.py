"""The demo's places: cities from a list; stores, centres, vendors and shoppers in them."""

import csv
import math
from dataclasses import dataclass
from datetime import time
from importlib.resources import files

import numpy as np

from anyshelf.network.model import Floats, Node

COUNTRY = "US"
KM_PER_DEGREE = 111.2
STORE_SPREAD_KM = 9.0
BIG_CITY_DAMPING = 0.6  # a city ten times as large has four times the stores
COUNTER_ONLY_SHARE = 0.08
AT_COUNTERS = ("pickup", "reserve", "deliver", "return")
"""What every store does; most of them send parcels, too."""

DC_CITIES = (
    ("Reno", "NV"),
    ("Ontario", "CA"),
    ("Dallas", "TX"),
    ("Atlanta", "GA"),
    ("Columbus", "OH"),
    ("Allentown", "PA"),
)
QUARTERS = (
    "Downtown", "North", "South", "East", "West", "Riverside", "Market Square", "University", "Old Mill",
    "Parkway", "Lakeside", "Station", "Highland", "Commons", "Harbor", "Galleria", "Crossing", "Gateway",
    "Oak Hill", "Meadows",
)  # fmt: skip
STORE_HOURS = (
    "Mo-Sa 09:00-20:00; Su 10:00-18:00",
    "Mo-Sa 10:00-21:00; Su 11:00-19:00",
    "Mo-Fr 08:00-21:00; Sa 09:00-21:00; Su 10:00-18:00",
    "Mo-Sa 09:30-19:00; Su 12:00-17:00",
)
FIRST_NAMES = (
    "Ada", "Ben", "Carla", "Dev", "Elena", "Felix", "Grace", "Hiro", "Ines", "Jonas", "Keisha", "Liam",
    "Maya", "Noor", "Omar", "Priya", "Quinn", "Rosa", "Sam", "Tara", "Uma", "Victor", "Wen", "Yara", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Bauer", "Castillo", "Diaz", "Ellis", "Fischer", "Garcia", "Hughes", "Ivanov", "Jensen", "Kim",
    "Lopez", "Morgan", "Nguyen", "Okafor", "Patel", "Reyes", "Silva", "Tran", "Walker", "Young",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city of the list; the postal code is the one closest to its centre."""

    name: str
    state: str
    lat: float
    lon: float
    postal_code: str
    timezone: str
    population: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    """Somebody who buys, and where they live."""

    customer: str
    name: str
    email: str
    city: City
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoVendor:
    """A vendor who ships in our name: what it makes, where, and how long it has to say yes."""

    vendor: str
    name: str
    city: tuple[str, str]
    categories: tuple[str, ...]
    ack_minutes: int


VENDORS = (
    DemoVendor(
        vendor="FURNISH", name="Grand Rapids Furnishing", city=("Grand Rapids", "MI"),
        categories=("furniture", "lamps"), ack_minutes=240,
    ),
    DemoVendor(
        vendor="STRIDE", name="Stride Footwear", city=("Portland", "OR"), categories=("shoes",),
        ack_minutes=120,
    ),
    DemoVendor(
        vendor="SUMMIT", name="Summit Outdoor Supply", city=("Denver", "CO"),
        categories=("outdoor", "sports"), ack_minutes=240,
    ),
    DemoVendor(
        vendor="HEARTH", name="Hearth & Table", city=("Providence", "RI"), categories=("kitchen",),
        ack_minutes=480,
    ),
    DemoVendor(
        vendor="MARBLES", name="Marbles Toy Works", city=("Minneapolis", "MN"),
        categories=("toys", "stationery"), ack_minutes=240,
    ),
)  # fmt: skip


def cities() -> list[City]:
    """The cities of the list, the largest first."""
    with (files("anyshelf.simulator.demo") / "cities.csv").open(encoding="utf-8") as file:
        return [
            City(
                name=row["city"],
                state=row["state"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                postal_code=row["postal_code"],
                timezone=row["timezone"],
                population=int(row["population"]),
            )
            for row in csv.DictReader(file)
        ]


def shares(weights: list[float], total: int) -> list[int]:
    """A total parted by weights into whole numbers by Webster's method; ties go by order."""
    wanted = np.array(weights, dtype=np.float64)
    quotients = wanted[:, None] / (2 * np.arange(_most(wanted, total)) + 1)
    order = np.argsort(-quotients, axis=None, kind="stable")[:total]
    parts: list[int] = np.bincount(order // quotients.shape[1], minlength=len(weights)).tolist()
    return parts


def _most(weights: Floats, total: int) -> int:
    """More than any one weight can win."""
    return math.ceil(total * float(weights.max() / weights.sum())) + 2


def stores(rng: np.random.Generator, all_cities: list[City], count: int) -> list[Node]:
    """So many stores, spread over the cities by population; a city's second store lies off its centre."""
    parts = shares([city.population**BIG_CITY_DAMPING for city in all_cities], count)
    return [
        _store(rng, city, number)
        for city, part in zip(all_cities, parts, strict=True)
        for number in range(part)
    ]


def _store(rng: np.random.Generator, city: City, number: int) -> Node:
    lat, lon = _near(rng, city) if number else (city.lat, city.lon)
    counter_only = rng.random() < COUNTER_ONLY_SHARE
    return Node(
        node=f"{_slug(city)}-{number + 1}" if number else _slug(city),
        kind="store",
        name=f"{city.name} {_quarter(number)}" if number else city.name,
        lat=lat,
        lon=lon,
        country=COUNTRY,
        postal_code=city.postal_code,
        timezone=city.timezone,
        hours=STORE_HOURS[int(rng.integers(len(STORE_HOURS)))],
        cutoff=time(int(rng.integers(13, 16))),
        processing_minutes=int(rng.integers(2, 5)) * 30,
        capacity_per_day=int(rng.integers(3, 7)) * 20,
        capabilities=AT_COUNTERS if counter_only else ("ship", *AT_COUNTERS),
        groups=("web", "app", "call_centre", "till"),
    )


def _near(rng: np.random.Generator, city: City) -> tuple[float, float]:
    """A point a few kilometres from the centre of a city."""
    north, east = rng.normal(0, STORE_SPREAD_KM / KM_PER_DEGREE, 2)
    return round(city.lat + north, 4), round(city.lon + east / math.cos(math.radians(city.lat)), 4)


def _quarter(number: int) -> str:
    around, quarter = divmod(number - 1, len(QUARTERS))
    return f"{QUARTERS[quarter]} {around + 1}" if around else QUARTERS[quarter]


def _slug(city: City) -> str:
    letters = "".join(letter if letter.isalnum() else "-" for letter in f"{city.name} {city.state}".upper())
    return "-".join(filter(None, letters.split("-")))


def centres(all_cities: list[City]) -> list[Node]:
    """The distribution centres, one in each of their cities."""
    found = {(city.name, city.state): city for city in all_cities}
    return [_centre(found[where]) for where in DC_CITIES]


def _centre(city: City) -> Node:
    return Node(
        node=f"DC-{_slug(city)}",
        kind="dc",
        name=f"{city.name} distribution centre",
        lat=city.lat,
        lon=city.lon,
        country=COUNTRY,
        postal_code=city.postal_code,
        timezone=city.timezone,
        hours="Mo-Sa 06:00-22:00",
        cutoff=time(17),
        processing_minutes=180,
        capacity_per_day=8000,
        capabilities=("ship", "return", "hazmat", "oversize"),
        groups=("web", "app", "marketplace", "call_centre", "till"),
    )


def vendor_node_code(vendor: DemoVendor) -> str:
    """The code of the place a vendor ships from."""
    return f"V-{vendor.vendor}"


def vendor_nodes(all_cities: list[City]) -> list[Node]:
    """The places the vendors ship from."""
    found = {(city.name, city.state): city for city in all_cities}
    return [_vendor_node(vendor, found[vendor.city]) for vendor in VENDORS]


def _vendor_node(vendor: DemoVendor, city: City) -> Node:
    return Node(
        node=vendor_node_code(vendor),
        kind="vendor",
        name=vendor.name,
        lat=city.lat,
        lon=city.lon,
        country=COUNTRY,
        postal_code=city.postal_code,
        timezone=city.timezone,
        hours="Mo-Fr 08:00-17:00",
        cutoff=time(12),
        processing_minutes=480,
        capacity_per_day=500,
        capabilities=("ship", "oversize"),
        groups=("web", "app", "call_centre"),
    )


def shoppers(rng: np.random.Generator, all_cities: list[City], count: int) -> list[Shopper]:
    """So many people with invented names, living in the cities by population."""
    weights = np.array([city.population for city in all_cities], dtype=np.float64)
    lives_in = rng.choice(len(all_cities), count, p=weights / weights.sum())
    return [_shopper(rng, all_cities[int(place)], number) for number, place in enumerate(lives_in, 1)]


def _shopper(rng: np.random.Generator, city: City, number: int) -> Shopper:
    first = FIRST_NAMES[int(rng.integers(len(FIRST_NAMES)))]
    last = LAST_NAMES[int(rng.integers(len(LAST_NAMES)))]
    lat, lon = _near(rng, city)
    return Shopper(
        customer=f"C{number:05d}",
        name=f"{first} {last}",
        email=f"{first}.{last}.{number}@example.com".lower(),
        city=city,
        lat=lat,
        lon=lon,
    )
