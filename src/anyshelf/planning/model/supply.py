"""Supply as values: what a network looks like to a planner, what is suggested, what threatens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money
from anyshelf.planning.model.demand import Flags, Floats, Ints

KINDS = ("replenish", "purchase", "rebalance")
ALERTS = ("stockout", "overstock", "slow_mover", "phantom_stock")
TERM_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a market plans; whatever it does not say for itself is as it stands here."""

    period_days: int = 7
    """How many days are one period: 1 plans by the day, 7 by the week."""
    periods: int = 52
    """How many past periods are looked at."""
    holding_percent: int = 25
    """What it costs to hold goods for a year, in percent of their cost."""
    goodwill_percent: int = 0
    """What a lost sale costs beside its margin, in percent of the price."""
    store_lead_days: int = 3
    """How long goods take from a distribution centre to a store where no lane says so."""
    vendor_lead_days: int = 14
    """How long goods take from a vendor to a distribution centre."""
    transfer_minor: int = 600
    """What one line between two stores costs in freight and labour."""
    transfer_minor_per_unit: int = 50
    """What each unit of it costs beside."""
    overstock_days: int = 120
    """From how many days of supply on stock is too much."""
    slow_days: int = 60
    """After how many days without a sale an item is slow."""
    plan_hour: int = 2
    """The hour of the day (UTC) from which a market is planned by itself; 24: only when asked to."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Some items over all nodes that hold stock, as of a moment; a series is an item at a node.

    `history`: units wanted less units that came back, [series, periods]; `censored`: where the shelf ran
    empty. `coming`: [series, periods], column j is there before the (j + 1)-th coming period. `source`: for
    each node the node that feeds it, -1 for those that vendors feed. `lead`: each node's lead time
    in periods.
    """

    as_of: datetime
    currency: str
    terms: Terms
    items: Sequence[str]
    categories: Sequence[str]
    price_minor: Ints
    cost_minor: Ints
    nodes: Sequence[str]
    weight_g: Ints
    source: Ints
    lead: Ints
    review: Ints
    waits: Ints
    truck_kg: Ints
    item: Ints
    node: Ints
    history: Floats
    censored: Flags
    free: Ints
    on_hand: Ints
    coming: Ints
    pack: Ints
    minimum: Ints
    shelf: Ints

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """So many of an item are to go to a node, and why; from no node: from the vendor."""

    kind: str
    item: str
    node: str
    from_node: str
    quantity: int
    lead_days: int
    worth_minor: int
    reasons: tuple[str, ...]
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A short inbound shared out: what goes to stores, how much each channel may sell, what is left."""

    proposals: Sequence[Proposal]
    channels: Mapping[str, int]
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """What will happen to an item at a node if nobody does anything, and what it costs."""

    kind: str
    item: str
    node: str
    days_of_supply: float | None
    stake_minor: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What is expected of one period: one time in ten less than `low`, one time in ten more than `high`."""

    mean: float
    low: int
    middle: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is expected of an item at a node, period by period."""

    item: str
    node: str
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that planning has to say of a picture."""

    forecasts: Sequence[Forecast]
    proposals: Sequence[Proposal]
    threats: Sequence[Threat]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A proposal as it is kept, with what became of it."""

    suggestion_id: Id
    kind: str
    item: str
    node: str
    from_node: str
    proposed: int
    quantity: int
    arrives_at: datetime
    worth_minor: int
    currency: str
    reasons: list[str]
    figures: dict[str, Any]
    state: str
    reference: str | None
    hold_id: Id | None
    made_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    note: str

    def as_json(self) -> dict[str, Any]:
        """The suggestion as the API shows it."""
        return {
            "suggestion_id": str(self.suggestion_id),
            "kind": self.kind,
            "item": self.item,
            "node": self.node,
            "from_node": self.from_node or None,
            "proposed": self.proposed,
            "quantity": self.quantity,
            "arrives_at": self.arrives_at.isoformat(),
            "worth": Money(self.worth_minor, self.currency).as_json(),
            "reasons": self.reasons,
            "figures": self.figures,
            "state": self.state,
            "reference": self.reference,
            "made_at": self.made_at.isoformat(),
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
            "decided_by": self.decided_by,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A threat as it is kept."""

    alert_id: Id
    kind: str
    item: str
    node: str
    days_of_supply: float | None
    stake_minor: int
    currency: str
    said: str
    state: str
    since: datetime
    seen_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The alert as the API shows it."""
        days = self.days_of_supply
        return {
            "alert_id": str(self.alert_id),
            "kind": self.kind,
            "item": self.item,
            "node": self.node,
            "days_of_supply": None if days is None else round(days, 1),
            "at_stake": Money(self.stake_minor, self.currency).as_json(),
            "said": self.said,
            "state": self.state,
            "since": self.since.isoformat(),
            "seen_at": self.seen_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeup:
    """An item at a node as a planner looks at it: what was wanted, what is expected, what its orders rest on.

    `history` is of past periods, the last one last, `short` says in which the shelf ran empty; `review_days`
    is from one order to the next. Costs are in minor units of a unit and a period, and of a lost sale.
    """

    item: str
    node: str
    source: str
    currency: str
    as_of: datetime
    period_days: int
    history: tuple[float, ...]
    short: tuple[bool, ...]
    forecast: tuple[Period, ...]
    free: int
    on_hand: int
    coming: int
    lead_days: int
    review_days: int
    pack: int
    minimum: int
    shelf: int | None
    holding_minor: float
    shortage_minor: float
    service_percent: int
    up_to: int
