"""How stock is counted, claimed and fought over: what others test of their reservations, told of ours."""

from collections.abc import Callable
from typing import Any

import pytest
from town import Town

from anyshelf.ground.ids import new_id
from city import Place

Doing = Callable[[Town, Place, str], object]


def report(town: Town, shop: Place, item: str, kind: str, quantity: int, **more: Any) -> Any:
    move = {"kind": kind, "node": shop.name, "item": item, "quantity": quantity, **more}
    return town.city.post("/v1/inventory/moves", {"moves": [move]})


# Available is what lies there, less what is spoken for

AVAILABLE_OF_FIVE: dict[str, tuple[Doing, int]] = {
    "nothing-sold-yet": (lambda _town, _shop, _lamp: None, 5),
    "two-ordered": (lambda town, _, lamp: town.order((lamp, 2)), 3),
    "all-ordered": (lambda town, _, lamp: town.order((lamp, 5)), 0),
    "two-in-an-order-kept-back": (lambda town, _, lamp: town.order((lamp, 2), hold=True), 3),
    "two-ordered-and-cancelled": (lambda town, _, lamp: town.cancel(town.order((lamp, 2))), 5),
    "three-ordered-one-cancelled": (lambda town, _, lamp: town.cancel(town.order((lamp, 3)), {1: 1}), 3),
    "two-sent": (lambda town, _, lamp: town.ship(town.order((lamp, 2))), 3),
    "two-carried-out": (lambda town, shop, lamp: town.sold(lamp, shop, 2), 3),
    "two-kept-for-somebody": (lambda town, shop, lamp: town.city.reserve(lamp, shop, 2, customer="kim"), 3),
    "more-asked-than-there-is": (lambda town, _, lamp: town.order((lamp, 6)), 5),
    "a-card-declined": (lambda town, _, lamp: town.order((lamp, 2), payment={"token": "tok_decline"}), 5),
    "two-received": (lambda town, shop, lamp: report(town, shop, lamp, "receive", 2), 7),
    "two-damaged": (lambda town, shop, lamp: report(town, shop, lamp, "damage", 2), 3),
    "four-counted": (lambda town, shop, lamp: report(town, shop, lamp, "count", 4), 4),
    "one-found": (lambda town, shop, lamp: report(town, shop, lamp, "adjust", 1), 6),
    "two-on-their-way-elsewhere": (
        lambda town, shop, lamp: report(town, shop, lamp, "transfer", 2, to_node=town.shop().name), 3,
    ),
    "two-at-another-shop": (lambda town, _, lamp: town.shop().has(lamp, 2), 7),
    "two-expected": (lambda town, shop, lamp: town.city.expect(shop, lamp, 2, town.name("PO")), 5),
}  # fmt: skip


@pytest.mark.parametrize("case", AVAILABLE_OF_FIVE)
def test_of_five_there_are_available(town: Town, case: str) -> None:
    doing, available = AVAILABLE_OF_FIVE[case]
    shop = town.shop()
    lamp = town.thing({shop: 5})
    doing(town, shop, lamp)
    assert town.available(lamp) == available


def test_a_closed_shop_has_nothing_to_sell(town: Town) -> None:
    shop, closed = town.shop(), town.shop()
    lamp = town.thing({shop: 1, closed: 4})
    town.change_node(closed, active=False)
    assert town.available(lamp) == 1
    assert town.order((lamp, 2)).problem == "shortage"


@pytest.mark.parametrize(("channel", "available"), [
    pytest.param({"holdback_units": 2}, 3, id="two-kept-back"),
    pytest.param({"holdback_percent": 40}, 3, id="two-fifths-kept-back"),
    pytest.param({"holdback_units": 9}, 0, id="more-kept-back-than-there-is"),
    pytest.param({"nodes": ("nowhere",)}, 0, id="a-channel-of-other-nodes"),
])  # fmt: skip
def test_a_channel_sells_from_what_it_is_given(town: Town, channel: dict[str, Any], available: int) -> None:
    lamp = town.thing({town.shop(): 5})
    marketplace = town.channel(**channel)
    assert (town.available(lamp), town.available(lamp, marketplace)) == (5, available)
    assert town.order((lamp, available + 1), channel=marketplace).problem == "shortage"
    assert not available or town.order((lamp, available), channel=marketplace).status == 201


@pytest.mark.parametrize(("wanted", "status"), [
    pytest.param(1, 201, id="one-of-three"),
    pytest.param(3, 201, id="the-last-three"),
    pytest.param(4, 409, id="one-too-many"),
])  # fmt: skip
def test_no_more_is_sold_than_there_is(town: Town, wanted: int, status: int) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 3})
    answer = town.order((lamp, wanted))
    assert answer.status == status
    assert shop.stock(lamp).get("reserved", 0) == (wanted if status == 201 else 0)


def test_a_basket_short_of_one_thing_takes_nothing_of_the_others(town: Town) -> None:
    shop = town.shop()
    lamp, vase, sofa = town.thing({shop: 5}), town.thing({shop: 1}), town.thing({shop: 0})
    refused = town.order((lamp, 1), (vase, 2), (sofa, 1))
    assert [(line["line"], line["available"]) for line in refused["lines"]] == [(2, 1), (3, 0)]
    assert (shop.stock(lamp), shop.stock(vase)) == ({"on_hand": 5}, {"on_hand": 1})


# Stock follows the order


@pytest.mark.parametrize(("until", "stock"), [
    pytest.param("sourced", {"on_hand": 3, "reserved": 2}, id="placed"),
    pytest.param("released", {"on_hand": 3, "allocated": 2}, id="released"),
    pytest.param("picked", {"on_hand": 3, "allocated": 2}, id="picked"),
    pytest.param("packed", {"on_hand": 3, "allocated": 2}, id="packed"),
    pytest.param("dispatched", {"on_hand": 1}, id="sent"),
    pytest.param("delivered", {"on_hand": 1}, id="delivered"),
])  # fmt: skip
def test_units_are_claimed_until_they_leave(town: Town, until: str, stock: dict[str, int]) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 3})
    order = town.order((lamp, 2), hold=until == "sourced")
    town.people.see_through(order, until=until)
    assert shop.stock(lamp) == stock


@pytest.mark.parametrize("until", ["sourced", "released", "picked", "packed"])
def test_cancelled_before_it_leaves_it_is_free_again(town: Town, until: str) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 3})
    order = town.order((lamp, 2), hold=until == "sourced")
    town.people.see_through(order, until=until)
    assert town.cancel(order).status == 200
    assert (shop.stock(lamp), town.available(lamp), town.city.work_at(shop)) == ({"on_hand": 3}, 3, [])


def test_an_order_changed_to_fewer_gives_the_rest_back(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 5})
    order = town.order((lamp, 4))
    assert town.change(order, lines=[{"line": 1, "quantity": 1}]).status == 200
    assert town.available(lamp) == 4


def test_an_order_changed_to_more_takes_no_more_than_there_is(town: Town) -> None:
    lamp = town.thing({town.shop(): 3})
    order = town.order((lamp, 2))
    too_many = town.change(order, lines=[{"line": 1, "quantity": 4}], payment={"provider": "cash"})
    assert (too_many.problem, town.available(lamp)) == ("shortage", 1)
    assert town.change(order, lines=[{"line": 1, "quantity": 3}], payment={"provider": "cash"}).status == 200
    assert town.available(lamp) == 0


# What is reported of a shelf


@pytest.mark.parametrize(("kind", "quantity", "status", "on_hand"), [
    pytest.param("receive", 4, 201, 9, id="goods-in"),
    pytest.param("adjust", -2, 201, 3, id="fewer-found"),
    pytest.param("count", 2, 201, 2, id="counted-down-to-what-is-promised"),
    pytest.param("adjust", -6, 409, 5, id="below-nothing"),
    pytest.param("adjust", -4, 409, 5, id="below-what-is-promised"),
    pytest.param("count", 1, 409, 5, id="counted-below-what-is-promised"),
    pytest.param("damage", 4, 409, 5, id="promised-goods-damaged"),
    pytest.param("transfer", 4, 409, 5, id="promised-goods-sent-elsewhere"),
])  # fmt: skip
def test_of_five_with_two_promised(town: Town, kind: str, quantity: int, status: int, on_hand: int) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 5})
    town.order((lamp, 2), hold=True)
    to_node = {"to_node": town.shop().name} if kind == "transfer" else {}
    assert report(town, shop, lamp, kind, quantity, **to_node).status == status
    assert shop.stock(lamp) == {"on_hand": on_hand, "reserved": 2}


def test_a_delivery_note_sent_twice_is_counted_once(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 0})
    for posted in (1, 0):
        assert report(town, shop, lamp, "receive", 5, reference=shop.name)["posted"] == posted
    assert town.available(lamp) == 5


def test_reports_stand_or_fall_together(town: Town) -> None:
    shop = town.shop()
    lamp, vase = town.thing({shop: 1}), town.thing({shop: 1})
    moves = [{"kind": "receive", "node": shop.name, "item": lamp, "quantity": 4},
             {"kind": "adjust", "node": shop.name, "item": vase, "quantity": -2}]  # fmt: skip
    assert town.city.post("/v1/inventory/moves", {"moves": moves}).problem == "shortage"
    assert (shop.stock(lamp), shop.stock(vase)) == ({"on_hand": 1}, {"on_hand": 1})


def test_every_change_of_a_shelf_leaves_a_move_that_says_why(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 2})
    town.sold(lamp, shop)
    report(town, shop, lamp, "damage", 1, reason="dropped")
    moves = town.city.get(f"/v1/inventory/moves?item={lamp}")["moves"]
    told = {(move["from"]["bucket"], move["to"]["bucket"], move["quantity"]) for move in moves}
    assert {("on_hand", "customer", 1), ("on_hand", "damaged", 1)} < told
    assert {move["reason"] for move in moves} >= {"handed_over", "dropped"}


# Supply on its way


@pytest.mark.parametrize(("wanted", "agreed", "status"), [
    pytest.param(2, False, 409, id="without-consent-nothing-waits"),
    pytest.param(2, True, 201, id="with-consent-it-waits"),
    pytest.param(4, True, 201, id="all-that-is-coming"),
    pytest.param(5, True, 409, id="more-than-is-coming"),
])  # fmt: skip
def test_with_one_here_and_three_coming(town: Town, wanted: int, agreed: bool, status: int) -> None:  # noqa: FBT001
    shop = town.shop()
    lamp = town.thing({shop: 1})
    town.city.expect(shop, lamp, 3, town.name("PO"))
    order = town.order((lamp, wanted), backorder=agreed)
    assert order.status == status
    waits = {"sourced": 1, "backordered": wanted - 1}
    assert status != 201 or order["lines"][0]["states"] == waits


def test_what_arrives_goes_to_who_has_waited_longest(town: Town) -> None:
    shop = town.shop()
    lamp, supply = town.thing({shop: 0}), town.name("PO")
    town.city.expect(shop, lamp, 3, supply)
    first, second = town.order((lamp, 2), backorder=True), town.order((lamp, 1), backorder=True)
    town.city.receive(shop, lamp, 2, supply)
    assert (town.city.states(first), town.city.states(second)) == ({"released": 2}, {"backordered": 1})


def test_what_arrives_beyond_what_is_waited_for_is_for_sale(town: Town) -> None:
    shop = town.shop()
    lamp, supply = town.thing({shop: 0}), town.name("PO")
    town.city.expect(shop, lamp, 5, supply)
    order = town.order((lamp, 2), backorder=True)
    town.city.receive(shop, lamp, 5, supply)
    assert (town.city.states(order), town.available(lamp)) == ({"released": 2}, 3)


def test_a_cancelled_wait_makes_room_for_another(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 0})
    town.city.expect(shop, lamp, 1, town.name("PO"))
    first = town.order((lamp, 1), backorder=True)
    assert town.order((lamp, 1), backorder=True).problem == "shortage"
    town.cancel(first)
    assert town.order((lamp, 1), backorder=True).status == 201


# Goods kept for a time


def test_what_is_kept_is_nobody_elses_until_its_time_is_over(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 1})
    town.city.reserve(lamp, shop, customer=town.name("ann"))
    town.city.wait(hours=47)
    assert town.order((lamp, 1)).problem == "shortage"
    town.city.wait(hours=2)
    assert town.order((lamp, 1)).status == 201


def test_a_newer_hold_of_the_same_person_replaces_the_older(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 3})
    for quantity in (2, 3, 1):
        assert town.city.reserve(lamp, shop, quantity, customer="replacer").status == 201
        assert town.available(lamp) == 3 - quantity


def test_holds_of_different_people_add_up(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 2})
    answers = [town.city.reserve(lamp, shop, customer=town.name("person")) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 409]


# Everybody at once


@pytest.mark.parametrize(("shoppers", "stock", "each"), [
    pytest.param(2, 1, 1, id="two-and-the-last-one"),
    pytest.param(12, 5, 1, id="twelve-and-five"),
    pytest.param(8, 7, 2, id="eight-wanting-two-of-seven"),
])  # fmt: skip
def test_at_once_they_get_what_there_is_and_no_more(town: Town, shoppers: int, stock: int, each: int) -> None:
    shop = town.shop()
    lamp = town.thing({shop: stock})
    answers = town.city.together(*[lambda: town.order((lamp, each)) for _ in range(shoppers)])
    assert [answer.status for answer in answers].count(201) == stock // each
    assert shop.stock(lamp)["reserved"] == stock // each * each


def test_baskets_in_opposite_order_do_not_stand_in_each_others_way(town: Town) -> None:
    shop = town.shop()
    lamp, vase = town.thing({shop: 10}), town.thing({shop: 10})
    there, back = [(lamp, 1), (vase, 1)], [(vase, 1), (lamp, 1)]
    people = [lambda lines=lines: town.order(*lines) for _ in range(5) for lines in (there, back)]
    assert {answer.status for answer in town.city.together(*people)} == {201}
    assert shop.stock(lamp) == shop.stock(vase) == {"on_hand": 10, "reserved": 10}


def test_goods_arriving_while_they_are_sold_are_neither_lost_nor_doubled(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 5})
    arriving = [lambda: report(town, shop, lamp, "receive", 1) for _ in range(5)]
    selling = [lambda: town.city.carry_out(lamp, shop) for _ in range(5)]
    assert {answer.status for answer in town.city.together(*arriving, *selling)} == {201}
    assert shop.stock(lamp) == {"on_hand": 5}


def test_one_order_sent_by_many_hands_takes_its_stock_once(town: Town) -> None:
    shop = town.shop()
    lamp, key = town.thing({shop: 5}), str(new_id())
    answers = town.city.together(*[lambda: town.order((lamp, 2), key=key) for _ in range(6)])
    assert {answer.problem for answer in answers if answer.status != 201} <= {"in-flight"}
    assert shop.stock(lamp) == {"on_hand": 5, "reserved": 2}


def test_cancelled_and_ordered_at_once_nothing_is_sold_twice(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 1})
    first = town.order((lamp, 1))
    answers = town.city.together(
        lambda: town.cancel(first), *[lambda: town.order((lamp, 1)) for _ in range(4)]
    )
    assert [answer.status for answer in answers[1:]].count(201) <= 1
    assert shop.stock(lamp).get("reserved", 0) == [answer.status for answer in answers[1:]].count(201)
