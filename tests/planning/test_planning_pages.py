"""What the pages on planning show is what happens."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from anyshelf.main import app
from anyshelf.planning.model import Terms
from city import City

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_code_of_plan_your_own_prints_what_the_page_shows() -> None:
    blocks = BLOCK.findall((HOWTO / "plan-your-own.md").read_text())
    assert [language for language, _ in blocks] == ["python", "text"] * 2
    names: dict[str, Any] = {}

    for (_, code), (_, shown) in zip(blocks[::2], blocks[1::2], strict=True):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, "plan-your-own.md", "exec"), names)  # noqa: S102  our own page
        assert said.getvalue() == shown


def test_the_terms_on_the_page_are_those_there_are() -> None:
    rows = re.findall(
        r"^\| (`\w+`(?:, `\w+`)*) \| ([\d, ]+) \|", (HOWTO / "plan.md").read_text(), re.MULTILINE
    )
    told = {
        name.strip(" `"): int(default)
        for names, defaults in rows
        for name, default in zip(names.split(","), defaults.split(","), strict=True)
    }

    assert told == {name: getattr(Terms(), name) for name in Terms.__slots__}


@pytest.mark.parametrize("command", ["run", "suggestions", "alerts"])
def test_every_command_of_the_page_has_its_help(command: str) -> None:
    shown = CliRunner().invoke(app, ["plan", command, "--help"])

    assert shown.exit_code == 0
    assert f"anyshelf plan {command}" in (HOWTO / "plan.md").read_text()


def test_every_way_of_the_page_is_a_way_in(city: City) -> None:
    page = (HOWTO / "plan.md").read_text()
    told = set(re.findall(r"(?:GET|POST|PUT)`?\s+`?(/v1/planning/[\w/:]+)", page))
    ways = {path.replace("{suggestion_id}", "ID") for path in city.get("/openapi.json")["paths"]}

    assert told
    assert {way.replace("automation/replenish", "automation/{kind}") for way in told} - ways == set()
