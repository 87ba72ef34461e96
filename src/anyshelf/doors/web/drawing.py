"""What pages draw by themselves: codes and maps, as SVG from this very server."""

import math
from collections.abc import Sequence
from typing import Protocol

import segno
from markupsafe import Markup

KM_PER_DEGREE = 111.2
RINGS_KM = (2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500)
HALF = 100
"""Half the side of a map, in its own units."""
ROOM = 0.86
"""How far out the furthest pin stands, as a share of that half."""


def qr(text: str) -> Markup:
    """A QR code as a drawing in the page, to be read off a screen or off paper."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(scale=4, light="#fff")
    return Markup(drawn)  # noqa: S704  drawn by us


class Point(Protocol):
    """Something with a place on earth."""

    @property
    def lat(self) -> float:
        """Degrees north."""

    @property
    def lon(self) -> float:
        """Degrees east."""


def near_map(centre: Point, around: Sequence[Point]) -> Markup:
    """Pins around somebody's place, the nearest first and numbered from 1, with rings for the distance."""
    spots = [_offset_km(centre, each) for each in around]
    reach_km = max((math.hypot(east, north) for east, north in spots), default=1.0) or 1.0
    ring_km = next((ring for ring in RINGS_KM if ring >= reach_km), reach_km)
    scale = HALF * ROOM / ring_km
    rings = "".join(
        f'<circle class="ring" r="{radius * scale:.1f}"/>'
        f'<text class="km" y="{-radius * scale - 3:.1f}">{radius:g} km</text>'
        for radius in (ring_km / 2, ring_km)
    )
    pins = "".join(
        f'<g class="pin" transform="translate({east * scale:.1f} {-north * scale:.1f})">'
        f'<circle r="8"/><text dy="3.5">{number}</text></g>'
        for number, (east, north) in reversed(list(enumerate(spots, start=1)))
    )
    return Markup(  # noqa: S704  numbers of ours alone
        f'<svg class="map" viewBox="{-HALF} {-HALF} {2 * HALF} {2 * HALF}" role="img" '
        f'aria-label="{len(spots)} stores within {ring_km:g} kilometres">{rings}'
        f'<circle class="home" r="4"/>{pins}</svg>'
    )


def _offset_km(centre: Point, point: Point) -> tuple[float, float]:
    """How far east and north a point lies of another, flat enough for the way to a store."""
    east = (point.lon - centre.lon) * KM_PER_DEGREE * math.cos(math.radians(centre.lat))
    return east, (point.lat - centre.lat) * KM_PER_DEGREE
