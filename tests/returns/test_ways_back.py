"""Each way back as a story, every step of it taken twice without effect, and lost once before it is taken."""

import pytest
from coming_back import carrier_says, dispatch, drop_shipped, known_item, usd

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import KitPart
from city import Answer, City, Place


@pytest.fixture(autouse=True, params=["calm", "stumbling"])
def weather(request: pytest.FixtureRequest, city: City) -> None:
    """In stumbling weather every step fails at its commit first."""
    city.stumbling = request.param == "stumbling"


@pytest.fixture
def austin(city: City) -> Place:
    place = city.store("Austin")
    place.has("LAMP", 9)
    place.has("MUG", 9, price=400)
    return place


def ask(city: City, order: Answer, quantity: int = 1, *, at: str = "Austin", line: int = 1) -> Answer:
    lines = [{"line": line, "quantity": quantity, "reason": "changed_mind"}]
    return city.twice("/v1/returns", {"order_id": order["order_id"], "lines": lines, "at": at})


def bring(city: City, back: Answer, grade: str = "new", *, at: str = "Austin", line: int = 1) -> Answer:
    """One unit, received and not paid; then paid."""
    on = f"/v1/returns/{back['return_id']}"
    lines = [{"line": line, "quantity": 1, "grade": grade}]
    city.twice(f"{on}:receive", {"node": at, "lines": lines, "refund": False})
    return city.twice(f"{on}:settle", {})


def test_to_a_counter(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin)

    assert bring(city, ask(city, order))["refund"] == usd("25.00")
    assert city.money(order)["refunded"] == "25.00"
    assert austin.stock("LAMP") == {"on_hand": 9}
    assert city.audit() == []


def test_by_mail(city: City, austin: Place) -> None:
    order = city.order("LAMP")
    carrier_says(city, dispatch(city, austin), "delivered")

    back = ask(city, order, at="mail")
    seen = {"event_id": "e1", "kind": "in_transit", "happened_at": city.clock.now().isoformat()}
    city.twice(f"/v1/returns/{back['return_id']}:events", {"events": [seen]})

    assert bring(city, back)["state"] == "settled"
    assert city.audit() == []


def test_kept(city: City, austin: Place) -> None:
    order = city.order("MUG")
    carrier_says(city, dispatch(city, austin), "delivered")

    assert ask(city, order, at="mail")["journey"] == "keep_it"
    assert city.money(order)["refunded"] == "4.00"
    assert city.audit() == []


def test_by_the_carrier(city: City, austin: Place) -> None:
    order = city.order("LAMP")
    carrier_says(city, dispatch(city, austin), "returning")
    (back,) = city.get(f"/v1/orders/{order['order_id']}/returns")["returns"]

    assert bring(city, Answer(200, back))["state"] == "settled"
    assert city.audit() == []


def test_to_the_vendor(city: City, austin: Place) -> None:
    vendor = city.store("Vendor", "vendor")
    vendor.has("SOFA", 9, price=9999)
    known_item(city, "SOFA", price=9999)
    back = ask(city, drop_shipped(city, vendor, "SOFA"))
    bring(city, back, "damaged")

    sent = city.twice(f"/v1/returns/{back['return_id']}:to_vendor")

    assert [note["state"] for note in sent["debit_notes"]] == ["sent"]
    assert austin.stock("SOFA") == {}
    assert city.audit() == []


def test_in_exchange(city: City, austin: Place) -> None:
    order = city.carry_out("MUG", austin)
    back = ask(city, order)
    on = f"/v1/returns/{back['return_id']}"
    lines = [{"line": 1, "quantity": 1, "grade": "new"}]
    city.twice(f"{on}:receive", {"node": "Austin", "lines": lines, "refund": False})

    wanted = {"lines": [{"item": "LAMP", "quantity": 1}], "payment": {"provider": "test", "token": "tok_ok"}}
    done = city.twice(f"{on}:exchange", wanted)

    assert (done["credit"], done["state"]) == (usd("4.00"), "settled")
    placed = city.get(f"/v1/orders/{done['exchange_order_id']}")
    assert city.money(placed)["captured"] == "25.00"
    assert city.money(order)["refunded"] == "4.00"
    assert city.audit() == []


def test_a_part_of_a_kit_brings_its_own_share(city: City, austin: Place) -> None:
    known_item(city, "SET", price=2500)
    with city.database.transaction() as tx:
        parts = [KitPart(kit="SET", item="LAMP", quantity=1), KitPart(kit="SET", item="MUG", quantity=2)]
        catalogue.save_kit_parts(tx, "main", parts)
    order = city.carry_out("SET", austin)
    assert order.status == 201, order.body

    units = [line["line"] for line in order["lines"] for _ in range(line["quantity"])]
    refunds = [bring(city, ask(city, order, line=line), line=line)["refund"] for line in units]

    assert len(refunds) == 3
    assert sum(round(float(each["amount"]) * 100) for each in refunds) == 2500
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []
