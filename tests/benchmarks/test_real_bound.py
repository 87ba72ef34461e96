"""What an order costs at least, where the bound of the real network does not search it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.sourcing.model import FloatArray
from real.bound import parted

cost = st.integers(0, 900)
cost_or_none = st.one_of(cost.map(float), st.just(np.inf))


def least(fixed: FloatArray, lines: FloatArray) -> float:
    """What the cheapest of all ways costs."""
    ways = product(range(len(fixed)), repeat=len(lines))
    return min(
        sum(float(lines[line, node]) for line, node in enumerate(way))
        + sum(float(fixed[node]) for node in set(way))
        for way in ways
    )


@given(st.data())
@settings(deadline=None)
def test_no_way_costs_less_than_the_bound(data: st.DataObject) -> None:
    nodes, lines = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    fixed = np.array([*(data.draw(cost_or_none) for _ in range(nodes)), 0.0])
    costs = np.array([[*(data.draw(cost_or_none) for _ in range(nodes)), 2_000.0] for _ in range(lines)])
    exact = least(fixed, costs)
    found = parted(fixed, costs, exact)
    assert costs.min(axis=1).sum() - 1e-6 <= found <= exact + 1e-6


@given(cost, cost, cost)
def test_one_line_is_bounded_by_what_it_costs(first: int, second: int, line: int) -> None:
    fixed, costs = np.array([float(first), float(second)]), np.array([[float(line), float(line)]])
    assert parted(fixed, costs, np.inf) == pytest.approx(min(first, second) + line, abs=1e-3)


def test_two_lines_share_the_parcel_they_can_share() -> None:
    fixed, lines = np.array([1_000.0, 600.0, 600.0]), np.array([[0.0, 0.0, np.inf], [0.0, np.inf, 0.0]])
    assert parted(fixed, lines, np.inf) == pytest.approx(1_000.0, abs=1e-3)
