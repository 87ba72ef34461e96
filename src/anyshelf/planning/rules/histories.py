"""Histories as forecasts need them: what was not seen is missing, what an empty shelf cut short is mended."""

import numpy as np

from anyshelf.planning.model import Flags, Floats

GAPS_BEFORE_FIRST = 3.0


def cleaned(history: Floats, censored: Flags | None = None) -> Floats:
    """Demand as far as it was seen, [series, periods]: NaN where it was not, nothing negative.

    Zeros before a series began to sell are no demand but absence: a first stretch without a sale that is
    several times longer than its usual gap is taken as not seen. Where `censored`, sales were the least that
    was wanted: they are lifted to what a shelf that was never empty sold around that time.
    """
    seen: Floats = np.asarray(history, dtype=np.float64)
    seen = np.where(np.isfinite(seen), np.maximum(seen, 0.0), np.nan)
    if censored is not None and censored.any():
        seen = _lifted(seen, censored)
    return _begun(seen)


def _begun(seen: Floats) -> Floats:
    periods = seen.shape[1]
    sold = np.nan_to_num(seen) > 0
    first = np.where(sold.any(axis=1), sold.argmax(axis=1), 0)
    gap = (periods - first) / np.maximum(sold.sum(axis=1), 1)
    late = first > GAPS_BEFORE_FIRST * gap
    before = np.arange(periods) < np.where(late, first, 0)[:, None]
    return np.where(before, np.nan, seen)


def _lifted(seen: Floats, censored: Flags) -> Floats:
    """What was sold before a shelf ran empty, or what full shelves sold of late: the larger."""
    open_sales = np.where(censored, np.nan, seen)
    total = np.cumsum(np.nan_to_num(open_sales), axis=1)
    count = np.cumsum(np.isfinite(open_sales), axis=1)
    window = 8
    total[:, window:] -= total[:, :-window].copy()
    count[:, window:] -= count[:, :-window].copy()
    usual = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    lifted = np.fmax(seen, usual)
    return np.where(censored, np.where(count > 0, lifted, np.nan), seen)
