"""What a person likes, what to show them, and whether showing it was worth anything."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from anyshelf.ground.ids import Id, derived_id

HELD_OUT_OF = 10
"""One person in so many is shown what everybody buys, to measure what knowing them is worth."""
CERTAINTY = 1.96


def held_out(market: str, person: Id) -> bool:
    """Whether somebody is in the group that is shown nothing of their own; always the same answer."""
    return derived_id("held out", market, str(person)).int % HELD_OUT_OF == 0


def mix(words: Sequence[str]) -> dict[str, float]:
    """How often each of these words, as shares, the commonest first."""
    counts = Counter(word for word in words if word)
    return {word: round(times / sum(counts.values()), 3) for word, times in counts.most_common()}


def lift(groups: Sequence[tuple[bool, int, int, int]]) -> dict[str, Any]:
    """How much likelier those who were shown their own order than those who were not, with its interval.

    The interval is Newcombe's, from Wilson's for each share: it stays sound for small groups.
    """
    counted = {out: (people, bought, spent) for out, people, bought, spent in groups}
    told: dict[str, Any] = {}
    for name, out in (("shown", False), ("held_out", True)):
        people, bought, spent = counted.get(out, (0, 0, 0))
        told[name] = {"people": people, "ordered": bought, "spent_minor": int(spent or 0)}
    (n, x, _), (m, y, _) = counted.get(False, (0, 0, 0)), counted.get(True, (0, 0, 0))
    if not n or not m:
        return {**told, "lift": None, "interval": None}
    change = x / n - y / m
    (low, high), (least, most) = _wilson(x, n), _wilson(y, m)
    below = math.sqrt((x / n - low) ** 2 + (most - y / m) ** 2)
    above = math.sqrt((high - x / n) ** 2 + (y / m - least) ** 2)
    return {
        **told,
        "lift": round(change, 4),
        "interval": [round(change - below, 4), round(change + above, 4)],
    }


def _wilson(times: int, of: int) -> tuple[float, float]:
    share, square = times / of, CERTAINTY**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = CERTAINTY * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return middle - half, middle + half
