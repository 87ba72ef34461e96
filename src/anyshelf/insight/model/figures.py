"""The figures retailers live by, each with one definition: a sum divided by another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A figure: what it is called, what it means, of which sums it is made, in which unit.

    `means` is said of what it is `of`; `behind` says which orders (or counts, or items) a click on it shows.
    These words are its only definition: docs/kpis.md, the API and the tower show them.
    """

    name: str
    title: str
    of: str
    means: str
    behind: str
    over: str
    """The sum on top, by its column."""
    under: str
    """The sum below; empty: the sum on top is the figure."""
    unit: str

    def as_json(self) -> dict[str, str]:
        """The figure's definition as the API shows it."""
        return {
            "kpi": self.name, "title": self.title, "of": self.of, "means": self.means, "unit": self.unit,
            "behind": self.behind,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The sums of one channel, node, journey or day."""

    group: str
    sums: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A count of a position: what the books had on hand, and what was found."""

    item: str
    node: str
    books: int
    counted: int
    counted_at: datetime
