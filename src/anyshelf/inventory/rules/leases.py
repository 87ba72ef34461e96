"""How much of what is free a till may keep to itself, so that it can sell while it is cut off."""

from collections.abc import Mapping
from typing import Final

SHARE: Final = 4
UNITS_MAX: Final = 10
TILL_UNITS_MAX: Final = 500
"""How many units one till leases in all: more than it sells in the hours it may go on alone."""


def leased_units(free: int) -> int:
    """A quarter of what is free, at most ten; one of two or three; the last one is left to everybody."""
    if free < 2:  # noqa: PLR2004  the last one
        return 0
    return min(UNITS_MAX, max(1, free // SHARE))


def shares(free: Mapping[str, int], *, most: int) -> dict[str, int]:
    """How many units of each item (by what is free of it) a till takes up, `most` in all.

    Where that binds everything is cut to the same height, so that it can sell a little of everything; of more
    items than that, one each of those with the most free.
    """
    wanted = {item: units for item, there in free.items() if (units := leased_units(there))}
    height = next(
        (top for top in range(UNITS_MAX, 0, -1) if sum(min(top, units) for units in wanted.values()) <= most),
        0,
    )
    if height:
        return {item: min(height, units) for item, units in wanted.items()}
    fullest = sorted(wanted, key=lambda item: (-free[item], item))
    return dict.fromkeys(fullest[: max(0, most)], 1)
