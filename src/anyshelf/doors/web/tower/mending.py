"""Exceptions worked from one list: what happened, what was done, what is left, and closing it with a note."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.tower.entering import Looks, enter, tower_page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.http import Here, reading, requires
from anyshelf.orders import service as orders

router = APIRouter()

A_PAGE: Final = 50
Mends = Annotated[Principal, Depends(requires("orders:write"))]


@router.get("/tower/exceptions")
def exceptions(
    request: Request,
    here: Here,
    principal: Looks,
    state: Literal["open", "closed"] = "open",
    kind: Annotated[str, Query(max_length=64)] = "",
    before: UUID | None = None,
) -> HTMLResponse:
    """What did not go as planned, newest first."""
    here.catch_up(principal.market)
    asked = orders.Listed(state=state, kind=kind or None)
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        found = orders.exceptions(tx, tower.market, asked, before=before, limit=A_PAGE)
        kinds = sorted(
            {each.kind for each in orders.troubled(tx, tower.market)} | ({kind} if kind else set())
        )
    return tower_page(
        request, "exceptions.html", principal, tower, tab="exceptions", found=found, state=state, kind=kind,
        kinds=kinds, more=str(found[-1].exception_id) if len(found) == A_PAGE else "",
    )  # fmt: skip


@router.post("/tower/exceptions/{exception_id}/close")
def close(exception_id: UUID, request: Request, here: Here, principal: Mends) -> Response:
    """Somebody has seen to it, and says what they did."""
    note = form_of(request).needed("note")

    def work(tx: Tx) -> None:
        tower = enter(tx, principal, here.clock.now())
        orders.find_exception(tx, tower.market, exception_id)
        orders.close_exception(tx, tower.market, exception_id, by=principal.name, note=note, now=tower.now)

    retrying(here.database, work)
    here.wake.set()
    return RedirectResponse(f"{request.scope.get('root_path', '')}/tower/exceptions", status_code=303)
