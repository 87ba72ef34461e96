"""Handing an order to the nodes that serve it, at once or when its moment has come, and holding it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.errors import OutOfTurn
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import Journey, Line, Order, Step
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.promised import due_of, kept_by
from anyshelf.orders.service.steps import advance, event

NOT_FOUND_WORK = timedelta(hours=4)
"""How long a node has for work when nothing else says."""


def release(tx: Tx, market: str, order_id: Id, now: datetime) -> Order:
    """Lift a hold and hand what is sourced to its nodes; released twice is released once."""
    order = lock(tx, market, order_id)
    run(tx, store.SAVE_HOLD_SQL, market=market, order_id=order_id, held=None, release_at=None)
    return released(tx, replace(order, held=None, release_at=None), now)


def release_when_due(tx: Tx, market: str, order_id: Id, now: datetime) -> None:
    """Release an order that is neither held nor waiting for its moment."""
    order = lock(tx, market, order_id)
    if order.held is None and (order.release_at is None or order.release_at <= now):
        release(tx, market, order_id, now)


def release_due(tx: Tx, market: str, now: datetime) -> int:
    """Release the orders whose moment has come, at most 100; returns how many."""
    due = values(tx, store.DUE_SQL, market=market, now=now)
    for (order_id,) in due:
        release(tx, market, order_id, now)
    return len(due)


def released(tx: Tx, order: Order, now: datetime) -> Order:
    """Hand what is sourced to its nodes; an order that is to come all together waits until all of it can."""
    if order.held or (order.together and any(line.in_state("open", "backordered") for line in order.lines)):
        return order
    steps = [
        Step(line=line.line, node=node, before="sourced", after="released", quantity=quantity)
        for line in order.lines
        for (state, node), quantity in sorted(line.spread.items())
        if state == "sourced" and quantity
    ]
    if not steps:
        return order
    after = advance(tx, order, steps, now)
    pieces = _work(tx, after, steps, now)
    tell(tx, order.market, [event(after, "OrderReleased", {"release": pieces}, now)])
    kept_by(tx, after, pieces, now)
    return after


def _work(tx: Tx, order: Order, steps: Sequence[Step], now: datetime) -> list[dict[str, Any]]:
    """The work each node gets: a piece for every node, journey and store it goes to."""
    atlas = network.atlas(tx, order.market)
    lines = {line.line: line for line in order.lines}
    pieces: dict[tuple[str, str, str], list[Step]] = {}
    for step in steps:
        row = _journey(atlas, lines[step.line], step.node)
        to_node = lines[step.line].node if "in_transit" in row.steps else ""
        pieces.setdefault((step.node, row.name, to_node), []).append(step)
    rows = {row.name: row for row in journeys()}
    return [
        {
            "node": node,
            "method": rows[name].method,
            "journey": name,
            "finish": rows[name].finish,
            "to_node": to_node,
            "due_at": (due_of(tx, order, node, rows[name].finish, now) or now + NOT_FOUND_WORK).isoformat(),
            "slot": order.slot,
            "lines": [
                {"line": part.line, "item": lines[part.line].item, "quantity": part.quantity}
                for part in parts
            ],
        }
        for (node, name, to_node), parts in pieces.items()
    ]


def _journey(atlas: Atlas, line: Line, node: str) -> Journey:
    kind = network.node(atlas, node).kind
    row = rules.journey_for(journeys(), method=line.method, kind=kind, chosen=node == line.node)
    return row or rules.first_of(journeys(), line.method)


def hold(tx: Tx, market: str, order_id: Id, reason: str, now: datetime) -> Order:
    """Keep an order from being released; raises OutOfTurn once nothing of it waits for release."""
    order = lock(tx, market, order_id)
    if not any(line.in_state("open", "sourced", "backordered") for line in order.lines):
        raise OutOfTurn("Nothing of this order waits for its release any more.")
    run(tx, store.SAVE_HOLD_SQL, market=market, order_id=order_id, held=reason, release_at=order.release_at)
    tell(tx, market, [event(order, "OrderHeld", {"reason": reason}, now)])
    return replace(order, held=reason)
