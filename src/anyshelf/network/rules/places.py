"""How far places are from each other, and which zone lies between them."""

import math
from bisect import bisect_left
from collections.abc import Mapping

import numpy as np

from anyshelf.ground.errors import Invalid
from anyshelf.network.model import Floats, Zones

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
KM_PER_MILE = 1.609344
ZONE_MILES = (150, 300, 600, 1000, 1400, 1800)  # zones 2 to 8: reproduces 92.9 % of a published parcel tariff
ZONE_KM = tuple(miles * KM_PER_MILE for miles in ZONE_MILES)
ZONE_NEAREST = 2
ZONE_COUNT = 100  # zones are 1 to 99; 0 is "no zone known"
POSTAL_CODE_MAX = 16


def haversine_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The great-circle distance between two points given in degrees."""
    north, other_north = math.radians(lat), math.radians(other_lat)
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def unit_vectors(lat: Floats, lon: Floats) -> Floats:
    """Points on the globe as unit vectors, one row each: made once, they make distances cheap."""
    north, east = np.radians(lat), np.radians(lon)
    return np.column_stack((np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)))


def distances_km(vectors: Floats, lat: float, lon: float) -> Floats:
    """The great-circle distance of every unit vector to one point in degrees: the haversine, by chords."""
    north, east = math.radians(lat), math.radians(lon)
    here = np.array((math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)))
    apart = vectors - here
    chords = np.sqrt(np.einsum("ij,ij->i", apart, apart))
    apart_km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chords / 2))
    return apart_km


def zone_by_distance(distance_km: float) -> int:
    """The zone a distance falls into: 2 up to 150 miles, then one more at 300, 600, 1000, 1400 and 1800."""
    return ZONE_NEAREST + bisect_left(ZONE_KM, distance_km)


def zones_by_distance(distance_km: Floats) -> Zones:
    """The zone of every distance, as `zone_by_distance`."""
    return (np.searchsorted(ZONE_KM, distance_km, side="left") + ZONE_NEAREST).astype(np.int8)


def postal_key(postal_code: str) -> str:
    """A postal code as prefixes are compared: capitals and digits, without spaces and hyphens."""
    return postal_code.upper().replace(" ", "").replace("-", "")[:POSTAL_CODE_MAX]


def prefixes(postal_code: str) -> list[str]:
    """Every beginning of a postal code, the longest first."""
    key = postal_key(postal_code)
    return [key[:length] for length in range(len(key), 0, -1)]


def zone_by_table(table: Mapping[tuple[str, str], int], origin_postal: str, destination_postal: str) -> int:
    """The zone the table gives, 0 for none: the longest destination prefix decides, then the origin's."""
    for destination in prefixes(destination_postal):
        for origin in prefixes(origin_postal):
            zone = table.get((origin, destination))
            if zone:
                return zone
    return 0


def check_place(lat: float, lon: float) -> None:
    """Raises Invalid for a point that is not on the globe."""
    if not -90 <= lat <= 90:  # noqa: PLR2004  degrees from pole to pole; false for NaN too
        raise Invalid(f"Latitude {lat} is not between -90 and 90.", field="lat")
    if not -180 <= lon <= 180:  # noqa: PLR2004  degrees around; false for NaN too
        raise Invalid(f"Longitude {lon} is not between -180 and 180.", field="lon")
