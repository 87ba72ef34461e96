"""The backward journeys, read once from the file beside it."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from anyshelf.returns.model import Journey


@cache
def journeys() -> tuple[Journey, ...]:
    """Every backward journey."""
    table = tomllib.loads(files("anyshelf.returns").joinpath("journeys.toml").read_text("utf-8"))
    return tuple(msgspec.convert(row, Journey) for row in table["journey"])


def journey(name: str) -> Journey:
    """The journey of this name."""
    return next(row for row in journeys() if row.name == name)


def asked(how: str) -> Journey:
    """The journey that comes about in this way: a node is named, or the mail, or a carrier says so."""
    return next(row for row in journeys() if row.asked == how)
