"""Customer service: what may still be done about an order; what cannot be taken back is asked once more."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.tower.asking import Question, ask_once_more, is_sure
from anyshelf.doors.web.tower.entering import Tower, enter
from anyshelf.doors.web.wording import day_and_time, money
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, House, reading, requires
from anyshelf.ground.ids import derived_id
from anyshelf.ground.money import Money
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order

router = APIRouter()

Writes = Annotated[Principal, Depends(requires("orders:write"))]
Appeases = Annotated[Principal, Depends(requires("refunds:write"))]

TIME_MAX: Final = 25


@router.post("/tower/order/{order_id}/cancel")
def cancel(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Cancel all of an order that has not left."""
    form = form_of(request)
    reason = form.text("reason", longest=200) or "asked for"
    if not is_sure(form):
        tower, order = _look(here, principal, order_id)
        left = sum(line.in_state(*orders.CANCELLABLE) for line in order.lines)
        said = [
            f"{left} {'unit' if left == 1 else 'units'} that have not left are cancelled: {reason}.",
            "Their stock is free for others again.",
            "What is set aside for them is let go, what was taken goes back.",
            "What has left already stays as it is: it can come back as a return.",
        ]
        return ask_once_more(
            request, principal, tower, order, form,
            Question(title="Cancel this order?", said=said,
            yes="Yes, cancel it", danger=True),
        )  # fmt: skip
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.cancel(tx, tower.market, order_id, None, tower.now, reason=reason),
    )  # fmt: skip


@router.post("/tower/order/{order_id}/hold")
def hold(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Keep an order from being released to its nodes."""
    reason = form_of(request).needed("reason", longest=200)
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.hold(tx, tower.market, order_id, reason, tower.now),
    )  # fmt: skip


@router.post("/tower/order/{order_id}/release")
def release(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Lift a hold and hand the order to its nodes."""
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.release(tx, tower.market, order_id, tower.now),
    )  # fmt: skip


@router.post("/tower/order/{order_id}/appease")
def appease(order_id: UUID, request: Request, here: Here, principal: Appeases) -> Response:
    """Give back some of what was paid, for a shopper's trouble; the same form sent twice gives once."""
    form = form_of(request)
    amount, reason = form.needed("amount", longest=20), form.needed("reason", longest=200)
    cause = derived_id("appeasement by hand", str(order_id), form.needed("number", longest=64))
    tower, order = _look(here, principal, order_id)
    minor = Money.parse(amount, order.currency, field="amount").minor
    if minor <= 0:
        raise Invalid("Say how much is given back.", field="amount")
    if not is_sure(form):
        given = money(minor, order.currency)
        return ask_once_more(
            request, principal, tower, order, form,
            Question(title=f"Give {given} back?",
            said=[f"{given} goes back to the card that paid, for: {reason}.", "It cannot be taken back."],
            yes=f"Yes, give {given} back"),
        )  # fmt: skip
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.appease(
            tx, tower.market, order_id, amount_minor=minor, reason=reason, by=principal.name, cause=cause,
            now=tower.now,
        ),
    )  # fmt: skip


@router.post("/tower/order/{order_id}/repromise")
def repromise(order_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Tell the shopper another date; what was said first still counts in the scores."""
    form = form_of(request)
    tower, order = _look(here, principal, order_id)
    arrives_by, reason = _moment(form, tower), form.needed("reason", longest=200)
    before = (order.promise or {}).get("arrives_by")
    if before and datetime.fromisoformat(before) == arrives_by:
        raise Invalid("That is what the shopper was told already.", field="arrives_by")
    if before and not is_sure(form):
        said = [
            f"The shopper was told {_said(datetime.fromisoformat(before), tower)}.",
            f"They are told {_said(arrives_by, tower)} now, because: {reason}.",
            "What they were told first still counts when promises are scored.",
        ]
        return ask_once_more(
            request, principal, tower, order, form,
            Question(title="Tell them another date?", said=said,
            yes="Yes, tell them"),
        )  # fmt: skip
    return _do(
        request, here, principal, order_id,
        lambda tx, tower: orders.promise_anew(
            tx, tower.market, order_id, arrives_by=arrives_by, why=reason, now=tower.now
        ),
    )  # fmt: skip


def _moment(form: Form, tower: Tower) -> datetime:
    """A date and time as a browser sends it, in the tower's zone; raises Invalid for one that has passed."""
    typed = form.needed("arrives_by", longest=TIME_MAX)
    try:
        told = datetime.fromisoformat(typed)
    except ValueError:
        raise Invalid("Say a date and a time, such as 2026-12-24T17:00.", field="arrives_by") from None
    there = told if told.tzinfo else told.replace(tzinfo=tower.zone)
    if there <= tower.now:
        raise Invalid("A promise is for a moment to come.", field="arrives_by")
    return there


def _said(moment: datetime, tower: Tower) -> str:
    return f"{day_and_time(moment, tower.zone, tower.now)} {tower.zone.key}"


def _look(here: House, principal: Principal, order_id: UUID) -> tuple[Tower, Order]:
    """The tower, and the order as it stands before anything is done about it."""
    with reading(here) as tx:
        tower = enter(tx, principal, here.clock.now())
        return tower, orders.find(tx, tower.market, order_id)


def _do(
    request: Request, here: House, principal: Principal, order_id: UUID, doing: Callable[[Tx, Tower], object]
) -> Response:
    """Do one thing about an order in a transaction of its own, and show the order again."""
    retrying(here.database, lambda tx: doing(tx, enter(tx, principal, here.clock.now())))
    here.wake.set()
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/tower/order/{order_id}", status_code=303)
