"""The audit of orders: sums against where parts stand, claims against open lines, money against lines."""

from collections.abc import Iterator

from anyshelf.ground.audit import Finding
from anyshelf.ground.db import Tx, values
from anyshelf.inventory import service as inventory
from anyshelf.orders import store
from anyshelf.payments import service as payments


def audit(tx: Tx, market: str) -> list[Finding]:
    """Every order whose lines, claims, deliveries or money do not agree with the books."""
    return [*_uneven(tx, market), *_claims(tx, market), *_sent(tx, market), *_money(tx, market)]


def _finding(what: str, where: str, expected: object, found: object) -> Finding:
    return Finding(room="orders", what=what, where=where, expected=str(expected), found=str(found))


def _uneven(tx: Tx, market: str) -> Iterator[Finding]:
    for order_id, line, state, summed, stand in values(tx, store.UNEVEN_SQL, market=market):
        yield _finding(
            "line states and where they stand differ", f"{order_id} line {line}: {state}", summed, stand
        )


def _claims(tx: Tx, market: str) -> Iterator[Finding]:
    """What the ledger holds for an order must be what its lines still wait for, node by node."""
    wanted = {
        (order_id, line, node): (reserved or 0, allocated or 0)
        for order_id, line, node, reserved, allocated in values(tx, store.CLAIMED_SQL, market=market)
    }
    for claim in inventory.claims_not_held(tx, market):
        expected = wanted.pop((claim.cause, claim.line, claim.node), (0, 0))
        if expected != (claim.reserved, claim.allocated):
            where = f"{claim.cause} line {claim.line} at {claim.node}"
            yield _finding("claims and open lines differ", where, expected, (claim.reserved, claim.allocated))
    for (order_id, line, node), expected in wanted.items():
        yield _finding("open lines without a claim", f"{order_id} line {line} at {node}", expected, (0, 0))


def _sent(tx: Tx, market: str) -> Iterator[Finding]:
    """The units given to a customer must be the units its lines say have left."""
    sent = inventory.sent(tx, market)
    for order_id, units in values(tx, store.SENT_UNITS_SQL, market=market):
        if sent.get(order_id, 0) != units:
            yield _finding("units sent and line states differ", str(order_id), units, sent.get(order_id, 0))


def _money(tx: Tx, market: str) -> Iterator[Finding]:
    """Of every order paid through us: what left is paid for, and nothing is set aside once all is done."""
    taken = payments.taken_by_order(tx, market)
    for order_id, earned, waiting, appeased in values(tx, store.EARNED_SQL, market=market):
        if order_id not in taken:
            continue  # paid elsewhere
        sums = taken[order_id]
        kept = sums.captured_minor - sums.unearned_minor
        # What was given for a shopper's trouble is not given back once more when units are cancelled.
        if not earned - sums.refused_minor <= kept <= earned + appeased:
            yield _finding("money taken and units sent differ", str(order_id), earned, kept)
        if sums.refunded_minor - sums.unearned_minor > earned + appeased:
            yield _finding("more given back than earned", str(order_id), earned, sums.refunded_minor)
        if sums.set_aside_minor and not waiting:
            yield _finding("money set aside for nothing", str(order_id), 0, sums.set_aside_minor)
