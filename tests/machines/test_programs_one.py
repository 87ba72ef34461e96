"""Random programs over all journeys: whatever happens in whatever order, the books agree."""

import os
import pytest

from anyshelf.ground.db import Database
from programs import play_many


@pytest.mark.parametrize("seeded", [1, 2])
def test_no_program_breaks_the_books(database: Database, seeded: int) -> None:
    n = int(os.environ.get("N", "20"))
    assert play_many(database, programs=n, seeded=seeded) == n
