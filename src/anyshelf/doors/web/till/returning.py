"""Goods back at the till: found with a receipt or without, paid back, or something else taken instead."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.store.entering import enter, store_page
from anyshelf.doors.web.store.returning import (
    allow_and_take_in,
    bought_by,
    take_in,
    where_to_put,
)
from anyshelf.doors.web.till.selling import everything_sold
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.http import Here, House, reading, requires
from anyshelf.ground.ids import Id
from anyshelf.orders import service as orders
from anyshelf.returns import service as returns
from anyshelf.returns.model import GRADES, REASONS

router = APIRouter()

Reads = Annotated[Principal, Depends(requires("returns:read"))]
Writes = Annotated[Principal, Depends(requires("returns:write"))]


@router.get("/till/{node}/back")
def find_bought(
    node: str,
    request: Request,
    here: Here,
    principal: Reads,
    find: Annotated[str, Query(max_length=320)] = "",
) -> HTMLResponse:
    """Find what was bought: by its receipt, or without one by the card, the e-mail or the phone."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        found, items = bought_by(tx, store.market, find)
    return store_page(
        request, "back.html", principal, store, find=find, found=found, items=items, reasons=REASONS,
        grades=GRADES,
    )  # fmt: skip


@router.post("/till/{node}/back/of/{order_id}")
def take_back(node: str, order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Take in and grade what lies on the counter; it is paid back at once, or waits to be exchanged."""
    form = form_of(request)
    return _done(
        request,
        here,
        node,
        lambda tx: allow_and_take_in(
            tx, enter(tx, principal, node, here.clock.now()), order_id, form, refund=_refund(form)
        ),
    )


@router.post("/till/{node}/back/{return_id}/receive")
def receive(node: str, return_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Take in what was asked for before, at home or at another desk."""
    form = form_of(request)
    return _done(
        request,
        here,
        node,
        lambda tx: take_in(
            tx, enter(tx, principal, node, here.clock.now()), return_id, form, refund=_refund(form)
        ),
    )


def _refund(form: Form) -> bool | None:
    """Whether it is paid back at once: by its journey, but not where something is taken instead."""
    return False if form.text("then") == "exchange" else None


def _done(request: Request, here: House, node: str, work: Callable[[Tx], Id]) -> Response:
    return_id = retrying(here.database, work)
    here.wake.set()
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/till/{node}/back/{return_id}", status_code=303)


@router.get("/till/{node}/back/{return_id}")
def taken_back(node: str, return_id: UUID, request: Request, here: Here, principal: Reads) -> HTMLResponse:
    """What came back, what the shopper gets for it, and what they may take instead."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        known = returns.find(tx, store.market, return_id)
        items = catalogue.items(tx, store.market, [line.item for line in known.lines])
        waits = known.waits and known.exchange_order_id is None
        due_minor = returns.due_now_minor(tx, store.market, return_id) if waits else 0
        instead = orders.find(tx, store.market, known.exchange_order_id) if known.exchange_order_id else None
        sold = everything_sold(tx, store) if waits else []
    data = {
        "api": request.scope.get("root_path", ""), "node": node, "return_id": str(return_id),
        "worth": due_minor, "currency": known.currency, "items": sold,
    }  # fmt: skip
    return store_page(
        request, "exchange.html", principal, store, known=known, items=items, waits=waits,
        due_minor=due_minor, instead=instead, data=data, where=where_to_put(store, known),
    )  # fmt: skip
