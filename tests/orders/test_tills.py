"""A till's lease: what it may sell when it is cut off is nobody else's, and what it sold is sold once."""

from collections.abc import Iterator
from typing import Any

import pytest

from anyshelf.ground.db import Database
from anyshelf.inventory import rules
from anyshelf.inventory import service as inventory
from anyshelf.inventory.service import leases
from anyshelf.inventory.store import leases as lease_store
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


@pytest.mark.parametrize(
    ("free", "most", "taken"),
    [
        ({"A": 40, "B": 8, "C": 1}, 500, {"A": 10, "B": 2}),
        ({"A": 40, "B": 40}, 12, {"A": 6, "B": 6}),
        ({"A": 40, "B": 8, "C": 3}, 5, {"A": 2, "B": 2, "C": 1}),
        ({"A": 4, "B": 40, "C": 9}, 2, {"B": 1, "C": 1}),
        ({"A": 40}, 0, {}),
    ],
)
def test_one_till_leases_so_much_in_all_and_a_little_of_everything(
    free: dict[str, int], most: int, taken: dict[str, int]
) -> None:
    assert rules.shares(free, most=most) == taken


def test_a_till_that_renews_again_and_again_never_has_more_than_its_share(
    city: City, austin: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TILL_UNITS_MAX", 7)
    for item in ("LAMP", "VASE", "RUG"):
        austin.has(item, 40)

    assert sum(lease(city).values()) == 6
    austin.has("SOFA", 40)
    assert sum(lease(city).values()) == 7
    assert sum(lease(city).values()) == 7


# A till that is lost


def closed(city: City) -> Answer:
    """Somebody closes the lost till."""
    return city.call("DELETE", f"{TILL}/lease")


def sold_out_on_the_web(city: City, austin: Place) -> list[Answer]:
    """Everything the closed till gave back is promised to others."""
    orders = [city.pick_up("LAMP", austin) for _ in range(4)]
    assert [each.status for each in orders] == [201] * 4
    city.settle()
    return orders


def test_a_closed_tills_stock_is_for_everybody_at_once(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)
    (known,) = city.get("/v1/nodes/AUSTIN/tills")["tills"]
    assert (known["till"], known["units"], known["heard_of_at"]) == ("T1", 1, city.clock.now().isoformat())

    assert closed(city)["units_freed"] == 1
    assert closed(city)["units_freed"] == 0

    assert austin.stock("LAMP") == {"on_hand": 4}
    assert city.get("/v1/nodes/AUSTIN/tills")["tills"] == []
    assert city.audit() == []


def test_a_closed_tills_late_sale_is_taken_and_no_order_of_the_web_is_lost(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    city.store("WACO").has("LAMP", 2)
    lease(city)
    closed(city)
    orders = sold_out_on_the_web(city, austin)

    late, again = sold(city, "LAMP", key="k"), sold(city, "LAMP", key="other")

    assert (late.status, late["order_id"]) == (201, again["order_id"])
    assert city.money(late)["captured"] == "25.00"
    assert austin.stock("LAMP") == {"on_hand": 4, "allocated": 4}, "nobody's claim was touched"
    (mishap,) = city.get("/v1/exceptions")["exceptions"]
    assert (mishap["kind"], mishap["order_id"]) == ("sold_when_closed", late["order_id"])
    assert city.audit() == []

    (last,) = [each for each in city.work_at(austin) if each["order_id"] == orders[3]["order_id"]]
    short = {"lines": [{"line": 1, "quantity": 0, "short_reason": "not on the shelf"}]}
    assert city.post(f"/v1/work/{last['work_id']}:pick", short).status == 200
    assert city.states(orders[3]) == {"released": 1}, "it comes from Waco"
    assert austin.stock("LAMP") == {"on_hand": 3, "allocated": 3}
    assert city.audit() == []


def test_without_the_memory_of_its_lease_the_late_sale_would_be_lost(
    city: City, austin: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    austin.has("LAMP", 4)
    lease(city)
    forgetting = lease_store.CLOSE_SQL.replace("l.quantity, %(now)s", "0, %(now)s")
    assert forgetting != lease_store.CLOSE_SQL
    monkeypatch.setattr(lease_store, "CLOSE_SQL", forgetting)
    closed(city)
    sold_out_on_the_web(city, austin)

    assert sold(city, "LAMP").problem == "shortage"


def test_without_the_units_put_back_the_database_refuses_to_oversell(
    city: City, austin: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    austin.has("LAMP", 4)
    lease(city)
    closed(city)
    sold_out_on_the_web(city, austin)
    monkeypatch.setattr(leases, "post", lambda *_, **__: None)

    assert sold(city, "LAMP").status == 409
    assert austin.stock("LAMP") == {"on_hand": 4, "allocated": 4}
    monkeypatch.undo()
    assert city.audit() == []


def test_what_a_closed_till_never_had_it_cannot_sell_late(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)
    closed(city)
    sold_out_on_the_web(city, austin)
    before = city.ledger()

    assert sold(city, "LAMP", 2).problem == "shortage"
    assert city.ledger() == before
    other = city.post(
        "/v1/nodes/AUSTIN/tills/T2/sales",
        {"external_id": "R-2", "lines": [{"item": "LAMP", "quantity": 1}],
         "tender": {"provider": "cash", "token": "drawer"}},
    )  # fmt: skip
    assert other.problem == "shortage", "another till had none of it"


def test_of_two_late_sales_of_one_piece_one_is_taken(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)
    closed(city)
    sold_out_on_the_web(city, austin)

    answers = city.together(*[lambda n=n: sold(city, "LAMP", receipt=f"R-{n}") for n in range(3)])

    assert sorted(each.status for each in answers) == [201, 409, 409]
    assert city.audit() == []


def test_a_till_that_is_back_and_has_told_everything_begins_anew(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)
    closed(city)
    sold_out_on_the_web(city, austin)
    assert lease(city) == {}

    assert sold(city, "LAMP").problem == "shortage"


def test_a_closed_tills_late_sale_of_what_still_lies_there_is_a_plain_sale(city: City, austin: Place) -> None:
    austin.has("LAMP", 4)
    lease(city)
    closed(city)

    assert sold(city, "LAMP").status == 201

    assert austin.stock("LAMP") == {"on_hand": 3}
    assert city.get("/v1/exceptions")["exceptions"] == []


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
