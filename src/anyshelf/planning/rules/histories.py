"""Histories as forecasts need them: what was not seen is missing, what an empty shelf cut short is mended."""

import numpy as np

from anyshelf.planning.model import Flags, Floats

GAPS_BEFORE_FIRST = 3.0
FORGETS = 0.1
LEAST = 0.05
LARGE, TERMS = 400.0, 100


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
    """What would have been sold on a full shelf: at least what was, and what is wanted then on average.

    Period by period with a level that forgets: where the level is right, what is filled in agrees with it
    (Dempster, Laird and Rubin, 1977, for a Poisson demand). Full shelves alone would tell too little: they
    are full because little was wanted.
    """
    found = seen.copy()
    level, count = np.zeros(len(seen)), np.zeros(len(seen))
    for period in range(seen.shape[1]):
        value = seen[:, period]
        there = np.isfinite(value)
        short = np.flatnonzero(censored[:, period] & there)
        value = np.where(there, value, 0.0)
        known = count[short] > 0
        value[short] = np.where(known, _at_least(value[short], np.maximum(level[short], LEAST)), value[short])
        found[short, period] = np.where(known, value[short], np.nan)
        count += there
        level += there * np.maximum(FORGETS, 1.0 / np.maximum(count, 1.0)) * (value - level)
    return found


def _at_least(sold: Floats, mean: Floats) -> Floats:
    """What is wanted on average where no less than `sold` is, of Poisson demand with these means.

    mean + sold / (1 + mean / (sold + 1) + mean2 / ((sold + 1) (sold + 2)) + …), large figures by the bundle.
    """
    bundle = np.maximum(1.0, np.maximum(sold, mean) / LARGE)
    units, expected = sold / bundle, mean / bundle
    term, total = np.ones_like(units), np.ones_like(units)
    for step in range(1, TERMS):
        term = term * expected / (units + step)
        total += term
    lifted: Floats = (expected + units / total) * bundle
    return lifted
