"""The audit of stock: positions against the fold of moves, and its repair by moves."""

from datetime import datetime

from anyshelf.ground.audit import Finding
from anyshelf.ground.db import Tx, rows, values
from anyshelf.ground.ids import Id, new_id
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Claim, Sent
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

    The position is what business acted on and what the database guarded, so the books follow it.
    """
    drift = values(tx, store.DRIFT_SQL, market=market)
    moves = [
        rules.correction(item, node, bucket, int(kept - folded)) for item, node, bucket, folded, kept in drift
    ]
    if moves:
        ledger.note(tx, market, moves, cause=new_id(), step=0, now=now, happened_at=now)
    return len(moves)


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
