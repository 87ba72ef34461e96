"""Charts as SVG from this very server: numbers of ours alone, in the colours of the page's stylesheet.

Each stands beside its figures as text; where the text says all of it, the drawing is for eyes only.
"""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, THICK = 200, 12
PLOT_WIDTH, PLOT_HEIGHT, EDGE = 640, 150, 14


def bar(share: float, kind: str = "") -> Markup:
    """A share of the whole as a bar."""
    return _drawn(
        f'<svg class="bar {kind}" viewBox="0 0 {WIDTH} {THICK}" preserveAspectRatio="none" '
        f'aria-hidden="true">'
        f'<rect class="rest" width="{WIDTH}" height="{THICK}"/>'
        f'<rect class="part" width="{WIDTH * min(max(share, 0.0), 1.0):.1f}" height="{THICK}"/></svg>'
    )


def line(figures: Sequence[float], *, least: float, most: float, said: str) -> Markup:
    """A figure over time between its least and its most, with a dot for each time; `said` is read out."""
    span = max(most - least, 1e-9)
    step = (PLOT_WIDTH - 2 * EDGE) / max(len(figures) - 1, 1)
    spots = [
        (EDGE + place * step, EDGE + (PLOT_HEIGHT - 2 * EDGE) * (1 - (figure - least) / span))
        for place, figure in enumerate(figures)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in spots)
    zero = EDGE + (PLOT_HEIGHT - 2 * EDGE) * (1 - (min(max(0.0, least), most) - least) / span)
    return _drawn(
        f'<svg class="plot" viewBox="0 0 {PLOT_WIDTH} {PLOT_HEIGHT}" role="img" aria-label="{_text(said)}">'
        f'<line class="zero" x1="0" x2="{PLOT_WIDTH}" y1="{zero:.1f}" y2="{zero:.1f}"/>'
        f'<polyline points="{path}"/>{dots}</svg>'
    )


def interval(low: float, middle: float, high: float, *, said: str) -> Markup:
    """A figure with its interval beside nothing at all, which is the line in the middle."""
    reach = max(abs(low), abs(high), 1e-9) * 1.15
    x_low, x, x_high = (WIDTH * (1 + figure / reach) / 2 for figure in (low, middle, high))
    return _drawn(
        f'<svg class="interval" viewBox="0 0 {WIDTH} 24" role="img" aria-label="{_text(said)}">'
        f'<line class="zero" x1="{WIDTH / 2}" x2="{WIDTH / 2}" y1="0" y2="24"/>'
        f'<line class="span" x1="{x_low:.1f}" x2="{x_high:.1f}" y1="12" y2="12"/>'
        f'<circle cx="{x:.1f}" cy="12" r="5"/></svg>'
    )


def _text(said: str) -> str:
    return str(Markup.escape(said))


def _drawn(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704  numbers of ours, and text that is escaped above
