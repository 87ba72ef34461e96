"""Somebody asks the simulator a question on its page, has it played, and shows the answer around."""

from typing import Any

import pytest
from test_bad_forms import send
from test_every_page import TINY, simulated
from test_tower import signed_in
from web_town import Town, Visit, somebody

from anyshelf.doors.files.scenario_text import as_toml
from anyshelf.doors.files.scenarios import scenario_of, shipped, text_of
from anyshelf.doors.web.simulator.fields import FIELDS, given_of
from anyshelf.ground.auth import make_person
from anyshelf.simulator import jobs, service
from city import MARKET

LONG_MS = 60_000
ONE_WAY = {"question": "?", "variant.0.name": "One"}
ON_FILES = TINY.replace("[world]", '[stage]\nfrom = "/etc"\n[world]')


pytestmark = pytest.mark.usefixtures("planners")


@pytest.fixture
def planners(town: Town) -> Town:
    with town.city.database.transaction() as tx:
        make_person(tx, somebody("pia", "planner"))
    return town


def play_next(town: Town) -> None:
    """What the worker does, without a process of its own."""
    with town.city.database.transaction() as tx:
        run_id = service.take(tx, MARKET, town.city.clock.now())
    assert run_id is not None
    assert jobs.play(town.city.database, MARKET, run_id, town.city.clock, workers=1)


def test_a_planner_changes_a_question_plays_it_and_reads_the_answer(visit: Visit, planners: Town) -> None:
    page = visit("pia", "/simulator")
    page.get_by_role("link", name="Should stores send what is ordered online?").click()
    page.get_by_label("The question").fill("Do our stores send?")
    page.locator("input[name='world.stores']").fill("6")
    page.locator("input[name='world.items']").fill("10")
    page.locator("input[name='world.days']").fill("2")
    page.locator("input[name='world.orders_per_day']").fill("30")
    page.get_by_label("Play each way so many times").fill("2")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("0 of 6 played").wait_for()
    play_next(planners)

    page.get_by_role("link", name="The report").wait_for(timeout=LONG_MS)
    assert page.locator("h1").inner_text() == "Do our stores send?"
    assert page.get_by_text("Lost sales").count() > 0
    page.get_by_role("link", name="The report").click()
    assert page.locator("h1").inner_text() == "Do our stores send?"
    assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none", "its own style holds"


def test_the_worker_of_the_server_plays_what_is_asked_for(visit: Visit, planners: Town) -> None:
    page = visit("pia", "/simulator/new?as=text")
    page.get_by_label("The scenario, as TOML").fill(TINY)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("0 of 10 played").wait_for()
    jobs.take_up(planners.city.database, MARKET, planners.city.clock)

    page.get_by_role("link", name="The report").wait_for(timeout=LONG_MS)


def test_a_way_is_added_and_says_something_otherwise(visit: Visit) -> None:
    page = visit("pia", "/simulator/new")
    page.get_by_role("button", name="Another way").click()
    third = page.get_by_role("region", name="Way 3")
    third.locator("select").last.select_option("counters")
    third.get_by_role("button", name="Do otherwise").click()
    page.get_by_role("region", name="Way 3").locator("input[name='variant.2.counters']").fill("3")
    page.get_by_role("button", name="Leave out Otherwise").click()
    page.get_by_role("button", name="As text").click()

    text = page.get_by_label("The scenario, as TOML").input_value()
    first, second = scenario_of(text, "x").variants
    assert (first.setting.counters, second.setting.counters) == (1, 3)


def test_what_is_wrong_stands_at_its_field_and_nothing_that_was_written_is_lost(visit: Visit) -> None:
    page = visit("pia", "/simulator/scenarios/pickup")
    page.locator("input[name='world.find_store']").evaluate("field => field.closest('details').open = true")
    page.locator("input[name='world.find_store']").fill("lots")
    page.get_by_label("The question").fill("What now?")
    page.get_by_role("button", name="Play", exact=True).click()

    page.get_by_role("alert").wait_for()
    assert page.locator("input[name='world.find_store']").get_attribute("aria-invalid") == "true"
    assert page.locator("input[name='world.find_store']").input_value() == "lots"
    assert page.get_by_label("The question").input_value() == "What now?"


def test_a_scenario_is_kept_put_away_and_brought_back(visit: Visit) -> None:
    page = visit("pia", "/simulator/scenarios/pickup")
    page.get_by_label("Keep it as").fill("our-pickup")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.wait_for_url("**/scenarios/our-pickup")
    page.goto("/simulator")
    page.get_by_role("button", name="Put our-pickup away").click()
    page.get_by_role("button", name="Bring it back").click()

    page.get_by_text("our-pickup · kept by pia").wait_for()


def test_a_run_is_stopped_played_on_and_deleted(visit: Visit, planners: Town) -> None:
    _, waits = simulated(planners)
    page = visit("pia", f"/simulator/runs/{waits}")
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("it can be played on").wait_for()
    page.get_by_role("button", name="Play on").click()
    page.get_by_text("It begins as soon as no other is played.").wait_for()
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/simulator")

    assert planners.city.get(f"/simulator/runs/{waits}", cookie=signed_in(planners, "pia")).status == 404


def test_two_ways_are_compared_pair_by_pair(visit: Visit, planners: Town) -> None:
    played, _ = simulated(planners)
    page = visit("pia", "/simulator/compare")
    page.get_by_label("Change from").select_option(f"{played}:0")
    page.get_by_label("Change to").select_option(f"{played}:1")
    page.get_by_role("button", name="Compare").click()

    row = page.get_by_role("row", name="Revenue")
    change = service.run(scenario_of(TINY, "tiny"), replications=2).change(1, "revenue")
    assert f"{abs(change.mean):,.0f}"[:3] in row.inner_text()


@pytest.mark.parametrize("name", shipped())
def test_every_scenario_survives_its_form(name: str) -> None:
    text = text_of(name)

    assert scenario_of(as_toml(given_of(text)), name) == scenario_of(text, name)


def test_every_setting_has_a_field() -> None:
    assert {each.kind for each in FIELDS.values()} == {"flag", "number", "choice", "names", "tables"}


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/simulator/edit", {}, 422),
        ("/simulator/edit", {"do": "play", "text": "question ="}, 422),
        ("/simulator/edit", {"do": "play", "text": "x" * 20_001}, 422),
        ("/simulator/edit", {"do": "play", "text": TINY, "replications": "0"}, 422),
        ("/simulator/edit", {"do": "play", "text": TINY, "replications": "100000"}, 422),
        ("/simulator/edit", {"do": "keep", "text": TINY}, 422),
        ("/simulator/edit", {"do": "keep", "text": TINY, "keep_as": "Two Vans"}, 422),
        ("/simulator/edit", {"do": "keep", "text": TINY, "keep_as": "pickup"}, 422),
        ("/simulator/edit", {"do": "play", "text": '[stage]\nfrom = "/etc"\n' + TINY}, 422),
        ("/simulator/edit", {"do": "play", "text": ON_FILES}, 422),
        ("/simulator/edit", {**ONE_WAY, "do": "drop-9999999"}, 200),
        ("/simulator/edit", {**ONE_WAY, "do": "say-0", "variant.0.say": "x"}, 200),
        ("/simulator/scenarios/nobody/drop", {}, 404),
        ("/simulator/scenarios/nobody/back", {}, 404),
        ("/simulator/runs/0190b5a5-0000-7000-8000-000000000001/stop", {}, 404),
        ("/simulator/runs/0190b5a5-0000-7000-8000-000000000001/again", {}, 404),
        ("/simulator/runs/0190b5a5-0000-7000-8000-000000000001/drop", {}, 404),
        ("/simulator/runs/none/drop", {}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(town: Town, path: str, fields: dict[str, Any], status: int) -> None:
    assert send(town, path, fields).status == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/simulator/scenarios/nobody", 404), ("/simulator/compare?one=x&other=y", 422),
        ("/simulator/runs/0190b5a5-0000-7000-8000-000000000001/report.json", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(town: Town, path: str, status: int) -> None:
    assert town.city.get(path).status == status


@pytest.mark.parametrize("person", ["ana", "carl", "sam", "vera"])
def test_the_simulator_is_for_planners_and_operations(town: Town, person: str) -> None:
    assert town.city.get("/simulator", cookie=signed_in(town, person)).status == 403
    assert send(town, "/simulator/edit", {"do": "play", "text": TINY},
                cookie=signed_in(town, person)).status == 403  # fmt: skip
