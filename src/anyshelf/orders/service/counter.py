"""What happens at the counter and the till: the code, the settling of a reservation, and nobody coming."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn, Shortage, TooManyTries
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import Timer
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import DraftLine, Order, Step
from anyshelf.orders.service.again import steps_of, with_lines
from anyshelf.orders.service.exceptions import note_exception
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.planning import plan_for
from anyshelf.orders.service.steps import advance
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation

KEPT = ("staged", "picked", "released", "sourced")
"""Where kept goods may be when their shopper comes, what is nearest to them first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What a shopper takes of a reservation, what they leave, and what they add from the shelf."""

    accepted: Mapping[int, int]
    declined: Mapping[int, int]
    added: tuple[DraftLine, ...] = ()


def check_code(tx: Tx, order: Order, code: str, *, tries_max: int) -> bool:
    """Whether this is the order's pickup code; a wrong one is counted. The caller commits before refusing."""
    if order.code_tries >= tries_max:
        raise TooManyTries("The code was wrong too often; customer service must look at this order.")
    where = {"market": order.market, "order_id": order.order_id}
    right = order.pickup_code is not None and hmac.compare_digest(order.pickup_code.encode(), code.encode())
    run(tx, store.FORGIVE_TRIES_SQL if right else store.COUNT_TRY_SQL, **where)
    return right


def settling_due_minor(order: Order, settling: Settling) -> int:
    """What a shopper pays who settles so; raises as `settle` where that cannot be."""
    after = rules.taken(order, _steps(order, settling))
    taken = rules.earned_in_all_minor(after) - rules.earned_in_all_minor(order)
    return taken + sum(line.paid_minor for line in settling.added)


def settle(
    tx: Tx, market: str, order_id: Id, settling: Settling, authorisation: Authorisation | None, now: datetime
) -> Order:
    """Settle a reservation at the till, line by line: what is taken is paid, what is left goes back.

    Raises Invalid for a line that is no reservation, OutOfTurn for more than is kept, Conflict when what is
    paid is not what is due, Shortage when what was added is not there.
    """
    order = lock(tx, market, order_id)
    due = settling_due_minor(order, settling)
    paid = authorisation.amount_minor if authorisation else 0
    if due != paid:
        raise Conflict("The order changed in the meantime; look at it again.", field="tender", due_minor=due)
    if authorisation is not None:
        payments.record(tx, market, order_id, authorisation, order.currency, now)
    grown = _grown(tx, order, settling.added)
    after = advance(tx, grown, _steps(grown, settling), now, reason="settled at the till")
    return _from_the_shelf(tx, after, settling.added, now)


def _steps(order: Order, settling: Settling) -> list[Step]:
    steps: list[Step] = []
    for number in sorted({*settling.accepted, *settling.declined}):
        line = order.line(number)
        if line is None:
            raise Invalid(f"The order has no line {number}.", field="lines")
        if not rules.first_of(journeys(), line.method).unpaid:
            raise Invalid(f"Line {number} is no reservation; it is paid for already.", field="lines")
        taken, left = settling.accepted.get(number, 0), settling.declined.get(number, 0)
        there = line.in_state(*KEPT)
        if taken + left > there:
            raise OutOfTurn(
                f"Of line {number} {there} are kept, not {taken + left}; "
                f"it stands at {rules.standing(line)}.",
                line=number,
            )
        steps += rules.steps_from(line, taken, states=KEPT, after="handed_over")
        steps += rules.steps_from(line, left, states=KEPT, after="cancelled", already=taken)
    return steps


def _grown(tx: Tx, order: Order, added: Sequence[DraftLine]) -> Order:
    """The order with what came from the shelf to the till, nothing of it taken yet."""
    return with_lines(tx, order, added)


def _from_the_shelf(tx: Tx, order: Order, added: Sequence[DraftLine], now: datetime) -> Order:
    """What came from the shelf goes with the rest; raises Shortage where the books know of none."""
    grown = order
    for line in added:
        sourced = plan_for(tx, order.market, grown, [line], method=line.method, node=line.node, now=now)
        if sourced.plan.short:
            raise Shortage(f"Not enough stock of {line.item} at {line.node}.", lines=[
                {"line": line.line, "item": line.item, "wanted": line.quantity,
                 "available": sourced.plan.short[0].available}
            ])  # fmt: skip
        grown = advance(tx, grown, steps_of(sourced), now, reason="from the shelf")
    steps = [
        Step(line=line.line, node=node, before="sourced", after="handed_over", quantity=quantity)
        for line in grown.lines
        if line.line in {each.line for each in added}
        for (state, node), quantity in line.spread.items()
        if state == "sourced" and quantity
    ]
    return advance(tx, grown, steps, now, reason="from the shelf")


def nobody_came(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    """Goods were not fetched in time: back to the shelf, money let go or given back."""
    order = lock(tx, market, Id(timer.data["order_id"]))
    node = timer.data["node"]
    steps = [
        Step(line=line.line, node=node, before="staged", after="cancelled", quantity=waiting)
        for line in order.lines
        if line.node == node and (waiting := line.in_state("staged", node=node))
    ]
    if not steps:
        return
    after = advance(tx, order, steps, now, reason="not collected")
    note_exception(
        tx, after, "no_show", cause=timer.subject, said="Nobody came for the goods.",
        done="They are back on the shelf; what was set aside or paid for them goes back.", node=node,
        lines=[step.line for step in steps], now=now,
    )  # fmt: skip
