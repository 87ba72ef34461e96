"""Orders changed, settled, paid and made good, over HTTP."""

from collections import Counter
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading, requires, told_before, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import derived_id, new_code
from anyshelf.orders import service
from anyshelf.orders.api.bodies import (
    Appease,
    ChangedLine,
    ChangeOrder,
    OrderLine,
    Pay,
    Repromise,
    Settle,
)
from anyshelf.orders.api.drafting import added_lines
from anyshelf.orders.api.kits import check_whole, named
from anyshelf.orders.api.paid import Paying
from anyshelf.orders.api.shown import as_json
from anyshelf.orders.api.whose import theirs
from anyshelf.orders.model import Change, DraftLine, Order
from anyshelf.payments import service as payments

router = APIRouter()

Writes = Annotated[Principal, Depends(requires("orders:write"))]
Appeases = Annotated[Principal, Depends(requires("refunds:write"))]


@router.post("/orders/{order_id}:settle")
def settle(order_id: UUID, body: Settle, request: Request, here: Here, principal: Writes) -> Response:
    """Settle a reservation at the till: buy some, leave some, add something from the shelf."""
    earlier = told_before(request, here, principal)
    if earlier is not None:
        return earlier
    with reading(here) as tx:
        order = theirs(tx, principal, order_id, at=body.node)
        settling = _settling(tx, order, body)
        due = service.settling_due_minor(order, settling)
    paying = Paying(due, body.tender, order.currency, field="tender")

    def work(tx: Tx, now: datetime) -> Answer:
        with named(settling.added):
            settled = service.settle(tx, principal.market, order_id, settling, paying.authorisation, now)
        paying.used = True
        return Answer(status=200, body=as_json(tx, settled))

    return paying.through(lambda: writing(request, here, principal, work))


def _settling(tx: Tx, order: Order, body: Settle) -> service.Settling:
    _each_once([line.line for line in body.lines])
    asked = [
        OrderLine(item=line.item, quantity=line.quantity, unit_price=line.unit_price) for line in body.add
    ]
    node = body.node or next((line.node for line in order.lines if line.node), None)
    accepted = {line.line: line.accept for line in body.lines if line.accept}
    check_whole(order, accepted)
    return service.Settling(
        accepted=accepted,
        declined={line.line: line.decline for line in body.lines if line.decline},
        added=added_lines(tx, order, asked, method="carry_out", node=node),
    )


def _each_once(lines: list[int]) -> None:
    twice = [line for line, times in Counter(lines).items() if times > 1]
    if twice:
        raise Invalid(f"Line {twice[0]} is given twice.", field="lines")


@router.post("/orders/{order_id}:change")
def change(order_id: UUID, body: ChangeOrder, request: Request, here: Here, principal: Writes) -> Response:
    """Change an order until its work has started: quantities, lines, address, method, store and slot."""
    earlier = told_before(request, here, principal)
    if earlier is not None:
        return earlier
    with reading(here) as tx:
        order = theirs(tx, principal, order_id)
        wanted = change_of(tx, order, body)
        paid = payments.summary(tx, principal.market, order_id)
        due = service.still_to_pay_minor(order, wanted, paid)
    paying = Paying(due, body.payment, order.currency, field="payment")
    code = new_code()

    def work(tx: Tx, now: datetime) -> Answer:
        with named(wanted.added):
            changed = service.change_order(
                tx, principal.market, order_id, wanted, paying.authorisation, now, pickup_code=code
            )
        paying.used = True
        return Answer(status=200, body=as_json(tx, changed))

    return paying.through(lambda: writing(request, here, principal, work))


def change_of(tx: Tx, order: Order, body: ChangeOrder) -> Change:
    """What is asked to be different of an order, every new line priced; raises Invalid naming the field."""
    _each_once([line.line for line in body.lines])
    quantities: dict[int, int] = {}
    more: list[DraftLine] = []
    for place, line in enumerate(body.lines):
        number = max(each.line for each in order.lines) + 1 + len(more)
        left, extra = _of_line(order, line, number, field=f"lines.{place}.line")
        quantities[line.line] = left
        more += extra
    added = added_lines(tx, order, body.add, numbered_after=len(more))
    return Change(
        quantities=quantities,
        added=(*more, *added),
        destination=body.destination.model_dump() if body.destination else None,
        contact=body.contact.model_dump() if body.contact else None,
        slot=body.slot.as_json() if body.slot else None,
    )


def _of_line(order: Order, asked: ChangedLine, number: int, *, field: str) -> tuple[int, list[DraftLine]]:
    """How many stay on a line, and the line that what is more, or goes another way, is put on."""
    line = order.line(asked.line)
    if line is None:
        raise Invalid(f"The order has no line {asked.line}.", field=field)
    there = line.quantity - line.in_state("cancelled")
    wanted = there if asked.quantity is None else asked.quantity
    otherwise = asked.method not in (None, line.method) or asked.node not in (None, line.node)
    stays = 0 if otherwise else min(there, wanted)
    if wanted == stays:
        return stays, []
    if line.kit_line is not None:
        raise Invalid(
            f"Line {line.line} is part of kit {line.kit}: cancel that, or add another one.",
            field=field,
        )
    moved = DraftLine(
        line=number,
        item=line.item,
        quantity=wanted - stays,
        unit_price_minor=line.unit_price_minor,
        discount_minor=0,
        tax_minor=line.tax_minor * (wanted - stays) // line.quantity,
        method=asked.method or line.method,
        node=asked.node or line.node or None,
    )
    return stays, [moved]


@router.post("/orders/{order_id}:appease")
def appease(order_id: UUID, body: Appease, request: Request, here: Here, principal: Appeases) -> Response:
    """Give back some of what was paid, for a shopper's trouble."""
    key = request.headers.get("idempotency-key")
    cause = derived_id("appeasement", principal.market, str(order_id), key) if key else None

    def work(tx: Tx, now: datetime) -> Answer:
        order = theirs(tx, principal, order_id)
        after = service.appease(
            tx, principal.market, order_id,
            amount_minor=body.amount.minor(order.currency, field="amount"), reason=body.reason,
            by=principal.name,
            cause=cause or derived_id("appeasement", str(order_id), now.isoformat()), now=now,
        )  # fmt: skip
        return Answer(status=200, body=as_json(tx, after))

    return writing(request, here, principal, work)


@router.post("/orders/{order_id}:pay")
def pay(order_id: UUID, body: Pay, request: Request, here: Here, principal: Writes) -> Response:
    """Take another payment for what could not be taken."""
    earlier = told_before(request, here, principal)
    if earlier is not None:
        return earlier
    with reading(here) as tx:
        order = theirs(tx, principal, order_id)
        due = service.outstanding_minor(tx, order)
    if not due:
        raise Invalid("Nothing is due on this order.", field="payment")
    paying = Paying(due, body.payment, order.currency, field="payment")

    def work(tx: Tx, now: datetime) -> Answer:
        if paying.authorisation is None:
            raise Invalid("There is something to pay: say how.", field="payment")
        paid = service.pay(tx, principal.market, order_id, paying.authorisation, now)
        paying.used = True
        return Answer(status=200, body=as_json(tx, paid))

    return paying.through(lambda: writing(request, here, principal, work))


@router.post("/orders/{order_id}:repromise")
def repromise(order_id: UUID, body: Repromise, request: Request, here: Here, principal: Writes) -> Response:
    """Tell the shopper another date; what was said first still counts in the scores."""

    def work(tx: Tx, now: datetime) -> Answer:
        theirs(tx, principal, order_id)
        if body.arrives_by <= now:
            raise Invalid("A promise is for a moment to come.", field="arrives_by")
        order = service.promise_anew(
            tx, principal.market, order_id, arrives_by=body.arrives_by, why=body.reason, now=now
        )
        return Answer(status=200, body=as_json(tx, order))

    return writing(request, here, principal, work)
