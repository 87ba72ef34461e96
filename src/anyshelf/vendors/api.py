"""Drop-ship over HTTP: vendors read their purchase orders, answer, ship, post stock and send invoices."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from anyshelf.ground import idempotency
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, House, reading, requires, writing
from anyshelf.ground.money import Money
from anyshelf.vendors import rules, service
from anyshelf.vendors.model import Answer, Feed, InvoiceLine, Notice, PurchaseOrder

router = APIRouter(prefix="/v1/vendors", tags=["vendors"])

QUANTITY_MAX = 1_000_000
LINES_MAX = 2000
FIGURES_MAX = 10_000

Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Words = Annotated[StrictStr, Field(min_length=1, max_length=200)]
Number = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]
Quantity = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]
Figure = Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)]
Reads = Annotated[Principal, Depends(requires("vendors:read"))]
Writes = Annotated[Principal, Depends(requires("vendors:write"))]
Doing = Callable[[Tx, PurchaseOrder, datetime], PurchaseOrder]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Backorder(_Body):
    """So many units come later, and when."""

    quantity: Quantity
    expected_at: AwareDatetime


class Rejection(_Body):
    """So many units do not come, and why."""

    quantity: Quantity
    reason: Words = "rejected"


class AnsweredLine(_Body):
    """How a line stands: accepted, later, not at all; together no more than was ordered."""

    line: Number
    accept: Figure = 0
    backorder: Backorder | None = None
    reject: Rejection | None = None


class Answered(_Body):
    """A vendor's acknowledgement of a purchase order, or of some lines of it."""

    lines: Annotated[list[AnsweredLine], Field(min_length=1, max_length=LINES_MAX)]


class ShippedLine(_Body):
    """So many units of a line are in the parcel."""

    line: Number
    quantity: Quantity


class Shipped(_Body):
    """An advance ship notice under the vendor's own id."""

    asn: Code
    carrier: Code
    tracking: Words
    shipped_at: AwareDatetime | None = None
    lines: Annotated[list[ShippedLine], Field(min_length=1, max_length=LINES_MAX)]


class FiguresOf(_Body):
    """So many of an item lie with the vendor, those promised to our orders included."""

    item: Code
    quantity: Figure


class Stock(_Body):
    """What a vendor has, as of a moment; `complete`: of what is not named it has nothing."""

    feed_id: Code
    as_of: AwareDatetime
    complete: StrictBool = False
    lines: Annotated[list[FiguresOf], Field(min_length=1, max_length=FIGURES_MAX)]


class Amount(_Body):
    """Money as the API takes it: a decimal string and a currency."""

    amount: Annotated[StrictStr, Field(max_length=20, examples=["12.50"])]
    currency: Annotated[StrictStr, Field(min_length=3, max_length=3, examples=["USD"])]


class InvoicedLine(_Body):
    """What the vendor wants for so many units of a line; the cost is that of one unit."""

    line: Number
    quantity: Quantity
    unit_cost: Amount


class Invoiced(_Body):
    """An invoice under the vendor's own number."""

    invoice: Code
    lines: Annotated[list[InvoicedLine], Field(min_length=1, max_length=LINES_MAX)]


@router.get("/orders/{po_id}")
def get_order(po_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """One purchase order: whom to send what, and all the vendor has said of it."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        return service.shown(tx, _theirs(tx, principal, po_id))


@router.post("/orders/{po_id}:acknowledge")
def acknowledge(po_id: UUID, body: Answered, request: Request, here: Here, principal: Writes) -> Response:
    """Say how the lines stand; what is rejected is looked for elsewhere at once. Said again: nothing new."""
    answers = [_answer(line) for line in body.lines]
    return _do(
        request, here, principal, po_id,
        lambda tx, po, now: service.acknowledge(tx, po.market, po.po_id, answers, now),
    )  # fmt: skip


@router.post("/orders/{po_id}:ship")
def ship(po_id: UUID, body: Shipped, request: Request, here: Here, principal: Writes) -> Response:
    """Say what has left, in one parcel of perhaps several; the same `asn` again changes nothing."""
    rules.once((line.line for line in body.lines), named="line")

    def notice(now: datetime) -> Notice:
        return Notice(
            asn=body.asn,
            carrier=body.carrier,
            tracking=body.tracking,
            shipped_at=body.shipped_at or now,
            lines={line.line: line.quantity for line in body.lines},
        )

    return _do(
        request, here, principal, po_id,
        lambda tx, po, now: service.ship(tx, po.market, po.po_id, notice(now), now),
    )  # fmt: skip


@router.post("/orders/{po_id}:invoice")
def invoice(po_id: UUID, body: Invoiced, request: Request, here: Here, principal: Writes) -> Response:
    """Ask to be paid; the answer says whether it matches what was shipped, or where it differs."""

    def work(tx: Tx, now: datetime) -> idempotency.Answer:
        po = _theirs(tx, principal, po_id)
        lines = [_invoiced(po, place, line) for place, line in enumerate(body.lines)]
        po, kept = service.invoice(tx, po.market, po.po_id, body.invoice, lines, now)
        shown = kept.as_json(po.lines[0].currency)
        return idempotency.Answer(status=200, body={"po_id": str(po.po_id), **shown})

    return writing(request, here, principal, work)


@router.get("/{vendor}/orders")
def list_orders(
    vendor: str,
    here: Here,
    principal: Reads,
    state: Literal["open", "all"] = "open",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: UUID | None = None,
) -> dict[str, Any]:
    """What a vendor has to send, oldest first: what is unfinished, or all there ever was.

    `next` of one page is `after` of the following one.
    """
    principal.check_vendor(vendor)
    here.catch_up(principal.market)
    with reading(here) as tx:
        service.node_of(tx, principal.market, vendor)
        found = service.of_vendor(
            tx, principal.market, vendor, unfinished=state == "open", limit=limit, after=after
        )
    more = str(found[-1].po_id) if len(found) == limit else None
    return {"vendor": vendor, "orders": [po.as_json() for po in found], "next": more}


@router.post("/{vendor}/stock")
def take_stock(vendor: str, body: Stock, request: Request, here: Here, principal: Writes) -> Response:
    """Say what is there; a figure below what is promised is named, a feed older than the last is ignored."""
    principal.check_vendor(vendor)
    rules.once((line.item for line in body.lines), named="item")
    feed = Feed(
        feed_id=body.feed_id,
        as_of=body.as_of,
        figures={line.item: line.quantity for line in body.lines},
        complete=body.complete,
    )
    return writing(
        request, here, principal,
        lambda tx, now: idempotency.Answer(
            status=200, body=service.take_feed(tx, principal.market, vendor, feed, now)
        ),
    )  # fmt: skip


@router.get("/{vendor}/scorecard")
def get_scorecard(
    vendor: str, here: Here, principal: Reads, days: Annotated[int, Query(ge=1, le=730)] = 90
) -> dict[str, Any]:
    """How well a vendor served in the last so many days: in time, in full, at once."""
    principal.check_vendor(vendor)
    with reading(here) as tx:
        card = service.scorecard(tx, principal.market, vendor, days=days, now=here.clock.now())
    return {"vendor": vendor, "days": days, **card.as_json()}


def _answer(line: AnsweredLine) -> Answer:
    return Answer(
        line=line.line,
        accept=line.accept,
        backorder=line.backorder.quantity if line.backorder else 0,
        expected_at=line.backorder.expected_at if line.backorder else None,
        reject=line.reject.quantity if line.reject else None,
        reason=line.reject.reason if line.reject else "",
    )


def _invoiced(po: PurchaseOrder, place: int, line: InvoicedLine) -> InvoiceLine:
    currency, field = po.lines[0].currency, f"lines.{place}.unit_cost"
    cost = Money.parse(line.unit_cost.amount, line.unit_cost.currency, field=field)
    if cost.currency != currency:
        raise Invalid(f"This purchase order is in {currency}, not in {cost.currency}.", field=field)
    if cost.minor < 0:
        raise Invalid("A cost may not be below zero.", field=field)
    return InvoiceLine(line=line.line, quantity=line.quantity, cost_minor=cost.minor)


def _do(request: Request, here: House, principal: Principal, po_id: UUID, doing: Doing) -> Response:
    """Take in one word of a vendor in a transaction of its own, and show the purchase order after it."""

    def work(tx: Tx, now: datetime) -> idempotency.Answer:
        done = doing(tx, _theirs(tx, principal, po_id), now)
        return idempotency.Answer(status=200, body=service.shown(tx, done))

    return writing(request, here, principal, work)


def _theirs(tx: Tx, principal: Principal, po_id: UUID) -> PurchaseOrder:
    """The purchase order, if it is one of theirs; raises NotFound or Forbidden."""
    found = service.find(tx, principal.market, po_id)
    principal.check_vendor(found.vendor)
    principal.check_node(found.node)
    return found
