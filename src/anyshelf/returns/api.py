"""Returns over HTTP: ask leave to bring goods back, and take them in at any counter."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import Id
from anyshelf.orders import service as orders
from anyshelf.returns import service
from anyshelf.returns.model import MAIL, Asked, Brought

router = APIRouter(prefix="/v1", tags=["returns"])

QUANTITY_MAX = 1_000_000
Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Number = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]
Reads = Annotated[Principal, Depends(requires("returns:read"))]
Writes = Annotated[Principal, Depends(requires("returns:write"))]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LineBack(_Body):
    """A quantity of an order line that is to come back, and why."""

    line: Number
    quantity: Number
    reason: Literal[
        "changed_mind", "no_longer_wanted", "too_small", "too_large", "wrong_size", "wrong_item",
        "not_as_described", "damaged", "defective", "missing_parts", "arrived_late", "better_price", "gift",
        "other",
    ]  # fmt: skip


class AskReturn(_Body):
    """What is to come back of an order, and where it is brought: a node, or "mail"."""

    order_id: UUID
    lines: Annotated[list[LineBack], Field(min_length=1, max_length=2000)]
    at: Code


class LineBrought(_Body):
    """A quantity of a line as it lies on the counter, and how it looks; missing: the box was empty."""

    line: Number
    quantity: Number
    grade: Literal["new", "opened", "used", "damaged", "missing"]


class Receive(_Body):
    """What was brought, and to which node."""

    node: Code
    lines: Annotated[list[LineBrought], Field(min_length=1, max_length=2000)]


@router.post("/returns", status_code=201)
def authorise(body: AskReturn, request: Request, here: Here, principal: Writes) -> Response:
    """Allow goods of an order to come back."""
    asked = [Asked(line=line.line, quantity=line.quantity, reason=line.reason) for line in body.lines]

    def work(tx: Tx, now: datetime) -> Answer:
        _check(tx, principal, body.order_id, at=body.at)
        known = service.authorise(tx, principal.market, body.order_id, asked, at=body.at, now=now)
        return Answer(status=201, body=known.as_json())

    return writing(request, here, principal, work)


@router.get("/returns/{return_id}")
def get_return(return_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """What may come back, what came, what became of it and what was paid back."""
    with reading(here) as tx:
        known = service.find(tx, principal.market, return_id)
        _check(tx, principal, known.order_id, at=None)
        return known.as_json()


@router.get("/orders/{order_id}/returns")
def returns_of_order(order_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """The returns of an order, oldest first."""
    with reading(here) as tx:
        _check(tx, principal, order_id, at=None)
        found = service.of_order(tx, principal.market, order_id)
        return {"returns": [known.as_json() for known in found]}


@router.post("/returns/{return_id}:receive")
def receive(return_id: UUID, body: Receive, request: Request, here: Here, principal: Writes) -> Response:
    """Take goods back at a counter, whatever channel sold them: graded, put away, and paid back at once."""
    brought = [Brought(line=line.line, quantity=line.quantity, grade=line.grade) for line in body.lines]

    def work(tx: Tx, now: datetime) -> Answer:
        principal.check_node(body.node)
        known = service.receive(tx, principal.market, return_id, brought, node=body.node, now=now)
        return Answer(status=200, body=known.as_json())

    return writing(request, here, principal, work)


@router.post("/returns/{return_id}:cancel")
def cancel(return_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Withdraw a return of which nothing has come."""

    def work(tx: Tx, now: datetime) -> Answer:
        known = service.find(tx, principal.market, return_id)
        _check(tx, principal, known.order_id, at=known.came_to)
        return Answer(status=200, body=service.cancel(tx, principal.market, return_id, now).as_json())

    return writing(request, here, principal, work)


def _check(tx: Tx, principal: Principal, order_id: Id, *, at: str | None) -> None:
    """Who works at counters serves the orders of every channel there; everybody else, those of their own."""
    order = orders.find(tx, principal.market, order_id)
    if not principal.nodes or at == MAIL:
        principal.check_channel(order.channel)
    elif at is not None:
        principal.check_node(at)
