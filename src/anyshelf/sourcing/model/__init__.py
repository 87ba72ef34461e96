"""What sourcing is asked, what it weighs, and what it answers.

Money is in integer minor units of one currency, weight in grams, distance in kilometres. A new kind of cost
is a new weight on `Policy`, a new figure on `Candidate` and `Field`, and a new term on `CostTerms`; the
search itself knows only what a node costs once and what it costs for each item.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import msgspec

from anyshelf.sourcing.model.arrays import FlagArray, FloatArray, IntArray
from anyshelf.sourcing.model.policies import (
    CHEAPEST,
    FEWEST_PARCELS,
    LEAVE_ROOM,
    NEAREST,
    NO_LEANINGS,
    POLICIES,
    PRIORITY_MAX,
    PROTECT_THE_STORE,
    Edition,
    Leanings,
    Policy,
    Standing,
)

__all__ = [
    "CHEAPEST",
    "FEWEST_PARCELS",
    "LEAVE_ROOM",
    "NEAREST",
    "NO_LEANINGS",
    "POLICIES",
    "PRIORITY_MAX",
    "PROTECT_THE_STORE",
    "Edition",
    "FlagArray",
    "FloatArray",
    "IntArray",
    "Leanings",
    "Policy",
    "Standing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One order line that wants to be served; the weight and the value are those of one unit.

    `flags` say what may not be done with it (`hazmat`, `oversize`, `no_ship`).
    """

    line: int
    item: str
    quantity: int
    weight_g: int
    unit_value_minor: int = 0
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.weight_g < 0:
            raise ValueError(f"line {self.line} asks for {self.quantity} units of {self.weight_g} g")


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """What a parcel from a node costs: something for the parcel, something for each kilogram in it."""

    base_minor: int
    per_kg_minor: float


NO_FREIGHT: Final = Freight(base_minor=0, per_kg_minor=0.0)
"""The freight of goods that do not travel: picked up, or carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A node that might serve, with its costs and what it has for this demand.

    `stock` is item → units available to this demand. `eliminated` says why the node may not serve, None if it
    may.
    """

    node: str
    kind: str
    zone: int | None
    distance_km: float
    freight: Freight
    handling_minor_per_order: int
    handling_minor_per_unit: int
    stock: Mapping[str, int]
    eliminated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """All nodes that might serve one destination, as arrays of one figure a node, for quick decisions.

    Nodes stand in the order of their names, which settles the last ties. `barred` holds 0 where the node may
    serve and otherwise the place in `reasons` of why it may not; `reasons[0]` is the empty reason.
    """

    nodes: tuple[str, ...]
    distance_km: FloatArray
    freight_base_minor: FloatArray
    freight_per_kg_minor: FloatArray
    handling_minor_per_order: FloatArray
    handling_minor_per_unit: FloatArray
    barred: IntArray
    reasons: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKind:
    """Orders that look alike: which items (columns of the stock), and how many units of each."""

    items: tuple[int, ...]
    quantities: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """Which orders may still come, from where, and what serving them costs: what bid prices rest on.

    `fields` holds one field for each place that orders come from, all of the same nodes; `weight_g` [items]
    is of one unit; `lost_minor` [kinds] is what it costs to leave an order unserved, more than any way to
    serve it.
    """

    fields: tuple[Field, ...]
    kinds: tuple[OrderKind, ...]
    weight_g: IntArray
    lost_minor: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BidPrices:
    """What one more unit at a node is worth to the orders still to come, [nodes, items] minor units.

    `value_minor` is the least that these orders can cost on average.
    """

    minor: FloatArray
    value_minor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTerms:
    """What one parcel costs, term by term."""

    freight_minor: int
    handling_minor: int
    split_minor: int

    @property
    def total_minor(self) -> int:
        """All terms together."""
        return self.freight_minor + self.handling_minor + self.split_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """How many units of an order line travel in a parcel."""

    line: int
    item: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShipment:
    """What one node is to send, and what that costs."""

    node: str
    lines: tuple[PlannedLine, ...]
    cost: CostTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLine:
    """A line that cannot be served in full, and how much of it could be had."""

    line: int
    item: str
    wanted: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTrace:
    """Why a node was not asked, or what it would cost if it alone served all it can of this demand.

    `worth_minor` is what these units are worth there to orders still to come: it chooses, and is not paid.
    """

    node: str
    distance_km: float
    eliminated: str | None
    lines: int
    units: int
    cost: CostTerms | None
    chosen: bool
    worth_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Why this plan: the nodes considered, the ones chosen, and what the next best plan would have cost.

    `nodes` details a bounded number of nodes; `others` counts the rest by reason. The next best plan is the
    best that does without at least one chosen node; None where there is none or the search was not exact.
    `terms` and `next_best_terms` are what the two plans weigh, term by term, paid (freight, handling, split)
    or only weighed; what is nothing is left out. `against` is what spoke against a detailed node.
    """

    policy: str
    considered: int
    chosen: tuple[str, ...]
    chosen_minor: int
    next_best: tuple[str, ...] = ()
    next_best_minor: int | None = None
    terms: Mapping[str, int] = field(default_factory=dict)
    next_best_terms: Mapping[str, int] = field(default_factory=dict)
    nodes: tuple[NodeTrace, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    against: Mapping[str, int] = field(default_factory=dict)


def as_json(trace: Trace) -> dict[str, Any]:
    """The explanation as plain JSON values, to be kept with the order."""
    plain: dict[str, Any] = msgspec.to_builtins(trace)
    return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who sends what, what it costs, and everything that fell short.

    `exact` says that no plan weighs less among those that send each item from one node. A plan that falls
    short has no shipments, unless the policy allows partial service.
    """

    shipments: tuple[PlannedShipment, ...]
    cost_minor: int
    short: tuple[ShortLine, ...]
    exact: bool
    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where goods are to go: a point in degrees, a postal code, or both."""

    lat: float | None = None
    lon: float | None = None
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How lines are to be served: the method, to where or at which node, by whom and not by whom.

    Where goods go to `home`, a node of ours, that node serves without any freight. `wanted_by` is the last
    moment at which goods that travel are in time. `booked` is how much of what nodes take is promised
    already, by their own days: who is full (1) serves only what nobody else can.
    """

    method: str
    destination: Destination | None = None
    node: str | None = None
    home: str | None = None
    kinds: frozenset[str]
    excluded: frozenset[str] = frozenset()
    service: str = "ground"
    wanted_by: datetime | None = None
    booked: Mapping[str, Mapping[date, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedShipment:
    """A planned shipment with what its carrier will really charge, by the tariff and not by its line.

    `zone` is 0 where goods do not travel.
    """

    node: str
    lines: tuple[PlannedLine, ...]
    zone: int
    distance_km: float
    weight_g: int
    freight_minor: int
    handling_minor: int
    split_minor: int

    @property
    def cost_minor(self) -> int:
        """All terms together."""
        return self.freight_minor + self.handling_minor + self.split_minor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sourced:
    """A plan on the real network: the shipments as they will be paid, and why these nodes.

    `service` is the carrier service the shipments go by, empty where goods do not travel. The plan's own
    costs are those it was chosen by (freight as a straight line); the shipments' are by the tariff. `chance`
    is how likely it is that every node takes its part on and finds all of it. Where goods `stay` at the node
    the shopper chose, there was nothing to choose.
    """

    plan: Plan
    service: str
    shipments: tuple[SourcedShipment, ...]
    decided_at: datetime
    explanation: Callable[[], Trace]
    chance: float = 1.0
    stays: bool = False

    @property
    def short(self) -> tuple[ShortLine, ...]:
        """Everything that fell short."""
        return self.plan.short

    @property
    def cost_minor(self) -> int:
        """What serving it all costs, by the tariff."""
        return sum(shipment.cost_minor for shipment in self.shipments)

    def explain_json(self) -> dict[str, Any]:
        """Why this plan, as plain JSON values, to be kept with the order; worked out when asked for."""
        return {
            **as_json(self.explanation()),
            "decided_at": self.decided_at.isoformat(),
            "service": self.service,
            "chance": round(self.chance, 3),
            "cost_minor": self.cost_minor,
            "shipments": msgspec.to_builtins(self.shipments),
        }

    as_json = explain_json
