"""A city of its own for who breaks things in it, and a town shared by a page of tests that do not."""

from collections.abc import Iterator
from typing import Any

import pytest
from town import Town

from anyshelf.ground.db import Database
from city import City, open_city
from people import People


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        yield opened


@pytest.fixture
def people(city: City) -> People:
    return People(city)


@pytest.fixture(scope="module")
def shared_town(fresh_databases: Any) -> Iterator[Town]:
    name = fresh_databases.take()
    with Database(fresh_databases.url_of(name)) as database, open_city(database) as opened:
        yield Town(opened)
    fresh_databases.retire(name)


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The town as its earlier tests left it; the books must be clean when this one is over too."""
    yield shared_town
    assert shared_town.city.audit() == []
