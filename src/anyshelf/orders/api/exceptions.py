"""The list of what did not go as planned, and the terms of a market, over HTTP."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, StrictInt

from anyshelf.ground import deeds
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, House, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.orders import service
from anyshelf.orders.api.bodies import Body, CloseException, TakeException
from anyshelf.orders.api.whose import theirs
from anyshelf.orders.model import TERM_MAX, Mishap
from anyshelf.orders.service.exceptions import as_json

router = APIRouter()

Reads = Annotated[Principal, Depends(requires("orders:read"))]
Writes = Annotated[Principal, Depends(requires("orders:write"))]
Term = Annotated[StrictInt, Field(ge=0, le=TERM_MAX)]


class NewTerms(Body):
    """The terms to change; what is not named stays as it is."""

    pickup_days: Term | None = None
    reserve_hours: Term | None = None
    claim_minutes: Term | None = None
    vendor_answer_hours: Term | None = None
    keep_it_minor: Term | None = None
    feed_loses_percent_per_hour: Term | None = None
    promise_percent: Term | None = None


@router.get("/exceptions")
def list_exceptions(  # noqa: PLR0913, PLR0917  every way to look through the list
    here: Here,
    principal: Reads,
    state: Literal["open", "closed", "by_itself", "all"] = "open",
    kind: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    assigned_to: Annotated[str | None, Query(max_length=128)] = None,
    order_id: UUID | None = None,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What did not go as planned, newest first: what was done about it, and what is left to do.

    Closed `by_itself` are those that nobody had to see to.
    """
    here.catch_up(principal.market)
    if node is not None:
        principal.check_node(node)
    closed = {"all": None, "by_itself": "closed"}
    asked = service.Listed(
        state=closed.get(state, state), by_itself=state == "by_itself" or None, kind=kind, order_id=order_id,
        assigned_to=assigned_to, nodes=[node] if node else principal.nodes, channels=principal.channels,
    )  # fmt: skip
    with reading(here) as tx:
        found = service.exceptions(tx, principal.market, asked, before=before, limit=limit)
    more = str(found[-1].exception_id) if len(found) == limit else None
    return {"exceptions": [as_json(mishap) for mishap in found], "next": more}


@router.post("/exceptions/{exception_id}:close")
def close(
    exception_id: UUID, body: CloseException, request: Request, here: Here, principal: Writes
) -> Response:
    """Somebody has seen to it."""
    return _see_to(
        request, here, principal, exception_id,
        lambda tx, now: service.close_exception(
            tx, principal.market, exception_id, by=principal.name, note=body.note, now=now
        ),
    )  # fmt: skip


@router.post("/exceptions/{exception_id}:take")
def take(
    exception_id: UUID, request: Request, here: Here, principal: Writes, body: TakeException | None = None
) -> Response:
    """See to it from now on, so that nobody else does, too."""
    over = (body or TakeException()).over
    return _see_to(
        request, here, principal, exception_id,
        lambda tx, now: service.take_exception(
            tx, principal.market, exception_id, by=principal.name, over=over, now=now
        ),
    )  # fmt: skip


@router.post("/exceptions/{exception_id}:leave")
def leave(exception_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """See to it no longer: it is anybody's again."""
    return _see_to(
        request, here, principal, exception_id,
        lambda tx, now: service.leave_exception(
            tx, principal.market, exception_id, by=principal.name, now=now
        ),
    )  # fmt: skip


@router.post("/exceptions/{exception_id}:reopen")
def reopen(exception_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Undo its closing: it waits for somebody again."""
    return _see_to(
        request, here, principal, exception_id,
        lambda tx, _: service.reopen_exception(tx, principal.market, exception_id),
    )  # fmt: skip


def _see_to(
    request: Request,
    here: House,
    principal: Principal,
    exception_id: UUID,
    doing: Callable[[Tx, datetime], Mishap],
) -> Response:
    """Do one thing about an exception that is theirs, and show it as it then stands."""

    def work(tx: Tx, now: datetime) -> Answer:
        known = service.find_exception(tx, principal.market, exception_id)
        theirs(tx, principal, known.order_id)
        if principal.nodes and known.node not in principal.nodes:
            raise NotFound("There is no such exception.")
        return Answer(status=200, body=as_json(doing(tx, now)))

    return writing(request, here, principal, work)


@router.get("/terms")
def get_terms(here: Here, principal: Reads) -> dict[str, Any]:
    """How long things wait in this market, and what is done then."""
    with reading(here) as tx:
        found: dict[str, Any] = msgspec.to_builtins(service.terms(tx, principal.market))
    return found


@router.put("/terms")
def put_terms(
    body: NewTerms,
    request: Request,
    here: Here,
    principal: Annotated[Principal, Depends(requires("terms:write"))],
) -> Response:
    """Change the terms of this market."""

    def work(tx: Tx, now: datetime) -> Answer:
        said = body.model_dump(exclude_none=True)
        changed = service.change_terms(tx, principal.market, said)
        deeds.note(
            tx, principal.market, by=principal.name, did="terms changed", about="terms", said=said, now=now
        )
        return Answer(status=200, body=msgspec.to_builtins(changed))

    return writing(request, here, principal, work)
