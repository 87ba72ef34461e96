"""POST /v1/promises: the ways a basket can be had."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.http import Here, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.promising import service
from anyshelf.promising.model import Wanted, WantedLine
from anyshelf.sourcing.model import Destination

router = APIRouter(prefix="/v1", tags=["promises"])

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


@router.post("/promises", status_code=201)
def make_promise(
    body: AskPromise,
    request: Request,
    here: Here,
    principal: Annotated[Principal, Depends(requires("promises:write"))],
) -> Response:
    """Every way this basket can be had, shipped or ready at a store: dates, fee, cost and confidence."""
    principal.check_channel(body.channel)
    valid_for = timedelta(minutes=here.settings.promise_minutes)
    return writing(
        request,
        here,
        principal,
        lambda tx, now: Answer(
            status=201,
            body=service.quote(tx, principal.market, body.wanted(), now, valid_for=valid_for).as_json(),
        ),
    )
