"""A chart of demand as SVG from this very server: what was wanted, what is expected, and how sure that is."""

from collections.abc import Sequence

from markupsafe import Markup

from anyshelf.planning.model import Closeup, Period

WIDTH, HEIGHT, FOOT = 640, 220, 22
SHOWN = 26
"""At most so many past periods are drawn."""


def demand_chart(seen: Closeup) -> Markup:
    """Bars of the past, marked where the shelf ran empty; the expected as a line within its bounds."""
    past, short = seen.history[-SHOWN:], seen.short[-SHOWN:]
    count = max(len(past) + len(seen.forecast), 1)
    top = max([1.0, *past, *(float(each.high) for each in seen.forecast)])
    step = WIDTH / count
    bars = "".join(
        _bar(place, units, top, step, short=empty)
        for place, (units, empty) in enumerate(zip(past, short, strict=True))
    )
    band, line = _expected(seen.forecast, len(past), top, step)
    half = _y(top / 2, top)
    said = (
        f"{seen.item} at {seen.node}: {len(past)} periods of {seen.period_days} days, the last "
        f"{sum(past[-1:]):g} units, and what is expected of the next {len(seen.forecast)}"
    )
    today = len(past) * step
    return Markup(
        '<svg class="demand" viewBox="0 0 {width} {height}" role="img" aria-label="{said}">'
        '<path class="grid" d="M0 {half:.1f}H{width}M0 {top:.1f}H{width}"/>'
        '<text x="2" y="{top_text:.1f}">{most:g}</text><text x="2" y="{half_text:.1f}">{middle:g}</text>'
    ).format(
        width=WIDTH, height=HEIGHT, said=said, half=half, top=_y(top, top), top_text=_y(top, top) + 11,
        half_text=half + 11, most=top, middle=top / 2,
    ) + Markup(  # noqa: S704  numbers of ours alone
        f'{band}{bars}{line}<path class="today" d="M{today:.1f} 0V{HEIGHT - FOOT}"/>'
        f'<text x="{max(today - 4, 0):.1f}" y="{HEIGHT - 6}" text-anchor="end">past</text>'
        f'<text x="{today + 4:.1f}" y="{HEIGHT - 6}">expected</text></svg>'
    )  # fmt: skip


def _y(units: float, top: float) -> float:
    return (HEIGHT - FOOT) * (1.0 - 0.94 * units / top)


def _bar(place: int, units: float, top: float, step: float, *, short: bool) -> str:
    kind = "past short" if short else "past"
    height = HEIGHT - FOOT - _y(units, top)
    if short:
        height = max(height, 3.0)
    at, wide = place * step + 1, max(step - 2, 1)
    top_edge = HEIGHT - FOOT - height
    return f'<rect class="{kind}" x="{at:.1f}" y="{top_edge:.1f}" width="{wide:.1f}" height="{height:.1f}"/>'


def _expected(periods: Sequence[Period], start: int, top: float, step: float) -> tuple[str, str]:
    """The band from the lower to the upper bound, and the line of the means with its dots."""
    if not periods:
        return "", ""
    middle = [(start + place + 0.5) * step for place in range(len(periods))]
    high = " ".join(f"{x - step / 2:.1f},{_y(each.high, top):.1f} {x + step / 2:.1f},{_y(each.high, top):.1f}"
                    for x, each in zip(middle, periods, strict=True))  # fmt: skip
    low = " ".join(f"{x + step / 2:.1f},{_y(each.low, top):.1f} {x - step / 2:.1f},{_y(each.low, top):.1f}"
                   for x, each in reversed(list(zip(middle, periods, strict=True))))  # fmt: skip
    means = [(x, _y(each.mean, top)) for x, each in zip(middle, periods, strict=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in means)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in means)
    return f'<polygon class="band" points="{high} {low}"/>', f'<polyline class="mean" points="{line}"/>{dots}'
