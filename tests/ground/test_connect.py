import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from anyshelf.ground.db import (
    Database,
    OutcomeUnknown,
    Tx,
    migrate,
    retrying,
    row,
    rows,
    run,
    start_embedded,
    values,
)
from anyshelf.ground.errors import Busy, SetupProblem

SMALL = {"shared_buffers": "16MB", "max_connections": "20"}

KILL_SESSION_SQL = "SELECT pg_terminate_backend(%(pid)s, 5000)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    name: str
    watts: int


@pytest.fixture
def lamps(database_url: str, database: Database) -> Database:
    """A database with a table of two lamps."""
    with psycopg.connect(database_url) as owner:
        owner.execute("CREATE TABLE lamps (name text PRIMARY KEY, watts integer NOT NULL)")
        owner.execute("INSERT INTO lamps VALUES ('brass', 40), ('wool', 60)")
        owner.execute("GRANT SELECT, INSERT, UPDATE ON lamps TO anyshelf_app")
    return database


@pytest.fixture
def narrow(database_url: str) -> Iterator[Database]:
    """One connection and little patience."""
    with Database(database_url, pool_max=1, wait_seconds=0.1) as opened:
        yield opened


def watts(tx: Tx, name: str) -> int:
    ((found,),) = values(tx, "SELECT watts FROM lamps WHERE name = %(name)s", name=name)
    return int(found)


def brighten(tx: Tx, name: str) -> int:
    return run(tx, "UPDATE lamps SET watts = watts + 1 WHERE name = %(name)s", name=name)


def wait_until_full(database: Database) -> None:
    with ExitStack() as at_once:
        for _ in range(8):
            at_once.enter_context(database.transaction())


def kill_session(url: str, tx: Tx) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        run(owner, KILL_SESSION_SQL, pid=tx.info.backend_pid)


def test_the_application_works_as_its_role_within_limits(database: Database) -> None:
    with database.transaction() as tx:
        ((user, zone, lock, statement, idle, name),) = values(
            tx,
            "SELECT current_user, current_setting('TimeZone'), current_setting('lock_timeout'),"
            " current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'),"
            " current_setting('application_name')",
        )
    assert (user, zone, lock, statement, idle) == ("anyshelf_app", "UTC", "10s", "30s", "30s")
    assert name == "anyshelf"


def test_what_the_role_was_not_granted_is_refused(lamps: Database) -> None:
    with pytest.raises(errors.InsufficientPrivilege), lamps.transaction() as tx:
        run(tx, "DELETE FROM lamps")


def test_rows_become_values(lamps: Database) -> None:
    with lamps.transaction() as tx:
        assert rows(tx, Lamp, "SELECT name, watts FROM lamps ORDER BY name") == [
            Lamp(name="brass", watts=40),
            Lamp(name="wool", watts=60),
        ]
        one = "SELECT name, watts FROM lamps WHERE name = %(kind)s"
        assert row(tx, Lamp, one, kind="wool") == Lamp(name="wool", watts=60)
        assert row(tx, Lamp, one, kind="paper") is None
        assert values(tx, "SELECT watts FROM lamps WHERE name LIKE 'w%%'") == [(60,)]
        assert run(tx, "UPDATE lamps SET watts = %(tx)s", tx=5) == 2


def test_a_block_that_ends_is_kept_and_one_that_raises_is_undone(lamps: Database) -> None:
    with lamps.transaction() as tx:
        brighten(tx, "brass")
    with pytest.raises(LookupError), lamps.transaction() as tx:  # noqa: PT012 - the block is the example
        brighten(tx, "brass")
        raise LookupError

    with lamps.transaction() as tx:
        assert watts(tx, "brass") == 41


def test_a_swallowed_error_does_not_pass_for_a_commit(lamps: Database) -> None:
    with pytest.raises(errors.InFailedSqlTransaction), lamps.transaction() as tx:  # noqa: PT012 - as above
        brighten(tx, "brass")
        with pytest.raises(errors.DivisionByZero):
            run(tx, "SELECT 1 / 0")

    with lamps.transaction() as tx:
        assert watts(tx, "brass") == 40


def test_when_every_connection_is_taken_we_are_busy(narrow: Database) -> None:
    with narrow.transaction(), pytest.raises(Busy, match="in use"):
        narrow.ping()
    narrow.ping()


def test_a_lock_not_had_in_time_is_busy(lamps: Database) -> None:
    with lamps.transaction() as first, pytest.raises(Busy) as busy:  # noqa: PT012 - two transactions at once
        brighten(first, "brass")
        with lamps.transaction() as second:
            run(second, "SET LOCAL lock_timeout = '10ms'")
            brighten(second, "brass")
    assert isinstance(busy.value.__cause__, errors.LockNotAvailable)


def test_connections_that_died_while_idle_are_replaced_unseen(database: Database, database_url: str) -> None:
    with database.transaction() as one, database.transaction() as two:
        pids = [one.info.backend_pid, two.info.backend_pid]
    with psycopg.connect(database_url, autocommit=True) as owner:
        for pid in pids:
            run(owner, KILL_SESSION_SQL, pid=pid)

    database.ping()
    with database.transaction() as one, database.transaction() as two:
        assert not {one.info.backend_pid, two.info.backend_pid} & set(pids)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_the_database_may_restart_under_a_running_application(
    reachable_path: Path, blow: signal.Signals
) -> None:
    server = start_embedded(reachable_path, settings=SMALL)
    migrate(server.url)
    with Database(server.url, pool_min=8) as database:
        wait_until_full(database)
        os.kill(server.pid, blow)
        with start_embedded(reachable_path, settings=SMALL):
            database.ping()
            with database.transaction() as tx:
                assert values(tx, "SELECT current_user") == [("anyshelf_app",)]


def test_while_the_database_is_away_we_are_busy(reachable_path: Path) -> None:
    server = start_embedded(reachable_path, settings=SMALL)
    migrate(server.url)
    with Database(server.url, wait_seconds=0.2) as database:
        server.stop()
        with pytest.raises(Busy):
            database.ping()


def test_a_connection_lost_before_the_commit_is_busy_and_may_be_retried(
    lamps: Database, database_url: str
) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> int:
        tries.append(tx.info.backend_pid)
        brighten(tx, "brass")
        if len(tries) == 1:
            kill_session(database_url, tx)
        return watts(tx, "brass")

    assert retrying(lamps, work) == 41
    assert len(set(tries)) == 2


def test_a_connection_lost_during_the_commit_is_unknown_and_never_rerun(
    lamps: Database, database_url: str
) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(brighten(tx, "brass"))
        kill_session(database_url, tx)

    with pytest.raises(OutcomeUnknown):
        retrying(lamps, work)
    assert tries == [1]
    lamps.ping()


def test_two_that_deadlock_both_get_through(lamps: Database) -> None:
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def work(tx: Tx, first: str, second: str) -> None:
        tries.append(first)
        brighten(tx, first)
        if len(tries) <= 2:
            both_hold_one.wait(timeout=10)
        brighten(tx, second)

    with ThreadPoolExecutor(2) as pool:
        ways = (("brass", "wool"), ("wool", "brass"))
        for done in [pool.submit(retrying, lamps, lambda tx, way=way: work(tx, *way)) for way in ways]:
            done.result()

    assert len(tries) == 3
    with lamps.transaction() as tx:
        assert (watts(tx, "brass"), watts(tx, "wool")) == (42, 62)


def test_two_that_cannot_be_serialised_both_get_through(lamps: Database) -> None:
    both_have_read = threading.Barrier(2)
    tries: list[int] = []

    def work(tx: Tx) -> None:
        run(tx, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        seen = watts(tx, "brass")
        tries.append(seen)
        if len(tries) <= 2:
            both_have_read.wait(timeout=10)
        run(tx, "UPDATE lamps SET watts = %(watts)s::integer WHERE name = 'brass'", watts=seen + 1)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(retrying, lamps, work) for _ in range(2)]:
            done.result()

    assert sorted(tries) == [40, 40, 41]
    with lamps.transaction() as tx:
        assert watts(tx, "brass") == 42


def test_work_that_never_gets_through_is_given_up(lamps: Database) -> None:
    tries: list[int] = []

    def work(_: Tx) -> None:
        tries.append(1)
        raise errors.SerializationFailure("again")

    with pytest.raises(Busy):
        retrying(lamps, work, attempts=3)
    assert len(tries) == 3


def test_a_refusal_is_not_retried(lamps: Database) -> None:
    tries: list[int] = []

    def work(_: Tx) -> None:
        tries.append(1)
        raise LookupError

    with pytest.raises(LookupError):
        retrying(lamps, work)
    assert len(tries) == 1


def test_a_database_without_the_role_says_what_to_run(database_url: str) -> None:
    with pytest.raises(SetupProblem, match="Run `anyshelf migrate`"):
        Database(database_url, role="anyshelf_nobody").open()


def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(SetupProblem, match="cannot be reached"):
        Database("postgresql://127.0.0.1:1/none").open()


def test_the_owner_may_keep_its_own_rights(database_url: str) -> None:
    with Database(database_url, role=None) as database, database.transaction() as tx:
        assert values(tx, "SELECT current_user = session_user") == [(True,)]
