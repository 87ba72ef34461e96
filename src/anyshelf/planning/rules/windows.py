"""Several coming periods taken together: what is expected of them, and how likely units will be missed."""

import numpy as np

from anyshelf.planning.model import Floats, Ints, Outlook
from anyshelf.planning.rules.distributions import negative_binomial

GRID = 256


def window(outlook: Outlook, periods: Ints) -> tuple[Floats, Floats]:
    """Mean and variance of what each series sells in its first so many periods."""
    within = np.arange(outlook.mean.shape[1]) < periods[:, None]
    means = np.where(within, outlook.mean, 0.0)
    total = means.sum(axis=1)
    variance = total + outlook.spread * (means**2).sum(axis=1) + outlook.drift * total**2
    return total, variance


def missed(mean: Floats, variance: Floats, have: Ints, units: int) -> Floats:
    """The chance that a 1st, 2nd, … unit beyond what there is would be sold, [series, units]."""
    most = mean + 4.0 * np.sqrt(variance) + 10.0
    bundle = np.maximum(1.0, np.ceil(np.maximum(most, have + units) / (GRID - 1)))
    chances = negative_binomial(mean / bundle, variance / bundle**2, GRID)
    above = np.maximum(1.0 - np.cumsum(chances, axis=1), 0.0)
    place = np.floor((have[:, None] + np.arange(units)) / bundle[:, None]).astype(np.int64)
    found: Floats = np.take_along_axis(above, np.clip(place, 0, GRID - 1), axis=1)
    return found


def expected_missed(mean: Floats, variance: Floats, have: Ints) -> tuple[Floats, Floats]:
    """How many units will be wanted and not there, on average, and the chance that any will be."""
    most = mean + 4.0 * np.sqrt(variance) + 10.0
    bundle = np.maximum(1.0, np.ceil(most / (GRID - 1)))
    chances = negative_binomial(mean / bundle, variance / bundle**2, GRID)
    beyond = np.maximum(np.arange(GRID) * bundle[:, None] - have[:, None], 0.0)
    units: Floats = (chances * beyond).sum(axis=1)
    return units, (chances * (beyond > 0)).sum(axis=1)


def quantiles(mean: Floats, variance: Floats, levels: tuple[float, ...]) -> Ints:
    """The units that are not exceeded with these chances, [series, levels]."""
    bundle = np.maximum(1.0, np.ceil((mean + 4.0 * np.sqrt(variance) + 10.0) / (GRID - 1)))
    below = np.cumsum(negative_binomial(mean / bundle, variance / bundle**2, GRID), axis=1)
    places = np.stack([(below < level - 1e-12).sum(axis=1) for level in levels], axis=1)
    units: Ints = np.rint(places * bundle[:, None]).astype(np.int64)
    return units
