"""Asking the providers for what has been requested, one operation and one transaction at a time."""

from typing import Final

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.errors import PaymentDeclined, PaymentTimeout
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.log import log_of
from anyshelf.payments import service
from anyshelf.payments.model import CAPTURE, REFUND, Operation
from anyshelf.payments.providers import PROVIDERS, Providers, provider_named

BATCH_MAX: Final = 200


def carry_out(
    database: Database, market: str, clock: Clock, *, limit: int = BATCH_MAX, providers: Providers = PROVIDERS
) -> int:
    """Ask the providers for at most `limit` of the operations that wait; returns how many were answered.

    May run in many processes at once: an operation is locked while it is asked for, and others pass it over.
    Killed at any moment it is simply run again, since a provider knows our key and moves the money once.
    """
    tried: list[Id] = []
    answered = 0
    while len(tried) < limit:
        with database.transaction() as tx:
            operation = service.next_waiting(tx, market, tried, clock.now())
            if operation is None:
                return answered
            answered += _ask(tx, market, operation, clock, providers)
        tried.append(operation.operation_id)
    return answered


def _ask(tx: Tx, market: str, operation: Operation, clock: Clock, providers: Providers) -> bool:
    """Whether the provider answered, yes or no."""
    try:
        _move(tx, market, operation, clock, providers)
    except PaymentDeclined as no:
        service.declined(tx, market, operation, no.detail, clock.now())
    except PaymentTimeout:
        service.unanswered(tx, market, operation)
        return False
    except Exception:  # noqa: BLE001  one broken provider must not keep everybody else's money waiting
        log_of("payments").exception("provider broke", operation_id=str(operation.operation_id))
        service.unanswered(tx, market, operation)
        return False
    else:
        service.done(tx, market, operation, clock.now())
    return True


def _move(tx: Tx, market: str, operation: Operation, clock: Clock, providers: Providers) -> None:
    """Ask for the operation; a capture that is refused is asked for once more after setting it aside anew."""
    try:
        _ask_provider(operation, providers, operation.provider_reference, key=str(operation.operation_id))
    except PaymentDeclined:
        if operation.kind != CAPTURE:
            raise
        reference = _renewed(operation, providers)
        anew = derived_id("renewed", str(operation.operation_id))
        _ask_provider(operation, providers, reference, key=str(anew))
        service.renewed(tx, market, operation, reference, clock.now())


def _renewed(operation: Operation, providers: Providers) -> str:
    return provider_named(providers, operation.provider).renew(
        operation.provider_reference,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        key=str(derived_id("renew", str(operation.operation_id))),
    )


def _ask_provider(operation: Operation, providers: Providers, reference: str, *, key: str) -> None:
    provider = provider_named(providers, operation.provider)
    asked = {CAPTURE: provider.capture, REFUND: provider.refund}.get(operation.kind, provider.void)
    asked(
        reference,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        key=key,
    )
