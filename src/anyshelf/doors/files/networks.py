"""Networks to play scenarios on: of a folder as `anyshelf load` reads it, or the one in the database.

Kinds of node that a world does not tell apart become the nearest it does: fulfilment centres and dark stores
are centres. Hubs, closed nodes and goods without a price are left out; zones go by distance.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.files import rows
from anyshelf.doors.files.order_rows import ORDER_LINES, ORDERS
from anyshelf.doors.files.sources import find, opened
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.network import service as network
from anyshelf.network.model import Node, Rate
from anyshelf.orders import service as orders
from anyshelf.simulator.model import Home, Network, Sold
from anyshelf.simulator.world import rates_of

T = TypeVar("T")

LIVE: Final = "live"
PLAYED_AS: Final = {"dc": "dc", "fc": "dc", "dark_store": "dc", "store": "store", "vendor": "vendor"}
GOODS_MAX: Final = 1000
GROUND: Final = "ground"
USUAL_G: Final = 500
"""What goods weigh of which nobody has said it."""
COST_PERCENT: Final = 60
"""What goods cost of their price of which nobody has said it."""
HISTORY: Final = timedelta(days=90)


def folder_network(folder: Path, currency: str) -> Network:
    """The network of a folder; raises Invalid naming the file and the first bad row."""
    if not folder.is_dir():
        raise Invalid(f"{folder} is not a folder.", field="stage.from")
    sold: Counter[str] = Counter()
    for line in _rows(folder, ORDER_LINES, currency):
        sold[line.item] += line.quantity
    lived: Counter[tuple[float, float, str]] = Counter()
    for order in _rows(folder, ORDERS, currency):
        if order.place is not None:
            lived[order.place["lat"], order.place["lon"], order.place["postal_code"]] += 1
    homes = [
        Home(lat=lat, lon=lon, postal_code=postal, weight=float(many))
        for (lat, lon, postal), many in sorted(lived.items())
    ]
    return _network(
        str(folder), [node for node, _ in _rows(folder, rows.NODES, currency)],
        list(_rows(folder, rows.RATES, currency)), list(_rows(folder, rows.ITEMS, currency)), sold, homes,
    )  # fmt: skip


def live_network(tx: Tx, market: str, now: datetime) -> Network:
    """The network of a market as it stands, with what was wanted of late."""
    atlas = network.atlas(tx, market)
    items = catalogue.browse(tx, market, after="", limit=GOODS_MAX)
    wanted = orders.wanted(
        tx, market, [item.item for item in items], since=now - HISTORY, until=now, period=HISTORY
    )
    sold: Counter[str] = Counter()
    served: Counter[str] = Counter()
    for item, node, _, units in wanted:
        sold[item] += sum(units)
        served[node] += sum(units)
    homes = [
        _home(node, 1.0 + served[node.node]) for node in atlas.nodes if node.kind == "store" and node.active
    ]
    return _network(LIVE, atlas.nodes, list(rates_of(atlas)), items, sold, homes)


def _rows(folder: Path, shape: rows.Shape[T], currency: str) -> Iterable[T]:
    path = find(folder, shape.name)
    if path is None:
        return
    source = opened(path)
    layout, faults, _ = rows.lay_out(shape, source.header, currency)
    if faults:
        raise _faulty(path, 1, faults)
    for line, record in source.records:
        try:
            yield rows.convert(layout, record)
        except rows.Faulty as wrong:
            raise _faulty(path, line, wrong.faults) from None


def _faulty(path: Path, line: int, faults: rows.Faults) -> Invalid:
    column, reason = faults[0]
    return Invalid(f"{path.name}, line {line}: {column} {reason}.", field="stage.from")


def _network(
    source: str,
    nodes: Sequence[Node],
    rates: Sequence[Rate],
    items: Sequence[Item],
    sold: Counter[str],
    homes: Sequence[Home],
) -> Network:
    played = tuple(
        replace(node, kind=PLAYED_AS[node.kind]) for node in nodes if node.active and node.kind in PLAYED_AS
    )
    stores = [node for node in played if node.kind == "store"]
    services = sorted({rate.service for rate in rates})
    for what, there in (("nodes", played), ("stores", stores), ("rates", services), ("items", items)):
        if not there:
            raise Invalid(f"The network of {source} has no {what}; a world needs some.", field="stage.from")
    service = GROUND if GROUND in services else services[0]
    dearest = sorted((item for item in items if item.price_minor), key=lambda item: -sold[item.item])
    return Network(
        source=source, nodes=played, rates=tuple(rate for rate in rates if rate.service == service),
        goods=tuple(_sold(item, sold) for item in dearest[:GOODS_MAX]),
        homes=tuple(homes) or tuple(_home(node) for node in stores), service=service,
    )  # fmt: skip


def _home(node: Node, weight: float = 1.0) -> Home:
    return Home(lat=node.lat, lon=node.lon, postal_code=node.postal_code, weight=weight)


def _sold(item: Item, sold: Counter[str]) -> Sold:
    cost = item.cost_minor or item.price_minor * COST_PERCENT // 100
    return Sold(
        item=item.item, weight_g=item.weight_g or USUAL_G, price_minor=item.price_minor, cost_minor=cost,
        wanted=1.0 + sold[item.item],
    )  # fmt: skip
