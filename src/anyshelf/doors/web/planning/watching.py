"""What threatens, and an item at a node looked at closely."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.charting import demand_chart
from anyshelf.doors.web.forms import form_of
from anyshelf.doors.web.planning.entering import (
    A_PAGE,
    Code,
    Looks,
    Plans,
    asked_nodes,
    desk_page,
    enter,
    names,
)
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, reading
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.planning import service as planning

router = APIRouter()

UNITS_MAX = 1_000_000
Inbound = Annotated[int | None, Query(ge=1, le=UNITS_MAX)]


@router.get("/planning/alerts")
def alerts(
    request: Request,
    here: Here,
    principal: Looks,
    kind: Code = "",
    node: Code = "",
    after: UUID | None = None,
) -> HTMLResponse:
    """What threatens if nobody does anything, the dearest first."""
    with reading(here) as tx:
        desk = enter(tx, principal, here.clock.now())
        nodes = asked_nodes(principal, node)
        found = planning.alerts(tx, desk.market, kind=kind or None, nodes=nodes, after=after, limit=A_PAGE)
        sums = planning.alert_sums(tx, desk.market, nodes)
        named = names(tx, desk.market, [each.item for each in found])
    return desk_page(
        request, "alerts.html", principal, desk, tab="alerts", found=found, sums=sums, named=named, kind=kind,
        node=node, more=str(found[-1].alert_id) if len(found) == A_PAGE else "",
    )  # fmt: skip


@router.get("/planning/item")
def item(
    request: Request, here: Here, principal: Looks, item: Code, node: Code, inbound: Inbound = None
) -> HTMLResponse:
    """History, forecast, stock, what is coming, what its orders rest on, and what is suggested for it.

    Of a centre, with `inbound`: how so many units would be shared out.
    """
    principal.check_node(node)
    with reading(here) as tx:
        desk = enter(tx, principal, here.clock.now())
        network.node(desk.atlas, node)
        known = catalogue.items(tx, desk.market, [item])
        if item not in known:
            raise NotFound(f"There is no item {item}.", field="item")
        seen = planning.close_up(tx, desk.market, item, node, desk.now)
        found = planning.suggestions(tx, desk.market, state="open", item=item, nodes=[node], limit=A_PAGE)
        shares = planning.share_out(tx, desk.market, item, node, inbound, desk.now) if inbound else None
        coming = [each for each in inventory.coming(tx, desk.market, [item]) if each.node == node]
    return desk_page(
        request, "item.html", principal, desk, tab="", known=known[item], node=node, seen=seen, found=found,
        coming=sorted(coming, key=lambda each: each.arrives_at), chart=demand_chart(seen) if seen else "",
        shares=shares, inbound=inbound, named={item: known[item].name}, asked={},
    )  # fmt: skip


@router.post("/planning/allocate")
def allocate(request: Request, here: Here, principal: Plans) -> Response:
    """Suggest the shares of a short inbound in place of what its centre was to send."""
    form = form_of(request)
    code, node = form.needed("item", longest=64), form.needed("node", longest=64)
    units = form.number("inbound", least=1, most=UNITS_MAX)
    principal.check_node(node)

    def work(tx: Tx) -> None:
        now = here.clock.now()
        shares = planning.share_out(tx, principal.market, code, node, units, now)
        planning.suggest_shares(tx, principal.market, code, node, shares, now)

    retrying(here.database, work)
    query = urlencode({"kind": "replenish", "item": code})
    return RedirectResponse(f"{request.scope.get('root_path', '')}/planning?{query}", status_code=303)
