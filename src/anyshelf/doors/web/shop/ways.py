"""The ways something can be had, as a shopper chooses among them; nothing is kept or reserved by looking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.shop.entering import CHANNEL, Picked, Shop
from anyshelf.ground.db import Tx
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.promising import service as promising
from anyshelf.promising.model import PICKUP, SHIP, Liking, Option, Wanted, WantedLine
from anyshelf.sourcing import service as sourcing

STORES_SHOWN = 6
STORES_AT_LEAST = 3
"""How many stores are shown where none is near."""
NEAR_KM = 80.0
COUNTERS = ("store", "dark_store")
SOLD = (SHIP, PICKUP)
"""What the shop sells of what there is: deliveries in a slot are sold at tills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A way a shopper may choose: by when, for what fee, and where it is fetched."""

    method: str
    node: str
    name: str
    speed: str
    by: datetime
    fee_minor: int
    currency: str
    distance_km: float | None = None

    @property
    def key(self) -> str:
        """The way as a form sends it."""
        return f"{self.method}:{self.node}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    """A store near the shopper, and how many of an item may be had there."""

    node: str
    name: str
    units: int
    distance_km: float
    lat: float
    lon: float


def ways(
    tx: Tx,
    shop: Shop,
    lines: Sequence[Picked],
    *,
    stores: Sequence[str] = (),
    liking: Liking | None = None,
) -> list[Option]:
    """Every way these goods can be had together, each from the plan that an order would be sourced by.

    Those stand first that the shopper is likely to choose, as far as that is known.
    """
    wanted = wanted_of(shop, lines, stores=stores)
    goods = catalogue.goods(tx, shop.market, [line.item for line in wanted.lines])
    asks = promising.asks_for(wanted, goods)
    grounds = sourcing.look(tx, shop.market, channel=CHANNEL, asks=asks, method=SHIP, now=shop.now)
    return list(promising.offer(grounds, wanted, goods, shop.now, liking=liking).options)


def wanted_of(shop: Shop, lines: Sequence[Picked], *, stores: Sequence[str] = ()) -> Wanted:
    """A basket as promising knows it, around the shopper's place."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.item] = units.get(line.item, 0) + line.quantity
    return Wanted(
        channel=CHANNEL,
        lines=tuple(WantedLine(item=item, quantity=quantity) for item, quantity in units.items()),
        destination=shop.place.destination if shop.place else None,
        stores=tuple(stores),
    )


def offered(shop: Shop, options: Sequence[Option], liking: Liking | None = None) -> list[Offered]:
    """The ways of one item as choices: shipped, fetched, or kept unpaid where it lies there already.

    The method that is likeliest to be chosen stands first.
    """
    found = [_offered(shop, option, option.method) for option in options if option.method in SOLD]
    kept = [
        _offered(shop, option, "reserve")
        for option in options
        if option.method == PICKUP and all(shipment.node == option.node for shipment in option.shipments)
    ]
    likely = liking.methods if liking else {}
    return sorted([*found, *kept], key=lambda way: -likely.get(way.method, 0.0))


def _offered(shop: Shop, option: Option, method: str) -> Offered:
    node = option.node or ""
    return Offered(
        method=method,
        node=node,
        name=shop.name_of(node) if node else "",
        speed=option.speed,
        by=option.arrives_by,
        fee_minor=option.fee_minor if method != "reserve" else 0,
        currency=option.currency,
        distance_km=_km(shop, node) if node else None,
    )


def _km(shop: Shop, node: str) -> float | None:
    if shop.place is None:
        return None
    index = network.node_index(shop.atlas, node)
    return float(network.distances_km(shop.atlas, shop.place.lat, shop.place.lon)[index])


def stocked(tx: Tx, shop: Shop, item: Item) -> list[Stocked]:
    """The nearest stores that have an item, and how many of it the shop may sell from there."""
    if shop.place is None:
        return []
    channel = network.channel(shop.atlas, CHANNEL)
    free = inventory.free_stock(
        tx, shop.market, [item.item], now=shop.now,
        holdback_units=channel.holdback_units, holdback_percent=channel.holdback_percent,
    )  # fmt: skip
    units = dict(free[item.item])
    near = network.nodes_near(shop.atlas, shop.place.lat, shop.place.lon, network.reach(shop.atlas, CHANNEL))
    apart = network.distances_km(shop.atlas, shop.place.lat, shop.place.lon)
    found = [
        Stocked(
            node=node.node, name=node.name, units=units[node.node], distance_km=float(apart[place]),
            lat=node.lat, lon=node.lon,
        )
        for place in near.tolist()
        if (node := shop.atlas.nodes[place]).kind in COUNTERS and units.get(node.node, 0) > 0
    ]  # fmt: skip
    near_by = [each for each in found if each.distance_km <= NEAR_KM]
    return (near_by or found[:STORES_AT_LEAST])[:STORES_SHOWN]
