"""A lorry at the door: what was announced is taken in part by part, whole or broken, and once."""

from collections.abc import Iterator
from typing import Any

import pytest

from anyshelf.ground.db import Database
from city import Answer, City, Place, open_city


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        yield opened


@pytest.fixture(autouse=True)
def dc(city: City) -> Place:
    place = city.dc("DC")
    place.has("LAMP", 0)
    city.expect(place, "LAMP", 10, "PO-7")
    return place


def move(kind: str, quantity: int, delivery: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind, "node": "DC", "item": "LAMP", "quantity": quantity, "reference": "PO-7",
        "reason": "delivery", **({"delivery": delivery} if delivery else {}), **more,
    }  # fmt: skip


def take_in(city: City, *moves: dict[str, Any]) -> Answer:
    answer = city.post("/v1/inventory/moves", {"moves": list(moves)})
    city.settle()
    return answer


def due(city: City) -> list[tuple[int, int]]:
    """Of each line on its way: received, outstanding."""
    told = city.get("/v1/nodes/DC/expected")["expected"]
    return [(line["received"], line["outstanding"]) for each in told for line in each["lines"]]


def test_what_comes_in_two_lorries_is_taken_in_twice_and_each_once(city: City, dc: Place) -> None:
    assert due(city) == [(0, 10)]

    for _ in range(2):
        take_in(city, move("receive", 6, "D-1"))
    assert (due(city), dc.stock("LAMP")) == ([(6, 4)], {"on_hand": 6})
    take_in(city, move("receive", 4, "D-2"))

    assert (due(city), dc.stock("LAMP")) == ([], {"on_hand": 10})
    assert city.audit() == []


def test_what_came_broken_is_not_for_sale_and_is_still_owed(city: City, dc: Place) -> None:
    take_in(city, move("receive", 8, "D-1"), move("receive_damaged", 2, "D-1", reason="crushed"))

    assert dc.stock("LAMP") == {"on_hand": 8, "damaged": 2}
    assert due(city) == [(8, 2)]
    assert city.audit() == []


def test_more_than_was_announced_is_taken_in_and_nothing_is_owed(city: City, dc: Place) -> None:
    take_in(city, move("receive", 13, "D-1"))

    assert (due(city), dc.stock("LAMP")) == ([], {"on_hand": 13})


def test_who_waits_is_served_by_the_part_that_came_whole(city: City) -> None:
    order = city.order("LAMP", 3, backorder=True)
    assert city.states(order) == {"backordered": 3}

    take_in(city, move("receive", 2, "D-1"), move("receive_damaged", 5, "D-1"))
    assert city.states(order)["backordered"] == 1
    take_in(city, move("receive", 5, "D-2"))

    assert "backordered" not in city.states(order)
    assert city.audit() == []


def test_a_delivery_without_its_reference_is_refused(city: City, dc: Place) -> None:
    answer = take_in(city, move("receive", 1, "D-1", reference=None))

    assert (answer.status, answer["field"]) == (422, "moves.0.reference")
    assert dc.stock("LAMP") == {}
