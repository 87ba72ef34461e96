"""One order in several parcels: what others test of packages, fulfilments and shipments, told of ours."""

import pytest
from town import Town, usd

from city import Answer

# Who packs what


@pytest.mark.parametrize(("shelves", "wanted", "parcels"), [
    pytest.param([{"a": 5}], {"a": 5}, [5], id="one-place-has-all"),
    pytest.param([{"a": 1}, {"a": 2}], {"a": 3}, [1, 2], id="two-places-have-all-together"),
    pytest.param([{"a": 2}, {"a": 4}, {"a": 5}], {"a": 5}, [5], id="a-third-place-has-it-whole"),
    pytest.param([{"a": 2}, {"a": 3}, {"a": 1}], {"a": 5}, [2, 3], id="a-third-place-is-not-needed"),
    pytest.param([{"a": 1}, {"a": 1}, {"a": 1}], {"a": 3}, [1, 1, 1], id="every-place-gives-one"),
    pytest.param([{"a": 1}, {"b": 1}], {"a": 1, "b": 1}, [1, 1], id="each-place-has-its-own-thing"),
    pytest.param([{"a": 1, "b": 1}, {"a": 1}], {"a": 1, "b": 1}, [2], id="one-of-two-has-both-things"),
    pytest.param([{"a": 2, "b": 1}, {"a": 1, "b": 2}], {"a": 2, "b": 2}, [2, 2], id="each-thing-stays-whole"),
    pytest.param([{"a": 1, "b": 2}, {"a": 1}], {"a": 2, "b": 2}, [1, 3], id="one-thing-must-be-split"),
    pytest.param([{"a": 1}, {"b": 1}, {"a": 1, "b": 1}], {"a": 1, "b": 1}, [2], id="one-parcel-beats-two"),
])  # fmt: skip
def test_an_order_is_packed_in(
    town: Town, shelves: list[dict[str, int]], wanted: dict[str, int], parcels: list[int]
) -> None:
    places = [town.shop() for _ in shelves]
    things = {
        name: town.thing({place: shelf.get(name, 0) for place, shelf in zip(places, shelves, strict=True)})
        for name in wanted
    }
    order = town.order(*[(things[name], quantity) for name, quantity in wanted.items()])
    assert order.status == 201
    assert sorted(town.where(order).values()) == parcels
    for name, thing in things.items():
        assert sum(at["allocated"] for at in town.city.positions(thing).values()) == wanted[name]


def two_parcels(town: Town, **more: object) -> tuple[Answer, str, str]:
    """An order of which a shop has one line, a warehouse the other two units; and the two names."""
    shop, dc = town.shop(), town.dc()
    lamp, vase = town.thing({shop: 1}), town.thing({dc: 2}, price=1000)
    order = town.order((lamp, 1), (vase, 2), **more)
    assert town.where(order) == {shop.name: 1, dc.name: 2}
    return order, shop.name, dc.name


def send(town: Town, order: Answer, node: str, until: str = "dispatched") -> None:
    """Only one node does its part."""
    for state in ("released", "picked", "packed", "dispatched"):
        if state == until:
            return
        town.people.act(town.city.show(order).body, {"state": state, "node": node})


def test_each_node_is_given_only_its_own_part(town: Town) -> None:
    order, shop, dc = two_parcels(town)
    asked = {node: [(line["line"], line["quantity"]) for line in work["lines"]]
             for node, (work,) in town.work(order).items()}  # fmt: skip
    assert asked == {shop: [(1, 1)], dc: [(2, 2)]}


def test_money_is_taken_parcel_by_parcel(town: Town) -> None:
    order, shop, dc = two_parcels(town)
    assert town.city.money(order)["captured"] == "0.00"
    send(town, order, dc)
    assert town.city.money(order)["captured"] == "20.00"
    send(town, order, shop)
    assert town.city.money(order)["captured"] == "45.00"


def test_shipping_is_paid_for_once_with_the_first_parcel(town: Town) -> None:
    order, shop, dc = two_parcels(town, shipping=usd("4.99"))
    send(town, order, shop)
    assert town.city.money(order)["captured"] == "29.99"
    send(town, order, dc)
    assert town.city.money(order)["captured"] == "49.99"


@pytest.mark.parametrize(("sent", "delivered", "status"), [
    pytest.param(0, 0, "in_work", id="nothing-sent"),
    pytest.param(1, 0, "in_work", id="one-sent"),
    pytest.param(2, 0, "dispatched", id="both-sent"),
    pytest.param(2, 1, "dispatched", id="one-delivered"),
    pytest.param(2, 2, "completed", id="both-delivered"),
])  # fmt: skip
def test_the_order_stands_where_its_slowest_parcel_does(
    town: Town, sent: int, delivered: int, status: str
) -> None:
    order, *nodes = two_parcels(town)
    for node in nodes[:sent]:
        send(town, order, node)
    for node in nodes[:delivered]:
        town.people.act(town.city.show(order).body, {"state": "dispatched", "node": node})
    assert town.city.show(order)["status"] == status


def test_each_parcel_has_its_own_carrier_and_number(town: Town) -> None:
    order, shop, dc = two_parcels(town)
    send(town, order, shop)
    send(town, order, dc)
    shipments = town.shipments(order)
    assert {shipment["node"] for shipment in shipments} == {shop, dc}
    assert len({shipment["tracking"] for shipment in shipments}) == 2


def test_what_has_not_left_may_be_cancelled_though_the_rest_has(town: Town) -> None:
    order, shop, dc = two_parcels(town)
    send(town, order, shop)
    assert town.cancel(order).status == 200
    assert town.city.states(order) == {"dispatched": 1, "cancelled": 2}
    assert town.city.money(order) == {
        "authorised": "45.00", "captured": "25.00", "refunded": "0.00", "voided": "20.00",
    }  # fmt: skip
    assert dc not in town.work(order)


def test_a_part_of_a_parcel_may_be_cancelled(town: Town) -> None:
    order, _, dc = two_parcels(town)
    assert town.cancel(order, {2: 1}).status == 200
    ((work,), *_) = [works for node, works in town.work(order).items() if node == dc]
    assert [(line["quantity"], line["cancelled"]) for line in work["lines"]] in ([(2, 1)], [(1, 0)])
    town.people.see_through(order)
    assert town.city.states(order) == {"delivered": 2, "cancelled": 1}
    assert town.city.money(order)["captured"] == "35.00"


def test_a_mishap_with_one_parcel_leaves_the_other_alone(town: Town) -> None:
    order, shop, dc = two_parcels(town)
    ((work,),) = [works for node, works in town.work(order).items() if node == shop]
    town.pick(work, {1: 0})
    assert town.where(order) == {dc: 2}
    town.people.see_through(order)
    assert town.city.states(order) == {"delivered": 2, "cancelled": 1}


def test_a_short_pick_splits_what_was_one_parcel(town: Town) -> None:
    near, far = town.shop(), town.dc()
    lamp = town.thing({near: 3})
    order = town.order((lamp, 3))
    far.has(lamp, 3)
    ((work,),) = town.work(order).values()
    town.pick(work, {1: 2})
    assert town.where(order) == {near.name: 2, far.name: 1}
    town.people.see_through(order)
    assert (town.city.states(order), len(town.shipments(order))) == ({"delivered": 3}, 2)
    assert town.city.money(order)["captured"] == "75.00"


def test_goods_picked_in_two_goes_leave_in_one_parcel(town: Town) -> None:
    lamp = town.thing({town.shop(): 3})
    order = town.order((lamp, 3))
    ((work,),) = town.work(order).values()
    for quantity in (1, 2):
        picked = {"lines": [{"line": 1, "quantity": quantity}]}
        assert town.city.post(f"/v1/work/{work['work_id']}:pick", picked).status == 200
    town.people.see_through(order)
    assert (town.city.states(order), len(town.shipments(order))) == ({"delivered": 3}, 1)


@pytest.mark.parametrize("picked", [0, 4], ids=["nothing-without-a-reason", "more-than-was-asked"])
def test_a_pick_that_cannot_be_is_refused(town: Town, picked: int) -> None:
    lamp = town.thing({town.shop(): 9})
    order = town.order((lamp, 3))
    ((work,),) = town.work(order).values()
    found = {"lines": [{"line": 1, "quantity": picked}]}
    assert town.city.post(f"/v1/work/{work['work_id']}:pick", found).status == 422
    assert town.city.states(order) == {"released": 3}


@pytest.mark.parametrize("step", ["pack", "dispatch", "hand_over"])
def test_nothing_leaves_before_it_was_picked(town: Town, step: str) -> None:
    lamp = town.thing({town.shop(): 1})
    order = town.order((lamp, 1))
    ((work,),) = town.work(order).values()
    bodies = {"pack": {}, "dispatch": {"carrier": "ups", "tracking": "1Z"}, "hand_over": {"code": "000000"}}
    refused = town.city.post(f"/v1/work/{work['work_id']}:{step}", bodies[step])
    assert (refused.status, refused.problem) == (409, "out-of-turn")


def test_a_parcel_sent_twice_is_sent_once(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 3})
    order = town.order((lamp, 1))
    town.people.see_through(order, until="packed")
    ((work,),) = town.work(order).values()
    leaves = {"carrier": "ups", "tracking": "1Z"}
    answers = [town.city.post(f"/v1/work/{work['work_id']}:dispatch", leaves) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert (shop.stock(lamp), town.city.money(order)["captured"]) == ({"on_hand": 2}, "25.00")


def test_an_order_that_wants_to_stay_together_takes_the_fewest_parcels(town: Town) -> None:
    near, other, far = town.shop(), town.shop(lat=30.2), town.dc(lat=47.6, lon=-122.3)
    lamp, vase = town.thing({near: 1, far: 1}), town.thing({other: 1, far: 1})
    assert town.where(town.order((lamp, 1), (vase, 1), together=True)) == {far.name: 2}


def test_what_waits_does_not_hold_up_what_is_there(town: Town) -> None:
    shop = town.shop()
    lamp, supply = town.thing({shop: 1}), town.name("PO")
    town.city.expect(shop, lamp, 1, supply)
    order = town.order((lamp, 2), backorder=True)
    town.ship(order)
    assert town.city.states(order) == {"dispatched": 1, "backordered": 1}
    town.city.receive(shop, lamp, 1, supply)
    town.people.see_through(order)
    assert (town.city.states(order), len(town.shipments(order))) == ({"delivered": 2}, 2)


def test_a_line_moved_to_another_way_becomes_a_parcel_of_its_own(town: Town) -> None:
    shop, dc = town.shop(), town.dc()
    lamp, vase = town.thing({shop: 1, dc: 2}), town.thing({dc: 2})
    order = town.order((lamp, 1), (vase, 1), together=True)
    assert town.where(order) == {dc.name: 2}
    moved = town.change(order, lines=[{"line": 1, "method": "pickup", "node": shop.name}])
    assert moved.status == 200
    assert town.where(order) == {shop.name: 1, dc.name: 1}
    assert (dc.stock(lamp), shop.stock(lamp)["on_hand"]) == ({"on_hand": 2}, 1)


@pytest.mark.parametrize(("price", "tax", "takes"), [
    pytest.param(333, "1.00", ["3.66", "7.32", "10.99"], id="a-third-of-a-dollar-of-tax"),
    pytest.param(1, "0.01", ["0.01", "0.02", "0.04"], id="one-cent-each"),
])  # fmt: skip
def test_parcels_of_one_line_cost_what_the_line_costs(
    town: Town, price: int, tax: str, takes: list[str]
) -> None:
    places = [town.shop() for _ in range(3)]
    lamp = town.thing(dict.fromkeys(places, 1), price=price)
    order = town.city.order(lamp, lines=[{"item": lamp, "quantity": 3, "tax": usd(tax)}])
    taken = []
    for place in places:
        send(town, order, place.name)
        taken.append(town.city.money(order)["captured"])
    assert taken == takes


def test_a_lost_parcel_is_replaced_and_the_other_is_not(town: Town) -> None:
    order, shop, dc = two_parcels(town)
    spare = town.dc()
    spare.has(town.city.show(order)["lines"][0]["item"], 1)
    send(town, order, shop)
    send(town, order, dc)
    (lost,) = [shipment for shipment in town.shipments(order) if shipment["node"] == shop]
    said = {"event_id": "l", "kind": "lost", "happened_at": town.city.clock.now().isoformat()}
    town.city.post(f"/v1/shipments/{lost['shipment_id']}:events", {"events": [said]})
    town.people.see_through(order)
    assert town.city.states(order) == {"lost": 1, "delivered": 3}
    assert town.city.money(order)["captured"] == "45.00"


def test_a_parcel_is_delivered_once_whatever_its_carrier_repeats(town: Town) -> None:
    lamp = town.thing({town.shop(): 1})
    order = town.order((lamp, 1))
    town.ship(order)
    (shipment,) = town.shipments(order)
    now = town.city.clock.now().isoformat()
    said = [{"event_id": kind, "kind": kind, "happened_at": now} for kind in ("delivered", "in_transit")]
    for _ in range(2):
        assert (
            town.city.post(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": said}).status == 200
        )
    assert town.city.states(order) == {"delivered": 1}
    assert town.city.story(order).count("LinesDelivered") <= 1
