"""Writes the demo's network as the files that `anyshelf load` reads."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from anyshelf.catalogue.model import Item
from anyshelf.ground.money import Money
from anyshelf.network.model import Node
from anyshelf.simulator.demo import goods, places, stock
from anyshelf.simulator.demo.places import Shopper
from anyshelf.simulator.demo.tariff import lanes, rates

DEMO_DAY = date(2026, 11, 23)
SHOPPERS = 500
ARRIVAL_HOUR = 14  # UTC: the morning of all of the mainland

# A channel's code, its kind, and what every node keeps back from it.
CHANNELS = (
    ("web", "web", "1"),
    ("app", "app", "1"),
    ("marketplace", "marketplace", "10%"),
    ("call_centre", "call_centre", "0"),
    ("till", "store", "0"),
)
SERVICES = (
    ("ground", "Overland Parcel", "parcel", "Mo-Sa"),
    ("express", "Overland Parcel", "parcel", "Mo-Sa"),
    ("truck", "Own fleet", "transfer", "Mo-Sa"),
)

NODES = (
    "node", "kind", "name", "lat", "lon", "country", "postal_code", "timezone", "hours", "cutoff",
    "processing_minutes", "capacity_per_day", "capabilities", "channels",
)  # fmt: skip
ITEMS = (
    "item", "name", "gtin", "category", "weight_g", "length_mm", "width_mm", "height_mm", "price", "cost",
    "currency", "flags",
)  # fmt: skip


def write_demo(folder: Path, *, seed: int = 7, stores: int = 300, today: date = DEMO_DAY) -> None:
    """Write a demo network into a folder: the same seed, stores and day give the same bytes.

    `today` is the day from which supply is on its way. The folder is made where there is none; files of the
    same names are written over.
    """
    rng = np.random.default_rng(seed)
    cities = places.cities()
    items = goods.items(rng)
    nodes = [*places.stores(rng, cities, stores), *places.centres(cities), *places.vendor_nodes(cities)]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "nodes.csv", NODES, map(_node, nodes))
    sets = goods.gift_sets(items)
    _write(folder / "items.csv", ITEMS, map(_item, [*items, *(item for item, _ in sets)]))
    parts = ((kit.kit, item, units) for _, kit in sets for item, units in kit.parts)
    _write(folder / "kits.csv", ("kit", "item", "quantity"), parts)
    _write(folder / "stock.csv", ("node", "item", "on_hand"), stock.positions(rng, nodes, items))
    supply = _supply(rng, nodes, items, today)
    _write(folder / "expected.csv", ("node", "item", "quantity", "arrives_at", "reference"), supply)
    columns: tuple[str, ...] = ("from", "to", "mode", "service", "transit_days", "cost_rule")
    _write(folder / "lanes.csv", columns, lanes(nodes))
    _write(folder / "services.csv", ("service", "carrier", "mode", "working_days"), SERVICES)
    _write(folder / "rates.csv", ("service", "zone", "weight_g_max", "amount", "transit_days"), rates())
    channels = ((channel, kind, goods.CURRENCY, holdback) for channel, kind, holdback in CHANNELS)
    _write(folder / "channels.csv", ("channel", "kind", "currency", "holdback"), channels)
    _write(folder / "vendors.csv", ("vendor", "name", "node", "ack_minutes", "email"), _vendors())
    columns = ("customer", "name", "email", "lat", "lon", "country", "postal_code")
    _write(folder / "customers.csv", columns, map(_shopper, places.shoppers(rng, cities, SHOPPERS)))


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _node(node: Node) -> tuple[Any, ...]:
    return (
        node.node,
        node.kind,
        node.name,
        f"{node.lat:.4f}",
        f"{node.lon:.4f}",
        node.country,
        node.postal_code,
        node.timezone,
        node.hours,
        f"{node.cutoff:%H:%M}" if node.cutoff else "",
        node.processing_minutes,
        node.capacity_per_day,
        ";".join(node.capabilities),
        ";".join(node.groups),
    )


def _item(item: Item) -> tuple[Any, ...]:
    return (
        item.item,
        item.name,
        item.gtin,
        item.category,
        item.weight_g,
        item.length_mm,
        item.width_mm,
        item.height_mm,
        Money(item.price_minor, item.currency),
        Money(item.cost_minor, item.currency),
        item.currency,
        ";".join(item.flags),
    )


def _supply(
    rng: np.random.Generator, nodes: Sequence[Node], items: Sequence[Item], today: date
) -> Iterator[tuple[Any, ...]]:
    """What is on its way, with the moment it comes; one purchase order a node and day."""
    for node, item, quantity, days in stock.expected(rng, nodes, items):
        day = today + timedelta(days=days)
        arrives_at = datetime.combine(day, time(ARRIVAL_HOUR), UTC)
        yield node, item, quantity, arrives_at.isoformat(), f"PO-{node}-{day:%m%d}"


def _vendors() -> Iterator[tuple[Any, ...]]:
    for vendor in places.VENDORS:
        email = f"orders@{vendor.vendor.lower()}.example"
        yield vendor.vendor, vendor.name, places.vendor_node_code(vendor), vendor.ack_minutes, email


def _shopper(shopper: Shopper) -> tuple[Any, ...]:
    return (
        shopper.customer,
        shopper.name,
        shopper.email,
        f"{shopper.lat:.4f}",
        f"{shopper.lon:.4f}",
        places.COUNTRY,
        shopper.city.postal_code,
    )
