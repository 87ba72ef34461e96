"""Programs that once broke something, as small as they were found, each with what it broke."""

import pytest
from programs import Act, Line, Ordering, Program, play

from anyshelf.ground.db import Database

NOTHING = (0,) * 12
SHIP, PICKUP, RESERVE, DELIVER = 0, 1, 2, 3
DECLINED = 2


def shelf(**units: int) -> tuple[int, ...]:
    """What lies where, the lamps of each node first: A1=2 is two vases at A."""
    places = [f"{node}{item}" for node in "ABDV" for item in range(3)]
    return tuple(units.get(place, 0) for place in places)


FOUND = {
    "work for a reservation bought at the till stayed on the list of its store": Program(
        stock=shelf(A0=1), coming=0, acts=(Ordering(lines=(Line(way=RESERVE),)),)
    ),
    "what was paid at the till and could not be taken could not be cancelled either": Program(
        stock=NOTHING, coming=1,
        acts=(Ordering(lines=(Line(way=DELIVER),), token=DECLINED, waits=True), Act("read", 5, 0),
              Act("money", 0, 15), Act("cancel", 0, 0)),
    ),
    "what was forgiven and could not be taken was asked for once more": Program(
        stock=NOTHING, coming=1,
        acts=(Ordering(lines=(Line(way=DELIVER),), token=DECLINED, waits=True), Act("appease", 0, 0)),
    ),
    "what was appeased and then cancelled could not be given back": Program(
        stock=NOTHING, coming=2,
        acts=(Ordering(lines=(Line(units=2, way=DELIVER),), waits=True), Act("appease", 0, 0),
              Act("supply", 0, 0)),
    ),
    "an order changed for something else altogether was not asked for its shipping": Program(
        stock=shelf(V0=1), coming=0,
        acts=(Ordering(lines=(Line(way=SHIP),), shipping=499), Act("change", 0, 12)),
    ),
    "goods added to a reservation were not asked for at all": Program(
        stock=shelf(A0=1, V0=2), coming=0, acts=(Ordering(lines=(Line(way=RESERVE),)), Act("change", 0, 9)),
    ),
    "what was to leave together with something that was cancelled never left": Program(
        stock=shelf(V0=2), coming=1,
        acts=(Ordering(lines=(Line(units=3, way=SHIP),), waits=True, together=True), Act("read", 5, 15),
              Act("cancel", 0, 1)),
    ),
    "what was to leave together with a reservation that ran out never left": Program(
        stock=shelf(V0=1), coming=1,
        acts=(Ordering(lines=(Line(way=SHIP), Line(way=RESERVE)), waits=True, together=True),
              Act("read", 5, 15), Act("wait", 0, 3)),
    ),
    "goods to be brought home that were added to an order were never paid": Program(
        stock=shelf(D0=2), coming=0, acts=(Ordering(lines=(Line(way=SHIP),)), Act("change", 0, 6)),
    ),
    "shipping given back with a cancelled delivery could not be taken when the rest was shipped": Program(
        stock=shelf(V2=1), coming=1,
        acts=(Ordering(lines=(Line(item=2, way=SHIP), Line(way=DELIVER)), waits=True, shipping=499),
              Act("cancel", 0, 1)),
    ),
    "what was refused was given back from what was paid for something else": Program(
        stock=shelf(A0=2, A1=1), coming=0,
        acts=(Ordering(lines=(Line(way=DELIVER), Line(item=1, way=RESERVE)), token=DECLINED),
              Act("settle", 0, 0), Act("cancel", 0, 0)),
    ),
    "a parcel that turned back and then was lost was expected all the same": Program(
        stock=shelf(D1=1), coming=0,
        acts=(Ordering(lines=(Line(item=1, way=SHIP),)), Act("on", 0, 5), Act("carrier", 0, 2),
              Act("read", 5, 15), Act("carrier", 0, 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("found", FOUND)
def test_it_does_not_happen_again(database: Database, found: str) -> None:
    play(database, FOUND[found])
