"""Safety stock along a chain whose stages may run out: stochastic service, exact and by bounds.

Clark and Scarf (1960) in the form of Chen and Zheng (1994): from shoppers upwards, each stage's cost as a
function of its echelon's position is convex, its minimum is the level, and what the next stage sees is that
cost with everything above the level cut off. Shang and Song (2003) bound each level by two newsvendors.
"""

import math
from statistics import NormalDist

import numpy as np

from anyshelf.planning.model import Chain, Demand, Floats, Levels
from anyshelf.planning.rules.distributions import negative_binomial, over

STEPS = 20_000
"""How many steps the positions of a chain with normal demand are cut into."""


def best_levels(chain: Chain, demand: Demand, *, steps: int = STEPS) -> Levels:
    """The echelon order-up-to levels of least cost, and that cost, exact up to the grid.

    Poisson demand is exact on whole units; normal demand is cut into `steps`.
    """
    return _recursion(chain, demand, None, steps)


def cost_of_levels(chain: Chain, demand: Demand, levels: tuple[float, ...], *, steps: int = STEPS) -> float:
    """What a period costs with these echelon levels, shoppers' stage first."""
    return _recursion(chain, demand, levels, steps).cost


def _recursion(chain: Chain, demand: Demand, given: tuple[float, ...] | None, steps: int) -> Levels:
    step, positions = _grid(chain, demand, steps, given)
    backorder = chain.shortage + sum(chain.holding)
    below: Floats = backorder * np.maximum(-positions, 0.0)
    levels: list[float] = []
    cost = 0.0
    for number, (holding, takes) in enumerate(zip(chain.holding, chain.takes, strict=True)):
        after = _expected(holding * positions + below, *over(demand, takes, step))
        best = int(np.argmin(after)) if given is None else int(np.abs(positions - given[number]).argmin())
        levels.append(float(positions[best]))
        cost = float(after[best])
        below = after[np.minimum(best, np.arange(len(positions)))]
    return Levels(levels=tuple(levels), cost=cost)


def _grid(chain: Chain, demand: Demand, steps: int, given: tuple[float, ...] | None) -> tuple[float, Floats]:
    """Positions far enough to both sides that what lies beyond does not matter."""
    whole = demand.mean * sum(chain.takes)
    sd = math.sqrt((demand.sd**2 if demand.sd is not None else demand.mean) * sum(chain.takes))
    high = math.ceil(max(whole + 10.0 * sd + 10.0, *(given or (0.0,))))
    low = -math.ceil(whole + 10.0 * sd + 10.0)
    step = 1.0 if demand.sd is None else (high - low) / steps
    positions: Floats = np.arange(round(low / step), round(high / step) + 1) * step
    return step, positions


def _expected(cost: Floats, first: int, chances: Floats) -> Floats:
    """The cost that is expected after demand, at every position; to the left it goes on straight."""
    reach = len(chances) - 1 + max(first, 0)
    slope = cost[1] - cost[0]
    longer = np.concatenate((cost[0] + slope * np.arange(-reach, 0), cost))
    start = reach - first
    summed = np.convolve(longer, chances)[: len(longer)]  # what lies further right is cut off
    ends: Floats = summed[start : start + len(cost)]
    if len(ends) < len(cost):  # demand below zero reaches past the right end, where nobody orders
        ends = np.concatenate((ends, np.full(len(cost) - len(ends), np.inf)))
    return ends


def bounded_levels(chain: Chain, demand: Demand) -> tuple[Levels, Levels]:
    """The lower and upper bounds of Shang and Song on every echelon level; costs are not worked out."""
    lower, upper = [], []
    for stage in range(len(chain.holding)):
        takes = sum(chain.takes[: stage + 1])
        above = chain.shortage + sum(chain.holding[stage + 1 :])
        whole = chain.shortage + sum(chain.holding)
        lower.append(_newsvendor(demand, takes, above / whole))
        upper.append(_newsvendor(demand, takes, above / (above + chain.holding[stage])))
    return _bare(lower), _bare(upper)


def near_levels(chain: Chain, demand: Demand) -> tuple[float, ...]:
    """Shang and Song's levels: the middle between the bounds, good to a fraction of a percent."""
    lower, upper = bounded_levels(chain, demand)
    return tuple((low + high) / 2.0 for low, high in zip(lower.levels, upper.levels, strict=True))


def _bare(levels: list[float]) -> Levels:
    return Levels(levels=tuple(levels), cost=math.nan)


def _newsvendor(demand: Demand, periods: float, ratio: float) -> float:
    mean = demand.mean * periods
    if demand.sd is not None:
        return NormalDist(mean, demand.sd * math.sqrt(periods)).inv_cdf(ratio)
    last = int(mean + 12.0 * math.sqrt(mean) + 12.0)
    chances = negative_binomial(np.array([mean]), np.array([mean]), last + 1)[0]
    return float(np.searchsorted(np.cumsum(chances), ratio))
