"""What a replay is made of: a shop's invoice lines, stores, the places people live, zones and a tariff.

Read from the folder of shared data where there is one (the environment variable ANYSHELF_SHARED_DATA, else
`../shared/data` beside the checkout); otherwise drawn by the stand-in, which has the same shape.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
NEEDED = (
    "online_retail/online_retail.parquet",
    "us_store_network/nodes.parquet",
    "us_store_network/demand.parquet",
    "us_store_network/nearest.parquet",
    "us_store_network/zones.parquet",
    "ups_2006/rates_gndres.csv",
    "ups_2006/rates_2da.csv",
)


class Row(NamedTuple):
    """A line of an invoice as the shop wrote it; the price is a decimal number of its currency."""

    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: float
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A store or a centre."""

    node: str
    name: str
    lat: float
    lon: float
    postal_code: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A place where people live: its share of all people, and the stores next to it, the nearest first."""

    postal_code: str
    lat: float
    lon: float
    weight: float
    stores: tuple[str, ...]


class Zone(NamedTuple):
    """The zone a carrier's table gives to parcels between two groups of postal codes."""

    origin: str
    destination: str
    zone: int


class Rate(NamedTuple):
    """What a parcel of up to so many grams costs into a zone."""

    service: str
    zone: int
    weight_g_max: int
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a replay is made of; `said` tells in a sentence where it comes from."""

    said: str
    rows: Sequence[Row]
    stores: Sequence[Site]
    centres: Sequence[Site]
    homes: Sequence[Home]
    rates: Sequence[Rate]
    zones_in: Path | None = None

    @property
    def is_real(self) -> bool:
        """Whether it was read from shared data."""
        return self.zones_in is not None

    def zones(self) -> Iterator[Zone]:
        """The zone table, streamed; none for a stand-in, where a distance rule serves."""
        from replay import shared  # noqa: PLC0415  pyarrow, only where there is something to read

        return shared.zones(self.zones_in) if self.zones_in else iter(())


def shared_data() -> Path:
    """Where shared data would be."""
    return Path(os.environ.get("ANYSHELF_SHARED_DATA") or ROOT / "../shared/data").resolve()


def missing(folder: Path) -> list[str]:
    """The files of shared data that a replay needs and that are not there."""
    return [name for name in NEEDED if not (folder / name).is_file()]


def read_world(folder: Path | None = None, *, seed: int) -> World:
    """The world of shared data, or the stand-in where any of it is missing."""
    from replay import shared, standin  # noqa: PLC0415  as above

    place = folder or shared_data()
    return standin.draw(seed) if missing(place) else shared.read(place)
