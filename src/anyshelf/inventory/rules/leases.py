"""How much of what is free a till may keep to itself, so that it can sell while it is cut off."""

from typing import Final

SHARE: Final = 4
UNITS_MAX: Final = 10


def leased_units(free: int) -> int:
    """A quarter of what is free, at most ten; one of two or three; the last one is left to everybody."""
    if free < 2:  # noqa: PLR2004  the last one
        return 0
    return min(UNITS_MAX, max(1, free // SHARE))
