"""Exceptions worked from one list: who sees to them, what was done, what is left; closed and reopened."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.tower.entering import Looks, enter, tower_page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, House, reading, requires
from anyshelf.network import service as network
from anyshelf.orders import service as orders

router = APIRouter()

A_PAGE: Final = 50
Mends = Annotated[Principal, Depends(requires("orders:write"))]
Code = Annotated[str, Query(max_length=64)]
Shown = Literal["open", "mine", "closed", "by_itself"]

VIEWS: Final[Mapping[Shown, str]] = {
    "open": "Waiting", "mine": "Mine", "closed": "Seen to", "by_itself": "Done by itself",
}  # fmt: skip
NONE_THERE: Final[Mapping[Shown, str]] = {
    "open": "Nothing waits for anybody.", "mine": "Nothing waits for you: take something that waits.",
    "closed": "Nobody had to see to anything yet.", "by_itself": "Nothing was put right by itself yet.",
}  # fmt: skip


def _asked(state: Shown, kind: str, node: str, who: str) -> orders.Listed:
    return orders.Listed(
        state="open" if state in {"open", "mine"} else "closed", kind=kind or None,
        assigned_to=who if state == "mine" else None, nodes=[node] if node else (),
        by_itself=None if state in {"open", "mine"} else state == "by_itself",
    )  # fmt: skip


@router.get("/tower/exceptions")
def exceptions(
    request: Request,
    here: Here,
    principal: Looks,
    state: Shown = "open",
    kind: Code = "",
    node: Code = "",
    before: UUID | None = None,
    closed: UUID | None = None,
) -> HTMLResponse:
    """What did not go as planned, newest first; `closed` is what was closed just now, to be undone."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        if node:
            network.node(tower.atlas, node)
        found = orders.exceptions(
            tx, tower.market, _asked(state, kind, node, principal.name), before=before, limit=A_PAGE
        )
        kinds, nodes = Counter[str](), Counter[str]()
        for each in orders.troubled(tx, tower.market):
            kinds[each.kind] += each.orders if node in {"", each.node} else 0
            nodes[each.node] += each.orders if kind in {"", each.kind} and each.node else 0
        just_closed = orders.find_exception(tx, tower.market, closed) if closed else None
    return tower_page(
        request, "exceptions.html", principal, tower, tab="exceptions", found=found, state=state, kind=kind,
        node=node, kinds=[*(+kinds).most_common(), *([(kind, 0)] if kind and not kinds[kind] else [])],
        nodes=sorted((+nodes).keys() | ({node} - {""})), views=VIEWS, none_there=NONE_THERE[state],
        more=str(found[-1].exception_id) if len(found) == A_PAGE else "", just_closed=just_closed,
    )  # fmt: skip


@router.post("/tower/exceptions/{exception_id}/take")
def take(exception_id: UUID, request: Request, here: Here, principal: Mends) -> Response:
    """See to it from now on; with `over`, in place of whoever did."""
    over = form_of(request).text("over", longest=3) == "yes"
    return _do(
        request, here, principal, exception_id,
        lambda tx: orders.take_exception(
            tx, principal.market, exception_id, by=principal.name, over=over, now=here.clock.now()
        ),
    )  # fmt: skip


@router.post("/tower/exceptions/{exception_id}/leave")
def leave(exception_id: UUID, request: Request, here: Here, principal: Mends) -> Response:
    """See to it no longer: it is anybody's again."""
    return _do(
        request, here, principal, exception_id,
        lambda tx: orders.leave_exception(
            tx, principal.market, exception_id, by=principal.name, now=here.clock.now()
        ),
    )  # fmt: skip


@router.post("/tower/exceptions/{exception_id}/close")
def close(exception_id: UUID, request: Request, here: Here, principal: Mends) -> Response:
    """Somebody has seen to it, and says what they did."""
    note = form_of(request).needed("note")
    return _do(
        request, here, principal, exception_id,
        lambda tx: orders.close_exception(
            tx, principal.market, exception_id, by=principal.name, note=note, now=here.clock.now()
        ),
        closed=exception_id,
    )  # fmt: skip


@router.post("/tower/exceptions/{exception_id}/reopen")
def reopen(exception_id: UUID, request: Request, here: Here, principal: Mends) -> Response:
    """It was closed by mistake: it waits again, and what was noted can be read."""
    return _do(
        request, here, principal, exception_id,
        lambda tx: orders.reopen_exception(tx, principal.market, exception_id),
    )  # fmt: skip


def _do(
    request: Request,
    here: House,
    principal: Principal,
    exception_id: UUID,
    doing: Callable[[Tx], object],
    *,
    closed: UUID | None = None,
) -> Response:
    """Do one thing about an exception in a transaction of its own, and go back to where it was listed."""

    def work(tx: Tx) -> None:
        tower = enter(tx, principal, here.clock.now())
        orders.find_exception(tx, tower.market, exception_id)
        doing(tx)

    retrying(here.database, work)
    here.wake.set()
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}{_back(form_of(request), closed)}", status_code=303)


def _back(form: Form, closed: UUID | None) -> str:
    """Where the form stood: on the page of an order, or on the list as it was narrowed down."""
    order = form.text("order", longest=36)
    if order:
        try:
            return f"/tower/order/{UUID(order)}"
        except ValueError:
            raise NotFound("There is no such order.", field="order") from None
    state = form.text("state", longest=16)
    asked = {
        "state": state if state in VIEWS and state != "open" else "", "kind": form.text("kind", longest=64),
        "node": form.text("node", longest=64), "closed": str(closed or ""),
    }  # fmt: skip
    narrowed = urlencode({name: value for name, value in asked.items() if value})
    return f"/tower/exceptions{'?' if narrowed else ''}{narrowed}"
