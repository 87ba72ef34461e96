"""Transfers that planning decided on: what a node is to send, and what it is sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.store.entering import enter
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.http import Here, House, requires
from anyshelf.planning import service as planning
from anyshelf.planning.model import Suggestion

router = APIRouter()

Works = Annotated[Principal, Depends(requires("inventory:write"))]
Doing = Callable[[Tx, Suggestion, datetime], object]


@router.post("/store/{node}/transfers/{suggestion_id}/sent")
def sent(node: str, suggestion_id: UUID, request: Request, here: Here, principal: Works) -> Response:
    """It has left this node: from now on it is in transit."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> None:
        principal.check_node(known.from_node or known.node)
        planning.dispatch(tx, principal.market, known.suggestion_id, now=now)

    return _done(node, suggestion_id, request, here, principal, doing)


@router.post("/store/{node}/transfers/{suggestion_id}/received")
def received(node: str, suggestion_id: UUID, request: Request, here: Here, principal: Works) -> Response:
    """It is here: what came is on the shelf, what is missing of a transfer is lost."""
    units = form_of(request).number("quantity")

    def doing(tx: Tx, known: Suggestion, now: datetime) -> None:
        principal.check_node(known.node)
        planning.receive(tx, principal.market, known.suggestion_id, now=now, quantity=units)

    return _done(node, suggestion_id, request, here, principal, doing)


def _done(
    node: str, suggestion_id: UUID, request: Request, here: House, principal: Principal, doing: Doing
) -> Response:
    def work(tx: Tx) -> None:
        enter(tx, principal, node, here.clock.now())
        doing(tx, planning.found(tx, principal.market, suggestion_id), here.clock.now())

    retrying(here.database, work)
    here.wake.set()
    return RedirectResponse(f"{request.scope.get('root_path', '')}/store/{node}/arrivals", status_code=303)
