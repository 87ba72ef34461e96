"""The journeys table, read once from the file beside it."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from anyshelf.orders.model import Journey


@cache
def journeys() -> tuple[Journey, ...]:
    """Every forward journey, in the order in which a line looks for its own."""
    table = tomllib.loads(files("anyshelf.orders").joinpath("journeys.toml").read_text("utf-8"))
    return tuple(msgspec.convert(row, Journey) for row in table["journey"])
