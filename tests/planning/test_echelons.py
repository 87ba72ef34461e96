"""Safety stock over several stages: against the textbook, plain enumeration and chance itself."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.ground.errors import Invalid
from anyshelf.planning.model import Chain, Demand, Stage
from anyshelf.planning.rules import best_levels, bounded_levels, cost_of_levels, near_levels, placed

# Instances as entered in stockpyl 1.0.2 (MIT), which takes them from Snyder and Shen, Fundamentals of Supply
# Chain Theory, 2nd edition, and from Shang and Song (2003), table 1.
EXAMPLE_6_1 = Chain(holding=(3, 2, 2), takes=(1, 1, 2), shortage=37.12)
SHANG_SONG = {
    1: ((0.25, 0.25, 0.25, 0.25), 9.0, 12.69),
    9: ((0.25, 2.5, 2.5, 0.25), 9.0, 53.01),
    17: ((0.25, 0.25, 0.25, 0.25), 99.0, 16.20),
    25: ((0.25, 2.5, 2.5, 0.25), 99.0, 74.55),
}
LEVELS = {1: (8, 13, 18, 22), 9: (9, 10, 13, 19), 17: (11, 17, 22, 27), 25: (11, 14, 18, 26)}
PRINTED_TO = 4e-4
"""What these books print differs from what the recursion converges to by up to one in the fourth digit."""


def test_the_chain_of_the_textbook_costs_what_the_textbook_says() -> None:
    found = best_levels(EXAMPLE_6_1, Demand(mean=5, sd=1))

    assert found.levels == pytest.approx((6.49, 12.02, 22.71), abs=0.01)
    assert found.cost == pytest.approx(47.67, rel=PRINTED_TO)


def test_a_finer_grid_changes_nothing_in_the_fourth_digit() -> None:
    coarse, fine = (best_levels(EXAMPLE_6_1, Demand(mean=5, sd=1), steps=steps) for steps in (4_000, 40_000))

    assert coarse.cost == pytest.approx(fine.cost, abs=0.001)
    assert fine.cost == pytest.approx(47.660, abs=0.0005)


@pytest.mark.parametrize("row", SHANG_SONG)
def test_the_chains_of_shang_and_song_cost_what_their_table_says(row: int) -> None:
    holding, shortage, published = SHANG_SONG[row]
    found = best_levels(Chain(holding=holding, takes=(0.25,) * 4, shortage=shortage), Demand(mean=16))

    assert found.levels == LEVELS[row]
    assert found.cost == pytest.approx(published, rel=PRINTED_TO)


@pytest.mark.parametrize("row", SHANG_SONG)
def test_the_best_levels_lie_between_two_newsvendors(row: int) -> None:
    holding, shortage, _ = SHANG_SONG[row]
    chain = Chain(holding=holding, takes=(0.25,) * 4, shortage=shortage)
    lower, upper = bounded_levels(chain, Demand(mean=16))

    for low, best, high in zip(lower.levels, LEVELS[row], upper.levels, strict=True):
        assert low <= best <= high


def test_the_middle_of_the_bounds_is_nearly_the_best() -> None:
    demand = Demand(mean=5, sd=1)
    best = best_levels(EXAMPLE_6_1, demand).cost

    assert best <= cost_of_levels(EXAMPLE_6_1, demand, near_levels(EXAMPLE_6_1, demand)) <= best * 1.001


def test_one_stage_is_a_newsvendor() -> None:
    found = best_levels(Chain(holding=(1.0,), takes=(2.0,), shortage=9.0), Demand(mean=50, sd=8))
    deviation = 8 * math.sqrt(2)
    # at a ratio of 0.9: mean demand in hand on average, and a normal's density there, over the ratio left
    assert found.levels[0] == pytest.approx(100 + 1.28155 * deviation, abs=0.05)
    assert found.cost == pytest.approx(10.0 * 0.175498 * deviation, rel=1e-3)


def test_chance_agrees_with_the_recursion() -> None:
    """Two stages, played out: what a period costs on average is what the recursion says it costs."""
    chain = Chain(holding=(2.0, 1.0), takes=(1.0, 1.0), shortage=20.0)
    demand = Demand(mean=4.0)
    levels = best_levels(chain, demand).levels
    rng = np.random.default_rng(7)
    upstream, downstream = rng.poisson(4.0, 400_000), rng.poisson(4.0, 400_000)
    # the upper echelon's position after its lead time; what the lower stage may order up to
    position = levels[1] - upstream
    net = np.minimum(position, levels[0]) - downstream
    costs = position * 1.0 + net * 2.0 + (20.0 + 3.0) * np.maximum(-net, 0)

    assert best_levels(chain, demand).cost == pytest.approx(costs.mean(), rel=0.01)


def stage(name: int, holding: float, takes: int, **more: float) -> Stage:
    return Stage(stage=str(name), holding=holding, takes=takes, **more)  # type: ignore[arg-type]


def arcs(text: str) -> list[tuple[str, str]]:
    return [(pair.split(">")[0], pair.split(">")[1]) for pair in text.split()]


def test_example_6_5_costs_what_the_textbook_says() -> None:
    found = placed(
        [
            stage(1, 1, 2, promised_in=1), stage(3, 2, 1), stage(2, 3, 1, promised_out=0, demand_sd=1),
            stage(4, 3, 1, promised_out=1, demand_sd=1),
        ],
        arcs("1>3 3>2 3>4"),
    )  # fmt: skip

    assert found.cost == pytest.approx(8.278, abs=0.0005)
    assert found.promises == {"1": 0, "3": 0, "2": 0, "4": 1}


def test_problem_6_9_costs_what_the_textbook_says() -> None:
    year = 365.0
    found = placed(
        [
            stage(1, 44 / year, 7, promised_out=3, demand_sd=4.1, factor=4),
            stage(2, 28 / year, 7, promised_out=3, demand_sd=6.2, factor=4),
            stage(3, 18 / year, 21, factor=4), stage(4, 1 / year, 3, factor=4),
            stage(5, 4 / year, 8, factor=4), stage(6, 1.5 / year, 2, factor=4),
        ],
        arcs("3>1 3>2 4>3 5>3 6>5"),
    )  # fmt: skip

    assert found.cost == pytest.approx(15.650, abs=0.0005)


def test_figure_6_14_costs_what_the_textbook_says() -> None:
    holding = (0.01, 0.03, 0.04, 0.06, 0.12, 0.13, 0.2, 0.08, 0.04, 0.5)
    takes = (2, 3, 2, 4, 2, 3, 6, 4, 3, 2)
    factor = 1.6448536269514722
    inner = [stage(n + 1, holding[n], takes[n], factor=factor) for n in range(9)]
    last = stage(10, holding[9], takes[9], promised_out=2, demand_sd=10, factor=factor)
    found = placed([*inner, last], arcs("1>2 2>3 3>5 4>5 5>6 6>10 7>10 8>10 9>10"))

    assert found.cost == pytest.approx(18.824, abs=0.0005)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[Stage], list[tuple[str, str]]]:
    """Up to four stages, each joined to an earlier one in either direction; whoever serves nobody sells."""
    count = draw(st.integers(1, 4))
    found = []
    for late in range(1, count):
        early = draw(st.integers(0, late - 1))
        found.append((str(early), str(late)) if draw(st.booleans()) else (str(late), str(early)))
    stages = [
        Stage(
            stage=str(name), holding=draw(st.integers(1, 5)), takes=draw(st.integers(0, 3)),
            promised_in=draw(st.integers(0, 1)), promised_out=draw(st.integers(0, 2)) if sells else None,
            demand_sd=draw(st.integers(1, 4)) if sells else 0.0,
        )
        for name in range(count)
        for sells in [all(str(name) != supplier for supplier, _ in found)]
    ]  # fmt: skip
    return stages, found


@given(trees())
@settings(max_examples=60, deadline=None)
def test_no_other_promises_cost_less(tree: tuple[list[Stage], list[tuple[str, str]]]) -> None:
    stages, joined = tree

    assert placed(stages, joined).cost == pytest.approx(cheapest_of_all(stages, joined))


def cheapest_of_all(stages: list[Stage], joined: list[tuple[str, str]]) -> float:
    """Every combination of promises, each tried."""
    longest = sum(each.takes + each.promised_in for each in stages)
    known = {each.stage: each for each in stages}

    def variance(name: str) -> float:
        return known[name].demand_sd ** 2 + sum(variance(to) for frm, to in joined if frm == name)

    def cost(promises: dict[str, int]) -> float:
        total = 0.0
        for each in stages:
            inbound = max([each.promised_in, *(promises[frm] for frm, to in joined if to == each.stage)])
            net = inbound + each.takes - promises[each.stage]
            if net < 0:
                return math.inf
            total += each.holding * math.sqrt(variance(each.stage) * net)
        return total

    ranges = [range((longest if each.promised_out is None else each.promised_out) + 1) for each in stages]
    names = [each.stage for each in stages]
    return min(cost(dict(zip(names, chosen, strict=True))) for chosen in itertools.product(*ranges))


def test_a_loop_is_no_tree() -> None:
    with pytest.raises(Invalid, match="not one tree"):
        placed([stage(1, 1, 1), stage(2, 1, 1), stage(3, 1, 1)], arcs("1>2 2>1"))
