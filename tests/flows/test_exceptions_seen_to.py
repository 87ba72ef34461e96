"""Exceptions over the API: one at a time sees to them, and closing is undone."""

import pytest

from city import Answer, City


def trouble(city: City) -> str:
    """A pickup that nobody claims in time: somebody has to call the store."""
    shop = city.store("Austin")
    city.pick_up(shop.has("LAMP", 1), shop)
    city.settle()
    city.wait(minutes=250)
    (found,) = city.get("/v1/exceptions?kind=not_claimed")["exceptions"]
    return str(found["exception_id"])


def do(city: City, which: str, verb: str, body: object = None) -> Answer:
    return city.post(f"/v1/exceptions/{which}:{verb}", body)


def test_who_takes_an_exception_has_it_until_they_leave_it(city: City) -> None:
    which = trouble(city)

    taken = city.twice(f"/v1/exceptions/{which}:take")

    assert taken["assigned_to"] == "demo"
    (own,) = city.get("/v1/exceptions?assigned_to=demo")["exceptions"]
    assert own["exception_id"] == which
    assert city.get("/v1/exceptions?assigned_to=bo")["exceptions"] == []
    assert do(city, which, "leave")["assigned_to"] is None


def test_what_was_closed_too_quickly_is_opened_again_with_its_note(city: City) -> None:
    which = trouble(city)
    do(city, which, "close", {"note": "called"})

    opened = city.twice(f"/v1/exceptions/{which}:reopen")

    assert (opened["state"], opened["closed_by"], opened["note"]) == ("open", None, "called")
    assert do(city, which, "reopen").status == 200, "open already, it stays open"


def test_what_is_closed_is_taken_by_nobody(city: City) -> None:
    which = trouble(city)
    do(city, which, "close", {"note": "called"})

    assert do(city, which, "take").status == 409
    assert do(city, which, "leave").status == 409


@pytest.mark.parametrize("verb", ["take", "leave", "reopen"])
def test_an_exception_there_is_not_is_refused(city: City, verb: str) -> None:
    assert do(city, "0190b5a5-0000-7000-8000-000000000001", verb).status == 404
