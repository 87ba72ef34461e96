"""The front door of the network: where stock lies, how far, at what cost, when it leaves and comes.

`atlas` gives the whole network of a market from memory; everything else here asks an atlas. Functions that
write bump the network's version, which makes every process draw its atlas anew.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import new_id
from anyshelf.network import store
from anyshelf.network.model import (
    ANY_NODE,
    Arrival,
    Atlas,
    Channel,
    Floats,
    Indices,
    Lane,
    Node,
    Rate,
    Service,
    Tariff,
    Vendor,
    Zones,
)
from anyshelf.network.rules import calendar, freight, places
from anyshelf.network.rules.drawing import Survey, draw

ATLASES_MAX = 32

_atlases: OrderedDict[tuple[str, ...], Atlas] = OrderedDict()
_drawing = threading.Lock()


def atlas(tx: Tx, market: str) -> Atlas:
    """The network of a market as this transaction sees it: from memory, drawn anew when it has changed.

    One cheap query a call. A market without any network gives an empty atlas.
    """
    _, stamp = store.version(tx, market)
    key = (tx.info.host, str(tx.info.port), tx.info.dbname, market)
    known = _atlases.get(key)
    if known is not None and stamp is not None and known.stamp == stamp:
        return known
    with _drawing:  # one drawing at a time: who waited finds the atlas drawn
        known = _atlases.get(key)
        if known is not None and stamp is not None and known.stamp == stamp:
            return known
        drawn = draw(_survey(tx, market))
        _atlases[key] = drawn
        while len(_atlases) > ATLASES_MAX:
            _atlases.popitem(last=False)
        return drawn


def _survey(tx: Tx, market: str) -> Survey:
    # The version is read first: a change that slips in between makes the atlas look older than it is, and it
    # is drawn once more. The other way round it would stay wrong.
    version, stamp = store.version(tx, market)
    return Survey(
        market=market,
        version=version,
        stamp=stamp,
        nodes=store.nodes(tx, market),
        services=store.services(tx, market),
        lanes=store.lanes(tx, market),
        rates=store.rates(tx, market),
        zones=store.zones(tx, market),
        channels=store.channels(tx, market),
        vendors=store.vendors(tx, market),
    )


# Who and where


def node_index(atlas: Atlas, code: str, *, field: str = "node") -> int:
    """The index of a node in the arrays of the atlas; raises NotFound."""
    place = atlas.index.get(code)
    if place is None:
        raise NotFound(f"There is no node '{code}'.", field=field, node=code)
    return place


def node(atlas: Atlas, code: str, *, field: str = "node") -> Node:
    """A node by its code; raises NotFound."""
    return atlas.nodes[node_index(atlas, code, field=field)]


def channel(atlas: Atlas, code: str, *, field: str = "channel") -> Channel:
    """A channel by its code; raises NotFound."""
    found = atlas.channels.get(code)
    if found is None:
        raise NotFound(f"There is no channel '{code}'.", field=field, channel=code)
    return found


def reach(atlas: Atlas, code: str) -> Indices:
    """The indices of the active nodes a channel draws on; raises NotFound."""
    channel(atlas, code)
    return atlas.reaches[code]


def vendor(atlas: Atlas, code: str, *, field: str = "vendor") -> Vendor:
    """A vendor by its code; raises NotFound."""
    found = atlas.vendors.get(code)
    if found is None:
        raise NotFound(f"There is no vendor '{code}'.", field=field, vendor=code)
    return found


def vendor_at(atlas: Atlas, node: str) -> Vendor | None:
    """The vendor who ships from a node, if one does."""
    return next((found for found in atlas.vendors.values() if found.node == node), None)


# How far


def distances_km(atlas: Atlas, lat: float, lon: float, among: Indices | None = None) -> Floats:
    """Kilometres to a point from every node, or from those of `among` in its order."""
    return places.distances_km(atlas.vectors if among is None else atlas.vectors[among], lat, lon)


def nodes_near(
    atlas: Atlas, lat: float, lon: float, among: Indices | None = None, *, limit: int | None = None
) -> Indices:
    """Indices of nodes by their distance to a point, the nearest first; ties go by node code.

    `among` narrows the choice (all active nodes without it); `limit` gives the nearest so many.
    """
    chosen = np.flatnonzero(atlas.active) if among is None else among
    apart_km = distances_km(atlas, lat, lon, chosen)
    if limit is not None and limit < len(chosen):
        furthest = np.partition(apart_km, limit - 1)[limit - 1] if limit > 0 else -1.0
        near = apart_km <= furthest
        chosen, apart_km = chosen[near], apart_km[near]
    return chosen[np.lexsort((chosen, apart_km))][:limit]


def timezone_near(atlas: Atlas, lat: float, lon: float) -> ZoneInfo:
    """The time zone of a shopper's address: that of the nearest node (UTC where there is none)."""
    if not atlas.nodes:
        return calendar.zone_named("UTC")
    return atlas.timezones[int(np.argmin(distances_km(atlas, lat, lon)))]


def timezone_of(atlas: Atlas, code: str) -> ZoneInfo:
    """The time zone of a node; raises NotFound."""
    return atlas.timezones[node_index(atlas, code)]


# What the way costs, and how long it is


def zones_to(
    atlas: Atlas, destination_postal: str, lat: float | None = None, lon: float | None = None
) -> Zones:
    """The zone from every node to a destination, one entry a node.

    The zone table decides, by the longest prefixes it has; elsewhere the distance does. Where there is
    neither a row nor a point, the zone is 0: unknown.
    """
    found = np.zeros(len(atlas.nodes), dtype=np.int8)
    for prefix in places.prefixes(destination_postal):
        column = atlas.zone_columns.get(prefix)
        if column is not None:
            row = atlas.zone_matrix[atlas.zone_rows, column]
            found = np.where(found == 0, row, found)
    if lat is not None and lon is not None and not found.all():
        found = np.where(found == 0, places.zones_by_distance(distances_km(atlas, lat, lon)), found)
    return found


def zone_between(
    atlas: Atlas, node: str, postal_code: str, lat: float | None = None, lon: float | None = None
) -> int:
    """The zone from one node to a destination, as `zones_to`; raises NotFound."""
    place = node_index(atlas, node)
    for prefix in places.prefixes(postal_code):
        column = atlas.zone_columns.get(prefix)
        zone = 0 if column is None else int(atlas.zone_matrix[atlas.zone_rows[place], column])
        if zone:
            return zone
    if lat is None or lon is None:
        return 0
    origin = atlas.nodes[place]
    return places.zone_by_distance(places.haversine_km(origin.lat, origin.lon, lat, lon))


def service(atlas: Atlas, code: str, *, field: str = "service") -> Service:
    """A carrier service by its name; raises NotFound."""
    found = atlas.services.get(code)
    if found is None:
        raise NotFound(f"There is no service '{code}'.", field=field, service=code)
    return found


def freight_lines(atlas: Atlas, service: str) -> tuple[Floats, Floats]:
    """What a service charges as straight lines: (base_minor[zone], per_kg_minor[zone]), for sourcing.

    Both have 100 entries, indexed by zone; NaN where the service does not go. Raises NotFound.
    """
    found = atlas.freight.get(service)
    if found is None:
        raise NotFound(f"There are no rates for a service '{service}'.", field="service", service=service)
    return found


def transit_line(atlas: Atlas, service: str) -> npt.NDArray[np.int16]:
    """How many working days a service takes, indexed by zone (100 entries); raises NotFound."""
    freight_lines(atlas, service)
    return atlas.transit[service]


def transit_days(atlas: Atlas, service: str, zone: int) -> int:
    """How many working days a service takes into a zone; raises NotFound."""
    return int(transit_line(atlas, service)[zone])


def tariff_minor(atlas: Atlas, service: str, zone: int, weight_g: int) -> int:
    """What a service charges for goods of a weight into a zone, in several parcels where one is too heavy.

    Raises NotFound where the service does not go into the zone.
    """
    return freight.amount_minor(_tariff(atlas, service, zone), weight_g)


def parcels(atlas: Atlas, service: str, zone: int, weight_g: int) -> int:
    """How many parcels a service makes of goods of a weight; raises NotFound."""
    return freight.parcels(_tariff(atlas, service, zone), weight_g)


def _tariff(atlas: Atlas, service: str, zone: int) -> Tariff:
    found = atlas.tariffs.get((service, zone))
    if found is None:
        raise NotFound(f"Service '{service}' does not go into zone {zone}.", field="service", service=service)
    return found


def lanes_between(atlas: Atlas, origin: str, destination: str) -> tuple[Lane, ...]:
    """The lanes from a node to a node: its own, else those from or to anywhere."""
    ends = ((origin, destination), (origin, ANY_NODE), (ANY_NODE, destination), (ANY_NODE, ANY_NODE))
    return next((atlas.lanes[pair] for pair in ends if pair in atlas.lanes), ())


# When


def next_open(atlas: Atlas, node: str, at: datetime) -> datetime | None:
    """The first moment from `at` on at which a node is open (`at` itself if it is); None if it never is."""
    place = node_index(atlas, node)
    return calendar.next_open(atlas.calendars[place], at, atlas.timezones[place])


def working_after(atlas: Atlas, node: str, start: datetime, minutes: int) -> datetime | None:
    """The moment by which a node has been open for so many minutes; None if it never opens."""
    place = node_index(atlas, node)
    return calendar.working_after(atlas.calendars[place], start, minutes, atlas.timezones[place])


def dispatch_at(atlas: Atlas, node: str, now: datetime) -> datetime | None:
    """The moment goods ordered now leave a node, by hours, cutoff and processing; None if it never opens."""
    place = node_index(atlas, node)
    found = atlas.nodes[place]
    return calendar.dispatch_at(
        atlas.calendars[place],
        cutoff=found.cutoff,
        processing_minutes=found.processing_minutes,
        now=now,
        tz=atlas.timezones[place],
    )


def _working_days(atlas: Atlas, code: str) -> frozenset[int]:
    return calendar.parse_days(service(atlas, code).working_days)


def arrival(
    atlas: Atlas, *, node: str, dispatched_at: datetime, service: str, days: int, destination_tz: ZoneInfo
) -> Arrival:
    """When goods that leave a node with a service come, after so many working days; raises NotFound."""
    working = _working_days(atlas, service)
    origin_tz = atlas.timezones[node_index(atlas, node)]
    return calendar.add_transit_days(
        dispatched_at, days, working_days=working, origin_tz=origin_tz, destination_tz=destination_tz
    )


# What may be written


def checked_hours(hours: str) -> str:
    """Opening hours as they were given; raises Invalid with the part that cannot be read."""
    calendar.parse_hours(hours)
    return hours


def checked_days(days: str) -> str:
    """Working days such as "Mo-Sa" as they were given; raises Invalid."""
    calendar.parse_days(days)
    return days


def checked_timezone(name: str) -> str:
    """The name of a time zone as it was given; raises Invalid for one nobody knows."""
    calendar.zone_named(name)
    return name


def postal_key(postal_code: str) -> str:
    """A postal code or a prefix of one as the zone table keeps it: capitals, no spaces, no hyphens."""
    return places.postal_key(postal_code)


# Writing


def currency(tx: Tx, market: str) -> str:
    """The currency a market keeps its books in; raises NotFound for a market nobody has opened."""
    found = store.currency(tx, market)
    if found is None:
        raise NotFound(f"There is no market '{market}'.", field="market", market=market)
    return found


def channels(tx: Tx, market: str) -> list[Channel]:
    """All channels, as they stand in this transaction."""
    return store.channels(tx, market)


def changed(tx: Tx, market: str) -> None:
    """Say that the network was changed; every function below says it itself."""
    store.bump(tx, market, new_id())


def node_codes(tx: Tx, market: str) -> list[str]:
    """The codes of all nodes, active or not."""
    return store.node_codes(tx, market)


def save_nodes(tx: Tx, market: str, new: Sequence[Node]) -> int:
    """Write nodes over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_nodes(tx, market, new) if new else 0


def save_services(tx: Tx, market: str, new: Sequence[Service]) -> int:
    """Write carrier services over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_services(tx, market, new) if new else 0


def save_lanes(tx: Tx, market: str, new: Sequence[Lane]) -> int:
    """Write lanes over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_lanes(tx, market, new) if new else 0


def save_rates(tx: Tx, market: str, new: Sequence[Rate], *, anew: Sequence[str] = ()) -> int:
    """Write rates; the services named `anew` lose the rates they had. Returns how many rates."""
    changed(tx, market)
    if anew:
        store.forget_rates(tx, market, anew)
    return store.save_rates(tx, market, new) if new else 0


def save_zones(tx: Tx, market: str, new: Sequence[tuple[str, str, int]]) -> int:
    """Write zones as (origin prefix, destination prefix, zone); returns how many."""
    changed(tx, market)
    keyed = [(places.postal_key(origin), places.postal_key(end), zone) for origin, end, zone in new]
    return store.save_zones(tx, market, keyed) if keyed else 0


def save_channels(tx: Tx, market: str, new: Sequence[Channel]) -> int:
    """Write channels over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_channels(tx, market, new) if new else 0


def save_vendors(tx: Tx, market: str, new: Sequence[Vendor]) -> int:
    """Write vendors over what was known of them; returns how many."""
    changed(tx, market)
    return store.save_vendors(tx, market, new) if new else 0
