"""What the way costs, and how long it is."""

import numpy as np
import numpy.typing as npt

from anyshelf.ground.errors import NotFound
from anyshelf.network.model import (
    ANY_NODE,
    Atlas,
    Floats,
    Lane,
    Service,
    Tariff,
    Zones,
)
from anyshelf.network.rules import freight, places
from anyshelf.network.service.places import distances_km, node_index
from anyshelf.network.service.remembered import remembered


def zones_to(
    atlas: Atlas, destination_postal: str, lat: float | None = None, lon: float | None = None
) -> Zones:
    """The zone from every node to a destination, one entry a node.

    The zone table decides, by the longest prefixes it has; elsewhere the distance does. Where there is
    neither a row nor a point, the zone is 0: unknown. Not to be written to.
    """
    key = ("zones", destination_postal, lat, lon)
    return remembered(atlas, key, lambda: _zones_to(atlas, destination_postal, lat, lon))


def _zones_to(atlas: Atlas, destination_postal: str, lat: float | None, lon: float | None) -> Zones:
    found = np.zeros(len(atlas.nodes), dtype=np.int8)
    for prefix in places.prefixes(destination_postal):
        column = atlas.zone_columns.get(prefix)
        if column is not None:
            row = atlas.zone_matrix[atlas.zone_rows, column]
            found = np.where(found == 0, row, found)
    if lat is not None and lon is not None and not found.all():
        found = np.where(found == 0, places.zones_by_distance(distances_km(atlas, lat, lon)), found)
    found.setflags(write=False)
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
