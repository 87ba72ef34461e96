"""The feed: everything that happened in a market, in order, for whoever keeps a copy of it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from anyshelf.ground import outbox
from anyshelf.ground.auth import Principal
from anyshelf.ground.errors import Forbidden, Invalid
from anyshelf.ground.events import Told
from anyshelf.ground.http import Here, House, reading, requires

router = APIRouter(prefix="/v1", tags=["changes"])

WAIT_SECONDS_MAX = 30.0
LOOK_EVERY_SECONDS = 0.2
HEARTBEAT_SECONDS = 10.0
STREAM_SECONDS_MAX = 900.0
"""A stream ends after a quarter of an hour: its reader comes again, and its key is looked at again."""
SEQUENCE_MAX = 2**63 - 1
EVENT_STREAM = "text/event-stream"


@router.get(
    "/changes",
    response_model=None,
    responses={200: {"description": "Events and the cursor of what follows", "content": {EVENT_STREAM: {}}}},
)
async def changes(
    request: Request,
    here: Here,
    principal: Annotated[Principal, Depends(requires("changes:read"))],
    after: Annotated[int, Query(ge=0, le=SEQUENCE_MAX)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    wait_seconds: Annotated[float, Query(ge=0, le=WAIT_SECONDS_MAX, allow_inf_nan=False)] = 0,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> Response:
    """Every event after a number, in order, as CloudEvents.

    `next` is the `after` of the next call. With `wait_seconds` the answer waits for an event; asked for
    `text/event-stream`, events are sent as they happen and a lost connection resumes at `Last-Event-ID`.
    """
    if principal.nodes or principal.channels or principal.vendors:
        raise Forbidden("The feed tells of every node, channel and vendor; this key is for some of them.")
    if EVENT_STREAM in request.headers.get("accept", ""):
        start = after if last_event_id is None else _sequence(last_event_id)
        told = _stream(here, principal.market, start, limit)
        return StreamingResponse(told, media_type=EVENT_STREAM, headers={"Cache-Control": "no-store"})
    found = await _wait(here, principal.market, after, limit, seconds=wait_seconds)
    return JSONResponse(
        {
            "events": [told.as_cloud_event() for told in found],
            "next": str(found[-1].sequence if found else after),
        }
    )


def _sequence(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > SEQUENCE_MAX:
        raise Invalid("Last-Event-ID must be the id of an event of this feed.", field="Last-Event-ID")
    return int(text)


def _look(here: House, market: str, after: int, limit: int) -> list[Told]:
    with reading(here) as tx:
        return outbox.after(tx, market, after, limit=limit)


async def _wait(here: House, market: str, after: int, limit: int, *, seconds: float) -> list[Told]:
    """The events after a number, at once or as soon as there are any; none when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        found = await run_in_threadpool(_look, here, market, after, limit)
        if found or time.monotonic() >= deadline or here.stopping.is_set():
            return found
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _stream(here: House, market: str, after: int, limit: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    ends = time.monotonic() + STREAM_SECONDS_MAX
    while time.monotonic() < ends and not here.stopping.is_set():
        found = await _wait(here, market, after, limit, seconds=HEARTBEAT_SECONDS)
        for told in found:
            after = told.sequence
            yield _frame(told.as_cloud_event())
        if not found:
            yield ": nothing new\n\n"


def _frame(event: dict[str, Any]) -> str:
    return f"id: {event['sequence']}\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n"
