"""Kits: ordered as one thing, served as the things they are made of, whole or not at all."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item, KitPart
from city import HOME, MARKET, Answer, City, Place

USD = "USD"


def kit(city: City, code: str, parts: dict[str, int], *, price: int = 1000) -> str:
    """The retailer sells these items as one."""
    with city.database.transaction() as tx:
        known = Item(item=code, name=code.title(), currency=USD, price_minor=price)
        catalogue.save_items(tx, MARKET, [known])
        made = [KitPart(kit=code, item=item, quantity=quantity) for item, quantity in parts.items()]
        catalogue.save_kit_parts(tx, MARKET, made, anew=[code])
    return code


@pytest.fixture
def shop(city: City) -> Place:
    return city.store("Austin")


@pytest.fixture
def tea_set(city: City, shop: Place) -> str:
    """Two cups at 3.33 and a pot at 4.99, sold together for 10.00; there are five of each set's parts."""
    shop.has("CUP", 10, price=333)
    shop.has("POT", 5, price=499)
    return kit(city, "TEA", {"CUP": 2, "POT": 1})


def buy(city: City, lines: Sequence[dict[str, Any]], **more: Any) -> Answer:
    return city.order("", lines=list(lines), **more)


def standing(city: City, order: Answer) -> dict[tuple[int, str], dict[str, int]]:
    return {(line["line"], line["item"]): line["states"] for line in city.show(order)["lines"]}


def available(city: City, code: str) -> tuple[int, dict[str, tuple[int, int]]]:
    (found,) = city.get(f"/v1/availability?item={code}")["items"]
    return found["available"], {node["node"]: (node["available"], node["on_hand"]) for node in found["nodes"]}


def to_do(city: City, order: Answer, place: Place) -> dict[int, int]:
    """How many of each line somebody at the node still has to fetch or pack for this order."""
    asked = [
        (line["line"], line["quantity"] - line["short"] - line["cancelled"])
        for work in city.work_at(place)
        if work["order_id"] == order["order_id"]
        for line in work["lines"]
    ]
    return {line: quantity for line, quantity in asked if quantity}


def hand_over(city: City, order: Answer, place: Place) -> None:
    """The store fetches everything and gives it to the shopper."""
    (work,) = city.work_at(place)
    at = f"/v1/work/{work['work_id']}"
    lines = [{"line": line, "quantity": quantity} for line, quantity in to_do(city, order, place).items()]
    city.twice(f"{at}:pick", {"lines": lines})
    city.twice(f"{at}:stage", {"shelf": "A1"})
    city.twice(f"{at}:hand_over", {"code": order["pickup_code"]})


# Ordered


def test_a_kit_becomes_a_line_for_each_of_its_parts(city: City, tea_set: str) -> None:
    order = buy(city, [{"item": tea_set, "quantity": 2}, {"item": "POT", "quantity": 1}])

    assert order.status == 201, order.body
    told = [
        (line["line"], line["item"], line["quantity"], line.get("kit"), line["method"])
        for line in order["lines"]
    ]
    assert told == [
        (1, "CUP", 4, {"kit": "TEA", "line": 1, "units": 2}, "ship"),
        (2, "POT", 1, None, "ship"),
        (3, "POT", 2, {"kit": "TEA", "line": 1, "units": 1}, "ship"),
    ]
    assert order["total"] == {"amount": "24.99", "currency": USD}
    assert city.money(order)["authorised"] == "24.99"
    assert city.audit() == []


def test_the_order_is_shown_the_same_when_it_is_read_again(city: City, tea_set: str) -> None:
    lines = [{"line": 40, "item": tea_set, "quantity": 1}, {"line": 7, "item": tea_set, "quantity": 1}]
    order = buy(city, lines)
    assert [line["line"] for line in order["lines"]] == [7, 40, 41, 42]
    assert [line["kit"]["line"] for line in order["lines"]] == [7, 40, 40, 7]
    assert city.get(f"/v1/orders/{order['order_id']}")["lines"] == order["lines"]


def test_a_kit_of_kits_is_taken_apart_to_what_lies_on_the_shelf(
    city: City, tea_set: str, shop: Place
) -> None:
    shop.has("TIN", 9)
    kit(city, "HAMPER", {tea_set: 2, "CUP": 1, "TIN": 3}, price=5000)
    order = buy(city, [{"item": "HAMPER", "quantity": 1}])
    assert {line["item"]: line["quantity"] for line in order["lines"]} == {"CUP": 5, "POT": 2, "TIN": 3}
    assert {line["kit"]["kit"] for line in order["lines"]} == {"HAMPER"}
    assert order["total"]["amount"] == "50.00"
    assert city.audit() == []


def test_a_kit_that_holds_itself_is_refused(city: City, shop: Place) -> None:
    shop.has("CUP", 9)
    kit(city, "OUTER", {"CUP": 1})
    kit(city, "INNER", {"OUTER": 1})
    kit(city, "OUTER", {"INNER": 1, "CUP": 1})
    wanted = {"channel": "web", "lines": [{"item": "OUTER", "quantity": 1}], "destination": HOME}
    for refused in (
        city.order("OUTER"),
        city.post("/v1/promises", wanted),
        city.get("/v1/availability?item=OUTER"),
    ):
        assert (refused.status, refused.problem) == (422, "invalid")
        assert (
            "OUTER in INNER in OUTER" in refused["detail"] or "INNER in OUTER in INNER" in refused["detail"]
        )


@pytest.mark.parametrize(
    ("units", "line"),
    [
        (100_000, {"quantity": 11}),
        (1, {"quantity": 1, "line": 1_000_000}),
        (1, {"quantity": 1, "discount": {"amount": "10.01", "currency": USD}}),
    ],
)
def test_a_kit_beyond_all_bounds_is_refused(
    city: City, shop: Place, units: int, line: dict[str, Any]
) -> None:
    shop.has("CUP", 1)
    shop.has("POT", 1)
    kit(city, "TEA", {"CUP": units, "POT": 1})
    refused = buy(city, [{"item": "TEA", **line}])
    assert (refused.status, refused.problem) == (422, "invalid")
    assert refused["field"]
    assert city.audit() == []


def test_a_kits_discount_and_tax_are_shared_to_the_cent(city: City, tea_set: str, shop: Place) -> None:
    line = {
        "item": tea_set,
        "quantity": 3,
        "unit_price": {"amount": "9.99", "currency": USD},
        "discount": {"amount": "1.01", "currency": USD},
        "tax": {"amount": "2.47", "currency": USD},
    }
    order = buy(city, [line], fulfilment={"method": "pickup", "node": shop.name})
    assert order["total"]["amount"] == "31.43"
    hand_over(city, order, shop)
    assert city.money(order)["captured"] == "31.43"
    assert city.audit() == []


def test_a_kit_is_carried_out_of_the_store(city: City, tea_set: str, shop: Place) -> None:
    order = city.carry_out(tea_set, shop)
    assert (order["status"], city.money(order)["captured"]) == ("completed", "10.00")
    assert (shop.stock("CUP"), shop.stock("POT")) == ({"on_hand": 8}, {"on_hand": 4})
    assert city.audit() == []


def test_a_kit_may_come_from_several_places(city: City, shop: Place) -> None:
    shop.has("CUP", 2)
    city.dc("Dallas-DC").has("POT", 1)
    order = city.order(kit(city, "TEA", {"CUP": 2, "POT": 1}))
    nodes = {line["item"]: line["allocations"][0]["node"] for line in order["lines"]}
    assert nodes == {"CUP": "Austin", "POT": "Dallas-DC"}
    assert city.audit() == []


def test_a_kit_is_added_to_an_order(city: City, tea_set: str) -> None:
    order = city.order("CUP", hold=True)
    added = {"add": [{"item": tea_set, "quantity": 1}, {"item": "POT", "quantity": 1}],
             "payment": {"provider": "test", "token": "tok_ok"}}  # fmt: skip
    changed = city.twice(f"/v1/orders/{order['order_id']}:change", added)
    assert [(line["line"], line["item"], line.get("kit", {}).get("line")) for line in changed["lines"]] == [
        (1, "CUP", None),
        (2, "CUP", 2),
        (3, "POT", None),
        (4, "POT", 2),
    ]
    assert changed["total"]["amount"] == "18.32"
    assert city.audit() == []


def test_a_part_of_a_kit_is_not_ordered_more_of_by_itself(city: City, tea_set: str) -> None:
    order = city.order(tea_set, hold=True)
    at = f"/v1/orders/{order['order_id']}:change"
    refused = city.post(at, {"lines": [{"line": 2, "quantity": 2}]})
    assert (refused.status, refused["field"]) == (422, "lines.0.line")
    assert city.twice(at, {"lines": [{"line": 2, "quantity": 0}]})["status"] == "cancelled"
    assert city.audit() == []


# Short, all or nothing


def test_a_kit_that_lacks_one_part_is_refused_and_the_part_is_named_with_its_kit(
    city: City, tea_set: str, shop: Place
) -> None:
    before = city.ledger()
    refused = buy(city, [{"item": tea_set, "quantity": 6}])
    assert (refused.status, refused.problem) == (409, "shortage")
    assert refused["lines"] == [
        {"line": 1, "item": "CUP", "wanted": 12, "available": 10, "kit": "TEA", "kit_line": 1},
        {"line": 2, "item": "POT", "wanted": 6, "available": 5, "kit": "TEA", "kit_line": 1},
    ]
    assert city.ledger() == before
    assert shop.stock("CUP") == {"on_hand": 10}
    assert city.audit() == []


SAME_SHELF = {
    "the same kit on two lines": [("TEA", 3), ("TEA", 2)],
    "a kit and its part by itself": [("TEA", 4), ("CUP", 2), ("POT", 1)],
    "a kit, a kit that holds it, and its part": [("TEA", 2), ("PAIR", 1), ("POT", 1), ("CUP", 2)],
}


@pytest.mark.parametrize("case", SAME_SHELF)
@pytest.mark.parametrize("too_many", [0, 1])
def test_what_shares_a_shelf_is_had_together_or_not_at_all(
    city: City, tea_set: str, shop: Place, case: str, too_many: int
) -> None:
    kit(city, "PAIR", {tea_set: 2}, price=1900)
    lines = [{"item": item, "quantity": quantity} for item, quantity in SAME_SHELF[case]]
    lines[-1]["quantity"] += too_many

    answer = buy(city, lines)

    if too_many:
        assert (answer.status, answer.problem) == (409, "shortage")
        assert {each.get("kit") for each in answer["lines"]} <= {"TEA", "PAIR", None}
        assert all(each["available"] < each["wanted"] for each in answer["lines"])
        assert (shop.stock("CUP"), shop.stock("POT")) == ({"on_hand": 10}, {"on_hand": 5})
    else:
        assert answer.status == 201, answer.body
        assert shop.stock("CUP") == {"on_hand": 10, "reserved": 10}
        assert shop.stock("POT") == {"on_hand": 5, "reserved": 5}
    assert city.audit() == []


def test_kits_of_one_order_by_different_ways_never_take_the_same_unit(
    city: City, tea_set: str, shop: Place
) -> None:
    lines = [
        {"item": tea_set, "quantity": 3},
        {"item": tea_set, "quantity": 3, "method": "pickup", "node": shop.name},
    ]
    refused = buy(city, lines)
    assert (refused.status, refused.problem) == (409, "shortage")
    assert {each["kit"] for each in refused["lines"]} == {"TEA"}
    assert buy(city, [lines[0], {**lines[1], "quantity": 2}]).status == 201
    assert city.audit() == []


def test_a_batch_of_kits_stands_or_falls_order_by_order(city: City, tea_set: str) -> None:
    body = {"channel": "web", "fulfilment": {"method": "ship", "destination": HOME}}
    orders = [
        {**body, "lines": [{"item": tea_set, "quantity": quantity}], "external_id": f"B-{quantity}"}
        for quantity in (2, 4, 3)
    ]
    sent = b"\n".join(str(order).replace("'", '"').encode() for order in orders)
    lines = city.post("/v1/orders:batch", sent).body.decode().splitlines()
    answers = [json.loads(line) for line in lines]
    assert [answer["status"] == 201 for answer in answers] == [True, False, True]
    assert {each["kit"] for each in answers[1]["problem"]["lines"]} == {"TEA"}
    assert city.audit() == []


def test_ten_shoppers_and_four_kits(city: City, shop: Place) -> None:
    shop.has("CUP", 99)
    shop.has("POT", 4)
    kit(city, "TEA", {"CUP": 2, "POT": 1})
    answers = city.together(*[lambda: city.order("TEA") for _ in range(10)])
    told = Counter((answer.status, answer.problem if answer.status != 201 else "") for answer in answers)
    assert told == {(201, ""): 4, (409, "shortage"): 6}
    assert {each["kit"] for answer in answers if answer.status == 409 for each in answer["lines"]} == {"TEA"}
    assert shop.stock("CUP") == {"on_hand": 99, "reserved": 8}
    assert city.audit() == []


# Whole or not at all, afterwards too


def test_cancelling_one_part_cancels_its_whole_kit(city: City, tea_set: str, shop: Place) -> None:
    order = buy(city, [{"item": tea_set, "quantity": 2}])
    assert len(city.work_at(shop)) == 1
    first, second = order["lines"]

    cup = {"line": first["line"], "quantity": 1}
    city.twice(f"/v1/orders/{order['order_id']}:cancel", {"lines": [cup]})

    assert standing(city, order) == {
        (1, "CUP"): {"released": 2, "cancelled": 2},
        (second["line"], "POT"): {"released": 1, "cancelled": 1},
    }
    assert shop.stock("CUP") == {"on_hand": 10, "allocated": 2}
    assert to_do(city, order, shop) == {1: 2, 2: 1}
    city.twice(f"/v1/orders/{order['order_id']}:cancel")
    assert city.money(order) == {
        "authorised": "20.00", "captured": "0.00", "refunded": "0.00", "voided": "20.00",
    }  # fmt: skip
    assert city.audit() == []


def test_of_two_kits_one_is_cancelled_and_one_is_paid_for_to_the_cent(city: City, shop: Place) -> None:
    shop.has("CUP", 10, price=333)
    shop.has("POT", 5, price=499)
    tea_set = kit(city, "TEA", {"CUP": 2, "POT": 1}, price=1001)
    order = city.pick_up(tea_set, shop, 2)
    city.twice(f"/v1/orders/{order['order_id']}:cancel", {"lines": [{"line": 2, "quantity": 1}]})
    hand_over(city, order, shop)
    assert city.money(order) == {
        "authorised": "20.02", "captured": "10.01", "refunded": "0.00", "voided": "10.01",
    }  # fmt: skip
    assert city.audit() == []


def test_a_part_that_nobody_has_any_more_takes_its_kit_with_it(city: City, tea_set: str, shop: Place) -> None:
    order = buy(city, [{"item": tea_set, "quantity": 1}, {"item": "CUP", "quantity": 1}])
    assert city.order("POT", 4).status == 201
    work = next(each for each in city.work_at(shop) if each["order_id"] == order["order_id"])
    pot = next(line["line"] for line in order["lines"] if line["item"] == "POT")

    missing = {"line": pot, "quantity": 0, "short_reason": "not_on_shelf"}
    city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": [missing]})

    assert standing(city, order) == {
        (1, "CUP"): {"cancelled": 2},
        (2, "CUP"): {"released": 1},
        (pot, "POT"): {"cancelled": 1},
    }
    assert to_do(city, order, shop) == {2: 1}
    assert shop.stock("CUP") == {"on_hand": 10, "allocated": 1}
    assert city.audit() == []


def test_a_part_that_is_found_elsewhere_keeps_its_kit(city: City, tea_set: str, shop: Place) -> None:
    order = buy(city, [{"item": tea_set, "quantity": 1}])
    far = city.dc("Dallas-DC")
    far.has("POT", 1, price=499)
    (work,) = city.work_at(shop)
    missing = {"line": 2, "quantity": 0, "short_reason": "not_on_shelf"}
    city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": [missing]})
    assert standing(city, order) == {(1, "CUP"): {"released": 2}, (2, "POT"): {"released": 1}}
    assert len(city.work_at(far)) == 1
    assert city.audit() == []


def test_one_set_short_of_three_leaves_two_whole_sets(city: City, tea_set: str, shop: Place) -> None:
    order = buy(city, [{"item": tea_set, "quantity": 3}])
    assert city.order("CUP", 4).status == 201
    (work,) = (each for each in city.work_at(shop) if each["order_id"] == order["order_id"])
    lines = [{"line": 1, "quantity": 5, "short_reason": "not_on_shelf"}, {"line": 2, "quantity": 3}]
    city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": lines})
    assert city.states(order) == {"picked": 6, "cancelled": 3}
    assert {item: states.get("picked") for (_, item), states in standing(city, order).items()} == {
        "CUP": 4,
        "POT": 2,
    }
    assert city.audit() == []


def test_a_reservation_of_a_kit_is_taken_or_left_whole(city: City, tea_set: str, shop: Place) -> None:
    kept = city.order(
        tea_set, 2, fulfilment={"method": "reserve", "node": shop.name}, customer="ann", payment=None
    )
    assert kept.status == 201, kept.body
    at = f"/v1/orders/{kept['order_id']}:settle"
    tender = {"provider": "test", "token": "tok_ok"}
    torn = (
        [{"line": 1, "accept": 4}, {"line": 2, "decline": 2}],
        [{"line": 1, "accept": 4}, {"line": 2, "accept": 1}],
        [{"line": 1, "accept": 1}],
        [{"line": 2, "accept": 1}],
    )
    for lines in torn:
        refused = city.post(at, {"lines": lines, "tender": tender})
        assert (refused.status, refused["field"]) == (422, "lines")
        assert "TEA is 2 of line 1, 1 of line 2" in refused["detail"]
    whole = {
        "lines": [{"line": 1, "accept": 2, "decline": 2}, {"line": 2, "accept": 1, "decline": 1}],
        "tender": tender,
    }
    city.twice(at, whole)
    assert city.states(kept) == {"handed_over": 3, "cancelled": 3}
    assert city.money(kept)["captured"] == "10.00"
    assert city.audit() == []


# Seen before it is bought


def test_a_kit_is_available_where_all_of_it_lies(city: City, tea_set: str) -> None:
    dc, other = city.dc("Dallas-DC"), city.store("Waco")
    dc.has("CUP", 3, price=333)
    other.has("POT", 2, price=499)
    other.has("CUP", 5, price=333)
    assert available(city, tea_set) == (7, {"Austin": (5, 5), "Waco": (2, 2)})
    city.order("POT", 4)
    assert available(city, tea_set)[1]["Austin"] == (1, 5)
    found = city.get("/v1/availability?item=TEA&item=CUP&item=TEA")["items"]
    assert [each["item"] for each in found] == ["TEA", "CUP"]
    assert (found[1]["available"], found[0]["nodes"][0]["expected"]) == (18, [])


def test_a_kit_with_a_part_that_is_nowhere_is_not_available(city: City, shop: Place) -> None:
    shop.has("CUP", 9)
    shop.has("POT", 0)
    assert available(city, kit(city, "TEA", {"CUP": 2, "POT": 1})) == (0, {})


def test_a_promise_for_a_kit_is_the_one_its_order_takes(city: City, tea_set: str) -> None:
    basket = [{"item": tea_set, "quantity": 2}, {"item": "CUP", "quantity": 1}]
    promise = city.post("/v1/promises", {"channel": "web", "lines": basket, "destination": HOME})
    assert promise.status == 201, promise.body
    for option in promise["options"]:
        (shipment,) = option["shipments"]
        assert [(line["line"], line["item"], line["quantity"]) for line in shipment["lines"]] == [
            (1, "CUP", 4),
            (2, "CUP", 1),
            (3, "POT", 2),
        ]
    taken = {"promise_id": promise["promise_id"], "option_id": promise["options"][0]["option_id"]}
    order = buy(city, basket, **taken)
    assert order.status == 201, order.body
    assert [(line["line"], line["item"], line["quantity"]) for line in order["lines"]] == [
        (1, "CUP", 4),
        (2, "CUP", 1),
        (3, "POT", 2),
    ]
    other = buy(city, [{"item": tea_set, "quantity": 1}], **taken)
    assert (other.status, other["field"]) == (422, "option_id")
    assert city.audit() == []


def test_what_ships_free_goes_by_the_price_of_the_kit(city: City, shop: Place) -> None:
    shop.has("CUP", 10, price=333)
    dear = kit(city, "DEAR", {"CUP": 2}, price=5000)
    cheap = kit(city, "CHEAP", {"CUP": 2}, price=4999)
    fees = [
        city.post("/v1/promises", {
            "channel": "web", "lines": [{"item": code, "quantity": 1}], "destination": HOME,
        })["options"][0]["fee"]["amount"]
        for code in (dear, cheap)
    ]  # fmt: skip
    assert fees == ["0.00", "5.95"]


def test_a_kit_of_other_parts_than_promised_is_not_the_promised_one(city: City, tea_set: str) -> None:
    wanted = {"channel": "web", "lines": [{"item": tea_set, "quantity": 1}], "destination": HOME}
    promise = city.post("/v1/promises", wanted)
    kit(city, tea_set, {"CUP": 3, "POT": 1})
    refused = city.order(tea_set, option_id=promise["options"][0]["option_id"])
    assert (refused.status, refused["field"]) == (422, "option_id")


def test_kits_half_fetched_are_left_at_the_till(city: City, tea_set: str, shop: Place) -> None:
    kept = city.order(
        tea_set, 2, fulfilment={"method": "reserve", "node": shop.name}, customer="ann", payment=None
    )
    (work,) = city.work_at(shop)
    city.twice(f"/v1/work/{work['work_id']}:pick", {"lines": [{"line": 1, "quantity": 2}]})
    left = {"lines": [{"line": 1, "decline": 2}, {"line": 2, "decline": 2}]}
    city.twice(f"/v1/orders/{kept['order_id']}:settle", left)
    assert city.states(kept) == {"cancelled": 6}
    assert shop.stock("CUP") == {"on_hand": 10}
    assert city.audit() == []


def test_a_kit_given_up_pays_for_what_is_added(city: City, tea_set: str) -> None:
    order = city.order(tea_set, 2, hold=True)
    fewer = {"lines": [{"line": 1, "quantity": 2}], "add": [{"item": "POT", "quantity": 2}]}
    changed = city.twice(f"/v1/orders/{order['order_id']}:change", fewer)
    assert changed["payment"]["authorised"]["amount"] == "20.00"
    assert city.states(order) == {"sourced": 5, "cancelled": 3}
    assert city.audit() == []
