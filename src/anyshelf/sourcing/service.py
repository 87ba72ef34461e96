"""The front door of sourcing: which nodes serve these lines, on the network and the stock as they are.

`plan` is what orders and promises both ask. `look` and `choose` are its two halves, for whoever weighs
several ways to serve the same lines: `look` reads once, `choose` decides without a database.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NoPromise
from anyshelf.ground.ids import Id
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Channel, Floats, Zones
from anyshelf.sourcing.model import (
    CHEAPEST,
    Ask,
    Destination,
    Field,
    IntArray,
    Plan,
    PlannedShipment,
    Policy,
    Sourced,
    SourcedShipment,
    Trace,
    Way,
)
from anyshelf.sourcing.rules import (
    LEFT_OUT,
    NO_COUNTER,
    REASONS,
    MayServe,
    barred_for,
    choose_in_field,
    explain,
    field_towards,
    may_serve,
    stays_at,
    units_by_node,
)

__all__ = [
    "GROUND",
    "Ask",
    "Destination",
    "Grounds",
    "Shelves",
    "Sourced",
    "Way",
    "choose",
    "grounds_on",
    "holders",
    "look",
    "parcel_services",
    "plan",
    "service_for",
    "shelves",
    "shelves_seen",
    "why_not",
]

CARRY_OUT: Final = "carry_out"
GROUND: Final = "ground"
CAPABILITIES: Final[Mapping[str, str]] = {
    "ship": "ship", "deliver": "ship", "pickup": "pickup", "reserve": "pickup",
}  # fmt: skip
"""What a node must be equipped for; a method that is not named here asks for nothing."""
TRAVELS: Final = frozenset({"ship", "deliver"})
"""The methods by which goods go to a destination; for the others they stay, or go to the home node."""

KEPT_MAX: Final = 128

_Key = tuple[Id | None, str, str, frozenset[str], str]
_kept: OrderedDict[_Key, MayServe] = OrderedDict()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grounds:
    """What one decision, or several on the same lines, rest on: the network, the channel, the stock."""

    atlas: Atlas
    channel: Channel
    asks: tuple[Ask, ...]
    stock: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shelves:
    """What a channel may promise of some items, node by node, as it was read and as it is planned away.

    `free` is item → units by node, in the order of the atlas. At a till the goods are in the shopper's hands,
    so nothing is held back (`in_hand`).
    """

    atlas: Atlas
    channel: Channel
    free: dict[str, IntArray]

    def take(self, found: Plan) -> None:
        """What a plan takes is not there for the next one."""
        for shipment in found.shipments:
            place = self.atlas.index[shipment.node]
            for line in shipment.lines:
                self.free[line.item][place] -= line.quantity


def plan(  # noqa: PLR0913  all that a decision is asked, by name
    tx: Tx,
    market: str,
    *,
    channel: str,
    asks: Sequence[Ask],
    method: str,
    destination: Destination | None,
    node: str | None,
    home: str | None = None,
    kinds: frozenset[str],
    excluded: frozenset[str] = frozenset(),
    policy: Policy = CHEAPEST,
    service: str = GROUND,
    on: Shelves | None = None,
    now: datetime,
) -> Sourced:
    """Which nodes serve these lines at the least cost, with the carriers' true charges.

    Goods go to `destination` for the methods in TRAVELS and to the store `home` where one is named; otherwise
    they stay at `node`. Where `node` is given only it may serve. A plan that falls short names all that is
    short, and has no shipments unless the policy allows partial service. Raises NotFound for a
    channel, node or service nobody knows, NoPromise where there are no carriers' rates at all.
    """
    seen = on or _read(tx, market, channel=channel, asks=asks, in_hand=method == CARRY_OUT, now=now)
    grounds = grounds_on(seen, asks)
    way = Way(
        method=method, destination=destination, node=node, home=home, kinds=kinds, excluded=excluded,
        service=service,
    )  # fmt: skip
    return choose(grounds, way, policy=policy, now=now)


def look(tx: Tx, market: str, *, channel: str, asks: Sequence[Ask], method: str, now: datetime) -> Grounds:
    """Read the network and what the channel may still promise of these items: two queries."""
    return grounds_on(
        _read(tx, market, channel=channel, asks=asks, in_hand=method == CARRY_OUT, now=now), asks
    )


def _read(tx: Tx, market: str, *, channel: str, asks: Sequence[Ask], in_hand: bool, now: datetime) -> Shelves:
    return shelves(tx, market, channel=channel, items=[ask.item for ask in asks], in_hand=in_hand, now=now)


def shelves(
    tx: Tx, market: str, *, channel: str, items: Iterable[str], in_hand: bool = False, now: datetime
) -> Shelves:
    """Read what a channel may promise of these items, for one decision or for many on the same shelves."""
    atlas = network.atlas(tx, market)
    selling = network.channel(atlas, channel)
    free = inventory.free_stock(
        tx,
        market,
        sorted(set(items)),
        holdback_units=0 if in_hand else selling.holdback_units,
        holdback_percent=0 if in_hand else selling.holdback_percent,
        now=now,
    )
    columns = {item: units_by_node(held, atlas.index) for item, held in free.items()}
    return Shelves(atlas=atlas, channel=selling, free=columns)


def shelves_seen(look: inventory.Look, *, channel: str, items: Iterable[str], now: datetime) -> Shelves:
    """What a channel may promise of these items as a look at the stock found it, as `shelves`."""
    atlas = network.atlas(look.tx, look.market)
    selling = network.channel(atlas, channel)
    free = look.free(
        sorted(set(items)),
        atlas,
        holdback_units=selling.holdback_units,
        holdback_percent=selling.holdback_percent,
        now=now,
    )
    return Shelves(atlas=atlas, channel=selling, free=dict(free))


def grounds_on(seen: Shelves, asks: Sequence[Ask]) -> Grounds:
    """What a decision about these lines rests on, on shelves as they stand now."""
    stacked = [seen.free[ask.item] for ask in asks]
    stock: IntArray = np.array(stacked) if stacked else np.zeros((0, len(seen.atlas.index)), dtype=np.int64)
    return Grounds(atlas=seen.atlas, channel=seen.channel, asks=tuple(asks), stock=stock.T)


def choose(grounds: Grounds, way: Way, *, policy: Policy = CHEAPEST, now: datetime) -> Sourced:
    """Decide on what was looked at, as `plan`."""
    if way.node is not None and way.home is None and way.method not in TRAVELS:
        stays = _where_it_stays(grounds, way, policy, now)
        if stays is not None:
            return stays
    towards = _end_of(grounds.atlas, way)
    carrier = service_for(grounds.atlas, way.service) if towards else ""
    zones, distance_km = _towards(grounds.atlas, towards)
    base, per_kg = _freight(grounds.atlas, carrier, zones)
    if way.home is not None:
        base, per_kg = _by_lanes(grounds.atlas, way.home, base, per_kg)
    field = field_towards(
        _who_may(grounds, way),
        _barred(grounds, way),
        distance_km=distance_km,
        base_minor=base,
        per_kg_minor=per_kg,
    )
    found = choose_in_field(grounds.asks, field, grounds.stock, policy)
    return Sourced(
        plan=found,
        service=carrier,
        shipments=tuple(
            _priced(
                grounds,
                shipment,
                carrier="" if shipment.node == way.home else carrier,
                zones=zones,
                distance_km=distance_km,
            )
            for shipment in found.shipments
        ),
        decided_at=now,
        explanation=_later(grounds, field, policy, found),
    )


def _where_it_stays(grounds: Grounds, way: Way, policy: Policy, now: datetime) -> Sourced | None:
    """The plan where the shopper chose the node and goods do not travel: there is nothing to search for.

    None where that node may not serve, or has not enough: then the search says what is short, and why.
    """
    who, place = _who_may(grounds, way), network.node_index(grounds.atlas, str(way.node))
    if who.barred[place] or way.node in way.excluded:
        return None
    found = stays_at(grounds.asks, who, grounds.stock[place].tolist(), place, policy)
    if found is None:
        return None
    (planned,) = found.shipments
    shipment = SourcedShipment(
        node=planned.node, lines=planned.lines, zone=0, distance_km=0.0,
        weight_g=sum(ask.quantity * ask.weight_g for ask in grounds.asks), freight_minor=0,
        handling_minor=planned.cost.handling_minor, split_minor=0,
    )  # fmt: skip
    return Sourced(
        plan=found, service="", shipments=(shipment,), decided_at=now, explanation=lambda: found.trace
    )


def holders(grounds: Grounds, way: Way, *, limit: int) -> list[str]:
    """The nodes that may serve this way and hold every line in full: nearest to the destination first.

    By name where there is no destination; at most `limit`.
    """
    wanted: dict[str, int] = {}
    for ask in grounds.asks:
        wanted[ask.item] = wanted.get(ask.item, 0) + ask.quantity
    needed = np.array([wanted[ask.item] for ask in grounds.asks], dtype=np.int64)
    able = np.flatnonzero((_barred(grounds, way) == 0) & (grounds.stock >= needed).all(axis=1))
    place = way.destination
    if place is not None and place.lat is not None and place.lon is not None:
        able = network.nodes_near(grounds.atlas, place.lat, place.lon, able, limit=limit)
    return [grounds.atlas.nodes[index].node for index in able[:limit].tolist()]


def why_not(grounds: Grounds, way: Way, node: str) -> str:
    """What keeps a node from serving this way, "" if nothing but stock might; raises NotFound."""
    return REASONS[int(_barred(grounds, way)[network.node_index(grounds.atlas, node)])]


def service_for(atlas: Atlas, service: str) -> str:
    """The carrier service to reckon with: the one asked for, or the cheapest where none is called "ground".

    Raises NotFound for any other service nobody has rates for, NoPromise where there are no rates at all.
    """
    if service in atlas.freight or service != GROUND:
        network.freight_lines(atlas, service)
        return service
    parcels = parcel_services(atlas)
    if not parcels:
        raise NoPromise("Nothing can be shipped: no carrier's rates are known for this market.")
    return parcels[0]


def parcel_services(atlas: Atlas) -> Sequence[str]:
    """The services that carry parcels and have rates: the cheapest for one light parcel first."""
    return network.remembered(atlas, "parcel services", lambda: _parcel_services(atlas))


def _parcel_services(atlas: Atlas) -> Sequence[str]:
    named = [name for name in atlas.freight if atlas.services[name].mode == "parcel"]
    return sorted(named, key=lambda name: (float(np.nanmean(atlas.freight[name][0])), name))


def _who_may(grounds: Grounds, way: Way) -> MayServe:
    """Who may serve this way; kept for as long as the network does not change."""
    atlas, capability = grounds.atlas, "ship" if way.home else CAPABILITIES.get(way.method, "")
    key = (atlas.stamp, atlas.market, grounds.channel.channel, way.kinds, capability)
    known = _kept.get(key)
    if known is not None and atlas.stamp is not None:
        return known
    reach = network.reach(atlas, grounds.channel.channel)
    found = may_serve(atlas, reach, kinds=way.kinds, capability=capability)
    _kept[key] = found
    while len(_kept) > KEPT_MAX:
        _kept.popitem(last=False)
    return found


def _barred(grounds: Grounds, way: Way) -> IntArray:
    """What keeps each node out: places in REASONS. Raises NotFound for a chosen node nobody knows."""
    index = grounds.atlas.index
    only = None if way.node is None else network.node_index(grounds.atlas, way.node)
    excluded = [index[node] for node in way.excluded if node in index]
    barred = barred_for(_who_may(grounds, way), excluded=excluded, only=only)
    return barred if way.home is None else _barred_from_home(grounds, way, barred)


def _barred_from_home(grounds: Grounds, way: Way, barred: IntArray) -> IntArray:
    """As `barred`, where goods go to a store of ours: it serves itself and must hand over what comes."""
    home = network.node_index(grounds.atlas, str(way.home))
    barred[home] = _barred(grounds, replace(way, home=None, node=way.home))[home]
    if barred[home] not in (0, LEFT_OUT):
        barred[barred == 0] = NO_COUNTER
    return barred


def _end_of(atlas: Atlas, way: Way) -> Destination | None:
    """Where goods go: to the shopper, to the store they are fetched from, or nowhere."""
    if way.home is None:
        return way.destination if way.method in TRAVELS else None
    home = network.node(atlas, way.home)
    return Destination(lat=home.lat, lon=home.lon, postal_code=home.postal_code, country=home.country)


def _by_lanes(atlas: Atlas, home: str, base: Floats, per_kg: Floats) -> tuple[Floats, Floats]:
    """What goods cost on their way to a store of ours: by its own lanes where it has any, else by carrier."""
    base, per_kg = base.copy(), per_kg.copy()
    for (origin, end), lanes in atlas.lanes.items():
        if end == home and origin in atlas.index:
            base[atlas.index[origin]] = lanes[0].cost_minor
            per_kg[atlas.index[origin]] = lanes[0].cost_minor_per_kg
    base[atlas.index[home]] = per_kg[atlas.index[home]] = 0.0
    return base, per_kg


def _towards(atlas: Atlas, destination: Destination | None) -> tuple[Zones, Floats]:
    """Zone and kilometres from every node; zeros where goods do not travel or nobody knows how far."""
    count = len(atlas.nodes)
    if destination is None:
        return np.zeros(count, dtype=np.int8), np.zeros(count)
    lat, lon = destination.lat, destination.lon
    zones = network.zones_to(atlas, destination.postal_code, lat, lon)
    if lat is None or lon is None:
        return zones, np.zeros(count)
    return zones, network.distances_km(atlas, lat, lon)


def _freight(atlas: Atlas, carrier: str, zones: Zones) -> tuple[Floats, Floats]:
    """What a parcel and a kilogram cost from every node: NaN where the carrier does not come from."""
    if not carrier:
        return np.zeros(len(zones)), np.zeros(len(zones))
    base, per_kg = network.freight_lines(atlas, carrier)
    return base[zones], per_kg[zones]


def _priced(
    grounds: Grounds, shipment: PlannedShipment, *, carrier: str, zones: Zones, distance_km: Floats
) -> SourcedShipment:
    """A shipment with the carrier's true charge."""
    place = grounds.atlas.index[shipment.node]
    weigh = {ask.item: ask.weight_g for ask in grounds.asks}
    weight_g = sum(line.quantity * weigh[line.item] for line in shipment.lines)
    zone = int(zones[place]) if carrier else 0
    freight = network.tariff_minor(grounds.atlas, carrier, zone, weight_g) if carrier else 0
    return SourcedShipment(
        node=shipment.node,
        lines=shipment.lines,
        zone=zone,
        distance_km=round(float(distance_km[place]), 3),
        weight_g=weight_g,
        freight_minor=freight,
        handling_minor=shipment.cost.handling_minor,
        split_minor=shipment.cost.split_minor,
    )


def _later(grounds: Grounds, field: Field, policy: Policy, found: Plan) -> Callable[[], Trace]:
    """The explanation, to be worked out by whoever asks for it."""
    return lambda: explain(grounds.asks, field, grounds.stock, policy, found)
