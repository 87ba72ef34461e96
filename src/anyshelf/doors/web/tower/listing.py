"""The orders behind any number of the tower."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from anyshelf.doors.web.store.working import shopper_of
from anyshelf.doors.web.tower.comparing import span_of
from anyshelf.doors.web.tower.entering import WEEK, Days, Looks, Tower, enter, tower_page
from anyshelf.doors.web.tower.figures import BY_NAME
from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, reading
from anyshelf.insight import service as insight
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.model import STATES, Order

router = APIRouter()

A_PAGE: Final = 50
TO_DO: Final = "to do"
"""Not a stage of an order but of a node: what lies there for somebody to do."""

Code = Annotated[str, Query(max_length=64)]


@router.get("/tower/orders")
def standing(
    request: Request,
    here: Here,
    principal: Looks,
    days: Days = WEEK,
    journey: Code = "",
    stage: Code = "",
    node: Code = "",
    before: UUID | None = None,
) -> HTMLResponse:
    """The orders that stand somewhere: on a journey, at a stage, at a node."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now(), days=days)
        if node:
            network.node(tower.atlas, node)
        found = orders.standing_at(
            tx, tower.market, since=tower.since, journey=journey or None, states=_states(stage),
            node=node or None, before=before, limit=A_PAGE,
        )  # fmt: skip
    parts = [journey.replace("_", " "), stage, f"at {tower.name_of(node)}" if node else ""]
    said = ", ".join(part for part in parts if part) or "all"
    asked = {"days": days, "journey": journey, "stage": stage, "node": node}
    return listed(request, principal, tower, found, title=f"Orders: {said}", means="", asked=asked)


def _states(stage: str) -> list[str]:
    """The states a stage stands for; raises NotFound for a stage there is not."""
    if not stage:
        return []
    if stage == TO_DO:
        return list(orders.TO_DO)
    if stage not in orders.STAGES:
        raise NotFound(f"There is no stage {stage}; there are {', '.join(orders.STAGES)}.", field="stage")
    return list(orders.STAGES[stage])


@router.get("/tower/behind/{figure}")
def behind(  # noqa: PLR0913, PLR0917  every way a figure is told apart
    figure: str,
    request: Request,
    here: Here,
    principal: Looks,
    days: Days = WEEK,
    channel: Code = "",
    method: Code = "",
    node: Code = "",
    journey: Code = "",
    day: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
    before: UUID | None = None,
) -> HTMLResponse:
    """The orders a figure would be better without; of a plain count, all it counts."""
    known = BY_NAME.get(figure)
    if known is None:
        raise NotFound(f"The tower shows no figure called {figure}.", field="figure")
    ways = {"channel": channel, "method": method, "node": node, "journey": journey}
    narrowed = {name: value for name, value in ways.items() if value}
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now(), days=days)
        since, until = span_of(tower, day)
        ids = insight.behind(
            tx, tower.market, figure, since=since, until=until, narrowed=narrowed, before=before, limit=A_PAGE
        )
        found = [orders.find(tx, tower.market, order_id) for order_id in ids]
    of_what = ", ".join([*narrowed.values(), *([day] if day else [])]).replace("_", " ")
    title = f"{known.title}: {known.behind}{f' ({of_what})' if of_what else ''}"
    return listed(
        request, principal, tower, found, title=title,
        means=f"Of {known.of}: {known.means}.", asked={"days": days, **narrowed, "day": day},
    )  # fmt: skip


def listed(
    request: Request,
    principal: Principal,
    tower: Tower,
    found: list[Order],
    *,
    title: str,
    means: str,
    asked: dict[str, Any],
    find: str | None = None,
) -> HTMLResponse:
    """Orders as a list under a title; `find` is what was looked for, None where nobody looked."""
    return tower_page(
        request, "orders.html", principal, tower, tab="live" if find is None else "find", title=title,
        means=means, asked=asked,
        found=[(order, shopper_of(order), _stands(order)) for order in found],
        more=str(found[-1].order_id) if len(found) == A_PAGE else "", path=request.url.path, find=find,
    )  # fmt: skip


def _stands(order: Order) -> list[tuple[str, int]]:
    """How many units of an order are in each state."""
    sums = [(state, sum(line.in_state(state) for line in order.lines)) for state in STATES]
    return [(state, units) for state, units in sums if units]
