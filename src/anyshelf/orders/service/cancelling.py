"""Cancelling lines or all that has not left, and giving money back for a shopper's trouble."""

from collections.abc import Mapping
from datetime import datetime

from anyshelf.ground import deeds
from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.orders import rules, store
from anyshelf.orders.model import Order, Step
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.steps import advance, event
from anyshelf.payments import service as payments


def cancel(
    tx: Tx, market: str, order_id: Id, wanted: Mapping[int, int] | None, now: datetime, *, reason: str
) -> Order:
    """Cancel these quantities (line to quantity), or everything that has not left; returns the order.

    Cancelling what is cancelled already changes nothing. Raises OutOfTurn when units have left.
    """
    order = lock(tx, market, order_id)
    check_lines(order, wanted or {})
    steps: list[Step] = []
    for line in order.lines:
        there = line.in_state(*rules.CANCELLABLE)
        quantity = there if wanted is None else wanted.get(line.line, 0)
        if quantity > there:
            raise OutOfTurn(
                f"Line {line.line} has {there} left to cancel, not {quantity}; "
                f"it stands at {rules.standing(line)}.",
                line=line.line,
            )
        steps += rules.steps_to_cancel(line, quantity)
    if not steps and wanted is None and rules.status_of(order) != "cancelled":
        raise OutOfTurn("Everything of this order has left; take it back as a return.")
    return advance(tx, order, steps, now, reason=reason)


def check_lines(order: Order, wanted: Mapping[int, int]) -> None:
    """Raises Invalid naming the first line the order does not have."""
    for number in wanted:
        if order.line(number) is None:
            raise Invalid(f"The order has no line {number}.", field="line")


def appease(
    tx: Tx, market: str, order_id: Id, *, amount_minor: int, reason: str, by: str, cause: Id, now: datetime
) -> Order:
    """Give back some of what was paid, for a shopper's trouble; the same cause twice is once.

    Raises Conflict beyond what was taken and not yet given back.
    """
    order = lock(tx, market, order_id)
    room = payments.summary(tx, market, order_id).refundable_minor
    written = run(
        tx, store.APPEASE_SQL,
        market=market, appeasement_id=cause, order_id=order_id, amount_minor=amount_minor, reason=reason,
        by=by, now=now,
    )  # fmt: skip
    if not written:
        return order
    if amount_minor > room:
        raise Conflict("More would be given back than was paid.", field="amount", possible_minor=room)
    payments.request_refund(
        tx, market, order_id, amount_minor=amount_minor, cause=f"appeasement {cause}", now=now
    )
    said = {"amount_minor": amount_minor, "currency": order.currency, "reason": reason}
    deeds.note(tx, market, by=by, did="shopper appeased", about=str(order_id), said=said, now=now)
    tell(tx, market, [event(order, "ShopperAppeased", said, now)])
    return order
