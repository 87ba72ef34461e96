"""POST /v1/promises: the ways a basket can be had."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, asked_under_key, requires
from anyshelf.promising.api.desk import Basket, QuoteDesk, Told
from anyshelf.promising.model import Wanted, WantedLine
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
    """A basket, where it would go, and the stores it might be fetched from."""

    channel: Code
    lines: Annotated[list[PromiseLine], Field(min_length=1, max_length=1000)]
    destination: Place | None = None
    stores: Annotated[list[Code], Field(max_length=20)] = []

    def wanted(self) -> Wanted:
        """The basket as promising knows it."""
        place = self.destination
        return Wanted(
            channel=self.channel,
            lines=tuple(WantedLine(item=line.item, quantity=line.quantity) for line in self.lines),
            destination=Destination(**place.model_dump()) if place else None,
            stores=tuple(self.stores),
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
    basket = Basket(market=principal.market, wanted=body.wanted(), asked=asked)
    if asked is None:
        return _response(await quotes.hand_in(basket))
    with here.in_flight.alone(principal.market, principal.name, asked.key):
        return _response(await quotes.hand_in(basket))


def _response(told: Told) -> Response:
    headers = {"Idempotent-Replayed": "true"} if told.again else None
    content = msgspec.json.encode(told.answer.body)
    return Response(content, told.answer.status, headers=headers, media_type="application/json")
