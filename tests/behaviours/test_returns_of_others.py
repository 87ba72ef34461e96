"""Goods and money on their way back: what others test of returns, refunds and exchanges, told of ours."""

from typing import Any

import pytest
from town import PAY, Town, usd

from city import HOME, Answer, Place


def bought(
    town: Town, quantity: int = 1, *, stock: int | None = None, **thing: Any
) -> tuple[Answer, Place, str]:
    """So many carried out of a shop; the order, the shop and the thing."""
    shop = town.shop()
    lamp = town.thing({shop: quantity if stock is None else stock}, **thing)
    return town.sold(lamp, shop, quantity), shop, lamp


def refund(back: Answer) -> str:
    return str(back["refund"]["amount"])


# What may come back


@pytest.mark.parametrize("until", ["released", "picked", "packed"])
def test_what_has_not_left_does_not_come_back(town: Town, until: str) -> None:
    shop = town.shop()
    order = town.order((town.thing({shop: 1}), 1))
    town.people.see_through(order, until=until)
    assert town.ask_back(order, 1, at=shop.name).status == 409


def test_what_was_cancelled_does_not_come_back(town: Town) -> None:
    shop = town.shop()
    order = town.order((town.thing({shop: 1}), 1))
    town.cancel(order)
    assert town.ask_back(order, 1, at=shop.name).status == 409


@pytest.mark.parametrize(("asked", "status"), [
    pytest.param({"quantity": 3}, 409, id="more-than-was-bought"),
    pytest.param({"quantity": 0}, 422, id="nothing"),
    pytest.param({"line": 9}, 422, id="a-line-there-is-not"),
    pytest.param({"reason": "because"}, 422, id="a-reason-nobody-knows"),
])  # fmt: skip
def test_a_return_may_not_ask_for(town: Town, asked: dict[str, Any], status: int) -> None:
    order, shop, _ = bought(town, 2)
    assert town.ask_back(order, asked.pop("quantity", 1), at=shop.name, **asked).status == status


def test_units_in_one_return_are_not_asked_for_in_another(town: Town) -> None:
    order, shop, _ = bought(town, 3)
    assert town.ask_back(order, 2, at=shop.name).status == 201
    refused = town.ask_back(order, 2, at=shop.name)
    assert (refused.status, refused["eligible"]) == (409, 1)
    assert town.ask_back(order, 1, at=shop.name).status == 201


def test_a_cancelled_return_lets_its_units_go(town: Town) -> None:
    order, shop, _ = bought(town)
    back = town.ask_back(order, 1, at=shop.name)
    assert town.city.post(f"/v1/returns/{back['return_id']}:cancel").status == 200
    assert town.bring(back, (1, "new"), at=shop.name).problem == "out-of-turn"
    assert town.ask_back(order, 1, at=shop.name).status == 201


def test_a_return_of_which_something_came_is_not_cancelled(town: Town) -> None:
    order, shop, _ = bought(town, 2)
    back = town.ask_back(order, 2, at=shop.name)
    town.bring(back, (1, "new"), at=shop.name)
    assert town.city.post(f"/v1/returns/{back['return_id']}:cancel").status == 409


@pytest.mark.parametrize(("flag", "reason", "status"), [
    pytest.param("final_sale", "changed_mind", 409, id="sold-for-good"),
    pytest.param("final_sale", "defective", 201, id="sold-for-good-but-broken"),
    pytest.param("no_return", "changed_mind", 409, id="never-taken-back"),
    pytest.param("", "changed_mind", 201, id="like-any-other"),
])  # fmt: skip
def test_of_a_thing_that_is(town: Town, flag: str, reason: str, status: int) -> None:
    order, shop, _ = bought(town, flags=(flag,) if flag else ())
    assert town.ask_back(order, 1, at=shop.name, reason=reason).status == status


@pytest.mark.parametrize(("days", "status"), [
    pytest.param(0, 201, id="at-once"), pytest.param(61, 409, id="after-two-months"),
])  # fmt: skip
def test_a_return_may_be_asked_for(town: Town, days: int, status: int) -> None:
    order, shop, _ = bought(town)
    town.city.clock.wait(days=days)
    assert town.ask_back(order, 1, at=shop.name).status == status


# What becomes of it


@pytest.mark.parametrize(("grade", "price", "fate", "stock", "money"), [
    pytest.param("new", 2500, "restock", {"on_hand": 1}, "25.00", id="as-new"),
    pytest.param("opened", 2500, "restock", {"on_hand": 1}, "25.00", id="opened"),
    pytest.param("used", 2500, "liquidate", {"damaged": 1}, "25.00", id="used"),
    pytest.param("damaged", 2500, "refurbish", {"damaged": 1}, "25.00", id="worth-repairing"),
    pytest.param("damaged", 500, "destroy", {"damaged": 1}, "5.00", id="not-worth-repairing"),
    pytest.param("missing", 2500, "none", {}, "0.00", id="an-empty-box"),
])  # fmt: skip
def test_goods_come_back(
    town: Town, grade: str, price: int, fate: str, stock: dict[str, int], money: str
) -> None:
    order, shop, lamp = bought(town, price=price)
    done = town.give_back(order, 1, at=shop, grade=grade)
    assert [receipt["disposition"] for receipt in done["receipts"]] == [fate]
    assert (shop.stock(lamp), refund(done)) == (stock, money)
    assert town.available(lamp) == stock.get("on_hand", 0)


def test_where_nothing_is_sold_goods_are_sent_on_to_where_it_is(town: Town) -> None:
    order, _, lamp = bought(town)
    desk = town.hub()
    (receipt,) = town.give_back(order, 1, at=desk)["receipts"]
    assert (receipt["disposition"], bool(receipt["move_to"])) == ("transfer", True)
    assert desk.stock(lamp) == {"on_hand": 1}


def test_a_place_without_a_returns_desk_takes_nothing_back(town: Town) -> None:
    order, shop, _ = bought(town)
    dock = town.dc()
    town.change_node(dock, capabilities=("ship",))
    back = town.ask_back(order, 1, at=shop.name)
    assert town.bring(back, (1, "new"), at=dock.name).status == 422


def test_units_of_one_line_may_come_back_in_different_states(town: Town) -> None:
    order, shop, lamp = bought(town, 3)
    back = town.ask_back(order, 3, at=shop.name)
    done = town.bring(back, (1, "new"), (1, "damaged"), (1, "missing"), at=shop.name)
    assert shop.stock(lamp) == {"on_hand": 1, "damaged": 1}
    assert refund(done) == "50.00"


def test_what_is_taken_back_sealed_is_not_taken_back_opened(town: Town) -> None:
    order, shop, lamp = bought(town, flags=("sealed_only",))
    back = town.ask_back(order, 1, at=shop.name)
    assert town.bring(back, (1, "opened"), at=shop.name).status == 409
    assert town.bring(back, (1, "new"), at=shop.name).status == 200
    assert shop.stock(lamp) == {"on_hand": 1}


# How much comes


def test_fewer_may_come_than_were_announced_and_the_rest_later(town: Town) -> None:
    order, shop, _ = bought(town, 3)
    back = town.ask_back(order, 3, at=shop.name)
    first = town.bring(back, (1, "new"), at=shop.name)
    assert (first["state"], refund(first)) == ("received", "25.00")
    last = town.bring(back, (2, "new"), at=shop.name)
    assert (last["state"], refund(last)) == ("settled", "75.00")


def test_more_than_was_announced_does_not_come(town: Town) -> None:
    order, shop, lamp = bought(town, 3)
    back = town.ask_back(order, 2, at=shop.name)
    refused = town.bring(back, (3, "new"), at=shop.name)
    assert (refused.status, refused["outstanding"]) == (409, 2)
    assert shop.stock(lamp) == {}


def test_goods_received_at_two_desks_at_once_are_received_once(town: Town) -> None:
    order, shop, lamp = bought(town)
    other = town.shop()
    back = town.ask_back(order, 1, at=shop.name)
    answers = town.city.together(
        *[lambda at=at: town.bring(back, (1, "new"), at=at.name) for at in (shop, other)]
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert sum(place["on_hand"] for place in town.city.positions(lamp).values()) == 1
    assert town.city.money(order)["refunded"] == "25.00"


@pytest.mark.parametrize(("back", "status"), [
    pytest.param(1, "completed", id="some-of-it"), pytest.param(2, "returned", id="all-of-it"),
])  # fmt: skip
def test_an_order_of_which_comes_back(town: Town, back: int, status: str) -> None:
    order, shop, _ = bought(town, 2)
    town.give_back(order, back, at=shop)
    assert town.city.show(order)["status"] == status


# What is paid back


@pytest.mark.parametrize(("line", "refunds"), [
    pytest.param({}, ["25.00", "25.00", "25.00"], id="at-the-price-that-was-paid"),
    pytest.param({"unit_price": usd("9.99")}, ["9.99", "9.99", "9.99"], id="at-an-agreed-price"),
    pytest.param({"discount": usd("10.00")}, ["21.66", "21.67", "21.67"], id="less-its-share-of-a-discount"),
    pytest.param({"tax": usd("1.00")}, ["25.33", "25.33", "25.34"], id="with-its-share-of-tax"),
    pytest.param({"unit_price": usd("0.01"), "tax": usd("0.01")}, ["0.01", "0.01", "0.02"], id="by-the-cent"),
    pytest.param({"discount": usd("75.00")}, ["0.00", "0.00", "0.00"], id="nothing-for-what-was-free"),
])  # fmt: skip
def test_one_by_one_units_are_paid_back(town: Town, line: dict[str, Any], refunds: list[str]) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 3})
    order = town.city.carry_out(lamp, shop, lines=[{"item": lamp, "quantity": 3, **line}])
    assert [refund(town.give_back(order, 1, at=shop)) for _ in range(3)] == refunds
    money = town.city.money(order)
    assert money["refunded"] == money["captured"]


def test_only_the_line_that_came_back_is_paid_back(town: Town) -> None:
    shop = town.shop()
    lamp, vase = town.thing({shop: 1}), town.thing({shop: 1}, price=1000)
    lines = [{"item": lamp, "quantity": 1}, {"item": vase, "quantity": 1}]
    order = town.city.carry_out(lamp, shop, lines=lines)
    assert refund(town.give_back(order, 1, at=shop, line=2)) == "10.00"


@pytest.mark.parametrize(("quantity", "reason", "money"), [
    pytest.param(2, "damaged", "54.99", id="all-of-it-and-the-fault-is-ours"),
    pytest.param(2, "changed_mind", "50.00", id="all-of-it-but-the-fault-is-not"),
    pytest.param(1, "damaged", "25.00", id="only-some-of-it"),
])  # fmt: skip
def test_shipping_is_paid_back_with(town: Town, quantity: int, reason: str, money: str) -> None:
    shop = town.shop()
    order = town.delivered((town.thing({shop: 2}), 2), shipping=usd("4.99"))
    back = town.ask_back(order, quantity, at=shop.name, reason=reason)
    assert refund(town.bring(back, (quantity, "new"), at=shop.name)) == money


def test_never_more_is_paid_back_than_was_paid(town: Town) -> None:
    order, shop, _ = bought(town)
    at, give = f"/v1/orders/{order['order_id']}:appease", {"amount": usd("20.00"), "reason": "scratched"}
    assert town.city.post(at, give, key=town.name("first")).status == 200
    assert refund(town.give_back(order, 1, at=shop)) == "5.00"
    assert town.city.money(order)["refunded"] == "25.00"
    assert town.city.post(at, give, key=town.name("second")).status == 409


def test_what_was_never_sent_is_voided_and_what_was_is_refunded(town: Town) -> None:
    shop = town.shop()
    lamp, supply = town.thing({shop: 1}), town.name("PO")
    town.city.expect(shop, lamp, 1, supply)
    order = town.order((lamp, 2), backorder=True)
    town.people.see_through(order)
    town.cancel(order, {1: 1})
    town.give_back(order, 1, at=shop)
    assert town.city.money(order) == {
        "authorised": "50.00", "captured": "25.00", "refunded": "25.00", "voided": "25.00",
    }  # fmt: skip


def test_paid_back_twice_is_paid_back_once(town: Town) -> None:
    order, shop, _ = bought(town)
    back = town.ask_back(order, 1, at=shop.name)
    town.bring(back, (1, "new"), at=shop.name, refund=False)
    at = f"/v1/returns/{back['return_id']}:settle"
    assert {
        answer.status for answer in town.city.together(*[lambda: town.city.post(at) for _ in range(4)])
    } == {200}
    assert town.city.money(order)["refunded"] == "25.00"


def test_goods_back_on_the_shelf_are_sold_again(town: Town) -> None:
    order, shop, lamp = bought(town)
    assert town.order((lamp, 1)).problem == "shortage"
    town.give_back(order, 1, at=shop)
    assert town.where(town.order((lamp, 1))) == {shop.name: 1}


# By mail


def test_a_parcel_back_has_a_label_and_is_paid_when_it_is_there(town: Town) -> None:
    shop = town.shop()
    order = town.delivered((town.thing({shop: 1}), 1))
    back = town.ask_back(order, 1, at="mail", **{"from": {"lat": HOME["lat"], "lon": HOME["lon"]}})
    assert (back.status, back["journey"], bool(back["label"]["tracking"])) == (201, "mail_return", True)
    assert town.city.money(order)["refunded"] == "0.00"
    assert refund(town.bring(back, (1, "new"), at=back["at"])) == "25.00"


def test_a_parcel_nobody_took_comes_back_by_itself(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 1})
    order = town.order((lamp, 1), shipping=usd("4.99"))
    town.ship(order)
    (shipment,) = town.shipments(order)
    said = {"event_id": "r", "kind": "returning", "happened_at": town.city.clock.now().isoformat()}
    town.city.post(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": [said]})
    (back,) = town.city.get(f"/v1/orders/{order['order_id']}/returns")["returns"]
    assert (back["journey"], back["at"]) == ("undeliverable", shop.name)
    lines = {"node": shop.name, "lines": [{"line": 1, "quantity": 1, "grade": "new"}]}
    done = town.city.post(f"/v1/returns/{back['return_id']}:receive", lines)
    assert (refund(done), shop.stock(lamp)) == ("29.99", {"on_hand": 1})


# Something else instead


@pytest.mark.parametrize(("price", "payment", "paid", "back"), [
    pytest.param(2500, None, "25.00", "25.00", id="for-the-same-price"),
    pytest.param(1000, None, "10.00", "25.00", id="for-less"),
    pytest.param(4000, PAY, "40.00", "25.00", id="for-more"),
])  # fmt: skip
def test_an_exchange(town: Town, price: int, payment: Any, paid: str, back: str) -> None:
    order, shop, lamp = bought(town)
    other = town.thing({shop: 1}, price=price)
    asked = town.ask_back(order, 1, at=shop.name)
    town.bring(asked, (1, "new"), at=shop.name, refund=False)
    wish = {"lines": [{"item": other, "quantity": 1}]} | ({"payment": payment} if payment else {})
    done = town.city.post(f"/v1/returns/{asked['return_id']}:exchange", wish)
    assert done.status == 200, done.body
    new = town.city.get(f"/v1/orders/{done['exchange_order_id']}")
    assert (town.city.money(new)["captured"], town.city.money(order)["refunded"]) == (paid, back)
    assert (shop.stock(lamp), shop.stock(other)) == ({"on_hand": 1}, {})


def test_an_exchange_for_more_without_paying_the_rest_is_refused(town: Town) -> None:
    order, shop, _ = bought(town)
    other = town.thing({shop: 1}, price=4000)
    asked = town.ask_back(order, 1, at=shop.name)
    town.bring(asked, (1, "new"), at=shop.name, refund=False)
    refused = town.city.post(
        f"/v1/returns/{asked['return_id']}:exchange", {"lines": [{"item": other, "quantity": 1}]}
    )
    assert (refused.status, refused["due"]) == (409, usd("15.00"))
    assert shop.stock(other) == {"on_hand": 1}


def test_an_exchange_takes_the_new_thing_and_not_the_old_one(town: Town) -> None:
    order, shop, small = bought(town, 1, stock=3)
    large = town.thing({shop: 3})
    asked = town.ask_back(order, 1, at=shop.name, reason="too_small")
    town.bring(asked, (1, "new"), at=shop.name, refund=False)
    town.city.post(f"/v1/returns/{asked['return_id']}:exchange", {"lines": [{"item": large, "quantity": 1}]})
    assert (shop.stock(small), shop.stock(large)) == ({"on_hand": 3}, {"on_hand": 2})
