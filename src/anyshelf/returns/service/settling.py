"""Paying back: exact to the cent, never more than was paid, once; and waiting where somebody is to look."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Forbidden, OutOfTurn
from anyshelf.ground.ids import Id
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.payments import service as payments
from anyshelf.returns import rules, store
from anyshelf.returns.journeys import journey
from anyshelf.returns.model import Policy, Return
from anyshelf.returns.service.finding import books_of, find, locked, of_order
from anyshelf.returns.service.telling import told

POLICY = Policy()
SIGNAL = "return_signal"
OVERPAID = "return_overpaid"
LOST = "return_lost"


def settle(
    tx: Tx,
    market: str,
    return_id: Id,
    now: datetime,
    *,
    before_receipt: bool = False,
    may_decide: bool = False,
    policy: Policy = POLICY,
) -> Return:
    """Pay what came and was not paid yet, or all of it before it comes; nothing is owed twice.

    Before receipt, and where there are signals, it takes somebody who may decide. Raises Forbidden without,
    OutOfTurn for a cancelled return or a journey that pays on receipt only.
    """
    order, known = locked(tx, market, return_id)
    check_payable(known, before_receipt=before_receipt, may_decide=may_decide)
    portions = rules.owed(known, before_receipt=before_receipt)
    if not portions:
        return known
    paid, money = pay(tx, order, replace(known, version=known.version + 1), portions, now, policy)
    store.save(tx, paid)
    told(tx, paid, "ReturnSettled", now, refund_minor=money.total_minor, currency=paid.currency)
    looked_at(tx, order, paid, now)
    return paid


def due_now_minor(tx: Tx, market: str, return_id: Id) -> int:
    """What has come and is not paid back yet would bring now, in minor units."""
    known = find(tx, market, return_id)
    order = orders.find(tx, market, known.order_id)
    return reckoned(tx, order, known, rules.owed(known, before_receipt=False), POLICY).total_minor


def check_payable(known: Return, *, before_receipt: bool, may_decide: bool) -> None:
    """Raises OutOfTurn where nothing is to be paid, Forbidden where it is not theirs to decide."""
    if known.state == "cancelled":
        raise OutOfTurn("This return was cancelled; there is nothing to pay.", state=known.state)
    if before_receipt and not journey(known.journey).early:
        raise OutOfTurn(
            f"A return by {known.journey} is paid when the goods are here; receive them first.",
            state=known.state,
        )
    if (before_receipt or known.signals) and not may_decide:
        why = "before the goods are here" if before_receipt else f"({', '.join(known.signals)})"
        raise Forbidden(f"Customer service or operations decide on this refund {why}.")


def pay(
    tx: Tx, order: Order, known: Return, portions: Sequence[rules.Portion], now: datetime, policy: Policy
) -> tuple[Return, rules.Settlement]:
    """Ask for the money of these portions of a return; `order` stands as it does with what came.

    Returns the return as paid, not written yet, and what each portion brought. Locks the order's payments.
    """
    money = reckoned(tx, order, known, portions, policy)
    return give(tx, order, known, portions, money, now), money


def reckoned(
    tx: Tx, order: Order, known: Return, portions: Sequence[rules.Portion], policy: Policy
) -> rules.Settlement:
    """What these portions of a return bring, to the cent and never more than can be given back."""
    books = books_of(tx, order)
    due = rules.amounts_due(order, portions, books)
    paying = {portion.line for portion in portions if portion.quantity}
    reasons = [line.reason for line in known.lines if line.paid or line.line in paying]
    shipping = rules.shipping_due(order, portions, reasons, journey(known.journey), policy, books)
    paid_with = payments.summary(tx, order.market, order.order_id)
    refundable = paid_with.refundable_minor if paid_with.authorised_minor else None
    return rules.settlement(due, shipping_minor=shipping, refundable_minor=refundable)


def give(
    tx: Tx,
    order: Order,
    known: Return,
    portions: Sequence[rules.Portion],
    money: rules.Settlement,
    now: datetime,
    *,
    credit_minor: int = 0,
) -> Return:
    """Ask for the money to go back, but for what became credit; returns the return as paid."""
    cause = f"return {known.return_id} {known.version}"
    if money.total_minor > credit_minor:
        payments.request_refund(
            tx, order.market, order.order_id,
            amount_minor=money.total_minor - credit_minor, cause=cause, now=now,
        )  # fmt: skip
    paid = rules.paid_back(known, portions, money)
    return rules.standing(replace(paid, credit_minor=known.credit_minor + credit_minor))


def hold_back(tx: Tx, order: Order, known: Return, node: str, now: datetime) -> None:
    """List a return whose money waits until somebody has looked."""
    orders.note_exception(
        tx, order, SIGNAL,
        cause=f"return {known.return_id}", said=f"A return with signals: {', '.join(known.signals)}.",
        done="The goods were taken back; nothing was paid.",
        todo=f"Look into it, then settle return {known.return_id} or leave it.",
        node=node, lines=[line.line for line in known.lines], now=now,
    )  # fmt: skip


def overpaid(tx: Tx, order: Order, known: Return, node: str | None, now: datetime) -> None:
    """List a return that was paid before it came, and then did not come, or came empty."""
    orders.note_exception(
        tx, order, OVERPAID,
        cause=f"return {known.return_id}", said="Paid before it came, and not all of it came.",
        done="The refund stands.", todo="Ask the shopper for the goods or the money.",
        node=node, lines=[line.line for line in known.lines], now=now,
    )  # fmt: skip


def never_came(tx: Tx, order: Order, known: Return, now: datetime) -> None:
    """List a parcel that turned back and did not come: its shopper has neither the goods nor the money."""
    orders.note_exception(
        tx, order, LOST,
        cause=f"return {known.return_id}", said="A parcel that turned back did not come.",
        done="Nothing was paid.",
        todo=f"Settle return {known.return_id} before receipt, and claim the parcel from the carrier.",
        node=known.came_to, lines=[line.line for line in known.lines], now=now,
    )  # fmt: skip


def looked_at(tx: Tx, order: Order, settled: Return, now: datetime) -> None:
    """Somebody has decided: nothing is left to do once no other return of the order waits."""
    others = of_order(tx, order.market, order.order_id)
    if settled.signals and not any(each.signals and each.waits for each in others):
        orders.close_all(tx, order, SIGNAL, note=f"Return {settled.return_id} was settled.", now=now)
