"""A till's lease: what it may sell when it is cut off is nobody else's, and what it sold is sold once."""

from collections.abc import Iterator
from typing import Any

import pytest

from anyshelf.ground.db import Database
from anyshelf.inventory import rules
from anyshelf.inventory import service as inventory
from city import MARKET, Answer, City, Place, open_city

TILL = "/v1/nodes/AUSTIN/tills/T1"


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        yield opened


@pytest.fixture
def austin(city: City) -> Place:
    return city.store("AUSTIN")


def lease(city: City, till: str = TILL) -> dict[str, int]:
    """The till renews its lease."""
    answer = city.call("PUT", f"{till}/lease")
    assert answer.status == 200, answer.body
    return {each["item"]: each["quantity"] for each in answer["items"]}


def sold(
    city: City, item: str, quantity: int = 1, *, receipt: str = "R-1", key: str = "", **more: Any
) -> Answer:
    """The till tells a sale."""
    body = {
        "external_id": receipt, "lines": [{"item": item, "quantity": quantity}],
        "tender": {"provider": "cash", "token": "drawer"}, **more,
    }  # fmt: skip
    return city.post(f"{TILL}/sales", body, key=key)


@pytest.mark.parametrize(("free", "leased"), [(0, 0), (1, 0), (2, 1), (7, 1), (8, 2), (39, 9), (400, 10)])
def test_a_till_leases_a_quarter_and_never_the_last(free: int, leased: int) -> None:
    assert rules.leased_units(free) == leased


def test_what_is_leased_is_sold_to_nobody_else(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    assert lease(city) == {"LAMP": 1}

    web = [city.pick_up("LAMP", austin).status for _ in range(4)]

    assert web == [201, 201, 201, 409]
    assert sold(city, "LAMP").status == 201
    assert city.audit() == []
    assert austin.stock("LAMP")["on_hand"] == 3


def test_renewing_keeps_what_is_leased_and_fills_up_what_was_sold(city: City, austin: Place) -> None:
    austin.has("LAMP", 16)

    assert lease(city) == lease(city) == {"LAMP": 4}
    sold(city, "LAMP", 4)

    assert lease(city) == {"LAMP": 3}
    assert city.audit() == []


def test_a_sale_takes_its_units_out_of_the_lease_and_leaves_the_rest(city: City, austin: Place) -> None:
    austin.has("LAMP", 16)
    lease(city)

    sold(city, "LAMP", 1)

    assert austin.stock("LAMP") == {"on_hand": 15, "reserved": 3}
    assert lease(city) == {"LAMP": 3}


def test_a_sale_larger_than_the_lease_takes_what_is_free_too(city: City, austin: Place) -> None:
    austin.has("LAMP", 5)
    lease(city)

    assert sold(city, "LAMP", 5).status == 201

    assert austin.stock("LAMP") == {}


def test_a_sale_beyond_lease_and_shelf_changes_nothing(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)
    before = city.ledger()

    refused = sold(city, "LAMP", 5)

    assert (refused.status, refused.problem) == (409, "shortage")
    assert [each["item"] for each in refused["lines"]] == ["LAMP"]
    assert city.ledger() == before


def test_a_sale_told_twice_is_one_sale(city: City, austin: Place) -> None:
    austin.has("LAMP", 16)
    lease(city)

    first, again = sold(city, "LAMP", key="k"), sold(city, "LAMP", key="k")
    under_another_key = sold(city, "LAMP", key="other")

    assert first["order_id"] == again["order_id"] == under_another_key["order_id"]
    assert austin.stock("LAMP")["on_hand"] == 15
    assert city.audit() == []


def test_one_receipt_is_not_two_different_sales(city: City, austin: Place) -> None:
    austin.has("LAMP", 16)
    sold(city, "LAMP", 1)

    other = sold(city, "LAMP", 2)

    assert other.status == 409
    assert austin.stock("LAMP")["on_hand"] == 15


def test_a_till_that_never_comes_back_gives_its_units_back_after_a_day(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)

    city.wait(hours=25)
    with city.database.transaction() as tx:
        inventory.expire_holds(tx, MARKET, city.clock.now())

    assert austin.stock("LAMP") == {"on_hand": 4}


def test_a_closed_till_leases_nothing(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)

    assert city.call("DELETE", f"{TILL}/lease").status == 200

    assert austin.stock("LAMP") == {"on_hand": 4}


def test_two_tills_of_a_store_lease_apart(city: City, austin: Place) -> None:
    austin.has("LAMP", 8)

    assert lease(city) == {"LAMP": 2}
    assert lease(city, TILL.replace("T1", "T2")) == {"LAMP": 1}
    assert austin.stock("LAMP") == {"on_hand": 8, "reserved": 3}


def test_web_and_till_together_sell_what_there_is_and_no_more(city: City, austin: Place) -> None:
    austin.has("LAMP", 8)
    lease(city)

    answers = city.together(
        *[lambda: city.pick_up("LAMP", austin) for _ in range(8)],
        *[lambda place=place: sold(city, "LAMP", receipt=f"R-{place}") for place in range(2)],
    )

    web, till = answers[:8], answers[8:]
    assert [each.status for each in till] == [201, 201]
    assert sum(each.status == 201 for each in web) == 6
    assert city.audit() == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/nodes/NOWHERE/tills/T1/sales", {}, 422),
        (f"{TILL}/sales", {"lines": []}, 422),
        (f"{TILL}/sales", {"lines": [{"item": "LAMP", "quantity": 0}]}, 422),
        (f"{TILL}/sales", {"lines": [{"item": "NONE", "quantity": 1}]}, 422),
        (f"{TILL}/sales", {"tender": {"provider": "shells"}}, 422),
        ("/v1/nodes/AUSTIN/tills/a%20b/sales", {}, 422),
    ],
)
def test_a_sale_that_cannot_be_is_refused(
    city: City, austin: Place, path: str, body: dict[str, Any], status: int
) -> None:
    austin.has("LAMP", 4)
    whole = {
        "external_id": "R-1", "lines": [{"item": "LAMP", "quantity": 1}],
        "tender": {"provider": "cash", "token": "drawer"},
    }  # fmt: skip

    answer = city.post(path, {**whole, **body})

    assert answer.status == status or (path.startswith("/v1/nodes/NOWHERE") and answer.status == 404)
    assert austin.stock("LAMP") == {"on_hand": 4}
