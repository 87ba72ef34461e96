"""How wide a forecast must be taken for its decisions to be right: judged by what they would have cost.

A variance is drawn up by the rare burst, and a decision that costs little when it errs low should not follow
it. So the spread of past forecasts is stretched or shrunk until the stock they would have led to costs least.
"""

import numpy as np

from anyshelf.planning.model import Floats, Ints
from anyshelf.planning.rules.distributions import negative_binomial

WIDTHS = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4)
GROUPS = 4
"""Series are judged by how much they sell, so many groups of them."""
JUDGED_MAX = 4_000
"""Of so many retold moments the cost is worked out: a sample, always the same."""
PRIOR = 150.0
"""How many moments the usual cost of a width counts for beside those of a group."""
FEWEST = 30
GRID = 256


def widths(mean: Floats, beyond: Floats, actual: Floats, ratio: Floats, now: Floats) -> Floats:
    """By what to multiply the variance beyond chance of series that are expected to sell `now`, [series].

    `mean` and `beyond` are of retold moments, [moments], `actual` is what was sold then, `ratio` what a unit
    missing costs by that of one missing and one too many.
    """
    step = max(1, -(-len(mean) // JUDGED_MAX))
    mean, beyond, actual, ratio = (each[::step] for each in (mean, beyond, actual, ratio))
    if len(mean) < FEWEST:
        return np.ones(len(now))
    costs = np.stack([_cost(mean, mean + width * beyond, actual, ratio) for width in WIDTHS])
    edges = np.quantile(mean, np.arange(1, GROUPS) / GROUPS)
    group, groups = np.searchsorted(edges, mean), np.arange(GROUPS)
    total = np.stack([costs[:, group == each].sum(axis=1) for each in groups])
    count = np.array([(group == each).sum() for each in groups])
    drawn = (total + PRIOR * costs.mean(axis=1)) / (count + PRIOR)[:, None]
    best = np.array(WIDTHS)[drawn.argmin(axis=1)]
    found: Floats = best[np.searchsorted(edges, now)]
    return found


def _cost(mean: Floats, variance: Floats, actual: Floats, ratio: Floats) -> Floats:
    """What the stock that such a forecast asks for would have cost, by unit expected."""
    have = _level(mean, variance, ratio)
    short, over = np.maximum(actual - have, 0.0), np.maximum(have - actual, 0.0)
    cost: Floats = (ratio * short + (1.0 - ratio) * over) / (mean + 1.0)
    return cost


def _level(mean: Floats, variance: Floats, ratio: Floats) -> Ints:
    """The fewest units that are enough with the chance of the ratio."""
    bundle = np.maximum(1.0, np.ceil((mean + 5.0 * np.sqrt(variance) + 10.0) / (GRID - 1)))
    below = np.cumsum(negative_binomial(mean / bundle, variance / bundle**2, GRID), axis=1)
    units: Ints = np.rint((below < ratio[:, None] - 1e-12).sum(axis=1) * bundle).astype(np.int64)
    return units
