"""Maps of a whole network, drawn by ourselves: where a place on earth stands in the picture.

The United States are drawn over an outline that lies in the repository, in the projection that outline was
made in (Albers' equal-area conic, Alaska and Hawaii moved in); any other network as it lies, without one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from anyshelf.doors.web.drawing import Point

WIDTH: Final = 975.0
HEIGHT: Final = 610.0
MARGIN: Final = 40.0
SCALE: Final = 1300.0
"""As in us-atlas: geoAlbersUsa().scale(1300).translate([487.5, 305])."""

Spot = tuple[float, float]
Projection = Callable[[Point], Spot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Somewhere:
    """A place on earth, in degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conic:
    """Albers' equal-area conic projection between two parallels, about a centre, at a place of the picture.

    Snyder, Map Projections: A Working Manual (USGS 1987), equations 14-1 to 14-6, on the sphere.
    """

    parallels: tuple[float, float]
    turned: float
    centre: tuple[float, float]
    scale: float
    at: Spot

    def __call__(self, point: Point) -> Spot:
        """Where the point stands in the picture, y downwards."""
        x, y = self._raw(point.lon + self.turned, point.lat)
        home_x, home_y = self._raw(*self.centre)
        return self.at[0] + self.scale * (x - home_x), self.at[1] - self.scale * (y - home_y)

    def _raw(self, lon: float, lat: float) -> Spot:
        south, north = (math.sin(math.radians(each)) for each in self.parallels)
        n = (south + north) / 2
        c = 1 + south * (2 * n - south)
        radius = math.sqrt(c - 2 * n * math.sin(math.radians(lat))) / n
        angle = n * math.radians((lon + 180) % 360 - 180)
        return radius * math.sin(angle), math.sqrt(c) / n - radius * math.cos(angle)


STATES: Final = Conic(
    parallels=(29.5, 45.5), turned=96, centre=(-0.6, 38.7), scale=SCALE, at=(WIDTH / 2, HEIGHT / 2)
)
ALASKA: Final = Conic(
    parallels=(55, 65), turned=154, centre=(-2, 58.5), scale=0.35 * SCALE,
    at=(WIDTH / 2 - 0.307 * SCALE, HEIGHT / 2 + 0.201 * SCALE),
)  # fmt: skip
HAWAII: Final = Conic(
    parallels=(8, 18), turned=157, centre=(-3, 19.9), scale=SCALE,
    at=(WIDTH / 2 - 0.205 * SCALE, HEIGHT / 2 + 0.212 * SCALE),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A picture of a network: how its places are projected, and the outline behind them, if there is one."""

    project: Projection
    outline: str = ""
    width: float = WIDTH
    height: float = HEIGHT


def in_states(point: Point) -> Spot:
    """Where a place in the United States stands, Alaska and Hawaii below the south-west."""
    if point.lat > 50:  # noqa: PLR2004  north of the other states
        return ALASKA(point)
    return (HAWAII if point.lat < 23.5 and point.lon < -140 else STATES)(point)  # noqa: PLR2004  in the Pacific


def map_of(points: Sequence[Point], *, country: str) -> Map:
    """The map these places fit on."""
    if country == "US":
        return Map(project=in_states, outline="us-states.svg")
    return Map(project=_fitted(points))


def _fitted(points: Sequence[Point]) -> Projection:
    """Degrees as they lie, narrowed to the middle latitude, scaled to fill the picture."""
    lats, lons = [each.lat for each in points] or [0.0], [each.lon for each in points] or [0.0]
    narrow = math.cos(math.radians((max(lats) + min(lats)) / 2))
    wide, high = max((max(lons) - min(lons)) * narrow, 0.1), max(max(lats) - min(lats), 0.1)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    east, north = (max(lons) + min(lons)) / 2, (max(lats) + min(lats)) / 2
    return lambda point: (
        WIDTH / 2 + (point.lon - east) * narrow * scale,
        HEIGHT / 2 - (point.lat - north) * scale,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The part of a picture that is looked at: its corner, its size, and how long a unit of the screen is."""

    left: float
    top: float
    width: float
    height: float

    @property
    def box(self) -> str:
        """As an SVG says it."""
        return f"{self.left:.1f} {self.top:.1f} {self.width:.1f} {self.height:.1f}"

    @property
    def unit(self) -> float:
        """How much of the picture looks as large as a unit of the whole."""
        return self.width / WIDTH


def around(spots: Sequence[Spot], *, least: float = 130.0) -> View:
    """What holds all these spots with some room around, in the shape of the whole picture."""
    if not spots:
        return View(left=0, top=0, width=WIDTH, height=HEIGHT)
    across, down = [x for x, _ in spots], [y for _, y in spots]
    width = max(least, (max(across) - min(across)) * 1.3, (max(down) - min(down)) * 1.3 * WIDTH / HEIGHT)
    height = width * HEIGHT / WIDTH
    left, top = (max(across) + min(across) - width) / 2, (max(down) + min(down) - height) / 2
    return View(left=left, top=top, width=width, height=height)
