from collections.abc import Iterator

import pytest
from shops_played import shop_of

from anyshelf.ground.db import Database
from city import City, Place, open_city


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        yield opened


@pytest.fixture
def shop(city: City) -> tuple[City, Place, Place]:
    """A store that sells six lamps a week and has two left, and the warehouse that feeds it."""
    return shop_of(city)
