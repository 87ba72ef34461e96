"""Work inside a node as values: what to take from the shelf, for whom, by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
    """The part of an order that one node works on; `finish` is how the node is done with it.

    `carrier` is who should take its parcels, as it was promised; empty where none is needed.
    """

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
    carrier: str = ""
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
            "carrier": self.carrier or None,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Work that nobody walks for yet, by who takes it and when: so many orders, so many units.

    `leaves_at` is when the most urgent of it is due, `leaves_by` when the last is.
    """

    carrier: str
    leaves_at: datetime
    leaves_by: datetime
    orders: int
    units: int

    def as_json(self) -> dict[str, Any]:
        """The group as the API shows it."""
        return {
            "carrier": self.carrier or None,
            "leaves_at": self.leaves_at.isoformat(),
            "leaves_by": self.leaves_by.isoformat(),
            "orders": self.orders,
            "units": self.units,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Tote:
    """One order's work in a wave, and the number of the tote it is gathered in."""

    tote: int
    work: Work

    def as_json(self) -> dict[str, Any]:
        """The tote as the API shows it."""
        return {
            "tote": self.tote,
            "work_id": str(self.work.work_id),
            "order_id": str(self.work.order_id),
            "state": self.work.state,
            "picked": self.work.picked,
            "remaining": self.work.remaining,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Work of a node that is walked together: planned, then started by somebody, or dissolved."""

    market: str
    wave_id: Id
    node: str
    carrier: str
    leaves_at: datetime
    state: str
    made_by: str
    made_at: datetime
    started_by: str | None = None
    started_at: datetime | None = None
    totes: tuple[Tote, ...] = ()

    @property
    def remaining(self) -> int:
        """How many units nobody has looked for yet."""
        return sum(tote.work.remaining for tote in self.totes if tote.work.state in ("open", "claimed"))

    def as_json(self) -> dict[str, Any]:
        """The wave as the API shows it."""
        return {
            "wave_id": str(self.wave_id),
            "node": self.node,
            "carrier": self.carrier or None,
            "leaves_at": self.leaves_at.isoformat(),
            "state": self.state,
            "made_by": self.made_by,
            "started_by": self.started_by,
            "remaining": self.remaining,
            "totes": [tote.as_json() for tote in self.totes],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """So many units into a tote, for a line of its work."""

    tote: int
    work_id: Id
    line: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One place on a walk: where to stand (empty: nobody has said), what to take, and what goes where."""

    bin: str
    item: str
    puts: tuple[Put, ...]

    @property
    def quantity(self) -> int:
        """How many units are taken here in all."""
        return sum(put.quantity for put in self.puts)

    def as_json(self) -> dict[str, Any]:
        """The stop as the API shows it."""
        return {
            "bin": self.bin or None,
            "item": self.item,
            "quantity": self.quantity,
            "puts": [
                {"tote": put.tote, "work_id": str(put.work_id), "line": put.line, "quantity": put.quantity}
                for put in self.puts
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBench:
    """What somebody who packs has before them: whose order it is, and how many others want such a piece."""

    work: Work
    tote: int | None
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The parcels of one order on a manifest, and how their work stands."""

    work_id: Id
    order_id: Id
    to_node: str
    state: str
    packages: list[dict[str, Any]] | None
    tracking: str
    loaded_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The entry as the API shows it."""
        return {
            "work_id": str(self.work_id),
            "order_id": str(self.order_id),
            "to_node": self.to_node or None,
            "state": self.state,
            "tracking": self.tracking,
            "packages": self.packages or [],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a carrier collects at a node on a day: open until it has been there, then closed for good."""

    market: str
    manifest_id: Id
    node: str
    carrier: str
    day: date
    state: str
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    loads: tuple[Loaded, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The manifest as the API shows it."""
        return {
            "manifest_id": str(self.manifest_id),
            "node": self.node,
            "carrier": self.carrier,
            "day": self.day.isoformat(),
            "state": self.state,
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
            "closed_by": self.closed_by,
            "loads": [load.as_json() for load in self.loads],
        }
