"""Goods on the way as values: shipments, and what carriers say of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id

KINDS = (
    "dispatched", "in_transit", "out_for_delivery", "delivered", "failed", "refused", "lost", "returning",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a carrier says happened to a shipment, under the carrier's own id."""

    event_id: str
    kind: str
    happened_at: datetime
    place: str | None = None
    proof: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The scan as the API shows it."""
        return {
            "event_id": self.event_id,
            "kind": self.kind,
            "happened_at": self.happened_at.isoformat(),
            "place": self.place,
            "proof": self.proof,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Packages that left a node together; `lines` are {line, item, quantity} of the order."""

    market: str
    shipment_id: Id
    order_id: Id
    node: str
    to_node: str = ""
    slot: dict[str, Any] | None = None
    carrier: str
    tracking: str
    state: str
    lines: list[dict[str, Any]]
    dispatched_at: datetime
    delivered_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The shipment as the API shows it."""
        return {
            "shipment_id": str(self.shipment_id),
            "order_id": str(self.order_id),
            "node": self.node,
            "to_node": self.to_node or None,
            "slot": self.slot,
            "carrier": self.carrier,
            "tracking": self.tracking,
            "state": self.state,
            "lines": self.lines,
            "dispatched_at": self.dispatched_at.isoformat(),
            "delivered_at": self.delivered_at.isoformat() if self.delivered_at else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """A line of a transfer: how many were sent, and what the store says became of them."""

    line: int
    item: str
    quantity: int
    received: int = 0
    damaged: int = 0
    missing: int = 0

    @property
    def outstanding(self) -> int:
        """How many the store has said nothing about."""
        return self.quantity - self.received - self.damaged - self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What a store found of a line when it opened the box."""

    line: int
    received: int = 0
    damaged: int = 0
    missing: int = 0
