"""What vendors say they have: their node follows, and counts less as their word ages."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from city import Answer, City, Place


@pytest.fixture
def acme(city: City) -> Place:
    return city.store("Acme", "vendor")


def tell(
    city: City, feed_id: str, as_of: datetime | None = None, *, complete: bool = False, **figures: int
) -> Answer:
    lines = [{"item": item, "quantity": quantity} for item, quantity in figures.items()]
    at = (as_of or city.clock.now()).isoformat()
    return city.post(
        "/v1/vendors/Acme/stock", {"feed_id": feed_id, "as_of": at, "complete": complete, "lines": lines}
    )


def available(city: City, item: str = "LAMP") -> int:
    (found,) = city.get(f"/v1/availability?item={item}")["items"]
    return int(found["available"])


def test_the_books_follow_a_feed_and_stay_balanced(city: City, acme: Place) -> None:
    acme.has("LAMP", 5)
    acme.has("RUG", 5)

    told = tell(city, "one", LAMP=8, RUG=2)

    assert (told["taken"], told["changed"], told["below_promised"], told["unknown"]) == (True, 2, [], [])
    assert (acme.stock("LAMP"), acme.stock("RUG")) == ({"on_hand": 8}, {"on_hand": 2})
    assert city.audit() == []


def test_the_same_feed_again_changes_nothing(city: City, acme: Place) -> None:
    acme.has("LAMP", 5)
    first = tell(city, "one", LAMP=8)
    city.order("LAMP", 3)
    before = city.ledger()

    again = tell(city, "one", LAMP=8)

    assert (again.status, again.body) == (200, first.body)
    assert city.ledger() == before
    other = tell(city, "one", LAMP=9)
    assert (other.status, other["field"]) == (409, "feed_id")


def test_a_feed_older_than_the_last_is_not_taken(city: City, acme: Place) -> None:
    acme.has("LAMP", 5)
    tell(city, "two", LAMP=8)

    late = tell(city, "one", city.clock.now() - timedelta(hours=1), LAMP=3)

    assert (late.status, late["taken"]) == (200, False)
    assert acme.stock("LAMP") == {"on_hand": 8}


def test_a_figure_below_what_is_promised_is_held_there_and_named(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 5), 3)
    city.settle()

    told = tell(city, "one", LAMP=1)

    assert told["below_promised"] == [{"item": "LAMP", "quantity": 1, "promised": 3}]
    assert acme.stock("LAMP") == {"on_hand": 3, "allocated": 3}
    assert city.states(order) == {"released": 3}
    assert city.audit() == []


def test_a_whole_feed_empties_what_it_does_not_name(city: City, acme: Place) -> None:
    acme.has("LAMP", 5)
    acme.has("RUG", 5)
    acme.has("SOFA", 5)
    city.order("SOFA", 2)
    city.settle()

    told = tell(city, "one", complete=True, LAMP=4)

    assert told["below_promised"] == [{"item": "SOFA", "quantity": 0, "promised": 2}]
    assert (acme.stock("LAMP"), acme.stock("RUG")) == ({"on_hand": 4}, {})
    assert acme.stock("SOFA") == {"on_hand": 2, "allocated": 2}
    assert city.audit() == []


def test_unknown_items_are_named_and_mostly_unknown_feeds_set_aside(city: City, acme: Place) -> None:
    acme.has("LAMP", 5)

    half = tell(city, "one", LAMP=4, UFO=1)
    assert (half.status, half["unknown"]) == (200, ["UFO"])
    wrong = tell(city, "two", LAMP=3, UFO=1, YETI=1)
    assert (wrong.status, wrong["field"], wrong["unknown"]) == (422, "lines", ["UFO", "YETI"])

    assert acme.stock("LAMP") == {"on_hand": 4}
    assert tell(city, "two", LAMP=3)["taken"] is True


def test_what_shipped_after_the_vendor_looked_is_not_counted_again(city: City, acme: Place) -> None:
    city.order(acme.has("LAMP", 5), 2)
    looked = city.clock.now()
    city.clock.wait(minutes=10)
    city.settle()
    (po,) = city.get("/v1/vendors/Acme/orders")["orders"]
    lines = [{"line": 1, "quantity": 2}]
    sent = city.post(
        f"/v1/vendors/orders/{po['po_id']}:ship",
        {"asn": "A", "carrier": "ups", "tracking": "1Z", "lines": lines},
    )
    assert sent.status == 200, sent.body

    tell(city, "one", looked, LAMP=5)

    assert acme.stock("LAMP") == {"on_hand": 3}
    assert city.audit() == []


def test_a_feed_counts_less_as_it_ages(city: City, acme: Place) -> None:
    acme.has("LAMP", 10)
    city.clock.wait(hours=100)
    assert available(city) == 10

    tell(city, "one", LAMP=10)

    assert available(city) == 10
    city.clock.wait(minutes=1)
    assert available(city) == 9
    city.clock.wait(hours=10)
    assert available(city) == 7
    short = city.order("LAMP", 8)
    assert (short.status, short.problem) == (409, "shortage")
    city.clock.wait(hours=50)
    assert available(city) == 0
    tell(city, "two", LAMP=10)
    assert available(city) == 10
    assert city.order("LAMP", 8).status == 201


def test_only_the_vendors_own_stock_ages(city: City, acme: Place) -> None:
    acme.has("LAMP", 5)
    city.store("Austin").has("LAMP", 4)
    tell(city, "one", LAMP=5)

    city.clock.wait(hours=100)

    assert available(city) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"as_of": "2099-01-01T00:00:00Z"},
        {"as_of": "0001-01-01T00:00:00+14:00"},
        {"as_of": "yesterday"},
        {"lines": []},
        {"lines": [{"item": "LAMP", "quantity": -1}]},
        {"lines": [{"item": "LAMP", "quantity": 1}, {"item": "LAMP", "quantity": 2}]},
    ],
)
def test_a_feed_that_cannot_be_is_refused(city: City, acme: Place, wrong: dict[str, Any]) -> None:
    acme.has("LAMP", 5)
    feed = {
        "feed_id": "one", "as_of": city.clock.now().isoformat(), "lines": [{"item": "LAMP", "quantity": 1}]
    }  # fmt: skip

    assert city.post("/v1/vendors/Acme/stock", feed | wrong).status == 422

    assert acme.stock("LAMP") == {"on_hand": 5}
