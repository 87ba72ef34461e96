"""Customer service: find any order by whatever a shopper can tell, and do what may still be done about it."""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.tower.entering import Looks, Tower, enter
from anyshelf.doors.web.tower.listing import listed
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.ground.http import Here, House, reading, requires
from anyshelf.ground.ids import derived_id
from anyshelf.ground.money import Money
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order

router = APIRouter()

Writes = Annotated[Principal, Depends(requires("orders:write"))]
Appeases = Annotated[Principal, Depends(requires("refunds:write"))]

FOUND_MAX: Final = 50


@router.get("/tower/find")
def find(
    request: Request, here: Here, principal: Looks, what: Annotated[str, Query(max_length=320)] = ""
) -> HTMLResponse:
    """Orders by their id, their channel's number, or the shopper's e-mail, phone or customer number."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        found = _found(tx, tower.market, what.strip())
    return listed(
        request, principal, tower, found, title=f"Found: {what}" if what else "Find an order", means="",
        asked={}, find=what,
    )  # fmt: skip


def _found(tx: Tx, market: str, what: str) -> list[Order]:
    """The orders somebody may mean, newest first."""
    if not what:
        return []
    try:
        return [orders.find(tx, market, UUID(what))]
    except (ValueError, NotFound):
        pass
    return (
        orders.recent(tx, market, external_id=what, limit=FOUND_MAX)
        or orders.recent(tx, market, email=what, limit=FOUND_MAX)
        or orders.recent(tx, market, phone=what, limit=FOUND_MAX)
        or orders.recent(tx, market, customer=what, limit=FOUND_MAX)
    )


@router.post("/tower/order/{order_id}/cancel")
def cancel(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Cancel all of an order that has not left."""
    reason = form_of(request).text("reason", longest=200) or "asked for"
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.cancel(tx, tower.market, order_id, None, tower.now, reason=reason),
    )  # fmt: skip


@router.post("/tower/order/{order_id}/hold")
def hold(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Keep an order from being released to its nodes."""
    reason = form_of(request).needed("reason", longest=200)
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.hold(tx, tower.market, order_id, reason, tower.now),
    )  # fmt: skip


@router.post("/tower/order/{order_id}/release")
def release(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Lift a hold and hand the order to its nodes."""
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.release(tx, tower.market, order_id, tower.now),
    )  # fmt: skip


@router.post("/tower/order/{order_id}/appease")
def appease(order_id: UUID, request: Request, here: Here, principal: Appeases) -> Response:
    """Give back some of what was paid, for a shopper's trouble; the same form sent twice gives once."""
    form = form_of(request)
    amount, reason = form.needed("amount", longest=20), form.needed("reason", longest=200)
    cause = derived_id("appeasement by hand", str(order_id), form.needed("number", longest=64))

    def work(tx: Tx, tower: Tower) -> object:
        order = orders.find(tx, tower.market, order_id)
        minor = Money.parse(amount, order.currency, field="amount").minor
        if minor <= 0:
            raise Invalid("Say how much is given back.", field="amount")
        return orders.appease(
            tx, tower.market, order_id, amount_minor=minor, reason=reason, by=principal.name, cause=cause,
            now=tower.now,
        )  # fmt: skip

    return _do(request, here, principal, order_id, work)


def _do(
    request: Request, here: House, principal: Principal, order_id: UUID, doing: Callable[[Tx, Tower], object]
) -> Response:
    """Do one thing about an order in a transaction of its own, and show the order again."""
    retrying(here.database, lambda tx: doing(tx, enter(tx, principal, here.clock.now())))
    here.wake.set()
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/tower/order/{order_id}", status_code=303)
