"""An answer as a page that stands alone: plain words, maps and charts, nothing fetched from anywhere."""

import math
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader

from anyshelf.simulator.model import FIGURES, Figure
from anyshelf.simulator.rules import Interval
from anyshelf.simulator.service.running import Answer, Dot

CHART_WIDTH = 360
MAP_WIDTH, MAP_HEIGHT = 420, 260
WEST, EAST, SOUTH, NORTH = -125.0, -66.0, 24.0, 50.0

_pages = Environment(loader=PackageLoader("anyshelf.simulator.service", ""), autoescape=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A mean and its interval on a chart: places in pixels, and in words."""

    name: str
    low: float
    middle: float
    high: float
    said: str
    change: str
    verdict: str


def as_html(answer: Answer) -> str:
    """The whole report."""
    names = [variant.name for variant in answer.scenario.variants]
    charts = [(figure, _bars(answer, figure)) for figure in FIGURES]
    maps = [
        (name, [_circle(dot, played[0].dots) for dot in _drawn(played[0].dots)])
        for name, played in zip(names, answer.played, strict=True)
    ]
    return _pages.get_template("report.html").render(
        question=answer.scenario.question, name=answer.scenario.name, replications=answer.replications,
        orders=sum(each.orders for played in answer.played for each in played), names=names, charts=charts,
        maps=maps, headline=_headline(answer), width=CHART_WIDTH, map_width=MAP_WIDTH, map_height=MAP_HEIGHT,
        settings=[(variant.name, variant.setting) for variant in answer.scenario.variants],
    )  # fmt: skip


def _headline(answer: Answer) -> list[str]:
    """What the variants change that matters most, a sentence each."""
    told = []
    first = answer.scenario.variants[0].name
    for place, variant in enumerate(answer.scenario.variants[1:], start=1):
        for figure in FIGURES[:5]:
            change = answer.change(place, figure.name)
            sure = "" if change.is_clear else " That may be chance."
            told.append(
                f"{variant.name} against {first}: {figure.title.lower()} {signed(change, figure)}.{sure}"
            )
    return told


def _bars(answer: Answer, figure: Figure) -> list[Bar]:
    """A bar for each variant, on one scale."""
    levels = [answer.level(place, figure.name) for place in range(len(answer.played))]
    lows = [each.mean - (each.half or 0.0) for each in levels]
    highs = [each.mean + (each.half or 0.0) for each in levels]
    low, high = min(lows), max(highs)
    span = (high - low) or abs(high) or 1.0

    def across(value: float) -> float:
        return round(20 + (CHART_WIDTH - 40) * (value - low) / span, 1)

    bars = []
    for place, level in enumerate(levels):
        change = answer.change(place, figure.name) if place else None
        bars.append(
            Bar(
                name=answer.scenario.variants[place].name,
                low=across(lows[place]),
                middle=across(level.mean),
                high=across(highs[place]),
                said=said(level, figure),
                change=signed(change, figure) if change else "",
                verdict=_verdict(change, figure),
            )
        )
    return bars


def _verdict(change: Interval | None, figure: Figure) -> str:
    if change is None:
        return ""
    if not change.is_clear:
        return "no clear difference"
    if figure.more_is_better is None:
        return "clearly different"
    return "clearly better" if (change.mean > 0) == figure.more_is_better else "clearly worse"


def said(level: Interval, figure: Figure) -> str:
    """A mean and half its interval, in words."""
    half = "" if level.half is None else f" ± {number(level.half, figure)}"
    return f"{number(level.mean, figure)}{half}"


def signed(change: Interval, figure: Figure) -> str:
    """A change with its sign and half its interval, in words."""
    half = "" if change.half is None else f" ± {number(change.half, figure)}"
    return f"{'+' if change.mean >= 0 else '-'}{number(abs(change.mean), figure)}{half}"


def number(value: float, figure: Figure) -> str:
    """A value in its unit, with as many digits as are read."""
    if figure.unit == "share":
        return f"{100 * value:.2f} %"
    digits = 0 if abs(value) >= 1000 else 2  # noqa: PLR2004  no cents on thousands
    return f"{value:,.{digits}f}" + {"money": "", "days": " days"}.get(figure.unit, f" {figure.unit}")


def _drawn(dots: tuple[Dot, ...]) -> list[Dot]:
    inside = [dot for dot in dots if WEST <= dot.lon <= EAST and SOUTH <= dot.lat <= NORTH]
    return sorted(inside, key=lambda dot: -dot.parcels)


def _circle(dot: Dot, dots: tuple[Dot, ...]) -> dict[str, object]:
    most = max((each.parcels for each in dots), default=0) or 1
    return {
        "x": round(MAP_WIDTH * (dot.lon - WEST) / (EAST - WEST), 1),
        "y": round(MAP_HEIGHT * (NORTH - dot.lat) / (NORTH - SOUTH), 1),
        "r": round(1.2 + 16 * math.sqrt(dot.parcels / most), 1),
        "kind": dot.kind, "said": f"{dot.node}: {dot.parcels:,} parcels",
    }  # fmt: skip
