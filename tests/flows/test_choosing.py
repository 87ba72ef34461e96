"""Stores that do not find things, or do not want to, are asked less; policies decide, and others look on."""

from dataclasses import replace
from typing import Any

import pytest

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.work import JOBS, THINKING
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.service import planned
from anyshelf.sourcing import service as sourcing
from city import HOME, MARKET, Answer, City, Place

FAR = {"lat": 32.6, "lon": -96.9}


def do(city: City, *names: str) -> None:
    """What is done by itself from time to time is done now."""
    city.settle()
    for job in (*JOBS, *THINKING):
        if job.name in names:
            job.work(city.database, MARKET, city.clock)


def nodes(city: City, order: Answer) -> set[str]:
    return {part["node"] for line in city.show(order)["lines"] for part in line["allocations"]}


def decision(city: City, order: Answer) -> Any:
    return city.get(f"/v1/orders/{order['order_id']}/sourcing")["decisions"][-1]


def reject_once(city: City, place: Place) -> None:
    for work in city.work_at(place):
        assert city.post(f"/v1/work/{work['work_id']}:reject", {"reason": "no time"}).status == 200


def miss_once(city: City, place: Place) -> None:
    for work in city.work_at(place):
        lines = [{"line": 1, "quantity": 0, "short_reason": "not on the shelf"}]
        assert city.post(f"/v1/work/{work['work_id']}:pick", {"lines": lines}).status == 200


def test_a_store_that_keeps_rejecting_is_asked_less_and_told_why(city: City) -> None:
    near, far = city.store("Austin"), city.store("Dallas", **FAR)
    for place in (near, far):
        place.has("LAMP", 40)
    assert nodes(city, city.order("LAMP")) == {"Austin"}
    for _ in range(15):
        city.order("LAMP")
        reject_once(city, near)
    do(city, "finds")

    order = city.order("LAMP")

    assert nodes(city, order) == {"Dallas"}
    assert decision(city, order)["against"]["Austin"] > 100
    (told,) = city.get("/v1/nodes/Austin/finds")["classes"]
    assert told["refused"] == 16
    assert told["take_probability"] < 0.7
    assert told["find_probability"] == 1
    assert "turned away" in told["said"]


def doubtful(city: City) -> tuple[Place, int]:
    """A store that does not find what its books show, and how much may still be promised of it."""
    shop = city.store("Austin")
    shop.has("LAMP", 30)
    for _ in range(12):
        city.order("LAMP")
        miss_once(city, shop)
    do(city, "finds")
    (seen,) = city.get("/v1/availability?item=LAMP&channel=web")["items"][0]["nodes"]
    assert 5 < seen["available"] < seen["on_hand"] == 18
    return shop, seen["available"]


def test_what_is_not_expected_to_be_found_is_not_sold(city: City) -> None:
    shop, available = doubtful(city)

    assert available < 16
    assert city.order("LAMP", 18).problem == "shortage"
    assert city.order("LAMP", available).status == 201
    assert city.carry_out("LAMP", shop, 18 - available).status == 201, "what is in hand is there"
    assert city.audit() == []


def test_a_count_teaches_too(city: City) -> None:
    shop = city.store("Austin")
    shop.has("LAMP", 30)
    move = {"kind": "count", "node": "Austin", "item": "LAMP", "quantity": 20, "reason": "cycle count"}
    assert city.post("/v1/inventory/moves", {"moves": [move]}).status == 201
    city.settle()

    (told,) = city.get("/v1/nodes/Austin/finds")["classes"]
    assert (told["found"], told["missed"]) == (20, 10)


def test_a_plan_says_how_sure_it_is(city: City) -> None:
    shop = city.store("Austin")
    shop.has("LAMP", 30)
    assert decision(city, city.order("LAMP"))["chance"] == 1
    miss_once(city, shop)
    do(city, "finds")

    assert 0.85 < decision(city, city.order("LAMP"))["chance"] < 1


def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("somebody looked")

    monkeypatch.setattr(inventory, "looking", refuse)
    monkeypatch.setattr(sourcing, "shelves", refuse)


def test_a_doubted_shelf_is_sold_at_its_counter_without_a_look_and_told_as_after_one(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = doubtful(city)
    with monkeypatch.context() as patch:
        patch.setattr(planned, "stays_put", lambda _: False)
        patch.setattr(orders, "stays_put", lambda _: False)
        after_a_look = decision(city, city.pick_up("LAMP", shop))
    with monkeypatch.context() as patch:
        nobody_looks(patch)
        under_the_lock = decision(city, city.pick_up("LAMP", shop))

    assert 0 < after_a_look["chance"] < 1
    assert {**under_the_lock, "decided_at": ""} == {**after_a_look, "decided_at": ""}


def test_of_a_doubted_shelf_no_more_is_sold_than_is_expected_to_be_found(city: City) -> None:
    shop, available = doubtful(city)

    assert city.pick_up("LAMP", shop, available + 1).problem == "shortage"
    assert city.pick_up("LAMP", shop, available).status == 201
    assert city.pick_up("LAMP", shop).problem == "shortage"
    assert city.carry_out("LAMP", shop, 18 - available).status == 201, "what is in hand is there"
    assert city.audit() == []


def test_without_the_doubts_the_same_shelf_is_sold_to_the_last_piece(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: who reserves without reckoning the doubts sells what is not expected there."""
    shop, available = doubtful(city)
    monkeypatch.setattr(inventory, "doubts", lambda *_: None)

    assert city.pick_up("LAMP", shop, available + 1).status == 201


# Policies


def two_cities(city: City) -> None:
    city.store("Austin").has("LAMP", 40)
    city.dc("DC-Dallas").has("LAMP", 40)


def test_a_policy_decides_from_the_next_order_on_for_whom_it_is_meant(city: City) -> None:
    two_cities(city)
    assert nodes(city, city.order("LAMP")) == {"Austin"}

    put = city.call("PUT", "/v1/policies/protect_the_store", {"segments": ["gold"], "priority": 5})

    assert put.status == 200
    assert put["weights"]["store_unit_minor"] == 400
    assert nodes(city, city.order("LAMP")) == {"Austin"}
    gold = city.order("LAMP", segment="gold")
    assert nodes(city, gold) == {"DC-Dallas"}
    assert decision(city, gold)["policy"] == "protect_the_store"
    assert decision(city, gold)["next_best_terms"]["store"] == 400
    assert [each["policy"] for each in city.get("/v1/policies")["policies"]] == ["protect_the_store"]


def test_an_order_is_sourced_again_by_the_policy_that_first_decided_it(city: City) -> None:
    two_cities(city)
    city.store("Waco", lat=31.5, lon=-97.1).has("LAMP", 5)
    city.call("PUT", "/v1/policies/protect_the_store", {"segments": ["gold"]})
    order = city.order("LAMP", segment="gold")
    reject_once(city, Place(city, "DC-Dallas"))

    city.settle()
    assert decision(city, order)["policy"] == "protect_the_store"


def test_a_promise_is_made_by_the_policy_that_decides_the_order(city: City) -> None:
    two_cities(city)
    city.call("PUT", "/v1/policies/protect_the_store", {"channels": ["web"]})
    wanted = {"channel": "web", "lines": [{"item": "LAMP", "quantity": 1}], "destination": HOME}

    options = city.post("/v1/promises", wanted)["options"]

    shipped = [option for option in options if option["method"] == "ship"]
    assert {each["node"] for option in shipped for each in option["shipments"]} == {"DC-Dallas"}
    assert nodes(city, city.order("LAMP")) == {"DC-Dallas"}


def test_a_policy_is_stopped_by_turning_it_off(city: City) -> None:
    two_cities(city)
    city.call("PUT", "/v1/policies/protect_the_store", {})
    city.call("PUT", "/v1/policies/protect_the_store", {"mode": "off"})

    assert nodes(city, city.order("LAMP")) == {"Austin"}


@pytest.mark.parametrize(("name", "body", "status"), [
    ("mine", {"channels": ["moon"]}, 404),
    ("mine", {"weights": {"failure_minor": -1}}, 422),
    ("mine", {"weights": {"colour": 1}}, 422),
    ("mine", {"mode": "loud"}, 422),
    ("Mine!", {}, 422),
    ("mine", {"offers": 0}, 422),
])  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(city: City, name: str, body: Any, status: int) -> None:
    assert city.call("PUT", f"/v1/policies/{name}", body).status == status
    assert city.get("/v1/policies")["policies"] == []


def test_a_shadow_policy_reports_what_it_would_have_done_and_does_nothing(city: City) -> None:
    two_cities(city)
    city.call("PUT", "/v1/policies/protect_the_store", {"mode": "shadow", "sample_percent": 100})
    orders = [city.order("LAMP") for _ in range(3)]
    city.pick_up("LAMP", Place(city, "Austin"))
    city.settle()
    before = city.ledger()
    do(city, "shadows")

    told = city.get("/v1/policies/protect_the_store/report")
    assert (told["orders"], told["agreed"], told["agreement"]) == (4, 1, 0.25)
    assert float(told["saved"]["freight"]["amount"]) < 0, "the far warehouse costs more freight"
    assert float(told["saved"]["handling"]["amount"]) > 0, "and less labour"
    assert told["shadow"]["km"] > told["live"]["km"]
    assert all(nodes(city, order) == {"Austin"} for order in orders)
    assert city.ledger() == before
    do(city, "shadows")
    assert city.get("/v1/policies/protect_the_store/report")["orders"] == 4, "an order is looked at once"


def test_a_shadow_policy_finds_the_shelf_as_its_order_found_it(city: City) -> None:
    """The order took the last lamp of Austin: looking on, both policies see it there again."""
    city.store("Austin").has("LAMP", 1)
    city.dc("DC-Dallas").has("LAMP", 9)
    city.call("PUT", "/v1/policies/cheapest", {"mode": "shadow", "sample_percent": 100})
    assert nodes(city, city.order("LAMP")) == {"Austin"}
    do(city, "shadows")

    assert city.get("/v1/policies/cheapest/report")["agreement"] == 1


def test_a_shadow_policy_for_a_segment_looks_at_that_segment_alone(city: City) -> None:
    two_cities(city)
    shadow = {"mode": "shadow", "sample_percent": 100, "segments": ["gold"]}
    city.call("PUT", "/v1/policies/protect_the_store", shadow)
    city.order("LAMP")
    city.order("LAMP", segment="gold")
    do(city, "shadows")

    assert city.get("/v1/policies/protect_the_store/report")["orders"] == 1


def test_there_is_no_report_of_a_policy_nobody_set_up(city: City) -> None:
    assert city.get("/v1/policies/cheapest/report").status == 404


def test_what_is_to_be_marked_down_is_sold_first(city: City) -> None:
    city.store("Austin").has("LAMP", 5)
    city.store("Dallas", **FAR).has("LAMP", 5)
    assert nodes(city, city.order("LAMP")) == {"Austin"}
    put = city.call("PUT", "/v1/nodes/Dallas/markdowns", {"items": [{"item": "LAMP", "relief": "8.00"}]})
    assert put.body == {"node": "Dallas", "changed": 1}

    order = city.order("LAMP")

    assert nodes(city, order) == {"Dallas"}
    assert decision(city, order)["terms"]["relief"] == -800
    again = {"items": [{"item": "LAMP", "relief": "0"}]}
    assert city.call("PUT", "/v1/nodes/Dallas/markdowns", again)["changed"] == 1
    assert nodes(city, city.order("LAMP")) == {"Austin"}


@pytest.mark.parametrize("wrong", [{"item": "MOON", "relief": "1"}, {"item": "LAMP", "relief": "-1"}])
def test_a_markdown_of_nothing_we_know_is_refused(city: City, wrong: dict[str, str]) -> None:
    city.store("Austin").has("LAMP", 5)

    assert city.call("PUT", "/v1/nodes/Austin/markdowns", {"items": [wrong]}).status == 422


# Goods not everybody may send


def flagged(city: City, item: str, *flags: str) -> None:
    with city.database.transaction() as tx:
        known = Item(item=item, name=item, currency="USD", price_minor=2500, weight_g=900, flags=flags)
        catalogue.save_items(tx, MARKET, [known])


def changed(city: City, name: str, **more: Any) -> None:
    """A node is otherwise than it was."""
    with city.database.transaction() as tx:
        found = network.node(network.atlas(tx, MARKET), name)
        network.save_nodes(tx, MARKET, [replace(found, **more)])


def test_dangerous_goods_are_sent_by_who_is_equipped_and_sold_by_any_counter(city: City) -> None:
    shop, centre = city.store("Austin"), city.dc("DC-Dallas")
    for place in (shop, centre):
        place.has("FUEL", 9)
        place.has("LAMP", 9)
    flagged(city, "FUEL", "hazmat")
    changed(city, "DC-Dallas", capabilities=("ship", "hazmat"))

    sent = city.order("FUEL")

    assert nodes(city, sent) == {"DC-Dallas"}
    told = {node["node"]: node["eliminated"] for node in decision(city, sent)["nodes"]}
    assert told["Austin"] == "is not equipped for these goods"
    assert city.pick_up("FUEL", shop).status == 201
    mixed = city.order("FUEL", lines=[{"item": "FUEL", "quantity": 1}, {"item": "LAMP", "quantity": 1}])
    assert "DC-Dallas" in nodes(city, mixed)


def test_what_may_not_be_sent_is_a_shortage_to_the_door_and_not_at_the_counter(city: City) -> None:
    shop = city.store("Austin")
    shop.has("PIANO", 2)
    flagged(city, "PIANO", "no_ship")

    refused = city.order("PIANO")

    assert (refused.status, refused.problem) == (409, "shortage")
    assert city.pick_up("PIANO", shop).status == 201


def test_a_store_whose_day_is_full_serves_what_nobody_else_can(city: City) -> None:
    near, far = city.store("Austin"), city.store("Dallas", **FAR)
    near.has("LAMP", 9)
    far.has("LAMP", 1)
    changed(city, "Austin", capacity_per_day=1)
    assert nodes(city, city.order("LAMP")) == {"Austin"}

    second = city.order("LAMP")

    assert nodes(city, second) == {"Dallas"}
    told = {node["node"]: node["eliminated"] for node in decision(city, second)["nodes"]}
    assert told["Austin"] == "has no room left for the day"
    assert nodes(city, city.order("LAMP")) == {"Austin"}, "Dallas has no lamp left"
    city.clock.wait(days=2)
    far.has("LAMP", 1)
    assert nodes(city, city.order("LAMP")) == {"Austin"}, "another day"


def test_a_policy_that_balances_gives_work_to_who_has_least_to_do(city: City) -> None:
    near, far = city.store("Austin"), city.store("Dallas", **FAR)
    for place in (near, far):
        place.has("LAMP", 9)
        changed(city, place.name, capacity_per_day=10)
    city.call("PUT", "/v1/policies/even", {"weights": {"load_minor": 20_000}})
    served = [nodes(city, city.order("LAMP")) for _ in range(4)]

    assert served == [{"Austin"}, {"Dallas"}, {"Austin"}, {"Dallas"}]


def test_an_order_goes_where_its_promise_can_still_be_kept(city: City) -> None:
    """The near store has closed for today; the far one still sends, and the parcel is in time."""
    near, far = city.store("Austin"), city.store("Dallas", **FAR)
    near.has("LAMP", 5)
    far.has("LAMP", 5)
    changed(city, "Austin", hours="Th 09:00-10:00")
    slot = {"from": "2026-03-04T08:00:00-06:00", "to": "2026-03-05T20:00:00-06:00"}
    to_the_door = {"method": "ship", "destination": HOME, "slot": slot}

    order = city.order("LAMP", fulfilment=to_the_door)

    assert nodes(city, order) == {"Dallas"}
    assert decision(city, order)["next_best_terms"]["late"] >= 200
    city.call("PUT", "/v1/policies/in_time", {"weights": {"late_days_max": 0}})
    told = decision(city, city.order("LAMP", fulfilment=to_the_door))["nodes"]
    assert {each["node"]: each["eliminated"] for each in told}["Austin"] == "could not have it there in time"


def test_why_these_nodes_can_be_read_as_a_sentence(city: City) -> None:
    """Every order says who serves it, at what cost, by how much that was better, and who was left out."""
    two_cities(city)
    city.store("Boston", lat=42.4, lon=-71.1)
    order = city.order("LAMP", 2)

    told = decision(city, order)

    assert told["summary"] == (
        "DC-Dallas serves it for 6.33 USD (5.52 freight, 0.81 labour). "
        "Next best was Austin, by 0.09 USD: 0.60 less freight, 0.69 more labour. "
        "Of 3 nodes were left out: 1 (has none of the items)."
    )
    assert (told["terms"], told["next_best"]) == ({"freight": 552, "handling": 81}, ["Austin"])
