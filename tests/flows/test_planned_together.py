"""Orders that wait for their release are planned together, and stock is priced for those still to come."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from anyshelf.ground.db import Database
from anyshelf.ground.errors import Shortage
from anyshelf.ground.settings import Settings
from anyshelf.orders import service as orders
from anyshelf.orders.jobs import plan_together
from anyshelf.orders.service.replanning import Move
from anyshelf.sourcing.jobs import price_some
from city import MARKET, Answer, City, Place, open_city

MEMPHIS = {"lat": 35.15, "lon": -90.05, "postal_code": "38103", "country": "US"}
"""As far from Austin as from Chicago: Austin's labour is cheaper, by less than the way to Austin is long."""


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    """A city whose orders wait an hour before they are released."""
    with open_city(database, settings=Settings(release_after_seconds=3_600)) as opened:
        yield opened


@pytest.fixture
def austin(city: City) -> Place:
    return city.dc("Austin", lat=30.3, lon=-97.7)


@pytest.fixture
def chicago(city: City) -> Place:
    return city.store("Chicago", lat=41.9, lon=-87.6)


def from_memphis(city: City, item: str, **more: Any) -> Answer:
    return city.order(item, fulfilment={"method": "ship", "destination": MEMPHIS}, **more)


def served_by(city: City, order: Answer) -> set[str]:
    lines = city.show(order)["lines"]
    return {part["node"] for line in lines for part in line["allocations"] if part["quantity"]}


def plan(city: City) -> None:
    plan_together(city.database, MARKET, city.clock)


def planned(city: City) -> list[list[Move]]:
    with city.database.transaction() as tx:
        found = orders.waiting(tx, MARKET, city.clock.now())
        return orders.replanned(tx, MARKET, found, city.clock.now())


def two_orders(city: City, austin: Place, chicago: Place) -> tuple[Answer, Answer]:
    """Austin's last lamp is taken by somebody in Memphis; who lives next door gets theirs from Chicago."""
    lamp = austin.has("LAMP", 1)
    chicago.has("LAMP", 5)
    far, near = from_memphis(city, lamp), city.order(lamp)
    assert (served_by(city, far), served_by(city, near)) == ({"Austin"}, {"Chicago"})
    return far, near


def test_the_last_lamp_goes_to_who_lives_next_door(city: City, austin: Place, chicago: Place) -> None:
    far, near = two_orders(city, austin, chicago)

    plan(city)

    assert (served_by(city, far), served_by(city, near)) == ({"Chicago"}, {"Austin"})
    assert city.audit() == []
    decisions = city.get(f"/v1/orders/{near['order_id']}/sourcing")["decisions"]
    assert [decision["chosen"] for decision in decisions] == [["Chicago"], ["Austin"]]
    assert decisions[-1]["policy"].endswith(", together")
    assert decisions[-1]["cost_minor"] < decisions[0]["cost_minor"]


def test_planned_a_second_time_nothing_moves(city: City, austin: Place, chicago: Place) -> None:
    two_orders(city, austin, chicago)
    plan(city)
    before = city.ledger()

    plan(city)

    assert city.ledger() == before


def test_work_goes_to_the_node_it_was_moved_to(city: City, austin: Place, chicago: Place) -> None:
    two_orders(city, austin, chicago)
    plan(city)

    city.clock.wait(hours=2)
    with city.database.transaction() as tx:
        orders.release_due(tx, MARKET, city.clock.now())

    assert len(city.work_at(austin)) == len(city.work_at(chicago)) == 1
    plan(city)
    assert len(city.work_at(austin)) == len(city.work_at(chicago)) == 1
    assert city.audit() == []


def test_an_order_is_not_moved_to_where_its_promise_would_break(
    city: City, austin: Place, chicago: Place
) -> None:
    far, near = two_orders(city, austin, chicago)
    promise = {"arrives_by": (city.clock.now() + timedelta(hours=1)).isoformat(), "shipments": []}
    with city.database.transaction() as tx:
        tx.execute("UPDATE orders SET promise = %s WHERE order_id = %s", [Jsonb(promise), far["order_id"]])

    plan(city)

    assert (served_by(city, far), served_by(city, near)) == ({"Austin"}, {"Chicago"})


@pytest.mark.parametrize("done", ["cancel", "release"])
def test_who_is_released_or_cancelled_meanwhile_is_left_alone_and_so_is_who_counted_on_them(
    city: City, austin: Place, chicago: Place, done: str
) -> None:
    far, near = two_orders(city, austin, chicago)
    (knot,) = planned(city)
    assert len(knot) == 2

    assert city.post(f"/v1/orders/{far['order_id']}:{done}", {}).status < 300
    before = city.ledger()
    with city.database.transaction() as tx:
        moved = orders.move_all(tx, MARKET, knot, city.clock.now())

    assert not moved
    assert city.ledger() == before
    assert served_by(city, near) == {"Chicago"}
    assert city.audit() == []


def test_who_finds_the_shelf_empty_stays_where_they_are(city: City, austin: Place, chicago: Place) -> None:
    lamp = chicago.has("LAMP", 1)
    near = city.order(lamp)
    austin.has("LAMP", 1)
    (knot,) = planned(city)
    assert served_by(city, city.order(lamp)) == {"Austin"}  # somebody was faster
    before = city.ledger()

    with pytest.raises(Shortage), city.database.transaction() as tx:
        orders.move_all(tx, MARKET, knot, city.clock.now())

    assert city.ledger() == before
    assert served_by(city, near) == {"Chicago"}
    assert city.audit() == []


def test_stock_is_priced_for_those_still_to_come(city: City, austin: Place, chicago: Place) -> None:
    lamp = austin.has("LAMP", 12)
    chicago.has("LAMP", 50)
    for _ in range(6):
        assert served_by(city, city.order(lamp)) == {"Austin"}
    assert served_by(city, from_memphis(city, lamp)) == {"Austin"}
    city.clock.wait(minutes=2)

    with city.database.transaction() as tx:
        assert orders.count_demand(tx, MARKET, city.clock.now()) == 7
        assert orders.count_demand(tx, MARKET, city.clock.now()) == 0
        assert price_some(tx, MARKET, city.clock) == 1

    later = from_memphis(city, lamp)
    assert served_by(city, later) == {"Chicago"}
    (decision,) = city.get(f"/v1/orders/{later['order_id']}/sourcing")["decisions"]
    worth = {node["node"]: node["worth_minor"] for node in decision["nodes"]}
    assert worth["Austin"] > worth["Chicago"] + 57

    city.clock.wait(days=2)  # nobody priced anything since: no price is a worth of nothing
    assert served_by(city, from_memphis(city, lamp)) == {"Austin"}
