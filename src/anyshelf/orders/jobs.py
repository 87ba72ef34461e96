"""What orders do by themselves: release what was placed, take in what arrived, and what time brings."""

from collections.abc import Mapping

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.ground.errors import Conflict, Shortage
from anyshelf.ground.events import Told
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import Handler
from anyshelf.orders import service
from anyshelf.orders.service.promised import MILESTONE_TIMER, milestone_reached
from anyshelf.orders.service.reserving import RESERVATION_TIMER
from anyshelf.orders.service.steps import PICKUP_TIMER


def release_placed(tx: Tx, told: Told) -> None:
    """An order placed is released at once, unless it is held or waits for its moment."""
    service.release_when_due(tx, told.market, Id(told.data["order_id"]), told.happened_at)


def release_rest(tx: Tx, told: Told) -> None:
    """What an order waited for to leave all together was cancelled: the rest of it leaves now."""
    service.release_when_due(tx, told.market, Id(told.data["order_id"]), told.happened_at)


def take_in_supply(tx: Tx, told: Told) -> None:
    """What a line waited for has arrived, and is held for it."""
    service.supply_arrived(
        tx,
        told.market,
        Id(told.data["order_id"]),
        line=told.data["line"],
        node=told.data["node"],
        quantity=told.data["quantity"],
        hold_id=Id(told.data["hold_id"]),
        now=told.happened_at,
    )


def note_declined(tx: Tx, told: Told) -> None:
    """Money for what has left could not be taken."""
    if told.data["operation"] == "capture":
        service.payment_declined(
            tx,
            told.market,
            Id(told.data["order_id"]),
            operation_id=told.data["operation_id"],
            why=told.data.get("reason", ""),
            now=told.happened_at,
        )


def plan_together(database: Database, market: str, clock: Clock) -> int:
    """Plan the orders that wait for their release together, and move those that had better be elsewhere.

    Every knot moves in a transaction of its own; one that others were faster than stays as it is until the
    next time. Says that nothing is left to do, so that it comes round again only when it is due.
    """
    now = clock.now()
    with database.transaction() as tx:
        orders = service.waiting(tx, market, now)
        knots = service.replanned(tx, market, orders, now) if orders else []
    for moves in knots:
        try:
            with database.transaction() as tx:
                service.move_all(tx, market, moves, clock.now())
        except (Conflict, Shortage):
            continue
    return 0


READER = Reader(
    name="orders",
    handlers={
        "OrderPlaced": release_placed,
        "LinesCancelled": release_rest,
        "SupplyArrived": take_in_supply,
        "PaymentDeclined": note_declined,
    },
    at_once=1,
)
"""One order at a time: its positions stay locked no longer than its own release takes."""

TIMERS: Mapping[str, Handler] = {
    MILESTONE_TIMER: milestone_reached,
    PICKUP_TIMER: service.nobody_came,
    RESERVATION_TIMER: service.reservation_over,
}
