"""Promises over HTTP: the ways a basket can be had, and how promises were kept."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, asked_under_key, reading, requires
from anyshelf.promising import service
from anyshelf.promising.api.desk import Basket, QuoteDesk, Told
from anyshelf.promising.model import Score, Wanted, WantedLine
from anyshelf.sourcing.model import Destination

router = APIRouter(prefix="/v1", tags=["promises"])

__all__ = ["QuoteDesk", "router"]

Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PromiseLine(_Body):
    """A quantity of an item somebody would like."""

    item: Code
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]


class Place(_Body):
    """Where goods would go."""

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    postal_code: Annotated[StrictStr, Field(max_length=16)] = ""
    country: Annotated[StrictStr, Field(max_length=2)] = ""


class AskPromise(_Body):
    """A basket, where it would go, the stores it might be fetched from, the methods asked for (none: all).

    Where the customer is named, the ways they are likely to choose stand first.
    """

    channel: Code
    customer: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None
    lines: Annotated[list[PromiseLine], Field(min_length=1, max_length=1000)]
    destination: Place | None = None
    stores: Annotated[list[Code], Field(max_length=20)] = []
    methods: Annotated[list[Literal["ship", "pickup", "reserve", "deliver"]], Field(max_length=4)] = []

    def wanted(self) -> Wanted:
        """The basket as promising knows it."""
        place = self.destination
        return Wanted(
            channel=self.channel,
            lines=tuple(WantedLine(item=line.item, quantity=line.quantity) for line in self.lines),
            destination=Destination(**place.model_dump()) if place else None,
            stores=tuple(self.stores),
            methods=tuple(self.methods),
        )


async def desk(request: Request) -> QuoteDesk:
    """Where this process is asked for promises."""
    here: QuoteDesk = request.app.state.desk
    return here


@router.post("/promises", status_code=201)
async def make_promise(
    body: AskPromise,
    request: Request,
    here: Here,
    principal: Annotated[Principal, Depends(requires("promises:write"))],
    quotes: Annotated[QuoteDesk, Depends(desk)],
) -> Response:
    """Every way this basket can be had, shipped or ready at a store: dates, fee, cost and confidence."""
    principal.check_channel(body.channel)
    asked = asked_under_key(request, principal)
    liking = await run_in_threadpool(
        request.app.state.likings.of, principal.market, body.channel, body.customer, here.clock.now()
    ) if body.customer else None  # fmt: skip
    basket = Basket(market=principal.market, wanted=body.wanted(), asked=asked, liking=liking)
    if asked is None:
        return _response(await quotes.hand_in(basket))
    with here.in_flight.alone(principal.market, principal.name, asked.key):
        return _response(await quotes.hand_in(basket))


def _response(told: Told) -> Response:
    headers = {"Idempotent-Replayed": "true"} if told.again else None
    content = msgspec.json.encode(told.answer.body)
    return Response(content, told.answer.status, headers=headers, media_type="application/json")


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
Moment = Annotated[AwareDatetime, Query(ge=EARLIEST, le=LATEST)]


@router.get("/promises/scores")
def scores(
    here: Here,
    principal: Annotated[Principal, Depends(requires("orders:read"))],
    by: Literal["all", "method", "channel", "node", "service"] = "method",
    since: Moment | None = None,
    until: Moment | None = None,
) -> dict[str, Any]:
    """How promises that were due in a time (the last 30 days) ended: kept as first said, or late by how much.

    By method and channel a promise is all an order was told; by node and service, the part each served.
    """
    here.catch_up(principal.market)
    end = until or here.clock.now()
    start = since or end - MONTH
    if start >= end:
        raise Invalid("'since' is before 'until'.", field="since")
    with reading(here) as tx:
        found = service.scores(
            tx, principal.market, by=by, since=start, until=end, channels=principal.channels
        )
    shown = [_score_json(by, score) for score in found]
    return {"since": start.isoformat(), "until": end.isoformat(), "scores": shown}


def _score_json(by: str, score: Score) -> dict[str, Any]:
    return {
        by: score.of,
        "promises": score.promises,
        "ended": score.ended,
        "kept": score.kept,
        "late": score.late,
        "broken": score.broken,
        "changed": score.changed,
        "kept_share": _rounded(score.kept_share),
        "said": _rounded(score.said),
        "mean_slack_hours": _rounded(score.mean_slack_hours),
        "mean_late_hours": _rounded(score.mean_late_hours),
    }


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)
