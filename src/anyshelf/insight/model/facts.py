"""What an order was and how it went, as values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anyshelf.ground.ids import Id


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """A line of an order, as it was asked for."""

    line: int
    item: str
    quantity: int
    paid_minor: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An order as it was placed, and what was promised with it."""

    order_id: Id
    channel: str
    account: Id | None
    currency: str
    total_minor: int
    cost_minor: int | None
    freight_minor: int | None
    handling_minor: int | None
    promised_at: datetime | None
    placed_at: datetime
    lines: Sequence[PlacedLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one event adds to the facts of an order, and to those of one of its nodes."""

    order_id: Id
    happened_at: datetime
    node: str = ""
    journey: str = ""
    due_at: datetime | None = None
    released: int = 0
    short: int = 0
    done: int = 0
    cancelled: int = 0
    lost: int = 0
    returned: int = 0
    damaged: int = 0
    shipments: int = 0
    repromised: int = 0
    refunded_minor: int = 0
    ready: bool = False
    arrived: bool = False
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """What one event adds to the facts of a return."""

    return_id: Id
    order_id: Id
    journey: str
    happened_at: datetime
    node: str = ""
    received: bool = False
    units: int = 0
    resold: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """Of an order: through which channel it came, whose it is, and how its first line is served."""

    order_id: Id
    channel: str
    method: str
    account: Id | None
    currency: str
    total_minor: int
    placed_at: datetime
