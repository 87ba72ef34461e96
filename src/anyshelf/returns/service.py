"""The front door of returns: permission to bring goods back, and what becomes of them and of the money.

Every function that changes a return locks its order first, then the return, then positions in (item, node)
order, then payments.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict, Invalid, NotFound, OutOfTurn
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Want
from anyshelf.network import service as network
from anyshelf.network.model import Node
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.payments import service as payments
from anyshelf.returns import rules, store
from anyshelf.returns.model import MAIL, Asked, Brought, Disposition, Policy, Receipt, Return

POLICY = Policy()


def authorise(
    tx: Tx,
    market: str,
    order_id: Id,
    asked: Sequence[Asked],
    *,
    at: str,
    now: datetime,
    policy: Policy = POLICY,
) -> Return:
    """Allow goods of an order to come back; no unit may be allowed twice. Raises as `rules.authorised`."""
    journey = rules.journey_to(at)
    if at != MAIL:
        _desk(tx, market, at, field="at")
    order = orders.lock(tx, market, order_id)
    lines = rules.authorised(order, asked, store.promised(tx, market, order_id), now, policy)
    new = Return(
        market=market,
        return_id=new_id(),
        order_id=order_id,
        journey=journey.name,
        came_to=at,
        state="authorised",
        version=1,
        currency=order.currency,
        authorised_at=now,
        lines=lines,
    )
    store.make(tx, new)
    said = [{"line": line.line, "item": line.item, "quantity": line.quantity, "reason": line.reason}
            for line in lines]  # fmt: skip
    _tell(tx, new, "ReturnAuthorised", now, at=at, lines=said)
    return new


def find(tx: Tx, market: str, return_id: Id) -> Return:
    """One return; raises NotFound."""
    found = store.find(tx, market, return_id)
    if found is None:
        raise NotFound("There is no such return.", return_id=str(return_id))
    return found


def of_order(tx: Tx, market: str, order_id: Id) -> list[Return]:
    """The returns of an order, oldest first."""
    return [find(tx, market, return_id) for return_id in store.of_order(tx, market, order_id)]


def cancel(tx: Tx, market: str, return_id: Id, now: datetime) -> Return:
    """Withdraw a return of which nothing has come; twice is once. Its units may be asked for anew."""
    _, known = _locked(tx, market, return_id)
    if known.state == "cancelled":
        return known
    if known.state != "authorised":
        raise OutOfTurn(f"This return is {known.state}; it is not cancelled any more.", state=known.state)
    after = replace(known, state="cancelled", version=known.version + 1)
    store.save(tx, after)
    _tell(tx, after, "ReturnCancelled", now)
    return after


def receive(
    tx: Tx,
    market: str,
    return_id: Id,
    brought: Sequence[Brought],
    *,
    node: str,
    now: datetime,
    policy: Policy = POLICY,
) -> Return:
    """Take goods back at any node that does: graded, put where they belong, and paid back at once."""
    desk = _desk(tx, market, node, field="node")
    order, known = _locked(tx, market, return_id)
    rules.checked(known, brought)
    after_order = _move_order(tx, order, brought, now)
    paid = _settle(tx, order, after_order, known, brought, policy)
    after = rules.after_receipt(known, brought, paid)
    fates = rules.dispositions(order, brought, desk, policy)
    receipts = _receipts(brought, fates, paid, node=node, step=after.version, now=now)
    _restock(tx, known, receipts, fates, now)
    if paid.total_minor:
        cause = f"return {return_id} {after.version}"
        payments.request_refund(
            tx, market, order.order_id, amount_minor=paid.total_minor, cause=cause, now=now
        )
    store.note_receipts(tx, market, return_id, receipts)
    store.save(tx, after)
    _tell_received(tx, after, receipts, paid.total_minor, node, now)
    return replace(after, receipts=[*known.receipts, *receipts])


def _desk(tx: Tx, market: str, code: str, *, field: str) -> Node:
    node = network.node(network.atlas(tx, market), code, field=field)
    if not rules.takes_back(node):
        raise Invalid(f"{code} takes nothing back; bring it to a store.", field=field, node=code)
    return node


def _locked(tx: Tx, market: str, return_id: Id) -> tuple[Order, Return]:
    order = orders.lock(tx, market, find(tx, market, return_id).order_id)
    known = store.lock(tx, market, return_id)
    if known is None:
        raise Conflict("The return vanished.")
    return order, known


def _came(brought: Sequence[Brought]) -> dict[int, int]:
    """How many units of each line really came back."""
    came: dict[int, int] = {}
    for each in brought:
        if each.grade != "missing":
            came[each.line] = came.get(each.line, 0) + each.quantity
    return came


def _move_order(tx: Tx, order: Order, brought: Sequence[Brought], now: datetime) -> Order:
    came = _came(brought)
    steps = [
        step for line in order.lines if line.line in came for step in rules.steps_back(line, came[line.line])
    ]
    return orders.advance(tx, order, steps, now, reason="return") if steps else order


def _settle(
    tx: Tx, before: Order, after: Order, known: Return, brought: Sequence[Brought], policy: Policy
) -> rules.Settlement:
    """What this receipt pays back, exact to the cent and never more than was paid."""
    back = {line.line: line.in_state("returned") for line in before.lines}
    due = []
    for each in brought:
        line = before.line(each.line)
        if line is None or each.grade == "missing":
            due.append(0)
            continue
        due.append(
            payments.refund_due(
                line.paid_minor, quantity=line.quantity, already=back[line.line], now_returned=each.quantity
            )
        )
        back[line.line] += each.quantity
    reasons = [line.reason for line in known.lines]
    shipping = rules.shipping_due(after, reasons, policy) if _came(brought) else 0
    money = payments.summary(tx, before.market, before.order_id)
    refundable = money.refundable_minor if money.authorised_minor else None
    return rules.settlement(due, shipping_minor=shipping, refundable_minor=refundable)


def _receipts(
    brought: Sequence[Brought],
    fates: Sequence[Disposition],
    paid: rules.Settlement,
    *,
    node: str,
    step: int,
    now: datetime,
) -> list[Receipt]:
    return [
        Receipt(
            step=step,
            entry=entry,
            line=each.line,
            node=node,
            quantity=each.quantity,
            grade=each.grade,
            disposition=fate.name,
            refund_minor=refund_minor,
            received_at=now,
        )
        for entry, (each, fate, refund_minor) in enumerate(zip(brought, fates, paid.lines, strict=True))
    ]


def _restock(
    tx: Tx, known: Return, receipts: Sequence[Receipt], fates: Sequence[Disposition], now: datetime
) -> None:
    """Put what came where its disposition says, under the id of the return."""
    items = {line.line: line.item for line in known.lines}
    wants = [
        (
            Want(line=each.line, item=items[each.line], node=each.node, quantity=each.quantity),
            fate.bucket,
        )
        for each, fate in zip(receipts, fates, strict=True)
        if fate.bucket
    ]
    if wants:
        step = receipts[0].step
        inventory.take_back_all(tx, known.market, wants, cause=known.return_id, step=step, now=now)


def _tell_received(
    tx: Tx, known: Return, receipts: Sequence[Receipt], refund_minor: int, node: str, now: datetime
) -> None:
    items = {line.line: line.item for line in known.lines}
    lines = [
        {
            "line": receipt.line,
            "item": items[receipt.line],
            "quantity": receipt.quantity,
            "grade": receipt.grade,
            "disposition": receipt.disposition,
        }
        for receipt in receipts
    ]
    _tell(
        tx,
        known,
        "ReturnReceived",
        now,
        node=node,
        state=known.state,
        lines=lines,
        refund_minor=refund_minor,
        currency=known.currency,
    )


def _tell(tx: Tx, known: Return, kind: str, now: datetime, **more: object) -> None:
    data = {"return_id": str(known.return_id), "order_id": str(known.order_id), **more}
    tell(tx, known.market, [Event(kind=kind, subject=str(known.order_id), data=data, happened_at=now)])
