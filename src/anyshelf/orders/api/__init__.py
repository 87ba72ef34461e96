"""Orders over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from anyshelf.ground import outbox
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.orders import service
from anyshelf.orders.api import changing, exceptions, placing, policies, tills
from anyshelf.orders.api.bodies import Cancel, FindOrders, Reason
from anyshelf.orders.api.shown import as_json
from anyshelf.orders.api.whose import theirs
from anyshelf.sourcing import service as sourcing

router = APIRouter(prefix="/v1", tags=["orders"])
for part in (placing, changing, exceptions, policies, tills):
    router.include_router(part.router)

Reads = Annotated[Principal, Depends(requires("orders:read"))]
Writes = Annotated[Principal, Depends(requires("orders:write"))]


@router.get("/orders")
def list_orders(  # noqa: PLR0913, PLR0917  every way to look for an order
    here: Here,
    principal: Reads,
    customer: Annotated[str | None, Query(max_length=128)] = None,
    external_id: Annotated[str | None, Query(max_length=128)] = None,
    email: Annotated[str | None, Query(max_length=320)] = None,
    phone: Annotated[str | None, Query(max_length=40)] = None,
    card: Annotated[str | None, Query(max_length=128)] = None,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """The newest orders first; `next` is the cursor of the page after this one.

    Without a receipt an order is found by e-mail, phone, or the fingerprint of the card that paid.
    """
    with reading(here) as tx:
        found = service.recent(
            tx, principal.market, channels=principal.channels, customer=customer, external_id=external_id,
            email=email, phone=phone, card=card, before=before, limit=limit,
        )  # fmt: skip
        shown = [as_json(tx, order) for order in found]
    return {"orders": shown, "next": str(found[-1].order_id) if len(found) == limit else None}


@router.post("/orders:find")
def find_orders(body: FindOrders, here: Here, principal: Writes) -> dict[str, Any]:
    """The orders somebody may mean, newest first, by whatever a shopper can tell.

    By id, number, customer, e-mail, phone, name, or the last four digits of the card that paid.
    """
    with reading(here) as tx:
        found = service.find_any(
            tx, principal.market, body.what, channels=principal.channels, before=body.before, limit=body.limit
        )
        shown = [as_json(tx, order) for order in found]
    return {"orders": shown, "next": str(found[-1].order_id) if len(found) == body.limit else None}


@router.get("/orders/{order_id}")
def get_order(order_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """The order, where every unit of it stands, its money and what has happened to it."""
    with reading(here) as tx:
        order = theirs(tx, principal, order_id)
        story = outbox.story_of(tx, principal.market, str(order_id))
        shown = as_json(tx, order)
    return {**shown, "history": [told.as_cloud_event() for told in story]}


@router.get("/orders/{order_id}/sourcing")
def get_sourcing(order_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """Why these nodes: every decision made for this order, in figures and in a sentence a person can read."""
    with reading(here) as tx:
        order = theirs(tx, principal, order_id)
    decisions = [sourcing.in_full(kept) for kept in order.sourcing or []]
    told = [{"summary": sourcing.told(decision, order.currency), **decision} for decision in decisions]
    return {"order_id": str(order_id), "decisions": told}


@router.post("/orders/{order_id}:cancel")
def cancel_order(
    order_id: UUID, request: Request, here: Here, principal: Writes, body: Cancel | None = None
) -> Response:
    """Cancel lines, or all that has not left: stock goes back, money is let go, work is taken away."""
    asked = body or Cancel()
    wanted = None if asked.lines is None else {line.line: line.quantity for line in asked.lines}

    def work(tx: Tx, now: datetime) -> Answer:
        theirs(tx, principal, order_id)
        order = service.cancel(tx, principal.market, order_id, wanted, now, reason=asked.reason)
        return Answer(status=200, body=as_json(tx, order))

    return writing(request, here, principal, work)


@router.post("/orders/{order_id}:hold")
def hold_order(
    order_id: UUID, request: Request, here: Here, principal: Writes, body: Reason | None = None
) -> Response:
    """Keep an order from being released to its nodes."""

    def work(tx: Tx, now: datetime) -> Answer:
        theirs(tx, principal, order_id)
        order = service.hold(tx, principal.market, order_id, (body or Reason()).reason, now)
        return Answer(status=200, body=as_json(tx, order))

    return writing(request, here, principal, work)


@router.post("/orders/{order_id}:release")
def release_order(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Lift a hold and hand the order to its nodes now."""

    def work(tx: Tx, now: datetime) -> Answer:
        theirs(tx, principal, order_id)
        return Answer(status=200, body=as_json(tx, service.release(tx, principal.market, order_id, now)))

    return writing(request, here, principal, work)
