"""POST /v1/promises as the contract tells it, and an order that takes an option."""

from collections.abc import Iterator
from typing import Any

import pytest

from anyshelf.ground.db import Database
from city import HOME, City, open_city


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        opened.store("Austin").has("LAMP", 5)
        yield opened


def asked(**more: Any) -> dict[str, Any]:
    return {
        "channel": "web",
        "lines": [{"item": "LAMP", "quantity": 2}],
        "destination": HOME,
        **more,
    }


def test_a_basket_is_quoted_and_an_option_ordered(city: City) -> None:
    promise = city.post("/v1/promises", asked())
    assert promise.status == 201
    ship, pickup = promise["options"]
    assert (ship["method"], pickup["method"], pickup["node"]) == ("ship", "pickup", "Austin")

    order = city.order("LAMP", 2, promise_id=promise["promise_id"], option_id=ship["option_id"])

    assert order.status == 201, order.body
    assert order["promise"]["arrives_by"] == ship["arrives_by"]
    assert order["promise"]["shipments"][0]["node"] == "Austin"


def test_a_quote_asked_for_twice_under_one_key_is_made_once(city: City) -> None:
    first, second = (city.post("/v1/promises", asked(), key="cart 7") for _ in range(2))

    assert first.body == second.body


def test_a_promise_that_ran_out_is_gone(city: City) -> None:
    promise = city.post("/v1/promises", asked())
    city.clock.wait(minutes=31)

    order = city.order(
        "LAMP", 2, promise_id=promise["promise_id"], option_id=promise["options"][0]["option_id"]
    )

    assert (order.status, order.problem) == (410, "promise-expired")


def test_who_took_a_promise_up_in_time_and_asks_again_later_is_told_of_that_order(city: City) -> None:
    promise = city.post("/v1/promises", asked())
    ship, pickup = (option["option_id"] for option in promise["options"])
    first = city.order("LAMP", 2, external_id="web-1", option_id=ship)
    city.clock.wait(minutes=31)

    again = city.order("LAMP", 2, external_id="web-1", option_id=ship)
    other = city.order("LAMP", 2, external_id="web-1", option_id=pickup)
    new = city.order("LAMP", 2, external_id="web-2", option_id=ship)

    assert (again.status, again["order_id"]) == (200, first["order_id"])
    assert [other.problem, new.problem] == ["promise-expired"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": [{"item": "LAMP", "quantity": 0}]},
        {"lines": [{"item": "LAMP", "quantity": 1.5}]},
        {"lines": [{"item": "LAMP", "quantity": 10**9}]},
        {"lines": [{"item": "MOON", "quantity": 1}]},
        {"channel": "shop"},
        {"stores": ["MOON"]},
        {"destination": {"lat": 91, "lon": 0}},
        {"destination": {"lat": 30}},
        {"when": "soon"},
    ],
)
def test_a_wrong_question_is_refused_and_names_the_field(city: City, wrong: dict[str, Any]) -> None:
    answer = city.post("/v1/promises", asked(**wrong))

    assert answer.status in (404, 422)
    assert next(iter(wrong)) in str(answer.body)
