"""Which nodes serve these lines: the decision, on shelves that were read."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.inventory.model import Doubts
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Floats, Zones
from anyshelf.sourcing.model import (
    Ask,
    Destination,
    Field,
    FloatArray,
    IntArray,
    Leanings,
    Plan,
    PlannedShipment,
    Policy,
    Sourced,
    SourcedShipment,
    Trace,
    Way,
)
from anyshelf.sourcing.rules import (
    FULL,
    LEFT_OUT,
    NO_COUNTER,
    REASONS,
    TOO_LATE,
    MayServe,
    barred_by,
    barred_for,
    chance_at,
    choose_in_field,
    enough,
    explain,
    field_towards,
    kept_at,
    may_serve,
    sourced_at,
    unfit_goods,
)
from anyshelf.sourcing.service.carriers import GROUND, by_lanes, freight, service_for, towards
from anyshelf.sourcing.service.leaning import chance_of, leanings_for, loads_of
from anyshelf.sourcing.service.shelves import Grounds, Shelves, grounds_on, shelves

CARRY_OUT: Final = "carry_out"
CAPABILITIES: Final[Mapping[str, str]] = {
    "ship": "ship", "deliver": "ship", "pickup": "pickup", "reserve": "pickup",
}  # fmt: skip
"""What a node must be equipped for; a method that is not named here asks for nothing."""
TRAVELS: Final = frozenset({"ship", "deliver"})
"""The methods by which goods go to a destination; for the others they stay, or go to the home node."""

NOTHING_BOOKED: Final[Mapping[str, Mapping[date, float]]] = MappingProxyType({})

KEPT_MAX: Final = 128

_Key = tuple[Id | None, str, str, frozenset[str], str]
_kept: OrderedDict[_Key, MayServe] = OrderedDict()


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
    policy: Policy | None = None,
    service: str = GROUND,
    wanted_by: datetime | None = None,
    booked: Mapping[str, Mapping[date, float]] = NOTHING_BOOKED,
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
        service=service, wanted_by=wanted_by, booked=booked,
    )  # fmt: skip
    return choose(grounds, way, policy=policy, now=now)


def look(tx: Tx, market: str, *, channel: str, asks: Sequence[Ask], method: str, now: datetime) -> Grounds:
    """Read the network and what the channel may still promise of these items: two queries."""
    return grounds_on(
        _read(tx, market, channel=channel, asks=asks, in_hand=method == CARRY_OUT, now=now), asks
    )


def _read(tx: Tx, market: str, *, channel: str, asks: Sequence[Ask], in_hand: bool, now: datetime) -> Shelves:
    return shelves(tx, market, channel=channel, items=[ask.item for ask in asks], in_hand=in_hand, now=now)


def choose(grounds: Grounds, way: Way, *, policy: Policy | None = None, now: datetime) -> Sourced:
    """Decide on what was looked at, as `plan`; who is full for the day serves only what nobody else can.

    By the policy of the channel, where none is named.
    """
    policy = policy or grounds.policy
    loads = loads_of(grounds.atlas, way, now)
    spared = _choose(grounds, way, policy, now, loads, full=FULL)
    if loads is None or not spared.short:
        return spared
    return _choose(grounds, way, policy, now, loads, full=0)


def _choose(
    grounds: Grounds, way: Way, policy: Policy, now: datetime, loads: FloatArray | None, *, full: int
) -> Sourced:
    """Decide with the nodes that are full barred for this reason, or not at all (0)."""
    if way.node is not None and way.home is None and way.method not in TRAVELS:
        stays = _where_it_stays(grounds, way, policy, now)
        if stays is not None:
            return stays
    end = _end_of(grounds.atlas, way)
    carrier = service_for(grounds.atlas, way.service) if end else ""
    zones, distance_km = towards(grounds.atlas, end)
    base, per_kg = freight(grounds.atlas, carrier, zones)
    if way.home is not None:
        base, per_kg = by_lanes(grounds.atlas, way.home, base, per_kg)
    grounds, barred = _fit(grounds, way, _barred(grounds, way))
    if loads is not None:
        barred = np.where((barred == 0) & (loads >= 1), full, barred)
    leanings = leanings_for(
        grounds, way, policy, barred=barred, loads=loads, carrier=carrier, zones=zones, now=now
    )
    if leanings.late_days is not None and policy.late_days_max is not None:
        barred = np.where((barred == 0) & (leanings.late_days > policy.late_days_max), TOO_LATE, barred)
    field = field_towards(
        _who_may(grounds, way),
        barred,
        distance_km=distance_km,
        base_minor=base,
        per_kg_minor=per_kg,
    )
    found = choose_in_field(grounds.asks, field, grounds.stock, policy, grounds.worth, leanings=leanings)
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
        explanation=_later(grounds, field, policy, found, leanings),
        chance=chance_of(found, grounds),
    )


def _fit(grounds: Grounds, way: Way, barred: IntArray) -> tuple[Grounds, IntArray]:
    """The stock that may be sent this way: goods not everybody may send lie only where they are sent from."""
    travels = way.home is not None or way.method in TRAVELS
    unfit = unfit_goods(grounds.atlas, grounds.asks) if travels else None
    if unfit is None:
        return grounds, barred
    if way.home is not None:
        unfit[network.node_index(grounds.atlas, way.home)] = 0  # there they stay
    return replace(grounds, stock=np.where(unfit == 0, grounds.stock, 0)), barred_by(barred, unfit)


def _where_it_stays(grounds: Grounds, way: Way, policy: Policy, now: datetime) -> Sourced | None:
    """The plan where the shopper chose the node and goods do not travel: there is nothing to search for.

    None where that node may not serve, or has not enough: then the search says what is short, and why.
    """
    who, place = _who_may(grounds, way), network.node_index(grounds.atlas, str(way.node))
    if who.barred[place] or way.node in way.excluded:
        return None
    if not enough(grounds.asks, grounds.stock[place].tolist()):
        return None
    found = sourced_at(grounds.asks, who, place, policy, now)
    return replace(found, chance=chance_of(found.plan, grounds))


def stay(  # noqa: PLR0913  all that a decision is asked, by name
    atlas: Atlas,
    channel: str,
    lines: Sequence[tuple[int, str, int]],
    *,
    weight_g: int,
    method: str,
    node: str,
    kinds: frozenset[str],
    policy: Policy,
    now: datetime,
    doubts: Doubts | None = None,
    classes: Sequence[str] = (),
) -> dict[str, Any] | None:
    """Why lines (number, item, quantity) stay at the node the shopper chose, as `kept`.

    Nobody has looked whether it has them: whoever reserves them finds out. None where it may not serve.
    `classes` are the classes of goods of the lines, which the `doubts` of the market speak of.
    """
    who = _allowed(atlas, channel, kinds, CAPABILITIES.get(method, ""))
    place = network.node_index(atlas, node)
    if who.barred[place]:
        return None
    chance = 1.0 if doubts is None or method == CARRY_OUT else chance_at(doubts, classes, place)
    return kept_at(lines, weight_g, who, place, policy, now, chance=chance)


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


def _who_may(grounds: Grounds, way: Way) -> MayServe:
    """Who may serve this way."""
    capability = "ship" if way.home else CAPABILITIES.get(way.method, "")
    return _allowed(grounds.atlas, grounds.channel.channel, way.kinds, capability)


def _allowed(atlas: Atlas, channel: str, kinds: frozenset[str], capability: str) -> MayServe:
    """Who may serve a channel; kept for as long as the network does not change."""
    key = (atlas.stamp, atlas.market, channel, kinds, capability)
    known = _kept.get(key)
    if known is not None and atlas.stamp is not None:
        return known
    found = may_serve(atlas, network.reach(atlas, channel), kinds=kinds, capability=capability)
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


def _later(
    grounds: Grounds, field: Field, policy: Policy, found: Plan, leanings: Leanings
) -> Callable[[], Trace]:
    """The explanation, to be worked out by whoever asks for it."""
    return lambda: explain(
        grounds.asks, field, grounds.stock, policy, found, grounds.worth, leanings=leanings
    )


def field_for(grounds: Grounds, way: Way) -> tuple[Field, str, Zones]:
    """The field of a decision with the carrier and the zones it rests on, for decisions taken together."""
    end = _end_of(grounds.atlas, way)
    carrier = service_for(grounds.atlas, way.service) if end else ""
    zones, distance_km = towards(grounds.atlas, end)
    base, per_kg = freight(grounds.atlas, carrier, zones)
    who = _who_may(grounds, way)
    field = field_towards(
        who, _barred(grounds, way), distance_km=distance_km, base_minor=base, per_kg_minor=per_kg
    )
    return field, carrier, zones


def as_sourced(
    grounds: Grounds, found: Plan, field: Field, carrier: str, zones: Zones, now: datetime
) -> Sourced:
    """A plan that was found elsewhere, with what its carriers will charge."""
    return Sourced(
        plan=found,
        service=carrier,
        shipments=tuple(
            _priced(grounds, shipment, carrier=carrier, zones=zones, distance_km=field.distance_km)
            for shipment in found.shipments
        ),
        decided_at=now,
        explanation=lambda: found.trace,
    )
