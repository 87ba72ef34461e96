"""Sourcing again: what a node could not serve, what a carrier lost, what has arrived at last."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.orders.model import NOWHERE, DraftLine, Line, Order, Step
from anyshelf.orders.service.exceptions import Listed, exceptions, note_exception
from anyshelf.orders.service.finding import lock
from anyshelf.orders.service.planned import line_of
from anyshelf.orders.service.planning import plan_for
from anyshelf.orders.service.promised import due_of, kept_by
from anyshelf.orders.service.releasing import NOT_FOUND_WORK, released
from anyshelf.orders.service.scoring import FOUND_NOWHERE
from anyshelf.orders.service.steps import advance, event
from anyshelf.orders.service.writing import write_lines
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import FEWEST_PARCELS, Sourced

REFUSED = ("short_pick", "rejected", "not_claimed", "vendor_rejected", "vendor_silent", "vendor_late")
"""Mishaps after which a node is not asked for the same line again."""
TOLD_MAX = 200


def short(tx: Tx, order: Order, *, line: int, node: str, quantity: int, reason: str, now: datetime) -> Order:
    """A node found fewer than it should: write them off, ask for a count, source them elsewhere at once."""
    step = Step(line=line, node=node, before="released", after="open", quantity=quantity)
    after = advance(tx, order, [step], now, reason=reason, lost=True)
    found = after.line(line)
    if found is not None:
        inventory.ask_count(tx, order.market, node=node, item=found.item, reason=reason, now=now)
    item = found.item if found else ""
    tell(tx, order.market, [event(after, "LinesShortPicked", _named(step, item, reason), now)])
    then = source_again(tx, after, [line], _unwilling(tx, after, [line], node), now)
    _note(tx, order, then, "short_pick", {line: quantity}, node=node, said=f"Not on the shelf: {reason}.",
          now=now)  # fmt: skip
    return then


def _named(step: Step, item: str, reason: str) -> dict[str, object]:
    return {
        "lines": [{"line": step.line, "item": item, "node": step.node, "quantity": step.quantity}],
        "reason": reason,
    }


def reject(
    tx: Tx,
    order: Order,
    *,
    node: str,
    lines: Mapping[int, int],
    reason: str,
    now: datetime,
    kind: str = "rejected",
) -> Order:
    """A node will not do this work: source it elsewhere at once, without touching its stock."""
    steps = [
        Step(line=line, node=node, before="released", after="open", quantity=quantity)
        for line, quantity in lines.items()
        if quantity
    ]
    after = advance(tx, order, steps, now, reason=reason)
    then = source_again(tx, after, list(lines), _unwilling(tx, after, lines, node), now)
    _note(tx, order, then, kind, lines, node=node, said=f"{node} will not serve it: {reason}.", now=now)
    return then


def _unwilling(tx: Tx, order: Order, lines: Iterable[int], node: str) -> frozenset[str]:
    """This node, and all that had one of these lines before and did not serve it: none is asked twice."""
    asked = Listed(order_id=order.order_id)
    told = exceptions(tx, order.market, asked, before=None, limit=TOLD_MAX)
    refused = {each.node for each in told if each.kind in REFUSED and not set(lines).isdisjoint(each.lines)}
    return frozenset({node, *(each for each in refused if each)})


def elsewhere(tx: Tx, order: Order, *, node: str, lines: Mapping[int, int], now: datetime) -> bool:
    """Whether other nodes could serve what this node was asked for: asked before work is taken from it."""
    for number, quantity in lines.items():
        line = order.line(number)
        if line is not None and quantity:
            excluded = _unwilling(tx, order, [number], node)
            plan = _plan_again(tx, order, replace(line, quantity=quantity), excluded, now)
            if plan.plan.short:
                return False
    return True


def alternatives(
    tx: Tx, order: Order, *, node: str, lines: Mapping[int, int], count: int, now: datetime
) -> list[str]:
    """The next best nodes that could each serve all of this as this node would, at most so many."""
    wanted = [
        replace(line, quantity=quantity)
        for number, quantity in lines.items()
        if quantity and (line := order.line(number)) is not None
    ]
    atlas = network.atlas(tx, order.market)
    kind = network.node(atlas, node).kind
    found: list[str] = []
    passed = _unwilling(tx, order, lines, node)
    for _ in range(count * 2):  # nodes of another kind have another way of working: they are passed over
        plan = plan_for(
            tx, order.market, order, wanted, method=wanted[0].method, node=None, now=now, excluded=passed,
            policy=FEWEST_PARCELS,
        )  # fmt: skip
        if plan.short or len(plan.shipments) > 1 or len(found) == count:
            break
        passed |= {plan.shipments[0].node}
        if network.node(atlas, plan.shipments[0].node).kind == kind:
            found.append(plan.shipments[0].node)
    return found


def hand_on(
    tx: Tx,
    order: Order,
    *,
    node: str,
    to: str,
    finish: str,
    lines: Mapping[int, int],
    reason: str,
    now: datetime,
) -> tuple[Order, datetime]:
    """What was released to one node is released to another, with the stock for it; says when it is due there.

    The caller holds the order's lock. Raises Shortage where the other node has not got it any more.
    """
    asked = [(number, quantity) for number, quantity in lines.items() if quantity]
    way = (("released", "open", node), ("open", "sourced", to), ("sourced", "released", to))
    for before, after, at in way:
        steps = [
            Step(line=number, node=at, before=before, after=after, quantity=quantity)
            for number, quantity in asked
        ]
        order = advance(tx, order, steps, now, reason=reason)
    method = next(line.method for line in order.lines if line.line in lines)
    due_at = due_of(tx, order, to, finish, now) or now + NOT_FOUND_WORK
    piece = {"node": to, "method": method, "to_node": "", "due_at": due_at.isoformat()}
    kept_by(tx, order, [piece], now)
    return order, due_at


def not_arrived(
    tx: Tx, order: Order, *, node: str, lines: Mapping[int, int], kind: str, said: str, now: datetime,
    damaged: bool = False,
) -> Order:  # fmt: skip
    """Goods on their way to a store are lost, or useless: write them off and source them again."""
    steps = [
        Step(line=line, node=node, before="in_transit", after="open", quantity=quantity)
        for line, quantity in lines.items()
        if quantity
    ]
    after = advance(tx, order, steps, now, reason=said, lost=not damaged)
    then = source_again(tx, after, list(lines), frozenset(), now)
    _note(tx, order, then, kind, lines, node=node, said=said, now=now)
    return then


def replace_lost(
    tx: Tx, order: Order, *, node: str, lines: Mapping[int, int], cause: str, now: datetime
) -> Order:
    """A carrier lost these units: others are sent in their place, already paid; else the money goes back."""
    steps = [
        Step(line=line, node=node, before="dispatched", after="lost", quantity=quantity)
        for line, quantity in lines.items()
        if quantity
    ]
    after = advance(tx, order, steps, now, reason="lost by the carrier")
    numbered = enumerate(lines.items(), start=max(line.line for line in order.lines) + 1)
    added = [
        _replacement(line, number, quantity)
        for number, (lost, quantity) in numbered
        if quantity and (line := order.line(lost)) is not None
    ]
    after = with_lines(tx, after, added)
    then = source_again(tx, after, [line.line for line in added], frozenset(), now)
    _note(tx, order, then, "carrier_loss", {line.line: line.quantity for line in added}, node=node,
          said="The carrier lost the parcel.", now=now, cause=cause)  # fmt: skip
    return then


def _replacement(line: Line, number: int, quantity: int) -> DraftLine:
    """The same goods once more, at no price."""
    return DraftLine(
        line=number,
        item=line.item,
        quantity=quantity,
        unit_price_minor=0,
        discount_minor=0,
        tax_minor=0,
        method=line.method,
        node=line.node or None,
        replaces=line.line,
    )


def with_lines(tx: Tx, order: Order, added: Sequence[DraftLine]) -> Order:
    """The order with more lines, all of them open: nothing is taken for them yet."""
    new = tuple(line_of(line, {("open", NOWHERE): line.quantity}, "") for line in added)
    after = replace(order, lines=(*order.lines, *new))
    if new:
        write_lines(tx, order.market, [(order.order_id, line) for line in new])
    return after


def _note(  # noqa: PLR0913  all that a mishap is told by
    tx: Tx,
    before: Order,
    after: Order,
    kind: str,
    lines: Mapping[int, int],
    *,
    node: str,
    said: str,
    now: datetime,
    cause: str = "",
) -> None:
    """List the mishap with what was done about it: sourced elsewhere, or cancelled and told."""
    gone = sum(_cancelled(after, number) - _cancelled(before, number) for number in lines)
    whole = sum(lines.values())
    done = "Sourced again from elsewhere." if not gone else (
        f"{gone} of {whole} found nowhere: cancelled, and the shopper told."
    )  # fmt: skip
    note_exception(
        tx, after, kind, cause=cause or f"{after.version} {node}", said=said, done=done, node=node,
        lines=lines, now=now,
    )  # fmt: skip


def _cancelled(order: Order, number: int) -> int:
    line = order.line(number)
    return line.in_state("cancelled") if line else 0


def source_again(
    tx: Tx, order: Order, lines: Sequence[int], excluded: frozenset[str], now: datetime
) -> Order:
    """Find other nodes for what is open and release it to them; what nobody has is cancelled."""
    for number in lines:
        line = order.line(number)
        if line is not None and line.in_state("open"):
            order = _sourced_again(tx, order, line, excluded, now)
    return released(tx, order, now)


def _plan_again(tx: Tx, order: Order, wanted: Line, excluded: frozenset[str], now: datetime) -> Sourced:
    return plan_for(
        tx, order.market, order, [wanted], method=wanted.method, node=wanted.node or None, now=now,
        excluded=excluded,
    )  # fmt: skip


def _sourced_again(tx: Tx, order: Order, line: Line, excluded: frozenset[str], now: datetime) -> Order:
    missing = line.in_state("open")
    sourced = _plan_again(tx, order, replace(line, quantity=missing), excluded, now)
    steps = steps_of(sourced)
    if sourced.plan.short or not steps:
        gone = Step(line=line.line, node="", before="open", after="cancelled", quantity=missing)
        return advance(tx, order, [gone], now, reason=FOUND_NOWHERE)
    history = [*(order.sourcing or []), sourcing.kept(sourced)]
    return advance(tx, replace(order, sourcing=history), steps, now, reason="sourced again", sourcing=history)


def steps_of(sourced: Sourced) -> list[Step]:
    """The steps that take what is open to the nodes of a plan."""
    return [
        Step(line=part.line, node=shipment.node, before="open", after="sourced", quantity=part.quantity)
        for shipment in sourced.plan.shipments
        for part in shipment.lines
    ]


def supply_arrived(
    tx: Tx, market: str, order_id: Id, *, line: int, node: str, quantity: int, hold_id: Id, now: datetime
) -> Order:
    """What a line waited for is here: it takes the place of the hold in one go, and is released."""
    order = lock(tx, market, order_id)
    held = inventory.release_hold(tx, market, hold_id, now)
    found = order.line(line)
    waiting = found.in_state("backordered") if found else 0
    part = min(waiting, quantity)
    if held.state != "released" or not part:
        return order
    step = Step(line=line, node=node, before="backordered", after="sourced", quantity=part)
    return released(tx, advance(tx, order, [step], now, reason="supply arrived", waited=False), now)
