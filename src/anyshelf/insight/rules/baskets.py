"""What goes together, and what somebody is likely to want next, from baskets alone.

Three things are weighed: what this person buys again and again, more for a purchase of late and less for an
old one, and by how often others buy it again; what goes with what they bought of late, by how much likelier
the pair is than chance; and what everybody buys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anyshelf.insight.model.stories import Codes, Numbers

HALF_LIFE_DAYS = 120.0
TOGETHER_WEIGHT = 0.05
POPULAR_WEIGHT = 0.02
BASKET_MAX = 60
"""A larger basket tells nothing about what goes together."""
NEIGHBOURS_MAX = 30
PAIRS_MIN = 5
LATELY = 3
"""How many of the last baskets speak for what is wanted now."""


NOBODY = -1
"""Whose basket it is when nobody knows: it tells what goes together, not what is bought again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What somebody bought at once: items as numbers, on which day."""

    person: int
    day: int
    items: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What baskets teach: how popular each item is, how often it is bought again, what goes with it."""

    popular: Numbers
    again: Numbers
    beside: Mapping[int, tuple[Codes, Numbers]]


def taste(baskets: Sequence[Basket], size: int) -> Taste:
    """Learn from baskets over items numbered from 0 to `size`."""
    times = np.zeros(size)
    for basket in baskets:
        times[basket.items] += 1
    return Taste(
        popular=times / max(len(baskets), 1), again=_again(baskets, size), beside=_beside(baskets, times)
    )


def _again(baskets: Sequence[Basket], size: int) -> Numbers:
    """Of the people who bought an item, how many bought it again; little seen counts as usual."""
    known = [basket for basket in baskets if basket.person != NOBODY]
    pairs = np.concatenate([basket.items + basket.person * size for basket in known] or [np.zeros(0, int)])
    keys, counts = np.unique(pairs, return_counts=True)
    items = (keys % size).astype(np.int64)
    once = np.bincount(items, minlength=size)
    twice = np.bincount(items[counts > 1], minlength=size)
    usual = twice.sum() / max(once.sum(), 1)
    return np.asarray((twice + 5 * usual) / (once + 5))


def _beside(baskets: Sequence[Basket], times: Numbers) -> Mapping[int, tuple[Codes, Numbers]]:
    """For each item the items it goes with: the cosine of being in a basket together."""
    size = len(times)
    keys = [
        (basket.items[:, None] * size + basket.items[None, :])[~np.eye(len(basket.items), dtype=bool)]
        for basket in baskets
        if 1 < len(basket.items) <= BASKET_MAX
    ]
    if not keys:
        return {}
    pairs, counts = np.unique(np.concatenate(keys), return_counts=True)
    enough = counts >= PAIRS_MIN
    if not enough.any():
        return {}
    pairs, counts = pairs[enough], counts[enough]
    one, other = pairs // size, pairs % size
    close = counts / np.sqrt(times[one] * times[other])
    order = np.lexsort((-close, one))
    one, other, close = one[order], other[order], close[order]
    starts = np.flatnonzero(np.r_[True, one[1:] != one[:-1]])
    ends = np.r_[starts[1:], len(one)]
    return {
        int(one[start]): (other[start:end][:NEIGHBOURS_MAX], close[start:end][:NEIGHBOURS_MAX])
        for start, end in zip(starts, ends, strict=True)
    }


def wanted(learned: Taste, history: Sequence[Basket], today: int) -> Numbers:
    """How much somebody with these baskets, oldest first, is likely to want each item now."""
    score = learned.popular * POPULAR_WEIGHT
    for basket in history:
        fade = 0.5 ** ((today - basket.day) / HALF_LIFE_DAYS)
        score[basket.items] += fade * learned.again[basket.items]
    for item in {int(item) for basket in history[-LATELY:] for item in basket.items}:
        if item in learned.beside:
            others, close = learned.beside[item]
            score[others] += TOGETHER_WEIGHT * close
    return np.asarray(score)


def best(score: Numbers, count: int, *, but: Sequence[int] = ()) -> Codes:
    """The items with the highest scores, the best first."""
    if len(but):
        score = score.copy()
        score[list(but)] = -1.0
    count = min(count, len(score))
    top = np.argpartition(-score, count - 1)[:count]
    return np.asarray(top[np.lexsort((top, -score[top]))])
