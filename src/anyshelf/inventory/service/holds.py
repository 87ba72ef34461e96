"""Holds: stock kept for somebody for a short time."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.db import Tx, row, rows, run
from anyshelf.ground.errors import NotFound
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Hold, Want
from anyshelf.inventory.service.ledger import post, reserve


def hold(
    tx: Tx, market: str, wants: Sequence[Want], *, holder: str | None, expires_at: datetime, now: datetime
) -> Hold:
    """Hold every want or none until a moment; raises Shortage naming all that fell short."""
    hold_id = new_id()
    reserve(tx, market, wants, cause=hold_id, step=0, now=now, reason="hold")
    run(
        tx,
        store.MAKE_HOLD_SQL,
        market=market,
        hold_id=hold_id,
        holder=holder,
        expires_at=expires_at,
        now=now,
    )
    run(
        tx,
        store.HOLD_LINES_SQL,
        market=market,
        hold_id=hold_id,
        lines=[want.line for want in wants],
        items=[want.item for want in wants],
        nodes=[want.node for want in wants],
        quantities=[want.quantity for want in wants],
    )
    return Hold(hold_id=hold_id, state="live", holder=holder, expires_at=expires_at)


def release_hold(tx: Tx, market: str, hold_id: Id, now: datetime) -> Hold:
    """Give a hold back; a hold that has ended stays as it ended."""
    found = row(tx, Hold, store.LOCK_HOLD_SQL, market=market, hold_id=hold_id)
    if found is None:
        raise NotFound("There is no such hold.")
    return _end(tx, market, found, "released", now) if found.state == "live" else found


def expire_holds(tx: Tx, market: str, now: datetime) -> int:
    """Give back the holds whose time is over, at most 100 at a time; returns how many."""
    over = rows(tx, Hold, store.EXPIRED_HOLDS_SQL, market=market, now=now)
    for found in over:
        _end(tx, market, found, "expired", now)
    return len(over)


def _end(tx: Tx, market: str, found: Hold, state: str, now: datetime) -> Hold:
    wants = rows(tx, Want, store.WANTS_OF_HOLD_SQL, market=market, hold_id=found.hold_id)
    moves = [rules.release(want, reason=state) for want in wants]
    post(tx, market, moves, cause=found.hold_id, step=1, now=now)
    run(tx, store.END_HOLD_SQL, market=market, hold_id=found.hold_id, state=state, now=now)
    event = Event(
        kind=f"Hold{state.capitalize()}",
        subject=str(found.hold_id),
        data={"hold_id": str(found.hold_id)},
        happened_at=now,
    )
    tell(tx, market, [event])
    return Hold(hold_id=found.hold_id, state=state, holder=found.holder, expires_at=found.expires_at)
