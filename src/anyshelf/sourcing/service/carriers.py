"""Who carries goods, from how far, and what that costs from every node."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from anyshelf.ground.errors import NoPromise
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Floats, Zones
from anyshelf.sourcing.model import Destination

GROUND: Final = "ground"


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


def by_lanes(atlas: Atlas, home: str, base: Floats, per_kg: Floats) -> tuple[Floats, Floats]:
    """What goods cost on their way to a store of ours: by its own lanes where it has any, else by carrier."""
    base, per_kg = base.copy(), per_kg.copy()
    for (origin, end), lanes in atlas.lanes.items():
        if end == home and origin in atlas.index:
            base[atlas.index[origin]] = lanes[0].cost_minor
            per_kg[atlas.index[origin]] = lanes[0].cost_minor_per_kg
    base[atlas.index[home]] = per_kg[atlas.index[home]] = 0.0
    return base, per_kg


def towards(atlas: Atlas, destination: Destination | None) -> tuple[Zones, Floats]:
    """Zone and kilometres from every node; zeros where goods do not travel or nobody knows how far."""
    count = len(atlas.nodes)
    if destination is None:
        return np.zeros(count, dtype=np.int8), np.zeros(count)
    lat, lon = destination.lat, destination.lon
    zones = network.zones_to(atlas, destination.postal_code, lat, lon)
    if lat is None or lon is None:
        return zones, np.zeros(count)
    return zones, network.distances_km(atlas, lat, lon)


def freight(atlas: Atlas, carrier: str, zones: Zones) -> tuple[Floats, Floats]:
    """What a parcel and a kilogram cost from every node: NaN where the carrier does not come from."""
    if not carrier:
        return np.zeros(len(zones)), np.zeros(len(zones))
    base, per_kg = network.freight_lines(atlas, carrier)
    return base.take(zones), per_kg.take(zones)
