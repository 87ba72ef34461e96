"""Orders on their way in over HTTP: one at a time, or a file of them, taken in together."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from psycopg import DataError
from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Busy, Invalid, Malformed, Refusal
from anyshelf.ground.http import DirectRoute, Here, House, asked_under_key, requires, told
from anyshelf.orders.api.bodies import PlaceOrder
from anyshelf.orders.api.intake import Incoming, Intake, Told

router = APIRouter(route_class=DirectRoute)

BATCH_LINE_BYTES_MAX = 1_000_000
AT_ONCE = 200
"""How many orders of a file are on their way at once: what is read of it is bounded, however long it is."""
TRIES_WHEN_BUSY = 50
PAUSE_SECONDS = 0.05

Writes = Annotated[Principal, Depends(requires("orders:write"))]
Streams = Annotated[Principal, Depends(requires("orders:write", streamed=True))]


async def intake(request: Request) -> Intake:
    """Where this process takes orders in."""
    taken_in: Intake = request.app.state.intake
    return taken_in


TakenIn = Annotated[Intake, Depends(intake)]


@router.post("/orders", status_code=201)
async def place_order(
    body: PlaceOrder, request: Request, here: Here, principal: Writes, taken_in: TakenIn
) -> Response:
    """Place an order: source it, reserve the stock and authorise the payment, all or nothing."""
    principal.check_channel(body.channel)
    asked = asked_under_key(request, principal)
    incoming = Incoming(market=principal.market, body=body, asked=asked)
    if asked is None:
        return _response(here, await taken_in.hand_in(incoming))
    with here.in_flight.alone(principal.market, principal.name, asked.key):
        return _response(here, await taken_in.hand_in(incoming))


def _response(here: House, outcome: Told) -> Response:
    return told(here, outcome.answer, again=outcome.again)


class BothWays(StreamingResponse):
    """A stream that is answered while it is read: nobody else listens to its sender meanwhile."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is; `receive` belongs to whoever makes it."""
        del scope, receive
        await self.stream_response(send)


@router.post("/orders:batch")
async def place_batch(request: Request, principal: Streams, taken_in: TakenIn) -> StreamingResponse:
    """Place many orders: one JSON object a line in, one answer a line out, each standing or falling alone.

    Both ways are streams: answers come while the file is still read.
    """
    return BothWays(_answers(request, principal, taken_in), media_type="application/x-ndjson")


async def _answers(request: Request, principal: Principal, taken_in: Intake) -> AsyncIterator[bytes]:
    # What was read goes in at once: handed in one by one it would be taken in small batches.
    some: list[PlaceOrder | Refusal] = []
    try:
        async for line in _lines_of(request):
            some.append(_read(line, principal))
            if len(some) >= AT_ONCE:
                yield await _told([await _handed_in(each, principal, taken_in) for each in some])
                some = []
    except Malformed as unreadable:
        some.append(unreadable)
    if some:
        yield await _told([await _handed_in(each, principal, taken_in) for each in some])


async def _lines_of(request: Request) -> AsyncIterator[bytes]:
    waiting = b""
    async for chunk in request.stream():
        *whole, waiting = (waiting + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(waiting) > BATCH_LINE_BYTES_MAX:
            raise Malformed("A line of the batch is longer than a megabyte; the rest was not read.")
    if waiting.strip():
        yield waiting


def _read(line: bytes, principal: Principal) -> PlaceOrder | Refusal:
    """An order of a file, or what is wrong with it."""
    try:
        body = PlaceOrder.model_validate_json(line)
        principal.check_channel(body.channel)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        return Invalid(first["msg"], field=".".join(str(part) for part in first["loc"]))
    except Refusal as refused:
        return refused
    return body


async def _handed_in(
    body: PlaceOrder | Refusal, principal: Principal, taken_in: Intake
) -> "asyncio.Future[Told] | Refusal":
    """An order of a file on its way; where too much waits, the file waits too."""
    if isinstance(body, Refusal):
        return body
    for _ in range(TRIES_WHEN_BUSY):
        try:
            return taken_in.hand_in(Incoming(market=principal.market, body=body))
        except Busy:
            await asyncio.sleep(PAUSE_SECONDS)
    return Busy("Too many wait already; please send this again in a moment.")


async def _told(waiting: list["asyncio.Future[Told] | Refusal"]) -> bytes:
    lines = [msgspec.json.encode(await _told_one(each)) for each in waiting]
    return b"\n".join(lines) + b"\n"


async def _told_one(waiting: "asyncio.Future[Told] | Refusal") -> dict[str, Any]:
    if isinstance(waiting, Refusal):
        return {"status": waiting.status, "problem": waiting.as_problem()}
    try:
        outcome = await waiting
    except DataError:
        unreadable = Invalid("A value holds a character no text may hold.", field="body")
        return {"status": unreadable.status, "problem": unreadable.as_problem()}
    except Refusal as refused:
        return {"status": refused.status, "problem": refused.as_problem()}
    return {"status": outcome.answer.status, "order": outcome.answer.body}
