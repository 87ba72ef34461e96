"""Transactions: taken from a pool, committed at the edges, and honest about what became of them."""

import select
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, LiteralString, Self, TypeAlias, TypeVar

import msgspec
import psycopg
from psycopg import IsolationLevel, errors
from psycopg.pq import TransactionStatus
from psycopg.rows import class_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from anyshelf.ground.db.arrays import PlainListDumper
from anyshelf.ground.db.errands import ErrandConnection, Question
from anyshelf.ground.errors import Busy, SetupProblem

Tx: TypeAlias = psycopg.Connection[tuple[Any, ...]]
"""An open transaction. Service functions take it first and never commit it."""

T = TypeVar("T")

APP_ROLE = "anyshelf_app"
"""What the running application may do; the migrations grant it table by table."""

CONFIGURE_SQL = """
SELECT set_config('role', %(role)s, false),
       set_config('TimeZone', 'UTC', false),
       set_config('lock_timeout', '10s', false),
       set_config('statement_timeout', '30s', false),
       set_config('idle_in_transaction_session_timeout', '30s', false),
       set_config('jit', 'off', false)
"""
# Compiling a statement takes longer than any of ours should run.

PING_SQL = "SELECT 1"

# A peer that vanished without a word (power, network) is noticed in seconds rather than hours.
LIBPQ_SETTINGS: Mapping[str, Any] = {
    "application_name": "anyshelf",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

# Undone by the database for reasons that pass: running the same work again may well succeed.
COLLISIONS = (errors.SerializationFailure, errors.DeadlockDetected)

# The server said goodbye (shutdown, crash, still starting); class 08 and no code at all mean the same.
FAREWELLS = frozenset({"57P01", "57P02", "57P03", "57P05"})

FIRST_PAUSE_SECONDS = 0.005

# JSON on its way in and out of the database: the quickest well-kept library there is.
set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)
psycopg.adapters.register_dumper(list, PlainListDumper)


class OutcomeUnknown(Busy):
    """The database fell silent during the commit: the work may or may not be kept; ask with the same key."""

    slug = "outcome-unknown"
    title = "The database fell silent during the commit"


class Database:
    """A pool of connections that work as the application's role.

    Connections come from `url`, whose login must be allowed to `SET ROLE` to `role` (`migrate` sees to it);
    `role=None` keeps the login's own rights. At most `pool_max` transactions run at once, a further one waits
    `wait_seconds` and is then refused as `Busy`.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_min: int = 1,
        pool_max: int = 16,
        role: str | None = APP_ROLE,
        wait_seconds: float = 15.0,
    ) -> None:
        self.url = url
        self.role = role
        self._wait_seconds = wait_seconds
        self._pool: ConnectionPool[ErrandConnection] = ConnectionPool(
            url,
            connection_class=ErrandConnection,
            kwargs=dict(LIBPQ_SETTINGS),
            min_size=pool_min,
            max_size=pool_max,
            timeout=wait_seconds,
            configure=self._configure,
            reconnect_timeout=wait_seconds,  # give up soon, begin anew with the next request
            open=False,
            name="anyshelf",
        )

    def open(self) -> None:
        """Connect; raises SetupProblem when the database cannot be reached or the role may not be taken."""
        try:
            with psycopg.connect(self.url, **LIBPQ_SETTINGS) as probe:
                self._configure(probe)
        except (errors.InvalidParameterValue, errors.InsufficientPrivilege) as refused:
            raise SetupProblem(
                f"This login may not work as the role {self.role}: {_sentence(refused)}. "
                "Run `anyshelf migrate`, which creates the role or names the SQL to run."
            ) from refused
        except psycopg.Error as unreachable:
            raise SetupProblem(
                f"The database cannot be reached: {_sentence(unreachable)}. "
                "Check ANYSHELF_DATABASE_URL and that the server runs."
            ) from unreachable
        self._pool.open()

    def close(self) -> None:
        """Give every connection back to the server."""
        self._pool.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self, *, one_moment: bool = False) -> Iterator[Tx]:
        """One transaction: kept when the block ends, undone when it raises.

        With `one_moment` it only reads, and all its statements see the database as it stood at the first.

        Raises Busy, with nothing changed, when no connection is free, a lock is not had in time, the database
        undid the work (serialization, deadlock) or went away before the commit; its `__cause__` is the
        database's own error. Raises OutcomeUnknown when the connection is lost during the commit.
        """
        connection = self._take()
        try:
            if one_moment:
                connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
            yield connection
            connection.catch_up()
            _refuse_failed(connection)
        except BaseException as error:
            _undo(connection)
            if _passing(error):
                raise Busy(_sentence(error)) from error
            raise
        else:
            _commit(connection)
        finally:
            if one_moment and not connection.closed:
                connection.isolation_level = connection.read_only = None
            self._pool.putconn(connection)

    def ping(self) -> None:
        """Ask the database for a sign of life; raises Busy when there is none."""
        with self.transaction() as tx:
            tx.execute(PING_SQL)

    def _take(self) -> ErrandConnection:
        """A live connection; one that died while idle is put away at once, without the pool's pauses."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                connection = self._pool.getconn(timeout=max(0.0, deadline - time.monotonic()))
            except (PoolTimeout, TooManyRequests) as full:
                raise Busy("Every connection to the database is in use, or the database is away.") from full
            if _alive(connection):
                return connection
            connection.close()
            self._pool.putconn(connection)

    def _configure(self, connection: Tx) -> None:
        connection.autocommit = True
        connection.execute(CONFIGURE_SQL, {"role": self.role or "none"})
        connection.autocommit = False


def retrying(database: Database, work: Callable[[Tx], T], *, attempts: int = 5) -> T:
    """Do `work` in a transaction of its own, again when the database undid it before the commit was sent.

    As `persisting`: `work` must have no effect outside its transaction.
    """

    def once() -> T:
        with database.transaction() as tx:
            return work(tx)

    return persisting(once, attempts=attempts)


def persisting(work: Callable[[], T], *, attempts: int = 5) -> T:
    """Do `work`, which opens its own transaction, again when that was undone before its commit was sent.

    Reruns after a serialization failure, a deadlock or a lost connection. Raises Busy after `attempts` tries,
    OutcomeUnknown (never rerun) when the connection was lost during the commit.
    """
    for attempt in range(1, attempts + 1):
        try:
            return work()
        except Busy as busy:
            if attempt == attempts or not _may_rerun(busy):
                raise
        time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
    raise ValueError("attempts must be at least 1")


def rows(tx: Tx, kind: type[T], sql: LiteralString, /, **params: Any) -> list[T]:
    """Every row the statement finds, each as a `kind` whose fields bear the columns' names."""
    known = tx.foreseen(sql, params) if isinstance(tx, ErrandConnection) else None
    if known is not None:
        return [kind(**dict(zip(known.names, each, strict=True))) for each in known.rows]
    with tx.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(sql, params).fetchall()


def row(tx: Tx, kind: type[T], sql: LiteralString, /, **params: Any) -> T | None:
    """The first row the statement finds as a `kind`, or None."""
    with tx.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(sql, params).fetchone()


def run(tx: Tx, sql: LiteralString, /, **params: Any) -> int:
    """Carry out a statement and say how many rows it touched."""
    with tx.cursor() as cursor:
        return cursor.execute(sql, params).rowcount


def values(tx: Tx, sql: LiteralString, /, **params: Any) -> list[tuple[Any, ...]]:
    """Every row the statement finds, as plain tuples."""
    known = tx.foreseen(sql, params) if isinstance(tx, ErrandConnection) else None
    if known is not None:
        return list(known.rows)
    with tx.cursor() as cursor:
        return cursor.execute(sql, params).fetchall()


def later(
    tx: Tx,
    sql: LiteralString,
    /,
    *,
    then: Callable[[int], None] | None = None,
    twice: Exception | None = None,
    **params: Any,
) -> None:
    """Carry out a statement before whatever is asked next, together with others that can wait as long.

    Its errors come up there, `twice` in place of a unique key that it breaks, and so does what `then` raises,
    which is told how many rows were touched.
    """
    if isinstance(tx, ErrandConnection):
        tx.put_off(sql, params, then, twice)
        return
    try:
        touched = run(tx, sql, **params)
    except errors.UniqueViolation as error:
        raise twice or error from None
    if then is not None:
        then(touched)


def catch_up(tx: Tx) -> None:
    """Carry out now what was put off with `later`: what is wrong with it comes up here."""
    if isinstance(tx, ErrandConnection):
        tx.catch_up()


def foresee(tx: Tx, questions: Sequence[Question]) -> None:
    """Ask all at once what `rows` and `values` will be asked soon: the first who asks each is told at once.

    They are told how it stood now. Nobody is told twice, nor after the end of the transaction.
    """
    if isinstance(tx, ErrandConnection):
        tx.foresee(questions)


def _commit(connection: Tx) -> None:
    try:
        connection.commit()
    except psycopg.Error as error:
        if connection.closed:
            raise OutcomeUnknown("The connection to the database was lost during the commit.") from error
        _undo(connection)
        if _passing(error):
            raise Busy(_sentence(error)) from error
        raise


def _undo(connection: Tx) -> None:
    if connection.closed:
        return
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()  # the server undoes what a closed connection left open


def _refuse_failed(connection: Tx) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with a silent ROLLBACK; that must not pass."""
    if connection.info.transaction_status == TransactionStatus.INERROR:
        raise errors.InFailedSqlTransaction("an earlier statement failed and its error was swallowed")


def _alive(connection: Tx) -> bool:
    """An idle connection has nothing to read; one that has was bidden farewell. Costs no round trip."""
    try:
        watch = select.poll()
        watch.register(connection.fileno(), select.POLLIN)
        if watch.poll(0):
            # A mere notice is possible too, so ask now that asking is worth it.
            connection.execute(PING_SQL)
            connection.rollback()
    except psycopg.Error:
        return False
    return True


def _passing(error: BaseException) -> bool:
    return isinstance(error, (*COLLISIONS, errors.LockNotAvailable)) or _lost(error)


def _may_rerun(busy: Busy) -> bool:
    if isinstance(busy, OutcomeUnknown):
        return False
    cause = busy.__cause__
    return isinstance(cause, COLLISIONS) or (cause is not None and _lost(cause))


def _lost(error: BaseException) -> bool:
    """Whether the connection itself broke. The pool's own refusals are not that: nothing was begun."""
    if not isinstance(error, psycopg.OperationalError) or isinstance(error, (PoolTimeout, TooManyRequests)):
        return False
    return error.sqlstate is None or error.sqlstate.startswith("08") or error.sqlstate in FAREWELLS


def _sentence(error: BaseException) -> str:
    """The first line of what the database said."""
    return str(error).strip().partition("\n")[0]
