"""What the outside may send, and within which bounds."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

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


class Fulfilment(Body):
    """How the order is to reach the shopper, where a line does not say otherwise."""

    method: Code = "ship"
    node: Code | None = None
    destination: Place | None = None


class Payment(Body):
    """Who pays: a provider and the token it gave the shopper's browser or till."""

    provider: Code = "test"
    token: Annotated[StrictStr, Field(min_length=1, max_length=255)] = "tok_ok"  # noqa: S105  the test provider's own word


class PlaceOrder(Body):
    """An order as a channel sends it."""

    channel: Code
    external_id: Annotated[StrictStr, Field(min_length=1, max_length=128)] | None = None
    customer: Annotated[StrictStr, Field(max_length=128)] | None = None
    contact: Contact | None = None
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=LINES_MAX)]
    fulfilment: Fulfilment = Fulfilment()
    promise_id: UUID | None = None
    option_id: Annotated[StrictStr, Field(max_length=128)] | None = None
    shipping: Amount | None = None
    currency: Annotated[StrictStr, Field(min_length=3, max_length=3)] | None = None
    payment: Payment | None = None
    hold: StrictBool = False


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
