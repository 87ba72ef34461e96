"""The one way a line quantity moves: state, stock, money and word of it in the same transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import Conflict, OutOfTurn
from anyshelf.ground.events import Event
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import STATES, Order, Step
from anyshelf.payments import service as payments

EVENT_OF_STATE = {
    "open": "LinesOpened",
    "sourced": "LinesSourced",
    "released": "LinesReleased",
    "picked": "LinesPicked",
    "packed": "LinesPacked",
    "staged": "LinesStaged",
    "dispatched": "LinesDispatched",
    "delivered": "LinesDelivered",
    "handed_over": "LinesHandedOver",
    "backordered": "LinesBackordered",
    "cancelled": "LinesCancelled",
    "returned": "LinesReturned",
}


def advance(
    tx: Tx,
    order: Order,
    steps: Sequence[Step],
    now: datetime,
    *,
    reason: str = "",
    lost: bool = False,
    sourcing: list[dict[str, Any]] | None = None,
) -> Order:
    """Take these steps, all or none, and do what they mean for stock and money.

    The caller holds the order's lock. `lost` writes the units off (a short pick). Raises OutOfTurn for a
    step its journey does not know or a quantity that is not there, Shortage when stock cannot bear it.
    """
    if not steps:
        return order
    _check_legal(tx, order, steps)
    after = rules.taken(order, steps)
    save(tx, after, sourcing)
    moves = rules.stock_moves(order, steps, lost=lost)
    inventory.post(tx, order.market, moves, cause=order.order_id, step=after.version, now=now)
    _settle(tx, order, after, now)
    tell(tx, order.market, events_of(after, steps, now, reason=reason))
    return after


def _check_legal(tx: Tx, order: Order, steps: Sequence[Step]) -> None:
    atlas = network.atlas(tx, order.market)
    methods = {line.line: line.method for line in order.lines}
    for step in steps:
        if step.line not in methods or step.after in ("cancelled", "returned", "open"):
            continue
        kind = network.node(atlas, step.node).kind
        journey = rules.journey_for(journeys(), method=methods[step.line], kind=kind)
        if journey is None or not rules.legal(journey, step.before, step.after):
            raise OutOfTurn(
                f"Line {step.line} does not go from {step.before} to {step.after} on its journey.",
                line=step.line,
            )


def save(tx: Tx, order: Order, sourcing: list[dict[str, Any]] | None) -> None:
    """Write the order's lines as they now stand; raises Conflict if somebody else got there first."""
    where = {"market": order.market, "order_id": order.order_id}
    kept = Jsonb(sourcing) if sourcing is not None else None
    if not run(tx, store.SAVE_VERSION_SQL, **where, version=order.version, sourcing=kept):
        raise Conflict("The order changed in the meantime.")
    sums = [rules.by_state(line) for line in order.lines]
    states: dict[str, Any] = {state: [line[state] for line in sums] for state in STATES}
    run(tx, store.SAVE_LINES_SQL, **where, lines=[line.line for line in order.lines], **states)
    save_allocations(tx, order)


def save_allocations(tx: Tx, order: Order) -> None:
    """Write where each part of each line stands."""
    parts = [
        (line.line, node, state, quantity)
        for line in order.lines
        for (state, node), quantity in sorted(line.spread.items())
    ]
    lines, nodes, states, quantities = (list(column) for column in zip(*parts, strict=True))
    run(
        tx,
        store.SAVE_ALLOCATIONS_SQL,
        market=order.market,
        order_id=order.order_id,
        lines=lines,
        nodes=nodes,
        states=states,
        quantities=quantities,
    )


def _settle(tx: Tx, before: Order, after: Order, now: datetime) -> None:
    """Ask for the money that the steps earned, and let go of what can be earned no more."""
    earned = rules.earned_in_all_minor(after) - rules.earned_in_all_minor(before)
    cause = f"{after.order_id}/{after.version}"
    if earned > 0:
        payments.request_capture(
            tx, after.market, after.order_id, amount_minor=earned, cause=f"{cause}/capture", now=now
        )
    if rules.settled(after) and not rules.settled(before):
        payments.request_void(tx, after.market, after.order_id, cause=f"{cause}/void", now=now)


def events_of(order: Order, steps: Sequence[Step], now: datetime, *, reason: str = "") -> list[Event]:
    """One event for each kind of step, naming every line it moved."""
    grouped: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        grouped[step.after].append(step)
    return [
        event(order, EVENT_OF_STATE[state], {"lines": _told(order, group), "reason": reason}, now)
        for state, group in grouped.items()
    ]


def event(order: Order, kind: str, data: dict[str, Any], now: datetime) -> Event:
    """Something that happened to this order, with what every such event says."""
    said = {"order_id": str(order.order_id), "channel": order.channel, "version": order.version, **data}
    return Event(kind=kind, subject=str(order.order_id), data=said, happened_at=now)


def _told(order: Order, steps: Sequence[Step]) -> list[dict[str, Any]]:
    items = {line.line: line.item for line in order.lines}
    return [
        {
            "line": step.line,
            "item": items[step.line],
            "node": step.node,
            "from": step.before,
            "quantity": step.quantity,
        }
        for step in steps
    ]
