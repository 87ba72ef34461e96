"""What happens to orders is part of their shopper's journey, by itself; and the facts add up."""

from typing import Any

import pytest

from city import MARKET, City
from people import People

CONTACT = {"name": "Ann Lee", "email": "ann@example.org", "phone": "512 555 0100"}


def steps(city: City, email: str = "ann@example.org") -> list[str]:
    """The steps of somebody's journey, oldest first."""
    city.settle()
    person = city.post("/v1/people:find", {"kind": "email", "value": email})["person"]
    told = city.get(f"/v1/people/{person}/timeline")["steps"]
    return [step["name"] for step in reversed(told)]


def facts(city: City, table: str = "insight_orders") -> list[dict[str, Any]]:
    city.settle()
    with city.database.transaction() as tx:
        found = tx.execute(f"SELECT to_jsonb(t) FROM {table} t").fetchall()  # noqa: S608  our own table
    return [row for (row,) in found]


def test_a_pickup_is_told_from_the_order_to_the_counter(city: City) -> None:
    shop = city.store("Austin")
    order = city.pick_up(shop.has("LAMP", 3), shop, contact=CONTACT)

    People(city).see_through(order)

    assert steps(city) == ["Order Placed", "Pickup Ready", "Pickup Collected", "Survey Asked"]
    (fact,) = facts(city)
    assert None not in (fact["ready_at"], fact["done_at"])
    assert (fact["units"], fact["done_units"], fact["short_units"]) == (1, 1, 0)
    (part,) = facts(city, "insight_parts")
    assert (part["node"], part["journey"], part["units"], part["done_units"]) == ("Austin", "bopis", 1, 1)


def test_a_web_visit_and_a_purchase_at_the_till_are_one_journey(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 3)
    batch = [
        {"type": "identify", "messageId": "1", "userId": "ann", "anonymousId": "d1",
         "traits": {"email": "ann@example.org", "name": "Ann Lee"}},
        {"type": "track", "messageId": "2", "anonymousId": "d1", "event": "Product Viewed",
         "properties": {"product_id": "LAMP"}},
    ]  # fmt: skip
    city.post("/v1/journey/batch", {"batch": batch})
    city.clock.wait(hours=1)

    city.carry_out(lamp, shop, customer="ann")

    assert sorted(steps(city)) == ["Goods Handed Over", "Identified", "Order Placed", "Product Viewed"]


def test_a_short_pick_is_a_step_and_a_fact_of_its_store(city: City) -> None:
    near, far = city.store("Near"), city.dc("Far")
    near.has("LAMP", 1)
    far.has("LAMP", 1)
    city.order("LAMP", contact=CONTACT)
    for place in (near, far):
        for work in city.work_at(place):
            line = {"line": 1, "quantity": 0, "short_reason": "not found"}
            city.post(f"/v1/work/{work['work_id']}:pick", {"lines": [line]})
            break
        else:
            continue
        break

    assert "Store Short Picked" in steps(city)
    assert [part["short_units"] for part in facts(city, "insight_parts") if part["short_units"]] == [1]


def test_a_return_at_a_counter_is_asked_for_received_and_counted(city: City) -> None:
    shop = city.store("Austin")
    order = city.pick_up(shop.has("LAMP", 3), shop, contact=CONTACT)
    People(city).see_through(order)
    asked = city.post("/v1/returns", {
        "order_id": order["order_id"], "at": "Austin",
        "lines": [{"line": 1, "quantity": 1, "reason": "changed_mind"}],
    })  # fmt: skip
    assert asked.status == 201, asked.body
    city.clock.wait(hours=3)
    done = city.post(f"/v1/returns/{asked['return_id']}:receive", {
        "node": "Austin", "lines": [{"line": 1, "quantity": 1, "grade": "new"}],
    })  # fmt: skip
    assert done.status == 200, done.body

    assert [step for step in steps(city) if "Return" in step] == ["Return Requested", "Return Received"]
    (back,) = facts(city, "insight_returns")
    assert (back["units"], back["resold_units"], back["node"]) == (1, 1, "Austin")
    assert facts(city)[0]["returned_units"] == 1


def test_an_event_heard_twice_is_kept_once(city: City) -> None:
    shop = city.store("Austin")
    People(city).see_through(city.pick_up(shop.has("LAMP", 3), shop, contact=CONTACT))
    before = facts(city), facts(city, "insight_parts"), facts(city, "insight_entries")

    with city.database.transaction() as tx:
        tx.execute("UPDATE outbox_readers SET sequence = 0 WHERE reader = 'insight'")

    assert (facts(city), facts(city, "insight_parts"), facts(city, "insight_entries")) == before


@pytest.mark.parametrize("refuses", [True, False])
def test_who_refused_is_not_joined_with_their_order(city: City, refuses: bool) -> None:  # noqa: FBT001
    shop = city.store("Austin")
    batch = [{
        "type": "track", "messageId": "1", "userId": "ann", "event": "Cart Viewed",
        "context": {"consent": {"categoryPreferences": {"analytics": not refuses}}},
    }]  # fmt: skip
    city.post("/v1/journey/batch", {"batch": batch})

    city.pick_up(shop.has("LAMP", 3), shop, customer="ann")

    assert [bool(fact["account"]) for fact in facts(city)] == [not refuses]


def test_nothing_of_the_journey_waits_in_the_outbox(city: City) -> None:
    shop = city.store("Austin")
    People(city).see_through(city.pick_up(shop.has("LAMP", 3), shop, contact=CONTACT))
    city.settle()

    with city.database.transaction() as tx:
        aside = tx.execute("SELECT reason FROM outbox_set_aside WHERE market = %s", [MARKET]).fetchall()
    assert aside == []
