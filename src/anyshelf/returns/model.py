"""Goods coming back, as values: what may come, what came, how it looked, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money

MAIL = "mail"
"""Where a return is handed in that travels by parcel."""
VENDOR = "vendor"
"""Where a return is handed in that goes straight to the vendor who shipped it."""

REASONS = (
    "changed_mind", "no_longer_wanted", "too_small", "too_large", "wrong_size", "wrong_item",
    "not_as_described", "damaged", "defective", "missing_parts", "arrived_late", "better_price", "gift",
    "other",
)  # fmt: skip
CARRIERS_REASONS = ("undeliverable", "refused")
"""Reasons nobody gives but a carrier."""

OUR_FAULT = frozenset({
    "wrong_item", "not_as_described", "damaged", "defective", "missing_parts", "arrived_late",
})  # fmt: skip
"""Reasons for which the shopper does not pay for shipping either."""

GRADES = ("new", "opened", "used", "damaged", "missing")
"""How a unit looks at the counter; missing: the box was empty, nothing came back."""

SIGNALS = ("serial_returner", "never_delivered", "empty_box", "many_returns")
"""Why a person is to look before money goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A row of the backward journeys: how it comes about, where it goes, when the money goes back."""

    name: str
    asked: str
    comes_to: str
    kinds: frozenset[str] = frozenset()
    units: tuple[str, ...]
    label: bool = False
    refunded: str
    early: bool = False
    shipping: bool = False
    charged: bool = False
    instead: str = ""
    signals: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may come back, for how long, and what the way and the desk cost us."""

    window: timedelta = timedelta(days=60)
    """How long after the order was placed it may be asked for."""
    come_within: timedelta = timedelta(days=45)
    """How long what was asked for may take to come."""
    shipping_refunded_for: frozenset[str] = OUR_FAULT
    repaired_from_minor: int = 2000
    parcel_minor: int = 250
    """What opening and grading a parcel costs."""
    unit_minor: int = 50
    """What grading a piece in it costs."""
    good_customer_orders: int = 3
    serial_units_min: int = 5
    serial_window: timedelta = timedelta(days=90)
    open_returns_max: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A quantity of an order line that somebody wants to bring back, and why."""

    line: int
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Where a parcel comes from."""

    lat: float | None
    lon: float | None
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An item that somebody takes instead, and its price where that is agreed (none: as it is)."""

    item: str
    quantity: int
    unit_price_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody takes instead of what they bring back, and how it reaches them (left out: as before)."""

    lines: tuple[Wanted, ...]
    method: str | None = None
    node: str | None = None
    destination: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """What an exchange comes to: what is given for what came back, and what is left to pay."""

    credit_minor: int
    to_pay_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A way back for a parcel: to which node, with which service, at what cost to us."""

    node: str
    service: str
    freight_minor: int
    handling_minor: int

    @property
    def cost_minor(self) -> int:
        """What it costs us in all."""
        return self.freight_minor + self.handling_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What we know of a shopper's dealings with us; `delivered` and `returned` count recent units."""

    completed_orders: int = 0
    delivered: int = 0
    returned: int = 0
    open_returns: int = 0
    empty_boxes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A quantity of a line as it lies on the counter, and how it looks."""

    line: int
    quantity: int
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Units of what was brought that stood alike: which node once gave them out ("": nothing came)."""

    line: int
    quantity: int
    grade: str
    came_from: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What becomes of a unit: its word in the trade, and the bucket it goes to (none: nothing came)."""

    name: str
    bucket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Units of one line and one grade that came back at one time, and what was refunded for them at once."""

    step: int
    entry: int
    line: int
    node: str
    came_from: str
    quantity: int
    grade: str
    disposition: str
    move_to: str = ""
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
            "move_to": self.move_to or None,
            "refund": Money(self.refund_minor, currency).as_json(),
            "received_at": self.received_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitNote:
    """What a vendor owes us for units it shipped that came back."""

    note_id: Id
    return_id: Id
    line: int
    vendor_node: str
    node: str
    bucket: str
    item: str
    quantity: int
    amount_minor: int
    currency: str
    state: str
    made_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The debit note as the API shows it."""
        return {
            "note_id": str(self.note_id),
            "return_id": str(self.return_id),
            "vendor_node": self.vendor_node,
            "node": self.node,
            "item": self.item,
            "quantity": self.quantity,
            "amount": Money(self.amount_minor, self.currency).as_json(),
            "state": self.state,
            "made_at": self.made_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """A quantity of an order line that may come back, how much of it came, and what it brought.

    Of what was received some may be `missing` (the box was empty); `paid` units have been paid back.
    """

    line: int
    item: str
    quantity: int
    received: int = 0
    missing: int = 0
    paid: int = 0
    reason: str
    refund_minor: int = 0

    @property
    def outstanding(self) -> int:
        """How many units may still come."""
        return self.quantity - self.received

    @property
    def due(self) -> int:
        """How many units came and are not paid back yet."""
        return max(self.received - self.missing - self.paid, 0)

    @property
    def payable(self) -> int:
        """How many units could be paid back, were all that is outstanding to come."""
        return max(self.quantity - self.missing - self.paid, 0)

    def as_json(self, currency: str) -> dict[str, Any]:
        """The line as the API shows it."""
        return {
            "line": self.line,
            "item": self.item,
            "quantity": self.quantity,
            "received": self.received,
            "paid": self.paid,
            "reason": self.reason,
            "refund": Money(self.refund_minor, currency).as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Permission to bring goods back, and what came of it; `came_to` is the node it is meant for."""

    market: str
    return_id: Id
    order_id: Id
    journey: str
    came_to: str
    state: str
    version: int
    shipping_minor: int = 0
    credit_minor: int = 0
    currency: str
    person: str = ""
    signals: Sequence[str] = ()
    label: dict[str, Any] | None = None
    carried: str = ""
    exchange_order_id: Id | None = None
    authorised_at: datetime
    lines: tuple[ReturnLine, ...] = ()
    receipts: Sequence[Receipt] = ()
    notes: Sequence[DebitNote] = ()

    def line(self, number: int) -> ReturnLine | None:
        """The line of this number, or None."""
        return next((line for line in self.lines if line.line == number), None)

    @property
    def refund_minor(self) -> int:
        """What has been given back in all, shipping included, as money or as credit."""
        return sum(line.refund_minor for line in self.lines) + self.shipping_minor

    @property
    def waits(self) -> bool:
        """Whether goods came that nobody has paid back yet."""
        return any(line.due for line in self.lines)

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
            "signals": list(self.signals),
            "refund_waits": self.waits,
            "label": self.label,
            "carried": self.carried or None,
            "debit_notes": [note.as_json() for note in self.notes],
            "exchange_order_id": str(self.exchange_order_id) if self.exchange_order_id else None,
            "shipping_refund": Money(self.shipping_minor, self.currency).as_json(),
            "credit": Money(self.credit_minor, self.currency).as_json(),
            "refund": Money(self.refund_minor, self.currency).as_json(),
        }
