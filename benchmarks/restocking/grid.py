"""A grid of worlds to order in: kinds of demand, lead times and cost ratios, and the policies to beat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anyshelf.planning.model import Costs, Stock
from anyshelf.planning.rules import decide
from restocking import playing
from restocking.world import Floats, Ints, Sales, sales

Flags = npt.NDArray[np.bool_]
HOLDING = 1.0
HISTORY, PLAYED = 78, 26
LEADS = (1, 2, 4)
RATIOS = (2.0, 10.0, 50.0)
"""What a lost sale costs, as a multiple of holding a unit for a period."""
SERIES = 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """Demand of some series, [series, periods], and what a unit costs to hold and to miss."""

    demand: Floats
    history: int
    lead: int
    shortage: float

    @property
    def start(self) -> Stock:
        """What the last periods of history would have made anybody hold."""
        usual = np.rint(self.demand[:, self.history - 8 : self.history].mean(axis=1)).astype(np.int64)
        return Stock(on_hand=usual, on_order=np.tile(usual[:, None], (1, self.lead)))


Policy = Callable[[World, Floats, Flags, Ints, Ints, int], Ints]
"""The world, sales seen, where shelves ran empty, stock, what is on its way, the period: the orders."""


def demands(seed: int = 5) -> Iterator[tuple[str, Floats, int]]:
    """Each kind of demand with how much of it is history: drawn from a seed, and real where it is there."""
    rng = np.random.default_rng(seed)
    shape = (SERIES, HISTORY + PLAYED)
    mean = rng.lognormal(0.8, 1.0, SERIES)[:, None]
    yield "steady", rng.poisson(np.broadcast_to(mean, shape)).astype(np.float64), HISTORY
    burst = rng.gamma(0.8, 1 / 0.8, shape)
    yield "bursty", rng.poisson(mean * burst).astype(np.float64), HISTORY
    often = rng.uniform(0.05, 0.4, SERIES)[:, None]
    size = 1 + rng.poisson(rng.uniform(0.0, 4.0, SERIES)[:, None], shape)
    yield "intermittent", np.where(rng.random(shape) < often, size, 0).astype(np.float64), HISTORY
    walk = np.exp(np.cumsum(rng.normal(0.0, 0.07, shape), axis=1))
    yield "drifting", rng.poisson(mean * walk).astype(np.float64), HISTORY
    weeks = np.arange(104 + PLAYED)
    wave = np.exp(0.6 * np.sin(2 * np.pi * (weeks + rng.uniform(-3, 3, (SERIES, 1))) / 52))
    yield "seasonal", rng.poisson(2.0 * mean * wave).astype(np.float64), 104
    for level in ("category", "product"):
        found = sales(level).units
        busy = np.flatnonzero(found[:, :26].sum(axis=1) >= (52 if level == "category" else 13))
        yield f"real {level}", found[np.sort(rng.permutation(busy)[: 3 * SERIES])], 26


def played(world: World, policy: Policy) -> tuple[Floats, Floats]:
    """What each series held and lost over the periods its orders could reach; shoppers do not wait."""
    wanted, lead = world.demand, world.lead
    stock, coming = world.start.on_hand.copy(), world.start.on_order.copy()
    seen, empty = wanted.copy(), np.zeros(wanted.shape, dtype=bool)
    held, lost = np.zeros(len(wanted)), np.zeros(len(wanted))
    for period in range(world.history, wanted.shape[1]):
        placed = policy(world, seen[:, :period], empty[:, :period], stock, coming, period)
        coming = np.concatenate((coming, placed[:, None]), axis=1)
        stock, coming = stock + coming[:, 0], coming[:, 1:]
        served = np.minimum(stock, wanted[:, period])
        stock = (stock - served).astype(np.int64)
        seen[:, period], empty[:, period] = served, stock == 0
        if period >= world.history + lead:
            held, lost = held + stock, lost + wanted[:, period] - served
    return held, lost


def cost(world: World, policy: Policy) -> float:
    """Holding and lost sales of all series together."""
    held, lost = played(world, policy)
    return float(HOLDING * held.sum() + world.shortage * lost.sum())


def ours(world: World, seen: Floats, _: Flags, stock: Ints, coming: Ints, __: int) -> Ints:
    """Anyshelf's orders, told of sales alone."""
    state = Stock(on_hand=stock, on_order=coming)
    return decide(seen, state, world.lead, Costs(holding=HOLDING, shortage=world.shortage))


def ours_told(world: World, seen: Floats, empty: Flags, stock: Ints, coming: Ints, _: int) -> Ints:
    """The same, told also where shelves ran empty."""
    state = Stock(on_hand=stock, on_order=coming)
    costs = Costs(holding=HOLDING, shortage=world.shortage)
    return decide(seen, state, world.lead, costs, censored=empty)


def moving_average(safety: float, weeks: int = 4) -> Policy:
    """As in the replay of a year, at the world's lead time."""

    def order(world: World, seen: Floats, empty: Flags, stock: Ints, coming: Ints, period: int) -> Ints:
        return playing.moving_average(safety, weeks, world.lead)(seen, stock, coming, empty, period)

    return order


def reorder(point: float, up_to: float, weeks: int = 26) -> Policy:
    """At `point` periods of cover or less, up to `up_to` periods: (s, S) with the mean of half a year."""

    def order(_: World, seen: Floats, __: Flags, stock: Ints, coming: Ints, ___: int) -> Ints:
        mean = seen[:, -weeks:].mean(axis=1)
        position = stock + coming.sum(axis=1)
        wanted = np.ceil(mean * up_to - 1e-9) - position
        return np.where(position <= mean * point, np.maximum(wanted, 0), 0).astype(np.int64)

    return order


def clairvoyant(world: World, seen: Floats, empty: Flags, stock: Ints, coming: Ints, period: int) -> Ints:
    """Whoever knows what will be wanted orders just that, in time."""
    nobody = np.zeros(len(world.demand), dtype=np.int64)
    known = Sales(units=world.demand, store=nobody, goods=nobody, said="")
    return playing.clairvoyant(known, world.lead)(seen, stock, coming, empty, period)


SAFETIES = (0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.6, 3.4)


def contest(world: World, policies: dict[str, Policy]) -> dict[str, float]:
    """What each policy costs in a world, those to beat tuned in hindsight: the cheapest of their settings."""
    lead = world.lead
    return {
        **{name: cost(world, policy) for name, policy in policies.items()},
        "moving average": min(cost(world, moving_average(safety)) for safety in SAFETIES),
        "moving average 12": min(cost(world, moving_average(safety, 12)) for safety in SAFETIES),
        "(s, S)": min(
            cost(world, reorder(lead + 1 + point, lead + 1 + point + more))
            for point in (-1.5, -0.5, 0.0, 0.5, 1.5, 3.0, 5.0)
            for more in (0.5, 1.0, 2.0)
        ),
        "clairvoyant": cost(world, clairvoyant),
    }
