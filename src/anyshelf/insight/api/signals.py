"""Signals from feedback: to a store and a vendor about their own orders, to who sells about an item."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, analysing, reading, requires
from anyshelf.insight import service

router = APIRouter(prefix="/v1/signals", tags=["insight"])

Days = Annotated[int, Query(ge=1, le=365, description="How many days back shoppers were asked.")]


def _span(now: datetime, days: int) -> dict[str, datetime]:
    return {"since": now - timedelta(days=days), "until": now + timedelta(seconds=1)}


@router.get("/nodes/{node}")
def of_node(
    node: str,
    here: Here,
    principal: Annotated[Principal, Depends(requires("work:read"))],
    days: Days = 90,
) -> dict[str, Any]:
    """What shoppers say of the orders a store had a part in; a figure of under five answers is kept back."""
    principal.check_node(node)
    with analysing(here) as tx:
        span = _span(here.clock.now(), days)
        told = service.signal_of_nodes(tx, principal.market, [node], **span)
    return {"node": node, "days": days, **told}


@router.get("/vendors/{vendor}")
def of_vendor(
    vendor: str,
    here: Here,
    principal: Annotated[Principal, Depends(requires("vendors:read"))],
    days: Days = 90,
) -> dict[str, Any]:
    """What shoppers say of the orders a vendor had a part in; each vendor sees its own."""
    principal.check_vendor(vendor)
    with analysing(here) as tx:
        span = _span(here.clock.now(), days)
        told = service.signal_of_vendor(tx, principal.market, vendor, **span)
    return {"vendor": vendor, "days": days, **told}


@router.get("/items/{item}")
def of_item(
    item: str, here: Here, principal: Annotated[Principal, Depends(requires("availability:read"))]
) -> dict[str, Any]:
    """How many reviews of an item are published, their stars, and how they read."""
    with reading(here) as tx:
        return {"item": item, **service.stars(tx, principal.market, item)}
