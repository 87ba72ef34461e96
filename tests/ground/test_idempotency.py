"""A key is remembered for as long as its sender may come again."""

from datetime import UTC, datetime, timedelta

from anyshelf.ground.db import Database
from anyshelf.ground.idempotency import Answer, Asked, forget_old

ASKED = Asked(market="main", asker="web", key="one", fingerprint=b"same")


def remembered(database: Database, *, now: datetime) -> Answer | None:
    with database.transaction() as tx:
        return ASKED.earlier_answer(tx, now)


def told(database: Database, *, now: datetime) -> None:
    with database.transaction() as tx:
        assert ASKED.earlier_answer(tx, now) is None
        ASKED.remember(tx, Answer(201, {"done": "once"}))


def forgotten(database: Database, *, now: datetime) -> int:
    with database.transaction() as tx:
        return forget_old(tx, "main", now)


def test_a_worker_whose_clock_has_jumped_ahead_forgets_no_key_that_may_be_sent_again(
    database: Database,
) -> None:
    now = datetime.now(UTC)
    told(database, now=now)
    assert forgotten(database, now=now + timedelta(days=30)) == 0
    assert remembered(database, now=now) == Answer(201, {"done": "once"})


def test_a_key_nobody_will_send_again_is_forgotten(database: Database) -> None:
    now = datetime.now(UTC)
    told(database, now=now - timedelta(days=8))
    assert forgotten(database, now=now - timedelta(days=2)) == 0
    assert forgotten(database, now=now) == 1
    assert remembered(database, now=now) is None
