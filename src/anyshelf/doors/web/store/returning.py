"""The returns desk: what was bought in any channel is found, graded, taken back and paid back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.store.entering import Store, enter, store_page
from anyshelf.doors.web.store.working import shopper_of
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.ground.http import Here, reading, requires
from anyshelf.ground.ids import Id
from anyshelf.orders import service as orders
from anyshelf.orders.model import Line, Order
from anyshelf.returns import service as returns
from anyshelf.returns.model import GRADES, REASONS, Asked, Brought, Return

router = APIRouter()

Reads = Annotated[Principal, Depends(requires("returns:read"))]
Writes = Annotated[Principal, Depends(requires("returns:write"))]

FOUND_MAX = 10
WITH_SHOPPER = ("dispatched", "delivered", "handed_over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A line that may come back: how many units, and what each cost."""

    line: Line
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order at the desk: whose, what of it may come back, and what is on its way back already.

    `unpaid` is what was taken in, and waits to be paid back or exchanged.
    """

    order: Order
    shopper: str
    lines: Sequence[Back]
    asked: Sequence[Return]
    unpaid: Sequence[Return]


@router.get("/store/{node}/returns")
def desk(
    node: str,
    request: Request,
    here: Here,
    principal: Reads,
    find: Annotated[str, Query(max_length=320)] = "",
) -> HTMLResponse:
    """Find what was bought by its number, its QR code, or its shopper's e-mail or phone."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        found, items = bought_by(tx, store.market, find)
    return store_page(
        request, "returns.html", principal, store, tab="returns", find=find, found=found, items=items,
        reasons=REASONS, grades=GRADES,
    )  # fmt: skip


def bought_by(tx: Tx, market: str, find: str) -> tuple[list[Bought], dict[str, Item]]:
    """What somebody at the desk may mean, and the items of it by their codes."""
    found = [bought_of(tx, order) for order in found_by(tx, market, find.strip())]
    return found, catalogue.items(tx, market, [line.item for each in found for line in each.order.lines])


def found_by(tx: Tx, market: str, wanted: str) -> list[Order]:
    """The orders somebody at the desk may mean."""
    if not wanted:
        return []
    named = _named(tx, market, wanted)
    if named is not None:
        return [named]
    return (
        orders.recent(tx, market, external_id=wanted, limit=FOUND_MAX)
        or orders.recent(tx, market, email=wanted, limit=FOUND_MAX)
        or orders.recent(tx, market, phone=wanted, limit=FOUND_MAX)
        or orders.recent(tx, market, customer=wanted, limit=FOUND_MAX)
        or orders.recent(tx, market, card=wanted, limit=FOUND_MAX)
    )


def _named(tx: Tx, market: str, wanted: str) -> Order | None:
    """The order whose id, or whose return's id, was typed or stands in a QR code; None for anything else."""
    for part in wanted.split(":"):
        try:
            known = UUID(part)
        except ValueError:
            continue
        try:
            return orders.find(tx, market, known)
        except NotFound:
            return orders.find(tx, market, returns.find(tx, market, known).order_id)
    return None


def bought_of(tx: Tx, order: Order) -> Bought:
    """An order at the desk, with what of it may still come back."""
    known = returns.of_order(tx, order.market, order.order_id)
    asked = [each for each in known if each.state == "authorised"]
    unpaid = [each for each in known if each.waits and each.exchange_order_id is None]
    promised: dict[int, int] = {}
    for each in asked:
        for line in each.lines:
            promised[line.line] = promised.get(line.line, 0) + line.outstanding
    lines = [
        Back(line=line, units=units)
        for line in order.lines
        if (units := line.in_state(*WITH_SHOPPER) - promised.get(line.line, 0)) > 0
    ]
    return Bought(order=order, shopper=shopper_of(order), lines=lines, asked=asked, unpaid=unpaid)


@router.post("/store/{node}/returns/of/{order_id}")
def take_back(node: str, order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Allow it, take it in, grade it and pay it back, all at once or not at all."""
    form = form_of(request)

    def work(tx: Tx) -> Id:
        return allow_and_take_in(tx, enter(tx, principal, node, here.clock.now()), order_id, form)

    return _done(request, here, node, retrying(here.database, work))


def allow_and_take_in(tx: Tx, store: Store, order_id: Id, form: Form, *, refund: bool | None = None) -> Id:
    """Allow what lies on the counter to come back, and take it in; `refund` left out: by its journey."""
    asked, brought = _on_the_counter(form)
    node = store.node.node
    known = returns.authorise(tx, store.market, order_id, asked, at=node, now=store.now)
    returns.receive(tx, store.market, known.return_id, brought, node=node, refund=refund, now=store.now)
    return known.return_id


def _on_the_counter(form: Form) -> tuple[list[Asked], list[Brought]]:
    """What lies on the counter, by line: how many, why, and how it looks; raises Invalid for nothing."""
    units = {int(line): form.number(f"units-{line}") for line in form.names("units-") if line.isdigit()}
    there = {line: quantity for line, quantity in units.items() if quantity}
    if not there:
        raise Invalid("Say how many pieces lie on the counter.", field="units")
    asked = [
        Asked(line=line, quantity=quantity, reason=form.needed(f"reason-{line}"))
        for line, quantity in there.items()
    ]
    return asked, [
        Brought(line=line, quantity=quantity, grade=_grade(form, line)) for line, quantity in there.items()
    ]


def _grade(form: Form, line: int) -> str:
    grade = form.needed(f"grade-{line}")
    if grade not in GRADES:
        raise Invalid(f"'{grade}' is not a grade; there are {', '.join(GRADES)}.", field=f"grade-{line}")
    return grade


@router.post("/store/{node}/returns/{return_id}/receive")
def receive(node: str, return_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Take in what was asked for before: at home, or at another desk."""
    form = form_of(request)

    def work(tx: Tx) -> Id:
        return take_in(tx, enter(tx, principal, node, here.clock.now()), return_id, form)

    return _done(request, here, node, retrying(here.database, work))


def take_in(tx: Tx, store: Store, return_id: Id, form: Form, *, refund: bool | None = None) -> Id:
    """Take in all of a return that was asked for before; `refund` left out: by its journey."""
    known = returns.find(tx, store.market, return_id)
    brought = [
        Brought(line=line.line, quantity=line.outstanding, grade=_grade(form, line.line))
        for line in known.lines
        if line.outstanding
    ]
    returns.receive(tx, store.market, return_id, brought, node=store.node.node, refund=refund, now=store.now)
    return return_id


def _done(request: Request, here: Here, node: str, return_id: Id) -> Response:
    here.wake.set()
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/store/{node}/returns/{return_id}", status_code=303)


@router.get("/store/{node}/returns/{return_id}")
def taken_back(node: str, return_id: UUID, request: Request, here: Here, principal: Reads) -> HTMLResponse:
    """Where each piece goes now, and what the shopper gets."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        known = returns.find(tx, store.market, return_id)
        items = catalogue.items(tx, store.market, [line.item for line in known.lines])
    return store_page(
        request, "taken_back.html", principal, store, tab="returns", known=known, items=items,
        where=where_to_put(store, known),
    )  # fmt: skip


PUT_AWAY = {
    "restock": "back on the shelf",
    "transfer": "into the box for another node",
    "return_to_vendor": "back to its vendor",
    "refurbish": "to be repaired",
    "liquidate": "to be sold off",
    "destroy": "to be destroyed",
    "none": "nothing to put away",
}
"""What becomes of a piece, as it is said to whoever has it in hand."""


def where_to_put(store: Store, known: Return) -> dict[int, str]:
    """Where the pieces of each line go, in words."""
    return {
        receipt.line: PUT_AWAY[receipt.disposition]
        + (f": {store.name_of(receipt.move_to)}" if receipt.move_to else "")
        for receipt in known.receipts
    }
