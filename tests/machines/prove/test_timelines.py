"""The checker of positions on histories made by hand: what it lets pass, and what it finds."""

from collections.abc import Sequence
from typing import Any

import pytest
from books import Books, Moved
from effects import Kept
from history import Attempt, History
from timelines import check_timelines

SHELF = ("LAMP", "A")


def received(writer: int, units: int, kept_us: int) -> Moved:
    return moved(writer, units, kept_us, "vendor", "on_hand")


def claimed(writer: int, units: int, kept_us: int) -> Moved:
    return moved(writer, units, kept_us, "free", "reserved")


def freed(writer: int, units: int, kept_us: int) -> Moved:
    return moved(writer, units, kept_us, "reserved", "free")


def moved(writer: int, units: int, kept_us: int, source: str, target: str) -> Moved:
    return Moved(
        cause=str(writer), step=1, entry=1, item="LAMP", node="A", from_bucket=source, to_node="A",
        to_bucket=target, quantity=units, reason="by hand", line=1, writer=writer, kept_us=kept_us,
    )  # fmt: skip


def looked(sent_us: int, told_us: int, *, on_hand: int = 0, reserved: int = 0) -> Attempt:
    state = {"item": "LAMP", "node": "A", "on_hand": on_hand, "reserved": reserved, "allocated": 0,
             "in_transit": 0, "damaged": 0}  # fmt: skip
    return Attempt(op="look", kind="position", body=None, sent_us=sent_us, told_us=told_us, status=200,
                   answer={"positions": [state]})  # fmt: skip


def refused(sent_us: int, told_us: int, *, wanted: int) -> Attempt:
    return Attempt(
        op="buy", kind="order", body={"lines": [{"item": "LAMP", "quantity": wanted, "node": "A"}]},
        sent_us=sent_us, told_us=told_us, status=409,
        answer={"type": "/problems/shortage", "lines": [{"line": 1, "wanted": wanted, "available": 0}]},
    )  # fmt: skip


def found(
    moves: Sequence[Moved], attempts: Sequence[Attempt], *, ends: Sequence[int], told: dict[int, int]
) -> set[str]:
    """What is found where these moves were kept, their senders told at these moments, and this was seen."""
    nothing: dict[str, Any] = {
        "orders": [], "lines": {}, "payments": {}, "events": [], "head": 0, "keys": {}, "returns": [],
        "mishaps": {}, "set_aside": [], "audit": [],
    }  # fmt: skip
    books = Books(moves=list(moves), positions={SHELF: (*ends, 0, 0, 0)}, **nothing)
    history, kept = History(), Kept()
    kept.told_us.update(told)
    for attempt in attempts:
        history.note(attempt)
    return {anomaly.rule for anomaly in check_timelines(history, books, kept)}


def test_while_a_change_is_under_way_some_see_it_and_some_do_not() -> None:
    moves = [received(1, 5, kept_us=100)]
    sights = [looked(90, 130, on_hand=0), looked(90, 130, on_hand=5)]
    assert found(moves, sights, ends=(5, 0), told={1: 150}) == set()


def test_who_asks_after_its_sender_was_told_must_see_a_change() -> None:
    moves = [received(1, 5, kept_us=100)]
    assert found(moves, [looked(160, 170)], ends=(5, 0), told={1: 150}) == {"not linearizable"}


def test_a_change_of_which_nobody_was_told_may_be_seen_late_but_not_after_the_next_one() -> None:
    moves = [received(1, 5, kept_us=100), received(2, 5, kept_us=200)]
    assert found(moves, [looked(150, 160)], ends=(10, 0), told={}) == set()
    assert found(moves, [looked(250, 260)], ends=(10, 0), told={}) == {"not linearizable"}


def test_nobody_sees_what_was_before_what_another_saw_who_was_answered_before_they_asked() -> None:
    moves = [received(1, 5, kept_us=100)]
    apart = [looked(110, 120, on_hand=5), looked(130, 140, on_hand=0)]
    at_once = [looked(110, 135, on_hand=5), looked(130, 140, on_hand=0)]
    assert found(moves, apart, ends=(5, 0), told={1: 150}) == {"not linearizable"}
    assert found(moves, at_once, ends=(5, 0), told={1: 150}) == set()


def test_nobody_sees_what_never_was() -> None:
    moves = [received(1, 5, kept_us=100), received(2, 5, kept_us=200)]
    assert found(moves, [looked(90, 300, on_hand=7)], ends=(10, 0), told={}) == {"not linearizable"}


def test_a_refusal_needs_a_moment_at_which_there_was_too_little() -> None:
    moves = [received(1, 5, kept_us=100), claimed(2, 4, kept_us=200), freed(3, 4, kept_us=300)]
    told = {1: 110, 2: 210, 3: 310}
    assert found(moves, [refused(220, 250, wanted=2)], ends=(5, 0), told=told) == set()
    assert found(moves, [refused(150, 250, wanted=2)], ends=(5, 0), told=told) == set()
    enough = {"refused though there was enough"}
    assert found(moves, [refused(120, 150, wanted=2)], ends=(5, 0), told=told) == enough
    assert found(moves, [refused(320, 350, wanted=5)], ends=(5, 0), told=told) == enough


def test_a_refusal_may_come_before_goods_that_came_in_and_after_those_that_went() -> None:
    moves = [received(1, 5, kept_us=100), received(2, 5, kept_us=200), claimed(3, 4, kept_us=210)]
    attempts = [refused(150, 250, wanted=3)]
    assert found(moves, attempts, ends=(10, 4), told={1: 110, 2: 240, 3: 240}) == set()


@pytest.mark.parametrize(
    ("moves", "ends", "rule"),
    [
        ([received(1, 5, 100), claimed(2, 6, 200), freed(3, 6, 300)], (5, 0), "oversold"),
        ([freed(1, 1, 100), claimed(2, 1, 200)], (0, 0), "below nothing"),
        ([received(1, 5, 100)], (4, 0), "fold and position differ"),
    ],
)
def test_a_position_that_was_wrong_for_a_moment_is_found(
    moves: list[Moved], ends: tuple[int, int], rule: str
) -> None:
    assert found(moves, [], ends=ends, told={}) == {rule}
