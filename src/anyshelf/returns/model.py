"""Goods coming back, as values: what may come, what came, how it looked, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money

MAIL = "mail"
"""Where a return is handed in that travels by parcel."""

REASONS = (
    "changed_mind", "no_longer_wanted", "too_small", "too_large", "wrong_size", "wrong_item",
    "not_as_described", "damaged", "defective", "missing_parts", "arrived_late", "better_price", "gift",
    "other",
)  # fmt: skip

OUR_FAULT = frozenset({
    "wrong_item", "not_as_described", "damaged", "defective", "missing_parts", "arrived_late",
})  # fmt: skip
"""Reasons for which the shopper does not pay for shipping either."""

GRADES = ("new", "opened", "used", "damaged", "missing")
"""How a unit looks at the counter; missing: the box was empty, nothing came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A row of the backward journeys: how it travels, when it is graded, when the money goes back."""

    name: str
    through: str
    comes_to: str
    moves: str
    graded: str
    refunded: str
    built: bool


JOURNEYS = (
    Journey(
        name="boris", through="any", comes_to="any store counter", moves="none", graded="at the counter",
        refunded="at once", built=True,
    ),
    Journey(
        name="mail_return", through="web, app", comes_to="dc or fc, by cost", moves="parcel lane",
        graded="on arrival", refunded="on receipt", built=False,
    ),
    Journey(
        name="undeliverable", through="carrier", comes_to="the node it was shipped from",
        moves="parcel lane", graded="on arrival", refunded="on receipt", built=False,
    ),
    Journey(
        name="vendor_return", through="vendor or rule", comes_to="vendor, or kept and charged back",
        moves="parcel lane", graded="on arrival", refunded="on receipt", built=False,
    ),
    Journey(
        name="keep_it", through="rule", comes_to="nowhere", moves="none", graded="none",
        refunded="at once", built=False,
    ),
    Journey(
        name="exchange", through="any", comes_to="as boris or mail_return", moves="as boris or mail_return",
        graded="as boris or mail_return", refunded="the difference", built=False,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may come back: for so long after the order was placed; shipping is refunded with the last unit."""

    window: timedelta = timedelta(days=60)
    shipping_refunded_for: frozenset[str] = OUR_FAULT
    repaired_from_minor: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A quantity of an order line that somebody wants to bring back, and why."""

    line: int
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A quantity of a line as it lies on the counter, and how it looks."""

    line: int
    quantity: int
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What becomes of a unit: its word in the trade, and the bucket it goes to (none: nothing came)."""

    name: str
    bucket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Units of one line and one grade that came back at one time, and what was refunded for them."""

    step: int
    entry: int
    line: int
    node: str
    quantity: int
    grade: str
    disposition: str
    refund_minor: int
    received_at: datetime

    def as_json(self, currency: str) -> dict[str, Any]:
        """The receipt as the API shows it."""
        return {
            "step": self.step,
            "line": self.line,
            "node": self.node,
            "quantity": self.quantity,
            "grade": self.grade,
            "disposition": self.disposition,
            "refund": Money(self.refund_minor, currency).as_json(),
            "received_at": self.received_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """A quantity of an order line that may come back, how much of it came, and what it brought."""

    line: int
    item: str
    quantity: int
    received: int = 0
    reason: str
    refund_minor: int = 0

    @property
    def outstanding(self) -> int:
        """How many units may still come."""
        return self.quantity - self.received

    def as_json(self, currency: str) -> dict[str, Any]:
        """The line as the API shows it."""
        return {
            "line": self.line,
            "item": self.item,
            "quantity": self.quantity,
            "received": self.received,
            "reason": self.reason,
            "refund": Money(self.refund_minor, currency).as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Permission to bring goods back, and what came of it; `came_to` is a node or "mail"."""

    market: str
    return_id: Id
    order_id: Id
    journey: str
    came_to: str
    state: str
    version: int
    shipping_minor: int = 0
    currency: str
    authorised_at: datetime
    lines: tuple[ReturnLine, ...] = ()
    receipts: Sequence[Receipt] = ()

    def line(self, number: int) -> ReturnLine | None:
        """The line of this number, or None."""
        return next((line for line in self.lines if line.line == number), None)

    @property
    def refund_minor(self) -> int:
        """What has been refunded in all, shipping included."""
        return sum(line.refund_minor for line in self.lines) + self.shipping_minor

    def as_json(self) -> dict[str, Any]:
        """The return as the API shows it."""
        return {
            "return_id": str(self.return_id),
            "order_id": str(self.order_id),
            "journey": self.journey,
            "at": self.came_to,
            "state": self.state,
            "authorised_at": self.authorised_at.isoformat(),
            "lines": [line.as_json(self.currency) for line in self.lines],
            "receipts": [receipt.as_json(self.currency) for receipt in self.receipts],
            "shipping_refund": Money(self.shipping_minor, self.currency).as_json(),
            "refund": Money(self.refund_minor, self.currency).as_json(),
        }
