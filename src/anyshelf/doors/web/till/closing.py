"""The open tills of a store: one that is lost is closed, so that its stock is for everybody again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.store.entering import enter, store_page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.http import Here, check_same_origin, reading, requires
from anyshelf.orders import service as orders

router = APIRouter()

Sells = Annotated[Principal, Depends(requires("orders:write"))]


@router.get("/till/{node}/tills")
def open_tills(node: str, request: Request, here: Here, principal: Sells) -> HTMLResponse:
    """Which tills of this store hold stock for themselves, and when each was last heard of."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        found = orders.tills(tx, store.market, node)
    return store_page(request, "tills.html", principal, store, tills=found)


@router.post("/till/{node}/tills/{till}/close")
def close_till(node: str, till: str, request: Request, here: Here, principal: Sells) -> Response:
    """Close a till that is lost: its units are free at once; what it sold before is taken when it is told."""
    check_same_origin(request)

    def work(tx: Tx) -> int:
        store = enter(tx, principal, node, here.clock.now())
        return orders.end_lease(tx, store.market, node, till, store.now, by=principal.name)

    retrying(here.database, work)
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/till/{node}/tills", status_code=303)
