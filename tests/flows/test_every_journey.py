"""The journeys beyond the first five as stories, over HTTP, in calm weather and in stumbling weather."""

import json

import pytest

from city import City
from people import People


@pytest.fixture
def people(city: City) -> People:
    return People(city)


@pytest.fixture(autouse=True, params=["calm", "stumbling"])
def weather(request: pytest.FixtureRequest, city: City) -> None:
    city.stumbling = request.param == "stumbling"


def kinds(city: City, **asked: str) -> list[str]:
    city.settle()
    query = "&".join(f"{name}={value}" for name, value in {"state": "all", **asked}.items())
    return [each["kind"] for each in city.get(f"/v1/exceptions?{query}")["exceptions"]]


# Ship to store


def test_a_store_that_has_none_gets_it_from_the_warehouse_for_its_shopper(city: City, people: People) -> None:
    shop, dc = city.store("Austin"), city.dc("Dallas-DC")
    lamp = dc.has("LAMP", 3)

    order = city.pick_up(lamp, shop, 2)
    assert order["lines"][0]["journey"] == "ship_to_store"
    people.see_through(order, until="in_transit", twice=True)
    assert dc.stock(lamp) == {"on_hand": 1}
    assert city.positions(lamp)["Austin"]["in_transit"] == 2
    assert city.money(order)["captured"] == "0.00"
    assert city.audit() == []

    people.see_through(order, until="staged", twice=True)
    assert shop.stock(lamp) == {"on_hand": 2, "allocated": 2}
    people.see_through(order, twice=True)
    assert city.states(order) == {"handed_over": 2}
    assert city.money(order)["captured"] == "50.00"
    assert (shop.stock(lamp), city.audit()) == ({}, [])


def test_parcels_from_two_places_come_together_before_the_order_is_ready(city: City, people: People) -> None:
    shop, dc, other = city.store("Austin"), city.dc("Dallas-DC"), city.store("Waco")
    lamp, vase = dc.has("LAMP", 1), other.has("VASE", 1)
    lines = [{"item": lamp, "quantity": 1}, {"item": vase, "quantity": 1}]
    order = city.order(lamp, lines=lines, fulfilment={"method": "pickup", "node": shop.name})
    assert {line["journey"] for line in order["lines"]} == {"ship_to_store"}
    city.settle()
    for state in ("released", "picked", "packed"):
        for node in ("Dallas-DC", "Waco"):
            people.act(order, {"state": state, "node": node})
    first, second = city.get("/v1/nodes/Austin/arrivals")["shipments"]

    city.twice(f"/v1/shipments/{first['shipment_id']}:receive")
    people.act(order, {"state": "received", "node": "Austin"})
    assert "PickupReady" not in city.story(order)
    city.twice(f"/v1/shipments/{second['shipment_id']}:receive")
    people.act(order, {"state": "received", "node": "Austin"})
    assert city.story(order).count("PickupReady") == 1
    people.see_through(order)
    assert city.states(order) == {"handed_over": 2}
    assert city.audit() == []


@pytest.mark.parametrize("said", ["lost", "missing", "damaged"])
def test_a_transfer_that_does_not_arrive_is_sent_again(city: City, people: People, said: str) -> None:
    shop, dc = city.store("Austin"), city.dc("Dallas-DC")
    lamp = dc.has("LAMP", 5)
    order = city.pick_up(lamp, shop, 2)
    people.see_through(order, until="in_transit")
    (shipment,) = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]
    at = f"/v1/shipments/{shipment['shipment_id']}"
    if said == "lost":
        gone = {"event_id": "x", "kind": "lost", "happened_at": city.clock.now().isoformat()}
        city.twice(f"{at}:events", {"events": [gone]})
    else:
        city.twice(f"{at}:receive", {"lines": [{"line": 1, "received": 1, said: 1}]})
    assert kinds(city) == ["transfer_damaged" if said == "damaged" else "transfer_lost"]
    people.see_through(order)
    assert city.states(order) == {"handed_over": 2}
    assert shop.stock(lamp) == ({"damaged": 1} if said == "damaged" else {})
    assert city.audit() == []


def test_what_was_cancelled_on_its_way_goes_to_the_shelf_of_the_store(city: City, people: People) -> None:
    shop, dc = city.store("Austin"), city.dc("Dallas-DC")
    lamp = dc.has("LAMP", 2)
    order = city.pick_up(lamp, shop, 2)
    people.see_through(order, until="in_transit")
    city.twice(f"/v1/orders/{order['order_id']}:cancel", {"lines": [{"line": 1, "quantity": 1}]})
    people.see_through(order)
    assert city.states(order) == {"handed_over": 1, "cancelled": 1}
    assert shop.stock(lamp) == {"on_hand": 1}
    assert city.money(order) == {
        "authorised": "50.00", "captured": "25.00", "refunded": "0.00", "voided": "25.00",
    }  # fmt: skip
    assert city.audit() == []


def test_goods_nobody_fetches_go_back_to_the_shelf(city: City, people: People) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    order = city.pick_up(lamp, shop)
    people.see_through(order, until="staged")
    city.wait(days=6)
    assert city.states(order) == {"staged": 1}
    city.wait(days=2)
    assert city.states(order) == {"cancelled": 1}
    assert (shop.stock(lamp), city.work_at(shop)) == ({"on_hand": 1}, [])
    assert city.money(order)["voided"] == "25.00"
    assert kinds(city) == ["no_show"]
    assert city.audit() == []


# Reservations without payment


def test_kept_for_a_shopper_who_buys_some_leaves_some_and_adds_something(city: City, people: People) -> None:
    shop = city.store("Austin")
    lamp, vase = shop.has("LAMP", 3), shop.has("VASE", 2, price=1000)
    order = city.reserve(lamp, shop, 3)
    assert (order["lines"][0]["journey"], city.money(order)["authorised"]) == ("ropis", "0.00")
    people.see_through(order, until="staged", twice=True)
    settled = city.twice(
        f"/v1/orders/{order['order_id']}:settle",
        {
            "lines": [{"line": 1, "accept": 2, "decline": 1}],
            "add": [{"item": vase, "quantity": 1}],
            "node": "Austin",
            "tender": {"provider": "cash"},
        },
    )
    assert settled["status"] == "completed"
    assert city.states(order) == {"handed_over": 3, "cancelled": 1}
    assert city.money(order)["captured"] == "60.00"
    assert (shop.stock(lamp), shop.stock(vase)) == ({"on_hand": 1}, {"on_hand": 1})
    assert (city.work_at(shop), city.audit()) == ([], [])


def test_a_shopper_may_come_before_anybody_fetched_what_is_kept(city: City, people: People) -> None:
    shop = city.store("Austin")
    order = city.reserve(shop.has("LAMP", 1), shop)
    people.settle(order)
    assert city.states(order) == {"handed_over": 1}
    assert (city.work_at(shop), city.audit()) == ([], [])


def test_what_is_kept_is_released_by_itself_when_nobody_comes(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    order = city.reserve(lamp, shop)
    city.wait(hours=47)
    assert shop.stock(lamp)["allocated"] == 1
    city.wait(hours=2)
    assert city.states(order) == {"cancelled": 1}
    assert shop.stock(lamp) == {"on_hand": 1}
    assert (kinds(city, kind="no_show"), city.audit()) == (["no_show"], [])


def test_a_newer_reservation_takes_the_place_of_the_older_one(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    first = city.reserve(lamp, shop)
    second = city.reserve(lamp, shop)
    assert (first.status, second.status) == (201, 201)
    assert city.states(first) == {"cancelled": 1}
    assert city.reserve(lamp, shop, customer="bob").problem == "shortage"
    assert city.audit() == []


def test_a_reservation_that_is_refused_leaves_the_older_one_alone(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 3)
    first = city.reserve(lamp, shop)
    assert city.reserve(lamp, shop, 5).problem == "shortage"
    assert shop.stock(lamp) == {"on_hand": 3, "reserved": 1}
    assert (city.states(first), city.audit()) == ({"released": 1}, [])


def test_of_reservations_sent_together_only_the_refused_one_changes_nothing(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 4)
    first = city.reserve(lamp, shop, customer="ann")
    chosen = {"method": "reserve", "node": "Austin"}
    orders = [
        {
            "channel": "web",
            "customer": who,
            "lines": [{"item": lamp, "quantity": units}],
            "fulfilment": chosen,
        }
        for who, units in (("ann", 9), ("bob", 2))
    ]
    sent = city.post("/v1/orders:batch", b"\n".join(json.dumps(order).encode() for order in orders))
    assert [json.loads(line)["status"] for line in sent.body.splitlines()] == [409, 201]
    assert city.states(first) == {"released": 1}
    assert shop.stock(lamp) == {"on_hand": 4, "allocated": 3}
    assert city.audit() == []


# Delivered home from a till


def test_sold_at_a_till_and_brought_home_in_a_slot(city: City, people: People) -> None:
    shop = city.store("Austin")
    sofa = shop.has("SOFA", 1, price=90000)
    slot = {"from": "2026-03-03T09:00:00-06:00", "to": "2026-03-03T12:00:00-06:00"}
    chosen = {"method": "deliver", "node": "Austin", "destination": {"lat": 30.2, "lon": -97.7}, "slot": slot}
    order = city.order(sofa, channel="till", fulfilment=chosen)
    assert order["lines"][0]["journey"] == "store_delivery"
    assert city.money(order)["captured"] == "900.00"
    people.see_through(order, twice=True)
    assert city.states(order) == {"delivered": 1}
    (shipment,) = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]
    assert shipment["slot"]["from"].startswith("2026-03-03T09:00")
    assert shipment["events"][0]["proof"]["name"] == "Ann"
    assert city.audit() == []


def test_the_sale_is_saved_from_another_node(city: City, people: People) -> None:
    shop, dc = city.store("Austin"), city.dc("Dallas-DC")
    sofa = dc.has("SOFA", 1)
    order = city.deliver_home(sofa, shop)
    people.see_through(order)
    assert city.states(order) == {"delivered": 1}
    assert (dc.stock(sofa), city.audit()) == ({}, [])


def test_nobody_at_home_means_a_new_slot(city: City, people: People) -> None:
    shop = city.store("Austin")
    order = city.deliver_home(shop.has("SOFA", 1), shop)
    people.see_through(order, until="dispatched")
    (shipment,) = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]
    at = f"/v1/shipments/{shipment['shipment_id']}"
    failed = {"event_id": "f", "kind": "failed", "happened_at": city.clock.now().isoformat()}
    city.twice(f"{at}:events", {"events": [failed]})
    assert kinds(city, state="open") == ["delivery_failed"]
    city.twice(f"{at}:reschedule", {"from": "2026-03-04T15:00:00Z", "to": "2026-03-04T18:00:00Z"})
    assert kinds(city, state="open") == []
    assert city.audit() == []


def test_what_is_paid_at_the_till_and_cancelled_is_paid_back(city: City) -> None:
    shop = city.store("Austin")
    order = city.deliver_home(shop.has("SOFA", 2), shop, 2)
    city.twice(f"/v1/orders/{order['order_id']}:cancel", {"lines": [{"line": 1, "quantity": 1}]})
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


# Mishaps on the way


def test_a_lost_parcel_is_sent_again_without_another_payment(city: City, people: People) -> None:
    near, dc = city.store("Austin"), city.dc("Dallas-DC")
    lamp = near.has("LAMP", 1)
    order = city.order(lamp)
    dc.has("LAMP", 1)
    people.see_through(order, until="dispatched")
    (shipment,) = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]
    lost = {"event_id": "l", "kind": "lost", "happened_at": city.clock.now().isoformat()}
    city.twice(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": [lost]})
    people.see_through(order)
    assert city.states(order) == {"lost": 1, "delivered": 1}
    assert city.money(order) == {
        "authorised": "25.00", "captured": "25.00", "refunded": "0.00", "voided": "0.00",
    }  # fmt: skip
    assert city.show(order)["status"] == "completed"
    assert city.audit() == []


def test_a_lost_parcel_that_nobody_can_replace_is_paid_back(city: City, people: People) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1))
    people.see_through(order, until="dispatched")
    (shipment,) = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]
    lost = {"event_id": "l", "kind": "lost", "happened_at": city.clock.now().isoformat()}
    city.twice(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": [lost]})
    assert city.money(order)["refunded"] == "25.00"
    assert (kinds(city), city.audit()) == (["carrier_loss"], [])


def test_work_nobody_claims_goes_to_another_node(city: City) -> None:
    near, dc = city.store("Austin"), city.dc("Dallas-DC")
    order = city.order(near.has("LAMP", 1))
    dc.has("LAMP", 1)
    city.settle()
    city.wait(hours=5)
    assert (city.work_at(near), len(city.work_at(dc))) == ([], 1)
    assert "not_claimed" in kinds(city)
    assert city.states(order) == {"released": 1}
    assert city.audit() == []


def test_work_nobody_claims_stays_where_the_only_goods_are(city: City) -> None:
    shop = city.store("Austin")
    city.order(shop.has("LAMP", 1))
    city.settle()
    city.wait(hours=5)
    assert len(city.work_at(shop)) == 1
    assert "not_claimed" in kinds(city, state="open")


def test_work_that_is_late_moves_the_promise_and_tells_the_shopper(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    basket = {"channel": "web", "lines": [{"item": lamp, "quantity": 1}], "stores": ["Austin"]}
    (option,) = city.post("/v1/promises", basket)["options"]
    order = city.pick_up(lamp, shop, option_id=option["option_id"])
    (work,) = city.work_at(shop)
    city.post(f"/v1/work/{work['work_id']}:claim")
    city.wait(days=1)
    assert city.show(order)["promise"]["ready_from"] > option["ready_from"]
    assert "PromiseChanged" in city.story(order)
    assert kinds(city, state="open") == ["milestone_missed"]


def test_a_capture_that_is_refused_is_asked_of_the_shopper_again(city: City, people: People) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1), payment={"provider": "test", "token": "tok_decline_capture"})
    people.see_through(order)
    city.settle()
    assert kinds(city, state="open") == ["payment_declined"]
    assert (city.money(order)["captured"], city.audit()) == ("0.00", [])
    city.twice(f"/v1/orders/{order['order_id']}:pay", {"payment": {"provider": "cash"}})
    assert kinds(city, state="open") == []
    assert (city.money(order)["captured"], city.audit()) == ("25.00", [])


def test_an_authorisation_that_ran_out_is_set_aside_anew(city: City, people: People) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1), payment={"provider": "test", "token": "tok_expire"})
    people.see_through(order)
    assert (city.money(order)["captured"], kinds(city), city.audit()) == ("25.00", [], [])


# Waiting for supply


def test_with_consent_an_order_waits_for_what_is_on_its_way(city: City, people: People) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    city.expect(shop, lamp, 5, "PO-7")
    assert city.order(lamp, 3).problem == "shortage"
    order = city.order(lamp, 3, backorder=True)
    assert order["lines"][0]["states"] == {"sourced": 1, "backordered": 2}
    assert order["lines"][0]["expected"][0]["quantity"] == 2
    assert city.order(lamp, 4, backorder=True).problem == "shortage"
    city.receive(shop, lamp, 5, "PO-7")
    assert shop.stock(lamp)["allocated"] == 3
    people.see_through(order)
    assert city.states(order) == {"delivered": 3}
    assert (shop.stock(lamp), city.audit()) == ({"on_hand": 3}, [])


def test_all_together_waits_until_everything_can_leave(city: City, people: People) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    city.expect(shop, lamp, 1, "PO-7")
    order = city.order(lamp, 2, backorder=True, together=True)
    assert city.work_at(shop) == []
    city.receive(shop, lamp, 1, "PO-7")
    assert [work["lines"][0]["quantity"] for work in city.work_at(shop)] == [2]
    people.see_through(order)
    assert (city.states(order), city.audit()) == ({"delivered": 2}, [])


def test_what_waits_may_be_cancelled_and_gives_the_supply_to_the_next(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 0)
    city.expect(shop, lamp, 1, "PO-7")
    first = city.order(lamp, backorder=True)
    assert city.order(lamp, backorder=True).problem == "shortage"
    city.twice(f"/v1/orders/{first['order_id']}:cancel")
    second = city.order(lamp, backorder=True)
    city.receive(shop, lamp, 1, "PO-7")
    assert city.states(second) == {"released": 1}
    assert (city.money(first)["voided"], city.audit()) == ("25.00", [])


# Changes


def change(city: City, order: dict, **asked: object) -> object:
    return city.twice(f"/v1/orders/{order['order_id']}:change", asked)


def test_more_fewer_other_and_elsewhere_until_the_work_has_started(city: City, people: People) -> None:
    shop, dc = city.store("Austin"), city.dc("Dallas-DC")
    lamp, vase = dc.has("LAMP", 9), dc.has("VASE", 9, price=1000)
    order = city.order(lamp, 2)
    city.settle()
    pay = {"provider": "test", "token": "tok_ok"}
    change(city, order, lines=[{"line": 1, "quantity": 3}], payment=pay)
    assert city.states(order) == {"released": 3}
    change(city, order, lines=[{"line": 1, "quantity": 1}], add=[{"item": vase, "quantity": 2}])
    assert city.money(order)["authorised"] == "75.00"
    change(city, order, lines=[{"line": 1, "method": "pickup", "node": shop.name}])
    change(city, order, destination={"lat": 32.7, "lon": -96.8, "postal_code": "75201"})
    shown = city.show(order)
    live = {(line["item"], line["method"]): line["states"] for line in shown["lines"]
            if set(line["states"]) != {"cancelled"}}  # fmt: skip
    assert live == {
        (lamp, "ship"): {"released": 1}, (vase, "ship"): {"released": 2}, (lamp, "pickup"): {"released": 1},
    }  # fmt: skip
    people.see_through(order)
    assert city.money(order)["captured"] == "70.00"
    assert city.show(order)["status"] == "completed"
    assert city.audit() == []


def test_a_change_that_costs_more_asks_for_the_difference(city: City) -> None:
    order = city.order(city.dc("Dallas-DC").has("LAMP", 9))
    asked = {"lines": [{"line": 1, "quantity": 2}]}
    refused = city.post(f"/v1/orders/{order['order_id']}:change", asked)
    assert (refused.status, refused["due_minor"]) == (422, 2500)
    assert city.states(order) == {"released": 1}
    assert city.audit() == []


def test_what_is_picked_does_not_change_any_more(city: City, people: People) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 2), 2)
    people.see_through(order, until="picked")
    for asked in ({"lines": [{"line": 1, "quantity": 1}]}, {"destination": {"lat": 1.0, "lon": 1.0}}):
        refused = city.post(f"/v1/orders/{order['order_id']}:change", asked)
        assert (refused.status, refused.problem) == (409, "out-of-turn")
    assert city.states(order) == {"picked": 2}


def test_a_shopper_is_appeased_to_the_cent_and_never_beyond(city: City) -> None:
    shop = city.store("Austin")
    order = city.carry_out(shop.has("LAMP", 1), shop)
    at = f"/v1/orders/{order['order_id']}:appease"
    give = {"amount": {"amount": "5.00", "currency": "USD"}, "reason": "scratched"}
    city.twice(at, give)
    assert city.money(order)["refunded"] == "5.00"
    give["amount"] = {"amount": "20.01", "currency": "USD"}
    assert city.post(at, give).status == 409
    assert (city.money(order)["refunded"], city.audit()) == ("5.00", [])


def test_a_gift_carries_its_words_to_the_node(city: City) -> None:
    shop = city.store("Austin")
    city.order(shop.has("LAMP", 1), gift={"giver": "Bob", "message": "Happy birthday", "wrap": True})
    (work,) = city.work_at(shop)
    assert work["gift"] == {"giver": "Bob", "message": "Happy birthday", "wrap": True}


def test_one_order_mixes_every_way(city: City, people: People) -> None:
    shop, dc = city.store("Austin"), city.dc("Dallas-DC")
    lamp, vase = shop.has("LAMP", 3), dc.has("VASE", 3)
    lines = [
        {"item": lamp, "quantity": 1, "method": "carry_out", "node": "Austin"},
        {"item": lamp, "quantity": 1, "method": "pickup", "node": "Austin"},
        {"item": vase, "quantity": 1, "method": "pickup", "node": "Austin"},
        {"item": lamp, "quantity": 1, "method": "reserve", "node": "Austin"},
        {"item": vase, "quantity": 1, "method": "ship"},
        {"item": vase, "quantity": 1, "method": "deliver", "node": "Austin"},
    ]
    order = city.order(
        lamp, lines=lines, channel="till", customer="ann", shipping={"amount": "4.99", "currency": "USD"}
    )
    people.see_through(order)
    assert city.show(order)["status"] == "completed"
    assert city.money(order)["captured"] == "154.99"
    assert city.audit() == []
