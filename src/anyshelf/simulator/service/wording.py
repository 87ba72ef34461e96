"""Figures in words: with their unit, their interval, and whether a change is clear."""

from anyshelf.simulator.model import Figure
from anyshelf.simulator.rules import Interval

UNITS = {"money": "", "days": " days"}
LARGE = 1000
"""Of so much and more nobody reads the cents."""


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
    digits = 0 if abs(value) >= LARGE else 2
    return f"{value:,.{digits}f}" + UNITS.get(figure.unit, f" {figure.unit}")


def verdict(change: Interval | None, figure: Figure) -> str:
    """Whether a change is clear, and for better or worse."""
    if change is None:
        return ""
    if not change.is_clear:
        return "no clear difference"
    if figure.more_is_better is None:
        return "clearly different"
    return "clearly better" if (change.mean > 0) == figure.more_is_better else "clearly worse"
