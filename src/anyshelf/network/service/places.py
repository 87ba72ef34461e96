"""Who is in the network, where, and how far."""

from zoneinfo import ZoneInfo

import numpy as np

from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.network.model import (
    Atlas,
    Channel,
    Codes,
    Floats,
    Indices,
    Node,
    Vendor,
)
from anyshelf.network.rules import calendar, places
from anyshelf.network.service.remembered import remembered


def node_index(atlas: Atlas, code: str, *, field: str = "node") -> int:
    """The index of a node in the arrays of the atlas; raises NotFound."""
    place = atlas.index.get(code)
    if place is None:
        raise NotFound(f"There is no node '{code}'.", field=field, node=code)
    return place


def node(atlas: Atlas, code: str, *, field: str = "node") -> Node:
    """A node by its code; raises NotFound."""
    return atlas.nodes[node_index(atlas, code, field=field)]


def point_of(text: str, *, field: str = "near") -> tuple[float, float]:
    """A point as it is written, such as 40.7,-73.9; raises Invalid."""
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid(f"{field} is a point such as 40.7,-73.9.", field=field) from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004  degrees
        raise Invalid(f"{field} is not a point on the earth.", field=field)
    return lat, lon


def codes(atlas: Atlas) -> Codes:
    """The codes of all nodes as an array, to be picked from by many indices at once."""
    return remembered(atlas, "codes", lambda: np.array([each.node for each in atlas.nodes], dtype=np.object_))


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


def distances_km(atlas: Atlas, lat: float, lon: float, among: Indices | None = None) -> Floats:
    """Kilometres to a point from every node, or from those of `among` in its order; not to be written to."""

    def work() -> Floats:
        apart_km = places.distances_km(atlas.vectors, lat, lon)
        apart_km.setflags(write=False)
        return apart_km

    apart_km = remembered(atlas, ("km", lat, lon), work)
    return apart_km if among is None else apart_km[among]


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
