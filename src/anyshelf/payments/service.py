"""The front door of payments: set money aside, take it, give it back, let it go.

Taking, giving back and letting go are only *requested* here, in the transaction of the business that asks
for them; `payments.jobs.carry_out` then asks the provider. So a crash between the two moves money once.
Locks are taken on an order's payments in the order (made_at, payment_id), after the order's own row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from psycopg import errors

from anyshelf.ground.audit import Finding
from anyshelf.ground.db import Tx, catch_up
from anyshelf.ground.errors import Conflict, Invalid
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.payments import store
from anyshelf.payments.model import (
    CAPTURE,
    REFUND,
    VOID,
    Authorisation,
    NewPayment,
    Operation,
    Paid,
    Payment,
    Share,
    Taken,
)
from anyshelf.payments.providers import (
    IN_THE_HOUSE,
    PROVIDERS,
    STORE_CREDIT,
    Providers,
    credit_reference,
    provider_named,
)
from anyshelf.payments.rules import left_without_capture, refund_due, room, shared_out

__all__ = [
    "audit",
    "authorise",
    "declined",
    "done",
    "next_waiting",
    "orders_of_card",
    "orders_of_last_four",
    "record",
    "record_all",
    "refund_due",
    "refused_minor",
    "renewed",
    "request_capture",
    "request_refund",
    "request_void",
    "summary",
    "taken_by_order",
    "takes_its_time",
    "turn_into_credit",
    "unanswered",
    "void_unused",
]

LAST_FOUR: Final = 4
DONE_EVENTS: Final = {CAPTURE: "PaymentCaptured", REFUND: "PaymentRefunded", VOID: "PaymentVoided"}
NO_ROOM: Final = {
    CAPTURE: "More would be taken than was authorised",
    REFUND: "More would be given back than was paid",
    VOID: "More would be let go than is still set aside",
}


# Setting money aside


def authorise(
    provider_name: str,
    token: str,
    *,
    amount_minor: int,
    currency: str,
    key: str,
    card: str | None = None,
    last_four: str | None = None,
    providers: Providers = PROVIDERS,
) -> Authorisation:
    """Have a provider set an amount aside; outside any transaction, since nobody should wait for it locked.

    The same key leads to the same authorisation. Raises PaymentDeclined, PaymentTimeout (ask again with the
    same key) and Invalid for a provider or token nobody knows.
    """
    if amount_minor < 1:
        raise Invalid("There is nothing to pay.", field="payment")
    reference = provider_named(providers, provider_name).authorise(
        token, amount_minor=amount_minor, currency=currency, key=key
    )
    return Authorisation(
        provider=provider_name,
        reference=reference,
        amount_minor=amount_minor,
        currency=currency,
        card=card,
        last_four=last_four,
    )


def takes_its_time(provider_name: str, *, providers: Providers = PROVIDERS) -> bool:
    """Whether a provider is asked over the network: whoever has many orders asks it for several at once."""
    return provider_name in providers and provider_name not in IN_THE_HOUSE


def void_unused(authorisation: Authorisation, key: str, *, providers: Providers = PROVIDERS) -> None:
    """Let go of what was set aside for an order that was then refused; the same key twice is once."""
    provider_named(providers, authorisation.provider).void(
        authorisation.reference,
        amount_minor=authorisation.amount_minor,
        currency=authorisation.currency,
        key=str(derived_id("void unused", key)),
    )


def record(
    tx: Tx, market: str, order_id: Id, authorisation: Authorisation, currency: str, now: datetime
) -> Id:
    """Write down that an authorisation pays for an order; twice is once.

    Raises Conflict where it pays for another order already, Invalid where its currency is not the order's.
    """
    if authorisation.currency != currency:
        raise Invalid(f"{authorisation.currency} cannot pay for {currency}.", field="payment")
    (payment_id,) = record_all(tx, market, [NewPayment(order_id=order_id, authorisation=authorisation)], now)
    catch_up(tx)
    return payment_id


def record_all(tx: Tx, market: str, new: Sequence[NewPayment], now: datetime) -> list[Id]:
    """Write down many payments at once, as `record`; returns their ids in the order given.

    They are sent with whatever is asked next, or with the commit; the Conflict comes up there.
    """
    if not new:
        return []
    known = {_payment_id(market, payment.authorisation): payment for payment in new}

    def check(written: int) -> None:
        if written < len(known):
            _check_owners(tx, market, known)

    store.record(tx, market, list(known.items()), now, check)
    return list(known)


def _check_owners(tx: Tx, market: str, known: Mapping[Id, NewPayment]) -> None:
    owners = store.owners(tx, market, list(known))
    for payment_id, payment in known.items():
        if owners[payment_id] != payment.order_id:
            raise Conflict("This authorisation pays for another order.", order_id=str(payment.order_id))


def _payment_id(market: str, authorisation: Authorisation) -> Id:
    return derived_id(market, "payment", authorisation.provider, authorisation.reference)


# Requests


def request_capture(
    tx: Tx, market: str, order_id: Id, *, amount_minor: int, cause: str, now: datetime
) -> list[Id]:
    """Ask for an amount of what was set aside; returns the operations asked for now.

    The same cause twice asks once. An order without any payment asks for nothing. Raises Conflict where less
    is set aside. Locks the order's payments.
    """
    return _request(tx, market, order_id, kind=CAPTURE, amount_minor=amount_minor, cause=cause, now=now)


def request_refund(
    tx: Tx, market: str, order_id: Id, *, amount_minor: int, cause: str, now: datetime
) -> list[Id]:
    """Ask for an amount to be given back, as `request_capture`; raises Conflict beyond what was paid."""
    return _request(tx, market, order_id, kind=REFUND, amount_minor=amount_minor, cause=cause, now=now)


def turn_into_credit(
    tx: Tx, market: str, order_id: Id, *, amount_minor: int, currency: str, cause: str, now: datetime
) -> list[Authorisation]:
    """Give an amount back as store credit that pays for another order; returns what to record for that one.

    As `request_refund`, and done at once in the books: no provider is asked. Credit that is not needed goes
    back to the payment it came from; that of an order paid elsewhere comes from none.
    """
    operations = request_refund(tx, market, order_id, amount_minor=amount_minor, cause=cause, now=now)
    store.end(tx, market, operations, status="done", now=now)
    made_by = derived_id("store credit", cause).hex
    turned = [
        Authorisation(
            provider=STORE_CREDIT,
            reference=credit_reference(
                made_by, provider=source.provider, reference=source.provider_reference
            ),
            amount_minor=source.amount_minor,
            currency=currency,
        )
        for source in store.sources(tx, market, operations)
    ]
    nowhere = Authorisation(
        provider=STORE_CREDIT,
        reference=credit_reference(made_by),
        amount_minor=amount_minor,
        currency=currency,
    )
    return turned or [nowhere]


def request_void(
    tx: Tx, market: str, order_id: Id, *, amount_minor: int | None = None, cause: str, now: datetime
) -> list[Id]:
    """Ask for an amount that was set aside to be let go, as `request_capture`.

    Without an amount, everything that is not taken: what to do when the rest of an order is cancelled.
    """
    return _request(tx, market, order_id, kind=VOID, amount_minor=amount_minor, cause=cause, now=now)


def _request(
    tx: Tx, market: str, order_id: Id, *, kind: str, amount_minor: int | None, cause: str, now: datetime
) -> list[Id]:
    payments = store.lock(tx, market, order_id)
    ids = {each.payment_id: _operation_id(market, kind, cause, each.payment_id) for each in payments}
    if store.known(tx, market, list(ids.values())):
        return []
    shares = [(ids[share.payment_id], share) for share in _shares(payments, kind, amount_minor)]
    if shares:
        _write(tx, market, order_id, shares, kind=kind, reason=cause, now=now)
    return [operation_id for operation_id, _ in shares]


def _operation_id(market: str, kind: str, cause: str, payment_id: Id) -> Id:
    return derived_id(market, kind, cause, str(payment_id))


def _shares(payments: Sequence[Payment], kind: str, amount_minor: int | None) -> list[Share]:
    whole = sum(room(payment, kind) for payment in payments)
    wanted = whole if amount_minor is None else amount_minor
    if wanted < 0:
        raise ValueError(f"a {kind} of {wanted} is not an amount")
    if not payments:
        return []
    shares = shared_out(payments, kind, wanted)
    if shares is None:
        raise Conflict(f"{NO_ROOM[kind]}.", wanted_minor=wanted, possible_minor=whole)
    return shares


def _write(
    tx: Tx,
    market: str,
    order_id: Id,
    shares: Sequence[tuple[Id, Share]],
    *,
    kind: str,
    reason: str,
    now: datetime,
) -> None:
    try:
        store.request(tx, market, order_id, shares, kind=kind, reason=reason, now=now)
    except errors.CheckViolation as beyond:  # the database's own guard; the transaction is lost with it
        raise Conflict(f"{NO_ROOM[kind]}.") from beyond


# What became of a request: for the job that asks the providers


def next_waiting(tx: Tx, market: str, tried: Sequence[Id], now: datetime) -> Operation | None:
    """The operation whose turn it is, locked until the transaction ends; None where nothing waits."""
    return store.next_waiting(tx, market, tried, now)


def done(tx: Tx, market: str, operation: Operation, now: datetime) -> None:
    """Write down that the provider did as asked, and tell."""
    store.end(tx, market, [operation.operation_id], status="done", now=now)
    tell(tx, market, [_event(DONE_EVENTS[operation.kind], operation, now)])


def renewed(tx: Tx, market: str, operation: Operation, reference: str, now: datetime) -> None:
    """Write down that the money was set aside anew, under another reference, and tell."""
    store.renew(tx, market, operation.payment_id, reference, now)
    tell(tx, market, [_event("PaymentRenewed", operation, now)])


def unanswered(tx: Tx, market: str, operation: Operation) -> None:
    """Write down that there was no answer: it is asked again, after twice the wait."""
    store.count_try(tx, market, operation.operation_id)


def declined(tx: Tx, market: str, operation: Operation, why: str, now: datetime) -> None:
    """Write down that the provider refused, take the amount out of the sums, and tell.

    Refunds that wait on a refused capture fall with it; what is still covered of them is asked for anew.
    """
    payment = store.lock_one(tx, market, operation.payment_id)
    store.end(tx, market, [operation.operation_id], status="declined", now=now)
    tell(tx, market, [_event("PaymentDeclined", operation, now, why=why)])
    if operation.kind == CAPTURE and payment is not None:
        _capture_fell_away(tx, market, operation, payment, now)
    elif operation.kind == REFUND:
        store.take_back(tx, market, operation.payment_id, refunded=operation.amount_minor)
    else:
        store.take_back(tx, market, operation.payment_id, voided=operation.amount_minor)


def _capture_fell_away(tx: Tx, market: str, capture: Operation, payment: Payment, now: datetime) -> None:
    without = replace(payment, captured_minor=payment.captured_minor - capture.amount_minor)
    falling, covered_minor = left_without_capture(without, store.waiting_refunds(tx, market, capture))
    refunded = sum(refund.amount_minor for refund in falling)
    store.end(tx, market, [refund.operation_id for refund in falling], status="declined", now=now)
    store.take_back(tx, market, payment.payment_id, captured=capture.amount_minor, refunded=refunded)
    why = "what it would give back could not be taken"
    tell(tx, market, [_event("PaymentDeclined", refund, now, why=why) for refund in falling])
    if covered_minor:
        share = Share(payment_id=payment.payment_id, amount_minor=covered_minor)
        anew = derived_id(market, "what is left of", str(falling[-1].operation_id))
        reason = falling[-1].reason
        _write(tx, market, capture.order_id, [(anew, share)], kind=REFUND, reason=reason, now=now)
    _let_go(tx, market, capture, now)


def _let_go(tx: Tx, market: str, capture: Operation, now: datetime) -> None:
    """What could not be taken is no longer counted as set aside."""
    share = Share(payment_id=capture.payment_id, amount_minor=capture.amount_minor)
    void = derived_id(market, "let go after", str(capture.operation_id))
    _write(tx, market, capture.order_id, [(void, share)], kind=VOID, reason="capture declined", now=now)


def _event(kind: str, operation: Operation, now: datetime, *, why: str = "") -> Event:
    data = {
        "order_id": str(operation.order_id),
        "payment_id": str(operation.payment_id),
        "operation_id": str(operation.operation_id),
        "operation": operation.kind,
        "provider": operation.provider,
        "amount_minor": operation.amount_minor,
        "currency": operation.currency,
        "cause": operation.reason,
    }
    said = {"reason": why} if why else {}
    return Event(kind=kind, subject=str(operation.order_id), data=data | said, happened_at=now)


# Asking


def summary(tx: Tx, market: str, order_id: Id) -> Paid:
    """Where an order stands in money, what was requested counted as done."""
    return store.summary(tx, market, order_id)


def refused_minor(tx: Tx, market: str, order_id: Id) -> int:
    """What providers refused to let us take for an order, in all."""
    return store.refused(tx, market, order_id)


def taken_by_order(tx: Tx, market: str) -> dict[Id, Taken]:
    """Where each order with payments stands in money."""
    return dict(store.by_order(tx, market))


def orders_of_last_four(tx: Tx, market: str, digits: str) -> list[Id]:
    """The newest orders paid by a card that ends in these four digits, at most 100; none for what is none."""
    four = len(digits) == LAST_FOUR and digits.isascii() and digits.isdigit()
    return store.of_last_four(tx, market, digits) if four else []


def orders_of_card(tx: Tx, market: str, card: str) -> list[Id]:
    """The newest orders that a card paid for, at most 100."""
    return store.of_card(tx, market, card)


def audit(tx: Tx, market: str) -> list[Finding]:
    """Payments whose sums are not those of their operations: nothing, unless somebody wrote past us."""
    names = ("captured", "refunded", "voided")
    return [
        Finding(
            room="payments",
            what=f"{name}_minor is not the sum of its operations",
            where=f"payment {payment_id}",
            expected=str(expected),
            found=str(found),
        )
        for payment_id, kept, told in store.astray(tx, market)
        for name, found, expected in zip(names, kept, told, strict=True)
        if found != expected
    ]
