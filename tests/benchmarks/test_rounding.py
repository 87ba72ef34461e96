"""The yardstick costs are measured against, and a run of it that is cut short."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rounding.measuring import Contest, keep, kept
from rounding.world import Instance, instance, small
from rounding.yardstick import item_facility, proved


@pytest.fixture(scope="module")
def drawn() -> Instance:
    return instance(replace(small(), items=6, sizes=3, kinds_a_size=3, periods=500), 1_000)


def test_a_large_yardstick_is_never_longer_than_the_true_one_and_hardly_shorter(drawn: Instance) -> None:
    exact, _ = item_facility(drawn)
    found, shares = item_facility(drawn, large=True)
    assert exact * 0.999 < found <= exact * (1 + 1e-9)
    for given in shares:
        assert given.sum(axis=1) == pytest.approx(1.0, abs=1e-2)


def test_whatever_is_offered_proves_no_more_than_is_true(drawn: Instance) -> None:
    exact, _ = item_facility(drawn)
    draw = np.random.default_rng(3)
    for _ in range(20):
        worth = draw.uniform(0, 2_000, drawn.stock.shape)
        worth[-1] = 0.0
        offers = [
            draw.uniform(0, 5_000, (len(rates), len(kind.items))) * drawn.setup.periods * rates[:, None]
            for kind, rates in zip(drawn.outlook.kinds, drawn.expected, strict=True)
        ]
        assert proved(drawn, worth, offers) <= exact


def contest(path: Path | None) -> Contest:
    return Contest(
        name="contest", setup=small(), instances=3, sequences=2, refreshes=1, futures=0, published={},
        keep=path,
    )  # fmt: skip


def test_a_run_that_was_cut_short_goes_on_from_what_it_kept(tmp_path: Path) -> None:
    mine = contest(tmp_path / "kept")
    figures = {"ours": [{"ratio": 1.5}]}
    keep(mine, 0, figures)
    keep(replace(mine, refreshes=2), 1, figures)
    keep(mine, 9, figures)
    with (tmp_path / "kept").open("a") as file:
        file.write('\n{"asked": ')
    keep(mine, 2, figures)
    assert kept(mine) == {0: figures, 2: figures}
    assert kept(contest(None)) == {}
