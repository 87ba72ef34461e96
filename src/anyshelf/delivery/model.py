"""Goods on the way as values: shipments, and what carriers say of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.ground.ids import Id

KINDS = ("dispatched", "in_transit", "out_for_delivery", "delivered", "failed", "lost", "returning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a carrier says happened to a shipment, under the carrier's own id."""

    event_id: str
    kind: str
    happened_at: datetime
    place: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The scan as the API shows it."""
        return {
            "event_id": self.event_id,
            "kind": self.kind,
            "happened_at": self.happened_at.isoformat(),
            "place": self.place,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Packages that left a node together; `lines` are {line, item, quantity} of the order."""

    market: str
    shipment_id: Id
    order_id: Id
    node: str
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
            "carrier": self.carrier,
            "tracking": self.tracking,
            "state": self.state,
            "lines": self.lines,
            "dispatched_at": self.dispatched_at.isoformat(),
            "delivered_at": self.delivered_at.isoformat() if self.delivered_at else None,
        }
