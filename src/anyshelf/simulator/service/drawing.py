"""What the report draws: changes with their intervals, costs by part, days to the door, maps; in pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from anyshelf.simulator.model import Figure
from anyshelf.simulator.rules import Interval
from anyshelf.simulator.service.running import Answer, Dot
from anyshelf.simulator.service.wording import signed, verdict

WIDTH: Final = 640
LABEL, TOLD = 170, 190
"""What the names at the left and the words at the right of a chart take."""
ZERO: Final = (LABEL + WIDTH - TOLD) / 2
DOWN: Final = 190
UP: Final = 10
LEFT: Final = 44
MAP_WIDTH, MAP_HEIGHT, MARGIN = 420, 260, 14
STATES: Final = (-125.0, -66.5, 24.0, 50.0)
"""West, east, south, north of the United States without Alaska and Hawaii, which are left out of a map."""
COSTS: Final = ("freight", "handling", "counter_cost", "returns_cost", "written_off", "markdowns")
CHANGES: Final = (
    "contribution", "revenue", "lost_sales", "cost_per_order", "days_to_door", "promise_kept", "split_rate",
    "returns_cost", "co2_kg", "markdowns",
)  # fmt: skip
CLEAR: Final = {"clearly better": "better", "clearly worse": "worse"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a way changes of a figure, as a share of the first way's, on a scale of its own."""

    title: str
    low: float
    middle: float
    high: float
    tone: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a bar."""

    title: str
    x: float
    width: float
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """A bar of parts, and what they come to."""

    name: str
    said: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line, and what it says in words."""

    name: str
    points: str
    said: str


def changes(answer: Answer) -> list[tuple[str, list[Change]]]:
    """For each way but the first: what it changes of the figures a board asks for."""
    known = {each.name: each for each in answer.figures}
    shown = [known[name] for name in CHANGES if name in known and answer.level(0, name).mean]
    return [
        (answer.scenario.variants[place].name, _changes(answer, place, shown))
        for place in range(1, len(answer.played))
    ]


def _changes(answer: Answer, place: int, shown: Sequence[Figure]) -> list[Change]:
    found = [(each, answer.change(place, each.name), abs(answer.level(0, each.name).mean)) for each in shown]
    reach = max((abs(change.mean) + (change.half or 0.0)) / base for _, change, base in found)
    reach = min(max(reach, 0.01), 1.0)
    return [_change(figure, change, base, reach) for figure, change, base in found]


def _change(figure: Figure, change: Interval, base: float, reach: float) -> Change:
    half = (WIDTH - TOLD - LABEL) / 2 - 6

    def across(value: float) -> float:
        return round(ZERO + half * max(-1.0, min(1.0, value / base / reach)), 1)

    spread = change.half or 0.0
    return Change(
        title=figure.title, low=across(change.mean - spread), middle=across(change.mean),
        high=across(change.mean + spread), tone=CLEAR.get(verdict(change, figure), "unclear"),
        said=f"{signed(change, figure)} ({100 * change.mean / base:+.1f} %)",
    )  # fmt: skip


def costs(answer: Answer) -> tuple[list[Stacked], list[str]]:
    """What serving costs by part, for an order of any kind, and the titles of the parts."""
    parts = [each for name in COSTS for each in answer.figures if each.name == name]
    means = []
    for place, played in enumerate(answer.played):
        orders = max(1, sum(each.orders for each in played)) / len(played)
        means.append([answer.level(place, each.name).mean / orders for each in parts])
    most = max((sum(each) for each in means), default=0.0) or 1.0
    bars = [
        _stacked(variant.name, parts, values, most)
        for variant, values in zip(answer.scenario.variants, means, strict=True)
    ]
    return bars, [each.title for each in parts]


def _stacked(name: str, parts: Sequence[Figure], values: Sequence[float], most: float) -> Stacked:
    x, found = 0.0, []
    for part, value in zip(parts, values, strict=True):
        width = WIDTH * value / most
        found.append(Part(title=part.title, x=round(x, 1), width=round(width, 1), said=f"{value:.2f}"))
        x += width
    return Stacked(name=name, said=f"{sum(values):.2f}", parts=tuple(found))


def days(answer: Answer) -> tuple[list[Curve], list[tuple[float, str]]]:
    """How many of the sent orders are there after so many days, and the days under the chart."""
    curves = []
    last = 0
    for variant, played in zip(answer.scenario.variants, answer.played, strict=True):
        counts = [sum(column) for column in zip(*(each.by_days for each in played), strict=True)]
        total = sum(counts)
        if not total:
            continue
        shares = [sum(counts[: day + 1]) / total for day in range(len(counts))]
        last = max(last, next(day for day, share in enumerate(shares) if share > 0.995))  # noqa: PLR2004
        curves.append((variant.name, shares))
    step = (WIDTH - LEFT) / max(1, last + 1)
    drawn = [
        Curve(
            name=name, said=_by_days(shares),
            points=" ".join(
                f"{LEFT + step * (day + 0.5):.1f},{DOWN - (DOWN - UP) * share:.1f}"
                for day, share in enumerate(shares[: last + 1])
            ),
        )
        for name, shares in curves
    ]  # fmt: skip
    ticks = [(round(LEFT + step * (day + 0.5), 1), str(day)) for day in range(last + 1)]
    return drawn, ticks


def _by_days(shares: Sequence[float]) -> str:
    half = next(day for day, share in enumerate(shares) if share >= 0.5)  # noqa: PLR2004
    most = next(day for day, share in enumerate(shares) if share >= 0.95)  # noqa: PLR2004
    return f"half within {half} days, 95 % within {most}"


def maps(answer: Answer) -> list[tuple[str, list[dict[str, object]]]]:
    """Where parcels left, a map for each way."""
    return [
        (variant.name, _map(played[0].dots))
        for variant, played in zip(answer.scenario.variants, answer.played, strict=True)
    ]


def _map(dots: Sequence[Dot]) -> list[dict[str, object]]:
    west, east, south, north = STATES
    inside = [dot for dot in dots if west <= dot.lon <= east and south <= dot.lat <= north]
    if len(inside) * 2 < len(dots) and dots:  # another country: as it lies
        inside = list(dots)
        west, east = min(dot.lon for dot in dots), max(dot.lon for dot in dots)
        south, north = min(dot.lat for dot in dots), max(dot.lat for dot in dots)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(
        (MAP_WIDTH - 2 * MARGIN) / (max(east - west, 0.01) * narrow),
        (MAP_HEIGHT - 2 * MARGIN) / max(north - south, 0.01),
    )
    most = max((dot.parcels for dot in inside), default=0) or 1
    return [
        {
            "x": round(MAP_WIDTH / 2 + (dot.lon - (west + east) / 2) * narrow * scale, 1),
            "y": round(MAP_HEIGHT / 2 - (dot.lat - (south + north) / 2) * scale, 1),
            "r": round(1.2 + 15 * math.sqrt(dot.parcels / most), 1),
            "kind": dot.kind if dot.parcels else "idle", "said": f"{dot.node}: {dot.parcels:,} parcels",
        }
        for dot in sorted(inside, key=lambda dot: -dot.parcels)
    ]  # fmt: skip
