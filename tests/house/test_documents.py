"""The pages say what is: settings, words, problems and links are compared with the program."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

import psycopg
import pytest
from the_source import ROOT, STREET, documents, importable, kept_files

from anyshelf.ground.errors import Refusal
from anyshelf.ground.settings import Settings

SETTINGS_PAGE = ROOT / "docs" / "howto" / "settings.md"
PROBLEMS_PAGE = ROOT / "docs" / "problems.md"
GLOSSARY = ROOT / "GLOSSARY.md"

SETTING_ROW = re.compile(r"^\| `ANYSHELF_(\w+)` \| (\S+) \|", re.MULTILINE)
PROBLEM_ROW = re.compile(r"^\| `([\w-]+)` \| (\d{3}) \| (.+?) \|", re.MULTILINE)
TERM = re.compile(r"^(?:- |\| )\*\*(.+?)\*\*", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

TABLES_SQL = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
CHECKS_SQL = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
LINE_STATES_SQL = (
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'the_sum_never_changes'"
)

# The brackets keep this very line from being found.
PLACES_OF_ONE_MACHINE = re.compile(r"/wor[k]/(?:main|shared|\.)|[.]librar[y]\b|/roo[t]/")


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {
        name.lower(): default.strip("`") for name, default in SETTING_ROW.findall(SETTINGS_PAGE.read_text())
    }
    real = {field.name: shown(field.default) for field in fields(Settings)}

    assert {name: documented.get(name) for name in real} == real


def test_every_setting_in_the_first_table_exists() -> None:
    first_table = SETTINGS_PAGE.read_text().partition("\n## ")[0]

    assert {name.lower() for name, _ in SETTING_ROW.findall(first_table)} == {
        each.name for each in fields(Settings)
    }


def shown(default: object) -> str:
    return "(empty)" if str(default) in {"", "."} else str(default)


def problems() -> list[type[Refusal]]:
    for module in importable():
        importlib.import_module(module)
    found, waiting = [], [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("anyshelf"):
            found.append(kind)
    return found


def test_every_kind_of_refusal_has_a_name_of_its_own() -> None:
    slugs = [kind.slug for kind in problems()]

    assert sorted(slugs) == sorted(set(slugs))


def test_every_problem_is_documented_with_its_status_and_title() -> None:
    documented = {
        slug: (int(status), title) for slug, status, title in PROBLEM_ROW.findall(PROBLEMS_PAGE.read_text())
    }

    assert documented == {kind.slug: (kind.status, kind.title) for kind in problems() if kind is not Refusal}


@pytest.fixture(scope="module")
def terms() -> set[str]:
    """The words the glossary explains, lower case; `**Order / order line**` explains two."""
    told = TERM.findall(GLOSSARY.read_text())
    words = {word.strip().lower() for term in told for word in re.split(r"[/,]", term)}
    return words | {word.removesuffix("s") for word in words} | {f"{word}s" for word in words}


def test_every_room_is_in_the_glossary(terms: set[str]) -> None:
    assert {room for room in STREET if room not in terms} == set()


def test_every_word_a_table_begins_with_is_in_the_glossary(terms: set[str], database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        words = {name.partition("_")[0] for (name,) in connection.execute(TABLES_SQL)}

    assert {word for word in words if word not in terms} == set()


def test_every_state_is_in_the_glossary(terms: set[str], database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        checks = [text for (text,) in connection.execute(CHECKS_SQL)]
        ((sum_of_states,),) = connection.execute(LINE_STATES_SQL)
    states = {
        state
        for check in checks
        if re.match(r"CHECK \(\((state|status) = ANY", check)
        for state in re.findall(r"'(\w+)'::text", check)
    }
    states |= set(re.findall(r"[a-z_]+", sum_of_states.partition("=")[0].partition("CHECK")[2]))

    assert {state for state in states if state.replace("_", " ") not in terms} == set()


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text())
    targets = [one or other for one, other in LINK.findall(prose)]
    broken = [target for target in targets if not leads_somewhere(page, target)]

    assert broken == []


def leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"(https?|mailto):", target):
        return True  # the house is tested without a network
    place, _, anchor = target.partition("#")
    aim = (page.parent / place).resolve() if place else page
    if not aim.exists():
        return False
    return (
        not anchor
        or aim.suffix != ".md"
        or anchor in {slug(each) for each in HEADING.findall(aim.read_text())}
    )


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_a_page_names_exists(page: Path) -> None:
    """A path in backquotes that begins with one of our folders is a file or folder of this checkout."""
    named = re.findall(r"`((?:src|tests|docs|benchmarks)/[\w./-]+)`", page.read_text())

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_no_file_names_a_place_of_one_machine() -> None:
    telling = [
        f"{path.relative_to(ROOT)}: {found.group(0)}"
        for path in kept_files()
        if (text := readable(path)) and (found := PLACES_OF_ONE_MACHINE.search(text))
    ]

    assert telling == []


def readable(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_every_decision_is_numbered_and_in_its_list() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))

    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    assert [name for name in records if f"({name})" not in (folder / "README.md").read_text()] == []
    for name in records:
        assert {"Context", "Choice", "What we gave up"} <= set(HEADING.findall((folder / name).read_text()))
