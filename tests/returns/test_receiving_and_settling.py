"""Goods and money go apart: what came is paid at once, later, or when somebody has looked."""

import psycopg
import pytest
from coming_back import (
    ask,
    bring,
    delivered,
    dispatch,
    exceptions,
    hub,
    key_of,
    settle,
    usd,
)

from anyshelf.ground.ids import new_id
from city import Answer, City, Place


@pytest.fixture
def austin(city: City) -> Place:
    place = city.store("Austin")
    place.has("LAMP", 30)
    return place


def test_goods_may_come_today_and_be_paid_tomorrow(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin, 2)
    back = ask(city, order, 2)

    held = bring(city, back, (1, "new"), (1, "missing"), refund=False)
    assert (held["state"], held["refund_waits"], held["refund"]) == ("received", True, usd("0.00"))
    assert austin.stock("LAMP") == {"on_hand": 29}
    assert city.money(order)["refunded"] == "0.00"

    for _ in range(2):
        paid = settle(city, back)
        assert (paid["state"], paid["refund"]) == ("settled", usd("25.00"))
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def test_what_waited_is_paid_with_what_comes_next(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin, 2)
    back = ask(city, order, 2)
    bring(city, back, (1, "new"), refund=False)

    done = bring(city, back, (1, "new"))

    assert (done["state"], done["refund"]) == ("settled", usd("50.00"))
    assert city.money(order)["refunded"] == "50.00"


def test_two_people_settling_at_once_pay_once(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin)
    back = ask(city, order)
    bring(city, back, (1, "new"), refund=False)

    answers = city.together(*[lambda: settle(city, back) for _ in range(3)])

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def test_settling_twice_with_one_key_is_told_the_same(city: City, austin: Place) -> None:
    back = ask(city, city.carry_out("LAMP", austin))
    bring(city, back, (1, "new"), refund=False)
    key, at = str(new_id()), f"/v1/returns/{back['return_id']}:settle"

    assert city.post(at, {}, key=key).body == city.post(at, {}, key=key).body


def test_a_cancelled_return_is_not_settled(city: City, austin: Place) -> None:
    back = ask(city, city.carry_out("LAMP", austin))
    city.post(f"/v1/returns/{back['return_id']}:cancel")

    assert settle(city, back).problem == "out-of-turn"


def test_a_return_with_a_signal_waits_for_somebody_who_may_decide(city: City, austin: Place) -> None:
    order = city.order("LAMP")
    dispatch(city, austin)
    back = ask(city, order)
    assert back["signals"] == ["never_delivered"]

    held = bring(city, back, (1, "new"), refund=True)
    assert (held["state"], held["refund"]) == ("received", usd("0.00"))
    assert exceptions(city, order) == [("return_signal", "open")]
    assert settle(city, back, headers=key_of(city, "associate", nodes=("Austin",))).status == 403

    paid = settle(city, back, headers=key_of(city, "operations"))
    assert (paid["state"], paid["refund"]) == ("settled", usd("25.00"))
    assert exceptions(city, order) == [("return_signal", "closed")]
    assert city.states(order) == {"returned": 1}
    assert city.audit() == []


def test_an_earlier_empty_box_makes_us_look(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin, 2)
    bring(city, ask(city, order), (1, "missing"))

    back = ask(city, order)

    assert back["signals"] == ["empty_box"]
    assert bring(city, back, (1, "new"))["refund_waits"] is True


def test_who_brings_back_more_than_half_of_everything_is_looked_at(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin, 7, customer="bea")
    bring(city, ask(city, order, 4), (4, "new"))

    assert ask(city, order)["signals"] == ["serial_returner"]
    assert ask(city, city.carry_out("LAMP", austin, 7, customer="cid"))["signals"] == []


def test_who_has_three_returns_open_is_looked_at(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin, 5, customer="dan")

    asked = [ask(city, order)["signals"] for _ in range(4)]

    assert asked == [[], [], [], ["many_returns"]]


def test_two_desks_receiving_the_same_units_at_once_take_them_once(city: City, austin: Place) -> None:
    waco = city.store("Waco")
    order = city.carry_out("LAMP", austin, 2)
    back = ask(city, order, 2)

    answers = city.together(
        lambda: bring(city, back, (2, "new")), lambda: bring(city, back, (2, "new"), at="Waco")
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert austin.stock("LAMP").get("on_hand", 0) + waco_stock(waco) == 30
    assert city.money(order)["refunded"] == "50.00"
    assert city.audit() == []


def waco_stock(waco: Place) -> int:
    found = waco.city.get("/v1/inventory/positions?node=Waco")["positions"]
    return sum(position["on_hand"] for position in found)


def test_where_nothing_sells_we_say_where_it_would(city: City, austin: Place) -> None:
    place = hub(city)
    back = ask(city, city.carry_out("LAMP", austin), at="Hub")

    done = bring(city, back, (1, "new"), at="Hub")

    (receipt,) = done["receipts"]
    assert (receipt["disposition"], receipt["move_to"]) == ("transfer", "Austin")
    assert place.stock("LAMP") == {"on_hand": 1}


def test_without_a_receipt_an_order_is_found_by_its_shopper(city: City, austin: Place) -> None:
    city.carry_out("LAMP", austin, contact={"email": "Eve@example.com", "phone": "+15125550100"})

    (found,) = city.get("/v1/orders?email=eve@example.com")["orders"]
    assert city.get("/v1/orders?phone=%2B15125550100")["orders"] == [found]
    assert bring(city, ask(city, Answer(200, found)), (1, "new"))["refund"] == usd("25.00")


def test_without_an_order_nothing_is_taken_back(city: City, austin: Place) -> None:
    body = {"lines": [{"line": 1, "quantity": 1, "reason": "other"}], "at": austin.name}

    refused = city.post("/v1/returns", body)

    assert (refused.status, refused["field"]) == (422, "order_id")
    assert "phone" in refused["detail"]


def test_the_parts_of_a_parcel_may_come_back_one_by_one(city: City, austin: Place) -> None:
    order = delivered(city, austin, "LAMP", 3, shipping=usd("5.00"))

    one = bring(city, ask(city, order, 1, reason="damaged"), (1, "damaged"))
    two = bring(city, ask(city, order, 2, reason="defective"), (2, "used"))

    assert (one["refund"], two["refund"]) == (usd("25.00"), usd("55.00"))
    assert city.money(order)["refunded"] == "80.00"
    assert city.audit() == []


@pytest.mark.parametrize("column", ["received", "missing", "paid"])
def test_the_database_itself_refuses_more_than_was_allowed(city: City, austin: Place, column: str) -> None:
    ask(city, city.carry_out("LAMP", austin))

    with pytest.raises(psycopg.errors.CheckViolation), city.database.transaction() as tx:
        tx.execute(f"UPDATE return_lines SET {column} = quantity + 1")  # noqa: S608  a name from the list above
