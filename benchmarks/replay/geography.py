"""How far places are from each other."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


class Place(Protocol):
    """Anything that lies somewhere."""

    @property
    def lat(self) -> float:
        """Degrees north."""
        ...

    @property
    def lon(self) -> float:
        """Degrees east."""
        ...


def distances_km(places: Sequence[Place], lat: float, lon: float) -> npt.NDArray[np.float64]:
    """The great-circle distance of every place to a point: the haversine."""
    north = np.radians([place.lat for place in places])
    east = np.radians([place.lon for place in places])
    here, there = np.radians(lat), np.radians(lon)
    half = np.sin((here - north) / 2) ** 2 + np.cos(north) * np.cos(here) * np.sin((there - east) / 2) ** 2
    apart: npt.NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    return apart
