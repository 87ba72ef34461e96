"""Whose turn it is, what a pick comes to, and how work follows its order."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.fulfilment import rules
from anyshelf.fulfilment.model import Pick, Work, WorkLine
from anyshelf.ground.errors import Invalid, OutOfTurn
from anyshelf.ground.ids import new_id
from anyshelf.orders.model import Line, Order

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
VERBS = ("claim", "pick", "pack", "stage", "dispatch", "hand_over", "reject")


def work(*lines: WorkLine, finish: str = "dispatch", state: str = "claimed", **more: Any) -> Work:
    return Work(
        market="north", work_id=new_id(), order_id=new_id(), node="AUS", method="ship",
        journey="ship_from_dc",
        finish=finish,
        state=state, due_at=NOON, made_at=NOON, lines=lines or (lamp(2),), **more,
    )  # fmt: skip


def lamp(quantity: int, *, line: int = 1, **more: Any) -> WorkLine:
    return WorkLine(line=line, item="LAMP", quantity=quantity, **more)


def order(*spreads: dict[str, int]) -> Order:
    """An order with a line for each spread, all of it at AUS."""
    lines = tuple(
        Line(
            line=number, item="LAMP", quantity=sum(spread.values()), unit_price_minor=100, method="ship",
            spread={(state, "" if state == "cancelled" else "AUS"): there for state, there in spread.items()},
        )
        for number, spread in enumerate(spreads, start=1)
    )  # fmt: skip
    return Order(
        market="north", order_id=new_id(), version=3, channel="web", external_id=None, customer=None,
        contact=None, destination=None, currency="USD", goods_minor=0, shipping_minor=0, held=None,
        release_at=None, pickup_code=None, code_tries=0, promise=None, sourcing=None, placed_at=NOON,
        lines=lines,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("finish", "verbs", "ends"),
    [
        ("dispatch", ["claim", "pick", "pack", "dispatch"], "dispatched"),
        ("dispatch", ["pick", "pack", "stage", "dispatch"], "dispatched"),
        ("hand_over", ["claim", "pick", "stage", "hand_over"], "handed_over"),
        ("hand_over", ["pick", "pack", "stage", "hand_over"], "handed_over"),
        ("dispatch", ["claim", "reject"], "rejected"),
    ],
)
def test_work_goes_step_by_step_to_its_end(finish: str, verbs: list[str], ends: str) -> None:
    doing = work(finish=finish, state="open")
    for verb in verbs:
        turn = rules.turn_for(doing, verb)
        assert turn is not None
        doing = replace(doing, state=turn.leads_to)
        assert rules.turn_for(doing, verb) is None, "taken twice it has no effect"

    assert doing.state == ends
    assert rules.next_steps(doing) == []


@pytest.mark.parametrize(
    ("finish", "state", "verb"),
    [
        ("dispatch", "open", "pack"),
        ("dispatch", "open", "dispatch"),
        ("dispatch", "picked", "dispatch"),
        ("dispatch", "picked", "hand_over"),
        ("dispatch", "picked", "claim"),
        ("dispatch", "picked", "reject"),
        ("dispatch", "dispatched", "pack"),
        ("hand_over", "picked", "hand_over"),
        ("hand_over", "staged", "dispatch"),
        ("hand_over", "cancelled", "stage"),
        ("dispatch", "rejected", "pick"),
    ],
)
def test_a_step_out_of_turn_is_refused_and_told_what_may_come_next(
    finish: str, state: str, verb: str
) -> None:
    doing = work(finish=finish, state=state)

    with pytest.raises(OutOfTurn, match=f"is {state}") as refused:
        rules.turn_for(doing, verb)

    assert refused.value.extra == {"state": state, "next": rules.next_steps(doing)}


def test_every_path_takes_the_orders_units_from_released_to_the_end() -> None:
    for finish, end in (("dispatch", "dispatched"), ("hand_over", "handed_over")):
        moves = dict(turn.moves for turn in rules.TURNS[finish].values() if turn.moves)
        at = "released"
        while at in moves:
            at = moves[at]
        assert at == end


def test_the_units_of_work_are_kept_where_its_last_step_put_them() -> None:
    for finish, turns in rules.TURNS.items():
        for turn in turns.values():
            for before in turn.follows & rules.KEPT_AS[finish].keys():
                kept = turn.moves[1] if turn.moves else rules.KEPT_AS[finish][before]
                assert rules.KEPT_AS[finish].get(turn.leads_to, kept) == kept or turn.leads_to == "rejected"


def test_everything_is_found() -> None:
    (found,) = rules.found(work(lamp(2)), [Pick(line=1, quantity=2)])

    assert (found.picked, found.short) == (2, 0)


def test_what_is_not_there_is_short_when_a_reason_says_so() -> None:
    (found,) = rules.found(work(lamp(3)), [Pick(line=1, quantity=1, short_reason="not on shelf")])

    assert (found.picked, found.short, found.short_reason) == (1, 2, "not on shelf")


def test_without_a_reason_the_rest_is_left_for_later() -> None:
    doing = work(lamp(3))
    after = rules.after_finds(doing, rules.found(doing, [Pick(line=1, quantity=1)]), by="Ann")
    assert (after.state, after.remaining) == ("claimed", 2)

    last = rules.after_finds(after, rules.found(after, [Pick(line=1, quantity=2)]), by="Ann")
    assert (last.state, last.picked) == ("picked", 3)


def test_who_picks_open_work_has_claimed_it() -> None:
    doing = work(lamp(2), state="open")

    after = rules.after_finds(doing, rules.found(doing, [Pick(line=1, quantity=1)]), by="Ann")

    assert (after.state, after.claimed_by) == ("claimed", "Ann")


def test_work_of_which_nothing_is_found_is_over() -> None:
    doing = work(lamp(1))

    after = rules.after_finds(
        doing, rules.found(doing, [Pick(line=1, quantity=0, short_reason="gone")]), by="Ann"
    )

    assert after.state == "cancelled"


@pytest.mark.parametrize(
    ("picks", "field"),
    [
        ([Pick(line=7, quantity=1)], "lines.0.line"),
        ([Pick(line=1, quantity=1), Pick(line=1, quantity=1)], "lines.1.line"),
        ([Pick(line=1, quantity=3)], "lines.0.quantity"),
        ([Pick(line=1, quantity=0)], "lines.0.short_reason"),
    ],
)
def test_a_pick_that_cannot_be_names_its_field(picks: list[Pick], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.found(work(lamp(2)), picks)

    assert refused.value.extra["field"] == field


def test_a_finished_line_picked_again_comes_to_nothing() -> None:
    doing = work(lamp(2, picked=2), lamp(1, line=2))

    assert rules.found(doing, [Pick(line=1, quantity=2)]) == []


def test_work_lets_go_of_what_the_order_cancelled() -> None:
    (after,) = rules.follow_order([work(lamp(3), state="open")], order({"released": 1, "cancelled": 2}))

    assert (after.lines[0].cancelled, after.remaining, after.state) == (2, 1, "open")


def test_work_of_which_everything_was_cancelled_is_over() -> None:
    (after,) = rules.follow_order([work(lamp(2, picked=2), state="picked")], order({"cancelled": 2}))

    assert (after.state, after.lines[0].cancelled) == ("cancelled", 2)


def test_claimed_work_is_picked_when_the_rest_is_cancelled() -> None:
    (after,) = rules.follow_order([work(lamp(2, picked=1))], order({"picked": 1, "cancelled": 1}))

    assert after.state == "picked"


def test_earlier_work_keeps_its_units_first() -> None:
    works = [work(lamp(2), state="open"), work(lamp(2), state="open")]

    first, second = rules.follow_order(works, order({"released": 3, "cancelled": 1}))

    assert (first.remaining, second.remaining) == (2, 1)


@given(
    asked=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    released=st.integers(0, 15),
    state=st.sampled_from(["open", "claimed"]),
)
def test_works_never_hold_more_than_the_order_wants(asked: list[int], released: int, state: str) -> None:
    works = [work(lamp(quantity), state=state) for quantity in asked]
    wanted = order({"released": released, "cancelled": 1})

    once = rules.follow_order(works, wanted)

    assert sum(each.remaining for each in once) == min(released, sum(asked))
    unfinished = [each for each in once if each.state != "cancelled"]
    assert rules.follow_order(unfinished, wanted) == unfinished


def test_a_dispatch_goes_by_the_number_of_its_package_when_none_is_given() -> None:
    packed = work(packages=[{"weight_g": 900, "tracking": "1Z9"}])

    assert rules.tracking_of(packed, None) == "1Z9"
    assert rules.tracking_of(packed, "1Z1") == "1Z1"
    with pytest.raises(Invalid, match="tracking"):
        rules.tracking_of(work(), None)
