"""Orders on their way in: one at a time, or many in one request."""

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from psycopg import DataError
from pydantic import ValidationError

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Invalid, Malformed, Refusal
from anyshelf.ground.http import Here, House, Work, reading, requires, told_before, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import new_id
from anyshelf.orders import service
from anyshelf.orders.api.bodies import PlaceOrder
from anyshelf.orders.api.drafting import draft_of
from anyshelf.orders.api.kits import named
from anyshelf.orders.api.paid import Paying
from anyshelf.orders.api.shown import as_json

router = APIRouter()

BATCH_LINE_BYTES_MAX = 1_000_000

T = TypeVar("T")
Writes = Annotated[Principal, Depends(requires("orders:write"))]


@router.post("/orders", status_code=201)
def place_order(body: PlaceOrder, request: Request, here: Here, principal: Writes) -> Response:
    """Place an order: source it, reserve the stock and authorise the payment, all or nothing."""
    earlier = told_before(request, here, principal)
    if earlier is not None:
        return earlier
    placing = _Placing(here, principal, body)
    return placing.through(lambda work: writing(request, here, principal, work))


class _Placing:
    """One order on its way in: read, priced and authorised before its transaction, written inside it."""

    def __init__(self, here: House, principal: Principal, body: PlaceOrder) -> None:
        principal.check_channel(body.channel)
        self.here = here
        self.market = principal.market
        self.order_id = new_id()
        with reading(here) as tx:
            self.draft = draft_of(tx, self.market, body, here.clock.now())
            service.check(tx, self.market, self.draft)
            before = service.sent_before(tx, self.market, self.draft)
        self.paying = Paying(
            0 if before or body.payment is None else service.to_authorise_minor(self.draft),
            body.payment,
            self.draft.currency,
            field="payment",
        )

    def through(self, write: Callable[[Work], T]) -> T:
        """Write the order, and let go of the money if it was not this attempt that wrote it."""
        return self.paying.through(lambda: write(self.work))

    def work(self, tx: Tx, now: datetime) -> Answer:
        """Inside the transaction: the order sent before, or a new one."""
        self.paying.used = False
        before = service.sent_before(tx, self.market, self.draft)
        if before:
            return Answer(status=200, body=as_json(tx, service.find(tx, self.market, before)))
        with named(self.draft.lines):
            order = service.place(
                tx,
                self.market,
                self.draft,
                self.paying.authorisation,
                now,
                order_id=self.order_id,
                pickup_code=f"{secrets.randbelow(10**6):06}",
                release_after=timedelta(seconds=self.here.settings.release_after_seconds),
            )
        self.paying.used = True
        return Answer(status=201, body=as_json(tx, order))


@router.post("/orders:batch")
async def place_batch(request: Request, here: Here, principal: Writes) -> StreamingResponse:
    """Place many orders: one JSON object a line in, one answer a line out, each standing or falling alone."""
    lines = [line async for line in _lines_of(request)]
    return StreamingResponse(_answers(lines, here, principal), media_type="application/x-ndjson")


async def _lines_of(request: Request) -> Any:
    waiting = b""
    async for chunk in request.stream():
        *whole, waiting = (waiting + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(waiting) > BATCH_LINE_BYTES_MAX:
            raise Malformed("A line of the batch is longer than a megabyte.")
    if waiting.strip():
        yield waiting


def _answers(lines: list[bytes], here: House, principal: Principal) -> Iterator[bytes]:
    for line in lines:
        yield json.dumps(_answer_to(line, here, principal)).encode() + b"\n"


def _answer_to(line: bytes, here: House, principal: Principal) -> dict[str, Any]:
    try:
        body = PlaceOrder.model_validate_json(line)
        placing = _Placing(here, principal, body)
        answer = placing.through(lambda work: retrying(here.database, lambda tx: work(tx, here.clock.now())))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        return {"status": 422, "problem": Invalid(first["msg"], field=field).as_problem()}
    except DataError:
        unreadable = Invalid("A value holds a character no text may hold.", field="body")
        return {"status": unreadable.status, "problem": unreadable.as_problem()}
    except Refusal as refused:
        return {"status": refused.status, "problem": refused.as_problem()}
    here.wake.set()
    return {"status": answer.status, "order": answer.body}
