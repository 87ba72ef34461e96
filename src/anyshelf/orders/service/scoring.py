"""How the promise of an order ends: kept, late, broken or called off, as its units come to rest."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.db import Tx, run
from anyshelf.orders import store
from anyshelf.orders.model import Order, Step
from anyshelf.promising import service as promising

READY_IS_THERE = frozenset({"pickup", "reserve"})
"""Methods whose promise is about goods that stand ready, not about when somebody fetches them."""
UNDER_WAY = ("open", "sourced", "released", "picked", "packed", "in_transit", "received", "backordered")
NOT_WORKED_ON = ("open", "sourced", "released", "backordered")
FOUND_NOWHERE = "not found anywhere"
BEHIND = "work_behind"


def follow_promise(
    tx: Tx, order: Order, steps: Sequence[Step], *, reason: str, happened_at: datetime, now: datetime
) -> None:
    """Score what these steps, which were taken already, mean for what the shopper was promised.

    `happened_at` is when the goods came, as the carrier says; who tells us late does not make us late.
    """
    if not order.promise:
        return
    if reason == FOUND_NOWHERE:
        promising.broken(tx, order.market, order.order_id)
    _close_what_was_behind(tx, order, steps, now)
    under_way = _under_way(order)
    if not under_way and all(step.after == "cancelled" for step in steps):
        promising.called_off(tx, order.market, order.order_id)
    elif not under_way:
        promising.arrived(tx, order.market, order.order_id, happened_at)
    else:
        promised = {shipment["node"] for shipment in order.promise["shipments"]}
        for node in sorted({step.node for step in steps} & (promised - under_way)):
            if under_way <= promised:  # otherwise others serve what one of these should have
                promising.arrived(tx, order.market, order.order_id, happened_at, node=node)


def _under_way(order: Order) -> set[str]:
    """The nodes at which something is not where it was promised to be."""
    states = UNDER_WAY if order.promise and order.promise["method"] in READY_IS_THERE else (
        *UNDER_WAY, "staged", "dispatched",
    )  # fmt: skip
    return {
        node
        for line in order.lines
        for (state, node), quantity in line.spread.items()
        if quantity and state in states
    }


def _close_what_was_behind(tx: Tx, order: Order, steps: Sequence[Step], now: datetime) -> None:
    """Everything has been worked on, or is not wanted: nobody needs to call a node any more."""
    began = any(step.before in NOT_WORKED_ON for step in steps)
    if began and not any(line.in_state(*NOT_WORKED_ON) for line in order.lines):
        run(
            tx, store.CLOSE_KIND_SQL, market=order.market, order_id=order.order_id, kind=BEHIND,
            note="It has been worked on.", now=now,
        )  # fmt: skip
