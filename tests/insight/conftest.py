from collections.abc import Iterator

import pytest

from anyshelf.ground.db import Database
from city import City, open_city


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with open_city(database) as opened:
        yield opened
