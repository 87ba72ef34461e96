"""Policies in the tower: foreseen, tried as a shadow, made to decide, undone; for who may."""

import re

import pytest
from test_bad_forms import send
from test_tower import signed_in
from web_town import Town, Visit, somebody

from anyshelf.doors.web.tower.weighing import IN_MONEY, TITLES, WHOLE
from anyshelf.doors.work import JOBS, THINKING
from anyshelf.ground.auth import make_person
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Policy
from city import MARKET


def look_on(town: Town) -> None:
    """Shadow policies look at what was placed."""
    town.city.settle()
    for job in (*JOBS, *THINKING):
        if job.name == "shadows":
            job.work(town.city.database, MARKET, town.city.clock)


def version_of(town: Town, policy: str) -> tuple[int, str]:
    told = town.city.get(f"/v1/policies/{policy}")
    return told["version"], told["mode"]


def test_a_change_is_foreseen_tried_as_a_shadow_made_to_decide_and_undone(visit: Visit, town: Town) -> None:
    for _ in range(3):
        town.city.order("BOOT", 1)
    town.city.settle()
    page = visit("omar", "/tower/policies")
    page.get_by_role("link", name="protect the store").click()
    page.get_by_label("A unit from a shop").fill("900.00")

    page.get_by_role("button", name="See what it would have decided").click()

    page.get_by_role("heading", name="What it would have decided").wait_for()
    figures = page.locator("#foreseen .figures li").all_inner_texts()
    assert figures[:2] == ["3\norders compared", "3\nserved otherwise"]
    assert town.city.get("/v1/policies")["policies"] == []

    page.get_by_label("Looks at, % of orders").fill("100")
    page.get_by_role("button", name="Save it").click()
    page.get_by_text("It has looked at no order yet.").wait_for()
    town.city.order("BOOT", 1)
    look_on(town)
    page.reload()
    assert page.locator(".figures li").first.inner_text() == "4\norders compared"

    page.get_by_role("button", name="Let it decide").click()
    page.get_by_text("It decides orders of till, web.").wait_for()
    assert version_of(town, "protect_the_store") == (2, "live")
    page.get_by_role("button", name="Undo the last change").click()
    page.get_by_text("without effect").wait_for()
    assert version_of(town, "protect_the_store") == (3, "shadow")
    assert "decides → looks on" in page.locator("section[aria-labelledby=versions]").inner_text()


def test_a_change_says_what_it_changed_and_one_beside_it_begins_with_the_same(
    visit: Visit, town: Town
) -> None:
    town.city.call("PUT", "/v1/policies/mine", {"channels": ["web"], "weights": {"failure_minor": 700}})
    page = visit("omar", "/tower/policies/mine")

    page.get_by_label("Not found or refused").fill("8.50")
    page.get_by_label("Why").fill("too many short picks")
    page.get_by_role("button", name="Save as version 2").click()

    told = page.locator("section[aria-labelledby=versions] li").first
    told.get_by_text("Not found or refused: 7.00 → 8.50").wait_for()
    assert "too many short picks" in told.inner_text()
    page.get_by_role("link", name="Try a change beside it").click()
    assert page.get_by_label("Name").input_value() == "mine_2"
    assert page.get_by_label("Not found or refused").input_value() == "8.50"
    assert page.get_by_role("checkbox", name="web").is_checked()


def test_who_saves_over_what_somebody_else_has_changed_is_told(town: Town) -> None:
    form, cookie = {"policy": "mine", "version": "0", "mode": "live"}, signed_in(town, "omar")

    answers = [send(town, "/tower/policies", form, cookie=cookie).status for _ in range(2)]

    assert answers == [303, 409]


@pytest.mark.parametrize("fields", [
    {"policy": "Mine!"}, {"policy": ""}, {"policy": "mine", "mode": "loud"},
    {"policy": "mine", "failure_minor": "x"}, {"policy": "mine", "failure_minor": "-1"},
    {"policy": "mine", "worth_weight": "nan"}, {"policy": "mine", "late_days_max": "1.5"},
    {"policy": "mine", "priority": "1001"}, {"policy": "mine", "offers": "0"},
])  # fmt: skip
@pytest.mark.parametrize("path", ["/tower/policies", "/tower/foresee"])
def test_what_cannot_be_is_refused(town: Town, path: str, fields: dict[str, str]) -> None:
    answer = send(town, path, fields, cookie=signed_in(town, "omar"))

    assert (answer.status, bool(answer["detail"])) == (422, True)
    assert town.city.get("/v1/policies")["policies"] == []


def test_a_channel_there_is_not_is_refused(town: Town) -> None:
    form = {"policy": "mine", "channel-moon": "on"}

    assert send(town, "/tower/policies", form, cookie=signed_in(town, "omar")).status == 404


@pytest.mark.parametrize("person", ["ana", "carl", "vera", "cleo"])
def test_who_does_not_run_operations_neither_sees_nor_changes_policies(town: Town, person: str) -> None:
    town.city.call("PUT", "/v1/policies/mine", {})
    with town.city.database.transaction() as tx:
        make_person(tx, somebody("cleo", "customer_service"))
    cookie = signed_in(town, person)

    for path in ("/tower/policies", "/tower/policies/mine", "/tower/policy"):
        assert town.city.get(path, cookie=cookie).status == 403
    for path in (
        "/tower/policies",
        "/tower/foresee",
        "/tower/policies/mine/rule",
        "/tower/policies/mine/restore",
    ):
        assert send(town, path, {"policy": "mine", "again": "1", "version": "1"}, cookie=cookie).status == 403
    assert version_of(town, "mine") == (1, "live")


def test_every_weight_has_its_words() -> None:
    policy = Policy(name="any")

    assert set(TITLES) == set(sourcing.weights_json(policy))
    assert {
        name for name in TITLES if re.search("_minor", name) and isinstance(getattr(policy, name), int)
    } == IN_MONEY
    assert {name for name in TITLES if getattr(policy, name) is None} == WHOLE
