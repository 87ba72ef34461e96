"""The list of what did not go as planned, and the terms of a market, over HTTP."""

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
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.orders import service
from anyshelf.orders.api.bodies import Body, CloseException
from anyshelf.orders.api.whose import theirs
from anyshelf.orders.model import TERM_MAX
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
def list_exceptions(
    here: Here,
    principal: Reads,
    state: Literal["open", "closed", "all"] = "open",
    kind: Annotated[str | None, Query(max_length=64)] = None,
    order_id: UUID | None = None,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What did not go as planned, newest first: what was done about it, and what is left to do."""
    here.catch_up(principal.market)
    asked = service.Listed(
        state=None if state == "all" else state, kind=kind, order_id=order_id, nodes=principal.nodes,
        channels=principal.channels,
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

    def work(tx: Tx, now: datetime) -> Answer:
        known = service.find_exception(tx, principal.market, exception_id)
        theirs(tx, principal, known.order_id)
        if principal.nodes and known.node not in principal.nodes:
            raise NotFound("There is no such exception.")
        closed = service.close_exception(
            tx, principal.market, exception_id, by=principal.name, note=body.note, now=now
        )
        return Answer(status=200, body=as_json(closed))

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
