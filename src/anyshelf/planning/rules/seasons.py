"""The season that all series share: how much more than usual is wanted at each place of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anyshelf.planning.model import Floats, Ints

NO_SEASON = 1
KNOWN = (7, 52)
SMOOTH_FROM = 24
LEAST_INDEX = 0.05
KERNEL = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Season:
    """How much is wanted at each place of the season, 1 on average."""

    length: int
    index: Floats

    def of_periods(self, periods: Ints) -> Floats:
        """The index of these periods, counted from the first of the history."""
        return self.index[periods % self.length]


def seasons_to_try(periods: int, given: int | None) -> Sequence[int]:
    """The seasons this much history can tell of: it has seen them once; what follows is the trial of it."""
    return [length for length in (KNOWN if given is None else (given,)) if 1 < length <= periods]


def season_of(seen: Floats, length: int) -> Season:
    """The season of this length, from all series together; every series counts by its own usual demand."""
    if length <= 1:
        return Season(length=1, index=np.ones(1))
    periods = seen.shape[1]
    there = np.isfinite(seen)
    sold = np.where(there, seen, 0.0)
    mean = (sold.sum(axis=1) / np.maximum(there.sum(axis=1), 1))[:, None]
    scale = 1.0 / np.sqrt(np.maximum(mean, 1e-9))
    if periods >= 2 * length:
        # the usual demand around each period, over a whole season, so that trend is not season
        usual = _around(sold, length) / np.maximum(_around(there.astype(np.float64), length), 1.0)
    else:
        usual = mean * _line((sold * scale).sum(axis=0), (there * mean * scale).sum(axis=0))
    phase = np.arange(periods) % length
    up = np.bincount(phase, weights=(sold * scale).sum(axis=0), minlength=length)
    down = np.bincount(phase, weights=(np.where(there, usual, 0.0) * scale).sum(axis=0), minlength=length)
    index = np.where(down > 0, up / np.maximum(down, 1e-9), 1.0)
    if length >= SMOOTH_FROM:
        reach = len(KERNEL) // 2
        index = np.convolve(np.concatenate((index[-reach:], index, index[:reach])), KERNEL, "valid")
    index = np.maximum(index, LEAST_INDEX)
    return Season(length=length, index=index / index.mean())


def _line(sold: Floats, usual: Floats) -> Floats:
    """The straight line that all series follow, 1 on average: all that one season alone tells of trend."""
    ratio = sold / np.maximum(usual, 1e-9)
    periods = np.arange(len(ratio))
    line = np.maximum(np.polyval(np.polyfit(periods, ratio, 1), periods), LEAST_INDEX)
    found: Floats = line / line.mean()
    return found


def _around(values: Floats, length: int) -> Floats:
    """Sums over about one season around each period, fewer at the ends."""
    total = np.concatenate((np.zeros((len(values), 1)), np.cumsum(values, axis=1)), axis=1)
    periods = values.shape[1]
    start = np.clip(np.arange(periods) - length // 2, 0, max(periods - length, 0))
    return total[:, np.minimum(start + length, periods)] - total[:, start]
