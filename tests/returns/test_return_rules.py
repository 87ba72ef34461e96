"""What may come back, what becomes of it, and what it is worth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn
from anyshelf.ground.ids import new_id
from anyshelf.network.model import Node
from anyshelf.orders.model import Line, Order
from anyshelf.returns import rules
from anyshelf.returns.model import (
    GRADES,
    JOURNEYS,
    OUR_FAULT,
    REASONS,
    Asked,
    Brought,
    Policy,
    Return,
    ReturnLine,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = Policy()
PLACES = {"cancelled": "", "open": ""}


def order(*spreads: dict[str, int], shipping: int = 0) -> Order:
    lines = tuple(
        Line(
            line=number, item="LAMP", quantity=sum(spread.values()), unit_price_minor=1000, method="ship",
            spread={(state, PLACES.get(state, "DEN")): there for state, there in spread.items()},
        )
        for number, spread in enumerate(spreads, start=1)
    )  # fmt: skip
    return Order(
        market="north", order_id=new_id(), version=3, channel="web", external_id=None, customer=None,
        contact=None, destination=None, currency="USD", goods_minor=0, shipping_minor=shipping, held=None,
        release_at=None, pickup_code=None, code_tries=0, promise=None, sourcing=None, placed_at=NOON,
        lines=lines,
    )  # fmt: skip


def node(kind: str, *capabilities: str, active: bool = True) -> Node:
    return Node(
        node="AUS", kind=kind, name="Austin", lat=30.3, lon=-97.7, capabilities=capabilities, active=active
    )


def ask(quantity: int, *, line: int = 1, reason: str = "other") -> Asked:
    return Asked(line=line, quantity=quantity, reason=reason)


def known(*lines: ReturnLine, **more: Any) -> Return:
    facts = {"state": "authorised", "version": 1, **more}
    return Return(
        market="north", return_id=new_id(), order_id=new_id(), journey="boris", came_to="AUS",
        currency="USD", authorised_at=NOON, lines=lines, **facts,
    )  # fmt: skip


def lamps(quantity: int, received: int = 0, line: int = 1) -> ReturnLine:
    return ReturnLine(line=line, item="LAMP", quantity=quantity, received=received, reason="other")


def test_what_the_shopper_has_may_come_back() -> None:
    (line,) = rules.authorised(order({"delivered": 1, "handed_over": 1}), [ask(2)], {}, NOON, POLICY)

    assert (line.line, line.item, line.quantity) == (1, "LAMP", 2)


@pytest.mark.parametrize("state", ["open", "released", "packed", "dispatched", "cancelled", "returned"])
def test_what_the_shopper_does_not_have_may_not(state: str) -> None:
    with pytest.raises(Conflict) as refused:
        rules.authorised(order({state: 1}), [ask(1)], {}, NOON, POLICY)

    assert refused.value.extra["eligible"] == 0


def test_what_another_return_may_bring_is_not_allowed_again() -> None:
    with pytest.raises(Conflict, match="1 more"):
        rules.authorised(order({"delivered": 2}), [ask(2)], {1: 1}, NOON, POLICY)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ([ask(1, line=9)], "lines.0.line"),
        ([ask(1), ask(1)], "lines.1.line"),
        ([ask(1, reason="boredom")], "lines.0.reason"),
        ([ask(0)], "lines.0.quantity"),
    ],
)
def test_a_wrong_line_names_its_field(asked: list[Asked], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.authorised(order({"delivered": 3}), asked, {}, NOON, POLICY)

    assert refused.value.extra["field"] == field


def test_the_window_closes() -> None:
    late = NOON + POLICY.window
    assert rules.authorised(order({"delivered": 1}), [ask(1)], {}, late, POLICY)
    with pytest.raises(OutOfTurn, match="60 days"):
        rules.authorised(order({"delivered": 1}), [ask(1)], {}, late + timedelta(seconds=1), POLICY)


def test_a_counter_takes_what_the_mail_does_not_take_yet() -> None:
    assert rules.journey_to("AUS").name == "boris"
    with pytest.raises(Invalid):
        rules.journey_to("mail")
    assert {journey.name for journey in JOURNEYS if journey.built} == {"boris"}


@pytest.mark.parametrize(
    ("place", "takes"),
    [
        (node("store"), True),
        (node("store", active=False), False),
        (node("dc"), False),
        (node("dc", "return"), True),
        (node("hub", "returns"), True),
    ],
)
def test_stores_and_returns_desks_take_back(place: Node, *, takes: bool) -> None:
    assert rules.takes_back(place) is takes


@pytest.mark.parametrize(
    ("grade", "kind", "price", "name", "bucket"),
    [
        ("new", "store", 1000, "restock", "on_hand"),
        ("opened", "dc", 1000, "restock", "on_hand"),
        ("new", "hub", 1000, "transfer", "on_hand"),
        ("used", "store", 1000, "liquidate", "damaged"),
        ("damaged", "store", 1999, "destroy", "damaged"),
        ("damaged", "store", 2000, "refurbish", "damaged"),
        ("missing", "store", 1000, "none", None),
    ],
)
def test_a_grade_and_a_place_decide_what_becomes_of_it(
    grade: str, kind: str, price: int, name: str, bucket: str | None
) -> None:
    found = rules.disposition(grade, node(kind), unit_price_minor=price, policy=POLICY)

    assert (found.name, found.bucket) == (name, bucket)


def test_more_than_was_allowed_is_not_received() -> None:
    brought = [Brought(line=1, quantity=1, grade="new"), Brought(line=1, quantity=1, grade="damaged")]

    rules.checked(known(lamps(2)), brought)
    with pytest.raises(Conflict) as refused:
        rules.checked(known(lamps(2, received=1)), brought)
    assert refused.value.extra["outstanding"] == 1


def test_what_is_not_of_this_return_is_refused() -> None:
    with pytest.raises(Invalid):
        rules.checked(known(lamps(1)), [Brought(line=2, quantity=1, grade="new")])
    with pytest.raises(Invalid):
        rules.checked(known(lamps(1)), [Brought(line=1, quantity=1, grade="shiny")])
    with pytest.raises(OutOfTurn):
        rules.checked(known(lamps(1), state="cancelled"), [Brought(line=1, quantity=1, grade="new")])


def test_units_come_back_from_wherever_they_were_given_out() -> None:
    line = order({"delivered": 2, "handed_over": 1, "dispatched": 4}).lines[0]

    steps = rules.steps_back(line, 3)

    assert {(step.before, step.quantity) for step in steps} == {("delivered", 2), ("handed_over", 1)}
    with pytest.raises(Conflict):
        rules.steps_back(line, 4)


def test_a_return_is_settled_when_everything_has_come() -> None:
    paid = rules.Settlement(lines=(700,), shipping_minor=0)
    first = rules.after_receipt(known(lamps(2)), [Brought(line=1, quantity=1, grade="new")], paid)
    assert (first.state, first.version, first.refund_minor) == ("received", 2, 700)

    last = rules.after_receipt(first, [Brought(line=1, quantity=1, grade="missing")], paid)
    assert (last.state, last.lines[0].received, last.refund_minor) == ("settled", 2, 1400)


def test_shipping_is_refunded_with_the_last_unit_and_for_our_own_faults_only() -> None:
    everything = order({"returned": 1, "cancelled": 1}, shipping=500)
    half = order({"returned": 1, "delivered": 1}, shipping=500)

    assert rules.shipping_due(everything, ["damaged"], POLICY) == 500
    assert rules.shipping_due(everything, ["damaged", "changed_mind"], POLICY) == 0
    assert rules.shipping_due(half, ["damaged"], POLICY) == 0


@given(st.lists(st.integers(0, 10_000), max_size=5), st.integers(0, 900), st.integers(0, 60_000))
def test_never_more_is_paid_back_than_can_be(due: list[int], shipping: int, refundable: int) -> None:
    paid = rules.settlement(due, shipping_minor=shipping, refundable_minor=refundable)

    assert paid.total_minor == min(sum(due) + shipping, refundable)
    assert all(0 <= part <= wanted for part, wanted in zip(paid.lines, due, strict=True))


def test_what_was_paid_elsewhere_is_refunded_in_full() -> None:
    paid = rules.settlement([300, 200], shipping_minor=50, refundable_minor=None)

    assert paid.total_minor == 550


def test_our_faults_are_reasons_and_reasons_and_grades_are_what_the_api_takes() -> None:
    from anyshelf.returns.api import LineBack, LineBrought  # noqa: PLC0415  only this test looks at the door

    assert set(REASONS) >= OUR_FAULT
    assert LineBack.model_json_schema()["properties"]["reason"]["enum"] == list(REASONS)
    assert LineBrought.model_json_schema()["properties"]["grade"]["enum"] == list(GRADES)
