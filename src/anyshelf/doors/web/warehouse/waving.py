"""Waves: what waits to be walked for, and the walk of one wave, stop by stop."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.rendering import page
from anyshelf.doors.web.store.entering import enter, theirs
from anyshelf.doors.web.store.working import SHORT_REASONS
from anyshelf.doors.web.warehouse.entering import FLOORS, warehouse_page
from anyshelf.fulfilment import service as fulfilment
from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, reading, requires

router = APIRouter()

Works = Annotated[Principal, Depends(requires("work:read"))]


@router.get("/warehouse")
def warehouses(
    request: Request, here: Here, principal: Works, find: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Which warehouse? Straight in for who works in one alone."""
    with reading(here) as tx:
        nodes = [node for node in theirs(tx, principal) if node.kind in FLOORS]
    if len(nodes) == 1:
        return RedirectResponse(f"/warehouse/{nodes[0].node}", status_code=303)
    found = [each for each in nodes if find.lower() in f"{each.name} {each.node} {each.postal_code}".lower()]
    return page(
        request, "store/stores.html", visitor=principal, nodes=found, find=find, where="warehouse"
    )  # fmt: skip


@router.get("/warehouse/{node}")
def waves(node: str, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """What waits to be walked for, by carrier and hour, and the waves that are under way."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        waiting = fulfilment.waiting(tx, store.market, node)
        known = fulfilment.waves(tx, store.market, node)
    return warehouse_page(
        request, "waves.html", principal, store, tab="waves", waiting=waiting,
        under_way=[wave for wave in known if wave.remaining],
        done=[wave for wave in known if not wave.remaining],
    )  # fmt: skip


@router.get("/warehouse/{node}/wave/{wave_id}")
def walk(node: str, wave_id: UUID, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """One walk for all orders of a wave: where to stand, what to take, what goes into which tote."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        wave = fulfilment.find_wave(tx, store.market, wave_id)
        if wave.node != node:
            raise NotFound(f"{node} has no such wave.", wave_id=str(wave_id))
        stops = fulfilment.walk(tx, wave)
        items = catalogue.items(tx, store.market, [stop.item for stop in stops])
    data = {
        "api": request.scope.get("root_path", ""),
        "wave": {"wave_id": str(wave_id), "state": wave.state},
        "stops": [stop.as_json() for stop in stops],
        "items": {
            code: {"name": item.name, "category": item.category, "gtin": item.gtin}
            for code, item in items.items()
        },
    }
    return warehouse_page(
        request, "walk.html", principal, store, tab="waves", wave=wave, data=data, reasons=SHORT_REASONS
    )  # fmt: skip
