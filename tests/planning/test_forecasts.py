"""Forecasts under what shops are like: shelves run empty, seasons turn, shoppers take several at once."""

import numpy as np
import pytest

from anyshelf.planning.model import Costs, Habits, Stock
from anyshelf.planning.rules import decide, reasoned
from anyshelf.planning.rules.calibrating import widths
from anyshelf.planning.rules.forecasting import outlook
from anyshelf.planning.rules.histories import cleaned


def bare(series: int, lead: int = 1) -> Stock:
    return Stock(on_hand=np.zeros(series, dtype=np.int64), on_order=np.zeros((series, lead), dtype=np.int64))


def test_a_season_is_known_after_one_year() -> None:
    """The second Christmas is expected although there was one only."""
    weeks = np.arange(96)
    wave = 1.0 + 2.0 * np.exp(-(((weeks % 52) - 46.0) ** 2) / 8.0)
    demand = np.random.default_rng(3).poisson(5.0 * wave, (150, 96)).astype(float)
    expected = reasoned(demand, bare(150), 2, Costs(holding=1.0, shortage=9.0)).outlook.mean.mean(axis=0)

    assert expected[1] > 9.0  # week 98 is a week 46, five is usual


def test_growth_over_one_year_is_no_season() -> None:
    demand = np.random.default_rng(8).poisson(np.linspace(2.0, 20.0, 80), (100, 80)).astype(float)
    expected = reasoned(demand, bare(100), 1, Costs(holding=1.0, shortage=9.0)).outlook.mean

    assert expected.mean() == pytest.approx(20.0, rel=0.15)


def test_sales_that_empty_shelves_cut_short_are_not_followed_down() -> None:
    """Played for a year on its own sales, told when shelves were empty, it goes on ordering as much."""
    rng = np.random.default_rng(4)
    demand = rng.poisson(4.0, (60, 104)).astype(float)
    seen, empty = demand.copy(), np.zeros(demand.shape, dtype=bool)
    stock, coming = np.full(60, 4), np.full((60, 1), 4)
    costs, ordered = Costs(holding=1.0, shortage=2.0), []
    for week in range(52, 104):
        state = Stock(on_hand=stock, on_order=coming)
        orders = decide(seen[:, :week], state, 1, costs, censored=empty[:, :week])
        ordered.append(orders.mean())
        stock, coming = stock + coming[:, 0], orders[:, None]
        seen[:, week] = np.minimum(stock, demand[:, week])
        stock = (stock - seen[:, week]).astype(np.int64)
        empty[:, week] = stock == 0

    assert np.mean(ordered[-12:]) > 0.92 * np.mean(ordered[4:16])


def test_who_takes_several_at_once_is_no_change_of_level() -> None:
    """Batches make variance grow with the mean: large series are expected as surely as they sell."""
    rng = np.random.default_rng(5)
    mean = np.repeat([0.6, 12.0], 150)[:, None]
    demand = (rng.poisson(mean, (300, 80)) * 3).astype(float)
    found = outlook(cleaned(demand), 1, Habits())
    variance = found.mean[:, 0] + (found.spread + found.drift) * found.mean[:, 0] ** 2

    assert np.median(variance[:150]) == pytest.approx(3 * 1.8, rel=0.5)
    assert np.median(variance[150:]) == pytest.approx(3 * 36.0, rel=0.5)


def test_a_width_is_what_would_have_cost_least() -> None:
    rng = np.random.default_rng(6)
    mean = np.full(3_000, 8.0)
    plain = rng.poisson(8.0, 3_000).astype(float)
    ratio = np.full(3_000, 0.9)
    wide = widths(mean, np.full(3_000, 60.0), plain, ratio, np.array([8.0]))
    narrow = widths(mean, np.full(3_000, 1.0), plain, ratio, np.array([8.0]))

    assert wide[0] <= 0.1
    assert narrow[0] >= wide[0]


def test_few_moments_change_no_width() -> None:
    few = np.ones(5)

    assert widths(few, few, few, few * 0.9, np.array([1.0, 2.0])).tolist() == [1.0, 1.0]
