"""What the first page shows of a market."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.ground import outbox
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.money import Money
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node
from anyshelf.orders import service as orders
from anyshelf.orders.model import STATES, Order

COUNTED_EVERY_SECONDS = 60.0
_counted: dict[tuple[str, str], tuple[float, tuple[int, int]]] = {}

STORES_SHOWN = 8
ORDERS_SHOWN = 8
LOOKED_AT = 50

KIND_NAMES = {
    "store": "stores", "dark_store": "dark stores", "dc": "distribution centres", "fc": "fulfilment centres",
    "vendor": "vendors", "hub": "hubs",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShown:
    """An order as one row of a table."""

    order_id: str
    placed_at: str
    channel: str
    units: int
    where: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The figures and samples of the first page."""

    kinds: Sequence[tuple[str, int]]
    items: int
    units: int
    events: int
    channels: Sequence[Channel]
    stores: Sequence[Node]
    orders: Sequence[OrderShown]
    tried: dict[str, Any]


def overview(tx: Tx, visitor: Principal, now: datetime) -> Overview:
    """What this visitor may see of their market."""
    market = visitor.market
    atlas = network.atlas(tx, market)
    kinds = Counter(node.kind for node in atlas.nodes if node.active)
    stores = [node for node in atlas.nodes if node.kind == "store" and node.active]
    seen = visitor.may("orders:read") and not visitor.nodes
    recent = orders.recent(tx, market, channels=visitor.channels, limit=ORDERS_SHOWN) if seen else []
    items, units = _figures(tx, market)
    shown = stores[:: max(1, len(stores) // STORES_SHOWN)][:STORES_SHOWN]
    return Overview(
        kinds=[(KIND_NAMES[kind], count) for kind, count in kinds.most_common()],
        items=items,
        units=units,
        events=outbox.head(tx, market),
        channels=[channel for channel in atlas.channels.values() if _theirs(visitor, channel)],
        stores=shown,
        orders=[_row(order) for order in recent],
        tried=_something_to_try(tx, market, shown, list(atlas.channels), now),
    )


def _figures(tx: Tx, market: str) -> tuple[int, int]:
    """How many items and units there are; counting takes a moment, so it is done once a minute."""
    where = (tx.info.dbname, market)
    until, figures = _counted.get(where, (0.0, (0, 0)))
    if time.monotonic() >= until:
        figures = (len(catalogue.item_codes(tx, market)), inventory.totals(tx, market)["on_hand"])
        _counted[where] = (time.monotonic() + COUNTED_EVERY_SECONDS, figures)
    return figures


def _theirs(visitor: Principal, channel: Channel) -> bool:
    return not visitor.channels or channel.channel in visitor.channels


def _row(order: Order) -> OrderShown:
    standing = {state: sum(line.in_state(state) for line in order.lines) for state in STATES}
    return OrderShown(
        order_id=str(order.order_id),
        placed_at=f"{order.placed_at:%Y-%m-%d %H:%M} UTC",
        channel=order.channel,
        units=sum(line.quantity for line in order.lines),
        where=", ".join(f"{units} {state.replace('_', ' ')}" for state, units in standing.items() if units),
        total=f"{Money(minor=order.total_minor, currency=order.currency)} {order.currency}",
    )


def _something_to_try(
    tx: Tx, market: str, stores: Sequence[Node], channels: Sequence[str], now: datetime
) -> dict[str, Any]:
    """An item, a channel and a place that exist, for the commands a visitor may copy."""
    codes = [item.item for item in catalogue.browse(tx, market, after="", limit=LOOKED_AT)]
    free = inventory.free_stock(tx, market, codes, now=now, holdback_units=1) if codes else {}
    item = max(codes, key=lambda code: sum(units for _, units in free[code]), default="ITEM")
    having = {node for node, _ in free.get(item, [])}
    place = next((store for store in stores if store.node in having), stores[0] if stores else None)
    return {
        "item": item,
        "channel": "web" if "web" in channels or not channels else channels[0],
        "lat": round(place.lat, 3) if place else 40.7,
        "lon": round(place.lon, 3) if place else -73.9,
        "postal_code": place.postal_code if place else "10001",
        "country": place.country if place else "US",
        "store": place.node if place else "STORE",
    }
