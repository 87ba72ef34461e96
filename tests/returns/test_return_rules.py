"""What may come back, what becomes of it, and what it is worth."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from anyshelf.catalogue.model import Item
from anyshelf.delivery.model import Scan
from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn
from anyshelf.ground.ids import Id, new_id
from anyshelf.network.model import Node
from anyshelf.orders.model import Line, Order
from anyshelf.returns import rules
from anyshelf.returns.journeys import asked as asked_as
from anyshelf.returns.journeys import journey, journeys
from anyshelf.returns.model import (
    GRADES,
    OUR_FAULT,
    REASONS,
    SIGNALS,
    Asked,
    Brought,
    Offer,
    Part,
    Policy,
    Record,
    Return,
    ReturnLine,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = Policy()
BORIS = journey("boris")
UNDELIVERABLE = journey("undeliverable")
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


def allowed(
    bought: Order,
    asked: list[Asked],
    promised: dict[int, int] | None = None,
    now: datetime = NOON,
    **flags: str,
) -> tuple[ReturnLine, ...]:
    items = {item: Item(item=item, name=item, currency="USD", flags=(flag,)) for item, flag in flags.items()}
    return rules.authorised(bought, asked, promised or {}, BORIS, items, now, POLICY)


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
    (line,) = allowed(order({"delivered": 1, "handed_over": 1}), [ask(2)])

    assert (line.line, line.item, line.quantity) == (1, "LAMP", 2)


@pytest.mark.parametrize(
    "state", ["open", "released", "packed", "in_transit", "lost", "cancelled", "returned"]
)
def test_what_the_shopper_does_not_have_may_not(state: str) -> None:
    with pytest.raises(Conflict) as refused:
        allowed(order({state: 1}), [ask(1)])

    assert refused.value.extra["eligible"] == 0


def test_what_another_return_may_bring_is_not_allowed_again() -> None:
    with pytest.raises(Conflict, match="1 more"):
        allowed(order({"delivered": 2}), [ask(2)], {1: 1})


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
        allowed(order({"delivered": 3}), asked)

    assert refused.value.extra["field"] == field


def test_the_window_closes() -> None:
    late = NOON + POLICY.window
    assert allowed(order({"delivered": 1}), [ask(1)], now=late)
    with pytest.raises(OutOfTurn, match="60 days"):
        allowed(order({"delivered": 1}), [ask(1)], now=late + timedelta(seconds=1))


def test_what_a_carrier_still_has_may_be_brought_and_is_noticed() -> None:
    bought = order({"delivered": 1, "dispatched": 1})

    assert not rules.on_the_way(bought, allowed(bought, [ask(1)]), {})
    assert rules.on_the_way(bought, allowed(bought, [ask(2)]), {})
    assert rules.on_the_way(bought, allowed(bought, [ask(1)], {1: 1}), {1: 1})


@pytest.mark.parametrize("flag", ["no_return", "final_sale"])
def test_what_is_sold_for_good_comes_back_for_our_own_faults_only(flag: str) -> None:
    with pytest.raises(OutOfTurn, match="sold for good"):
        allowed(order({"delivered": 1}), [ask(1)], LAMP=flag)
    assert allowed(order({"delivered": 1}), [ask(1, reason="defective")], LAMP=flag)


def test_every_way_of_coming_back_is_one_row() -> None:
    assert [asked_as(how).name for how in ("node", "mail", "carrier", "vendor", "rule")] == [
        "boris", "mail_return", "undeliverable", "vendor_return", "keep_it",
    ]  # fmt: skip
    assert len({row.asked for row in journeys()}) == len(journeys())


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
    taken = rules.Taken(kind=kind, sells=kind in rules.SELLS)
    found = rules.disposition(grade, taken, unit_price_minor=price, charged=False, policy=POLICY)

    assert (found.name, found.bucket) == (name, bucket)


@pytest.mark.parametrize(
    ("kind", "own", "charged", "bucket"),
    [("store", True, False, "damaged"), ("store", False, True, "damaged"), ("vendor", True, True, "vendor")],
)
def test_what_is_the_vendors_lies_apart_or_is_there(
    kind: str, bucket: str, *, own: bool, charged: bool
) -> None:
    taken = rules.Taken(kind=kind, sells=True, vendors_own=own)
    found = rules.disposition("new", taken, unit_price_minor=1000, charged=charged, policy=POLICY)

    assert (found.name, found.bucket) == ("return_to_vendor", bucket)


def test_more_than_was_allowed_is_not_received() -> None:
    brought = [Brought(line=1, quantity=1, grade="new"), Brought(line=1, quantity=1, grade="damaged")]

    rules.checked(known(lamps(2)), brought, {})
    with pytest.raises(Conflict) as refused:
        rules.checked(known(lamps(2, received=1)), brought, {})
    assert refused.value.extra["outstanding"] == 1


def test_what_is_not_of_this_return_is_refused() -> None:
    with pytest.raises(Invalid):
        rules.checked(known(lamps(1)), [Brought(line=2, quantity=1, grade="new")], {})
    with pytest.raises(Invalid):
        rules.checked(known(lamps(1)), [Brought(line=1, quantity=1, grade="shiny")], {})
    with pytest.raises(OutOfTurn):
        rules.checked(known(lamps(1), state="cancelled"), [Brought(line=1, quantity=1, grade="new")], {})


def brought(quantity: int, grade: str = "new") -> Brought:
    return Brought(line=1, quantity=quantity, grade=grade)


def test_what_is_sealed_only_is_not_taken_back_opened() -> None:
    items = {"LAMP": Item(item="LAMP", name="Lamp", currency="USD", flags=("sealed_only",))}

    rules.checked(known(lamps(1)), [brought(1)], items)
    with pytest.raises(OutOfTurn, match="unopened"):
        rules.checked(known(lamps(1)), [brought(1, "opened")], items)


def test_units_come_back_from_wherever_they_were_given_out() -> None:
    bought = order({"delivered": 2, "handed_over": 1, "dispatched": 4})

    parts = rules.parts_back(bought, [brought(1), brought(2), brought(1, "missing")], BORIS, meant_for="AUS")

    assert [(step.before, step.quantity) for step in rules.steps_of(parts)] == [
        ("delivered", 1), ("delivered", 1), ("handed_over", 1),
    ]  # fmt: skip
    assert [part.came_from for part in parts] == ["DEN", "DEN", "DEN", ""]
    with pytest.raises(Conflict):
        rules.parts_back(bought, [brought(8)], BORIS, meant_for="AUS")


def test_a_parcel_that_turned_back_is_its_own_nodes() -> None:
    line = Line(
        line=1, item="LAMP", quantity=3, unit_price_minor=1000, method="ship",
        spread={("dispatched", "DAL"): 1, ("dispatched", "DEN"): 1, ("delivered", "DEN"): 1},
    )  # fmt: skip
    bought = structs.replace(order({"open": 1}), lines=(line,))

    parts = rules.parts_back(bought, [brought(3)], UNDELIVERABLE, meant_for="DEN")

    assert [(part.state, part.came_from) for part in parts] == [
        ("dispatched", "DEN"), ("dispatched", "DAL"), ("delivered", "DEN"),
    ]  # fmt: skip


def test_of_a_parcel_that_turned_back_only_what_is_on_the_way_is_expected() -> None:
    bought = order({"dispatched": 2, "delivered": 1})

    (line,) = rules.undelivered(bought, [(1, 2), (1, 1), (9, 4)], {}, node="DEN", reason="refused")
    assert (line.quantity, line.reason) == (2, "refused")
    assert rules.undelivered(bought, [(1, 2)], {1: 3}, node="DEN", reason="refused") == ()
    assert rules.undelivered(bought, [(1, 2)], {}, node="AUS", reason="refused") == ()


def test_a_return_is_settled_when_everything_has_come_and_is_paid() -> None:
    first = rules.counted(known(lamps(3)), [brought(1), brought(1, "missing")], ["empty_box"])
    assert (first.state, first.version, first.waits, first.signals) == ("received", 2, True, ("empty_box",))

    money = rules.Settlement(lines=(700,), shipping_minor=50)
    paid = rules.standing(rules.paid_back(first, rules.owed(first, before_receipt=False), money))
    assert (paid.state, paid.waits, paid.refund_minor) == ("received", False, 750)

    last = rules.counted(paid, [brought(1, "missing")], [])
    assert (last.state, last.lines[0].received, last.lines[0].missing) == ("settled", 3, 2)


def test_what_was_paid_before_it_came_is_not_owed_when_it_comes() -> None:
    early = known(lamps(2))
    portions = rules.owed(early, before_receipt=True)
    paid = rules.paid_back(early, portions, rules.Settlement(lines=(2000,), shipping_minor=0))

    came = rules.counted(paid, [brought(2)], [])

    assert [
        portion.quantity for portion in rules.portions_of(came, [Part(line=1, quantity=2, grade="new")])
    ] == [0]
    assert came.state == "settled"


def shipping(bought: Order, *reasons: str, units: int = 1, way: str = "boris", **books: Any) -> int:
    portions = [rules.Portion(line=1, quantity=units)]
    books["units"] = books.pop("before", {})
    return rules.shipping_due(bought, portions, reasons, journey(way), POLICY, rules.Books(**books))


def test_shipping_is_refunded_once_with_the_last_unit_and_for_our_own_faults_only() -> None:
    whole = order({"returned": 1, "cancelled": 1}, shipping=500)
    half = order({"returned": 1, "delivered": 1}, shipping=500)

    assert shipping(whole, "damaged") == 500
    assert shipping(whole, "damaged", "changed_mind") == 0
    assert shipping(whole, "undeliverable", way="undeliverable") == 500
    assert shipping(half, "damaged") == 0
    assert shipping(half, "damaged", before={1: 1}) == 500
    assert shipping(half, "damaged", before={1: 1}, reasons=frozenset({"gift"})) == 0
    assert shipping(half, "damaged", before={1: 1}, shipping_minor=500) == 0


@given(st.lists(st.integers(0, 10_000), max_size=5), st.integers(0, 900), st.integers(0, 60_000))
def test_never_more_is_paid_back_than_can_be(due: list[int], shipping: int, refundable: int) -> None:
    paid = rules.settlement(due, shipping_minor=shipping, refundable_minor=refundable)

    assert paid.total_minor == min(sum(due) + shipping, refundable)
    assert all(0 <= part <= wanted for part, wanted in zip(paid.lines, due, strict=True))


def test_what_was_paid_elsewhere_is_refunded_in_full() -> None:
    paid = rules.settlement([300, 200], shipping_minor=50, refundable_minor=None)

    assert paid.total_minor == 550


def test_our_faults_are_reasons_and_reasons_and_grades_are_what_the_api_takes() -> None:
    from anyshelf.returns.api.bodies import LineBack, LineBrought  # noqa: PLC0415  only this test looks at the door

    assert set(REASONS) >= OUR_FAULT
    assert LineBack.model_json_schema()["properties"]["reason"]["enum"] == list(REASONS)
    assert LineBrought.model_json_schema()["properties"]["grade"]["enum"] == list(GRADES)


RECORD = Record(completed_orders=3, delivered=5, returned=2, open_returns=2)


@pytest.mark.parametrize(
    ("change", "signals"),
    [
        ({}, ()),
        ({"returned": 3}, ("serial_returner",)),
        ({"returned": 3, "delivered": 4}, ()),
        ({"open_returns": 3}, ("many_returns",)),
        ({"empty_boxes": 1}, ("empty_box",)),
    ],
)
def test_what_makes_us_look_twice(change: dict[str, int], signals: tuple[str, ...]) -> None:
    assert rules.signals_of(replace(RECORD, **change), POLICY, never_delivered=False) == signals


def test_every_signal_has_its_cause_and_a_good_customer_has_none() -> None:
    worst = Record(completed_orders=9, delivered=9, returned=9, open_returns=9, empty_boxes=9)
    found = rules.signals_of(worst, POLICY, never_delivered=True)

    assert found == SIGNALS
    assert not rules.good_customer(worst, found, POLICY)
    assert rules.good_customer(RECORD, (), POLICY)
    assert not rules.good_customer(replace(RECORD, completed_orders=2), (), POLICY)


def offer(node: str, freight_minor: int, handling_minor: int = 100) -> Offer:
    return Offer(node=node, service="ground", freight_minor=freight_minor, handling_minor=handling_minor)


def test_the_cheapest_way_back_is_taken_and_of_equals_always_the_same() -> None:
    assert rules.cheapest([offer("B", 300), offer("C", 200, 300), offer("A", 300)]) == offer("A", 300)
    assert rules.cheapest([]) is None


@pytest.mark.parametrize(
    ("value", "up_to", "signals", "stays"),
    [(399, 500, (), True), (400, 500, (), False), (399, 398, (), False), (399, 500, ("empty_box",), False)],
)
def test_only_what_is_worth_little_and_less_than_its_way_back_stays(
    value: int, up_to: int, signals: tuple[str, ...], *, stays: bool
) -> None:
    way = offer("A", 300)

    assert rules.stays(way, value_minor=value, up_to_minor=up_to, signals=signals) is stays


def test_a_parcel_is_as_far_as_its_furthest_scan() -> None:
    scans = [
        Scan(event_id=str(place), kind=kind, happened_at=NOON + timedelta(hours=hours))
        for place, (kind, hours) in enumerate([("delivered", 1), ("in_transit", 5), ("dispatched", 0)])
    ]

    assert rules.carried(scans) == rules.carried(scans[::-1]) == "delivered"
    assert rules.carried([]) == ""
    assert rules.news([scans[0], scans[0]]) == [scans[0]]


def test_a_label_says_where_to_and_never_more_than_text() -> None:
    to = {"name": "<Dallas>", "node": "DAL", "postal_code": "75001", "country": "US"}
    page = rules.label_page({"to": to, "service": "ground", "tracking": "RT1"}, "<svg/>")

    assert "&lt;Dallas&gt;" in page
    assert "<svg/>" in page


@given(st.integers(0, 2**128 - 1))
def test_tracking_is_always_as_long(number: int) -> None:
    tracking = rules.tracking_of(Id(int=number))

    assert len(tracking) == 15
    assert tracking == rules.tracking_of(Id(int=number))


@given(
    price=st.integers(1, 50_000), quantity=st.integers(1, 12), tax=st.integers(0, 5_000),
    discount_percent=st.integers(0, 100), data=st.data(),
)  # fmt: skip
def test_whatever_the_portions_and_grades_what_came_is_paid_to_the_cent_and_once(
    price: int, quantity: int, tax: int, discount_percent: int, data: st.DataObject
) -> None:
    line = Line(
        line=1, item="LAMP", quantity=quantity, unit_price_minor=price, tax_minor=tax, method="ship",
        discount_minor=price * quantity * discount_percent // 100, spread={("delivered", "DEN"): quantity},
    )  # fmt: skip
    bought = structs.replace(order({"open": 1}), lines=(line,))
    left, good, paid_minor, books = quantity, 0, 0, rules.Books()
    while left:
        units = data.draw(st.integers(1, left))
        missing = data.draw(st.integers(0, units))
        back = known(lamps(units))
        if data.draw(st.booleans()):
            back = _paid(bought, back, rules.owed(back, before_receipt=True), books)
            missing = 0  # what was paid early and did not come is for a person to see to
        parts = [
            brought(count, grade)
            for count, grade in ((units - missing, "new"), (missing, "missing"))
            if count
        ]
        back = rules.counted(back, parts, [])
        if data.draw(st.booleans()):
            back = _paid(bought, back, rules.owed(back, before_receipt=False), books)
        back = _paid(bought, back, rules.owed(back, before_receipt=False), books)
        good += units - missing
        left -= units
        paid_minor += back.refund_minor
        books = rules.Books(units={1: good})

    assert paid_minor == line.paid_minor * good // quantity


def _paid(bought: Order, back: Return, portions: list[rules.Portion], books: rules.Books) -> Return:
    money = rules.settlement(
        rules.amounts_due(bought, portions, books), shipping_minor=0, refundable_minor=None
    )
    return rules.paid_back(back, portions, money)


def test_units_sent_in_place_of_lost_ones_are_worth_what_the_lost_ones_cost() -> None:
    bought = order({"lost": 1, "delivered": 1}, {"delivered": 1})
    free = structs.replace(bought.lines[1], unit_price_minor=0, replaces=1)
    bought = structs.replace(bought, lines=(bought.lines[0], free))
    portions = [rules.Portion(line=2, quantity=1), rules.Portion(line=1, quantity=1)]

    assert rules.amounts_due(bought, portions, rules.Books()) == [1000, 1000]
    assert rules.amounts_due(bought, portions, rules.Books(units={1: 1})) == [1000, 0]
