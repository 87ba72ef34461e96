"""The regions that orders come from: a list that was given, metropolitan areas of shared data, or cities.

Metropolitan areas are put together from ZIPs (`us_zcta`): a ZIP's people are parted evenly over the areas it
lies in, and an area stands where its people live on average. Alaska, Hawaii and the islands are left out.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from replay.world import ROOT, shared_data

LARGEST = 99
COLUMNS = ("lat", "lon", "population")
FOLDER = "us_zcta"
NEEDED = ("zip_regions.csv.gz", "df_zip_demographics.csv.gz", "Gaz_zcta_national.txt.gz")
MAINLAND = ((24.0, 50.0), (-125.0, -66.0))
CITIES = ROOT / "src/anyshelf/simulator/demo/cities.csv"


class Region(NamedTuple):
    """Where people are, in degrees, and how many."""

    lat: float
    lon: float
    population: int


class Listed(NamedTuple):
    """Regions, and a sentence on where they come from."""

    regions: tuple[Region, ...]
    said: str


def regions(path: Path | None = None) -> Listed:
    """The regions of this file, else the largest metropolitan areas, else the demo's largest cities."""
    if path is not None:
        return Listed(read(path), f"regions of {path.name}")
    folder = shared_data() / FOLDER
    if all((folder / name).is_file() for name in NEEDED):
        return Listed(largest(metropolitan_areas(folder)), f"the {LARGEST} largest metropolitan areas")
    return Listed(
        largest(read(CITIES)), f"stand-in: the {LARGEST} largest cities of the demo, no shared data"
    )


def read(path: Path) -> tuple[Region, ...]:
    """A list of regions as CSV with the columns lat, lon and population; others are not looked at."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise SystemExit(f"{path} has no column {', '.join(missing)}: it needs {', '.join(COLUMNS)}.")
        return tuple(_region(path, number, row) for number, row in enumerate(rows, start=2))


def _region(path: Path, number: int, row: dict[str, str]) -> Region:
    try:
        return Region(float(row["lat"]), float(row["lon"]), int(float(row["population"])))
    except (TypeError, ValueError):
        raise SystemExit(f"{path}, line {number}: lat, lon and population are numbers.") from None


def largest(found: tuple[Region, ...]) -> tuple[Region, ...]:
    """The regions of most people."""
    return tuple(sorted(found, key=lambda region: -region.population)[:LARGEST])


def metropolitan_areas(folder: Path) -> tuple[Region, ...]:
    """Every metropolitan or micropolitan area of the mainland, from its ZIPs."""
    people = {row["region"]: float(row["total_population"] or 0) for row in _rows(folder / NEEDED[1])}
    spots = {
        row["GEOID"]: (float(row["INTPTLAT"]), float(row["INTPTLONG"]))
        for row in _rows(folder / NEEDED[2], delimiter="\t")
        if row["GEOID"].strip()
    }
    areas: dict[str, set[str]] = defaultdict(set)
    for row in _rows(folder / NEEDED[0]):
        if row["cbsa"]:
            areas[row["region"]].add(row["cbsa"])
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for code in sorted(areas.keys() & people.keys() & spots.keys()):
        share, (lat, lon) = people[code] / len(areas[code]), spots[code]
        if _is_mainland(lat, lon):
            for area in areas[code]:
                sums[area] = [
                    had + more
                    for had, more in zip(sums[area], (share, share * lat, share * lon), strict=True)
                ]
    return tuple(Region(lat / many, lon / many, round(many)) for many, lat, lon in sums.values() if many)


def _is_mainland(lat: float, lon: float) -> bool:
    return all(low < degrees < high for degrees, (low, high) in zip((lat, lon), MAINLAND, strict=True))


def _rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(_stripped(file), delimiter=delimiter)


def _stripped(file: TextIO) -> Iterator[str]:
    return (line for line in file if line.strip())
