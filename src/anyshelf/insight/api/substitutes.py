"""What could be had instead of an item, for a page or an app whose shopper stands before an empty shelf."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, reading, requires
from anyshelf.ground.money import Money
from anyshelf.insight import service
from anyshelf.network import service as network

router = APIRouter(prefix="/v1/items", tags=["insight"])


@router.get("/{item}/substitutes")
def get_substitutes(
    item: str,
    here: Here,
    principal: Annotated[Principal, Depends(requires("availability:read"))],
    near: Annotated[str | None, Query(max_length=60, examples=["40.7,-73.9"])] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, Any]:
    """What could be had instead, the most alike first, of what lies free near a point (lat,lon)."""
    place = network.point_of(near) if near else None
    with reading(here) as tx:
        found = service.instead(tx, principal.market, item, near=place, limit=limit)
    return {
        "item": item,
        "substitutes": [
            {
                "item": each.item,
                "name": each.name,
                "price": Money(each.price_minor, each.currency).as_json(),
                "nodes": nodes,
            }
            for each, nodes in found
        ],
    }
