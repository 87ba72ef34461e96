"""Over HTTP: something else instead of what comes back, the difference charged or refunded."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import OutcomeUnknown, Tx
from anyshelf.ground.errors import Invalid, Refusal
from anyshelf.ground.http import Here, House, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import new_code, new_id
from anyshelf.ground.money import Money
from anyshelf.orders import service as orders
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation
from anyshelf.returns import service
from anyshelf.returns.api.bodies import DECIDES, Body, Code, From, Number
from anyshelf.returns.model import Owing, Wanted, Wish

router = APIRouter()

Writes = Annotated[Principal, Depends(requires("returns:write"))]


class Amount(Body):
    """Money as the API takes it: a decimal string and a currency."""

    amount: Annotated[StrictStr, Field(max_length=20, examples=["12.50"])]
    currency: Annotated[StrictStr, Field(min_length=3, max_length=3, examples=["USD"])]

    def minor(self, field: str) -> int:
        """The amount in minor units; raises Invalid when it is below zero."""
        money = Money.parse(self.amount, self.currency, field=field)
        if money.minor < 0:
            raise Invalid("An amount may not be below zero.", field=field)
        return money.minor


class LineWanted(Body):
    """An item taken instead, at its price or at one that was agreed."""

    item: Code
    quantity: Number
    unit_price: Amount | None = None


class Address(From):
    """Where a parcel goes."""

    name: Annotated[StrictStr, Field(max_length=200)] = ""
    street: Annotated[StrictStr, Field(max_length=300)] = ""
    city: Annotated[StrictStr, Field(max_length=200)] = ""


class NewWay(Body):
    """How what is taken instead reaches the shopper; left out, as what comes back did."""

    method: Code | None = None
    node: Code | None = None
    destination: Address | None = None


class Payment(Body):
    """Who pays the rest: a provider and the token it gave the shopper's browser or till."""

    provider: Code
    token: Annotated[StrictStr, Field(min_length=1, max_length=255)]


class Exchange(Body):
    """What is taken instead, how it reaches the shopper, and how the rest is paid where there is one."""

    lines: Annotated[list[LineWanted], Field(min_length=1, max_length=200)]
    fulfilment: NewWay = NewWay()
    payment: Payment | None = None

    def wish(self, currency: str) -> Wish:
        """The exchange as the room knows it; raises Invalid for a price in another currency."""
        destination = self.fulfilment.destination
        return Wish(
            lines=tuple(
                _wanted(line, currency, f"lines.{place}.unit_price") for place, line in enumerate(self.lines)
            ),
            method=self.fulfilment.method,
            node=self.fulfilment.node,
            destination=destination.model_dump() if destination else None,
        )


def _wanted(line: LineWanted, currency: str, field: str) -> Wanted:
    if line.unit_price is None:
        return Wanted(item=line.item, quantity=line.quantity)
    if line.unit_price.currency != currency:
        raise Invalid(f"The order is in {currency}, {field} in {line.unit_price.currency}.", field=field)
    return Wanted(item=line.item, quantity=line.quantity, unit_price_minor=line.unit_price.minor(field))


@router.post("/returns/{return_id}:exchange")
def exchange(return_id: UUID, body: Exchange, request: Request, here: Here, principal: Writes) -> Response:
    """Take something else instead: an order linked to the return, the difference charged or refunded."""
    order_id = new_id()
    wish, owing = _looked_up(here, principal, return_id, body)
    authorisation = _authorise(body.payment, owing, str(order_id))
    placed = False

    def work(tx: Tx, now: datetime) -> Answer:
        nonlocal placed
        placed = False
        known, placed = service.exchange(
            tx, principal.market, return_id, wish, authorisation, now,
            order_id=order_id, pickup_code=new_code(),
            may_decide=principal.may(DECIDES),
        )  # fmt: skip
        return Answer(status=200, body=known.as_json())

    try:
        answer = writing(request, here, principal, work)
    except OutcomeUnknown:
        raise  # the order may stand: its money stays set aside
    except Refusal:
        _let_go(authorisation, str(order_id))
        raise
    if not placed:
        _let_go(authorisation, str(order_id))
    return answer


def _looked_up(here: House, principal: Principal, return_id: UUID, body: Exchange) -> tuple[Wish, Owing]:
    if body.fulfilment.node is not None:
        principal.check_node(body.fulfilment.node)
    with reading(here) as tx:
        known = service.find(tx, principal.market, return_id)
        if not principal.nodes:
            principal.check_channel(orders.find(tx, principal.market, known.order_id).channel)
        wish = body.wish(known.currency)
        return wish, service.owing(tx, principal.market, return_id, wish)


def _authorise(payment: Payment | None, owing: Owing, key: str) -> Authorisation | None:
    """Set the rest aside, for this attempt alone: an attempt that fails lets go of its own."""
    if payment is None or not owing.to_pay_minor:
        return None
    return payments.authorise(
        payment.provider,
        payment.token,
        amount_minor=owing.to_pay_minor,
        currency=owing.currency,
        key=key,
    )


def _let_go(authorisation: Authorisation | None, key: str) -> None:
    if authorisation is not None:
        payments.void_unused(authorisation, key)
