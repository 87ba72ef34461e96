"""What happens to an order after it is placed: release, hold, cancel, short picks, rejections, codes."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.errors import Invalid, OutOfTurn, TooManyTries
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import Line, Order, Step
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.placing import plan_for
from anyshelf.orders.service.steps import advance, event

NOT_FOUND_WORK = timedelta(hours=4)
"""How long a node has for work when nothing else says."""


def release(tx: Tx, market: str, order_id: Id, now: datetime) -> Order:
    """Lift a hold and hand what is sourced to its nodes; released twice is released once."""
    order = lock(tx, market, order_id)
    run(tx, store.SAVE_HOLD_SQL, market=market, order_id=order_id, held=None, release_at=None)
    return _released(tx, replace(order, held=None, release_at=None), now)


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


def _released(tx: Tx, order: Order, now: datetime) -> Order:
    steps = [
        Step(line=line.line, node=node, before="sourced", after="released", quantity=quantity)
        for line in order.lines
        for (state, node), quantity in sorted(line.spread.items())
        if state == "sourced" and quantity
    ]
    if not steps:
        return order
    after = advance(tx, order, steps, now)
    tell(tx, order.market, [event(after, "OrderReleased", {"release": _work(tx, after, steps, now)}, now)])
    return after


def _work(tx: Tx, order: Order, steps: Sequence[Step], now: datetime) -> list[dict[str, object]]:
    """The work each node gets: a piece for every node and method."""
    atlas = network.atlas(tx, order.market)
    lines = {line.line: line for line in order.lines}
    pieces: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        pieces.setdefault((step.node, lines[step.line].method), []).append(step)
    work: list[dict[str, object]] = []
    for (node, method), parts in pieces.items():
        row = rules.journey_for(journeys(), method=method, kind=network.node(atlas, node).kind)
        due_at = network.dispatch_at(atlas, node, now) or now + NOT_FOUND_WORK
        work.append({
            "node": node,
            "method": method,
            "journey": row.name if row else "",
            "finish": row.finish if row else "dispatch",
            "due_at": due_at.isoformat(),
            "lines": [
                {"line": part.line, "item": lines[part.line].item, "quantity": part.quantity}
                for part in parts
            ],
        })  # fmt: skip
    return work


def hold(tx: Tx, market: str, order_id: Id, reason: str, now: datetime) -> Order:
    """Keep an order from being released; raises OutOfTurn once nothing of it waits for release."""
    order = lock(tx, market, order_id)
    if not any(line.in_state("open", "sourced", "backordered") for line in order.lines):
        raise OutOfTurn("Nothing of this order waits for its release any more.")
    run(tx, store.SAVE_HOLD_SQL, market=market, order_id=order_id, held=reason, release_at=order.release_at)
    tell(tx, market, [event(order, "OrderHeld", {"reason": reason}, now)])
    return replace(order, held=reason)


def cancel(
    tx: Tx, market: str, order_id: Id, wanted: Mapping[int, int] | None, now: datetime, *, reason: str
) -> Order:
    """Cancel these quantities (line to quantity), or everything that has not left; returns the order.

    Cancelling what is cancelled already changes nothing. Raises OutOfTurn when units have left.
    """
    order = lock(tx, market, order_id)
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
    _check_lines(order, wanted or {})
    if not steps and wanted is None and rules.status_of(order) != "cancelled":
        raise OutOfTurn("Everything of this order has left; take it back as a return.")
    after = advance(tx, order, steps, now, reason=reason)
    _tell_nodes(tx, after, steps, now)
    return after


def _check_lines(order: Order, wanted: Mapping[int, int]) -> None:
    for number in wanted:
        if order.line(number) is None:
            raise Invalid(f"The order has no line {number}.", field="line")


def _tell_nodes(tx: Tx, order: Order, steps: Sequence[Step], now: datetime) -> None:
    """Tell the nodes whose work this takes away."""
    lines = [
        {"line": step.line, "node": step.node, "quantity": step.quantity, "state": step.before}
        for step in steps
        if step.before in ("released", "picked", "packed", "staged")
    ]
    if lines:
        tell(tx, order.market, [event(order, "WorkCancelled", {"lines": lines}, now)])


def short(tx: Tx, order: Order, *, line: int, node: str, quantity: int, reason: str, now: datetime) -> Order:
    """A node found fewer than it should: write them off, ask for a count, source them elsewhere at once."""
    step = Step(line=line, node=node, before="released", after="open", quantity=quantity)
    after = advance(tx, order, [step], now, reason=reason, lost=True)
    found = after.line(line)
    if found is not None:
        inventory.ask_count(tx, order.market, node=node, item=found.item, reason=reason, now=now)
    tell(tx, order.market, [event(after, "LinesShortPicked", _named(step, reason), now)])
    return source_again(tx, after, [line], frozenset({node}), now)


def _named(step: Step, reason: str) -> dict[str, object]:
    return {
        "lines": [{"line": step.line, "node": step.node, "quantity": step.quantity}],
        "reason": reason,
    }


def reject(tx: Tx, order: Order, *, node: str, lines: Mapping[int, int], reason: str, now: datetime) -> Order:
    """A node will not do this work: source it elsewhere at once, without touching its stock."""
    steps = [
        Step(line=line, node=node, before="released", after="open", quantity=quantity)
        for line, quantity in lines.items()
        if quantity
    ]
    after = advance(tx, order, steps, now, reason=reason)
    return source_again(tx, after, list(lines), frozenset({node}), now)


def source_again(
    tx: Tx, order: Order, lines: Sequence[int], excluded: frozenset[str], now: datetime
) -> Order:
    """Find other nodes for what is open and release it to them; what nobody has is cancelled."""
    for number in lines:
        line = order.line(number)
        if line is not None and line.in_state("open"):
            order = _sourced_again(tx, order, line, excluded, now)
    return _released(tx, order, now)


def _sourced_again(tx: Tx, order: Order, line: Line, excluded: frozenset[str], now: datetime) -> Order:
    missing = line.in_state("open")
    chosen = [row for row in journeys() if row.name == line.journey and row.chosen]
    node = next((at for (state, at) in line.spread if at), None) if chosen else None
    wanted = replace(line, quantity=missing)
    sourced = plan_for(
        tx, order.market, order, [wanted], method=line.method, node=node, now=now, excluded=excluded
    )
    steps = [
        Step(line=line.line, node=shipment.node, before="open", after="sourced", quantity=part.quantity)
        for shipment in sourced.plan.shipments
        for part in shipment.lines
    ]
    if sourced.plan.short or not steps:
        gone = Step(line=line.line, node="", before="open", after="cancelled", quantity=missing)
        return advance(tx, order, [gone], now, reason="not found anywhere")
    history = [*(order.sourcing or []), sourced.explain_json()]
    return advance(tx, order, steps, now, reason="sourced again", sourcing=history)


def check_code(tx: Tx, order: Order, code: str, *, tries_max: int) -> bool:
    """Whether this is the order's pickup code; a wrong one is counted. The caller commits before refusing."""
    if order.code_tries >= tries_max:
        raise TooManyTries("The code was wrong too often; customer service must look at this order.")
    where = {"market": order.market, "order_id": order.order_id}
    right = order.pickup_code is not None and hmac.compare_digest(order.pickup_code.encode(), code.encode())
    run(tx, store.FORGIVE_TRIES_SQL if right else store.COUNT_TRY_SQL, **where)
    return right
