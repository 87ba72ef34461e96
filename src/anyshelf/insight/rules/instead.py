"""What could be had instead of something: alike in kind and price, and not what goes with it."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

KIND_WEIGHT, PRICE_WEIGHT, POPULAR_WEIGHT = 0.6, 0.3, 0.1
LIKENESS_MIN = 0.15
"""What is less alike is something else."""
LETTERS_MIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """What is compared of an item: its name, its shelf and its price."""

    item: str
    name: str
    category: str
    price_minor: int


def alike(
    wanted: Good, others: Sequence[Good], *, popular: Mapping[str, float], beside: Mapping[str, float]
) -> list[str]:
    """The items of the same shelf by how well they stand in for another, the best first.

    Likeness is of the words of their names (Jaccard) and of their prices (one twice or half as high counts
    half); what everybody buys goes before what is alike but for that. What is bought together with it
    (`beside`, from 0 to 1) is no substitute for it, by as much.
    """
    most = max(popular.values(), default=0.0) or 1.0
    scored = []
    for other in others:
        if other.item == wanted.item or other.category != wanted.category:
            continue
        likeness = KIND_WEIGHT * _words_in_common(wanted.name, other.name)
        likeness += PRICE_WEIGHT * _as_dear(wanted.price_minor, other.price_minor)
        likeness *= 1 - min(beside.get(other.item, 0.0), 1.0)
        if likeness >= LIKENESS_MIN:
            scored.append((likeness + POPULAR_WEIGHT * popular.get(other.item, 0.0) / most, other.item))
    return [item for _, item in sorted(scored, key=lambda each: (-each[0], each[1]))]


def _words_in_common(one: str, other: str) -> float:
    a, b = _words(one), _words(other)
    return len(a & b) / len(a | b) if a | b else 0.0


def _words(name: str) -> set[str]:
    return {word for word in re.findall(r"\w+", name.lower()) if len(word) >= LETTERS_MIN}


def _as_dear(one: int, other: int) -> float:
    if one <= 0 or other <= 0:
        return 0.0
    return float(0.5 ** abs(math.log2(other / one)))
