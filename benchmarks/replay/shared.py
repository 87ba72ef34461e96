"""Reads the world of a replay from shared data.

The stores are the 2,992 of `us_store_network`, the tariff is UPS's of 2 January 2006 (`ups_2006`): ground to
homes as "ground", second-day air with its residential surcharge as "express". Ground zones come from the
table of `zones.parquet`. Its footnotes [2] (Hawaii) and [3] (Alaska) stand for tables by five digits that are
not there: Hawaii is taken as zone 44, Alaska as zone 46, the dearest column. Centres are not in the data:
eight are put at real distribution cities.
"""

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]

from replay.world import Home, Rate, Row, Site, World, Zone

GRAMS_PER_POUND = Decimal("453.59237")
HAWAII, ALASKA = 44, 46
FOOTNOTES = {"[2]": HAWAII, "[3]": ALASKA}
GROUND_COLUMNS = {str(zone): zone for zone in (*range(2, 9), HAWAII, ALASKA)}
AIR_COLUMNS = {**{f"20{zone}": zone for zone in range(2, 9)}, "224": HAWAII, "226": ALASKA}
AIR_RESIDENTIAL = Decimal("2.10")
TIMEZONES_FROM_WEST = (
    (-114.5, "America/Los_Angeles"),
    (-102.0, "America/Denver"),
    (-86.0, "America/Chicago"),
)
TIMEZONE_EAST = "America/New_York"

CENTRES = (
    ("DC-RENO", "Reno, NV", 39.6412, -119.8735, "89506", "America/Los_Angeles"),
    ("DC-ONTARIO", "Ontario, CA", 34.0356, -117.5916, "91761", "America/Los_Angeles"),
    ("DC-DALLAS", "Dallas, TX", 32.6654, -96.7595, "75241", "America/Chicago"),
    ("DC-MEMPHIS", "Memphis, TN", 35.0326, -89.9324, "38118", "America/Chicago"),
    ("DC-ATLANTA", "Atlanta, GA", 33.7384, -84.5676, "30336", "America/New_York"),
    ("DC-INDIANAPOLIS", "Indianapolis, IN", 39.7299, -86.2854, "46241", "America/Indiana/Indianapolis"),
    ("DC-COLUMBUS", "Columbus, OH", 39.8164, -82.9228, "43217", "America/New_York"),
    ("DC-ALLENTOWN", "Allentown, PA", 40.5682, -75.5603, "18106", "America/New_York"),
)


def read(folder: Path) -> World:
    """The world of this folder of shared data."""
    return World(
        said=(
            "Real: the invoices of online_retail, the stores of us_store_network, the tariff of ups_2006. "
            "Generated from a seed: centres, stock, weights, where shoppers live, how orders are handed over."
        ),
        rows=_rows(folder / "online_retail/online_retail.parquet"),
        stores=_stores(folder),
        centres=centres(),
        homes=_homes(folder / "us_store_network"),
        rates=[
            *_rates(folder / "ups_2006/rates_gndres.csv", "ground", GROUND_COLUMNS, Decimal(0)),
            *_rates(folder / "ups_2006/rates_2da.csv", "express", AIR_COLUMNS, AIR_RESIDENTIAL),
        ],
        zones_in=folder / "us_store_network/zones.parquet",
    )


def centres() -> list[Site]:
    """Eight centres at real distribution cities."""
    names = ("node", "name", "lat", "lon", "postal_code", "timezone")
    return [Site(**dict(zip(names, centre, strict=True))) for centre in CENTRES]  # type: ignore[arg-type]


def zones(path: Path) -> Iterator[Zone]:
    """The zone table, batch by batch."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=50_000):
        for origin, destination, zone in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield Zone(origin, destination, FOOTNOTES.get(zone) or int(zone))


def _rows(path: Path) -> list[Row]:
    columns = (
        "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID",
    )  # fmt: skip
    table = pq.read_table(path, columns=list(columns))
    cells = zip(*(table[name].to_pylist() for name in columns), strict=True)
    return [
        Row(invoice, code, description or "", quantity, at, price, "" if customer is None else str(customer))
        for invoice, code, description, quantity, at, price, customer in cells
    ]


def _stores(folder: Path) -> list[Site]:
    table = pq.read_table(folder / "us_store_network/nodes.parquet")
    timezones = _timezones(folder / "us_zcta/zipcodes_pypi.csv.gz")
    return [
        Site(
            node=row["node_id"],
            name=f"{row['city']}, {row['state']} ({row['store_format']})",
            lat=row["lat"],
            lon=row["lon"],
            postal_code=row["zip"],
            timezone=timezones.get(row["zip"]) or timezone_by_lon(row["lon"]),
        )
        for row in table.to_pylist()
    ]


def _timezones(path: Path) -> dict[str, str]:
    """The time zone of every ZIP; none where the file is not there."""
    if not path.is_file():
        return {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return {row["zip_code"]: row["timezone"] for row in csv.DictReader(file)}


def timezone_by_lon(lon: float) -> str:
    """Roughly the time zone of a longitude on the mainland."""
    return next((zone for west_of, zone in TIMEZONES_FROM_WEST if lon < west_of), TIMEZONE_EAST)


def _homes(folder: Path) -> list[Home]:
    nearest = pq.read_table(folder / "nearest.parquet").to_pydict()
    stores: dict[str, list[tuple[int, str]]] = {}
    for zcta, rank, node in zip(nearest["zcta"], nearest["rank"], nearest["node_id"], strict=True):
        stores.setdefault(zcta, []).append((rank, node))
    table = pq.read_table(folder / "demand.parquet", columns=["zcta", "lat", "lon", "weight"])
    return [
        Home(
            postal_code=row["zcta"],
            lat=row["lat"],
            lon=row["lon"],
            weight=row["weight"],
            stores=tuple(node for _, node in sorted(stores[row["zcta"]])),
        )
        for row in table.to_pylist()
    ]


def _rates(path: Path, service: str, columns: dict[str, int], surcharge: Decimal) -> Iterator[Rate]:
    """A tariff by pounds as one by grams; its row 0, a letter, is left out."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pounds = int(row["weight_lb"])
            if pounds > 0:
                for column, zone in columns.items():
                    amount = Decimal(row[column]) + surcharge
                    yield Rate(service, zone, int(pounds * GRAMS_PER_POUND), f"{amount:.2f}")
