"""New items by similar ones: as far as that foretold better, and not a step further."""

import numpy as np

from anyshelf.planning.model import Habits
from anyshelf.planning.rules.forecasting import outlook
from anyshelf.planning.rules.histories import cleaned
from anyshelf.planning.rules.similars import Kin, counts_best, kin_of, with_similars


def arriving(alike: bool, seed: int = 3) -> tuple[np.ndarray, Kin]:  # noqa: FBT001  a switch of this test
    """Two kinds of goods at four nodes, a third of them new at some week; alike, or each as it likes."""
    rng = np.random.default_rng(seed)
    count, weeks = 240, 60
    kind, node = np.arange(count) % 2, np.arange(count) // 2 % 4
    mean = np.where(kind == 0, 1.0, 9.0) if alike else rng.lognormal(0.5, 1.4, count)
    history = rng.poisson(mean[:, None], (count, weeks)).astype(float)
    for row in range(0, count, 3):
        start = int(rng.integers(16, 50))
        history[row, :start] = np.nan
    return history, Kin(kind=kind, node=node)


def test_what_is_new_is_expected_to_sell_as_its_kind_does() -> None:
    history, kin = arriving(alike=True)
    history[:2] = np.nan  # nothing was ever sold of the first two, one of each kind
    seen = cleaned(history)
    found = with_similars(outlook(seen, 2, Habits()), seen, kin)

    assert 0.6 <= found.mean[0, 0] <= 1.5
    assert 7.0 <= found.mean[1, 0] <= 11.0
    assert found.drift[0] >= 0.9


def test_where_kind_says_nothing_the_history_chooses_to_leave_it_out() -> None:
    alike, apart = arriving(alike=True), arriving(alike=False)

    assert counts_best(*alike) >= 8.0
    assert counts_best(*apart) <= 1.0


def test_known_series_stay_as_they_are() -> None:
    history, kin = arriving(alike=True)
    seen = cleaned(history)
    before = outlook(seen, 2, Habits())
    known = np.isfinite(seen).sum(axis=1) >= 8
    after = with_similars(before, seen, kin)

    assert (after.mean[known] == before.mean[known]).all()


def test_items_of_one_category_and_price_are_of_a_kind() -> None:
    kin = kin_of(
        ["lamps", "lamps", "lamps", ""], np.array([1000, 1023, 9000, 1000]), np.arange(4), np.zeros(4, int)
    )

    assert kin.kind.tolist() == [0, 0, 1, -1]
