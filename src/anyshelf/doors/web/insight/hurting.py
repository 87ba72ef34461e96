"""What hurts: the stories of the last days, the dearest first, and the way to an order."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.doors.web.insight.entering import Looks, Steers, enter, insight_page
from anyshelf.doors.web.insight.telling import across, headline, stages, told
from anyshelf.doors.web.tower.entering import enter as enter_tower
from anyshelf.doors.web.tower.listing import listed
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, reading
from anyshelf.ground.ids import Id
from anyshelf.insight import service as insight
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order

router = APIRouter()

What = Literal["visits", "orders"]


@router.get("/insight")
def hurts(request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """What costs orders, the dearest first, as it was last looked for; and how visits become orders."""
    with reading(here) as tx:
        seen = enter(tx, principal, here.clock.now())
        visits, ways = (insight.last_look(tx, seen.market, what, seen.now) for what in ("visits", "orders"))
    done = [look for look in (visits, ways) if look is not None]
    found = sorted(
        (each for look in done for each in told(look)), key=lambda each: (-each.lost_minor, -each.lost_orders)
    )
    funnel = visits.funnel if visits else {}
    through, rows = across(funnel)
    return insight_page(
        request, "hurts.html", principal, seen, tab="hurts", stories=found, stages=stages(funnel),
        through=through, channels=rows, notes=[look.note for look in done if look.note],
        visits_seen=visits.seen if visits else 0, orders_seen=ways.seen if ways else 0,
        looked_at=min((look.looked_at for look in done if look.looked_at), default=None),
        wished=request.query_params.get("wished") == "1",
    )  # fmt: skip


@router.post("/insight/look")
def look_again(request: Request, here: Here, principal: Steers) -> Response:
    """Have it looked for anew; it is there when a worker has done so."""
    with here.database.transaction() as tx:
        seen = enter(tx, principal, here.clock.now())
        insight.wish(tx, seen.market, seen.now)
    here.wake.set()
    return RedirectResponse(f"{request.scope.get('root_path', '')}/insight?wished=1", status_code=303)


def _known(tx: Tx, market: str, order_id: str) -> Order | None:
    """An order of ours; what a journey calls an order may be somebody else's."""
    try:
        return orders.find(tx, market, Id(order_id))
    except NotFound:
        return None


@router.get("/insight/story/{what}/{place}/orders")
def orders_of(what: What, place: int, request: Request, here: Here, principal: Looks) -> HTMLResponse:
    """The orders of a story, to look at one by one; for who may open orders."""
    with reading(here) as tx:
        tower = enter_tower(tx, principal, here.clock.now())
        look = insight.last_look(tx, tower.market, what, tower.now)
        if look is None or not 0 <= place < len(look.stories):
            raise NotFound("There is no such story any more; look at what is told now.", field="story")
        story = look.stories[place]
        found = [order for order_id in story["orders"] if (order := _known(tx, tower.market, order_id))]
    return listed(
        request, principal, tower, found, title=headline(story["evidence"][0]), asked={},
        means=f"{story['said']}. Orders to look at one by one.",
    )  # fmt: skip
