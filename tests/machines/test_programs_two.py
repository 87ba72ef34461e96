"""Random programs over all journeys: whatever happens, the books agree. Here the second half."""

import pytest
from programs import play_many

from anyshelf.ground.db import Database

PROGRAMS = 500

# As in the first half.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")


@pytest.mark.parametrize("seeded", [3, 4])
def test_no_program_of_the_second_half_breaks_the_books(database: Database, seeded: int) -> None:
    assert play_many(database, programs=PROGRAMS, seeded=seeded) == PROGRAMS
