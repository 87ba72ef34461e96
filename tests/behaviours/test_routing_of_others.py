"""Which node serves: what others test of their locations, sources and priorities, told of our sourcing."""

from typing import Any

import pytest
from town import Town

from city import HOME, Answer, Place

DALLAS = {"lat": 32.8, "lon": -96.8, "postal_code": "75201", "country": "US"}


def decision(town: Town, order: Answer) -> dict[str, Any]:
    """The last decision made for an order."""
    return dict(town.city.get(f"/v1/orders/{order['order_id']}/sourcing")["decisions"][-1])


def passed_over(town: Town, order: Answer, place: Place, reason: str) -> bool:
    """Whether a decision tells this reason of a node, or counts it among those it does not detail."""
    asked = decision(town, order)
    told = {node["node"]: node["eliminated"] for node in asked["nodes"]}
    return told[place.name] == reason if place.name in told else bool(asked["others"].get(reason))


def ship_to(place: dict[str, Any]) -> dict[str, Any]:
    return {"method": "ship", "destination": place}


# One order, several nodes that could serve it


@pytest.mark.parametrize(("destination", "serves"), [
    pytest.param(HOME, "south", id="to-the-south"),
    pytest.param(DALLAS, "north", id="to-the-north"),
])  # fmt: skip
def test_of_equal_shops_the_nearest_serves(town: Town, destination: dict[str, Any], serves: str) -> None:
    south, north = town.shop(lat=30.3, lon=-97.7), town.shop(lat=32.8, lon=-96.8)
    lamp = town.thing({south: 3, north: 3})
    order = town.order((lamp, 1), fulfilment=ship_to(destination))
    assert town.where(order) == {{"south": south, "north": north}[serves].name: 1}


def test_of_two_at_one_place_the_cheaper_kind_serves(town: Town) -> None:
    shop, dc = town.shop(), town.dc(lat=30.3, lon=-97.7)
    lamp = town.thing({shop: 1, dc: 1})
    assert town.where(town.order((lamp, 1))) == {dc.name: 1}


def test_a_node_that_has_it_all_serves_before_nearer_ones_that_have_some(town: Town) -> None:
    near, far = town.shop(), town.dc()
    lamp, vase = town.thing({near: 1, far: 1}), town.thing({far: 1})
    assert town.where(town.order((lamp, 1), (vase, 1))) == {far.name: 2}


def test_the_order_of_the_lines_does_not_matter(town: Town) -> None:
    near, far = town.shop(), town.dc()
    lamp, vase, sofa = (town.thing({near: 2, far: 2}) for _ in range(3))
    ways = [town.where(town.order(*[(item, 1) for item in items]))
            for items in ((lamp, vase, sofa), (sofa, lamp, vase))]  # fmt: skip
    assert ways[0] == ways[1]


def test_a_node_is_emptied_before_the_next_one_serves(town: Town) -> None:
    near, far = town.shop(), town.dc()
    lamp = town.thing({near: 2, far: 2})
    served = [list(town.where(town.order((lamp, 1)))) for _ in range(4)]
    assert served == [[near.name], [near.name], [far.name], [far.name]]


@pytest.mark.parametrize(("change", "reason"), [
    pytest.param({"active": False}, "is closed down", id="closed-down"),
    pytest.param({"capacity_per_day": 0}, "takes no orders", id="takes-no-orders"),
    pytest.param({"hours": "off"}, "is never open", id="never-open"),
    pytest.param({"capabilities": ("pickup",)}, "is not equipped for this", id="does-not-ship"),
    pytest.param({"kind": "hub"}, "is not of a kind that may serve this", id="of-another-kind"),
])  # fmt: skip
def test_a_node_is_passed_over_that(town: Town, change: dict[str, Any], reason: str) -> None:
    near, far = town.shop(), town.dc()
    lamp = town.thing({near: 1, far: 1})
    town.change_node(near, **change)
    order = town.order((lamp, 1))
    assert town.where(order) == {far.name: 1}
    assert passed_over(town, order, near, reason)
    assert near.stock(lamp) == {"on_hand": 1}


def test_a_node_outside_the_channel_is_passed_over(town: Town) -> None:
    near, far = town.shop(), town.dc()
    lamp = town.thing({near: 1, far: 1})
    only_far = town.channel(nodes=(far.name,))
    assert town.where(town.order((lamp, 1), channel=only_far)) == {far.name: 1}
    assert town.order((lamp, 1), channel=only_far).problem == "shortage"


def test_a_group_of_nodes_serves_the_channels_it_is_given_to(town: Town) -> None:
    member, other = town.shop(), town.shop()
    group = town.name("group")
    town.change_node(member, groups=(group,))
    lamp = town.thing({member: 1, other: 1})
    outlet = town.channel(groups=(group,))
    assert town.where(town.order((lamp, 1), channel=outlet)) == {member.name: 1}
    assert town.available(lamp, outlet) == 0


def test_a_node_without_any_is_told_so(town: Town) -> None:
    shop, empty = town.shop(), town.shop()
    lamp = town.thing({shop: 1, empty: 0})
    order = town.order((lamp, 1))
    asked = decision(town, order)
    assert (asked["chosen"], asked["considered"] >= 2) == ([shop.name], True)
    assert passed_over(town, order, empty, "has none of the items")


def test_every_decision_says_what_it_cost_and_what_the_next_best_would_have(town: Town) -> None:
    near, far = town.shop(), town.dc()
    lamp = town.thing({near: 1, far: 1})
    asked = decision(town, town.order((lamp, 1)))
    assert (asked["chosen"], asked["next_best"]) == ([near.name], [far.name])
    assert asked["chosen_minor"] < asked["next_best_minor"]


# Each method asks its own nodes


@pytest.mark.parametrize(("method", "lies", "journey"), [
    pytest.param("ship", "shop", "ship_from_store", id="shipped-from-a-store"),
    pytest.param("ship", "dc", "ship_from_dc", id="shipped-from-a-warehouse"),
    pytest.param("ship", "vendor", "drop_ship", id="shipped-by-a-vendor"),
    pytest.param("pickup", "chosen", "bopis", id="fetched-where-it-lies"),
    pytest.param("pickup", "dc", "ship_to_store", id="fetched-but-sent-there-first"),
    pytest.param("pickup", "shop", "ship_to_store", id="fetched-but-another-store-has-it"),
    pytest.param("reserve", "chosen", "ropis", id="kept-where-it-lies"),
    pytest.param("reserve", "dc", "", id="not-kept-from-elsewhere"),
    pytest.param("carry_out", "chosen", "carry_out", id="carried-out"),
    pytest.param("carry_out", "shop", "", id="not-carried-out-of-another-store"),
    pytest.param("deliver", "chosen", "store_delivery", id="brought-home-from-the-till"),
    pytest.param("deliver", "dc", "store_delivery", id="brought-home-from-elsewhere"),
    pytest.param("deliver", "vendor", "", id="not-brought-home-by-a-vendor"),
])  # fmt: skip
def test_the_method_and_the_place_name_the_journey(town: Town, method: str, lies: str, journey: str) -> None:
    places = {"chosen": town.shop, "shop": town.shop, "dc": town.dc, "vendor": town.vendor}
    chosen = places["chosen"]()
    place = chosen if lies == "chosen" else places[lies]()
    lamp = town.thing({place: 1})
    way = {"method": method, "destination": HOME} | ({} if method == "ship" else {"node": chosen.name})
    order = town.order((lamp, 1), channel="till", customer=town.name("kim"), fulfilment=way)
    assert order["lines"][0]["journey"] == journey if journey else order.problem == "shortage"
    assert not journey or list(town.where(order)) == [place.name]


def test_the_chosen_shop_serves_a_pickup_though_another_has_more(town: Town) -> None:
    chosen, other = town.shop(), town.shop()
    lamp = town.thing({chosen: 1, other: 9})
    assert town.where(town.city.pick_up(lamp, chosen)) == {chosen.name: 1}
    assert other.stock(lamp) == {"on_hand": 9}


def test_lines_of_one_order_go_their_own_ways(town: Town) -> None:
    shop, dc = town.shop(), town.dc()
    lamp, vase = town.thing({shop: 2, dc: 2}), town.thing({dc: 1})
    lines = [{"item": lamp, "quantity": 1, "method": "pickup", "node": shop.name},
             {"item": vase, "quantity": 1, "method": "ship"}]  # fmt: skip
    order = town.city.order(lamp, lines=lines)
    assert [line["journey"] for line in order["lines"]] == ["bopis", "ship_from_dc"]


@pytest.mark.parametrize("wrong", ["no-node", "an-unknown-node", "an-unknown-method"])
def test_what_cannot_be_routed_is_refused_naming_the_field(town: Town, wrong: str) -> None:
    lamp = town.thing({town.shop(): 1})
    ways = {
        "no-node": ({"method": "pickup"}, "node"),
        "an-unknown-node": ({"method": "pickup", "node": "Atlantis"}, "node"),
        "an-unknown-method": ({"method": "teleport"}, "method"),
    }
    way, field = ways[wrong]
    refused = town.order((lamp, 1), fulfilment=way)
    assert (refused.status // 100, refused["field"]) == (4, field)
    assert town.available(lamp) == 1


# The first choice will not do


def reject(town: Town, order: Answer) -> str:
    ((node, (work,)),) = town.work(order).items()
    assert town.city.post(f"/v1/work/{work['work_id']}:reject", {"reason": "busy"}).status == 200
    return node


def test_each_rejection_goes_on_to_the_next_best(town: Town) -> None:
    places = [town.shop(lat=30.3), town.shop(lat=31.3), town.shop(lat=32.3)]
    lamp = town.thing(dict.fromkeys(places, 1))
    order = town.order((lamp, 1))
    assert [reject(town, order) for _ in range(2)] == [place.name for place in places[:2]]
    assert town.where(order) == {places[2].name: 1}
    assert [place.stock(lamp).get("allocated", 0) for place in places] == [0, 0, 1]


def test_rejected_by_the_only_one_who_has_it_it_is_cancelled_and_listed(town: Town) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 1})
    order = town.order((lamp, 1))
    reject(town, order)
    assert (town.city.show(order)["status"], town.mishaps(order)) == ("cancelled", ["rejected"])
    assert town.city.money(order)["voided"] == "25.00"
    assert town.available(lamp) == 1


def test_a_pickup_rejected_by_its_shop_is_sent_there_from_elsewhere(town: Town) -> None:
    chosen, dc = town.shop(), town.dc()
    lamp = town.thing({chosen: 1, dc: 1})
    order = town.city.pick_up(lamp, chosen)
    reject(town, order)
    assert town.where(order) == {dc.name: 1}
    town.people.see_through(order)
    assert town.city.states(order) == {"handed_over": 1}


def test_work_nobody_claims_goes_to_who_can(town: Town) -> None:
    near, far = town.shop(), town.dc()
    lamp = town.thing({near: 1, far: 1})
    order = town.order((lamp, 1))
    town.city.settle()
    town.city.wait(hours=5)
    assert (town.where(order), town.mishaps(order)) == ({far.name: 1}, ["not_claimed"])


def test_an_order_moves_when_its_address_does(town: Town) -> None:
    south, north = town.shop(lat=30.3, lon=-97.7), town.shop(lat=32.8, lon=-96.8)
    lamp = town.thing({south: 1, north: 1})
    order = town.order((lamp, 1))
    assert town.where(order) == {south.name: 1}
    assert town.change(order, destination=DALLAS).status == 200
    assert town.where(order) == {north.name: 1}
    assert (south.stock(lamp), north.stock(lamp)["on_hand"]) == ({"on_hand": 1}, 1)


# What is near


@pytest.mark.parametrize(("near", "first"), [
    pytest.param("30.3,-97.7", 0, id="seen-from-the-south"),
    pytest.param("32.8,-96.8", 2, id="seen-from-the-north"),
])  # fmt: skip
def test_nodes_are_listed_from_near_to_far(town: Town, near: str, first: int) -> None:
    places = [town.shop(lat=30.3, lon=-97.7), town.shop(lat=31.5, lon=-97.2), town.shop(lat=32.8, lon=-96.8)]
    lamp = town.thing(dict.fromkeys(places, 1))
    (listed,) = town.city.get(f"/v1/availability?item={lamp}&near={near}")["items"]
    names = [node["node"] for node in listed["nodes"]]
    assert names == [place.name for place in (places if first == 0 else reversed(places))]
    kilometres = [node["distance_km"] for node in listed["nodes"]]
    assert kilometres == sorted(kilometres)
    assert kilometres[0] < 1


def test_only_so_many_nodes_are_listed_and_all_are_counted(town: Town) -> None:
    places: list[Place] = [town.shop() for _ in range(4)]
    lamp = town.thing(dict.fromkeys(places, 2))
    (listed,) = town.city.get(f"/v1/availability?item={lamp}&limit=2")["items"]
    assert (len(listed["nodes"]), listed["available"]) == (2, 8)


@pytest.mark.parametrize(("asked", "field"), [
    pytest.param({"lines": [{"line": 1, "method": "ship"}]}, "destination", id="sent-to-nowhere"),
    pytest.param({"lines": [{"line": 1, "node": "Atlantis"}]}, "node", id="fetched-in-atlantis"),
    pytest.param({"lines": [{"line": 1, "method": "teleport"}]}, "method", id="by-no-known-way"),
])  # fmt: skip
def test_a_change_may_ask_for_no_more_than_an_order(town: Town, asked: dict[str, Any], field: str) -> None:
    shop = town.shop()
    lamp = town.thing({shop: 2})
    order = town.city.pick_up(lamp, shop)
    refused = town.change(order, **asked)
    assert (refused.status // 100, refused["field"]) == (4, field)
    assert town.city.states(order) == {"released": 1}
