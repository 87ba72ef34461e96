"""What a policy would have decided on orders there are, before anybody sets it up."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, reading, requires
from anyshelf.orders import service
from anyshelf.orders.api.bodies import Foresee
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Standing

router = APIRouter()

Name = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$")]


@router.post("/policies/{policy}:foresee")
def foresee(
    policy: Name,
    body: Foresee,
    here: Here,
    principal: Annotated[Principal, Depends(requires("policies:write"))],
) -> dict[str, Any]:
    """What a policy would do with the newest orders, beside what decides them now; nothing of it is kept.

    Each order is planned twice on the shelves of now, with what it took put back.
    """
    weights = sourcing.checked_weights(body.weights)
    standing = Standing(
        policy=sourcing.weighed(policy, weights), channels=tuple(body.channels), segments=tuple(body.segments)
    )
    with reading(here) as tx:
        judged = service.foresee(tx, principal.market, standing, here.clock.now(), limit=body.orders)
        told = sourcing.compared(tx, principal.market, policy, judged)
    return {**told, "otherwise": [str(each.order_id) for each in judged if not each.agreed]}
