"""The replay of replenishment: nobody sells what is not there, and nobody knows the future."""

import numpy as np

from restocking.comparing import at_equal_fill
from restocking.moving import busiest, foresight, opening, season
from restocking.playing import FIRST, LEAD, clairvoyant, moving_average, ours, played
from restocking.pooling import safety_ratios
from restocking.world import Sales, stand_in


def few() -> Sales:
    found = stand_in("category", stores=6, kinds=4)
    return found.of(found.units[:, :FIRST].sum(axis=1) >= 26)


def test_what_is_wanted_is_sold_or_lost() -> None:
    found = few()
    outcome = played(found, moving_average(0.6))

    assert (outcome.sold + outcome.lost).tolist() == found.units[:, FIRST + LEAD :].sum(axis=1).tolist()


def test_foresight_loses_nothing_and_holds_next_to_nothing() -> None:
    found = few()
    perfect = played(found, clairvoyant(found))

    assert perfect.fill > 0.999
    assert perfect.cost < 0.2 * played(found, moving_average(0.6)).cost


def test_no_policy_looks_ahead() -> None:
    found = few()
    other = Sales(units=found.units.copy(), store=found.store, goods=found.goods, said="")
    other.units[:, 40:] += 50.0
    orders: list[list[int]] = [[], []]
    for place, world in enumerate((found, other)):
        policy = ours()

        def noted(*told: object, place: int = place, policy: object = policy) -> np.ndarray:
            placed = policy(*told)  # type: ignore[operator]
            if told[-1] <= 40:  # type: ignore[operator]
                orders[place] += placed.tolist()
            return placed

        played(world, noted)

    assert orders[0] == orders[1]


def test_a_policy_saves_nothing_against_itself() -> None:
    outcomes = [played(few(), moving_average(safety)) for safety in (0.0, 0.6, 1.2)]

    assert abs(at_equal_fill(outcomes[1], outcomes)) < 1e-9


def test_a_pool_needs_less_than_its_silos() -> None:
    ratios = safety_ratios(stand_in("category", stores=110, kinds=6))

    assert ratios["if_independent"] <= ratios["median"] < 0.6


def test_foresight_moves_better_than_ours_and_ours_better_than_nobody() -> None:
    none = own = best = 0.0
    for units in busiest(stand_in("category", stores=25, kinds=8), goods=8, stores=25):
        stock = opening(units, np.random.default_rng(2))
        alone, moved = season(units, stock, moving=False), season(units, stock, moving=True)
        perfect = foresight(units, stock)
        assert perfect.lost + perfect.cost <= moved.lost + moved.cost + 1e-6
        none, own, best = none + alone.lost, own + moved.lost + moved.cost, best + perfect.lost + perfect.cost

    assert best < own < none
