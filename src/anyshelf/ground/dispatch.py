"""How events reach their handlers: in order, once, and none of them in the way of the others.

A reader has one row saying how far it has read. It moves in the transaction of what the handlers did, so a
crash repeats neither and loses neither; its lock keeps a second process from reading at the same time.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import errors

from anyshelf.ground import outbox
from anyshelf.ground.db import Database, Tx, rows, run, values
from anyshelf.ground.errors import Busy, Conflict, NotFound
from anyshelf.ground.events import Told
from anyshelf.ground.log import log_of
from anyshelf.ground.metrics import EVENTS_HANDLED, EVENTS_SET_ASIDE

NEW_READER_SQL = """
INSERT INTO outbox_readers (market, reader) VALUES (%(market)s, %(reader)s) ON CONFLICT DO NOTHING
"""

# Who finds the row locked has nothing to do: somebody else is reading.
LOCK_READER_SQL = """
SELECT sequence FROM outbox_readers WHERE market = %(market)s AND reader = %(reader)s
FOR UPDATE SKIP LOCKED
"""

MOVE_READER_SQL = """
UPDATE outbox_readers SET sequence = %(sequence)s WHERE market = %(market)s AND reader = %(reader)s
"""

SET_ASIDE_SQL = """
INSERT INTO outbox_set_aside (market, reader, sequence, reason, set_aside_at)
VALUES (%(market)s, %(reader)s, %(sequence)s, %(reason)s, %(now)s) ON CONFLICT DO NOTHING
"""

READERS_SQL = "SELECT reader, sequence FROM outbox_readers WHERE market = %(market)s ORDER BY reader"

ASIDE_SQL = """
SELECT a.reader, a.sequence, a.reason, a.set_aside_at, o.kind, o.subject
FROM outbox_set_aside a JOIN outbox o ON o.market = a.market AND o.sequence = a.sequence
WHERE a.market = %(market)s AND NOT EXISTS (
    SELECT FROM outbox_handled_after_all h
    WHERE h.market = a.market AND h.reader = a.reader AND h.sequence = a.sequence)
ORDER BY a.set_aside_at DESC, a.sequence DESC LIMIT %(limit)s
"""

HANDLED_SQL = """
INSERT INTO outbox_handled_after_all (market, reader, sequence, handled_at)
SELECT market, reader, sequence, %(now)s FROM outbox_set_aside
WHERE market = %(market)s AND reader = %(reader)s AND sequence = %(sequence)s
ON CONFLICT DO NOTHING
"""

ROUNDS_MAX = 20
PAUSE_SECONDS = 0.01
REASON_LENGTH_MAX = 500

Handler = Callable[[Tx, Told], None]
"""Does what an event calls for, in the reader's transaction; the same event again must not hurt."""

log = log_of("dispatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A room that listens: its name, and what it does at each kind of event.

    `at_once` is how many events it takes in one transaction: few where its handlers lock what others need.
    """

    name: str
    handlers: Mapping[str, Handler]
    at_once: int = 100


class _Failed(Exception):
    """A handler could not take an event."""

    def __init__(self, told: Told, error: Exception) -> None:
        super().__init__(str(error))
        self.told = told
        self.error = error


def catch_up(
    database: Database, market: str, readers: Sequence[Reader], *, limit: int = 200, attempts: int = 3
) -> int:
    """Number new events and let every reader take what it has not read, until all is read.

    Returns how many events were taken (each counted once for every reader that has a handler for it); at most
    ROUNDS_MAX batches of `limit` a reader, so that a caller can look up in between. An event whose handler
    fails `attempts` times is set aside, and those behind it go on. Raises Busy when the database is away:
    call again.
    """
    taken = 0
    for _ in range(ROUNDS_MAX):
        with database.transaction() as tx:
            outbox.number_new(tx, market)
        took = sum(_read(database, market, reader, limit=limit, attempts=attempts) for reader in readers)
        if not took:
            break
        taken += took
    return taken


def behind(tx: Tx, market: str) -> dict[str, int]:
    """How many numbered events each reader has not read yet."""
    last = outbox.head(tx, market)
    return {reader: last - sequence for reader, sequence in values(tx, READERS_SQL, market=market)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """An event that a reader could not take: which, why, and when that was."""

    reader: str
    sequence: int
    reason: str
    set_aside_at: datetime
    kind: str
    subject: str


def set_aside(tx: Tx, market: str, *, limit: int = 100) -> list[SetAside]:
    """The events that wait for somebody to see to them, the latest first."""
    return rows(tx, SetAside, ASIDE_SQL, market=market, limit=limit)


def try_again(tx: Tx, market: str, reader: Reader, sequence: int, now: datetime) -> None:
    """Let a reader handle an event that was set aside; done twice it is done once.

    Raises Conflict with what is still wrong, and NotFound for an event that was not set aside.
    """
    if not run(tx, HANDLED_SQL, market=market, reader=reader.name, sequence=sequence, now=now):
        raise NotFound(f"Nothing of that number waits for {reader.name}; it may be done by now.")
    (told,) = outbox.after(tx, market, sequence - 1, limit=1)
    try:
        _handle(tx, reader, told)
    except _Failed as failed:
        reason = f"{type(failed.error).__name__}: {failed}".partition("\n")[0]
        raise Conflict(f"{reader.name} still cannot take it: {reason[:REASON_LENGTH_MAX]}") from failed


def read_by_all(tx: Tx, market: str, readers: Sequence[Reader]) -> int:
    """The last number that every one of these readers has read."""
    read = dict(values(tx, READERS_SQL, market=market))
    return min((read.get(reader.name, 0) for reader in readers), default=2**63)


def _read(database: Database, market: str, reader: Reader, *, limit: int, attempts: int) -> int:
    try:
        return _take(database, market, reader, limit=min(limit, reader.at_once))
    except Busy as busy:
        log.warning("reader waits", reader=reader.name, reason=busy.detail)
        return 0
    except _Failed as failed:
        return _read_one_by_one(database, market, reader, until=failed.told.sequence, attempts=attempts)


def _read_one_by_one(database: Database, market: str, reader: Reader, *, until: int, attempts: int) -> int:
    """Take single events up to the one that failed in company; it is tried again, then set aside."""
    taken, failures = 0, 0
    while taken < until:  # never more than there are
        try:
            took = _take(database, market, reader, limit=1)
        except Busy:
            return taken
        except _Failed as failed:
            failures += 1
            if failures >= attempts:
                _set_aside(database, market, reader, failed)
                return taken + 1
            time.sleep(PAUSE_SECONDS * 2**failures)
            continue
        if not took:
            return taken
        taken += took
    return taken


def _take(database: Database, market: str, reader: Reader, *, limit: int) -> int:
    """Let a reader take its next events in one transaction; returns how many, 0 if another process reads.

    Only what it has a handler for is fetched; the rest it has read by passing it over.
    """
    with database.transaction() as tx:
        sequence = _lock(tx, market, reader)
        if sequence is None:
            return 0
        last = outbox.head(tx, market)
        events = outbox.after(tx, market, sequence, limit=limit, kinds=list(reader.handlers))
        for told in events:
            _handle(tx, reader, told)
        taken_to = events[-1].sequence if events else sequence
        until = taken_to if len(events) == limit else max(last, taken_to)
        if until > sequence:
            run(tx, MOVE_READER_SQL, market=market, reader=reader.name, sequence=until)
    EVENTS_HANDLED.labels(reader.name).inc(len(events))
    return len(events)


def _lock(tx: Tx, market: str, reader: Reader) -> int | None:
    """How far the reader has read, if nobody else is reading for it now."""
    found = values(tx, LOCK_READER_SQL, market=market, reader=reader.name)
    if not found and run(tx, NEW_READER_SQL, market=market, reader=reader.name):
        return 0
    return found[0][0] if found else None


def _handle(tx: Tx, reader: Reader, told: Told) -> None:
    try:
        reader.handlers[told.kind](tx, told)
    except errors.QueryCanceled as error:
        raise _Failed(told, error) from error
    except (Busy, psycopg.OperationalError):
        raise  # it passes: nothing is wrong with the event
    except Exception as error:
        raise _Failed(told, error) from error


def _set_aside(database: Database, market: str, reader: Reader, failed: _Failed) -> None:
    reason = f"{type(failed.error).__name__}: {failed}".partition("\n")[0].replace("\0", "")
    with database.transaction() as tx:
        sequence = _lock(tx, market, reader)
        if sequence is None or sequence >= failed.told.sequence:
            return  # another process is at it
        run(
            tx,
            SET_ASIDE_SQL,
            market=market,
            reader=reader.name,
            sequence=failed.told.sequence,
            reason=reason[:REASON_LENGTH_MAX],
            now=datetime.now(UTC),
        )
        run(tx, MOVE_READER_SQL, market=market, reader=reader.name, sequence=failed.told.sequence)
    EVENTS_SET_ASIDE.labels(reader.name).inc()
    log.error(
        "event set aside",
        reader=reader.name,
        kind=failed.told.kind,
        sequence=failed.told.sequence,
        reason=reason,
    )
