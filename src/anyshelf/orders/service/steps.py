"""The one way a line quantity moves: state, stock, money and word of it in the same transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import Conflict, OutOfTurn
from anyshelf.ground.events import Event
from anyshelf.ground.outbox import tell
from anyshelf.ground.timers import set_timer
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import STATES, Line, Order, Step
from anyshelf.orders.service.finding import forgiven_minor
from anyshelf.orders.service.scoring import follow_promise
from anyshelf.orders.service.terms import terms
from anyshelf.orders.service.writing import stands
from anyshelf.payments import service as payments

PICKUP_TIMER = "orders.pickup"

EVENT_OF_STATE = {
    "open": "LinesOpened",
    "sourced": "LinesSourced",
    "released": "LinesReleased",
    "picked": "LinesPicked",
    "packed": "LinesPacked",
    "in_transit": "LinesInTransit",
    "received": "LinesReceived",
    "staged": "LinesStaged",
    "dispatched": "LinesDispatched",
    "delivered": "LinesDelivered",
    "handed_over": "LinesHandedOver",
    "backordered": "LinesBackordered",
    "cancelled": "LinesCancelled",
    "returned": "LinesReturned",
    "lost": "LinesLost",
}


def advance(  # noqa: PLR0913  all that a step may mean, by name
    tx: Tx,
    order: Order,
    steps: Sequence[Step],
    now: datetime,
    *,
    reason: str = "",
    lost: bool = False,
    sourcing: list[dict[str, Any]] | None = None,
    waited: bool = True,
    happened_at: datetime | None = None,
) -> Order:
    """Take these steps, all or none, and do what they mean for stock and money.

    The caller holds the order's lock. `lost` writes the units off (a short pick). What was backordered stops
    waiting for its supply, unless that was handed out already (`waited`). `happened_at` is when it was so,
    where we are told later. Raises OutOfTurn for a step its
    journey does not know or a quantity that is not there, Shortage when stock cannot bear it.
    """
    if not steps:
        return order
    steps = [*steps, *rules.also_cancelled(order, steps)]
    _check_legal(tx, order, steps)
    after = _on_their_way(tx, rules.taken(order, steps), steps)
    save(tx, after, sourcing)
    moves = rules.stock_moves(order, steps, lost=lost)
    inventory.post(tx, order.market, moves, cause=order.order_id, step=after.version, now=now)
    for step in steps:
        if step.before == "backordered" and waited:
            inventory.stop_waiting(tx, order.market, order.order_id, step.line, step.quantity, now)
    _settle(tx, order, after, now)
    tell(tx, order.market, events_of(after, steps, now, reason=reason))
    _tell_nodes(tx, after, steps, now)
    _end_reservations(tx, after, steps)
    _tell_ready(tx, after, steps, now)
    follow_promise(tx, after, steps, reason=reason, happened_at=happened_at or now, now=now)
    return after


def _check_legal(tx: Tx, order: Order, steps: Sequence[Step]) -> None:
    atlas = network.atlas(tx, order.market)
    for step in steps:
        line = order.line(step.line)
        if line is None:
            continue
        kind = network.node(atlas, step.node).kind if step.node else ""
        if not any(rules.legal(row, step.before, step.after) for row in rules.journeys_of(
            journeys(), line, node=step.node, kind=kind
        )):  # fmt: skip
            raise OutOfTurn(
                f"Line {step.line} does not go from {step.before} to {step.after} on its journey.",
                line=step.line,
            )


def _on_their_way(tx: Tx, order: Order, steps: Sequence[Step]) -> Order:
    """The order with its lines on the journeys of the nodes that serve them from now on."""
    served = {step.line: step.node for step in steps if step.after == "sourced"}
    if not served:
        return order
    atlas = network.atlas(tx, order.market)
    return replace(
        order, lines=tuple(_on_its_way(atlas, line, served.get(line.line)) for line in order.lines)
    )


def _on_its_way(atlas: Atlas, line: Line, node: str | None) -> Line:
    if node is None:
        return line
    kind = network.node(atlas, node).kind
    row = rules.journey_for(journeys(), method=line.method, kind=kind, chosen=node == line.node)
    return replace(line, journey=row.name) if row else line


def _tell_nodes(tx: Tx, order: Order, steps: Sequence[Step], now: datetime) -> None:
    """Tell the nodes whose work this takes away; what is bought at the till is taken from theirs."""
    at_the_till = {line.line for line in order.lines if rules.first_of(journeys(), line.method).unpaid}
    lines = [
        {"line": step.line, "node": step.node, "quantity": step.quantity, "state": step.before}
        for step in steps
        if step.before in rules.IN_WORK
        and (
            step.after not in rules.DONE_BY_WORK[step.before]
            or (step.after == "handed_over" and step.line in at_the_till)
        )
    ]
    if lines:
        tell(tx, order.market, [event(order, "WorkCancelled", {"lines": lines}, now)])


def _end_reservations(tx: Tx, order: Order, steps: Sequence[Step]) -> None:
    """Forget whose reservations are over: their person may reserve the item again."""
    moved = {step.line for step in steps}
    over = [
        line.line
        for line in order.lines
        if line.line in moved
        and rules.first_of(journeys(), line.method).unpaid
        and not line.in_state(*rules.CANCELLABLE)
    ]
    if over:
        run(tx, store.END_RESERVATIONS_SQL, market=order.market, order_id=order.order_id, lines=over)


def _tell_ready(tx: Tx, order: Order, steps: Sequence[Step], now: datetime) -> None:
    """Tell the shopper when everything stands ready, and count the days from then on."""
    for node in rules.ready_at(order, steps):
        tell(tx, order.market, [event(order, "PickupReady", {"node": node}, now)])
        due_at = now + terms(tx, order.market).pickup
        data = {"order_id": str(order.order_id), "node": node}
        set_timer(tx, order.market, PICKUP_TIMER, f"{order.order_id}/{node}", due_at, data)


def save(tx: Tx, order: Order, sourcing: list[dict[str, Any]] | None) -> None:
    """Write the order's lines as they now stand; raises Conflict if somebody else got there first."""
    where = {"market": order.market, "order_id": order.order_id}
    kept = Jsonb(sourcing) if sourcing is not None else None
    if not run(tx, store.SAVE_VERSION_SQL, **where, version=order.version, sourcing=kept):
        raise Conflict("The order changed in the meantime.")
    sums = [rules.by_state(line) for line in order.lines]
    states: dict[str, Any] = {state: [line[state] for line in sums] for state in STATES}
    run(
        tx, store.SAVE_LINES_SQL, **where,
        lines=[line.line for line in order.lines], journeys=[line.journey for line in order.lines],
        stands=[stands(line) for line in order.lines], **states,
    )  # fmt: skip


def save_change(tx: Tx, order: Order) -> None:
    """Write down what a shopper may change of the order itself: its address, contact and slot."""
    run(
        tx,
        store.SAVE_CHANGE_SQL,
        market=order.market,
        order_id=order.order_id,
        destination=Jsonb(order.destination) if order.destination else None,
        contact=Jsonb(order.contact) if order.contact else None,
        slot=Jsonb(order.slot) if order.slot else None,
        pickup_code=order.pickup_code,
    )


def _settle(tx: Tx, before: Order, after: Order, now: datetime) -> None:
    """Ask for the money that the steps earned, give back what they lost, let go of what none can earn."""
    earned = rules.earned_in_all_minor(after) - rules.earned_in_all_minor(before)
    cause = f"{after.order_id}/{after.version}"
    if earned > 0:
        payments.request_capture(
            tx, after.market, after.order_id, amount_minor=earned, cause=f"{cause}/capture", now=now
        )
    if earned < 0:
        payments.request_refund(
            tx,
            after.market,
            after.order_id,
            amount_minor=min(-earned, _beyond_what_they_keep_minor(tx, after)),
            cause=f"{cause}/refund",
            now=now,
        )
    if rules.settled(after) and not rules.settled(before):
        payments.request_void(tx, after.market, after.order_id, cause=f"{cause}/void", now=now)


def _beyond_what_they_keep_minor(tx: Tx, order: Order) -> int:
    """What we hold of the shopper's money beyond the price of what they keep.

    What could not be taken, and what was given back for their trouble, is not given back again.
    """
    there = payments.summary(tx, order.market, order.order_id).refundable_minor
    return max(0, there - max(0, rules.kept_minor(order) - forgiven_minor(tx, order)))


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
            "to_node": step.to_node,
            "from": step.before,
            "quantity": step.quantity,
        }
        for step in steps
    ]
