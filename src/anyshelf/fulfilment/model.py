"""Work inside a node as values: what to take from the shelf, for whom, by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id

UNFINISHED = ("open", "claimed", "picked", "packed", "staged")
"""The states in which a node still has something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """One thing to take from the shelf; every unit asked for is picked, short, cancelled or remaining."""

    line: int
    item: str
    quantity: int
    picked: int = 0
    short: int = 0
    cancelled: int = 0
    short_reason: str | None = None

    @property
    def remaining(self) -> int:
        """How many units nobody has looked for yet."""
        return self.quantity - self.picked - self.short - self.cancelled

    def as_json(self) -> dict[str, Any]:
        """The line as the API shows it."""
        return {
            "line": self.line,
            "item": self.item,
            "quantity": self.quantity,
            "picked": self.picked,
            "short": self.short,
            "cancelled": self.cancelled,
            "short_reason": self.short_reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The part of an order that one node works on; `finish` is how the node is done with it."""

    market: str
    work_id: Id
    order_id: Id
    node: str
    method: str
    journey: str
    finish: str
    to_node: str = ""
    gift: dict[str, Any] | None = None
    state: str
    claimed_by: str | None = None
    packages: list[dict[str, Any]] | None = None
    shelf: str | None = None
    due_at: datetime
    made_at: datetime
    lines: tuple[WorkLine, ...] = ()

    def line(self, number: int) -> WorkLine | None:
        """The line of this number, or None."""
        return next((line for line in self.lines if line.line == number), None)

    @property
    def remaining(self) -> int:
        """How many units nobody has looked for yet."""
        return sum(line.remaining for line in self.lines)

    @property
    def picked(self) -> int:
        """How many units have been taken from the shelf."""
        return sum(line.picked for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """The work as the API shows it."""
        return {
            "work_id": str(self.work_id),
            "order_id": str(self.order_id),
            "node": self.node,
            "method": self.method,
            "journey": self.journey,
            "finish": self.finish,
            "to_node": self.to_node or None,
            "gift": self.gift,
            "state": self.state,
            "due_at": self.due_at.isoformat(),
            "claimed_by": self.claimed_by,
            "lines": [line.as_json() for line in self.lines],
            "packages": self.packages or [],
            "shelf": self.shelf,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What somebody found of a line: so many units, and why the rest is missing (none: look again)."""

    line: int
    quantity: int
    short_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a pick comes to: units taken from the shelf, and units that are not there."""

    line: int
    picked: int
    short: int
    short_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One parcel: its weight and its own tracking number, where they are known."""

    weight_g: int | None = None
    tracking: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The parcel as it is kept and shown."""
        return {"weight_g": self.weight_g, "tracking": self.tracking}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A part of an order handed to a node, as `OrderReleased` tells of it."""

    order_id: Id
    version: int
    node: str
    method: str
    journey: str
    finish: str
    to_node: str = ""
    due_at: datetime
    lines: Sequence[WorkLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A shopper who stands at a node for their order: where they wait, and since when."""

    order_id: Id
    node: str
    spot: str
    arrived_at: datetime
