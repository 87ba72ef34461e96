"""What could be had instead of an item, for a page or an app whose shopper stands before an empty shelf."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading, requires
from anyshelf.ground.money import Money
from anyshelf.insight import service

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
    with reading(here) as tx:
        found = service.instead(tx, principal.market, item, near=_point(near), limit=limit)
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


def _point(near: str | None) -> tuple[float, float] | None:
    """A point as it is written; raises Invalid."""
    if near is None:
        return None
    try:
        lat, lon = (float(part) for part in near.split(","))
    except ValueError:
        raise Invalid("near is a point such as 40.7,-73.9.", field="near") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004  degrees
        raise Invalid("near is not a point on the earth.", field="near")
    return lat, lon
