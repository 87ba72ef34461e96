"""Returns over HTTP: ask leave to bring goods back, take them in anywhere, grade them, pay them back."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import Id
from anyshelf.orders import service as orders
from anyshelf.returns import service
from anyshelf.returns.api import charging, exchanging
from anyshelf.returns.api.bodies import DECIDES, AskReturn, Receive, ScansIn, Settle
from anyshelf.returns.model import MAIL, VENDOR, Return

router = APIRouter(prefix="/v1", tags=["returns"])
router.include_router(charging.router)
router.include_router(exchanging.router)

Reads = Annotated[Principal, Depends(requires("returns:read"))]
Writes = Annotated[Principal, Depends(requires("returns:write"))]
Tells = Annotated[Principal, Depends(requires("shipments:write"))]


@router.post("/returns", status_code=201)
def authorise(body: AskReturn, request: Request, here: Here, principal: Writes) -> Response:
    """Allow goods of an order to come back: to a counter, by mail with a label, or to their vendor."""
    asked = [line.asked() for line in body.lines]
    sender = body.sender.sender() if body.sender else None
    order_id = _named(body.order_id)

    def work(tx: Tx, now: datetime) -> Answer:
        _check(tx, principal, order_id, at=body.at)
        known = service.authorise(tx, principal.market, order_id, asked, at=body.at, sender=sender, now=now)
        return Answer(status=201, body=known.as_json())

    return writing(request, here, principal, work)


def _named(order_id: UUID | None) -> Id:
    if order_id is None:
        raise Invalid(
            "Name the order. Without a receipt it is found by e-mail, phone or card at GET /v1/orders.",
            field="order_id",
        )
    return order_id


@router.get("/returns/{return_id}")
def get_return(return_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """What may come back, what came, what became of it, how far its parcel is and what was paid back."""
    with reading(here) as tx:
        known = _theirs(tx, principal, return_id)
        scans = service.scans(tx, principal.market, return_id)
        return {**known.as_json(), "events": [scan.as_json() for scan in scans]}


@router.get("/returns/{return_id}/label")
def get_label(return_id: UUID, here: Here, principal: Reads) -> Response:
    """The label of a parcel coming back, to print: a page with its address and a QR code."""
    with reading(here) as tx:
        page = service.label_page(_theirs(tx, principal, return_id))
    return HTMLResponse(page)


@router.get("/orders/{order_id}/returns")
def returns_of_order(order_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """The returns of an order, oldest first."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        _check(tx, principal, order_id, at=None)
        found = service.of_order(tx, principal.market, order_id)
        return {"returns": [known.as_json() for known in found]}


@router.post("/returns/{return_id}:receive")
def receive(return_id: UUID, body: Receive, request: Request, here: Here, principal: Writes) -> Response:
    """Take goods back anywhere, whatever channel sold them: graded, put away, and paid back at once."""
    brought = [line.brought() for line in body.lines]

    def work(tx: Tx, now: datetime) -> Answer:
        principal.check_node(body.node)
        known = service.receive(
            tx, principal.market, return_id, brought, node=body.node, refund=body.refund, now=now
        )
        return Answer(status=200, body=known.as_json())

    return writing(request, here, principal, work)


@router.post("/returns/{return_id}:settle")
def settle(
    return_id: UUID, request: Request, here: Here, principal: Writes, body: Settle | None = None
) -> Response:
    """Pay what came and was not paid; with signals, or before it comes, that is for those who may decide."""
    early = body is not None and body.before_receipt

    def work(tx: Tx, now: datetime) -> Answer:
        _theirs(tx, principal, return_id)
        known = service.settle(
            tx, principal.market, return_id, now,
            before_receipt=early, may_decide=principal.may(DECIDES),
        )  # fmt: skip
        return Answer(status=200, body=known.as_json())

    return writing(request, here, principal, work)


@router.post("/returns/{return_id}:events")
def hear(return_id: UUID, body: ScansIn, request: Request, here: Here, principal: Tells) -> Response:
    """Take in what a carrier says of a parcel coming back: in any order, repeated or late."""
    said = [scan.scan() for scan in body.events]

    def work(tx: Tx, now: datetime) -> Answer:
        known = service.hear(tx, principal.market, return_id, said, now)
        return Answer(status=200, body={"return_id": str(return_id), "carried": known.carried})

    return writing(request, here, principal, work)


@router.post("/returns/{return_id}:cancel")
def cancel(return_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Withdraw a return of which nothing has come."""

    def work(tx: Tx, now: datetime) -> Answer:
        _theirs(tx, principal, return_id)
        return Answer(status=200, body=service.cancel(tx, principal.market, return_id, now).as_json())

    return writing(request, here, principal, work)


def _theirs(tx: Tx, principal: Principal, return_id: UUID) -> Return:
    known = service.find(tx, principal.market, return_id)
    _check(tx, principal, known.order_id, at=None)
    return known


def _check(tx: Tx, principal: Principal, order_id: Id, *, at: str | None) -> None:
    """Who works at counters serves the orders of every channel there; everybody else, those of their own."""
    order = orders.find(tx, principal.market, order_id)
    if not principal.nodes or at in (MAIL, VENDOR):
        principal.check_channel(order.channel)
    elif at is not None:
        principal.check_node(at)
