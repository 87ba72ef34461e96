"""Drop-ship as values: what a vendor is asked to send, what it answers, ships, has, and wants paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money

UNFINISHED = ("open", "acknowledged")
"""The states in which a vendor still has something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """One thing asked of a vendor, and what it said of each unit: accepted, later, never, or nothing yet.

    What has shipped is part of what was accepted.
    """

    line: int
    item: str
    quantity: int
    cost_minor: int
    currency: str
    accepted: int = 0
    backordered: int = 0
    rejected: int = 0
    cancelled: int = 0
    shipped: int = 0
    expected_at: datetime | None = None
    reason: str | None = None

    @property
    def unanswered(self) -> int:
        """How many units the vendor has said nothing of."""
        return self.quantity - self.accepted - self.backordered - self.rejected - self.cancelled

    @property
    def to_ship(self) -> int:
        """How many units may still come."""
        return self.quantity - self.rejected - self.cancelled - self.shipped

    def as_json(self) -> dict[str, Any]:
        """The line as the API shows it."""
        return {
            "line": self.line,
            "item": self.item,
            "quantity": self.quantity,
            "unit_cost": Money(self.cost_minor, self.currency).as_json(),
            "unanswered": self.unanswered,
            "accepted": self.accepted,
            "backordered": self.backordered,
            "expected_at": self.expected_at.isoformat() if self.expected_at else None,
            "rejected": self.rejected,
            "reason": self.reason,
            "cancelled": self.cancelled,
            "shipped": self.shipped,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """The part of an order that a vendor sends in our name: to the shopper's door, or to a store of ours."""

    market: str
    po_id: Id
    order_id: Id
    vendor: str
    node: str
    journey: str
    to_node: str = ""
    state: str = "open"
    answer_by: datetime
    ship_by: datetime
    made_at: datetime
    answered_at: datetime | None = None
    lines: tuple[PurchaseLine, ...] = ()

    def line(self, number: int) -> PurchaseLine | None:
        """The line of this number, or None."""
        return next((line for line in self.lines if line.line == number), None)

    @property
    def unanswered(self) -> dict[int, int]:
        """The units of each line that the vendor has said nothing of."""
        return {line.line: line.unanswered for line in self.lines if line.unanswered}

    @property
    def backordered(self) -> dict[int, int]:
        """The units of each line that the vendor will have later."""
        return {line.line: line.backordered for line in self.lines if line.backordered}

    def as_json(self) -> dict[str, Any]:
        """The purchase order as the API shows it."""
        return {
            "po_id": str(self.po_id),
            "order_id": str(self.order_id),
            "vendor": self.vendor,
            "node": self.node,
            "journey": self.journey,
            "to_node": self.to_node or None,
            "state": self.state,
            "made_at": self.made_at.isoformat(),
            "answer_by": self.answer_by.isoformat(),
            "ship_by": self.ship_by.isoformat(),
            "lines": [line.as_json() for line in self.lines],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A part of an order released to a vendor's node: lines are (line, item, quantity)."""

    order_id: Id
    version: int
    node: str
    journey: str
    to_node: str
    ship_by: datetime
    lines: Sequence[tuple[int, str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a line stands with the vendor: so many now, so many later, so many (None: as before) never."""

    line: int
    accept: int
    backorder: int = 0
    expected_at: datetime | None = None
    reject: int | None = None
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """The answer as it is kept."""
        return {
            "line": self.line,
            "accept": self.accept,
            "backorder": self.backorder,
            "expected_at": self.expected_at.isoformat() if self.expected_at else None,
            "reject": self.reject,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An advance ship notice (ASN): what left the vendor with which carrier, under the vendor's own id."""

    asn: str
    carrier: str
    tracking: str
    shipped_at: datetime
    lines: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """An advance ship notice as it was taken, and the shipment it became."""

    asn: str
    shipment_id: Id
    carrier: str
    tracking: str
    lines: list[dict[str, Any]]
    shipped_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The notice as the API shows it."""
        return {
            "asn": self.asn,
            "shipment_id": str(self.shipment_id),
            "carrier": self.carrier,
            "tracking": self.tracking,
            "shipped_at": self.shipped_at.isoformat(),
            "lines": self.lines,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """What a vendor wants for so many units of a line; the cost is that of one unit."""

    line: int
    quantity: int
    cost_minor: int

    def as_json(self) -> dict[str, int]:
        """The line as it is kept."""
        return {"line": self.line, "quantity": self.quantity, "cost_minor": self.cost_minor}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A vendor's invoice as it was taken: it matches what was shipped at the agreed cost, or it does not."""

    invoice: str
    state: str
    lines: list[dict[str, int]]
    differences: list[dict[str, Any]]

    def as_json(self, currency: str) -> dict[str, Any]:
        """The invoice as the API shows it."""
        total = sum(line["quantity"] * line["cost_minor"] for line in self.lines)
        return {
            "invoice": self.invoice,
            "state": self.state,
            "total": Money(total, currency).as_json(),
            "differences": self.differences,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a vendor says it has of each item, as of a moment; complete: of what it does not name, nothing."""

    feed_id: str
    as_of: datetime
    figures: Mapping[str, int]
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """How well a vendor serves: counts, shares, means in hours; None where there is nothing to judge."""

    orders: int
    units: int
    acknowledged_in_time_percent: float | None
    fill_percent: float | None
    rejected_percent: float | None
    shipments: int
    late_shipments_percent: float | None
    hours_to_acknowledge: float | None
    hours_to_ship: float | None

    def as_json(self) -> dict[str, Any]:
        """The scorecard as the API shows it."""
        return {
            "orders": self.orders,
            "units": self.units,
            "acknowledged_in_time_percent": self.acknowledged_in_time_percent,
            "fill_percent": self.fill_percent,
            "rejected_percent": self.rejected_percent,
            "shipments": self.shipments,
            "late_shipments_percent": self.late_shipments_percent,
            "hours_to_acknowledge": self.hours_to_acknowledge,
            "hours_to_ship": self.hours_to_ship,
        }
