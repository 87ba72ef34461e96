"""Goods kept for somebody without payment: one live reservation a person, item and store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anyshelf.ground.db import Tx, rows, run
from anyshelf.ground.errors import InFlight
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import Timer, set_timer
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import first_row
from anyshelf.orders.model import Draft, DraftLine, Order
from anyshelf.orders.service.exceptions import note_exception
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.steps import advance
from anyshelf.orders.service.terms import terms

RESERVATION_TIMER = "orders.reservation"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reserved:
    item: str
    node: str
    order_id: Id
    line: int


def replace_older(tx: Tx, market: str, draft: Draft, now: datetime) -> bool:
    """A newer reservation of the same thing takes the older one's place: nobody locks themselves out.

    Says whether something was given back. Locks the older orders, in the order of their ids.
    """
    kept = _kept(draft.lines)
    if not kept:
        return False
    older = rows(
        tx, _Reserved, store.RESERVED_SQL,
        market=market, person=draft.person,
        items=[line.item for line in kept], nodes=[line.node for line in kept],
    )  # fmt: skip
    asked = {(line.item, line.node) for line in kept}
    replaced = [found for found in older if (found.item, found.node) in asked]
    for found in replaced:
        _let_go(tx, lock(tx, market, found.order_id), [found.line], "replaced by a newer one", now)
    return bool(replaced)


def _kept(lines: Sequence[DraftLine]) -> list[DraftLine]:
    return [line for line in lines if first_row(line.method).unpaid]


def reserve_for_person(tx: Tx, order: Order, person: str, now: datetime) -> None:
    """Write down for whom goods are kept, and until when; raises InFlight when they ask twice at once."""
    kept = {(line.item, line.node): line.line for line in order.lines if first_row(line.method).unpaid}
    if not kept:
        return
    written = run(
        tx, store.RESERVE_SQL,
        market=order.market, person=person, order_id=order.order_id,
        items=[item for item, _ in kept], nodes=[node for _, node in kept], lines=list(kept.values()),
    )  # fmt: skip
    if written < len(kept):
        raise InFlight("The same person reserves the same thing twice at once; send it again.")
    due_at = now + terms(tx, order.market).reserve
    set_timer(tx, order.market, RESERVATION_TIMER, str(order.order_id), due_at)


def reservation_over(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    """Nobody came in time: what was kept goes back to the shelf by itself."""
    order = lock(tx, market, Id(timer.subject))
    lines = [line.line for line in order.lines if first_row(line.method).unpaid]
    after = _let_go(tx, order, lines, "nobody came in time", now)
    if after.version > order.version:
        note_exception(
            tx, after, "no_show", cause=timer.subject, said="Nobody came for the reservation.",
            done="The goods are back on the shelf.", lines=lines, now=now,
        )  # fmt: skip


def _let_go(tx: Tx, order: Order, lines: Sequence[int], reason: str, now: datetime) -> Order:
    steps = [
        step
        for line in order.lines
        if line.line in lines
        for step in rules.steps_to_cancel(line, line.quantity)
    ]
    return advance(tx, order, steps, now, reason=reason)
