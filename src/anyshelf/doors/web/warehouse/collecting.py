"""Manifests: what each carrier collects, to be printed, signed and closed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.store.entering import enter
from anyshelf.doors.web.warehouse.entering import warehouse_page
from anyshelf.fulfilment import service as fulfilment
from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, reading, requires
from anyshelf.orders import service as orders

router = APIRouter()

Works = Annotated[Principal, Depends(requires("work:read"))]


@router.get("/warehouse/{node}/manifests")
def manifests(node: str, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """What waits for which carrier, and what was collected."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        found = fulfilment.manifests(tx, store.market, node)
    return warehouse_page(
        request, "manifests.html", principal, store, tab="manifests",
        waiting=[each for each in found if each.state == "open" and each.loads],
        closed=[each for each in found if each.state == "closed"],
    )  # fmt: skip


@router.get("/warehouse/{node}/manifests/{manifest_id}")
def one_manifest(
    node: str, manifest_id: UUID, request: Request, here: Here, principal: Works
) -> HTMLResponse:
    """One manifest as a page to print, for the carrier's signature."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        manifest = fulfilment.find_manifest(tx, store.market, manifest_id)
        if manifest.node != node:
            raise NotFound(f"{node} has no such manifest.", manifest_id=str(manifest_id))
        called = orders.called(tx, store.market, [load.order_id for load in manifest.loads])
    parcels = sum(len(load.packages or [{}]) for load in manifest.loads)
    grams = sum(package.get("weight_g") or 0 for load in manifest.loads for package in load.packages or [])
    return warehouse_page(
        request, "manifest.html", principal, store, tab="manifests", manifest=manifest, called=called,
        parcels=parcels, grams=grams,
    )  # fmt: skip
