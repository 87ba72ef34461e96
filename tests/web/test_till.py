"""A till with a connection and without one: what it sells is sold once, and nobody's goods are sold."""

import re
from typing import Any

import pytest
from test_bad_forms import send
from test_journeys_of_people import all_sent
from test_tower import signed_in
from web_town import Town, Visit

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


@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        ("carl", "/till/DALLAS", 403), ("ana", "/till/AUSTIN", 403), ("vera", "/till/AUSTIN", 403),
        ("sam", "/till/AUSTIN", 403), ("carl", "/till/NOWHERE", 403), ("omar", "/till/NOWHERE", 404),
        ("omar", "/till/DC", 404), ("carl", "/tower", 403),
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
