"""The journeys table, read once from the file beside it."""

import tomllib
from functools import cache
from importlib.resources import files

from anyshelf.orders.model import Journey


@cache
def journeys() -> tuple[Journey, ...]:
    """Every forward journey, in the order in which a line looks for its own."""
    table = tomllib.loads(files("anyshelf.orders").joinpath("journeys.toml").read_text("utf-8"))
    return tuple(_row(row) for row in table["journey"])


def _row(row: dict[str, object]) -> Journey:
    given = {**row, "kinds": frozenset(_words(row["kinds"])), "steps": tuple(_words(row["steps"]))}
    return Journey(**given)  # type: ignore[arg-type]  # the file is ours, and a test reads every row


def _words(listed: object) -> list[str]:
    if not isinstance(listed, list):
        raise TypeError("journeys.toml: expected a list")
    return [str(word) for word in listed]
