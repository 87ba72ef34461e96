"""Whatever a browser, or who pretends to be one, may send to a page: a clear refusal, never a 500."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from web_town import Town

from city import Answer

FORM = "application/x-www-form-urlencoded"
NOBODYS_LINK = "/order/AAAAAAAAAAAAAAAAAAAAAAAA"


def send(town: Town, path: str, fields: Mapping[str, Any], **headers: str) -> Answer:
    """A form sent by a page of ours, unless told otherwise."""
    sent = {"content-type": FORM, "origin": town.address, "host": town.address.partition("//")[2], **headers}
    return town.city.post(path, urlencode(fields).encode(), **sent)


def basket(*lines: list[Any]) -> dict[str, str]:
    """The cookie of a basket."""
    return {"cookie": f"anyshelf_basket={quote(json.dumps(lines))}"}


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/basket/add", {}, 422),
        ("/basket/add", {"item": "LAMP", "way": "teleport:"}, 422),
        ("/basket/add", {"item": "LAMP", "way": "pickup:"}, 422),
        ("/basket/add", {"item": "LAMP", "way": "ship:AUSTIN"}, 422),
        ("/basket/add", {"item": "NONE", "way": "ship:"}, 404),
        ("/basket/add", {"item": "LAMP", "way": "ship:", "quantity": "0"}, 422),
        ("/basket/add", {"item": "LAMP", "way": "ship:", "quantity": "-1"}, 422),
        ("/basket/add", {"item": "LAMP", "way": "ship:", "quantity": "1.5"}, 422),
        ("/basket/add", {"item": "LAMP", "way": "ship:", "quantity": "9" * 400}, 422),
        ("/basket/add", {"item": "LAMP", "way": "ship:", "quantity": "٣"}, 422),
        ("/basket/add", {"item": "L" * 200, "way": "ship:"}, 422),
        ("/basket/change", {"line": "x", "quantity": "1"}, 422),
        ("/basket/change", {"line": "19", "quantity": "1"}, 303),
        ("/place", {}, 422),
        ("/order", {"number": ""}, 422),
        (f"{NOBODYS_LINK}/cancel", {}, 404),
        (f"{NOBODYS_LINK}/return", {"units-1": "1"}, 404),
        ("/sign-in/as", {"person": "nobody"}, 404),
        ("/store/AUSTIN/returns/of/0190b5a5-0000-7000-8000-000000000001", {"units-1": "1"}, 422),
        ("/store/NOWHERE/returns/of/0190b5a5-0000-7000-8000-000000000001", {"units-1": "1"}, 404),
        ("/store/AUSTIN/returns/of/no-id", {"units-1": "1"}, 422),
        ("/till/AUSTIN/back/of/0190b5a5-0000-7000-8000-000000000001", {"then": "exchange"}, 422),
        ("/till/AUSTIN/back/0190b5a5-0000-7000-8000-000000000001/receive", {"grade-1": "new"}, 404),
        ("/till/NOWHERE/tills/T1/close", {}, 404),
        ("/till/AUSTIN/tills/T1/close", {}, 303),
    ],
)
def test_what_cannot_be_is_refused(town: Town, path: str, fields: dict[str, str], status: int) -> None:
    answer = send(town, path, fields)

    assert answer.status == status, answer.body
    assert status < 400 or answer["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/basket/add", "/basket/change", "/place", "/checkout", "/order", f"{NOBODYS_LINK}/cancel",
        f"{NOBODYS_LINK}/here", "/sign-in", "/sign-in/as", "/sign-out",
        "/store/AUSTIN/returns/of/0190b5a5-0000-7000-8000-000000000001",
    ],
)  # fmt: skip
def test_a_page_of_another_site_changes_nothing(town: Town, path: str) -> None:
    answer = send(town, path, {"person": "ana"}, origin="https://evil.example")

    assert answer.status in {401, 403}, answer.body
    assert "set-cookie" not in {name.lower() for name in answer.headers}


@pytest.mark.parametrize(
    "kept",
    [
        "not json", "{}", "[1]", '[["LAMP"]]', '[["LAMP",-1,"ship",""]]', '[["LAMP",1,"fly",""]]',
        '[["LAMP",true,"ship",[]]]', '[["' + "L" * 500 + '",1,"ship",""]]', "[" * 900,
        '[["LAMP",1e999,"ship",""]]', '[["LAMP",1,"pickup","NOWHERE"],["GONE",1,"ship",""]]',
    ],
)  # fmt: skip
def test_a_basket_no_page_of_ours_has_made_is_read_as_far_as_it_can_be(town: Town, kept: str) -> None:
    for path in ("/basket", "/checkout", "/"):
        answer = town.city.get(path, cookie=f"anyshelf_basket={quote(kept)}")
        assert answer.status in {200, 303}, (path, answer.body)


@pytest.mark.parametrize(
    ("lines", "fields", "says"),
    [
        ([["LAMP", 99, "pickup", "AUSTIN"]], {}, "LAMP"),
        ([["LAMP", 1, "pickup", "NOWHERE"]], {}, "NOWHERE"),
        ([["LAMP", 1, "ship", ""]], {"email": ""}, "Fill in email"),
        ([["LAMP", 1, "ship", ""]], {"name": "A" * 500}, "longer than"),
        ([["LAMP", 1, "ship", ""]], {"number": ""}, "Fill in number"),
        ([["LAMP", 1, "ship", ""]], {"card": "tok_of_somebody_else"}, "declined"),
    ],
)
def test_an_order_that_cannot_be_is_told_on_the_checkout_and_takes_nothing(
    town: Town, lines: list[list[Any]], fields: dict[str, str], says: str
) -> None:
    form = {"number": "W-1", "name": "Sam", "email": "sam@example.com", "street": "1 Main", **fields}

    answer = send(town, "/checkout", form, **basket(*lines))

    assert 400 <= answer.status < 500, answer.body
    assert says in answer.body.decode(), answer.body.decode().partition("<main")[2][:600]
    assert town.austin.stock("LAMP") == {"on_hand": 5}


def test_the_same_checkout_sent_twice_is_one_order(town: Town) -> None:
    form = {"number": "W-7", "name": "Sam", "email": "sam@example.com", "card": "tok_ok"}
    kept = basket(["LAMP", 1, "pickup", "AUSTIN"])

    first, second = send(town, "/checkout", form, **kept), send(town, "/checkout", form, **kept)

    assert (first.status, second.status) == (303, 303)
    found = town.city.get("/v1/orders?external_id=W-7")["orders"]
    assert len(found) == 1
    assert sum(town.austin.stock("LAMP").values()) == 5 + 1


def test_addresses_are_not_tried_for_ever(town: Town) -> None:
    tries = [send(town, "/order", {"number": "W-9", "email": f"a{place}@b.c"}).status for place in range(11)]

    assert tries == [404] * 10 + [429]
