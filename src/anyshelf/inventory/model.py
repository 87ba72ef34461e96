"""Stock as values: moves between accounts, positions, claims, holds, and how sure it is that it is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from anyshelf.ground.ids import Id

Ints: TypeAlias = npt.NDArray[np.int64]
Units: TypeAlias = npt.NDArray[np.int32]
Places: TypeAlias = npt.NDArray[np.intp]

PHYSICAL = ("on_hand", "in_transit", "damaged")
CLAIMS = ("reserved", "allocated")
KEPT = PHYSICAL + CLAIMS
"""The buckets a position keeps; the others (vendor, customer, loss, free) are the other side of a move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A quantity of an item taken out of one account and put in another."""

    item: str
    node: str
    from_bucket: str
    to_bucket: str
    quantity: int
    reason: str
    to_node: str = ""
    line: int | None = None
    reference: str | None = None

    @property
    def ends_at(self) -> str:
        """The node it ends at: where it began, unless it travels."""
        return self.to_node or self.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The quantities of one item at one node."""

    item: str
    node: str
    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0
    in_transit: int = 0
    damaged: int = 0

    @property
    def free(self) -> int:
        """What nobody has a claim on."""
        return self.on_hand - self.reserved - self.allocated

    def as_json(self) -> dict[str, Any]:
        """The position as the API shows it."""
        return {
            "node": self.node,
            "item": self.item,
            "on_hand": self.on_hand,
            "reserved": self.reserved,
            "allocated": self.allocated,
            "available": self.free,
            "in_transit": self.in_transit,
            "damaged": self.damaged,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """The stock of some items as arrays, item by item: the n-th stands at `bounds[n]` up to `bounds[n + 1]`.

    `places` are nodes as the atlas numbers them; nodes it does not know are left out.
    """

    items: tuple[str, ...]
    bounds: Ints
    places: Places
    on_hand: Units
    claimed: Units


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Since when a node's stock is known only from somebody's word, and how fast that word ages."""

    node: str
    told_at: datetime
    percent_lost_per_hour: int


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of an item wanted at a node, for a line of what is asked."""

    line: int
    item: str
    node: str
    quantity: int


class Holdback(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel leaves of a position for the others: the larger of so many units and a percentage.

    As much stays as is not expected to be found; not of what is `in_hand`, which was found.
    """

    units: int = 0
    percent: int = 0
    in_hand: bool = False


class Claimant(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one cause (an order) wants at once, all of it or none, as one step of its story.

    Who has not looked at what may be promised says what their channel holds back: nothing of that is given
    to them. Who has looked may have whatever nobody else claims.
    """

    cause: Id
    step: int
    wants: Sequence[Want]
    holdback: Holdback | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A short reservation with an end."""

    hold_id: Id
    state: str
    holder: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A line of a hold of a till."""

    hold_id: Id
    line: int
    item: str
    node: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessee:
    """A till that has leased stock: how many units of how many items, until when at the longest."""

    holder: str
    items: int
    units: int
    kept_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Supply on its way to a node, less what has been received of it."""

    item: str
    node: str
    quantity: int
    arrives_at: datetime
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A line of supply on its way to a node: what was announced, what came, what is promised of it."""

    reference: str
    item: str
    node: str
    quantity: int
    received: int
    promised: int
    arrives_at: datetime

    @property
    def outstanding(self) -> int:
        """How many units are still to come."""
        return max(0, self.quantity - self.received)

    def as_json(self) -> dict[str, Any]:
        """The line as the API shows it."""
        return {
            "item": self.item,
            "quantity": self.quantity,
            "received": self.received,
            "outstanding": self.outstanding,
            "promised": self.promised,
            "arrives_at": self.arrives_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAsked:
    """An item somebody should count at a node: why, and since when."""

    item: str
    reason: str
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Supply on its way that is promised to a line of a cause (an order)."""

    cause: Id
    line: int
    reference: str
    item: str
    node: str
    quantity: int
    arrives_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A move asked for from outside: goods in, a count, an adjustment, damage, a transfer.

    `delivery` tells apart what comes in several lorries under one reference.
    """

    kind: str
    node: str
    item: str
    quantity: int
    reason: str
    reference: str | None
    happened_at: datetime | None
    to_node: str = ""
    delivery: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A move as it stands in the ledger."""

    cause: Id
    step: int
    entry: int
    item: str
    node: str
    from_bucket: str
    to_node: str
    to_bucket: str
    quantity: int
    reason: str
    line: int | None
    reference: str | None
    happened_at: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one cause (an order, a hold) still claims at a node, folded from its moves."""

    cause: Id
    line: int
    item: str
    node: str
    reserved: int
    allocated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The units that one order's moves gave to a customer."""

    cause: Id
    quantity: int


ANY_CLASS = "*"
"""Stands for every class of goods that has no figure of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking a node for an item: units found and missed, lines taken on and refused."""

    node: str
    item: str
    found: int = 0
    missed: int = 0
    taken: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finds:
    """What came of asking a node for a class of goods, lately: older cases count less."""

    node: str
    category: str
    found: float = 0.0
    missed: float = 0.0
    taken: float = 0.0
    refused: float = 0.0

    @property
    def asked(self) -> float:
        """How many units were looked for."""
        return self.found + self.missed

    @property
    def offered(self) -> float:
        """How many lines the node was asked to serve."""
        return self.taken + self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Of a thousand units the books show, how many are missing; of a thousand lines, how many are refused."""

    node: str
    category: str
    missing: int
    refusing: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Doubts:
    """The doubts of a market laid out: a row for each class of goods, the first for any; a column a node."""

    rows: Mapping[str, int]
    missing: Ints
    refusing: Ints

    def of_class(self, category: str) -> int:
        """The row of a class of goods."""
        return self.rows.get(category, 0)
