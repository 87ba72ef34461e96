"""Boxes from other nodes of ours: what is on its way here, and opening it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.delivery import service as delivery
from anyshelf.delivery.model import Shipment, Transferred
from anyshelf.doors.web.store.entering import enter, store_page
from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, reading, requires
from anyshelf.planning import service as planning

router = APIRouter()

Works = Annotated[Principal, Depends(requires("work:read"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A shipment on its way here, with the lines nobody has accounted for yet."""

    shipment: Shipment
    lines: list[Transferred]


@router.get("/store/{node}/arrivals")
def arrivals(node: str, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """What other nodes have sent here, and what is in each box."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        coming = delivery.coming(tx, store.market, node)
        boxes = [
            Box(
                shipment=shipment,
                lines=[line for line in delivery.transfer(tx, shipment) if line.outstanding],
            )
            for shipment in coming
        ]
        transfers = planning.travelling(tx, store.market, node)
        inside = [line.item for box in boxes for line in box.lines]
        items = catalogue.items(tx, store.market, [*inside, *(each.item for each in transfers)])
    return store_page(
        request, "arrivals.html", principal, store, tab="arrivals", boxes=boxes, items=items,
        transfers=transfers,
    )  # fmt: skip
