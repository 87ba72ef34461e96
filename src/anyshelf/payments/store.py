"""The SQL of payments and of the operations on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from anyshelf.ground.db import Tx, later, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.payments.model import NewPayment, Operation, Paid, Payment, Share, Taken

RECORD_SQL = """
INSERT INTO payments (market, payment_id, order_id, provider, provider_reference, currency, card,
                      last_four, authorised_minor, made_at)
SELECT %(market)s::text, n.payment_id, n.order_id, n.provider, n.reference, n.currency, n.card, n.last_four,
       n.amount_minor, %(now)s::timestamptz
FROM unnest(%(payment_ids)s::uuid[], %(order_ids)s::uuid[], %(providers)s::text[], %(references)s::text[],
            %(currencies)s::text[], %(cards)s::text[], %(last_four)s::text[], %(amounts)s::bigint[])
    AS n(payment_id, order_id, provider, reference, currency, card, last_four, amount_minor)
ON CONFLICT (market, payment_id) DO NOTHING
"""

OWNERS_SQL = """
SELECT payment_id, order_id FROM payments
WHERE market = %(market)s AND payment_id = ANY(%(payment_ids)s::uuid[])
"""

LOCK_SQL = """
SELECT payment_id, authorised_minor, captured_minor, refunded_minor, voided_minor
FROM payments WHERE market = %(market)s AND order_id = %(order_id)s
ORDER BY made_at, payment_id FOR UPDATE
"""

LOCK_ONE_SQL = """
SELECT payment_id, authorised_minor, captured_minor, refunded_minor, voided_minor
FROM payments WHERE market = %(market)s AND payment_id = %(payment_id)s FOR UPDATE
"""

KNOWN_SQL = """
SELECT operation_id FROM payment_operations
WHERE market = %(market)s AND operation_id = ANY(%(operation_ids)s::uuid[])
"""

SOURCES_SQL = """
SELECT p.provider, p.provider_reference, o.amount_minor
FROM payment_operations o JOIN payments p ON p.market = o.market AND p.payment_id = o.payment_id
WHERE o.market = %(market)s AND o.operation_id = ANY(%(operation_ids)s::uuid[])
ORDER BY p.made_at, p.payment_id
"""

REQUEST_SQL = """
WITH asked AS (
    SELECT * FROM unnest(%(operation_ids)s::uuid[], %(payment_ids)s::uuid[], %(amounts)s::bigint[])
        AS asked (operation_id, payment_id, amount_minor)
), summed AS (
    UPDATE payments SET
        captured_minor = captured_minor + CASE %(kind)s::text WHEN 'capture' THEN amount_minor ELSE 0 END,
        refunded_minor = refunded_minor + CASE %(kind)s::text WHEN 'refund' THEN amount_minor ELSE 0 END,
        voided_minor = voided_minor + CASE %(kind)s::text WHEN 'void' THEN amount_minor ELSE 0 END
    FROM asked WHERE payments.market = %(market)s AND payments.payment_id = asked.payment_id
)
INSERT INTO payment_operations (market, operation_id, payment_id, order_id, kind, amount_minor, status,
                                reason, requested_at)
SELECT %(market)s::text, operation_id, payment_id, %(order_id)s::uuid, %(kind)s::text, amount_minor,
       'requested', %(reason)s::text, %(now)s::timestamptz
FROM asked
"""

TAKE_BACK_SQL = """
UPDATE payments SET captured_minor = captured_minor - %(captured)s::bigint,
                    refunded_minor = refunded_minor - %(refunded)s::bigint,
                    voided_minor = voided_minor - %(voided)s::bigint
WHERE market = %(market)s AND payment_id = %(payment_id)s
"""

# A refund or a void waits until the captures of its payment are settled: the provider would not know what
# to give back, or would let go of what is about to be taken. After each try the wait doubles.
# What was never asked does not wait, whatever the clock said of whoever requested it.
NEXT_SQL = """
SELECT waiting.operation_id, waiting.payment_id, waiting.order_id, waiting.kind, waiting.amount_minor,
       waiting.reason, waiting.attempts, payments.provider,
       coalesce((SELECT r.provider_reference FROM payment_renewals r
                 WHERE r.market = payments.market AND r.payment_id = payments.payment_id
                 ORDER BY r.renewed_at DESC LIMIT 1), payments.provider_reference) AS provider_reference,
       payments.currency
FROM payment_operations AS waiting JOIN payments USING (market, payment_id)
WHERE waiting.market = %(market)s AND waiting.status = 'requested'
  AND waiting.operation_id <> ALL(%(tried)s::uuid[])
  AND (waiting.attempts = 0 OR waiting.requested_at
       + interval '1 second' * (power(2, waiting.attempts) - 1) <= %(now)s::timestamptz)
  AND (waiting.kind = 'capture' OR NOT EXISTS (
      SELECT FROM payment_operations AS capture
      WHERE capture.market = waiting.market AND capture.order_id = waiting.order_id
        AND capture.payment_id = waiting.payment_id
        AND capture.kind = 'capture' AND capture.status = 'requested'))
ORDER BY waiting.attempts, waiting.requested_at, waiting.operation_id
LIMIT 1 FOR UPDATE OF waiting SKIP LOCKED
"""

WAITING_REFUNDS_SQL = """
SELECT waiting.operation_id, waiting.payment_id, waiting.order_id, waiting.kind, waiting.amount_minor,
       waiting.reason, waiting.attempts, payments.provider,
       coalesce((SELECT r.provider_reference FROM payment_renewals r
                 WHERE r.market = payments.market AND r.payment_id = payments.payment_id
                 ORDER BY r.renewed_at DESC LIMIT 1), payments.provider_reference) AS provider_reference,
       payments.currency
FROM payment_operations AS waiting JOIN payments USING (market, payment_id)
WHERE waiting.market = %(market)s AND waiting.order_id = %(order_id)s
  AND waiting.payment_id = %(payment_id)s AND waiting.kind = 'refund' AND waiting.status = 'requested'
ORDER BY waiting.requested_at, waiting.operation_id
"""

END_SQL = """
UPDATE payment_operations SET status = %(status)s::text, attempts = attempts + 1, ended_at = %(now)s
WHERE market = %(market)s AND operation_id = ANY(%(operation_ids)s::uuid[]) AND status = 'requested'
"""

TRIED_SQL = """
UPDATE payment_operations SET attempts = attempts + 1
WHERE market = %(market)s AND operation_id = %(operation_id)s
"""

RENEW_SQL = """
INSERT INTO payment_renewals (market, payment_id, renewed_at, provider_reference)
VALUES (%(market)s, %(payment_id)s, %(now)s, %(reference)s)
"""

OF_CARD_SQL = """
SELECT order_id FROM payments WHERE market = %(market)s AND card = %(card)s
ORDER BY made_at DESC LIMIT 100
"""

OF_LAST_FOUR_SQL = """
SELECT order_id FROM payments WHERE market = %(market)s AND last_four = %(last_four)s
ORDER BY made_at DESC LIMIT 100
"""

SUMMARY_SQL = """
SELECT coalesce(sum(authorised_minor), 0)::bigint AS authorised_minor,
       coalesce(sum(captured_minor), 0)::bigint AS captured_minor,
       coalesce(sum(refunded_minor), 0)::bigint AS refunded_minor,
       coalesce(sum(voided_minor), 0)::bigint AS voided_minor
FROM payments WHERE market = %(market)s AND order_id = %(order_id)s
"""

BY_ORDER_SQL = """
SELECT order_id, sum(captured_minor)::bigint, sum(refunded_minor)::bigint,
       sum(authorised_minor - captured_minor - voided_minor)::bigint,
       (SELECT coalesce(sum(o.amount_minor), 0)::bigint FROM payment_operations o
        WHERE o.market = %(market)s AND o.order_id = p.order_id AND o.kind = 'capture'
          AND o.status = 'declined'),
       (SELECT coalesce(sum(o.amount_minor), 0)::bigint FROM payment_operations o
        WHERE o.market = %(market)s AND o.order_id = p.order_id AND o.kind = 'refund'
          AND o.status <> 'declined' AND o.reason LIKE '%%/refund')
FROM payments p WHERE market = %(market)s GROUP BY order_id
"""

REFUSED_SQL = """
SELECT coalesce(sum(amount_minor), 0)::bigint FROM payment_operations
WHERE market = %(market)s AND order_id = %(order_id)s AND kind = 'capture' AND status = 'declined'
"""

ASTRAY_SQL = """
SELECT payments.payment_id,
       ARRAY[captured_minor, refunded_minor, voided_minor] AS kept,
       coalesce(told.sums, ARRAY[0, 0, 0]::bigint[]) AS told
FROM payments LEFT JOIN (
    SELECT payment_id, ARRAY[coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0)::bigint,
                             coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0)::bigint,
                             coalesce(sum(amount_minor) FILTER (WHERE kind = 'void'), 0)::bigint] AS sums
    FROM payment_operations WHERE market = %(market)s AND status <> 'declined' GROUP BY payment_id
) AS told USING (payment_id)
WHERE market = %(market)s
  AND ARRAY[captured_minor, refunded_minor, voided_minor] <> coalesce(told.sums, ARRAY[0, 0, 0]::bigint[])
ORDER BY payments.payment_id LIMIT 1000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The payment an operation is on, by its provider's name and reference, and the operation's amount."""

    provider: str
    provider_reference: str
    amount_minor: int


def record(
    tx: Tx, market: str, new: Sequence[tuple[Id, NewPayment]], now: datetime, then: Callable[[int], None]
) -> None:
    """Write payments as (payment id, payment); those already there stay as they are.

    `then` is told how many are new, when they are sent: with whatever is asked next, or with the commit.
    """
    set_aside = [payment.authorisation for _, payment in new]
    later(
        tx,
        RECORD_SQL,
        then=then,
        market=market,
        payment_ids=[payment_id for payment_id, _ in new],
        order_ids=[payment.order_id for _, payment in new],
        providers=[each.provider for each in set_aside],
        references=[each.reference for each in set_aside],
        currencies=[each.currency for each in set_aside],
        cards=[each.card for each in set_aside],
        last_four=[each.last_four for each in set_aside],
        amounts=[each.amount_minor for each in set_aside],
        now=now,
    )


def owners(tx: Tx, market: str, payment_ids: Sequence[Id]) -> dict[Id, Id]:
    """Which order each payment belongs to."""
    found = values(tx, OWNERS_SQL, market=market, payment_ids=list(payment_ids))
    return {found_id: order_id for found_id, order_id in found}  # noqa: C416  tuples are not typed pairs


def sources(tx: Tx, market: str, operation_ids: Sequence[Id]) -> list[Source]:
    """On which payments these operations are, and with how much."""
    return rows(tx, Source, SOURCES_SQL, market=market, operation_ids=list(operation_ids))


def lock(tx: Tx, market: str, order_id: Id) -> list[Payment]:
    """An order's payments, oldest first, locked in that order."""
    return rows(tx, Payment, LOCK_SQL, market=market, order_id=order_id)


def lock_one(tx: Tx, market: str, payment_id: Id) -> Payment | None:
    """One payment, locked."""
    return row(tx, Payment, LOCK_ONE_SQL, market=market, payment_id=payment_id)


def known(tx: Tx, market: str, operation_ids: Sequence[Id]) -> list[Id]:
    """Those of these operations that have been requested before."""
    return [found for (found,) in values(tx, KNOWN_SQL, market=market, operation_ids=list(operation_ids))]


def request(
    tx: Tx,
    market: str,
    order_id: Id,
    shares: Sequence[tuple[Id, Share]],
    *,
    kind: str,
    reason: str,
    now: datetime,
) -> None:
    """Write operations as (operation id, share) and count them in their payments' sums."""
    run(
        tx,
        REQUEST_SQL,
        market=market,
        order_id=order_id,
        operation_ids=[operation_id for operation_id, _ in shares],
        payment_ids=[share.payment_id for _, share in shares],
        amounts=[share.amount_minor for _, share in shares],
        kind=kind,
        reason=reason,
        now=now,
    )


def take_back(
    tx: Tx, market: str, payment_id: Id, *, captured: int = 0, refunded: int = 0, voided: int = 0
) -> None:
    """Take what will not happen out of a payment's sums."""
    run(
        tx,
        TAKE_BACK_SQL,
        market=market,
        payment_id=payment_id,
        captured=captured,
        refunded=refunded,
        voided=voided,
    )


def next_waiting(tx: Tx, market: str, tried: Sequence[Id], now: datetime) -> Operation | None:
    """The operation whose turn it is, locked; passes over the tried ones and those somebody else holds."""
    return row(tx, Operation, NEXT_SQL, market=market, tried=list(tried), now=now)


def waiting_refunds(tx: Tx, market: str, capture: Operation) -> list[Operation]:
    """The refunds that wait on the payment of a capture, oldest first."""
    ids = {"order_id": capture.order_id, "payment_id": capture.payment_id}
    return rows(tx, Operation, WAITING_REFUNDS_SQL, market=market, **ids)


def end(tx: Tx, market: str, operation_ids: Sequence[Id], *, status: str, now: datetime) -> None:
    """Write down how operations ended."""
    run(tx, END_SQL, market=market, operation_ids=list(operation_ids), status=status, now=now)


def count_try(tx: Tx, market: str, operation_id: Id) -> None:
    """Write down that an operation was tried without an answer."""
    run(tx, TRIED_SQL, market=market, operation_id=operation_id)


def renew(tx: Tx, market: str, payment_id: Id, reference: str, now: datetime) -> None:
    """Write down the provider's new reference of a payment that was set aside anew."""
    run(tx, RENEW_SQL, market=market, payment_id=payment_id, reference=reference, now=now)


def of_last_four(tx: Tx, market: str, last_four: str) -> list[Id]:
    """The newest orders paid by a card that ends in these digits, at most 100."""
    return [order_id for (order_id,) in values(tx, OF_LAST_FOUR_SQL, market=market, last_four=last_four)]


def of_card(tx: Tx, market: str, card: str) -> list[Id]:
    """The newest orders that a card paid for, at most 100."""
    return [order_id for (order_id,) in values(tx, OF_CARD_SQL, market=market, card=card)]


def summary(tx: Tx, market: str, order_id: Id) -> Paid:
    """The sums of an order's payments."""
    return row(tx, Paid, SUMMARY_SQL, market=market, order_id=order_id) or Paid()


def by_order(tx: Tx, market: str) -> list[tuple[Id, Taken]]:
    """Where each order with payments stands in money."""
    return [(order_id, Taken(*sums)) for order_id, *sums in values(tx, BY_ORDER_SQL, market=market)]


def refused(tx: Tx, market: str, order_id: Id) -> int:
    """What providers refused to let us take for an order, in all."""
    return sum(minor for (minor,) in values(tx, REFUSED_SQL, market=market, order_id=order_id))


def astray(tx: Tx, market: str) -> list[tuple[Id, list[int], list[int]]]:
    """Payments whose sums are not those of their operations, as (payment, kept, told); at most 1,000."""
    return [(payment, kept, told) for payment, kept, told in values(tx, ASTRAY_SQL, market=market)]
