"""Orders from histories: sensible on every kind of demand, blind to the future, near the best there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.ground.errors import Invalid
from anyshelf.planning.model import Costs, Floats, Habits, Ints, Limits, Stock
from anyshelf.planning.rules import decide, newsvendor, reasoned
from anyshelf.planning.rules.distributions import negative_binomial

COSTS = Costs(holding=0.2, shortage=1.0)


def bare(series: int, lead_time: int = 2) -> Stock:
    return Stock(on_hand=np.zeros(series, dtype=int), on_order=np.zeros((series, lead_time), dtype=int))


def shops(series: int = 200, periods: int = 104, mean: float = 6.0, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).poisson(mean, (series, periods)).astype(float)


def test_steady_demand_is_ordered_as_a_newsvendor_who_knows_it() -> None:
    orders = decide(shops(), bare(200, 0), 0, COSTS)
    chances = negative_binomial(np.array([6.0]), np.array([6.0]), 60)[0]

    assert np.median(orders) == pytest.approx(newsvendor(chances, holding=0.2, shortage=1.0), abs=1)


def lost_sales_cost(demand: Floats, lead_time: int, start: int, order: object) -> float:
    """What a policy costs a series and period when what is not there is lost."""
    series, periods = demand.shape
    stock, coming = np.full(series, 12), np.full((series, lead_time), 6)
    total = 0.0
    for now in range(start, periods):
        placed = order(demand[:, :now], stock, coming)  # type: ignore[operator]
        coming = np.concatenate((coming, placed[:, None]), axis=1)
        stock = stock + coming[:, 0]
        coming = coming[:, 1:]
        total += float(np.maximum(demand[:, now] - stock, 0).sum())
        stock = np.maximum(stock - demand[:, now], 0).astype(int)
        total += 0.2 * float(stock.sum())
    return total / series / (periods - start)


def test_in_steady_demand_no_fixed_level_does_better() -> None:
    """Two periods of lead time, lost sales: ours, from history alone, against the best level in hindsight."""
    demand = shops(100, 90)

    def ours(history: Floats, stock: Ints, coming: Ints) -> Ints:
        return decide(history, Stock(on_hand=stock, on_order=coming), 2, COSTS)

    def upto(level: int) -> object:
        return lambda _, stock, coming: np.maximum(level - stock - coming.sum(axis=1), 0)

    best = min(lost_sales_cost(demand, 2, 60, upto(level)) for level in range(12, 30))

    assert lost_sales_cost(demand, 2, 60, ours) < 1.02 * best


def test_what_comes_after_the_day_is_not_looked_at() -> None:
    demand = shops(30)
    changed = demand.copy()
    changed[:, 80:] = 1_000.0

    first = decide(demand, bare(30), 2, COSTS, 80)

    assert (first == decide(changed, bare(30), 2, COSTS, 80)).all()
    assert (first == decide(demand[:, :80], bare(30), 2, COSTS)).all()


def test_what_is_on_its_way_is_not_ordered_again() -> None:
    demand = shops(30)
    coming = Stock(on_hand=np.zeros(30, dtype=int), on_order=np.full((30, 2), 40))

    assert decide(demand, bare(30), 2, COSTS).min() > 0
    assert decide(demand, coming, 2, COSTS).max() == 0


def test_nothing_is_ordered_of_what_nobody_buys() -> None:
    demand = np.zeros((5, 60))

    assert decide(demand, bare(5), 2, COSTS).tolist() == [0] * 5


def test_a_history_that_was_never_seen_orders_nothing() -> None:
    assert decide(np.full((3, 40), np.nan), bare(3), 1, COSTS).tolist() == [0] * 3


def test_a_new_item_is_not_judged_by_the_time_before_it() -> None:
    demand = shops(40)
    demand[0, :90] = 0.0

    expected = reasoned(demand, bare(40), 2, COSTS).expected

    assert expected[0] == pytest.approx(18.0, rel=0.4)


def test_periods_without_goods_are_no_periods_without_demand() -> None:
    demand = shops(100)
    empty, told = demand.copy(), demand.copy()
    gaps = np.random.default_rng(2).random(demand.shape) < 0.4
    empty[gaps], told[gaps] = 0.0, np.nan

    as_zero = reasoned(empty, bare(100), 2, COSTS).expected.mean()
    as_missing = reasoned(told, bare(100), 2, COSTS).expected.mean()
    as_cut_short = reasoned(empty, bare(100), 2, COSTS, censored=gaps).expected.mean()

    assert as_missing == pytest.approx(18.0, rel=0.05)
    assert as_cut_short == pytest.approx(18.0, rel=0.1)
    assert as_zero < 12.0


def test_before_a_weekend_more_is_ordered() -> None:
    """Days, with twice the demand on two of seven; the next day decides."""
    week = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0])
    mean = 5.0 * np.tile(week, 12)
    demand = np.random.default_rng(5).poisson(mean, (60, 84)).astype(float)

    wednesday = decide(demand, bare(60, 0), 0, COSTS, 79).mean()
    friday = decide(demand, bare(60, 0), 0, COSTS, 82).mean()

    assert friday > 1.6 * wednesday


def test_before_christmas_more_is_expected() -> None:
    """Weeks over three years with a peak each December, of many series."""
    weeks = np.arange(156)
    mean = 4.0 * (1.0 + 1.0 * (weeks % 52 >= 46))
    demand = np.random.default_rng(6).poisson(mean, (150, 156)).astype(float)

    before_peak = reasoned(demand, bare(150), 2, COSTS, 149).outlook.mean[:, 2].mean()
    in_summer = reasoned(demand, bare(150), 2, COSTS, 130).outlook.mean[:, 2].mean()

    assert before_peak > 1.4 * in_summer


def test_demand_that_grows_is_followed() -> None:
    mean = np.linspace(2.0, 20.0, 80)
    demand = np.random.default_rng(8).poisson(mean, (100, 80)).astype(float)

    assert reasoned(demand, bare(100), 0, COSTS).expected.mean() == pytest.approx(20.0, rel=0.15)


def test_orders_come_in_whole_packs_and_fit_the_shelf() -> None:
    limits = Limits(pack=6, shelf=24)
    orders = decide(shops(50), bare(50), 2, COSTS, limits=limits)

    assert set((orders % 6).tolist()) == {0}
    assert 0 < orders.max() <= 24


def test_a_minimum_is_ordered_in_full_or_not_at_all() -> None:
    demand = shops(50, mean=0.3)
    orders = decide(demand, bare(50), 1, COSTS, limits=Limits(minimum=40))

    assert set(orders.tolist()) <= {0} | set(range(40, 1000))


def test_a_dear_order_line_is_placed_less_often() -> None:
    demand = shops(80)
    half = Stock(on_hand=np.full(80, 14), on_order=np.zeros((80, 2), dtype=int))
    dear = Costs(holding=0.2, shortage=1.0, fixed=50.0)

    assert (decide(demand, half, 2, COSTS) > 0).mean() > 0.9
    assert (decide(demand, half, 2, dear) > 0).mean() < 0.1


def test_a_longer_review_orders_for_longer() -> None:
    demand = shops(50)
    weekly = decide(demand, bare(50), 1, COSTS).mean()
    monthly = decide(demand, bare(50), 1, COSTS, limits=Limits(review_periods=4)).mean()

    assert monthly > 2.0 * weekly


def test_large_demand_is_counted_by_the_bundle_and_stays_right() -> None:
    demand = np.random.default_rng(9).poisson(9_000.0, (20, 80)).astype(float)
    orders = decide(demand, bare(20, 0), 0, COSTS)

    assert orders.mean() == pytest.approx(9_000.0, rel=0.05)


def test_costs_may_differ_from_series_to_series() -> None:
    demand = shops(100)
    shortage = np.where(np.arange(100) < 50, 0.3, 5.0)
    orders = decide(demand, bare(100), 2, Costs(holding=0.2, shortage=shortage))

    assert orders[50:].mean() > orders[:50].mean() + 3


def test_shapes_that_do_not_fit_are_refused_by_name() -> None:
    with pytest.raises(Invalid, match="history"):
        decide(np.zeros(5), bare(5), 2, COSTS)
    with pytest.raises(Invalid, match="on_hand"):
        decide(np.zeros((5, 9)), bare(4), 2, COSTS)
    with pytest.raises(Invalid, match="on_order"):
        decide(np.zeros((5, 9)), Stock(on_hand=np.zeros(5), on_order=np.zeros((2, 5))), 2, COSTS)


@given(st.integers(1, 6), st.integers(1, 30), st.integers(0, 4), st.integers(0, 2**32 - 1), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_whatever_the_history_orders_are_whole_and_never_below_zero(
    series: int, periods: int, lead_time: int, seed: int, review: int
) -> None:
    rng = np.random.default_rng(seed)
    demand = rng.negative_binomial(0.3, 0.1, (series, periods)).astype(float)
    demand[rng.random(demand.shape) < 0.3] = np.nan
    stock = Stock(
        on_hand=rng.integers(0, 40, series), on_order=rng.integers(0, 9, (series, max(lead_time, 1)))
    )

    orders = decide(demand, stock, lead_time, COSTS, limits=Limits(review_periods=review))

    assert orders.dtype.kind == "i"
    assert orders.min() >= 0
    assert (orders == decide(demand, stock, lead_time, COSTS, limits=Limits(review_periods=review))).all()


def test_a_season_may_be_named() -> None:
    demand = np.tile(np.array([1.0, 1.0, 1.0, 13.0]), 15)[None, :].repeat(30, axis=0)
    expected = reasoned(demand, bare(30, 0), 0, COSTS, 59, habits=Habits(season=4)).expected

    assert expected.mean() == pytest.approx(13.0, rel=0.15)
