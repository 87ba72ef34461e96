"""Whose turn it is to plan a market: one run at a time, also across workers, and none for ever.

A run holds the turn for some minutes and takes it anew with each part it writes. Whoever is killed loses it
when those are over. What a run writes, it writes under the lock of the turn's row and only while the turn is
its own: a run that was thought dead and comes back writes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict
from anyshelf.ground.ids import Id, new_id
from anyshelf.planning import rules
from anyshelf.planning.model import Run, Turn
from anyshelf.planning.service.terms import terms
from anyshelf.planning.store import running as store

LASTS = timedelta(minutes=10)
"""How long a run may be silent: far longer than any part of it takes."""


def take_turn(tx: Tx, market: str, now: datetime) -> Id:
    """It is our turn from now on; raises Conflict where it is somebody else's. Locks the turn."""
    before = store.lock_turn(tx, market, now)
    if before.taken(now):
        raise Conflict("This market is being planned at the moment. Wait until that is done, and try again.")
    return _taken(tx, market, before, now)


def _taken(tx: Tx, market: str, before: Turn, now: datetime) -> Id:
    turn_id = new_id()
    store.save_turn(tx, market, replace(before, turn_id=turn_id, until=now + LASTS))
    return turn_id


def keep_turn(tx: Tx, market: str, turn_id: Id, now: datetime) -> None:
    """Still our turn; raises Conflict where somebody else has taken it meanwhile. Locks the turn."""
    before = store.lock_turn(tx, market, now)
    if before.turn_id != turn_id:
        raise Conflict("Another run has taken over: what this one thought of is not written.")
    store.save_turn(tx, market, replace(before, until=now + LASTS))


def free_turn(tx: Tx, market: str, turn_id: Id, now: datetime) -> None:
    """Nobody's turn any more, where it was ours."""
    before = store.lock_turn(tx, market, now)
    if before.turn_id == turn_id:
        store.save_turn(tx, market, replace(before, turn_id=None, until=None))


def turn(tx: Tx, market: str) -> Turn | None:
    """Whose turn it is; None where nothing was ever planned."""
    return store.turn(tx, market)


def plan_soon(tx: Tx, market: str, now: datetime) -> None:
    """Have the worker plan the whole market as soon as it can."""
    before = store.lock_turn(tx, market, now)
    store.save_turn(tx, market, replace(before, asked=True))


def night_turn(tx: Tx, market: str, now: datetime) -> tuple[Id, Run | None] | None:
    """The turn for a part of the run of the night, and that run where it has begun already.

    None where nothing is to do, or somebody else is at it.
    """
    before = store.lock_turn(tx, market, now)
    if before.taken(now):
        return None
    if before.night is not None:
        return _taken(tx, market, before, now), store.run_of(tx, market, before.night)
    if before.asked or rules.is_due(before.nights_from, now, terms(tx, market).plan_hour):
        return _taken(tx, market, before, now), None
    return None


def begin_night(tx: Tx, market: str, run: Run, now: datetime) -> None:
    """The run of this night has begun: another worker carries it on where this one is killed."""
    before = store.lock_turn(tx, market, now)
    store.save_turn(tx, market, replace(before, night=run.run_id, nights_from=now, asked=False))


def end_night(tx: Tx, market: str, now: datetime) -> None:
    """The run of this night is done."""
    before = store.lock_turn(tx, market, now)
    store.save_turn(tx, market, replace(before, night=None))
