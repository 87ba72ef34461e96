"""Scenario files: those that are shipped can be played, and a bad one is told all that is wrong with it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from anyshelf.doors.files.scenarios import read_scenario, scenario_of, shipped
from anyshelf.ground.errors import Invalid
from anyshelf.main import app
from anyshelf.simulator import service
from anyshelf.simulator.model import FIGURES, Scenario

TINY = """
question = "Do <stores> send?"
[world]
stores = 12
items = 20
days = 5
orders_per_day = 80
store_cover_days = 5
dc_cover_days = 3
[[variant]]
name = "Centres"
online_from = ["dc"]
endless_aisle = false
[[variant]]
name = "All"
"""


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return scenario_of(TINY, "tiny")


@pytest.fixture(scope="module")
def answer(tiny: Scenario) -> service.Answer:
    return service.run(tiny, replications=4)


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_can_be_read_and_asks_something(name: str) -> None:
    scenario = read_scenario(name)

    assert scenario.question.endswith("?")
    assert len(scenario.variants) >= 2


def test_variants_differ_only_in_what_they_say(tiny: Scenario) -> None:
    centres, everybody = (variant.setting for variant in tiny.variants)

    assert centres.online_from == ("dc",)
    assert everybody.online_from == ("dc", "store")
    assert centres.stores == everybody.stores == 12


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("question = ", "not TOML"),
        (TINY.replace("days = 5", "days = -5", 1), "world.days"),
        (TINY.replace("items = 20", "itmes = 20"), "world.itmes"),
        (TINY.replace('"All"', '"Centres"'), "twice"),
        (TINY + 'policy = "dearest"', "no policy dearest"),
        (TINY + 'outages = [{node = "ATLANTIS", day = 1, days = 1}]', "ATLANTIS"),
        (TINY.partition("[[variant]]")[0], "variant"),
        (TINY + "find_store = 1.5", "find_store"),
    ],
)
def test_a_bad_scenario_is_told_what_is_wrong(broken: str, named: str) -> None:
    with pytest.raises(Invalid, match=named):
        scenario_of(broken, "broken")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid, match=r"world\.days.*world\.orders_per_day"):
        scenario_of(TINY.replace("days = 5", "days = 0", 1).replace("= 80", "= -1"), "broken")


def test_as_many_workers_as_you_like_give_the_same_answer(tiny: Scenario, answer: service.Answer) -> None:
    assert service.run(tiny, replications=4, workers=2).as_json() == answer.as_json()


def test_variants_are_compared_day_by_day_and_not_by_their_averages(answer: service.Answer) -> None:
    change = answer.change(1, "lost_sales")
    halves = [answer.level(place, "lost_sales").half or 0.0 for place in (0, 1)]

    assert change.is_clear
    assert change.mean < 0
    assert change.half is not None
    assert change.half < sum(halves)


def test_the_report_stands_alone_and_shows_every_figure(answer: service.Answer) -> None:
    page = service.as_html(answer)

    assert "Do &lt;stores&gt; send?" in page
    assert all(figure.title in page for figure in FIGURES)
    assert page.count("<svg") == 2 + 2 * len(FIGURES)
    assert not any(fetched in page for fetched in ("http:", "https:", "src=", "<link", "<script", "@import"))


def test_one_replication_says_that_it_knows_no_interval(tiny: Scenario) -> None:
    once = service.run(tiny, replications=1)

    assert once.as_json()["variants"][0]["figures"]["revenue"]["half"] is None
    assert "That may be chance." in service.as_html(once)


def test_the_command_writes_a_report_and_prints_json(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    folder = tmp_path / "told"
    arguments = [
        "simulate",
        str(file),
        "--replications",
        "2",
        "--workers",
        "1",
        "--out",
        str(folder),
        "--json",
    ]
    told = CliRunner().invoke(app, arguments)

    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_command_says_which_scenarios_there_are() -> None:
    told = CliRunner().invoke(app, ["simulate", "unheard-of"])

    assert told.exit_code == 2
    assert "silos-to-pooled" in " ".join(told.stderr.split())


def test_the_page_that_explains_scenarios_names_them_all_and_its_example_can_be_played() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "simulate.md").read_text(
        encoding="utf-8"
    )
    example = page.partition("```toml\n")[2].partition("```")[0]

    assert [name for name in shipped() if f"| `{name}` |" not in page] == []
    assert [variant.setting.counters for variant in scenario_of(example, "example").variants] == [1, 2]
