"""The figures retailers live by, each with one definition: a sum divided by another."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A figure: what it is called, of which sums it is made, in which unit."""

    name: str
    over: str
    """The sum on top, by its column."""
    under: str
    """The sum below; empty: the sum on top is the figure."""
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The sums of one channel, node, journey or day."""

    group: str
    sums: dict[str, Any]
