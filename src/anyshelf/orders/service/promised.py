"""A promise that cannot be kept is changed, and the shopper told: before its time, not after."""

from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run
from anyshelf.ground.outbox import tell
from anyshelf.orders import store
from anyshelf.orders.model import Order
from anyshelf.orders.service.steps import event

DATES = ("ready_from", "arrives_from", "arrives_by")


def repromise(tx: Tx, order: Order, *, later_by: timedelta, why: str, now: datetime) -> None:
    """Move the promised dates by as much as the work is late, and tell the shopper; no promise, no change."""
    if not order.promise:
        return
    moved = {
        name: (datetime.fromisoformat(order.promise[name]) + later_by).isoformat()
        for name in DATES
        if order.promise.get(name)
    }
    promise = {**order.promise, **moved, "changed_at": now.isoformat(), "why": why}
    run(tx, store.SAVE_PROMISE_SQL, market=order.market, order_id=order.order_id, promise=Jsonb(promise))
    tell(tx, order.market, [event(order, "PromiseChanged", {"why": why, **moved}, now)])
