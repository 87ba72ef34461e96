"""Suggestions over HTTP: what planning suggests, and what planners and nodes do with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, StrictInt, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, House, reading, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.planning import service
from anyshelf.planning.api.asking import (
    QUANTITY_MAX,
    Body,
    Kind,
    Quantity,
    Reads,
    State,
    Works,
    Writes,
    nodes_of,
)
from anyshelf.planning.model import Suggestion

router = APIRouter()

Doing = Callable[[Tx, Suggestion, datetime], Suggestion]


class Accepting(Body):
    """How many, where it is another number than was suggested."""

    quantity: Quantity | None = None


class Editing(Body):
    """The number to suggest instead."""

    quantity: Quantity


class Dismissing(Body):
    """Why not."""

    reason: Annotated[StrictStr, Field(min_length=1, max_length=500)]


class Receiving(Body):
    """How many have come, where it is not all of them."""

    quantity: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)] | None = None


@router.get("/suggestions")
def list_suggestions(
    here: Here,
    principal: Reads,
    state: State = "open",
    kind: Kind | None = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What planning suggests, the most worth first, each with its reasons."""
    with reading(here) as tx:
        found = service.suggestions(
            tx, principal.market, state=state, kind=kind, item=item, nodes=nodes_of(principal, node),
            after=after, limit=limit,
        )  # fmt: skip
    more = str(found[-1].suggestion_id) if len(found) == limit else None
    return {"suggestions": [each.as_json() for each in found], "next": more}


@router.post("/suggestions/{suggestion_id}:accept")
def accept(
    suggestion_id: UUID, request: Request, here: Here, principal: Writes, body: Accepting | None = None
) -> Response:
    """Do as suggested: the books expect the goods and keep them where they come from until they leave."""
    quantity = body.quantity if body else None

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        return service.accept(
            tx, principal.market, known.suggestion_id, by=principal.name, now=now, quantity=quantity
        )

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:edit")
def edit(suggestion_id: UUID, body: Editing, request: Request, here: Here, principal: Writes) -> Response:
    """Suggest another number; it stays open."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        return service.edit(
            tx, principal.market, known.suggestion_id, quantity=body.quantity, by=principal.name, now=now
        )

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:dismiss")
def dismiss(
    suggestion_id: UUID, body: Dismissing, request: Request, here: Here, principal: Writes
) -> Response:
    """Do not do it, and say why."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        return service.dismiss(
            tx, principal.market, known.suggestion_id, reason=body.reason, by=principal.name, now=now
        )

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:undo")
def undo(suggestion_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Take back that it was accepted, while nothing has left, or dismissed: the same is suggested anew."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        return service.undo(tx, principal.market, known.suggestion_id, by=principal.name, now=now)

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:dispatch")
def dispatch(suggestion_id: UUID, request: Request, here: Here, principal: Works) -> Response:
    """An accepted transfer leaves its node."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        principal.check_node(known.from_node or known.node)
        return service.dispatch(tx, principal.market, known.suggestion_id, now=now)

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:receive")
def receive(
    suggestion_id: UUID, request: Request, here: Here, principal: Works, body: Receiving | None = None
) -> Response:
    """The goods have come; what is missing of a transfer is lost."""
    quantity = body.quantity if body else None

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        principal.check_node(known.node)
        return service.receive(tx, principal.market, known.suggestion_id, now=now, quantity=quantity)

    return _do(request, here, principal, suggestion_id, doing)


def _do(request: Request, here: House, principal: Principal, suggestion_id: UUID, doing: Doing) -> Response:
    """One decision in a transaction of its own, and the suggestion as it stands after it."""

    def work(tx: Tx, now: datetime) -> Answer:
        known = service.found(tx, principal.market, suggestion_id)
        if principal.nodes and known.from_node not in principal.nodes:
            principal.check_node(known.node)
        return Answer(status=200, body=doing(tx, known, now).as_json())

    return writing(request, here, principal, work)
