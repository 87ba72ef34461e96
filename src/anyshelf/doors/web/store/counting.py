"""Counting a few positions a day: those somebody asked for, and whatever an associate has in hand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.rendering import fragment
from anyshelf.doors.web.store.entering import enter, store_page
from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, reading, requires
from anyshelf.inventory import service as inventory

router = APIRouter()

Counts = Annotated[Principal, Depends(requires("inventory:read"))]

FOUND_MAX = 8


@router.get("/store/{node}/count")
def counts(node: str, request: Request, here: Here, principal: Counts) -> HTMLResponse:
    """What to count. The books' own figure is not shown: it would be written down instead of counted."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        asked = inventory.counts_asked(tx, store.market, node)
        items = catalogue.items(tx, store.market, [each.item for each in asked])
    return store_page(
        request, "count.html", principal, store, tab="count",
        found=[items[each.item] for each in asked if each.item in items],
        reasons={each.item: each.reason for each in asked},
    )  # fmt: skip


@router.get("/store/{node}/count/item")
def to_count(
    node: str, request: Request, here: Here, principal: Counts, code: Annotated[str, Query(max_length=100)]
) -> HTMLResponse:
    """The items a scanned or typed code may stand for, each with a place for its count."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        found = catalogue.search(tx, store.market, code, FOUND_MAX) if code.strip() else []
    if not found:
        raise NotFound(f"There is no item {code}.", field="code")
    return fragment(request, "store/to_count.html", node=store.node, found=found, reasons={})
