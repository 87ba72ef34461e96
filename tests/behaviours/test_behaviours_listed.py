"""The page of behaviours lists tests that exist, numbered without a gap, and every behaviour tested here."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "standards" / "behaviours.md"
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| `(.+?)` \|$", re.MULTILINE)
LEAST = 120


class Collected:
    """Writes down the tests that pytest would run."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.names = [item.nodeid.rpartition("/")[2] for item in items]


@pytest.fixture(scope="module")
def tests() -> list[str]:
    """Every test of a behaviour of others in this folder."""
    seen = Collected()
    asked = ["--collect-only", "-qqq", "-p", "no:cacheprovider", "-p", "no:warnings"]
    files = sorted(str(path) for path in HERE.glob("test_*_of_others.py"))
    assert pytest.main([*asked, *files], plugins=[seen]) == 0
    return seen.names


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str, str]]:
    """Number, behaviour, origin and test of every row of the page."""
    return ROW.findall(PAGE.read_text())


def test_the_rows_are_numbered_without_a_gap(rows: list[tuple[str, str, str, str]]) -> None:
    assert [int(number) for number, *_ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= LEAST


def test_every_test_that_is_listed_exists(rows: list[tuple[str, str, str, str]], tests: list[str]) -> None:
    assert [named for *_, named in rows if named not in tests] == []


def test_every_behaviour_is_listed_once(rows: list[tuple[str, str, str, str]], tests: list[str]) -> None:
    listed = [named for *_, named in rows]
    assert sorted(listed) == sorted(tests)


def test_every_row_is_a_sentence_and_says_where_it_comes_from(rows: list[tuple[str, str, str, str]]) -> None:
    assert [number for number, said, *_ in rows if not (said[0].isupper() and said.endswith("."))] == []
    assert [number for number, _, origin, _ in rows if not re.search(r"[\w-]+/[\w-]+", origin)] == []


def test_every_line_of_the_table_is_read(rows: list[tuple[str, str, str, str]]) -> None:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| *\d", line)]
    assert len(lines) == len(rows)
