"""Timers: what is to happen at a moment. They outlive a restart and ring once, whoever is there to hear.

A room sets and stops its timers in the transaction of what they are about, and declares what each kind does.
The handler locks what it touches first; the timer's own row is taken last, so nobody waits crosswise with
whoever holds an order and sets its timer. That one worker rings it is kept by an advisory lock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, Tx, row, rows, run, values
from anyshelf.ground.errors import Busy
from anyshelf.ground.log import log_of

SET_SQL = """
INSERT INTO timers (market, kind, subject, due_at, data)
VALUES (%(market)s, %(kind)s, %(subject)s, %(due_at)s, %(data)s)
ON CONFLICT (market, kind, subject)
DO UPDATE SET due_at = excluded.due_at, data = excluded.data, attempts = 0
"""

STOP_SQL = "DELETE FROM timers WHERE market = %(market)s AND kind = %(kind)s AND subject = %(subject)s"

DUE_SQL = """
SELECT kind, subject, due_at, data, attempts FROM timers
WHERE market = %(market)s AND due_at <= %(now)s AND kind = ANY(%(kinds)s::text[])
  AND NOT (kind || ' ' || subject) = ANY(%(tried)s::text[])
ORDER BY due_at, kind, subject LIMIT 1
"""

ALONE_SQL = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s, 7221))
"""

STILL_DUE_SQL = """
SELECT 1 FROM timers WHERE market = %(market)s AND kind = %(kind)s AND subject = %(subject)s
  AND due_at = %(due_at)s
"""

RUNG_SQL = """
DELETE FROM timers WHERE market = %(market)s AND kind = %(kind)s AND subject = %(subject)s
  AND due_at = %(due_at)s
"""

LATER_SQL = """
UPDATE timers SET due_at = %(later)s, attempts = attempts + 1
WHERE market = %(market)s AND kind = %(kind)s AND subject = %(subject)s AND due_at = %(due_at)s
"""

MOVED_SQL = """
SELECT 1 FROM timers WHERE market = %(market)s AND kind = %(kind)s AND subject = %(subject)s
  AND xmin <> pg_current_xact_id()::xid
"""

OVERDUE_SQL = """
SELECT kind, count(*) AS timers, min(due_at) AS since, max(attempts) AS attempts FROM timers
WHERE market = %(market)s AND due_at <= %(now)s OR market = %(market)s AND attempts > 0
GROUP BY kind ORDER BY kind
"""

RING_MAX = 100
WAIT_AFTER_TROUBLE = timedelta(minutes=1)
WAIT_MAX = timedelta(hours=6)

log = log_of("timers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A moment that has come: what kind, about what."""

    kind: str
    subject: str
    due_at: datetime
    data: dict[str, Any]
    attempts: int


Handler = Callable[[Tx, str, Timer, datetime], None]
"""Does what a timer calls for, given the market and now; what has been settled meanwhile it leaves alone."""


class _RungElsewhere(Exception):
    """Another worker rang it, or it was set anew, while we were at it."""


def set_timer(
    tx: Tx, market: str, kind: str, subject: str, due_at: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """Have something happen at a moment; set anew, only the new moment counts."""
    run(tx, SET_SQL, market=market, kind=kind, subject=subject, due_at=due_at, data=Jsonb(dict(data or {})))


def stop_timer(tx: Tx, market: str, kind: str, subject: str) -> None:
    """Nothing is to happen any more; a timer nobody set is stopped already."""
    run(tx, STOP_SQL, market=market, kind=kind, subject=subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Timers of a kind that should have rung, or failed when they did."""

    kind: str
    timers: int
    since: datetime
    attempts: int


def overdue(tx: Tx, market: str, now: datetime) -> list[Overdue]:
    """What should have rung by now, and what was tried and failed, by kind."""
    return rows(tx, Overdue, OVERDUE_SQL, market=market, now=now)


def ring(database: Database, market: str, clock: Clock, handlers: Mapping[str, Handler]) -> int:
    """Let the timers ring whose moment has come, at most RING_MAX, each in a transaction of its own.

    Returns how many rang. One whose handler fails is written down and tried again later, ever less often;
    the others ring all the same.
    """
    rung, tried = 0, list[str]()
    while len(tried) < RING_MAX:
        with database.transaction() as tx:
            timer = _next(tx, market, clock.now(), sorted(handlers), tried)
        if timer is None:
            break
        tried.append(f"{timer.kind} {timer.subject}")
        rung += _ring(database, market, clock, handlers[timer.kind], timer)
    return rung


def _next(tx: Tx, market: str, now: datetime, kinds: Sequence[str], tried: Sequence[str]) -> Timer | None:
    return row(tx, Timer, DUE_SQL, market=market, now=now, kinds=list(kinds), tried=list(tried))


def _ring(database: Database, market: str, clock: Clock, handler: Handler, timer: Timer) -> bool:
    which = {"market": market, "kind": timer.kind, "subject": timer.subject, "due_at": timer.due_at}
    try:
        with database.transaction() as tx:
            _begin(tx, which)
            handler(tx, market, timer, clock.now())
            _rung(tx, which)
    except _RungElsewhere:
        return False
    except Busy:
        raise
    except Exception:
        log.exception("a timer failed", kind=timer.kind, subject=timer.subject)
        wait = min(WAIT_AFTER_TROUBLE * 2**timer.attempts, WAIT_MAX)
        with database.transaction() as tx:
            run(tx, LATER_SQL, **which, later=clock.now() + wait)
        return False
    return True


def _begin(tx: Tx, which: Mapping[str, Any]) -> None:
    """Nobody else rings it now, and it is still due; raises _RungElsewhere otherwise."""
    name = f"{which['market']} {which['kind']} {which['subject']}"
    if not values(tx, ALONE_SQL, name=name)[0][0] or not values(tx, STILL_DUE_SQL, **which):
        raise _RungElsewhere


def _rung(tx: Tx, which: Mapping[str, Any]) -> None:
    """Take the timer away, unless its own handler has stopped it or set it anew.

    Raises _RungElsewhere where somebody else moved it while the handler was at work.
    """
    named = {name: which[name] for name in ("market", "kind", "subject")}
    if not run(tx, RUNG_SQL, **which) and values(tx, MOVED_SQL, **named):
        raise _RungElsewhere
