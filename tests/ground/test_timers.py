"""Timers ring once, whoever listens, and outlive whatever happens to their listener."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from anyshelf.ground import timers
from anyshelf.ground.db import Database, Tx, values
from anyshelf.ground.markets import open_market
from anyshelf.ground.timers import Timer, ring, set_timer, stop_timer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KIND = "egg"


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock(database: Database) -> Clock:
    with database.transaction() as tx:
        open_market(tx, "main", currency="USD")
        set_timer(tx, "main", KIND, "one", NOON + timedelta(minutes=5), {"size": "M"})
    return Clock()


def waiting(database: Database) -> list[datetime]:
    with database.transaction() as tx:
        return [due for (due,) in values(tx, "SELECT due_at FROM timers ORDER BY due_at")]


def test_a_timer_rings_when_its_moment_has_come_and_only_once(database: Database, clock: Clock) -> None:
    heard: list[Timer] = []

    def hear(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
        del tx, market, now
        heard.append(timer)

    assert ring(database, "main", clock, {KIND: hear}) == 0
    clock.time += timedelta(minutes=6)
    assert ring(database, "main", clock, {"other": hear}) == 0
    assert ring(database, "main", clock, {KIND: hear}) == 1
    assert ring(database, "main", clock, {KIND: hear}) == 0
    assert [(timer.subject, timer.data) for timer in heard] == [("one", {"size": "M"})]


def test_a_stopped_timer_is_silent(database: Database, clock: Clock) -> None:
    with database.transaction() as tx:
        stop_timer(tx, "main", KIND, "one")
    clock.time += timedelta(hours=1)
    assert ring(database, "main", clock, {KIND: lambda *_: pytest.fail("it rang")}) == 0


@pytest.mark.parametrize("after", ["stopped", "anew"])
def test_a_handler_may_stop_its_own_timer_or_set_it_anew(
    database: Database, clock: Clock, after: str
) -> None:
    def hear(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
        open_market(tx, "heard", currency="USD")
        if after == "stopped":
            stop_timer(tx, market, KIND, timer.subject)
        else:
            set_timer(tx, market, KIND, timer.subject, now + timedelta(hours=1))

    clock.time += timedelta(minutes=6)
    assert ring(database, "main", clock, {KIND: hear}) == 1
    assert waiting(database) == ([] if after == "stopped" else [clock.time + timedelta(hours=1)])
    with database.transaction() as tx:
        assert values(tx, "SELECT market FROM markets ORDER BY 1") == [("heard",), ("main",)]


def test_several_workers_ring_it_once(database: Database, clock: Clock) -> None:
    heard: list[str] = []
    at_work, go_on = threading.Event(), threading.Event()

    def hear(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
        del tx, market, now
        heard.append(timer.subject)
        at_work.set()
        go_on.wait(10)

    clock.time += timedelta(minutes=6)
    first = threading.Thread(target=ring, args=(database, "main", clock, {KIND: hear}))
    first.start()
    assert at_work.wait(10)
    assert ring(database, "main", clock, {KIND: hear}) == 0
    go_on.set()
    first.join()
    assert heard == ["one"]


def test_moved_while_it_rings_nothing_of_the_ringing_stays(database: Database, clock: Clock) -> None:
    def hear(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
        open_market(tx, "heard", currency="USD")
        with database.transaction() as other:
            set_timer(other, market, KIND, timer.subject, now + timedelta(days=1))

    clock.time += timedelta(minutes=6)
    assert ring(database, "main", clock, {KIND: hear}) == 0
    with database.transaction() as tx:
        assert values(tx, "SELECT market FROM markets") == [("main",)]
    assert waiting(database) == [clock.time + timedelta(days=1)]


def test_one_that_fails_waits_longer_each_time_and_the_others_ring(database: Database, clock: Clock) -> None:
    with database.transaction() as tx:
        set_timer(tx, "main", KIND, "two", NOON)
    heard: list[str] = []

    def hear(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
        del tx, market, now
        if timer.subject == "one":
            raise RuntimeError("no pan")
        heard.append(timer.subject)

    clock.time += timedelta(minutes=6)
    assert ring(database, "main", clock, {KIND: hear}) == 1
    assert heard == ["two"]
    first = clock.time + timers.WAIT_AFTER_TROUBLE
    assert waiting(database) == [first]
    clock.time = first
    ring(database, "main", clock, {KIND: hear})
    assert waiting(database) == [first + 2 * timers.WAIT_AFTER_TROUBLE]
