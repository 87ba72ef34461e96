"""Worlds whose answer the textbooks know: pooling, the newsvendor, waiting at a counter."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from anyshelf.network.model import Node, Rate
from anyshelf.simulator.model import SHIP, WALK_IN, Setting
from anyshelf.simulator.rules import interval, paired, waits
from anyshelf.simulator.rules.intervals import t_quantile
from anyshelf.simulator.world import Day, Goods, Place, Stage, World, stage_of
from anyshelf.simulator.world.demand import with_luck
from anyshelf.simulator.world.stage import GROUND

PRICE, COST = 1000, 400
CALM = Setting(
    days=1, find_store=1.0, find_dc=1.0, substitute_share=0.0, switch_share=0.0, endless_aisle=False,
    return_share_online=0.0, return_share_walk_in=0.0, replenished=False, patience_days=99.0,
    markdown_share=COST / PRICE,
)  # fmt: skip


def a_stage(stores: int, *, centre: bool = False) -> Stage:
    nodes = [
        Node(node=f"S{number:03}", kind="store", name="", lat=30 + number / 10, lon=-97.0)
        for number in range(stores)
    ]
    nodes += [Node(node="DC", kind="dc", name="", lat=30.0, lon=-97.0)] if centre else []
    rates = [
        Rate(service=GROUND, zone=zone, weight_g_max=30_000, amount_minor=500 + zone) for zone in range(2, 9)
    ]
    goods = Goods(
        codes=("LAMP",), weight_g=np.array([500]), price_minor=np.array([PRICE]), cost_minor=np.array([COST]),
        wanted=np.ones(1),
    )  # fmt: skip
    homes = [Place(lat=30 + number / 10, lon=-97.0, postal_code="", weight=1.0) for number in range(stores)]
    return stage_of(nodes, rates, goods, homes)


def a_day(stage: Stage, wanted: np.ndarray, kind: int) -> Day:
    """So many shoppers at each store, or at home near it, for one unit each."""
    place = np.repeat(np.arange(len(wanted)), wanted)
    count = len(place)
    return with_luck(
        kind=np.full(count, kind), minute=np.zeros(count, dtype=np.int64), place=place,
        store=stage.nearest[place], order=np.arange(count), item=np.zeros(count, dtype=np.int64),
        units=np.ones(count, dtype=np.int64), setting=CALM, replication=0, day=0,
    )  # fmt: skip


def lost_units(stage: Stage, level: np.ndarray, wanted: np.ndarray, kind: int) -> int:
    world = World(stage, CALM, level)
    world.live(0, a_day(stage, wanted, kind))
    return int(world.tally.wanted_units - world.tally.sold_units)


def test_one_pool_needs_the_square_root_of_the_safety_stock_of_independent_silos() -> None:
    """Eppen (1979): n silos hold n z sigma above the mean, their pool z sigma √n; they run out as often."""
    stores, mean, days = 16, 25, 300
    factor = NormalDist().inv_cdf(0.9)
    alone, together = a_stage(stores), a_stage(stores, centre=True)
    centre = together.atlas.index["DC"]
    silo = np.full((1, stores), round(mean + factor * math.sqrt(mean)))
    pool = np.zeros((1, stores + 1), dtype=np.int64)
    pool[0, centre] = round(stores * mean + factor * math.sqrt(stores * mean))
    rng = np.random.default_rng(3)
    demand = rng.poisson(mean, (days, stores))
    silos_out = np.mean([(day > silo[0]).mean() for day in demand])
    pool_out = np.mean([lost_units(together, pool, day, SHIP) > 0 for day in demand])

    assert lost_units(alone, silo, demand[0], WALK_IN) == np.maximum(demand[0] - silo[0], 0).sum()
    assert pool_out == pytest.approx(silos_out, abs=0.05)
    assert (pool.sum() - stores * mean) / (silo.sum() - stores * mean) == pytest.approx(
        1 / math.sqrt(stores), abs=0.05
    )


def test_the_best_stock_for_one_season_is_the_newsvendors_fractile() -> None:
    """Underage price - cost, overage what the markdown takes: the best level is that quantile of demand."""
    stage, mean = a_stage(1), 40
    rng = np.random.default_rng(8)
    demand = rng.poisson(mean, 800)
    underage, overage = PRICE - COST, PRICE * CALM.markdown_share
    fractile = underage / (underage + overage)
    profits = {level: np.mean([_profit(stage, level, int(day)) for day in demand]) for level in range(36, 48)}

    assert abs(max(profits, key=profits.__getitem__) - np.quantile(demand, fractile)) <= 1


def _profit(stage: Stage, level: int, wanted: int) -> float:
    world = World(stage, CALM, np.array([[level]]))
    world.live(0, a_day(stage, np.array([wanted]), WALK_IN))
    tally = world.close()
    return tally.revenue - tally.goods_cost - tally.markdowns


@pytest.mark.parametrize(("associates", "load"), [(1, 0.7), (2, 0.8), (4, 0.85)])
def test_who_waits_at_a_counter_waits_as_erlang_said(associates: int, load: float) -> None:
    """M/M/c: the mean wait is C(c, a) / (c mu - lambda), C by Erlang (1917)."""
    rng = np.random.default_rng(associates)
    arrives = np.cumsum(rng.exponential(1 / (load * associates), 400_000))
    waited = waits(arrives, rng.exponential(1.0, len(arrives)), associates)
    offered = load * associates
    last = offered**associates / math.factorial(associates) / (1 - load)
    delayed = last / (sum(offered**k / math.factorial(k) for k in range(associates)) + last)

    assert waited[1000:].mean() == pytest.approx(delayed / (associates - offered), rel=0.06)


def test_an_interval_is_as_wide_as_students_t_says() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0])

    assert found.mean == 2.5
    assert found.half == pytest.approx(3.1824 * 1.290994 / 2, rel=1e-4)
    assert interval([7.0]).half is None


def test_between_the_rows_of_the_table_t_is_what_it_is() -> None:
    assert t_quantile(9) == 2.2622
    assert t_quantile(17) == pytest.approx(2.1098, abs=0.001)
    assert t_quantile(500) == pytest.approx(1.9647, abs=0.001)


def test_common_luck_cancels_in_a_pair() -> None:
    luck = np.random.default_rng(1).normal(0, 100, 20)
    before, after = luck.tolist(), (luck + 1).tolist()

    assert paired(before, after).is_clear
    assert interval(before).half > 20
    assert not interval(after).is_clear
