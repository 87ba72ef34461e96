"""Each journey as a story, every step of it taken twice without effect, and lost once before it is taken."""

import pytest

from city import Answer, City, Place


@pytest.fixture(autouse=True, params=["calm", "stumbling"])
def weather(request: pytest.FixtureRequest, city: City) -> None:
    """In stumbling weather every step fails at its commit first."""
    city.stumbling = request.param == "stumbling"


def pick_all(city: City, work: dict) -> Answer:
    lines = [{"line": line["line"], "quantity": line["quantity"]} for line in work["lines"]]
    return city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": lines})


def ship(city: City, place: Place) -> dict:
    """The node packs and ships the one piece of work it has."""
    (work,) = city.work_at(place)
    at = f"/v1/work/{work['work_id']}"
    city.twice(f"{at}:claim")
    pick_all(city, work)
    city.twice(f"{at}:pack", {"packages": [{"weight_g": 900}]})
    city.twice(f"{at}:dispatch", {"carrier": "ups", "tracking": "1Z1"})
    city.settle()
    return work


def deliver(city: City, work: dict) -> None:
    seen = {"event_id": "e1", "kind": "delivered", "happened_at": city.clock.now().isoformat()}
    city.twice(f"/v1/shipments/{work['work_id']}:events", {"events": [seen]})


def stage(city: City, place: Place) -> dict:
    (work,) = city.work_at(place)
    pick_all(city, work)
    city.twice(f"/v1/work/{work['work_id']}:stage", {"shelf": "A1"})
    return work


def bring_back(city: City, order: Answer, place: Place, quantity: int = 1, grade: str = "new") -> Answer:
    asked = {"line": 1, "quantity": quantity, "reason": "changed_mind"}
    back = city.twice("/v1/returns", {"order_id": order["order_id"], "lines": [asked], "at": place.name})
    handed = {"line": 1, "quantity": quantity, "grade": grade}
    at = f"/v1/returns/{back['return_id']}:receive"
    return city.twice(at, {"node": place.name, "lines": [handed]})


def test_ordered_online_shipped_from_the_warehouse(city: City) -> None:
    dc = city.dc("Dallas-DC")
    lamp = dc.has("LAMP", 3)

    order = city.order(lamp, 2)
    assert (order.status, order["lines"][0]["journey"]) == (201, "ship_from_dc")
    assert dc.stock(lamp) == {"on_hand": 3, "reserved": 2}
    assert city.money(order) == {
        "authorised": "50.00", "captured": "0.00", "refunded": "0.00", "voided": "0.00",
    }  # fmt: skip

    work = ship(city, dc)
    assert city.states(order) == {"dispatched": 2}
    assert dc.stock(lamp) == {"on_hand": 1}
    assert city.money(order)["captured"] == "50.00"

    deliver(city, work)
    assert city.show(order)["status"] == "completed"
    assert city.audit() == []


def test_ordered_online_shipped_from_the_store_down_the_street(city: City) -> None:
    shop = city.store("Austin")
    city.dc("Dallas-DC")
    lamp = shop.has("LAMP", 1)

    order = city.order(lamp)
    assert order["lines"][0]["journey"] == "ship_from_store"
    deliver(city, ship(city, shop))

    assert city.states(order) == {"delivered": 1}
    assert shop.stock(lamp) == {}
    assert city.audit() == []


def test_bought_online_picked_up_in_store(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 2)

    order = city.pick_up(lamp, shop)
    work = stage(city, shop)
    assert city.show(order)["status"] == "ready"
    assert city.money(order)["captured"] == "0.00"

    at = f"/v1/work/{work['work_id']}:hand_over"
    wrong = "000000" if order["pickup_code"] != "000000" else "111111"
    assert city.post(at, {"code": wrong}).problem == "code-rejected"
    city.twice(at, {"code": order["pickup_code"]})

    assert city.states(order) == {"handed_over": 1}
    assert city.money(order)["captured"] == "25.00"
    assert shop.stock(lamp) == {"on_hand": 1}
    assert city.audit() == []


def test_a_code_tried_too_often_is_refused_even_when_it_is_right(city: City) -> None:
    shop = city.store("Austin")
    order = city.pick_up(shop.has("LAMP", 2), shop)
    at = f"/v1/work/{stage(city, shop)['work_id']}:hand_over"
    wrong = "000000" if order["pickup_code"] != "000000" else "111111"
    answers = [city.post(at, {"code": wrong}).status for _ in range(6)]
    assert answers == [403] * 5 + [429]
    assert city.post(at, {"code": order["pickup_code"]}).status == 429
    assert city.states(order) == {"staged": 1}


def test_bought_and_taken_at_the_till(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 2)
    order = city.carry_out(lamp, shop)
    assert (order["status"], order["lines"][0]["journey"]) == ("completed", "carry_out")
    assert shop.stock(lamp) == {"on_hand": 1}
    assert city.money(order)["captured"] == "25.00"
    assert city.audit() == []


def test_bought_online_returned_in_another_store(city: City) -> None:
    dc, shop = city.dc("Dallas-DC"), city.store("Austin")
    lamp = dc.has("LAMP", 3)
    shop.has("LAMP", 0)
    order = city.order(lamp, 3)
    deliver(city, ship(city, dc))

    bring_back(city, order, shop, 1)
    assert shop.stock(lamp) == {"on_hand": 1}
    assert city.money(order)["refunded"] == "25.00"

    bring_back(city, order, shop, 2, grade="damaged")
    assert shop.stock(lamp) == {"on_hand": 1, "damaged": 2}
    assert city.money(order)["refunded"] == "75.00"
    assert city.show(order)["status"] == "returned"
    assert city.audit() == []


def test_a_short_pick_is_sourced_again_at_once(city: City) -> None:
    near, far = city.store("Austin"), city.dc("Dallas-DC")
    lamp = near.has("LAMP", 2)
    order = city.order(lamp, 2)
    far.has("LAMP", 5)
    (work,) = city.work_at(near)

    missing = {"line": 1, "quantity": 1, "short_reason": "not_on_shelf"}
    city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": [missing]})

    assert city.states(order) == {"picked": 1, "released": 1}
    assert near.stock(lamp) == {"on_hand": 1, "allocated": 1}
    assert far.stock(lamp) == {"on_hand": 5, "allocated": 1}
    assert [line["quantity"] for piece in city.work_at(far) for line in piece["lines"]] == [1]
    assert city.audit() == []


def test_what_nobody_has_any_more_is_cancelled_and_its_money_let_go(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1))
    (work,) = city.work_at(shop)
    gone = {"line": 1, "quantity": 0, "short_reason": "not_on_shelf"}
    city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": [gone]})
    assert city.show(order)["status"] == "cancelled"
    assert city.money(order)["voided"] == "25.00"
    assert city.audit() == []


def test_a_rejection_moves_the_work_and_leaves_the_stock(city: City) -> None:
    near, far = city.store("Austin"), city.dc("Dallas-DC")
    lamp = near.has("LAMP", 1)
    order = city.order(lamp)
    far.has("LAMP", 1)
    (work,) = city.work_at(near)
    city.twice(f"/v1/work/{work['work_id']}:reject", {"reason": "too busy"})
    assert near.stock(lamp) == {"on_hand": 1}
    assert len(city.work_at(far)) == 1
    assert city.states(order) == {"released": 1}
    assert city.audit() == []


def test_cancelling_gives_back_stock_and_money_and_takes_the_work_away(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 2)
    order = city.order(lamp, 2)
    assert len(city.work_at(shop)) == 1
    city.twice(f"/v1/orders/{order['order_id']}:cancel")
    assert city.show(order)["status"] == "cancelled"
    assert shop.stock(lamp) == {"on_hand": 2}
    assert city.work_at(shop) == []
    assert city.money(order)["voided"] == "50.00"
    assert city.audit() == []


def test_a_held_order_waits_until_it_is_released(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1), hold=True)
    assert (city.work_at(shop), city.show(order)["status"]) == ([], "held")
    city.twice(f"/v1/orders/{order['order_id']}:release")
    assert len(city.work_at(shop)) == 1


def test_every_decision_can_be_explained(city: City) -> None:
    near, far, empty = city.store("Austin"), city.dc("Dallas-DC"), city.store("Waco")
    lamp = near.has("LAMP", 1)
    far.has("LAMP", 1)
    order = city.order(lamp)
    (decision,) = city.get(f"/v1/orders/{order['order_id']}/sourcing")["decisions"]
    told = {node["node"]: node for node in decision["nodes"]}
    assert decision["chosen"] == ["Austin"]
    assert told["Austin"]["cost"]["freight_minor"] < told["Dallas-DC"]["cost"]["freight_minor"]
    assert told[empty.name]["eliminated"] == "has none of the items"


def test_the_feed_tells_the_story_in_order(city: City) -> None:
    dc = city.dc("Dallas-DC")
    order = city.order(dc.has("LAMP", 1))
    deliver(city, ship(city, dc))
    city.settle()
    feed = city.get("/v1/changes?after=0&limit=1000")
    events = feed["events"]
    numbers = [int(event["sequence"]) for event in events]
    assert numbers == list(range(1, len(events) + 1))
    kinds = [event["type"] for event in events if event["subject"] == order["order_id"]]
    story = ["Placed", "Released", "Picked", "Packed", "Dispatched", "Delivered"]
    told = [kind.removeprefix("anyshelf.").removeprefix("Order").removeprefix("Lines") for kind in kinds]
    assert [word for word in dict.fromkeys(told) if word in story] == story


def test_the_audit_sees_a_cent_that_is_not_there(city: City) -> None:
    shop = city.store("Austin")
    city.carry_out(shop.has("LAMP", 2), shop)
    assert city.audit() == []
    with city.database.transaction() as tx:
        tx.execute("UPDATE payments SET captured_minor = captured_minor - 1")
    found = {(each.room, each.expected, each.found) for each in city.audit()}
    assert ("orders", "2500", "2499") in found
    assert ("payments", "2500", "2499") in found
