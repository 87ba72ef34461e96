"""A vendor sees its own orders and nobody else's; what it says of them is taken as by any other door."""

from typing import Any

import pytest
from test_bad_forms import send
from test_tower import signed_in
from web_town import Town, Visit, somebody

from anyshelf.ground.auth import make_person


@pytest.fixture
def acme(town: Town) -> Town:
    """A vendor that sends tables, with one order to send, and somebody who works for another."""
    town.city.store("FURNISH", "vendor").has("TABLE", 9)
    with town.city.database.transaction() as tx:
        make_person(tx, somebody("otto", "vendor", vendor="OTHERS"))
    town.city.order("TABLE", 2, contact={"name": "Ann"})
    town.city.settle()
    return town


def only(town: Town) -> dict[str, Any]:
    """The one purchase order there is."""
    (found,) = town.city.get("/v1/vendors/FURNISH/orders?state=all")["orders"]
    return dict(found)


def test_an_order_is_confirmed_and_sent(visit: Visit, acme: Town) -> None:
    page = visit("vera", "/vendor")

    page.get_by_role("button", name="Confirm").click()
    page.locator(".badge", has_text="acknowledged").wait_for()
    page.get_by_label("Carrier").fill("ups")
    page.get_by_label("Tracking number").fill("1Z42")
    page.get_by_role("button", name="It has left").click()

    page.get_by_text("Nothing is to be sent.").wait_for()
    assert only(acme)["lines"][0]["shipped"] == 2
    assert acme.city.audit() == []


def test_what_is_rejected_is_asked_of_somebody_else(visit: Visit, acme: Town) -> None:
    page = visit("vera", "/vendor")
    page.get_by_placeholder("Why not?").fill("out of wood")
    page.get_by_role("button", name="Cannot send it").click()

    page.get_by_text("Nothing is to be sent.").wait_for()
    assert only(acme)["lines"][0]["rejected"] == 2


def test_a_vendor_tells_what_it_has(visit: Visit, acme: Town) -> None:
    page = visit("vera", "/vendor/FURNISH")
    page.get_by_label("Item", exact=True).fill("TABLE")
    page.get_by_label("Pieces").fill("30")
    page.get_by_role("button", name="Tell").click()
    page.wait_for_url("**/vendor/FURNISH")

    assert acme.city.positions("TABLE")["FURNISH"]["on_hand"] == 30


@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        ("otto", "/vendor/FURNISH", 403), ("ana", "/vendor/FURNISH", 403), ("sam", "/vendor/FURNISH", 403),
        ("carl", "/vendor", 403), ("vera", "/store/AUSTIN", 403), ("vera", "/till/AUSTIN", 403),
    ],
)  # fmt: skip
def test_nobody_looks_at_another_vendors_orders(acme: Town, person: str, path: str, status: int) -> None:
    assert acme.city.get(path, cookie=signed_in(acme, person)).status == status


@pytest.mark.parametrize(
    ("verb", "fields"),
    [("confirm", {}), ("reject", {"reason": "x"}), ("ship", {"carrier": "ups", "tracking": "1"})],
)
def test_nobody_answers_for_another_vendor(acme: Town, verb: str, fields: dict[str, str]) -> None:
    before = only(acme)

    refused = send(acme, f"/vendor/orders/{before['po_id']}/{verb}", fields, cookie=signed_in(acme, "otto"))

    assert refused.status == 403
    assert only(acme) == before


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/vendor/FURNISH/stock", {}, 422),
        ("/vendor/FURNISH/stock", {"item": "TABLE", "quantity": "-1"}, 422),
        ("/vendor/NOBODY/stock", {"item": "TABLE", "quantity": "1"}, 404),
        ("/vendor/orders/0190b5a5-0000-7000-8000-000000000001/confirm", {}, 404),
        ("/vendor/orders/0190b5a5-0000-7000-8000-000000000001/ship", {}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(acme: Town, path: str, fields: dict[str, str], status: int) -> None:
    assert send(acme, path, fields).status == status
