"""Orders as values: lines whose quantity is spread over states, and the steps that move it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from anyshelf.ground.ids import Id

STATES = (
    "open", "sourced", "released", "picked", "packed", "in_transit", "received", "staged", "dispatched",
    "delivered", "handed_over", "backordered", "cancelled", "returned", "lost",
)  # fmt: skip
NOWHERE = ""
"""The node of a quantity that is at no node: open, backordered or cancelled."""

Spread = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A row of the journeys table: how a line of this method, sourced from this kind of node, travels.

    `chosen` says whether it starts at the node the shopper chose (None: that does not matter), `prefers`
    whether that node is asked first. `unpaid` needs no payment to be asked for.
    """

    name: str
    method: str
    kinds: frozenset[str]
    chosen: bool | None = None
    prefers: bool = False
    unpaid: bool = False
    steps: tuple[str, ...]
    finish: str
    captured: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what was ordered at what price, and where each unit of it stands (state, node)."""

    line: int
    item: str
    quantity: int
    unit_price_minor: int
    discount_minor: int = 0
    tax_minor: int = 0
    method: str
    node: str = ""
    journey: str = ""
    captured: str = "dispatched"
    kit: str | None = None
    kit_line: int | None = None
    kit_units: int | None = None
    replaces: int | None = None
    spread: Spread = msgspec.field(default_factory=dict)

    def in_state(self, *states: str, node: str | None = None) -> int:
        """How many units are in any of these states, at one node or anywhere."""
        units = 0
        for (state, at), quantity in self.spread.items():
            if state in states and (node is None or at == node):
                units += quantity
        return units

    @property
    def paid_minor(self) -> int:
        """What the whole line costs the shopper, in minor units."""
        return self.unit_price_minor * self.quantity - self.discount_minor + self.tax_minor


def person_of(customer: str | None, contact: Mapping[str, Any] | None) -> str:
    """Whom an order is for: the customer, else their e-mail or phone; empty for nobody we know."""
    known = contact or {}
    return str(customer or known.get("email", "").lower() or known.get("phone", ""))


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A shopper's request and where it stands."""

    market: str
    order_id: Id
    version: int
    channel: str
    external_id: str | None
    customer: str | None
    contact: dict[str, Any] | None
    destination: dict[str, Any] | None
    currency: str
    goods_minor: int
    shipping_minor: int
    held: str | None
    release_at: datetime | None
    pickup_code: str | None
    code_tries: int
    promise: dict[str, Any] | None
    sourcing: list[dict[str, Any]] | None
    gift: dict[str, Any] | None = None
    slot: dict[str, Any] | None = None
    together: bool = False
    placed_at: datetime
    lines: tuple[Line, ...] = ()

    @property
    def total_minor(self) -> int:
        """What the whole order costs the shopper, lines added later included, in minor units."""
        return sum(line.paid_minor for line in self.lines) + self.shipping_minor

    def line(self, number: int) -> Line | None:
        """The line of this number, or None."""
        return next((line for line in self.lines if line.line == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """An order as one speaks of it: its number, and what to call its shopper; empty where nobody knows."""

    order_id: Id
    number: str
    shopper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A quantity of a line that goes from one state to the next, at a node or from it to another."""

    line: int
    node: str
    before: str
    after: str
    quantity: int
    to_node: str = ""

    @property
    def ends_at(self) -> str:
        """The node it is at afterwards."""
        return self.to_node or self.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """Something that did not go as planned: what was done about it, and what is left to do."""

    exception_id: Id
    order_id: Id
    kind: str
    node: str | None
    lines: list[int]
    said: str
    done: str
    todo: str
    state: str
    happened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None
    assigned_to: str | None
    assigned_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a shopper changes of an order: how many of a line they want, what they add, where it goes."""

    quantities: Mapping[int, int] = field(default_factory=dict)
    added: tuple["DraftLine", ...] = ()
    destination: dict[str, Any] | None = None
    contact: dict[str, Any] | None = None
    slot: dict[str, Any] | None = None


class DraftLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is asked for."""

    line: int
    item: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    method: str
    node: str | None
    kit: str | None = None
    kit_line: int | None = None
    kit_units: int | None = None
    replaces: int | None = None

    @property
    def paid_minor(self) -> int:
        """What the whole line costs the shopper, in minor units."""
        return self.unit_price_minor * self.quantity - self.discount_minor + self.tax_minor


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is asked for: prices known, nothing taken yet."""

    channel: str
    external_id: str | None
    fingerprint: bytes | None
    customer: str | None
    contact: dict[str, Any] | None
    destination: dict[str, Any] | None
    currency: str
    shipping_minor: int
    held: str | None
    promise: dict[str, Any] | None
    gift: dict[str, Any] | None = None
    slot: dict[str, Any] | None = None
    together: bool = False
    may_wait: bool = False
    segment: str = ""
    lines: tuple[DraftLine, ...]

    @property
    def person(self) -> str:
        """Whom it is for: the customer, else their e-mail or phone; empty for nobody we know."""
        return person_of(self.customer, self.contact)

    @property
    def goods_minor(self) -> int:
        """What the goods cost, with discounts and tax, in minor units."""
        return sum(line.paid_minor for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLine:
    """A line that was sold before Anyshelf kept the books: who bought it, where from, when.

    `node` is who served it, empty where nobody says; `external_id` is the order as its channel named it.
    """

    channel: str
    external_id: str
    line: int
    item: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    currency: str
    method: str
    node: str
    customer: str | None
    postal_code: str
    lat: float | None
    lon: float | None
    placed_at: datetime


TERM_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a market; whatever it does not say for itself is as it stands here."""

    pickup_days: int = 7
    """How many days goods wait at the counter before they go back to the shelf."""
    reserve_hours: int = 48
    """How long a reservation without payment is kept."""
    claim_minutes: int = 240
    """How long a node may leave work unclaimed before another node is looked for."""
    vendor_answer_hours: int = 24
    """How long a vendor may leave a purchase order unanswered."""
    keep_it_minor: int = 500
    """Goods whose return would cost more than they are worth, up to this value, stay with the shopper."""
    feed_loses_percent_per_hour: int = 2
    """How fast stock that is known only from a vendor's feed stops counting."""
    promise_percent: int = 95
    """How sure of a date we want to be when we promise it: from 50 on, 99 at most."""

    @property
    def pickup(self) -> timedelta:
        """How long goods wait at the counter."""
        return timedelta(days=self.pickup_days)

    @property
    def reserve(self) -> timedelta:
        """How long a reservation is kept."""
        return timedelta(hours=self.reserve_hours)

    @property
    def claim(self) -> timedelta:
        """How long work may lie unclaimed."""
        return timedelta(minutes=self.claim_minutes)

    @property
    def vendor_answer(self) -> timedelta:
        """How long a vendor may stay silent."""
        return timedelta(hours=self.vendor_answer_hours)
