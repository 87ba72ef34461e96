"""Central analysis over HTTP: figures, what hurts, funnels, cohorts, what recommending is worth, feedback."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Forbidden
from anyshelf.ground.http import Here, House, reading, requires
from anyshelf.insight import service

router = APIRouter(prefix="/v1", tags=["insight"])

Reads = Annotated[Principal, Depends(requires("insight:read"))]
Since = Annotated[AwareDatetime | None, Query(description="The first moment; thirty days ago if none.")]
Until = Annotated[AwareDatetime | None, Query(description="The moment after the last; now if none.")]
Names = Annotated[list[str], Query(max_length=64)]
Stages = Annotated[list[str], Query(max_length=20, description="The stages of the funnel, in order.")]
DEFAULT_SPAN = timedelta(days=30)


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
    with reading(here) as tx:
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
    with reading(here) as tx:
        found = service.stock_figures(tx, principal.market, item, since=start, until=end)
    return {"items": [{"item": code, "kpis": kpis} for code, kpis in found.items()]}


@router.get("/insight/stories")
def get_stories(
    here: Here,
    principal: Reads,
    of: Literal["visits", "orders"] = "visits",
    since: Since = None,
    until: Until = None,
    stage: Stages = [],  # noqa: B006  as above
) -> dict[str, Any]:
    """What hurts, the dearest first: whom, since when, by what, how many and how much is lost.

    It looks through everything that happened between two moments, which may take it a minute.
    """
    _whole(principal)
    start, end = _span(here, since, until)
    with reading(here) as tx:
        visits = service.visits(tx, principal.market, of=of, since=start, until=end)
    return {"visits": len(visits), "stories": [each.as_json() for each in service.hurting(visits, of, stage)]}


@router.get("/insight/funnel")
def get_funnel(
    here: Here,
    principal: Reads,
    since: Since = None,
    until: Until = None,
    stage: Stages = [],  # noqa: B006  as above
) -> dict[str, Any]:
    """How many people came to each stage after the one before it, all channels together."""
    _whole(principal)
    start, end = _span(here, since, until)
    with reading(here) as tx:
        visits = service.visits(tx, principal.market, of="visits", since=start, until=end)
    return {"stages": service.funnel(visits, stage)}


@router.get("/insight/cohorts")
def get_cohorts(here: Here, principal: Reads) -> dict[str, Any]:
    """By the month of a first order: how many ordered again so many months later, and for how much."""
    _whole(principal)
    with reading(here) as tx:
        return {"cohorts": service.cohorts(tx, principal.market)}


@router.get("/insight/lift")
def get_lift(
    here: Here,
    principal: Reads,
    since: Since = None,
    until: Until = None,
    days: Annotated[int, Query(ge=1, le=90)] = 7,
) -> dict[str, Any]:
    """How much likelier those who were shown their own order than those held out, with its interval."""
    _whole(principal)
    start, end = _span(here, since, until)
    with reading(here) as tx:
        return service.lift(tx, principal.market, since=start, until=end, days=days)


@router.get("/insight/feedback")
def get_feedback(
    here: Here,
    principal: Reads,
    by: Literal["", "channel", "method", "node"] = "",
    since: Since = None,
    until: Until = None,
) -> dict[str, Any]:
    """NPS, CSAT and effort of a span of time, whole or by channel, method or node."""
    _whole(principal)
    start, end = _span(here, since, until)
    with reading(here) as tx:
        found = service.feedback(tx, principal.market, by=by, since=start, until=end)
    return {"groups": [{"group": group or None, **kinds} for group, kinds in found.items()]}


@router.get("/insight/topics")
def get_topics(
    here: Here, principal: Reads, item: Annotated[str | None, Query(max_length=64)] = None
) -> dict[str, Any]:
    """What published reviews are about, of one item or of all, with the stars each topic gets."""
    with reading(here) as tx:
        return service.topics(tx, principal.market, item=item)
