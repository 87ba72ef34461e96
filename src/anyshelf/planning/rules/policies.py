"""The textbook's policies for one item at one place: newsvendor, order-up-to, and reorder point with a level.

These are for who knows demand as a distribution and lets wait what is not served. The orders that stores
get are decided in `ordering`, where demand is a forecast and what is not there is lost.
"""

from statistics import NormalDist

import numpy as np

from anyshelf.ground.errors import Invalid
from anyshelf.planning.model import Floats, Reorder
from anyshelf.planning.rules.distributions import negative_binomial


def service_level(*, holding: float, shortage: float) -> float:
    """The chance of having enough that pays: a shortage's cost against that of a unit too many."""
    if shortage < 0 or holding < 0 or shortage + holding <= 0:
        raise Invalid("Holding and shortage cost something, and nothing less than zero.", field="costs")
    return shortage / (shortage + holding)


def newsvendor(chances: Floats, *, holding: float, shortage: float) -> int:
    """How many units to have for one season, given the chances of wanting 0, 1, … of them."""
    reached = np.cumsum(chances)
    ratio = service_level(holding=holding, shortage=shortage)
    return min(int(np.searchsorted(reached, ratio - 1e-12)), len(chances) - 1)


def order_up_to(
    *, mean: float, sd: float, lead_time: float, lead_sd: float = 0.0, review: float = 1.0, service: float
) -> Reorder:
    """The level to bring a position to at every review, normal demand and an uncertain lead time.

    `mean` and `sd` are of one period's demand, `lead_sd` is of the lead time in periods. The point is what is
    expected until the next order can be there; the rest of the level is safety stock.
    """
    exposed = lead_time + review
    deviation = (exposed * sd**2 + mean**2 * lead_sd**2) ** 0.5
    safety = NormalDist().inv_cdf(service) * deviation
    return Reorder(point=mean * exposed, up_to=mean * exposed + safety)


def reorder_levels(
    *, mean: float, variance: float, lead_time: int, holding: float, shortage: float, fixed: float
) -> Reorder:
    """The reorder point s and the level S that cost least a period, exact for demand on whole units.

    Zheng and Federgruen (1991), periodic review, what is not served waits. Order up to S when the position at
    review is s or less. Demand is negative binomial, or Poisson where its variance is its mean.
    """
    first, cost, once = _costs(mean, variance, lead_time, holding, shortage)
    visits = _visits(once, len(cost))
    best = Reorder(point=0.0, up_to=0.0, cost=np.inf)
    for level in range(int(cost.argmin()), len(cost)):
        if cost[level] > best.cost:
            break  # no level further up can be better: even the best place on the way costs more
        spent = fixed + np.cumsum(visits[:level] * cost[level:0:-1])
        average = spent / np.cumsum(visits[:level])
        fall = int(average.argmin())
        if average[fall] < best.cost:
            best = Reorder(
                point=float(first + level - fall - 1), up_to=float(first + level), cost=float(average[fall])
            )
    return best


def _costs(
    mean: float, variance: float, lead_time: int, holding: float, shortage: float
) -> tuple[int, Floats, Floats]:
    """What a period costs at each position after ordering: the first position, the costs, one demand."""
    exposed = lead_time + 1
    top = int(exposed * mean + 12.0 * (exposed * max(variance, mean)) ** 0.5 + 20.0)
    wanted = negative_binomial(np.array([exposed * mean]), np.array([exposed * variance]), top)[0]
    once = negative_binomial(np.array([mean]), np.array([variance]), top)[0]
    positions = np.arange(-top, 4 * top)
    net = positions[:, None] - np.arange(top)
    cost = np.where(net > 0, holding * net, -shortage * net) @ wanted
    return -top, cost, once


def _visits(once: Floats, length: int) -> Floats:
    """How many periods are spent, on average, 0, 1, … units below where an order brought the position."""
    visits = np.zeros(length)
    moved = max(1.0 - once[0], 1e-12)
    visits[0] = 1.0 / moved
    for below in range(1, length):
        reach = min(below, len(once) - 1)
        visits[below] = once[1 : reach + 1] @ visits[below - 1 :: -1][:reach] / moved
    return visits
