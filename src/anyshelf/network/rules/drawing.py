"""Drawing the atlas of a network from its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from anyshelf.ground.ids import Id
from anyshelf.network.model import (
    ANY_NODE,
    Atlas,
    Calendar,
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
from anyshelf.network.rules.calendar import parse_hours, zone_named
from anyshelf.network.rules.freight import (
    TRANSIT_DAYS_FAR,
    default_transit_days,
    freight_line,
    tariffs,
    transit_days,
)
from anyshelf.network.rules.places import ZONE_COUNT, postal_key, prefixes, unit_vectors

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All rows of a network; zones come as (origin prefix, destination prefixes, zones)."""

    market: str
    version: int
    stamp: Id | None
    nodes: Sequence[Node] = ()
    services: Sequence[Service] = ()
    lanes: Sequence[Lane] = ()
    rates: Sequence[Rate] = ()
    zones: Iterable[tuple[str, Sequence[str], Sequence[int]]] = ()
    channels: Sequence[Channel] = ()
    vendors: Sequence[Vendor] = ()


def draw(survey: Survey) -> Atlas:
    """The atlas of a network: everything looked up often, laid out once."""
    nodes = tuple(survey.nodes)
    lat = _fixed(np.array([node.lat for node in nodes], dtype=np.float64))
    lon = _fixed(np.array([node.lon for node in nodes], dtype=np.float64))
    matrix, rows, columns = _zones(nodes, survey.zones)
    found = tariffs(survey.rates)
    named = {service for service, _ in found}
    return Atlas(
        market=survey.market,
        version=survey.version,
        stamp=survey.stamp,
        nodes=nodes,
        index=MappingProxyType({node.node: place for place, node in enumerate(nodes)}),
        kinds=_fixed(np.array([node.kind for node in nodes], dtype="U10")),
        active=_fixed(np.array([node.active for node in nodes], dtype=np.bool_)),
        lat=lat,
        lon=lon,
        vectors=_fixed(unit_vectors(lat, lon)),
        calendars=tuple(_calendar(node) for node in nodes),
        timezones=tuple(zone_named(node.timezone) for node in nodes),
        zone_matrix=_fixed(matrix),
        zone_rows=_fixed(rows),
        zone_columns=MappingProxyType(columns),
        services=MappingProxyType(_services(survey.services, named)),
        tariffs=MappingProxyType(found),
        freight=MappingProxyType({service: _freight(service, found) for service in sorted(named)}),
        transit=MappingProxyType(_transit(survey.rates, named)),
        lanes=MappingProxyType(_lanes(survey.lanes)),
        channels=MappingProxyType({channel.channel: channel for channel in survey.channels}),
        reaches=MappingProxyType({channel.channel: _reach(channel, nodes) for channel in survey.channels}),
        vendors=MappingProxyType({vendor.vendor: vendor for vendor in survey.vendors}),
    )


def _calendar(node: Node) -> Calendar:
    """The hours of a node, with the holidays of its country where they say something of holidays."""
    found = parse_hours(node.hours)
    return found if found.holidays is None else replace(found, country=node.country)


def _fixed(array: npt.NDArray[T]) -> npt.NDArray[T]:
    array.setflags(write=False)
    return array


def _services(known: Sequence[Service], named: set[str]) -> dict[str, Service]:
    """The services told of, and a plain one for every other that has rates."""
    return {name: Service(service=name) for name in sorted(named)} | {one.service: one for one in known}


def _freight(service: str, found: Mapping[tuple[str, int], Tariff]) -> tuple[Floats, Floats]:
    base, per_kg = np.full(ZONE_COUNT, np.nan), np.full(ZONE_COUNT, np.nan)
    for (name, zone), tariff in found.items():
        if name == service:
            line = freight_line(tariff)
            base[zone], per_kg[zone] = line.base_minor, line.per_kg_minor
    return _fixed(base), _fixed(per_kg)


def _transit(rates: Sequence[Rate], named: set[str]) -> dict[str, npt.NDArray[np.int16]]:
    usual = [TRANSIT_DAYS_FAR, *map(default_transit_days, range(1, ZONE_COUNT))]
    days = {service: np.array(usual, dtype=np.int16) for service in sorted(named)}
    for (service, zone), said in transit_days(rates).items():
        days[service][zone] = said
    return {service: _fixed(array) for service, array in days.items()}


def _lanes(lanes: Sequence[Lane]) -> dict[tuple[str, str], tuple[Lane, ...]]:
    found: dict[tuple[str, str], list[Lane]] = {}
    for lane in lanes:
        found.setdefault((lane.origin, lane.destination), []).append(lane)
    return {ends: tuple(between) for ends, between in found.items()}


def _reach(channel: Channel, nodes: Sequence[Node]) -> Indices:
    """The active nodes a channel draws on: those it names, of its groups, that name it; or all.

    A kind of node is a group too, and "*" is the group of all.
    """
    wanted = {channel.channel, *channel.groups}
    drawn = [
        node.node in channel.nodes or not wanted.isdisjoint((*node.groups, node.kind, ANY_NODE))
        for node in nodes
    ]
    says_nothing = not channel.nodes and not channel.groups and not any(drawn)
    reach = [place for place, node in enumerate(nodes) if node.active and (drawn[place] or says_nothing)]
    return _fixed(np.array(reach, dtype=np.intp))


def _zones(
    nodes: Sequence[Node], table: Iterable[tuple[str, Sequence[str], Sequence[int]]]
) -> tuple[Zones, Indices, dict[str, int]]:
    """The zone table as a matrix, the row of each node, and the column of each destination prefix."""
    columns: dict[str, int] = {}
    origins: dict[str, tuple[npt.NDArray[np.intp], Zones]] = {}
    wanted = {prefix for node in nodes for prefix in prefixes(node.postal_code)}
    for origin, destinations, zones in table:
        if origin in wanted:
            places = [columns.setdefault(prefix, len(columns)) for prefix in destinations]
            origins[origin] = (np.array(places, dtype=np.intp), np.array(zones, dtype=np.int8))
    lines: dict[tuple[str, ...], int] = {(): 0}  # row 0: nothing is known of where it lies
    rows = np.array([lines.setdefault(_origins(node, origins), len(lines)) for node in nodes], dtype=np.intp)
    matrix = np.zeros((len(lines), len(columns)), dtype=np.int8)
    for matching, row in lines.items():
        for origin in reversed(matching):  # the longest prefix has the last word
            places_of, zones_of = origins[origin]
            matrix[row, places_of] = zones_of
    return matrix, rows, columns


def _origins(node: Node, origins: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(prefix for prefix in prefixes(postal_key(node.postal_code)) if prefix in origins)
