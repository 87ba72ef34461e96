"""A till with a connection and without one: what it sells is sold once, and nobody's goods are sold."""

import re
from typing import Any

import pytest
from test_bad_forms import send
from test_journeys_of_people import all_sent
from test_tower import signed_in
from web_town import Town, Visit

from people import People

READY = re.compile("ready to be cut off")


def open_till(visit: Visit) -> Any:
    """The cashier opens the till of their store, which gets ready to be cut off."""
    page = visit("carl", "")
    page.locator("#lease", has_text=READY).wait_for()
    return page


def put(page: Any, code: str) -> None:
    """The cashier scans something."""
    field = page.get_by_label("Scan, or type a code or a name")
    field.fill(code)
    field.press("Enter")


def newest(page: Any, state: str) -> None:
    """The newest receipt is in this state."""
    page.locator("#receipt-list > li").first.locator(".badge", has_text=state).wait_for()


def test_a_sale_is_scanned_paid_and_booked(visit: Visit, town: Town) -> None:
    page = open_till(visit)
    put(page, "20000000000010")
    put(page, "JAR")
    put(page, "JAR")

    assert page.locator(".price").inner_text() == "$84.97"
    page.get_by_role("button", name="Card").click()

    newest(page, "sold")
    town.city.settle()
    assert town.austin.stock("LAMP")["on_hand"] == 4
    assert town.austin.stock("JAR")["on_hand"] == 7
    assert town.city.audit() == []


def test_cut_off_for_an_hour_while_the_web_sells_out_nothing_is_sold_twice(visit: Visit, town: Town) -> None:
    page = open_till(visit)
    page.context.set_offline(True)
    page.locator("#lease", has_text="cut off").wait_for()

    put(page, "LAMP")
    page.get_by_role("button", name="Cash").click()
    newest(page, "kept here")
    put(page, "LAMP")
    page.get_by_role("button", name="Cash").click()
    page.locator(".toast", has_text="may not sell 1 of LAMP").wait_for()
    town.city.clock.wait(hours=1)
    web = [town.city.pick_up("LAMP", town.austin).status for _ in range(8)]
    assert web == [201] * 7 + [409]  # four lie here and three in Dallas; the fifth here is this till's
    assert town.austin.stock("LAMP")["on_hand"] == 5

    page.context.set_offline(False)
    all_sent(page)

    newest(page, "sold")
    town.city.settle()
    assert town.austin.stock("LAMP") == {"on_hand": 4, "allocated": 4}
    assert town.city.audit() == []


def test_a_sale_whose_answer_was_lost_is_booked_once(visit: Visit, town: Town) -> None:
    page = open_till(visit)
    lost = []

    def deliver_and_lose_the_answer(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/sales", deliver_and_lose_the_answer)
    put(page, "LAMP")
    page.get_by_role("button", name="Cash").click()

    newest(page, "sold")
    assert lost == [201]
    assert town.austin.stock("LAMP")["on_hand"] == 4


def test_what_was_sold_without_a_connection_outlives_the_page(visit: Visit, town: Town) -> None:
    page = open_till(visit)
    page.context.set_offline(True)
    put(page, "LAMP")
    page.get_by_role("button", name="Cash").click()
    newest(page, "kept here")

    page.context.route("**/sales", lambda route: route.abort())
    page.context.set_offline(False)
    page.reload()
    newest(page, "kept here")
    page.context.unroute("**/sales")
    all_sent(page)

    newest(page, "sold")
    assert town.austin.stock("LAMP")["on_hand"] == 4


def test_what_is_not_here_is_brought_home_from_elsewhere(visit: Visit, town: Town) -> None:
    page = open_till(visit)
    for _ in range(4):
        put(page, "BOOT")
    page.get_by_role("button", name="One more of Ridgeway").click()
    page.get_by_text("Brought home").click()
    page.get_by_label("Name", exact=True).fill("Ann")
    page.get_by_label("Street").fill("1 Congress Avenue")
    page.get_by_label("Town").select_option("78701")
    page.get_by_role("button", name="Card").click()

    newest(page, "on its way")
    (order,) = town.city.get("/v1/orders")["orders"]
    assert {line["journey"] for line in order["lines"]} == {"store_delivery"}
    assert order["payment"]["authorised"]["amount"] == "649.95"


def test_a_reservation_is_settled_line_by_line(visit: Visit, town: Town) -> None:
    order = town.city.reserve("JAR", town.austin, 3, contact={"name": "Ann"})
    town.city.settle()
    page = open_till(visit)
    page.get_by_role("link", name="Kept for shoppers").click()
    page.get_by_label("Name or order number").fill("ann")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Take one less").click()
    page.get_by_role("button", name="Paid in cash").click()

    page.get_by_text("Settled: 2 sold, the rest goes back to the shelf.").wait_for()
    assert town.city.states(order) == {"handed_over": 2, "cancelled": 1}
    assert town.city.money(order)["captured"] == "29.98"


def bought_here(town: Town, item: str = "LAMP", receipt: str = "R-1") -> Any:
    """Somebody has bought something at this till, by card."""
    order = town.city.carry_out(
        item, town.austin, external_id=receipt, contact={"email": "ann@example.com"},
        payment={"provider": "test", "token": "tok_ok", "card": "fp-4242"},
    )  # fmt: skip
    assert order.status == 201, order.body
    town.city.settle()
    return order


def brought_back(page: Any, find: str, button: str) -> None:
    """The cashier finds what was bought, and takes one piece of it in."""
    page.get_by_role("link", name="Take something back").click()
    page.get_by_label("Receipt, QR code").fill(find)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name=button).click()


@pytest.mark.parametrize("find", ["R-1", "ann@example.com", "fp-4242"], ids=["receipt", "e-mail", "card"])
def test_what_was_bought_is_found_with_or_without_a_receipt_and_paid_back(
    visit: Visit, town: Town, find: str
) -> None:
    order = bought_here(town)
    page = open_till(visit)

    brought_back(page, find, "Take it back and refund")

    page.get_by_text("$54.99 refunded").wait_for()
    town.city.settle()
    assert town.city.money(order)["refunded"] == "54.99"
    assert town.austin.stock("LAMP")["on_hand"] == 5
    assert town.city.audit() == []


def test_something_dearer_is_taken_instead_and_the_difference_charged(visit: Visit, town: Town) -> None:
    order = bought_here(town)
    page = open_till(visit)
    brought_back(page, "R-1", "Take something else instead")
    assert page.locator("#worth").inner_text() == "$54.99"

    put(page, "BOOT")
    page.get_by_role("button", name="Exchange").click()
    page.get_by_text("$75.00 is to be paid.").wait_for()
    page.get_by_role("button", name="Paid in cash").click()

    page.get_by_text("Exchanged").wait_for()
    assert "$54.99 paid for what was taken instead, $75.00 charged" in page.locator("main").inner_text()
    town.city.settle()
    assert town.city.money(order)["refunded"] == "54.99"
    assert town.austin.stock("LAMP")["on_hand"] == 5
    assert town.austin.stock("BOOT")["on_hand"] == 3
    assert town.city.audit() == []


def test_something_cheaper_is_taken_instead_and_the_difference_refunded(visit: Visit, town: Town) -> None:
    bought_here(town)
    page = open_till(visit)
    brought_back(page, "R-1", "Take something else instead")
    put(page, "JAR")
    put(page, "JAR")
    page.get_by_role("button", name="Exchange").click()

    page.get_by_text("Exchanged").wait_for()
    assert "$29.98 paid for what was taken instead, $25.01 refunded" in page.locator("main").inner_text()
    assert town.austin.stock("JAR")["on_hand"] == 7
    assert town.city.audit() == []


def test_bought_online_it_is_exchanged_at_the_till(visit: Visit, town: Town) -> None:
    order = town.city.pick_up("LAMP", town.austin, external_id="W-1", contact={"name": "Ann"})
    People(town.city).see_through(order)
    page = open_till(visit)
    brought_back(page, "W-1", "Take something else instead")
    put(page, "LAMP")
    page.get_by_role("button", name="Exchange").click()

    page.get_by_text("Exchanged").wait_for()
    assert town.austin.stock("LAMP")["on_hand"] == 4
    assert town.city.audit() == []


def test_a_shopper_who_finds_nothing_gets_the_money(visit: Visit, town: Town) -> None:
    bought_here(town)
    page = open_till(visit)
    brought_back(page, "R-1", "Take something else instead")
    page.locator("#worth").wait_for()
    page.goto("/till/AUSTIN/back?find=R-1")
    page.get_by_role("link", name="Go on with it").click()

    page.get_by_role("button", name="Pay it back instead").click()

    page.get_by_text("$54.99 refunded").wait_for()


def test_a_lost_till_is_closed_and_tells_its_sale_when_it_is_found(visit: Visit, town: Town) -> None:
    lost = open_till(visit)
    lost.context.set_offline(True)
    put(lost, "LAMP")
    lost.get_by_role("button", name="Cash").click()
    newest(lost, "kept here")
    name = lost.evaluate("localStorage.getItem('anyshelf.till')")
    manager = visit("omar", "/till/AUSTIN/tills")
    manager.get_by_role("button", name=f"Close till {name}").click()
    manager.get_by_text("No till is open here.").wait_for()
    assert [town.city.pick_up("LAMP", town.austin).status for _ in range(9)] == [201] * 8 + [409]

    lost.context.set_offline(False)
    all_sent(lost)

    newest(lost, "sold")
    town.city.settle()
    (mishap,) = town.city.get("/v1/exceptions")["exceptions"]
    assert mishap["kind"] == "sold_when_closed"
    assert town.city.audit() == []


@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        ("carl", "/till/DALLAS", 403), ("ana", "/till/AUSTIN", 403), ("vera", "/till/AUSTIN", 403),
        ("sam", "/till/AUSTIN", 403), ("carl", "/till/NOWHERE", 403), ("omar", "/till/NOWHERE", 404),
        ("omar", "/till/DC", 404), ("carl", "/tower", 403), ("carl", "/till/DALLAS/back", 403),
        ("carl", "/till/DALLAS/tills", 403), ("ana", "/till/AUSTIN/tills", 403),
    ],
)  # fmt: skip
def test_a_till_is_for_who_sells_there(town: Town, person: str, path: str, status: int) -> None:
    assert town.city.get(path, cookie=signed_in(town, person)).status == status


def test_a_cashier_sells_at_no_other_store(town: Town) -> None:
    body = b'{"external_id": "R", "lines": [{"item": "LAMP", "quantity": 1}], "tender": {"provider": "cash"}}'

    for call in (("POST", "sales", body), ("PUT", "lease", None), ("DELETE", "lease", None)):
        answer = town.city.call(
            call[0], f"/v1/nodes/DALLAS/tills/T1/{call[1]}", call[2], cookie=signed_in(town, "carl"),
            origin=town.address, host=town.address.partition("//")[2],
        )  # fmt: skip
        assert answer.status == 403, answer.body
    assert town.dallas.stock("LAMP") == {"on_hand": 3}
    assert send(town, "/till/DALLAS", {}).status in {404, 405}
