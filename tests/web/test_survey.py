"""A shopper says how it was on the order's own page: no account, and twice is once."""

import pytest
from chromium import PHONE, serious_violations
from test_bad_forms import send
from web_town import Town, Visit

from anyshelf.insight import service as insight
from city import MARKET


@pytest.fixture
def collected(town: Town) -> str:
    """The link of an order that was fetched at the counter."""
    order = town.city.pick_up("LAMP", town.austin, contact={"name": "Ann", "email": "ann@example.com"})
    (work,) = town.city.work_at(town.austin)
    for verb, body in (
        ("pick", {"lines": [{"line": 1, "quantity": 1}]}),
        ("stage", {"shelf": "B2"}),
        ("hand_over", {"code": order["pickup_code"]}),
    ):
        assert town.city.post(f"/v1/work/{work['work_id']}:{verb}", body).status == 200
    town.city.settle()
    return town.link_to(order)


def answers(town: Town) -> object:
    now = town.city.clock.now()
    with town.city.database.transaction() as tx:
        return insight.feedback(tx, MARKET, by="", since=now.replace(hour=0), until=now.replace(hour=23))


def test_it_is_asked_and_answered_in_place(visit: Visit, town: Town, collected: str) -> None:
    page = visit("", collected, PHONE)
    assert serious_violations(page) == []

    page.get_by_role("radio", name="5").check()
    page.get_by_role("textbox", name="Why?").fill("Friendly people.")
    page.get_by_role("button", name="Send", exact=True).click()

    page.get_by_text("Thank you for telling us how it was.").wait_for()
    assert page.get_by_role("radio").count() == 0
    assert answers(town) == {"": {"csat": {"value": 1.0, "answers": 1}}}


def test_the_same_answer_twice_is_once_and_another_one_is_refused(town: Town, collected: str) -> None:
    form = {"score": "2", "words": "I had to wait."}
    told = [send(town, f"{collected}/survey", each).status for each in (form, form, {"score": "5"})]

    assert told == [303, 303, 409]
    assert answers(town) == {"": {"csat": {"value": 0.0, "answers": 1}}}


@pytest.mark.parametrize("score", ["0", "6", "11", "-1", "many", ""])
def test_what_is_no_score_is_refused(town: Town, collected: str, score: str) -> None:
    assert send(town, f"{collected}/survey", {"score": score}).status == 422
    assert answers(town) == {}


def test_nothing_is_asked_before_there_is_anything_to_say(visit: Visit, town: Town) -> None:
    link = town.link_to(town.city.pick_up("JAR", town.austin, contact={"name": "Ann"}))
    town.city.settle()

    assert visit("", link).get_by_role("radio").count() == 0
    assert send(town, f"{link}/survey", {"score": "5"}).status == 404
