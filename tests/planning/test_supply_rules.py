"""Sharing what is short, and moving what lies wrong: against every other way there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.planning.model import Outlook
from anyshelf.planning.rules import allocated, transfers
from anyshelf.planning.rules.windows import expected_missed, missed, quantiles, window

places = st.lists(
    st.tuples(st.integers(0, 5), st.floats(0.1, 8.0), st.floats(1.0, 3.0), st.floats(0.5, 4.0)),
    min_size=1,
    max_size=3,
)


def sold_of(have: np.ndarray, given_: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """What each place loses less by what it is given."""
    before, _ = expected_missed(mean, variance, have)
    after, _ = expected_missed(mean, variance, have + given_)
    return np.asarray(before - after)


@given(places, st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_nobody_could_share_it_better(drawn: list[tuple[int, float, float, float]], supply: int) -> None:
    have, mean, beyond, worth = (np.array(column) for column in zip(*drawn, strict=True))
    variance = mean * beyond
    shared = allocated(supply, have=have, mean=mean, variance=variance, worth=worth)
    ways = [
        np.array(way) for way in itertools.product(range(supply + 1), repeat=len(have)) if sum(way) == supply
    ]
    best = max(float((sold_of(have, way, mean, variance) * worth).sum()) for way in ways)

    assert shared.sum() == supply
    assert float((sold_of(have, shared, mean, variance) * worth).sum()) == pytest.approx(best, abs=1e-6)


def test_nobody_gets_more_than_they_may() -> None:
    flat = np.array([5.0, 5.0])
    shared = allocated(
        100, have=np.array([0, 0]), mean=flat, variance=flat, worth=np.ones(2), most=np.array([3, 4])
    )

    assert shared.tolist() == [3, 4]


def test_a_channel_that_earns_more_is_served_first() -> None:
    """The same few units, wanted by a shop and by a marketplace that takes its fee."""
    flat = np.array([6.0, 6.0])
    shared = allocated(6, have=np.array([0, 0]), mean=flat, variance=flat, worth=np.array([10.0, 4.0]))

    assert shared[0] > shared[1]


@given(
    st.lists(st.lists(st.floats(0, 10), min_size=3, max_size=3), min_size=1, max_size=3),
    st.lists(st.lists(st.floats(0, 10), min_size=3, max_size=3), min_size=1, max_size=2),
    st.floats(0, 5),
)
@settings(max_examples=80, deadline=None)
def test_every_transfer_pays_and_nothing_goes_twice(
    gains: list[list[float]], losses: list[list[float]], fixed: float
) -> None:
    gain = -np.sort(-np.array(gains), axis=1)
    loss = np.sort(np.array(losses), axis=1)
    found = transfers(gain, loss, fixed=fixed, each=0.5)

    assert all(worth > 0 for *_, worth in found)
    assert len({receiver for _, receiver, *_ in found}) == len(found)
    for donor in range(len(loss)):
        assert sum(units for giver, _, units, _ in found if giver == donor) <= 3
    worth = sum(each for *_, each in found)
    booked = 0.0
    left = loss.copy()
    for donor, receiver, units, _ in found:
        booked += gain[receiver, :units].sum() - left[donor, :units].sum() - 0.5 * units - fixed
        left[donor] = np.concatenate((left[donor, units:], np.full(units, np.inf)))
    assert booked == pytest.approx(worth)


def test_one_place_with_too_much_and_one_with_too_little() -> None:
    found = transfers(np.array([[9.0, 7.0, 1.0]]), np.array([[0.0, 0.0, 0.0]]), fixed=5.0, each=2.0)

    assert found == [(0, 0, 2, pytest.approx(7.0))]


def test_a_window_has_the_variance_of_its_parts_and_of_what_they_share() -> None:
    outlook = Outlook(mean=np.array([[2.0, 4.0, 9.0]]), spread=np.array([0.5]), drift=np.array([0.25]))
    mean, variance = window(outlook, np.array([2]))

    assert mean.tolist() == [6.0]
    assert variance.tolist() == [6.0 + 0.5 * (4.0 + 16.0) + 0.25 * 36.0]


def test_what_is_missed_is_what_chance_says() -> None:
    mean, variance = np.array([3.0]), np.array([3.0])
    drawn = np.random.default_rng(1).poisson(3.0, 400_000)
    units, chance = expected_missed(mean, variance, np.array([4]))

    assert units[0] == pytest.approx(np.maximum(drawn - 4, 0).mean(), rel=0.02)
    assert chance[0] == pytest.approx((drawn > 4).mean(), rel=0.02)
    assert missed(mean, variance, np.array([4]), 2)[0, 0] == pytest.approx((drawn > 4).mean(), rel=0.02)
    assert quantiles(mean, variance, (0.1, 0.5, 0.9)).tolist() == [
        np.quantile(drawn, [0.1, 0.5, 0.9]).tolist()
    ]
