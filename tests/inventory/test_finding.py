"""How sure it is that stock is found, from values: what is learned of a node, its kind and its market."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelves import NOW

from anyshelf.inventory.model import ANY_CLASS, Columns, Doubt, Finds
from anyshelf.inventory.rules import doubted, free_units, laid_doubts, learned, weight_at
from anyshelf.inventory.rules.finding import CASES_MAX, CASES_MIN, HALF_LIFE, shrunk, strength_of

SHOPS = {f"S{number}": "store" for number in range(8)}


def finds(node: str, *, found: float = 0, missed: float = 0, at: datetime = NOW, **more: float) -> Finds:
    each = weight_at(at)
    cases = {"found": found, "missed": missed, **more}
    return Finds(node=node, category="lamps", **{name: count * each for name, count in cases.items()})


def missing(
    *evidence: Finds, kinds: Mapping[str, str] = SHOPS, now: datetime = NOW
) -> dict[tuple[str, str], int]:
    return {(each.node, each.category): each.missing for each in learned(evidence, kinds, now)}


def test_where_nothing_ever_went_wrong_there_is_no_doubt() -> None:
    assert set(missing(finds("S1", found=500)).values()) == {0}


def test_a_node_that_finds_half_is_doubted_by_nearly_half_and_the_others_a_little() -> None:
    evidence = [finds(node, found=100) for node in SHOPS if node != "S1"]
    told = missing(*evidence, finds("S1", found=50, missed=50))

    assert 400 < told["S1", "lamps"] < 500
    assert told["S2", "lamps"] < 20


def test_a_node_nobody_has_asked_is_taken_for_one_of_its_kind() -> None:
    kinds = {**SHOPS, "NEW": "store", "DC": "dc"}
    told = missing(*(finds(node, found=80, missed=20) for node in SHOPS), kinds=kinds)

    assert 120 < told["NEW", ANY_CLASS] < 200
    assert told["DC", ANY_CLASS] < told["NEW", ANY_CLASS], "a warehouse is not a shop"


def test_one_miss_is_no_verdict() -> None:
    told = missing(finds("S1", missed=1))

    assert 0 < told["S1", "lamps"] < 100


def test_what_is_missed_of_one_class_is_a_lesser_doubt_of_the_others() -> None:
    rugs = Finds(node="S1", category="rugs", found=3 * weight_at(NOW))
    told = missing(finds("S1", found=10, missed=10), rugs)

    assert told["S1", "lamps"] > told["S1", "rugs"] > told["S2", ANY_CLASS]


def test_old_cases_fade() -> None:
    bad = finds("S1", found=5, missed=5)
    told = [missing(bad, now=NOW + HALF_LIFE * ages)["S1", "lamps"] for ages in range(4)]

    assert told == sorted(told, reverse=True)
    assert told[0] > told[3]


def test_it_does_not_matter_when_a_case_is_written_down_only_when_it_was() -> None:
    early, late = finds("S1", missed=4, at=NOW - timedelta(days=60)), finds("S1", found=4)
    together = Finds(node="S1", category="lamps", found=late.found, missed=early.missed)

    assert together.missed / weight_at(NOW) == pytest.approx(1.0)
    assert missing(together) == missing(finds("S1", found=4, missed=1))


def test_what_a_node_refuses_is_told_apart_from_what_it_does_not_find() -> None:
    (whole, lamps) = [
        each
        for each in learned([finds("S1", found=40, taken=10, refused=30)], SHOPS, NOW)
        if each.node == "S1"
    ]

    assert lamps.missing == whole.missing == 0
    assert lamps.refusing > 300


def test_how_much_nodes_differ_says_how_much_a_node_is_believed() -> None:
    alike = strength_of([(10, 100)] * 12)
    unlike = strength_of([(0, 100)] * 6 + [(60, 100)] * 6)

    assert (alike, unlike) == (CASES_MAX, CASES_MIN)
    assert strength_of([(1, 2)]) == strength_of([]), "one node tells nothing of how nodes differ"


cases = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda two: (min(two), max(two)))


@given(cases=cases, towards=st.floats(0, 1), strength=st.floats(1, 200))
def test_a_share_lies_between_its_own_cases_and_its_group(
    cases: tuple[int, int], towards: float, strength: float
) -> None:
    wrong, seen = cases
    own = wrong / seen if seen else towards

    assert min(own, towards) - 1e-9 <= shrunk(cases, towards, strength) <= max(own, towards) + 1e-9


@given(cases=cases.filter(lambda each: each[1] > 0), towards=st.floats(0, 1))
def test_the_more_cases_the_nearer_to_them(cases: tuple[int, int], towards: float) -> None:
    wrong, seen = cases
    few, many = (shrunk((wrong * times, seen * times), towards, 20) for times in (1, 10))

    assert abs(many - wrong / seen) <= abs(few - wrong / seen) + 1e-9


@given(st.lists(cases, min_size=1, max_size=8), st.randoms())
def test_the_order_of_the_evidence_does_not_matter(counted: list[tuple[int, int]], draw: object) -> None:
    evidence = [
        finds(f"S{place}", found=seen - wrong, missed=wrong) for place, (wrong, seen) in enumerate(counted)
    ]
    shuffled = list(evidence)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]

    assert missing(*evidence) == missing(*shuffled)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(0, 1000), st.integers(0, 9))
def test_what_is_kept_back_is_what_is_not_expected_to_be_found(
    lying: list[int], thousandths: int, units: int
) -> None:
    index = {f"S{place}": place for place in range(len(lying))}
    doubts = laid_doubts(
        [Doubt(node=each, category=ANY_CLASS, missing=thousandths, refusing=1) for each in index], index
    )
    columns = Columns(
        items=("LAMP",), bounds=np.array([0, len(lying)]), places=np.arange(len(lying)),
        on_hand=np.array(lying, dtype=np.int32), claimed=np.zeros(len(lying), dtype=np.int32),
    )  # fmt: skip
    free = free_units(columns, doubt=doubted(columns, doubts, {"LAMP": "lamps"}), holdback_units=units)

    for there, may in zip(lying, free.tolist(), strict=True):
        assert may == there - max(units, int(there * thousandths / 1000 + 0.5))


def test_the_figure_of_a_class_goes_before_that_of_its_node() -> None:
    doubts = laid_doubts(
        [
            Doubt(node="S1", category="lamps", missing=500, refusing=0),
            Doubt(node="S1", category=ANY_CLASS, missing=100, refusing=7),
        ],
        {"S0": 0, "S1": 1},
    )
    assert doubts is not None
    assert doubts.missing[doubts.of_class("lamps")].tolist() == [0, 500]
    assert doubts.missing[doubts.of_class("rugs")].tolist() == [0, 100]


def test_where_nobody_has_any_doubt_there_are_none() -> None:
    assert laid_doubts([Doubt(node="S1", category=ANY_CLASS, missing=0, refusing=0)], {"S1": 0}) is None
