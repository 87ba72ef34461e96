"""Bid prices from whole orders drawn from those of late: the fluid programme for networks of any size.

What `fluid` is for a few nodes and kinds of orders, and `worth` for one item at a time, this is for baskets
as they really are: so many orders as are still to come are drawn from those that came, and planned together
on the stock there is, as a flow. What is contested has a price. An order of many lines moves as a whole, for
little; prices by item alone do not see that, and overrate what it could leave behind.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from anyshelf.sourcing.model import FloatArray, Policy
from anyshelf.sourcing.rules.joint import OpenOrder, Search, Together
from anyshelf.sourcing.rules.master import Prices, priced

ROUNDS_MAX: Final = 8
GAP: Final = 0.003


def sampled_prices(
    problem: Together, policy: Policy, *, draws: int, futures: int, rng: np.random.Generator
) -> dict[int, FloatArray]:
    """What one more unit is worth, item → [nodes], on average over drawn futures of so many orders each.

    The orders of the problem are those to draw from; each must say what its loss would cost.
    """
    worth: dict[int, FloatArray] = {}
    for _ in range(futures):
        drawn = rng.integers(0, len(problem.orders), draws)
        for item, minor in _of_one(problem, policy, [problem.orders[place] for place in drawn]).items():
            worth[item] = worth.get(item, np.zeros(len(minor))) + minor / futures
    return worth


def _of_one(problem: Together, policy: Policy, orders: Sequence[OpenOrder]) -> dict[int, FloatArray]:
    search = Search(replace(problem, orders=orders), policy)
    prices, bound = Prices.none(problem.stock.shape[1]), -np.inf
    for _ in range(ROUNDS_MAX):
        bound = max(bound, search.look_further(prices))
        prices, value = priced(search.pool, problem.stock, problem.room, prices)
        if value - bound <= GAP * value:
            break
    return prices.unit
