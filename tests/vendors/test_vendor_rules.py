"""What a vendor's word does to a purchase order: values in, values out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anyshelf.ground.errors import Invalid, OutOfTurn, Refusal
from anyshelf.ground.ids import new_id
from anyshelf.orders.model import Line, Order, Step
from anyshelf.vendors import rules
from anyshelf.vendors.model import Answer, Feed, InvoiceLine, Notice, PurchaseLine, PurchaseOrder

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
FRIDAY = NOW + timedelta(days=4)


def purchased(quantity: int = 5, **line: Any) -> PurchaseOrder:
    asked = PurchaseLine(line=1, item="LAMP", quantity=quantity, cost_minor=1200, currency="USD", **line)
    return rules.come_to(
        PurchaseOrder(
            market="main", po_id=new_id(), order_id=new_id(), vendor="ACME", node="Acme", journey="drop_ship",
            answer_by=NOW + timedelta(hours=24), ship_by=NOW + timedelta(hours=8), made_at=NOW,
            lines=(asked,),
        )
    )  # fmt: skip


def say(po: PurchaseOrder, **answer: Any) -> rules.Answered:
    return rules.answered(po, [Answer(line=1, **{"accept": 0, **answer})], now=NOW)


def notice(quantity: int, line: int = 1) -> Notice:
    return Notice(asn="A", carrier="ups", tracking="1Z", shipped_at=NOW, lines={line: quantity})


def stands(po: PurchaseOrder) -> tuple[str, str]:
    return po.state, rules.standing(po.lines[0])


def test_a_fresh_purchase_order_waits_for_an_answer() -> None:
    assert stands(purchased()) == ("open", "5 unanswered")


def test_an_answer_divides_a_line_in_three() -> None:
    answered = say(purchased(), accept=2, backorder=2, expected_at=FRIDAY, reject=1, reason="gone")

    assert stands(answered.after) == ("acknowledged", "2 accepted, 2 backordered, 1 rejected")
    assert answered.rejected == {1: 1}
    assert [(line.backordered, line.expected_at) for line in answered.dated] == [(2, FRIDAY)]


def test_an_answer_to_a_part_leaves_the_rest_open() -> None:
    assert stands(say(purchased(), accept=2).after) == ("open", "3 unanswered, 2 accepted")


def test_the_same_answer_again_says_nothing_new() -> None:
    answer = {"accept": 2, "backorder": 2, "expected_at": FRIDAY, "reject": 1}
    once = say(purchased(), **answer)

    twice = say(once.after, **answer)

    assert (twice.after, twice.rejected, twice.dated) == (once.after, {}, ())


def test_what_was_backordered_may_be_accepted_later() -> None:
    first = say(purchased(), accept=2, backorder=2, expected_at=FRIDAY, reject=1).after

    later = say(first, accept=4)

    assert stands(later.after) == ("acknowledged", "4 accepted, 1 rejected")
    assert later.after.lines[0].expected_at is None
    assert later.rejected == {}


def test_a_new_date_is_dated_anew() -> None:
    first = say(purchased(2), backorder=2, expected_at=FRIDAY).after

    later = say(first, backorder=2, expected_at=FRIDAY + timedelta(days=3))

    assert rules.later_by(first, later.dated) == timedelta(days=3)
    assert rules.next_date(later.after) == FRIDAY + timedelta(days=4)


@pytest.mark.parametrize(
    ("standing", "answer", "refusal"),
    [
        ({}, {}, Invalid),
        ({}, {"accept": 6}, Invalid),
        ({}, {"accept": 3, "backorder": 3, "expected_at": FRIDAY}, Invalid),
        ({}, {"accept": 3, "reject": 3}, Invalid),
        ({}, {"backorder": 1, "expected_at": NOW}, Invalid),
        ({"rejected": 5}, {"accept": 5}, OutOfTurn),
        ({"rejected": 2}, {"accept": 4}, OutOfTurn),
        ({"rejected": 2}, {"accept": 4, "reject": 1}, OutOfTurn),
        ({"cancelled": 1}, {"accept": 5}, OutOfTurn),
        ({"accepted": 4, "shipped": 3}, {"accept": 2, "reject": 3}, OutOfTurn),
        ({"accepted": 4}, {"accept": 3}, OutOfTurn),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    standing: dict[str, int], answer: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        say(purchased(5, **standing), **answer)


def test_a_line_nobody_ordered_and_a_line_given_twice_are_named() -> None:
    with pytest.raises(Invalid, match="no line 9"):
        rules.answered(purchased(), [Answer(line=9, accept=1)], now=NOW)
    with pytest.raises(Invalid, match="twice"):
        rules.answered(purchased(), [Answer(line=1, accept=1), Answer(line=1, accept=1)], now=NOW)


def test_silence_rejects_only_what_was_not_answered() -> None:
    over = rules.silent(purchased(5, accepted=2), reason="no answer")

    assert stands(over.after) == ("acknowledged", "2 accepted, 3 rejected")
    assert over.rejected == {1: 3}


def test_nothing_but_silence_closes_it() -> None:
    assert rules.silent(purchased(), reason="no answer").after.state == "closed"


def test_a_date_of_the_vendor_has_a_day_of_grace() -> None:
    waiting = purchased(5, accepted=1, backordered=2, expected_at=FRIDAY)
    almost = FRIDAY + timedelta(hours=23)

    assert rules.overdue(waiting, now=almost, reason="late").rejected == {}
    over = rules.overdue(waiting, now=FRIDAY + timedelta(days=1), reason="late")
    assert over.rejected == {1: 2}
    assert stands(over.after) == ("open", "2 unanswered, 1 accepted, 2 rejected")


def test_shipping_accepts_what_nobody_had_answered() -> None:
    assert stands(rules.shipped(purchased(), notice(5), now=NOW)) == ("shipped", "5 accepted, 5 shipped")


def test_what_was_accepted_ships_first_and_what_was_late_next() -> None:
    waiting = purchased(6, accepted=2, backordered=2, expected_at=FRIDAY)

    part = rules.shipped(waiting, notice(3), now=NOW)
    rest = rules.shipped(part, notice(3), now=NOW)

    assert stands(part) == ("open", "2 unanswered, 3 accepted, 1 backordered, 3 shipped")
    assert part.lines[0].expected_at == FRIDAY
    assert stands(rest) == ("shipped", "6 accepted, 6 shipped")
    assert rest.lines[0].expected_at is None


@pytest.mark.parametrize(
    ("standing", "quantity", "refusal"),
    [
        ({}, 6, Invalid),
        ({"rejected": 1}, 5, OutOfTurn),
        ({"cancelled": 5}, 1, OutOfTurn),
        ({"accepted": 5, "shipped": 5}, 1, OutOfTurn),
    ],
)
def test_never_more_ships_than_was_asked_and_not_rejected(
    standing: dict[str, int], quantity: int, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        rules.shipped(purchased(5, **standing), notice(quantity), now=NOW)


def test_a_parcel_does_not_leave_tomorrow() -> None:
    early = replace(notice(1), shipped_at=NOW + timedelta(days=1))

    with pytest.raises(Invalid, match="ahead"):
        rules.shipped(purchased(), early, now=NOW)


def test_goods_leave_for_the_door_or_for_the_store() -> None:
    door = Step(line=1, node="Acme", before="released", after="dispatched", quantity=2)

    assert rules.steps(purchased(), {1: 2}) == [door]
    to_store = replace(purchased(), to_node="Austin")
    assert rules.steps(to_store, {1: 2}) == [replace(door, after="in_transit", to_node="Austin")]


def ordered(released: int) -> Order:
    line = Line(
        line=1, item="LAMP", quantity=9, unit_price_minor=1, method="ship",
        spread={("released", "Acme"): released, ("cancelled", ""): 9 - released},
    )  # fmt: skip
    return Order(
        market="main", order_id=new_id(), version=1, channel="web", external_id=None, customer=None,
        contact=None, destination=None, currency="USD", goods_minor=9, shipping_minor=0, held=None,
        release_at=None, pickup_code=None, code_tries=0, promise=None, sourcing=None, placed_at=NOW,
        lines=(line,),
    )  # fmt: skip


def test_what_the_order_no_longer_wants_is_taken_out_least_certain_first() -> None:
    waiting = purchased(6, accepted=2, backordered=2, expected_at=FRIDAY)

    (shrunk,) = rules.follow_order([waiting], ordered(3))

    assert stands(shrunk) == ("acknowledged", "2 accepted, 1 backordered, 3 cancelled")


def test_the_earlier_purchase_order_keeps_its_units() -> None:
    first, second = rules.follow_order([purchased(5), purchased(4)], ordered(6))

    assert (stands(first), stands(second)) == (
        ("open", "5 unanswered"),
        ("open", "1 unanswered, 3 cancelled"),
    )


def test_an_order_that_is_gone_cancels_it() -> None:
    assert [po.state for po in rules.follow_order([purchased()], ordered(0))] == ["cancelled"]


def invoiced(quantity: int, cost: int = 1200, **before: int) -> list[dict[str, Any]]:
    po = purchased(5, accepted=5, shipped=3)
    line = InvoiceLine(line=1, quantity=quantity, cost_minor=cost)
    return rules.differences(po, [line], before={1: before["before"]} if before else {})


def test_an_invoice_may_ask_for_what_has_shipped_at_the_agreed_cost() -> None:
    assert invoiced(3) == []
    assert invoiced(2) == []
    assert invoiced(4) == [{"line": 1, "field": "quantity", "invoiced": 4, "expected": 3}]
    assert invoiced(1, 1250) == [{"line": 1, "field": "unit_cost", "invoiced": "12.50", "expected": "12.00"}]


def test_what_was_invoiced_once_is_not_invoiced_again() -> None:
    assert invoiced(1, before=2) == []
    assert invoiced(2, before=2) == [{"line": 1, "field": "quantity", "invoiced": 2, "expected": 1}]


def told(*items: str, at: datetime = NOW) -> Feed:
    return Feed(feed_id="f", as_of=at, figures=dict.fromkeys(items, 7))


def test_a_feed_is_taken_but_for_the_items_nobody_knows() -> None:
    assert rules.known_figures(told("LAMP", "RUG", "X"), {"LAMP", "RUG"}, now=NOW) == {"LAMP": 7, "RUG": 7}


def test_a_feed_of_mostly_unknown_items_is_set_aside_naming_ten() -> None:
    with pytest.raises(Invalid) as refused:
        rules.known_figures(told("LAMP", *(f"X{n}" for n in range(12))), {"LAMP"}, now=NOW)

    assert refused.value.extra["unknown"] == [f"X{n}" for n in range(10)]


def test_a_feed_from_tomorrow_is_refused() -> None:
    with pytest.raises(Invalid, match="ahead"):
        rules.known_figures(told("LAMP", at=NOW + timedelta(hours=1)), {"LAMP"}, now=NOW)


def test_what_shipped_after_the_vendor_looked_is_gone() -> None:
    assert rules.less_shipped({"LAMP": 7, "RUG": 1}, {"LAMP": 2, "RUG": 3}) == {"LAMP": 5, "RUG": 0}
