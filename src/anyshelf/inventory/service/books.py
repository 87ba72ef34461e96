"""The audit of stock: positions against the fold of moves, and its repair by moves."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.audit import Finding
from anyshelf.ground.db import Tx, rows, values
from anyshelf.ground.ids import Id, new_id
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import CLAIMS, Claim, Move, Sent
from anyshelf.inventory.service import ledger


def audit(tx: Tx, market: str) -> list[Finding]:
    """Every bucket of every position that is not the fold of its moves."""
    return [
        Finding(
            room="inventory",
            what=f"{bucket} is not the sum of its moves",
            where=f"{item} at {node}",
            expected=str(folded),
            found=str(kept),
            mendable=True,
        )
        for item, node, bucket, folded, kept in values(tx, store.DRIFT_SQL, market=market)
    ]


def repair(tx: Tx, market: str, now: datetime) -> int:
    """Write the moves that account for every drift; nothing is edited. Returns how many were written.

    Of goods the position is what business acted on and what the database guarded, so the books follow it.
    Of claims the books say whose they are, so the position follows them: one move writes the drift down, a
    second takes it back. What the position cannot bear is left to be found again: a person decides.
    """
    drift = values(tx, store.DRIFT_SQL, market=market)
    found = [
        (bucket, rules.correction(item, node, bucket, int(kept - folded)))
        for item, node, bucket, folded, kept in drift
    ]
    claims = _bearable(tx, market, [move for bucket, move in found if bucket in CLAIMS])
    moves = [move for bucket, move in found if bucket not in CLAIMS] + claims
    if moves:
        cause = new_id()
        ledger.note(tx, market, moves, cause=cause, step=0, now=now, happened_at=now)
        ledger.post(tx, market, [rules.undone(move) for move in claims], cause=cause, step=1, now=now)
    return len(moves) + len(claims)


def _bearable(tx: Tx, market: str, corrections: Sequence[Move]) -> list[Move]:
    """The corrections of claims whose positions can bear what the books say. Locks in (item, node) order."""
    change = rules.changes(rules.undone(move) for move in corrections)
    short = set(rules.shortfalls(ledger.lock(tx, market, change), change))
    return [move for move in corrections if (move.item, move.node) not in short]


def claims_not_held(tx: Tx, market: str) -> list[Claim]:
    """What causes other than live holds still claim, folded from the moves."""
    held = {
        (hold_id, line, item, node): quantity
        for hold_id, line, item, node, quantity in values(tx, store.LIVE_HOLDS_SQL, market=market)
    }
    claims = rows(tx, Claim, store.CLAIMS_SQL, market=market)
    return [
        claim
        for claim in claims
        if held.get((claim.cause, claim.line, claim.item, claim.node)) != claim.reserved or claim.allocated
    ]


def sent(tx: Tx, market: str) -> dict[Id, int]:
    """The units each order's moves gave to its customer."""
    return {found.cause: found.quantity for found in rows(tx, Sent, store.SENT_SQL, market=market)}
