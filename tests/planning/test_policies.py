"""The textbook's policies against the textbook, and against chance played out."""

import numpy as np
import pytest

from anyshelf.ground.errors import Invalid
from anyshelf.planning.rules import newsvendor, order_up_to, reorder_levels, service_level
from anyshelf.planning.rules.distributions import negative_binomial


def poisson(mean: float, size: int = 200) -> np.ndarray:
    return negative_binomial(np.array([mean]), np.array([mean]), size)[0]


def test_the_chances_of_a_poisson_add_up_and_have_its_mean() -> None:
    chances = poisson(7.5)

    assert chances.sum() == pytest.approx(1.0)
    assert chances @ np.arange(200) == pytest.approx(7.5)
    assert chances[3] == pytest.approx(np.exp(-7.5) * 7.5**3 / 6)


@pytest.mark.parametrize(("mean", "variance"), [(0.05, 0.2), (2.0, 9.0), (60.0, 400.0)])
def test_a_negative_binomial_has_the_mean_and_variance_it_is_given(mean: float, variance: float) -> None:
    chances = negative_binomial(np.array([mean]), np.array([variance]), 600)[0]
    units = np.arange(600)

    assert chances @ units == pytest.approx(mean, rel=1e-6)
    assert chances @ units**2 - mean**2 == pytest.approx(variance, rel=1e-5)


def test_a_newsvendor_has_one_more_as_long_as_it_pays() -> None:
    # Poisson 10: P(D <= 12) = 0.7916, P(D <= 13) = 0.8645
    assert newsvendor(poisson(10.0), holding=1.0, shortage=4.0) == 13
    assert newsvendor(poisson(10.0), holding=1.0, shortage=3.7) == 12


def test_costs_below_zero_are_refused() -> None:
    with pytest.raises(Invalid):
        service_level(holding=-1.0, shortage=2.0)


# Zheng and Federgruen (1991), table 1, and Snyder and Shen, example 4.7.
@pytest.mark.parametrize(
    ("mean", "holding", "shortage", "fixed", "point", "up_to", "cost"),
    [(10, 1, 9, 64, 6, 40, 35.022), (6, 1, 4, 5, 4, 10, 8.0341)],
)
def test_reorder_levels_are_those_of_the_table(
    mean: float, holding: float, shortage: float, fixed: float, point: int, up_to: int, cost: float
) -> None:
    found = reorder_levels(
        mean=mean, variance=mean, lead_time=0, holding=holding, shortage=shortage, fixed=fixed
    )

    assert (found.point, found.up_to) == (point, up_to)
    assert found.cost == pytest.approx(cost, rel=1e-4)


def test_a_reorder_level_costs_what_it_says_when_it_is_played() -> None:
    """Twenty thousand periods with two periods of lead time and bursty demand."""
    found = reorder_levels(mean=3.0, variance=9.0, lead_time=2, holding=1.0, shortage=8.0, fixed=20.0)
    demand = np.random.default_rng(3).negative_binomial(1.5, 1.0 / 3.0, 20_000)
    on_hand, coming, total = int(found.up_to), [0, 0], 0.0
    for wanted in demand:
        order = 0
        if on_hand + sum(coming) <= found.point:
            order = int(found.up_to) - on_hand - sum(coming)
            total += 20.0
        coming.append(order)
        on_hand += coming.pop(0) - int(wanted)
        total += max(on_hand, 0) * 1.0 + max(-on_hand, 0) * 8.0

    assert total / len(demand) == pytest.approx(found.cost, rel=0.03)


def test_an_uncertain_lead_time_asks_for_more_safety() -> None:
    sure = order_up_to(mean=10, sd=3, lead_time=4, service=0.95)
    unsure = order_up_to(mean=10, sd=3, lead_time=4, lead_sd=1, service=0.95)

    assert sure.up_to == pytest.approx(50 + 1.64485 * 3 * 5**0.5, rel=1e-4)
    assert unsure.up_to == pytest.approx(50 + 1.64485 * (5 * 9 + 100) ** 0.5, rel=1e-4)
