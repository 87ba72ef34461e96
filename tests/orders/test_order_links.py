"""A shopper's link opens their order and nobody else's, and what is kept does not open anything."""

from collections.abc import Iterator

import pytest

from anyshelf.ground.db import Database
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import Id
from anyshelf.orders import service as orders
from city import MARKET, City, open_city

TOKEN = "a-long-and-random-word-of-the-caller"  # noqa: S105  the example


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        yield opened


def test_a_link_opens_the_order_it_was_made_for(city: City) -> None:
    city.store("Austin").has("LAMP", 2)
    first, second = (Id(city.order("LAMP")["order_id"]) for _ in range(2))
    with city.database.transaction() as tx:
        orders.make_link(tx, MARKET, first, token=TOKEN, now=city.clock.now())
        orders.make_link(tx, MARKET, second, token="another", now=city.clock.now())  # noqa: S106

    with city.database.transaction() as tx:
        assert orders.linked(tx, MARKET, TOKEN) == first
        with pytest.raises(NotFound, match="opens no order"):
            orders.linked(tx, MARKET, TOKEN.upper())
        with pytest.raises(NotFound):
            orders.linked(tx, "other", TOKEN)


def test_what_is_kept_of_a_link_opens_nothing(city: City) -> None:
    city.store("Austin").has("LAMP", 1)
    order_id = Id(city.order("LAMP")["order_id"])
    with city.database.transaction() as tx:
        orders.make_link(tx, MARKET, order_id, token=TOKEN, now=city.clock.now())
        (kept,) = tx.execute("SELECT token_hash FROM order_links").fetchone() or (b"",)

    assert TOKEN.encode() not in kept
    with city.database.transaction() as tx, pytest.raises(NotFound):
        orders.linked(tx, MARKET, kept.hex())


def test_an_order_is_called_by_its_number_and_its_shopper_by_what_is_known_of_them(city: City) -> None:
    city.store("Austin").has("LAMP", 3)
    named = city.order("LAMP", contact={"name": "Ann"}, external_id="W-1", customer="C1")
    known = city.order("LAMP", customer="C2")
    nobody = city.order("LAMP", contact={"name": ""})

    with city.database.transaction() as tx:
        called = orders.called(tx, MARKET, [Id(each["order_id"]) for each in (named, known, nobody)])

    assert [(each.number, each.shopper) for _, each in sorted(called.items())] == [
        ("W-1", "Ann"), ("", "C2"), ("", ""),
    ]  # fmt: skip
