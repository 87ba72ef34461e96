"""Scenario files: those that are shipped can be played, and a bad one is told all that is wrong with it."""

import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from anyshelf.doors.files.networks import folder_network
from anyshelf.doors.files.scenarios import read_scenario, scenario_of, shipped
from anyshelf.doors.web.simulator.fields import FIELDS
from anyshelf.ground.errors import Invalid, SetupProblem
from anyshelf.main import app
from anyshelf.simulator import service
from anyshelf.simulator.demo import write_demo
from anyshelf.simulator.model import FIGURES, Scenario, Setting

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


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_can_be_played_small_and_its_ways_come_to_different_ends(name: str) -> None:
    scenario = read_scenario(name)
    small = replace(
        scenario,
        variants=tuple(
            replace(
                each,
                setting=replace(
                    each.setting,
                    stores=12,
                    items=12,
                    days=12,
                    orders_per_day=60,
                    dc_capacity=min(each.setting.dc_capacity, 3),
                ),
            )
            for each in scenario.variants
        ),
    )
    answer = service.run(small, replications=1)
    told = [each[0].figures for each in answer.played]

    assert all(each["revenue"] > 0 for each in told)
    assert all(one != told[0] for one in told[1:])


def test_every_setting_is_explained_where_people_look() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "simulate.md").read_text(
        encoding="utf-8"
    )
    rows = {
        f"| `{name}` | {field.usual or 'none'} | {field.word.title}. {field.word.said} |"
        for name, field in FIELDS.items()
    }

    assert set(FIELDS) == {each.name for each in fields(Setting)}
    assert [row for row in rows if row not in page] == []


def test_a_network_of_files_is_played_on_with_those_who_live_there(tmp_path: Path) -> None:
    write_demo(tmp_path, stores=20)
    (tmp_path / "orders.csv").write_text(
        "order,channel,placed_at,lat,lon,postal_code\nO1,web,2026-01-01T10:00:00Z,30.3,-97.7,78701\n"
    )
    first = folder_network(tmp_path, "USD").goods[-1].item
    (tmp_path / "order_lines.csv").write_text(f"order,item,quantity\nO1,{first},500\n")
    text = TINY.replace("[world]", f"[stage]\nfrom = {json.dumps(str(tmp_path))}\n[world]")
    scenario = scenario_of(text, "own", networks=lambda source: folder_network(Path(source), "USD"))

    assert scenario.network is not None
    assert scenario.network.goods[0].item == first, "what was sold most comes first"
    assert [(home.lat, home.lon) for home in scenario.network.homes] == [(30.3, -97.7)]
    answer = service.run(scenario, replications=1)
    assert {dot.kind for dot in answer.played[0][0].dots} == {"dc", "store", "vendor"}
    assert answer.level(0, "revenue").mean > 0
    assert str(tmp_path) in service.as_html(answer)
    kept = msgspec.convert(msgspec.to_builtins(scenario), Scenario)
    assert kept == scenario, "as it is kept with a run"


@pytest.mark.parametrize(
    ("spoilt", "named"),
    [("nodes.csv", "nodes.csv, line 2"), ("rates.csv", "no rates"), ("items.csv", "no items")],
)
def test_a_network_that_cannot_be_played_on_says_why(tmp_path: Path, spoilt: str, named: str) -> None:
    write_demo(tmp_path, stores=5)
    lines = (tmp_path / spoilt).read_text().splitlines()
    lines[1:] = ["x" * 3 + "," * lines[0].count(",")] if spoilt == "nodes.csv" else []
    (tmp_path / spoilt).write_text("\n".join(lines) + "\n")

    with pytest.raises(Invalid, match=named):
        folder_network(tmp_path, "USD")


def test_a_network_nobody_can_read_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="of your own"):
        scenario_of(TINY.replace("[world]", '[stage]\nfrom = "x"\n[world]'), "own")
    with pytest.raises(Invalid, match="not a folder"):
        folder_network(tmp_path / "nowhere", "USD")


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_whoever_plays_the_answer_is_the_same(tiny: Scenario, answer: service.Answer, engine: str) -> None:
    if engine == "ray":
        pytest.importorskip("ray", reason="Ray is an extra: pip install 'anyshelf[sweep]'")

    assert service.run(tiny, replications=4, workers=2, engine=engine).as_json() == answer.as_json()


def test_an_engine_that_is_not_there_says_how_to_get_it(
    tiny: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(SetupProblem, match="anyshelf\\[sweep\\]"):
        service.run(tiny, replications=1, engine="ray")
    told = CliRunner().invoke(app, ["simulate", "pickup", "--engine", "abacus"])
    assert told.exit_code == 2


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
        (TINY + "pickup_share = 0.6\nreserve_share = 0.6", "more than all"),
        (TINY + 'closed = ["ATLANTIS"]', "ATLANTIS"),
        (TINY + 'opened = [{node = "DC-RENO-NV", lat = 1.0, lon = 1.0}]', "already"),
        (TINY + 'opened = [{node = "X", lat = 100.0, lon = 1.0}]', "lat"),
        (TINY + 'online_from = ["vendor"]\nclosed = ["DC-RENO-NV"]', "nobody is left"),
        (TINY + 'outages = [{node = "vendor", day = 1, days = 1}]', "no vendor"),
        (TINY + 'store_closed = ["Someday"]', "store_closed"),
    ],
)
def test_a_bad_scenario_is_told_what_is_wrong(broken: str, named: str) -> None:
    with pytest.raises(Invalid, match=named):
        scenario_of(broken, "broken")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid, match=r"world\.days.*world\.orders_per_day"):
        scenario_of(TINY.replace("days = 5", "days = 0", 1).replace("= 80", "= -1"), "broken")


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
    shown = {figure.title for figure in FIGURES if f'scope="row">{figure.title}<br>' in page}
    told = {each.title for each in FIGURES if any(answer.values(0, each.name) + answer.values(1, each.name))}
    assert shown == told, "all but what is nothing everywhere"
    assert len(told) > 18
    assert page.count('role="img"') == 2 + 3  # a map for each way; changes, costs and days for all
    assert "loses" in page.partition("</ul>")[0], "in plain words"
    assert not any(fetched in page for fetched in ("http:", "https:", "src=", "<link", "<script", "@import"))


def test_one_replication_says_that_it_knows_no_interval(tiny: Scenario) -> None:
    once = service.run(tiny, replications=1)

    assert once.as_json()["variants"][0]["figures"]["revenue"]["half"] is None
    assert "no clear difference" in service.as_html(once)


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
