"""Central analysis over HTTP: figures, what hurts, funnels, cohorts, what recommending is worth, feedback."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Forbidden
from anyshelf.ground.http import Here, House, analysing, reading, requires
from anyshelf.insight import service

router = APIRouter(prefix="/v1", tags=["insight"])

Reads = Annotated[Principal, Depends(requires("insight:read"))]
Since = Annotated[AwareDatetime | None, Query(description="The first moment; thirty days ago if none.")]
Until = Annotated[AwareDatetime | None, Query(description="The moment after the last; now if none.")]
Names = Annotated[list[str], Query(max_length=64)]
Stages = Annotated[list[str], Query(max_length=20, description="The stages of the funnel, in order.")]
DEFAULT_SPAN = timedelta(days=30)
NOT_YET: dict[str, Any] = {
    "day": None, "looked_at": None, "since": None, "until": None, "visits": 0,
    "note": "Nothing has been looked for yet; a worker does so within minutes.", "stories": [],
}  # fmt: skip


def _span(here: House, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    end = until or here.clock.now()
    return since or end - DEFAULT_SPAN, end


def _whole(principal: Principal) -> None:
    """What is told of everybody together is for who may see all channels and nodes; raises Forbidden."""
    if principal.nodes or principal.channels:
        raise Forbidden("This tells of all channels and nodes together; your key is for some of them.")


def _theirs(given: Sequence[str], own: Sequence[str]) -> list[str]:
    """What was asked for, or all that is theirs."""
    return list(given) or list(own)


@router.get("/kpis")
def get_kpis(
    here: Here,
    principal: Reads,
    by: Literal["", "channel", "node", "journey", "method", "day"] = "",
    since: Since = None,
    until: Until = None,
    channel: Names = [],  # noqa: B006  FastAPI reads it, nobody changes it
    node: Names = [],  # noqa: B006  as above
) -> dict[str, Any]:
    """The figures of a span of time, whole or by channel, node, journey, method or day; see docs/kpis.md."""
    for each in channel:
        principal.check_channel(each)
    for each in node:
        principal.check_node(each)
    start, end = _span(here, since, until)
    with analysing(here) as tx:
        groups = service.figures(
            tx, principal.market, by=by, since=start, until=end,
            channels=_theirs(channel, principal.channels), nodes=_theirs(node, principal.nodes),
        )  # fmt: skip
    return {
        "since": start.isoformat(),
        "until": end.isoformat(),
        "by": by or None,
        "groups": [{"group": group or None, "kpis": kpis} for group, kpis in groups.items()],
    }


@router.get("/kpis/definitions")
def get_definitions(_: Reads) -> dict[str, Any]:
    """What every figure means, of what it is, in which unit, and which orders are behind it."""
    return {"definitions": [kpi.as_json() for kpi in service.definitions()]}


@router.get("/kpis/stock")
def get_stock_kpis(
    here: Here,
    principal: Reads,
    item: Annotated[list[str], Query(min_length=1, max_length=500)],
    since: Since = None,
    until: Until = None,
) -> dict[str, Any]:
    """Days of supply and sell-through of these items, all nodes together."""
    _whole(principal)
    start, end = _span(here, since, until)
    with analysing(here) as tx:
        found = service.stock_figures(tx, principal.market, item, since=start, until=end)
    return {"items": [{"item": code, "kpis": kpis} for code, kpis in found.items()]}


@router.get("/insight/stories")
def get_stories(
    here: Here,
    principal: Reads,
    of: Literal["visits", "orders"] = "visits",
    day: Annotated[date | None, Query(description="As it was told on a day; the latest if none.")] = None,
) -> dict[str, Any]:
    """What hurts, the dearest first: whom, since when, by what, how many and how much is lost.

    It is looked for in the last thirty days ahead of time, several times a day; `looked_at` says when last.
    """
    _whole(principal)
    asked = datetime.combine(day, time(), UTC) if day else here.clock.now()
    with reading(here) as tx:
        look = service.last_look(tx, principal.market, of, asked)
    return look.as_json() if look else NOT_YET | {"of": of}


@router.post("/insight/stories:look", status_code=202)
def look_anew(
    here: Here, principal: Annotated[Principal, Depends(requires("insight:write"))]
) -> dict[str, Any]:
    """Have the stories looked for anew as soon as a worker is free; ask for them again in a minute."""
    _whole(principal)
    with here.database.transaction() as tx:
        service.wish(tx, principal.market, here.clock.now())
    return {"wished": True}


@router.get("/insight/funnel")
def get_funnel(
    here: Here,
    principal: Reads,
    since: Since = None,
    until: Until = None,
    stage: Stages = [],  # noqa: B006  as above
) -> dict[str, Any]:
    """How many people came to each stage after the one before it, all channels together.

    `channels` tells where people began and through which channel those who ordered did so.
    """
    _whole(principal)
    start, end = _span(here, since, until)
    with analysing(here) as tx:
        visits = service.visits(tx, principal.market, of="visits", since=start, until=end)
    return dict(service.funnel(visits, stage))


@router.get("/insight/cohorts")
def get_cohorts(here: Here, principal: Reads) -> dict[str, Any]:
    """By the month of a first order: how many ordered again so many months later, and for how much."""
    _whole(principal)
    with analysing(here) as tx:
        return {"cohorts": service.cohorts(tx, principal.market)}


@router.get("/insight/lift")
def get_lift(
    here: Here,
    principal: Reads,
    of: Literal["items", "ways"] = "items",
    since: Since = None,
    until: Until = None,
    days: Annotated[int, Query(ge=1, le=90)] = 7,
) -> dict[str, Any]:
    """How much likelier those who were shown their own order than those held out, with its interval.

    `of` items that were recommended, or of ways to have a basket that stood in the order of likely choice.
    """
    _whole(principal)
    start, end = _span(here, since, until)
    with analysing(here) as tx:
        return service.lift(tx, principal.market, what=of, since=start, until=end, days=days)


@router.get("/insight/feedback")
def get_feedback(
    here: Here,
    principal: Reads,
    by: Literal["", "channel", "method", "node", "week"] = "",
    since: Since = None,
    until: Until = None,
) -> dict[str, Any]:
    """NPS, CSAT and effort of a span of time, whole or by channel, method, node or week."""
    _whole(principal)
    start, end = _span(here, since, until)
    with analysing(here) as tx:
        found = service.feedback(tx, principal.market, by=by, since=start, until=end)
    return {"groups": [{"group": group or None, **kinds} for group, kinds in found.items()]}


@router.get("/insight/topics")
def get_topics(
    here: Here, principal: Reads, item: Annotated[str | None, Query(max_length=64)] = None
) -> dict[str, Any]:
    """What published reviews are about, of one item or of all, with the stars each topic gets."""
    with analysing(here) as tx:
        return service.topics(tx, principal.market, item=item)
