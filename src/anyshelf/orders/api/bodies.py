"""What the outside may send, and within which bounds."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from anyshelf.ground.errors import Invalid
from anyshelf.ground.money import Money

LINES_MAX = 2000
QUANTITY_MAX = 1_000_000

Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Quantity = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]


class Body(BaseModel):
    """A JSON object that holds nothing but what it names."""

    model_config = ConfigDict(extra="forbid")


class Amount(Body):
    """Money as the API takes it: a decimal string and a currency."""

    amount: Annotated[StrictStr, Field(max_length=20, examples=["12.50"])]
    currency: Annotated[StrictStr, Field(min_length=3, max_length=3, examples=["USD"])]

    def minor(self, currency: str, *, field: str) -> int:
        """The amount in minor units; raises Invalid when negative or in another currency."""
        money = Money.parse(self.amount, self.currency, field=field)
        if money.currency != currency:
            raise Invalid(f"The order is in {currency}, {field} in {money.currency}.", field=field)
        if money.minor < 0:
            raise Invalid("An amount may not be below zero.", field=field)
        return money.minor


class Place(Body):
    """Where a parcel goes."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    postal_code: Annotated[StrictStr, Field(max_length=16)] = ""
    country: Annotated[StrictStr, Field(max_length=2)] = "US"
    name: Annotated[StrictStr, Field(max_length=200)] = ""
    street: Annotated[StrictStr, Field(max_length=300)] = ""
    city: Annotated[StrictStr, Field(max_length=200)] = ""


class Contact(Body):
    """How to reach the shopper."""

    name: Annotated[StrictStr, Field(max_length=200)] = ""
    email: Annotated[StrictStr, Field(max_length=320)] = ""
    phone: Annotated[StrictStr, Field(max_length=40)] = ""


class OrderLine(Body):
    """A line of an order: its number is its place where none is given."""

    line: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    item: Code
    quantity: Quantity
    unit_price: Amount | None = None
    discount: Amount | None = None
    tax: Amount | None = None
    method: Code | None = None
    node: Code | None = None


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Slot(Body):
    """When the shopper is at home."""

    from_: Annotated[AwareDatetime, Field(alias="from", ge=EARLIEST, le=LATEST)]
    to: Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]

    @model_validator(mode="after")
    def _in_order(self) -> "Slot":
        if self.to <= self.from_:
            raise ValueError("a slot ends after it begins")
        return self

    def as_json(self) -> dict[str, str]:
        """The slot as it is kept."""
        return {"from": self.from_.isoformat(), "to": self.to.isoformat()}


class Gift(Body):
    """Who gives it and what they say; prices stay off its papers."""

    giver: Annotated[StrictStr, Field(max_length=200)] = ""
    message: Annotated[StrictStr, Field(max_length=1000)] = ""
    wrap: StrictBool = False


class Fulfilment(Body):
    """How the order is to reach the shopper, where a line does not say otherwise."""

    method: Code = "ship"
    node: Code | None = None
    destination: Place | None = None
    slot: Slot | None = None


AS_USUAL = Fulfilment()
"""Shared by all orders that do not say: a copy for each would cost more than reading the order."""


class Payment(Body):
    """Who pays: a provider, the token it gave the shopper's browser or till, its fingerprint of the card.

    An order is found by the `last_four` digits of the card, where the provider tells them.
    """

    provider: Code = "test"
    card: Annotated[StrictStr, Field(min_length=1, max_length=128)] | None = None
    last_four: Annotated[StrictStr, Field(pattern="^[0-9]{4}$")] | None = None
    token: Annotated[StrictStr, Field(min_length=1, max_length=255)] = "tok_ok"  # noqa: S105  the test provider's own word


class PlaceOrder(Body):
    """An order as a channel sends it."""

    channel: Code
    external_id: Annotated[StrictStr, Field(min_length=1, max_length=128)] | None = None
    customer: Annotated[StrictStr, Field(max_length=128)] | None = None
    contact: Contact | None = None
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=LINES_MAX)]
    fulfilment: Annotated[Fulfilment, Field(default_factory=lambda: AS_USUAL)]
    promise_id: UUID | None = None
    option_id: Annotated[StrictStr, Field(max_length=128)] | None = None
    shipping: Amount | None = None
    currency: Annotated[StrictStr, Field(min_length=3, max_length=3)] | None = None
    payment: Payment | None = None
    hold: StrictBool = False
    gift: Gift | None = None
    together: StrictBool = False
    backorder: StrictBool = False
    segment: Annotated[StrictStr, Field(max_length=64)] = ""


class SettleLine(Body):
    """How many of a kept line the shopper takes, and how many they leave."""

    line: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    accept: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)] = 0
    decline: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)] = 0


class AddedLine(Body):
    """Something the shopper found on the shelf."""

    item: Code
    quantity: Quantity
    unit_price: Amount | None = None


class Settle(Body):
    """A reservation at the till: what is taken and left of it, what is added, and how it is paid."""

    lines: Annotated[list[SettleLine], Field(min_length=1, max_length=LINES_MAX)]
    add: Annotated[list[AddedLine], Field(max_length=LINES_MAX)] = []
    node: Code | None = None
    tender: Payment | None = None


class SoldLine(Body):
    """Something that went over the counter."""

    item: Code
    quantity: Quantity
    unit_price: Amount | None = None


class Sale(Body):
    """What a till sold over its counter, under the number on its receipt, and how it was paid."""

    channel: Code = "till"
    external_id: Annotated[StrictStr, Field(min_length=1, max_length=128)]
    customer: Annotated[StrictStr, Field(max_length=128)] | None = None
    contact: Contact | None = None
    lines: Annotated[list[SoldLine], Field(min_length=1, max_length=LINES_MAX)]
    tender: Payment


class ChangedLine(Body):
    """How many of a line are wanted from now on (none: it is removed), and by which method or store."""

    line: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    quantity: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)] | None = None
    method: Code | None = None
    node: Code | None = None


class ChangeOrder(Body):
    """What is to be different: lines, lines added, the address, the contact, the slot."""

    lines: Annotated[list[ChangedLine], Field(max_length=LINES_MAX)] = []
    add: Annotated[list[OrderLine], Field(max_length=LINES_MAX)] = []
    destination: Place | None = None
    contact: Contact | None = None
    slot: Slot | None = None
    payment: Payment | None = None


class Repromise(Body):
    """The date a shopper is told in place of the one they were told before, and why."""

    arrives_by: Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
    reason: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Appease(Body):
    """What is given back for a shopper's trouble."""

    amount: Amount
    reason: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Pay(Body):
    """Another payment for what could not be taken."""

    payment: Payment


class CloseException(Body):
    """What somebody did about it."""

    note: Annotated[StrictStr, Field(min_length=1, max_length=500)]


class TakeException(Body):
    """Whether it is taken from somebody else who sees to it."""

    over: StrictBool = False


class FindOrders(Body):
    """Whatever a shopper can tell; it travels in a body, so that no address with it ends up in a log."""

    what: Annotated[StrictStr, Field(min_length=1, max_length=320)]
    before: UUID | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)] = 20


class Foresee(Body):
    """A policy to think about, and on how many of the newest orders."""

    channels: Annotated[list[Code], Field(max_length=100)] = []
    segments: Annotated[list[Code], Field(max_length=100)] = []
    weights: dict[str, StrictInt | StrictFloat] = {}
    orders: Annotated[StrictInt, Field(ge=1, le=200)] = 50


class CancelLine(Body):
    """A quantity of a line to cancel."""

    line: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    quantity: Quantity


class Cancel(Body):
    """What to cancel: these lines, or everything that has not left."""

    lines: Annotated[list[CancelLine], Field(max_length=LINES_MAX)] | None = None
    reason: Annotated[StrictStr, Field(max_length=200)] = "asked for"


class Reason(Body):
    """Why."""

    reason: Annotated[StrictStr, Field(min_length=1, max_length=200)] = "asked for"
