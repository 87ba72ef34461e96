"""The journeys table, read once from the file beside it, and what is asked of it for every line."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from anyshelf.orders import rules
from anyshelf.orders.model import Journey


@cache
def journeys() -> tuple[Journey, ...]:
    """Every forward journey, in the order in which a line looks for its own."""
    table = tomllib.loads(files("anyshelf.orders").joinpath("journeys.toml").read_text("utf-8"))
    return tuple(msgspec.convert(row, Journey) for row in table["journey"])


# The answers of the rules for this one table, each worked out once. What is refused is not remembered.


@cache
def first_row(method: str) -> Journey:
    """The first row of a method; raises Invalid where there is none."""
    return rules.first_of(journeys(), method)


@cache
def sources(method: str) -> frozenset[str]:
    """The kinds of node that may serve a method; raises Invalid where there are none."""
    return rules.may_source(journeys(), method)


@cache
def counters(method: str) -> frozenset[str]:
    """The kinds of node a shopper may choose for a method; none where it does not matter."""
    return rules.counters_of(journeys(), method)


@cache
def row_for(method: str, kind: str, *, chosen: bool) -> Journey | None:
    """The journey of a line of this method from a node of this kind, the chosen one or another; or None."""
    return rules.journey_for(journeys(), method=method, kind=kind, chosen=chosen)


@cache
def needs_code(method: str) -> bool:
    """Whether goods of this method are fetched at a counter."""
    return any("staged" in row.steps for row in journeys() if row.method == method)


@cache
def finish_of(journey: str) -> str:
    """How a journey of this name ends."""
    return next((row.finish for row in journeys() if row.name == journey), "")
