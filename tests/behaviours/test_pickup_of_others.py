"""Goods fetched at a counter: what others test of click and collect, told of ours."""

from typing import Any

import pytest
from town import PAY, Town, usd

from city import HOME, Answer, Place


def collected(
    town: Town, quantity: int = 1, *, stock: int | None = None, until: str = "staged"
) -> tuple[Answer, Place, str]:
    """An order to be fetched, brought as far as asked; the shop and the thing."""
    shop = town.shop()
    lamp = town.thing({shop: quantity if stock is None else stock})
    order = town.city.pick_up(lamp, shop, quantity)
    assert order.status == 201, order.body
    town.people.see_through(order, until=until)
    return order, shop, lamp


def hand_over(town: Town, order: Answer, code: str) -> Answer:
    ((work,),) = town.work(order).values()
    return town.city.post(f"/v1/work/{work['work_id']}:hand_over", {"code": code})


def wrong(code: str) -> str:
    return "111111" if code == "000000" else "000000"


# Where goods may be fetched


@pytest.mark.parametrize("change", [
    pytest.param({"capabilities": ("ship",)}, id="that-hands-nothing-over"),
    pytest.param({"active": False}, id="that-is-closed-down"),
    pytest.param({"kind": "dc"}, id="that-is-a-warehouse"),
    pytest.param({"hours": "off"}, id="that-is-never-open"),
])  # fmt: skip
def test_nothing_is_fetched_at_a_place(town: Town, change: dict[str, Any]) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 1})
    town.change_node(shop, **change)
    assert 400 <= town.city.pick_up(lamp, shop).status < 500
    assert shop.stock(lamp) == {"on_hand": 1}


@pytest.mark.parametrize(("method", "destination", "status"), [
    pytest.param("pickup", None, 201, id="fetched-needs-no-address"),
    pytest.param("ship", None, 422, id="sent-needs-one"),
    pytest.param("ship", HOME, 201, id="sent-has-one"),
])  # fmt: skip
def test_only_what_travels_needs_an_address(
    town: Town, method: str, destination: dict[str, Any] | None, status: int
) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 1})
    way = {"method": method, "destination": destination} | ({"node": shop.name} if method == "pickup" else {})
    assert town.order((lamp, 1), fulfilment=way).status == status


def test_shops_that_have_it_are_offered_with_the_time_it_is_ready(town: Town) -> None:
    has, has_not = town.shop(), town.shop()
    lamp = town.thing({has: 1, has_not: 0})
    asked = {"channel": "web", "lines": [{"item": lamp, "quantity": 1}], "stores": [has.name, has_not.name]}
    options = {option["node"]: option for option in town.city.post("/v1/promises", asked)["options"]}
    assert options[has.name]["method"] == "pickup"
    later = options.get(has_not.name)
    assert later is None or later["ready_from"] > options[has.name]["ready_from"]


def test_what_is_kept_for_pickup_is_not_sent_to_others(town: Town) -> None:
    order, shop, lamp = collected(town, 2, stock=3)
    assert town.order((lamp, 2)).problem == "shortage"
    assert town.order((lamp, 1)).status == 201
    assert town.city.states(order) == {"staged": 2}
    assert shop.stock(lamp)["on_hand"] == 3


# Ready


def test_a_pickup_gets_a_code_and_a_parcel_gets_none(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 2})
    assert len(town.city.pick_up(lamp, shop)["pickup_code"]) == 6
    assert town.order((lamp, 1))["pickup_code"] is None


@pytest.mark.parametrize(("until", "status", "told"), [
    pytest.param("released", "in_work", 0, id="not-when-it-is-ordered"),
    pytest.param("picked", "in_work", 0, id="not-when-it-is-picked"),
    pytest.param("staged", "ready", 1, id="when-it-stands-on-its-shelf"),
])  # fmt: skip
def test_the_shopper_is_told_it_is_ready(town: Town, until: str, status: str, told: int) -> None:
    order, *_ = collected(town, until=until)
    assert town.city.show(order)["status"] == status
    assert town.city.story(order).count("PickupReady") == told


def test_it_is_ready_when_all_of_it_is(town: Town) -> None:
    shop, dc = town.shop(), town.dc()
    lamp, vase = town.thing({shop: 1}), town.thing({dc: 1})
    lines = [{"item": lamp, "quantity": 1}, {"item": vase, "quantity": 1}]
    order = town.city.order(lamp, lines=lines, fulfilment={"method": "pickup", "node": shop.name})
    for state in ("released", "picked"):
        town.people.act(town.city.show(order).body, {"state": state, "node": shop.name, "method": "pickup"})
    assert "PickupReady" not in town.city.story(order)
    town.people.see_through(order)
    assert town.city.story(order).count("PickupReady") == 1
    assert town.city.states(order) == {"handed_over": 2}


def test_staged_twice_is_ready_once(town: Town) -> None:
    order, *_ = collected(town)
    ((work,),) = town.work(order).values()
    assert town.city.post(f"/v1/work/{work['work_id']}:stage").status == 200
    assert town.city.story(order).count("PickupReady") == 1


# Handed over


def test_the_right_code_gets_the_goods_and_the_money_is_taken_then(town: Town) -> None:
    order, shop, lamp = collected(town, 2, stock=3)
    assert town.city.money(order)["captured"] == "0.00"
    assert hand_over(town, order, order["pickup_code"]).status == 200
    assert (town.city.states(order), town.city.money(order)["captured"]) == ({"handed_over": 2}, "50.00")
    assert shop.stock(lamp) == {"on_hand": 1}


def test_a_wrong_code_gets_nothing(town: Town) -> None:
    order, shop, lamp = collected(town)
    refused = hand_over(town, order, wrong(order["pickup_code"]))
    assert (refused.status, refused.problem) == (403, "code-rejected")
    assert (town.city.states(order), shop.stock(lamp)["allocated"]) == ({"staged": 1}, 1)


def test_another_orders_code_gets_nothing(town: Town) -> None:
    order, shop, lamp = collected(town, 1, stock=3)
    other = town.city.pick_up(lamp, shop)
    code = (
        other["pickup_code"] if other["pickup_code"] != order["pickup_code"] else wrong(order["pickup_code"])
    )
    assert hand_over(town, order, code).status == 403


def test_codes_cannot_be_tried_out(town: Town) -> None:
    order, *_ = collected(town)
    tries = [hand_over(town, order, wrong(order["pickup_code"])).status for _ in range(7)]
    assert (tries[0], tries[-1]) == (403, 429)
    assert hand_over(town, order, order["pickup_code"]).status == 429


def test_goods_are_not_handed_over_before_they_are_ready(town: Town) -> None:
    order, *_ = collected(town, until="picked")
    refused = hand_over(town, order, order["pickup_code"])
    assert (refused.status, refused.problem) == (409, "out-of-turn")


def test_goods_are_handed_over_once(town: Town) -> None:
    order, shop, lamp = collected(town, 1, stock=2)
    ((work,),) = town.work(order).values()
    at, code = f"/v1/work/{work['work_id']}:hand_over", {"code": order["pickup_code"]}
    answers = town.city.together(*[lambda: town.city.post(at, code) for _ in range(4)])
    assert {answer.status for answer in answers} <= {200, 409}
    assert (shop.stock(lamp), town.city.money(order)["captured"]) == ({"on_hand": 1}, "25.00")


@pytest.mark.parametrize("until", ["released", "picked", "staged"])
def test_a_pickup_may_be_cancelled_until_it_is_handed_over(town: Town, until: str) -> None:
    order, shop, lamp = collected(town, until=until)
    assert town.cancel(order).status == 200
    assert (shop.stock(lamp), town.work(order)) == ({"on_hand": 1}, {})
    assert town.city.money(order)["voided"] == "25.00"


def test_what_was_handed_over_is_not_cancelled(town: Town) -> None:
    order, *_ = collected(town, until="handed_over")
    assert town.cancel(order).problem == "out-of-turn"


# Not everything was there


def test_what_the_shop_cannot_find_comes_from_elsewhere_and_is_handed_over_too(town: Town) -> None:
    shop, dc = town.shop(), town.dc()
    lamp = town.thing({shop: 2, dc: 2})
    order = town.city.pick_up(lamp, shop, 2)
    ((work,),) = town.work(order).values()
    town.pick(work, {1: 1})
    assert town.where(order) == {shop.name: 1, dc.name: 1}
    town.people.see_through(order)
    assert (town.city.states(order), dc.stock(lamp)) == ({"handed_over": 2}, {"on_hand": 1})


def test_what_nobody_can_find_is_not_charged(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 2})
    order = town.city.pick_up(lamp, shop, 2)
    ((work,),) = town.work(order).values()
    town.pick(work, {1: 1})
    town.people.see_through(order)
    assert town.city.states(order) == {"handed_over": 1, "cancelled": 1}
    assert town.city.money(order) == {
        "authorised": "50.00", "captured": "25.00", "refunded": "0.00", "voided": "25.00",
    }  # fmt: skip


# Nobody comes


@pytest.mark.parametrize(("days", "states"), [
    pytest.param(6, {"staged": 1}, id="a-day-too-early"),
    pytest.param(8, {"cancelled": 1}, id="a-day-too-late"),
])  # fmt: skip
def test_goods_wait_a_week_for_their_shopper(town: Town, days: int, states: dict[str, int]) -> None:
    order, shop, lamp = collected(town)
    town.city.wait(days=days)
    assert town.city.states(order) == states
    assert shop.stock(lamp).get("allocated", 0) == states.get("staged", 0)


def test_who_came_is_not_waited_for(town: Town) -> None:
    order, *_ = collected(town, until="handed_over")
    town.city.wait(days=30)
    assert (town.city.states(order), town.mishaps(order)) == ({"handed_over": 1}, [])


# Kept without payment, settled at the till


def settle(town: Town, order: Answer, accept: int, decline: int = 0, **more: Any) -> Answer:
    lines = [{"line": 1, "accept": accept, "decline": decline}]
    return town.city.post(f"/v1/orders/{order['order_id']}:settle", {"lines": lines, **more})


def kept(town: Town, quantity: int = 3) -> tuple[Answer, Place, str]:
    shop = town.shop()
    lamp = town.thing({shop: quantity})
    return town.city.reserve(lamp, shop, quantity, customer=town.name("kim")), shop, lamp


@pytest.mark.parametrize(("accept", "decline", "captured", "left"), [
    pytest.param(3, 0, "75.00", {}, id="takes-all"),
    pytest.param(1, 2, "25.00", {"on_hand": 2}, id="takes-some"),
])  # fmt: skip
def test_at_the_till_the_shopper(
    town: Town, accept: int, decline: int, captured: str, left: dict[str, int]
) -> None:
    order, shop, lamp = kept(town)
    assert settle(town, order, accept, decline, tender=PAY).status == 200
    assert (town.city.money(order)["captured"], shop.stock(lamp)) == (captured, left)
    assert town.city.show(order)["status"] == "completed"


def test_who_leaves_everything_pays_nothing(town: Town) -> None:
    order, shop, lamp = kept(town)
    assert settle(town, order, 0, 3).status == 200
    assert (town.city.show(order)["status"], shop.stock(lamp)) == ("cancelled", {"on_hand": 3})


@pytest.mark.parametrize(("accept", "tender", "status"), [
    pytest.param(3, None, 422, id="without-paying"),
    pytest.param(4, PAY, 409, id="more-than-was-kept"),
    pytest.param(3, {"provider": "test", "token": "tok_decline"}, 402, id="with-a-declined-card"),
])  # fmt: skip
def test_nothing_is_taken(town: Town, accept: int, tender: Any, status: int) -> None:
    order, shop, lamp = kept(town)
    assert settle(town, order, accept, tender=tender).status == status
    assert shop.stock(lamp)["on_hand"] == 3


def test_keeping_goods_needs_a_name_and_no_money(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 1})
    assert town.city.reserve(lamp, shop, customer="").status == 422
    order = town.city.reserve(lamp, shop, customer=town.name("kim"))
    assert (order.status, town.city.money(order)["authorised"]) == (201, "0.00")


def test_something_from_the_shelf_is_paid_with_what_was_kept(town: Town) -> None:
    order, shop, _ = kept(town, 1)
    vase = town.thing({shop: 2}, price=1000)
    added = [{"item": vase, "quantity": 1, "unit_price": usd("8.00")}]
    assert settle(town, order, 1, tender=PAY, add=added).status == 200
    assert (town.city.money(order)["captured"], shop.stock(vase)) == ("33.00", {"on_hand": 1})
