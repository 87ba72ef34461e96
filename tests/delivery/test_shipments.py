"""Shipments as carriers and shoppers see them: in any order, repeated, late."""

from datetime import timedelta
from typing import Any

import pytest

from anyshelf.delivery import jobs
from anyshelf.ground import auth
from anyshelf.ground.auth import Principal
from anyshelf.ground.ids import new_id
from anyshelf.ground.outbox import story_of
from city import Answer, City, Place


def ship(city: City, place: Place) -> str:
    """The node sends the one piece of work it has on its way."""
    (work,) = city.work_at(place)
    at = f"/v1/work/{work['work_id']}"
    picked = [{"line": line["line"], "quantity": line["quantity"]} for line in work["lines"]]
    city.post(f"{at}:pick", {"lines": picked})
    city.post(f"{at}:pack")
    assert city.post(f"{at}:dispatch", {"carrier": "ups", "tracking": "1Z1"}).status == 200
    return str(work["work_id"])


def says(city: City, kind: str, hours: int = 0, event_id: str = "") -> dict[str, Any]:
    at = city.clock.now() + timedelta(hours=hours)
    return {"event_id": event_id or f"{kind} {hours}", "kind": kind, "happened_at": at.isoformat()}


def tell(city: City, shipment: str, *scans: dict[str, Any], **headers: str) -> Answer:
    return city.post(f"/v1/shipments/{shipment}:events", {"events": list(scans)}, **headers)


@pytest.fixture
def order(city: City) -> Answer:
    city.dc("Dallas").has("LAMP", 5)
    return city.order("LAMP", 2)


@pytest.fixture
def shipment(city: City, order: Answer) -> str:
    assert order.status == 201
    return ship(city, Place(city, "Dallas"))


def test_a_shipment_can_be_asked_for_before_its_dispatch_was_read(city: City, shipment: str) -> None:
    shown = city.get(f"/v1/shipments/{shipment}")

    assert (shown.status, shown["state"], shown["carrier"], shown["tracking"]) == (
        200,
        "dispatched",
        "ups",
        "1Z1",
    )
    assert shown["lines"] == [{"line": 1, "item": "LAMP", "quantity": 2}]
    city.settle()
    assert city.get(f"/v1/shipments/{shipment}").body == shown.body


def test_a_carrier_may_be_faster_than_our_own_reader(city: City, order: Answer, shipment: str) -> None:
    assert tell(city, shipment, says(city, "delivered"))["state"] == "delivered"

    city.settle()

    assert city.get(f"/v1/shipments/{shipment}")["state"] == "delivered"
    assert city.states(order) == {"delivered": 2}
    assert city.audit() == []


def test_the_same_dispatch_told_again_is_one_shipment(city: City, order: Answer, shipment: str) -> None:
    with city.database.transaction() as tx:
        (told,) = [each for each in story_of(tx, "main", shipment) if each.kind == "PackageDispatched"]
        jobs.READER.handlers["PackageDispatched"](tx, told)
        jobs.READER.handlers["PackageDispatched"](tx, told)

    shipments = city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]

    assert [each["shipment_id"] for each in shipments] == [shipment]


def test_scans_in_any_order_repeated_and_late_come_to_the_same(
    city: City, order: Answer, shipment: str
) -> None:
    told = [says(city, "out_for_delivery", 20), says(city, "in_transit", 2), says(city, "delivered", 26)]

    assert tell(city, shipment, told[0])["state"] == "out_for_delivery"
    assert tell(city, shipment, told[1], told[0])["state"] == "out_for_delivery"
    assert tell(city, shipment, told[2])["state"] == "delivered"
    before = city.get(f"/v1/orders/{order['order_id']}").body
    assert tell(city, shipment, *told)["state"] == "delivered"

    assert tell(city, shipment, says(city, "in_transit", 30))["state"] == "delivered", "delivered is final"
    assert city.get(f"/v1/orders/{order['order_id']}").body == before
    assert len(city.get(f"/v1/shipments/{shipment}")["events"]) == 4
    assert city.audit() == []


def test_a_delivery_told_twice_at_once_is_one(city: City, order: Answer, shipment: str) -> None:
    answers = city.together(
        *[
            lambda number=number: tell(city, shipment, says(city, "delivered", event_id=f"e{number}"))
            for number in range(4)
        ]
    )

    assert {answer.status for answer in answers} == {200}
    assert city.states(order) == {"delivered": 2}
    assert city.audit() == []


def test_each_parcel_of_a_split_order_delivers_its_own_lines(city: City) -> None:
    north, south = city.dc("North"), city.store("South")
    north.has("LAMP", 1)
    south.has("CHAIR", 1)
    lines = [{"item": "LAMP", "quantity": 1}, {"item": "CHAIR", "quantity": 1}]
    order = city.order("LAMP", lines=lines)
    first, second = ship(city, north), ship(city, south)

    tell(city, first, says(city, "delivered"))
    assert city.states(order) == {"delivered": 1, "dispatched": 1}
    tell(city, second, says(city, "lost"), says(city, "delivered", 5))
    assert city.states(order) == {"delivered": 2}
    assert city.audit() == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "teleported"},
        {"happened_at": "2026-02-30T10:00:00Z"},
        {"happened_at": "2026-03-02T10:00:00"},
        {"happened_at": "0001-01-01T00:00:00+23:59"},
        {"happened_at": "9999-12-31T23:59:59-23:59"},
        {"event_id": ""},
        {"event_id": "x" * 200},
        {"colour": "red"},
    ],
)
def test_a_scan_nobody_can_read_changes_nothing(city: City, shipment: str, change: dict[str, Any]) -> None:
    refused = tell(city, shipment, {**says(city, "delivered"), **change})

    assert (refused.status, bool(refused["field"])) == (422, True)
    assert city.get(f"/v1/shipments/{shipment}")["state"] == "dispatched"


def test_a_shipment_nobody_knows_is_not_found(city: City) -> None:
    assert city.get(f"/v1/shipments/{new_id()}").status == 404
    assert tell(city, str(new_id()), says(city, "delivered")).status == 404
    assert city.get(f"/v1/orders/{new_id()}/shipments").status == 404


def test_a_carrier_tells_and_does_not_look(city: City, shipment: str) -> None:
    carrier = Principal(market="main", name="ups", roles=("carrier",))
    with city.database.transaction() as tx:
        key = {"authorization": f"Bearer {auth.make_key(tx, carrier, city.clock.now())}"}

    assert tell(city, shipment, says(city, "in_transit"), **key).status == 200
    assert city.get(f"/v1/shipments/{shipment}", **key).status == 403
