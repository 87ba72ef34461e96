"""Promises as values: what is wanted, the ways it can be had, and the way that was taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias

import msgspec

from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money
from anyshelf.sourcing.model import Destination, PlannedLine, ShortLine

SHIP: Final = "ship"
PICKUP: Final = "pickup"
RESERVE: Final = "reserve"
DELIVER: Final = "deliver"

KINDS: Final[Mapping[str, frozenset[str]]] = {
    SHIP: frozenset({"dc", "fc", "store", "dark_store", "vendor"}),
    PICKUP: frozenset({"dc", "fc", "store", "dark_store", "vendor"}),
    RESERVE: frozenset({"store", "dark_store"}),
    DELIVER: frozenset({"store", "dark_store", "dc", "fc"}),
}
"""The kinds of node that may source each method: those of the journeys table."""
COUNTERS: Final = frozenset({"store", "dark_store"})
"""The kinds of node where goods are fetched."""
WHERE_OFFERED: Final = frozenset({RESERVE, DELIVER})
"""The methods a store has only where its capabilities name them; where they are asked for, anywhere."""

VALID_FOR: Final = timedelta(minutes=30)
PICKUP_STORES_MAX: Final = 5
DELIVER_KM_MAX: Final = 40.0
"""How far a store's own van goes."""

SURE_PERCENT: Final = 95
"""How sure of a date we want to be when we say it, where the market's terms (`promise_percent`) do not."""

LEAVING: Final = "leaving"
READY: Final = "ready"
TRANSIT: Final = "transit"

Slips: TypeAlias = Mapping[int, float]
"""How often (or how likely) each slip was seen: steps behind what the books say, below 0 ahead of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How likely a slip is at most so much: the first figure is for `lowest`, the next for one step more.

    `step_hours` is how long a step is by the clock; 0 where nothing was seen that says what waiting buys.
    """

    lowest: int
    cumulative: tuple[float, ...]
    step_hours: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Habits:
    """What was seen of nodes and carriers: slips by (kind, node or service, zone).

    Nodes of one kind together stand under the name of the kind, a service in all zones under zone 0.
    """

    seen: Mapping[tuple[str, str, int], Slips] = field(default_factory=dict)


UNSEEN: Final = Habits()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What dates rest on beside the network: what was seen, which days of nodes are full, how sure to be.

    `worked_out` keeps when nodes let go of goods that are asked for at one moment: many ask for the same.
    """

    habits: Habits = UNSEEN
    full: Mapping[str, frozenset[date]] = field(default_factory=dict)
    sure: float = SURE_PERCENT / 100
    worked_out: dict[tuple[str, datetime, int | None], datetime | None] = field(default_factory=dict)

    def full_at(self, node: str) -> frozenset[date]:
        """The local days on which a node takes no more."""
        return self.full.get(node, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What a shopper pays for a way of delivery, free from a value of goods on (None: never free)."""

    amount_minor: int
    free_from_minor: int | None = None


FEES: Final[Mapping[str, Fee]] = {
    "standard": Fee(amount_minor=595, free_from_minor=5000),
    "express": Fee(amount_minor=1495),
    PICKUP: Fee(amount_minor=0),
    RESERVE: Fee(amount_minor=0),
    DELIVER: Fee(amount_minor=995, free_from_minor=15000),
}
"""Fees by speed or method, in minor units, until a channel has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLine:
    """A quantity of an item that somebody would like to have."""

    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A basket, where it would go, and the stores it might be fetched from (none named: the nearest).

    `methods` are those that are asked for (none named: every one there is).
    """

    channel: str
    lines: tuple[WantedLine, ...]
    destination: Destination | None = None
    stores: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Liking:
    """How likely each method is chosen, and at which stores somebody fetches what they order, as shares."""

    methods: Mapping[str, float]
    stores: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedShipment:
    """What one node sends, when it must leave and when it is there; a pickup stays where it is.

    `dispatch_by` is the node's own milestone, by its hours and its work; `arrives_by` is what we are sure of.
    """

    node: str
    lines: tuple[PlannedLine, ...]
    service: str
    dispatch_by: datetime
    arrives_by: datetime
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A stretch of a day in which a store's own van may come."""

    opens_at: datetime
    closes_at: datetime

    def as_json(self) -> dict[str, str]:
        """The slot as the API shows it, and as an order takes it."""
        return {"from": self.opens_at.isoformat(), "to": self.closes_at.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way the whole basket reaches its shopper: shipped in parcels, or ready at a store.

    Shipped, it comes between `arrives_from` and `arrives_by`; at a store it is ready at `ready_from`, which
    is `arrives_by` too; by a store's van in one of its `slots`, the first if none is chosen. `cost_minor` is
    what it costs us, `fee_minor` what the shopper pays. `confidence` is how likely it is there in time.
    """

    option_id: str
    method: str
    speed: str
    node: str | None = None
    ready_from: datetime | None = None
    arrives_from: datetime
    arrives_by: datetime
    currency: str
    fee_minor: int
    cost_minor: int
    confidence: float
    shipments: tuple[PromisedShipment, ...]
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A method the basket cannot be had by, in a sentence, with everything that fell short."""

    method: str
    reason: str
    node: str | None = None
    short: tuple[ShortLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """All the ways there are, for as long as they are offered, and why there are no others."""

    promise_id: Id
    channel: str
    made_at: datetime
    expires_at: datetime
    options: tuple[Option, ...]
    unreachable: tuple[Unreachable, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The promise as the API shows it."""
        return {
            "promise_id": str(self.promise_id),
            "expires_at": self.expires_at.isoformat(),
            "options": [option_json(option) for option in self.options],
            "unreachable": [msgspec.to_builtins(each) for each in self.unreachable],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOption:
    """The option a shopper chose: what their order is bound to, and scored against when it ends."""

    promise_id: Id
    channel: str
    wanted: Wanted
    option: Option
    made_at: datetime
    taken_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The option as it is kept with the order."""
        return {
            "promise_id": str(self.promise_id),
            "made_at": self.made_at.isoformat(),
            "taken_at": self.taken_at.isoformat(),
            **option_json(self.option),
        }


def option_json(option: Option) -> dict[str, Any]:
    """An option as the API shows it; what it does not have is left out."""
    told = {
        "option_id": option.option_id,
        "method": option.method,
        "speed": option.speed,
        "node": option.node,
        "ready_from": option.ready_from.isoformat() if option.ready_from else None,
        "arrives_from": option.arrives_from.isoformat(),
        "arrives_by": option.arrives_by.isoformat(),
        "fee": Money(option.fee_minor, option.currency).as_json(),
        "cost": Money(option.cost_minor, option.currency).as_json(),
        "confidence": option.confidence,
        "slots": [slot.as_json() for slot in option.slots] or None,
        "shipments": [_shipment_json(shipment) for shipment in option.shipments],
    }
    return {name: value for name, value in told.items() if value is not None}


def _shipment_json(shipment: PromisedShipment) -> dict[str, Any]:
    return {
        "node": shipment.node,
        "lines": [
            {"line": line.line, "item": line.item, "quantity": line.quantity} for line in shipment.lines
        ],
        "service": shipment.service,
        "dispatch_by": shipment.dispatch_by.isoformat(),
        "arrives_by": shipment.arrives_by.isoformat(),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How promises ended, put together by one thing they have in common.

    `said` is how sure we were on average, `kept_share` how many were kept of those that ended; slack is how
    long before its time what was kept came, lateness how long after it what was not.
    """

    of: str
    promises: int
    ended: int
    kept: int
    late: int
    broken: int
    changed: int
    said: float | None
    mean_slack_hours: float | None
    mean_late_hours: float | None

    @property
    def kept_share(self) -> float | None:
        """How many were kept of those that ended, as first said; None where none has ended."""
        return self.kept / self.ended if self.ended else None
