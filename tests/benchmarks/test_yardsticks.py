"""The yardsticks measure what they say."""

import pytest

from insighting import yardsticks


def test_rank_measures_on_values_worked_out_by_hand() -> None:
    assert yardsticks.gini([3, 2, 1], [9, 5, 1]) == pytest.approx(1.0)
    assert yardsticks.gini([1, 2, 3], [9, 5, 1]) == pytest.approx(-1.0)
    assert yardsticks.rank_correlation([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0)
    assert yardsticks.rank_correlation([1, 1, 2], [1, 2, 3]) == pytest.approx(0.8660, abs=1e-4)
    assert yardsticks.area([0.9, 0.8, 0.3, 0.1], [True, False, True, False]) == pytest.approx(0.75)
