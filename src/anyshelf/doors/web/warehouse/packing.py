"""The bench: a piece is scanned, its order is shown, packed, labelled and put on its carrier's manifest."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.rendering import fragment
from anyshelf.doors.web.store.entering import Store, enter
from anyshelf.doors.web.store.working import carriers_for, label_number
from anyshelf.doors.web.warehouse.entering import warehouse_page
from anyshelf.fulfilment import service as fulfilment
from anyshelf.fulfilment.model import OnBench
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires
from anyshelf.orders import service as orders

router = APIRouter()

Works = Annotated[Principal, Depends(requires("work:read"))]


@router.get("/warehouse/{node}/bench")
def bench(node: str, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """An empty bench: the first piece that is scanned says which order it is for."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
    return warehouse_page(request, "bench.html", principal, store, tab="bench")


@router.get("/warehouse/{node}/bench/order")
def order_on_bench(
    node: str, request: Request, here: Here, principal: Works, code: Annotated[str, Query(max_length=100)]
) -> HTMLResponse:
    """The order a scanned piece or tote belongs to, to be put in its parcel."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        found = fulfilment.on_bench(tx, store.market, node, code)
        shown = _shown(tx, store, found)
    return fragment(request, "warehouse/order.html", node=store.node, store=store, scanned=code, **shown)


def _shown(tx: Tx, store: Store, found: OnBench) -> dict[str, Any]:
    work = found.work
    lines = [line for line in work.lines if line.picked]
    items = catalogue.items(tx, store.market, [line.item for line in lines])
    return {
        "found": found,
        "lines": lines,
        "items": items,
        "called": orders.called(tx, store.market, [work.order_id])[work.order_id],
        "grams": sum(items[line.item].weight_g * line.picked for line in lines if line.item in items),
        "carriers": carriers_for(store, work),
        "tracking": label_number(work),
    }
