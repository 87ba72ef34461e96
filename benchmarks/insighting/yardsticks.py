"""How good an order or a score is, beside what came true."""

import math
from collections.abc import Sequence


def gini(told: Sequence[float], true: Sequence[float]) -> float:
    """How well an order by what was told sorts what was true: 1 for as well as can be, 0 for by chance."""

    def area(order: Sequence[int]) -> float:
        run, whole = 0.0, 0.0
        for place in order:
            run += true[place]
            whole += run
        return whole / (len(true) * max(sum(true), 1e-12)) - 0.5 * (1 + 1 / len(true))

    by_told = sorted(range(len(told)), key=lambda place: -told[place])
    by_true = sorted(range(len(true)), key=lambda place: -true[place])
    return area(by_told) / area(by_true)


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's correlation: how alike two orders are."""
    a, b = _ranks(one), _ranks(other)
    mean = (len(a) + 1) / 2
    up = sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True))
    down = math.sqrt(sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b))
    return up / down if down else 0.0


def _ranks(figures: Sequence[float]) -> list[float]:
    order = sorted(range(len(figures)), key=lambda place: figures[place])
    ranks = [0.0] * len(figures)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and figures[order[end]] == figures[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + end + 1) / 2
        start = end
    return ranks


def area(scores: Sequence[float], happened: Sequence[bool]) -> float:
    """The area under the ROC curve: how often one in which it happened scores above one in which not."""
    ranks = _ranks(scores)
    hits = sum(happened)
    misses = len(happened) - hits
    above = sum(rank for rank, yes in zip(ranks, happened, strict=True) if yes)
    return (above - hits * (hits + 1) / 2) / (hits * misses)
