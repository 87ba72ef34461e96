"""How sure a figure is that was played several times."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import Final

CONFIDENCE: Final = 0.95
QUANTILES: Final = {
    1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646, 8: 2.3060, 9: 2.2622,
    10: 2.2281, 12: 2.1788, 15: 2.1314, 20: 2.0860, 30: 2.0423, 60: 2.0003, 120: 1.9799,
}  # fmt: skip
"""The 97.5 % quantile of Student's t by degrees of freedom (any table)."""
NORMAL: Final = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean over replications, and half the width of its 95 % interval (None from a single one)."""

    mean: float
    half: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves nothing out on one side of zero."""
        return self.half is not None and abs(self.mean) > self.half


def interval(values: Sequence[float]) -> Interval:
    """The mean of independent replications with its 95 % interval by Student's t."""
    if len(values) < 2:  # noqa: PLR2004  one value has no spread
        return Interval(mean=fmean(values), half=None)
    half = t_quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Interval(mean=fmean(values), half=half)


def paired(before: Sequence[float], after: Sequence[float]) -> Interval:
    """What changed, replication by replication: both met the same days, so their common luck cancels."""
    return interval([new - old for old, new in zip(before, after, strict=True)])


def t_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t: by table, between its rows along 1 / degrees of freedom."""
    if freedom in QUANTILES:
        return QUANTILES[freedom]
    rows = [*QUANTILES.items(), (math.inf, NORMAL)]
    for (low, at_low), (high, at_high) in pairwise(rows):
        if low < freedom < high:
            share = (1 / freedom - 1 / high) / (1 / low - 1 / high)
            return at_high + share * (at_low - at_high)
    raise ValueError(f"{freedom} degrees of freedom")
