"""`anyshelf plan` as a planner at a terminal meets it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from anyshelf.main import app, running

Anyshelf = Callable[..., Result]


@pytest.fixture(autouse=True)
def _no_log_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "start_log", lambda _level: None)


@pytest.fixture
def anyshelf(database_url: str) -> Anyshelf:
    def command(*words: str) -> Result:
        environment = {
            "ANYSHELF_DATABASE_URL": database_url, "ANYSHELF_LOG_LEVEL": "error", "COLUMNS": "200",
        }  # fmt: skip
        return CliRunner().invoke(app, list(words), env=environment)

    return command


@pytest.fixture
def loaded(anyshelf: Anyshelf, tmp_path: Path) -> Anyshelf:
    """A store that sells five lamps a week and is out of them, a warehouse that has plenty."""
    nodes = "node,kind,name,lat,lon\nAUSTIN,store,Austin,30.3,-97.7\nDALLAS,dc,Dallas,32.8,-96.8\n"
    (tmp_path / "nodes.csv").write_text(nodes)
    (tmp_path / "items.csv").write_text("item,name,price,cost,currency\nLAMP,Lamp,24.00,11.00,USD\n")
    (tmp_path / "stock.csv").write_text("node,item,on_hand\nAUSTIN,LAMP,0\nDALLAS,LAMP,50\n")
    now = datetime.now(UTC)
    days = [(number, (now - timedelta(days=7 * number + 3)).isoformat()) for number in range(40)]
    heads = "".join(f"O{number},till,{at},done,AUSTIN\n" for number, at in days)
    (tmp_path / "orders.csv").write_text("order,channel,placed_at,state,node\n" + heads)
    (tmp_path / "order_lines.csv").write_text(
        "order,item,quantity\n" + "".join(f"O{number},LAMP,5\n" for number, _ in days)
    )
    (tmp_path / "channels.csv").write_text("channel,kind\ntill,store\n")
    done = anyshelf("load", str(tmp_path))
    assert done.exit_code == 0, done.output
    return anyshelf


def test_a_plan_is_made_and_shown(loaded: Anyshelf) -> None:
    made = loaded("plan", "run", "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["series"] == 2

    shown = loaded("plan", "suggestions")
    assert "replenish" in shown.stdout
    assert "DALLAS" in shown.stdout
    warned = json.loads(loaded("plan", "alerts", "--json").stdout)
    assert [(each["kind"], each["node"]) for each in warned] == [("stockout", "AUSTIN")]


def test_an_item_nobody_knows_is_named(loaded: Anyshelf) -> None:
    refused = loaded("plan", "run", "--item", "NOTHING")

    assert refused.exit_code == 2
    assert "There is no item 'NOTHING'" in refused.stderr


def test_without_a_run_there_is_nothing_to_show(anyshelf: Anyshelf) -> None:
    assert "anyshelf plan run" in anyshelf("plan", "suggestions").stdout
