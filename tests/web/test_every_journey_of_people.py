"""The other journeys there and back, each by the people in it: a shopper, who works for them, who drives."""

from typing import Any

from chromium import PHONE
from test_journeys_of_people import (
    all_sent,
    check_out,
    find_everything,
    put_in_basket,
    stage_of,
)
from test_till import newest, open_till, put
from web_town import Town, Visit

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.orders import service as orders
from city import MARKET


def ordered(visit: Visit, town: Town, item: str, way: str, pieces: int = 1) -> Any:
    """A shopper orders so many pieces of something; the page of their order."""
    shopper = visit("", "/")
    put_in_basket(shopper, item, way)
    if pieces > 1:
        field = shopper.get_by_label("How many of")
        field.fill(str(pieces))
        field.press("Enter")
        shopper.locator(f'input[name=quantity][value="{pieces}"]').wait_for()
    check_out(shopper)
    town.city.settle()
    shopper.reload()
    return shopper


def packed_in_store(page: Any, store: str) -> None:
    """Somebody in a store finds all of a parcel, packs it and gives it to its carrier."""
    page.goto(f"/store/{store}")
    page.locator("#tasks a.task").first.click()
    find_everything(page)
    page.get_by_role("button", name="Packed").click()
    page.get_by_role("button", name="It has left").click()
    page.get_by_text("It has left. Well done.").wait_for()
    all_sent(page)


def carrier_says(town: Town, kind: str) -> None:
    """The carrier's computer tells of every parcel on its way."""
    town.city.settle()
    (order,) = town.city.get("/v1/orders")["orders"]
    for each in town.city.get(f"/v1/orders/{order['order_id']}/shipments")["shipments"]:
        seen = {"event_id": kind, "kind": kind, "happened_at": town.city.clock.now().isoformat()}
        at = f"/v1/shipments/{each['shipment_id']}:events"
        assert town.city.post(at, {"events": [seen]}).status == 200
    town.city.settle()


def test_ship_from_store(visit: Visit, town: Town) -> None:
    shopper = ordered(visit, town, "LAMP", "ship:")
    (order,) = town.city.get("/v1/orders")["orders"]
    node = order["lines"][0]["allocations"][0]["node"]
    packed_in_store(visit({"AUSTIN": "ana", "DALLAS": "dan"}[node], "", PHONE), node)
    carrier_says(town, "delivered")

    assert order["lines"][0]["journey"] == "ship_from_store"
    assert stage_of(shopper) == "Delivered"
    assert town.city.audit() == []


def test_ship_from_dc(visit: Visit, town: Town) -> None:
    shopper = ordered(visit, town, "JAR", "ship:", 12)
    packer = visit("wen", "", PHONE)
    packer.get_by_role("button", name="Make a wave").click()
    packer.get_by_role("button", name="Set out").click()
    packer.get_by_role("button", name="All in, next").click()
    packer.get_by_role("link", name="To the bench").click()
    all_sent(packer)
    packer.get_by_label("Scan a piece or a tote").fill("T1")
    packer.get_by_label("Scan a piece or a tote").press("Enter")
    packer.get_by_role("button", name="All of it is in").click()
    packer.get_by_role("button", name="Packed").click()
    packer.get_by_text("is packed and waits for").wait_for()
    all_sent(packer)
    packer.get_by_role("link", name="Carriers").click()
    packer.get_by_role("button", name="has collected it").click()
    all_sent(packer)
    carrier_says(town, "delivered")

    assert stage_of(shopper) == "Delivered"
    assert town.dc.stock("JAR") == {"on_hand": 88}
    assert town.city.audit() == []


def test_drop_ship(visit: Visit, town: Town) -> None:
    town.city.store("FURNISH", "vendor").has("TABLE", 9)
    shopper = ordered(visit, town, "TABLE", "ship:")
    vendor = visit("vera", "/vendor")
    vendor.get_by_role("button", name="Confirm").click()
    vendor.get_by_label("Carrier").fill("ups")
    vendor.get_by_label("Tracking number").fill("1Z42")
    vendor.get_by_role("button", name="It has left").click()
    vendor.get_by_text("Nothing is to be sent.").wait_for()
    carrier_says(town, "delivered")

    assert stage_of(shopper) == "Delivered"
    assert town.city.audit() == []


def test_ship_to_store(visit: Visit, town: Town) -> None:
    order = town.city.order(
        "BOOT", fulfilment={"method": "pickup", "node": "DALLAS"}, contact={"name": "Ann"}
    )
    town.city.settle()
    shopper = visit("", town.link_to(order))
    code = shopper.locator(".code-shown").inner_text()
    node = order["lines"][0]["allocations"][0]["node"]
    packed_in_store(visit({"AUSTIN": "ana", "DC": "wen"}[node], "", PHONE), node)
    town.city.settle()
    associate = visit("dan", "/store/DALLAS/arrivals", PHONE)
    associate.get_by_role("button", name="Receive this box").click()
    associate.get_by_text("What came is on the work list").wait_for()
    all_sent(associate)
    town.city.settle()
    associate.goto("/store/DALLAS")
    associate.get_by_role("link", name="Arrived for pickup").click()
    associate.get_by_role("button", name="Ready to collect").click()
    all_sent(associate)
    associate.get_by_label("Code", exact=True).fill(code)
    associate.get_by_role("button", name="Hand over").click()
    associate.get_by_text("Handed over. Well done.").wait_for()
    town.city.settle()

    assert stage_of(shopper) == "Collected"
    assert town.city.audit() == []


def test_ropis(visit: Visit, town: Town) -> None:
    shopper = ordered(visit, town, "LAMP", "reserve:AUSTIN")
    associate = visit("ana", "/store/AUSTIN", PHONE)
    associate.get_by_role("link", name="Reserved").click()
    find_everything(associate)
    associate.get_by_role("button", name="Ready to collect").click()
    associate.get_by_text("it is settled at the till").wait_for()
    all_sent(associate)
    cashier = open_till(visit)
    cashier.get_by_role("link", name="Kept for shoppers").click()
    cashier.get_by_role("button", name="Paid by card").click()
    cashier.get_by_text("Settled: 1 sold").wait_for()
    town.city.settle()

    assert stage_of(shopper) == "Collected"
    assert town.austin.stock("LAMP")["on_hand"] == 4
    assert town.city.audit() == []


def test_store_delivery(visit: Visit, town: Town) -> None:
    cashier = open_till(visit)
    put(cashier, "LAMP")
    cashier.get_by_text("Brought home").click()
    cashier.get_by_label("Name", exact=True).fill("Ann")
    cashier.get_by_label("Street").fill("1 Congress Avenue")
    cashier.get_by_label("Town").select_option("78701")
    cashier.get_by_role("button", name="Card").click()
    newest(cashier, "on its way")
    town.city.settle()
    packed_in_store(visit("ana", "", PHONE), "AUSTIN")
    carrier_says(town, "delivered")

    (order,) = town.city.get("/v1/orders")["orders"]
    assert (order["status"], order["payment"]["captured"]["amount"]) == ("completed", "54.99")
    assert town.city.audit() == []


def bought_and_delivered(visit: Visit, town: Town, item: str = "LAMP") -> Any:
    """A shopper's parcel has come; the page of their order."""
    shopper = ordered(visit, town, item, "ship:")
    (order,) = town.city.get("/v1/orders")["orders"]
    node = order["lines"][0]["allocations"][0]["node"]
    packed_in_store(visit({"AUSTIN": "ana", "DALLAS": "dan"}[node], "", PHONE), node)
    carrier_says(town, "delivered")
    shopper.reload()
    return shopper


def asked_back_by_mail(shopper: Any) -> None:
    """The shopper asks to send it back."""
    shopper.get_by_text("Send or bring something back").click()
    shopper.get_by_label("How?").select_option("mail")
    shopper.get_by_role("button", name="Ask for the return").click()


def taken_in(page: Any, node: str, number: str) -> None:
    """Somebody at a desk takes in what they were told of."""
    page.goto(f"/store/{node}/returns?find={number}")
    page.get_by_label("How does it look?").first.select_option("new")
    page.get_by_role("button", name="Take it back and refund").first.click()
    page.get_by_text("refunded").wait_for()


def number_of(shopper: Any) -> str:
    """The number of a shopper's order."""
    return str(shopper.locator("h1").inner_text()).removeprefix("Order ")


def test_mail_return(visit: Visit, town: Town) -> None:
    shopper = bought_and_delivered(visit, town)
    asked_back_by_mail(shopper)
    assert shopper.get_by_role("link", name="Label").count() == 1

    taken_in(visit("wen", "", PHONE), "DC", number_of(shopper))
    town.city.settle()
    shopper.reload()

    assert "$54.99 refunded" in shopper.locator("main").inner_text()
    assert town.city.audit() == []


def test_keep_it(visit: Visit, town: Town) -> None:
    with town.city.database.transaction() as tx:
        cheap = Item(item="LAMP", name="Halden Brass Table Lamp", category="lamps", weight_g=1800,
                     price_minor=399, currency="USD")  # fmt: skip
        catalogue.save_items(tx, MARKET, [cheap])
        orders.change_terms(tx, MARKET, {"keep_it_minor": 399})
    shopper = bought_and_delivered(visit, town)
    asked_back_by_mail(shopper)
    town.city.settle()
    shopper.reload()

    assert "$3.99 refunded" in shopper.locator("main").inner_text()
    assert shopper.get_by_role("link", name="Label").count() == 0
    assert town.city.audit() == []


def test_undeliverable(visit: Visit, town: Town) -> None:
    shopper = ordered(visit, town, "LAMP", "ship:")
    (order,) = town.city.get("/v1/orders")["orders"]
    node = order["lines"][0]["allocations"][0]["node"]
    associate = visit({"AUSTIN": "ana", "DALLAS": "dan"}[node], "", PHONE)
    packed_in_store(associate, node)
    carrier_says(town, "returning")

    taken_in(associate, node, number_of(shopper))
    town.city.settle()
    shopper.reload()

    paid = town.city.get(f"/v1/orders/{order['order_id']}")["payment"]
    assert paid["refunded"] == paid["captured"]
    assert "refunded" in shopper.locator("main").inner_text()
    assert town.city.audit() == []
