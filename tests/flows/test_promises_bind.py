"""What becomes of an option that was taken: watched, moved before it is broken, and scored, over HTTP."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from anyshelf.network import service as network
from anyshelf.promising import service as promising
from city import HOME, MARKET, Answer, City, Place
from people import People


@pytest.fixture
def people(city: City) -> People:
    return People(city)


def promised(city: City, item: str, quantity: int = 1, *, method: str = "ship", **more: Any) -> Answer:
    """Somebody asks for promises, and orders by one."""
    asked = {
        "channel": "web", "lines": [{"item": item, "quantity": quantity}], "destination": HOME,
        "methods": [method],
    }  # fmt: skip
    promise = city.post("/v1/promises", asked)
    assert promise.status == 201, promise.body
    option = promise["options"][0]
    order = city.order(item, quantity, option_id=option["option_id"], **more)
    assert order.status == 201, order.body
    return order


def scored(city: City, by: str = "method") -> dict[str, dict[str, Any]]:
    since, until = (city.clock.now() + timedelta(days=days) for days in (-30, 30))
    times = f"since={since.isoformat()}&until={until.isoformat()}".replace("+", "%2B")
    answer = city.get(f"/v1/promises/scores?by={by}&{times}")
    assert answer.status == 200, answer.body
    return {score[by]: score for score in answer["scores"]}


def kinds(city: City, state: str = "open") -> list[str]:
    city.settle()
    return [each["kind"] for each in city.get(f"/v1/exceptions?state={state}")["exceptions"]]


def moment(order: Answer, name: str) -> datetime:
    return datetime.fromisoformat(order["promise"]["shipments"][0][name])


def limit(city: City, place: Place, capacity_per_day: int) -> None:
    with city.database.transaction() as tx:
        known = network.node(network.atlas(tx, MARKET), place.name)
        network.save_nodes(tx, MARKET, [replace(known, capacity_per_day=capacity_per_day)])


# Milestones


def test_a_promise_has_milestones_and_its_work_is_due_by_them(city: City) -> None:
    shop = city.store("Austin")
    order = promised(city, shop.has("LAMP", 1))

    release_by, pick_by, dispatch_by = (
        moment(order, name) for name in ("release_by", "pick_by", "dispatch_by")
    )
    assert city.clock.now() < release_by < pick_by < dispatch_by
    assert dispatch_by - release_by == timedelta(minutes=60)
    (work,) = city.work_at(shop)
    assert datetime.fromisoformat(work["due_at"]) == dispatch_by


def test_a_store_that_has_not_picked_in_time_is_called_before_it_is_too_late(
    city: City, people: People
) -> None:
    shop = city.store("Austin")
    order = promised(city, shop.has("LAMP", 1))
    (work,) = city.work_at(shop)
    city.post(f"/v1/work/{work['work_id']}:claim")

    city.wait(hours=3)
    assert kinds(city) == []
    city.wait(hours=2, minutes=50)  # ten minutes before the carrier comes

    assert city.clock.now() < moment(order, "dispatch_by")
    (told,) = city.get("/v1/exceptions?state=open")["exceptions"]
    assert (told["kind"], told["node"], told["todo"]) == ("work_behind", "Austin", "Call Austin.")
    people.see_through(order, until="dispatched")
    assert kinds(city) == [], "it was done in time after all"
    assert "PromiseChanged" not in city.story(order)


def test_an_order_that_is_held_too_long_is_listed_before_its_parcel_should_leave(city: City) -> None:
    shop = city.store("Austin")
    order = promised(city, shop.has("LAMP", 1), hold=True)
    city.settle()
    city.clock.time = moment(order, "release_by")
    city.wait(minutes=0)

    assert kinds(city) == ["work_behind"]
    city.post(f"/v1/orders/{order['order_id']}:release")
    assert city.work_at(shop) != []


# Moved, or not


def test_a_parcel_that_leaves_late_moves_the_promise_by_as_much_as_it_comes_late(city: City) -> None:
    shop = city.store("Austin")
    order = promised(city, shop.has("LAMP", 1))
    city.work_at(shop)
    before = order["promise"]["arrives_by"]

    city.wait(hours=6, minutes=1)

    after = city.show(order)["promise"]
    assert datetime.fromisoformat(after["arrives_by"]) - datetime.fromisoformat(before) == timedelta(days=1)
    assert "milestone_missed" in kinds(city)
    city.wait(days=1)
    again = city.show(order)["promise"]
    assert again["arrives_by"] > after["arrives_by"], "it is looked at again when it was due anew"


def test_what_can_still_come_in_time_is_not_told_to_the_shopper(city: City) -> None:
    """We were surer than we had to be: the slack that was promised takes up what went wrong."""
    answer = city.call("PUT", "/v1/terms", {"promise_percent": 99})
    assert answer.status == 200, answer.body
    shop = city.store("Austin")
    order = promised(city, shop.has("LAMP", 1))
    city.work_at(shop)
    assert city.call("PUT", "/v1/terms", {"promise_percent": 90}).status == 200

    city.wait(hours=6, minutes=1)

    assert city.show(order)["promise"]["arrives_by"] == order["promise"]["arrives_by"]
    assert "PromiseChanged" not in city.story(order)
    assert "milestone_missed" in kinds(city), "the node is called all the same"


def test_goods_that_come_from_farther_away_after_a_short_pick_move_the_promise_at_once(
    city: City, people: People
) -> None:
    shop, far = city.store("Austin"), city.store("Boston", lat=42.36, lon=-71.06)
    lamp = shop.has("LAMP", 1)
    far.has(lamp, 1)
    order = promised(city, lamp)
    (work,) = city.work_at(shop)
    picked = city.post(
        f"/v1/work/{work['work_id']}:pick", {"lines": [{"line": 1, "quantity": 0, "short_reason": "gone"}]}
    )
    assert picked.status == 200, picked.body

    assert city.story(order).count("PromiseChanged") == 1
    shown = city.show(order)["promise"]
    assert shown["arrives_by"] > order["promise"]["arrives_by"]
    assert shown["why"] == "it comes from Boston now"
    people.see_through(order)
    city.settle()
    assert scored(city, "node")["Austin"]["changed"] == 1


def test_goods_that_come_from_next_door_after_a_short_pick_are_in_time(city: City) -> None:
    shop, near = city.store("Austin"), city.store("Round Rock", lat=30.5, lon=-97.6)
    lamp = shop.has("LAMP", 1)
    near.has(lamp, 1)
    order = promised(city, lamp)
    (work,) = city.work_at(shop)
    city.post(
        f"/v1/work/{work['work_id']}:pick", {"lines": [{"line": 1, "quantity": 0, "short_reason": "gone"}]}
    )

    assert "PromiseChanged" not in city.story(order)


def test_customer_service_tells_another_date(city: City) -> None:
    shop = city.store("Austin")
    order = promised(city, shop.has("LAMP", 1))
    to = (city.clock.now() + timedelta(days=9)).isoformat()
    path = f"/v1/orders/{order['order_id']}:repromise"

    told = city.twice(path, {"arrives_by": to, "reason": "a storm"})

    assert datetime.fromisoformat(told["promise"]["arrives_by"]) == datetime.fromisoformat(to)
    assert (told["promise"]["why"], city.story(order).count("PromiseChanged")) == ("a storm", 1)
    past = city.post(path, {"arrives_by": city.clock.now().isoformat(), "reason": "a storm"})
    assert (past.status, past["field"]) == (422, "arrives_by")


def test_there_is_no_date_to_change_without_a_promise_or_when_it_is_over(city: City, people: People) -> None:
    shop = city.store("Austin")
    unpromised, done = city.order(shop.has("LAMP", 2)), promised(city, "LAMP")
    people.see_through(done)
    to = {"arrives_by": (city.clock.now() + timedelta(days=9)).isoformat(), "reason": "a storm"}

    for order in (unpromised, done):
        answer = city.post(f"/v1/orders/{order['order_id']}:repromise", to)
        assert (answer.status, answer.problem) == (409, "out-of-turn")


# The node that was promised


def test_the_node_that_was_promised_serves_although_a_cheaper_one_has_come_up(city: City) -> None:
    shop = city.store("Houston", lat=29.76, lon=-95.37)
    lamp = shop.has("LAMP", 1)
    promise = city.post(
        "/v1/promises", {"channel": "web", "lines": [{"item": lamp, "quantity": 1}], "destination": HOME}
    )
    city.store("Austin").has(lamp, 5)

    order = city.order(lamp, option_id=promise["options"][0]["option_id"])

    assert order["lines"][0]["allocations"][0]["node"] == "Houston"


def test_where_the_promised_node_is_sold_out_another_one_serves(city: City) -> None:
    shop, other = city.store("Austin"), city.store("Houston", lat=29.76, lon=-95.37)
    lamp = shop.has("LAMP", 1)
    other.has(lamp, 1)
    promise = city.post(
        "/v1/promises", {"channel": "web", "lines": [{"item": lamp, "quantity": 1}], "destination": HOME}
    )
    city.pick_up(lamp, shop)

    order = city.order(lamp, option_id=promise["options"][0]["option_id"])

    assert order["lines"][0]["allocations"][0]["node"] == "Houston"


# Full days


def test_orders_fill_a_stores_day_and_the_next_one_is_promised_tomorrow(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 9)
    limit(city, shop, 2)
    first, second = (promised(city, lamp) for _ in range(2))
    city.settle()

    third = promised(city, lamp)

    assert moment(first, "dispatch_by") == moment(second, "dispatch_by")
    assert moment(third, "dispatch_by") - moment(first, "dispatch_by") == timedelta(days=1)
    city.settle()
    city.post(f"/v1/orders/{first['order_id']}:cancel")
    city.settle()
    assert moment(promised(city, lamp), "dispatch_by") == moment(first, "dispatch_by"), "its place is free"


def test_an_order_without_a_promise_takes_a_place_as_well(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 9)
    limit(city, shop, 1)
    city.order(lamp)
    city.order(lamp)
    city.settle()

    today, tomorrow = (datetime.fromisoformat(work["due_at"]) for work in city.work_at(shop))

    assert tomorrow - today == timedelta(days=1)
    assert moment(promised(city, lamp), "dispatch_by") - today == timedelta(days=2)


# Scores


def test_a_parcel_keeps_its_promise_when_the_carrier_says_so_later(city: City, people: People) -> None:
    order = promised(city, city.store("Austin").has("LAMP", 1))
    city.clock.wait(hours=2)
    people.see_through(order, until="dispatched")
    (shipment,) = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]
    came = datetime.fromisoformat(order["promise"]["arrives_by"]) - timedelta(hours=3)
    city.clock.wait(days=9)  # we are told late; that does not make it late
    seen = {"event_id": "1", "kind": "delivered", "happened_at": came.isoformat()}
    city.post(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": [seen]})

    score = scored(city)["ship"]

    assert (score["promises"], score["kept"], score["kept_share"], score["said"]) == (1, 1, 1.0, 0.95)
    assert score["mean_slack_hours"] == 3.0
    assert scored(city, "node")["Austin"]["kept"] == 1
    assert scored(city, "service")["ground"]["kept"] == 1
    with city.database.transaction() as tx:
        seen_slips = tx.execute("SELECT kind, place, slip FROM promising_seen ORDER BY kind").fetchall()
    assert seen_slips == [("leaving", "Austin", 0), ("transit", "ground", 0)]


def test_a_parcel_that_came_late_is_scored_as_first_said(city: City, people: People) -> None:
    order = promised(city, city.store("Austin").has("LAMP", 1))
    said = datetime.fromisoformat(order["promise"]["arrives_by"])
    people.see_through(order, until="dispatched")
    later = {"arrives_by": (said + timedelta(days=5)).isoformat(), "reason": "a storm"}
    city.post(f"/v1/orders/{order['order_id']}:repromise", later)
    city.clock.time = said + timedelta(hours=24)
    people.see_through(order)

    score = scored(city)["ship"]

    assert (score["kept"], score["late"], score["changed"], score["mean_late_hours"]) == (0, 1, 1, 24.0)


def test_a_pickup_is_kept_when_it_stands_ready_whenever_somebody_comes(city: City, people: People) -> None:
    order = promised(city, city.store("Austin").has("LAMP", 1), method="pickup")
    city.clock.wait(minutes=40)
    people.see_through(order, until="staged")
    city.clock.wait(days=2)
    people.see_through(order)

    score = scored(city)["pickup"]
    assert (score["kept"], score["late"]) == (1, 0)
    assert score["mean_slack_hours"] == pytest.approx(20 / 60, abs=1e-3)


def test_what_is_found_nowhere_breaks_its_promise_and_what_is_cancelled_does_not(
    city: City, people: People
) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 2)
    gone, unwanted = promised(city, lamp), promised(city, lamp)
    (work,) = people.work_of(gone, "Austin")
    city.post(f"/v1/orders/{unwanted['order_id']}:cancel")
    city.post(
        f"/v1/work/{work['work_id']}:pick", {"lines": [{"line": 1, "quantity": 0, "short_reason": "gone"}]}
    )

    score = scored(city)["ship"]

    assert (score["promises"], score["ended"], score["broken"], score["kept_share"]) == (2, 1, 1, 0.0)


def test_nodes_that_were_late_are_promised_late_from_then_on(city: City, people: People) -> None:
    """The whole way round: seen over HTTP, refreshed by the job, told in the next promise."""
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 60)
    before = promised(city, lamp)["promise"]
    for _ in range(12):
        order = city.order(lamp)
        city.work_at(shop)
        city.clock.wait(days=1)
        people.see_through(order, until="dispatched")
    with city.database.transaction() as tx:
        promising.refresh(tx, MARKET, city.clock.now())

    after = promised(city, lamp)["promise"]

    def takes(promise: dict[str, Any]) -> timedelta:
        dispatch_by = datetime.fromisoformat(promise["shipments"][0]["dispatch_by"])
        return datetime.fromisoformat(promise["arrives_by"]) - dispatch_by

    assert takes(after) - takes(before) >= timedelta(days=1)


def test_a_van_brings_it_in_the_slot_that_was_chosen(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 2)
    with city.database.transaction() as tx:
        known = network.node(network.atlas(tx, MARKET), shop.name)
        network.save_nodes(tx, MARKET, [replace(known, capabilities=("ship", "pickup", "deliver"))])
    asked = {"channel": "web", "lines": [{"item": lamp, "quantity": 1}], "destination": HOME}
    option = next(each for each in city.post("/v1/promises", asked)["options"] if each["method"] == "deliver")
    slot = option["slots"][1]

    order = city.order(
        lamp, option_id=option["option_id"],
        fulfilment={"method": "deliver", "destination": HOME, "slot": slot},
    )  # fmt: skip

    assert order.status == 201, order.body
    assert (order["slot"], order["promise"]["arrives_by"]) == (slot, slot["to"])
    assert order["lines"][0]["journey"] == "store_delivery"
    wrong = {"from": slot["from"], "to": (city.clock.now() + timedelta(days=20)).isoformat()}
    refused = city.order(
        lamp, option_id=option["option_id"],
        fulfilment={"method": "deliver", "destination": HOME, "slot": wrong},
    )  # fmt: skip
    assert (refused.status, refused["field"]) == (422, "slot")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("by=moon", 422),
        ("since=2026-13-01T00:00:00Z", 422),
        ("since=2026-01-01T00:00:00", 422),
        ("since=2026-03-01T00:00:00Z&until=2026-02-01T00:00:00Z", 422),
    ],
)
def test_a_wrong_question_about_scores_is_refused(city: City, query: str, status: int) -> None:
    answer = city.get(f"/v1/promises/scores?{query}")

    assert answer.status == status
    assert query.partition("=")[0] in str(answer.body)
