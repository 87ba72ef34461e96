"""Demand as distributions on whole units, many series at once."""

import math

import numpy as np

from anyshelf.planning.model import Demand, Floats

NARROWEST = 0.05


def negative_binomial(mean: Floats, variance: Floats, size: int) -> Floats:
    """The chances of 0, 1, … size - 1 units, [series, size], with this mean and variance.

    Where the variance is the mean it is Poisson, where it is less a normal on whole units. What lies beyond
    the last is added to it. Worked out by its recurrence in logarithms, so that large means do not vanish.
    """
    mean = np.maximum(mean, 0.0)
    # size of the gamma that a Poisson rate is drawn from; a huge one is Poisson to all digits used
    shape = np.where(variance > mean * (1 + 1e-6), mean**2 / np.maximum(variance - mean, 1e-12), 1e9)
    shape = np.clip(shape, 1e-6, 1e9)
    share = mean / (mean + shape)
    units = np.arange(1, size)
    with np.errstate(divide="ignore"):
        steps = np.log(share[:, None] * (shape[:, None] + units - 1) / units)
    logs = np.concatenate(
        ((-shape * np.log1p(mean / shape))[:, None], np.maximum(steps, -700.0)), axis=1
    ).cumsum(axis=1)
    chances: Floats = np.exp(np.maximum(logs, -700.0))
    chances[:, -1] += np.maximum(0.0, 1.0 - chances.sum(axis=1))
    narrow = variance < mean * (1 - 1e-6)
    if narrow.any():
        chances[narrow] = _bell(mean[narrow], variance[narrow], size)
    return chances


def _bell(mean: Floats, variance: Floats, size: int) -> Floats:
    """A normal cut to whole units, for what varies less than chance does: sums counted by the bundle."""
    away = (np.arange(size) - np.minimum(mean, size - 1.0)[:, None]) ** 2
    weight = np.exp(-away / (2.0 * np.maximum(variance, NARROWEST)[:, None]))
    chances: Floats = weight / weight.sum(axis=1, keepdims=True)
    return chances


def normal_below(deviates: Floats) -> Floats:
    """The chance that a standard normal is below each of these."""
    return np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in deviates.ravel()]).reshape(
        deviates.shape
    )


def over(demand: Demand, periods: float, step: float) -> tuple[int, Floats]:
    """Demand of so many periods on a grid of this step: the first grid point, and the chances from it on."""
    mean = demand.mean * periods
    if demand.sd is None:
        last = int(mean + 12.0 * math.sqrt(mean) + 12.0)
        return 0, negative_binomial(np.array([mean]), np.array([mean]), last + 1)[0]
    sd = demand.sd * math.sqrt(periods)
    first, last = math.floor((mean - 8.5 * sd) / step), math.ceil((mean + 8.5 * sd) / step)
    edges: Floats = (np.arange(first, last + 2) - 0.5) * step
    chances: Floats = np.diff(normal_below((edges - mean) / sd))
    return first, chances / chances.sum()
