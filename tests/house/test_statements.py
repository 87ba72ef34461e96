"""Every SQL constant is sound: the migrated schema knows its names, and the application may run it."""

import importlib
import re
from dataclasses import dataclass

import psycopg
import pytest
from the_source import importable

from anyshelf.ground.db import APP_ROLE

PARAMETER = re.compile(r"%\((\w+)\)[sb]|%%")
PREPARABLE = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES|WITH)\b", re.IGNORECASE)
SCRATCH_TABLE = re.compile(r"\s*CREATE TEMP(ORARY)? TABLE\b", re.IGNORECASE)

OWNERS_MODULES = {"anyshelf.ground.db.migrations"}
"""Modules whose statements run as the owner of the database, not as the application's role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    module: str
    name: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.module}.{self.name}"

    def numbered(self) -> tuple[str, int]:
        """The statement with $1, $2 … for its named parameters, and how many those are."""
        names: list[str] = []

        def number(match: re.Match[str]) -> str:
            if match.group(0) == "%%":
                return "%"
            if match.group(1) not in names:
                names.append(match.group(1))
            return f"${names.index(match.group(1)) + 1}"

        return PARAMETER.sub(number, self.text), len(names)


def statements() -> list[Statement]:
    found = []
    for name_of_module in importable():
        module = importlib.import_module(name_of_module)
        found += [
            Statement(module=name_of_module, name=name, text=text)
            for name, text in vars(module).items()
            if name.endswith("_SQL") and isinstance(text, str)
        ]
    return found


def prepare(connection: psycopg.Connection, statement: Statement) -> str | None:
    """PREPARE the statement, and plan it as the application; tells what the database says against it."""
    text, count = statement.numbered()
    arguments = f"({', '.join(['NULL'] * count)})" if count else ""
    try:
        with connection.transaction(force_rollback=True):
            for scratch in scratch_tables(statement.module):
                connection.execute(scratch.encode())
            if not PREPARABLE.match(text):
                return None
            if statement.module not in OWNERS_MODULES:
                connection.execute(f"SET LOCAL ROLE {APP_ROLE}".encode())
            connection.execute(f"PREPARE checked AS {text}".encode())
            connection.execute(f"EXPLAIN EXECUTE checked{arguments}".encode())
    except psycopg.Error as refused:
        return f"{statement.place}: {str(refused).strip()}"
    finally:
        connection.execute("DEALLOCATE ALL")
    return None


def scratch_tables(module: str) -> list[str]:
    return [each.text for each in statements() if each.module == module and SCRATCH_TABLE.match(each.text)]


def test_the_database_accepts_every_statement_and_lets_the_application_run_it(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        complaints = [prepare(connection, statement) for statement in statements()]

    assert [complaint for complaint in complaints if complaint] == []


def test_a_wrong_column_is_noticed(database_url: str) -> None:
    wrong = Statement(
        module="nowhere", name="WRONG_SQL", text="SELECT colour FROM items WHERE item = %(item)s"
    )

    with psycopg.connect(database_url, autocommit=True) as connection:
        assert "colour" in (prepare(connection, wrong) or "")


def test_a_statement_beyond_the_applications_rights_is_noticed(database_url: str) -> None:
    wrong = Statement(module="nowhere", name="WRONG_SQL", text="DELETE FROM inventory_moves")

    with psycopg.connect(database_url, autocommit=True) as connection:
        assert "permission denied" in (prepare(connection, wrong) or "")


@pytest.mark.parametrize(
    ("text", "numbered"),
    [("a = %(x)s AND b = %(y)s AND c = %(x)s", "a = $1 AND b = $2 AND c = $1"), ("5 %% 2", "5 % 2")],
)
def test_named_parameters_become_numbers(text: str, numbered: str) -> None:
    assert Statement(module="", name="", text=text).numbered()[0] == numbered
