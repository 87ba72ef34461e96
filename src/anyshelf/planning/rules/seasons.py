"""The season that all series share: how much more than usual is wanted at each place of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anyshelf.planning.model import Floats, Ints

NO_SEASON = 1
KNOWN = (7, 52)
SMOOTH_FROM = 24
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
    """The seasons this much history can tell of: it has seen them twice."""
    return [length for length in (KNOWN if given is None else (given,)) if 1 < length <= periods // 2]


def season_of(seen: Floats, length: int) -> Season:
    """The season of this length, from all series together; every series counts by its own usual demand."""
    if length <= 1:
        return Season(length=1, index=np.ones(1))
    periods = seen.shape[1]
    there = np.isfinite(seen)
    sold = np.where(there, seen, 0.0)
    # the usual demand around each period, over one whole season to both sides, so that trend is not season
    usual = _around(sold, length) / np.maximum(_around(there.astype(np.float64), length), 1.0)
    scale = 1.0 / np.sqrt(np.maximum(sold.sum(axis=1) / np.maximum(there.sum(axis=1), 1), 1e-9))[:, None]
    phase = np.arange(periods) % length
    up = np.bincount(phase, weights=(sold * scale).sum(axis=0), minlength=length)
    down = np.bincount(phase, weights=(np.where(there, usual, 0.0) * scale).sum(axis=0), minlength=length)
    index = np.where(down > 0, up / np.maximum(down, 1e-9), 1.0)
    if length >= SMOOTH_FROM:
        reach = len(KERNEL) // 2
        index = np.convolve(np.concatenate((index[-reach:], index, index[:reach])), KERNEL, "valid")
    index = np.maximum(index, 0.05)
    return Season(length=length, index=index / index.mean())


def _around(values: Floats, length: int) -> Floats:
    """Sums over about one season around each period, fewer at the ends."""
    total = np.concatenate((np.zeros((len(values), 1)), np.cumsum(values, axis=1)), axis=1)
    periods = values.shape[1]
    start = np.clip(np.arange(periods) - length // 2, 0, max(periods - length, 0))
    return total[:, np.minimum(start + length, periods)] - total[:, start]
