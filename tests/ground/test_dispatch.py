"""Events reach every reader in order and once, whoever else is writing or reading."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from anyshelf.ground import outbox
from anyshelf.ground.clock import Clock, SystemClock
from anyshelf.ground.db import Database, Tx, run, values
from anyshelf.ground.dispatch import Reader, behind, catch_up
from anyshelf.ground.errors import Busy
from anyshelf.ground.events import Event, Told
from anyshelf.ground.markets import open_market
from anyshelf.ground.worker import Job, Worker

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

# What a handler did is kept in a table the application may write: a key a handling, with what it was for.
NOTE_SQL = """
INSERT INTO idempotency_keys (market, asker, key, fingerprint, asked_at)
VALUES (%(reader)s, %(subject)s, %(handling)s, '', clock_timestamp())
"""
NOTES_SQL = """
SELECT asker, split_part(key, '/', 1)::integer FROM idempotency_keys WHERE market = %(reader)s
ORDER BY asked_at
"""
SET_ASIDE_SQL = "SELECT reader, sequence, reason FROM outbox_set_aside WHERE market = 'main'"
SEQUENCES_SQL = "SELECT sequence FROM outbox WHERE market = 'main' ORDER BY sequence"
SUBJECT_LOCK_SQL = "UPDATE auth_people SET name = name WHERE market = 'main' AND person = %(subject)s"
SUBJECT_SQL = """
INSERT INTO auth_people (market, person, name, roles) VALUES ('main', %(subject)s, '', '{}')
"""


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
def market(database: Database) -> str:
    with database.transaction() as tx:
        open_market(tx, "main", currency="USD")
    return "main"


def say(database: Database, *numbers: int, subject: str = "one", kind: str = "Said") -> None:
    with database.transaction() as tx:
        outbox.tell(tx, "main", [said(number, subject, kind) for number in numbers])


def said(number: int, subject: str = "one", kind: str = "Said") -> Event:
    return Event(kind=kind, subject=subject, data={"number": number}, happened_at=NOON)


def note(name: str, before: Callable[[Told], None] = lambda _told: None) -> Reader:
    """A reader who notes what it was told, under a key of its own each time it is told."""
    handlings = iter(range(1_000_000))

    def handle(tx: Tx, told: Told) -> None:
        before(told)
        handling = f"{told.data['number']}/{threading.get_ident()}/{next(handlings)}"
        run(tx, NOTE_SQL, reader=name, subject=told.subject, handling=handling)

    return Reader(name=name, handlers={"Said": handle})


def noted(database: Database, name: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    with database.transaction() as tx:
        for subject, number in values(tx, NOTES_SQL, reader=name):
            found[subject].append(number)
    return dict(found)


def set_aside(database: Database) -> list[tuple[object, ...]]:
    with database.transaction() as tx:
        return values(tx, SET_ASIDE_SQL)


def fails_at(number: int, error: BaseException, *, times: int = 1_000_000) -> Callable[[Told], None]:
    left = [times]

    def before(told: Told) -> None:
        if told.data["number"] == number and left[0]:
            left[0] -= 1
            raise error

    return before


def together(*works: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


# In order


@pytest.mark.usefixtures("market")
def test_every_reader_is_told_everything_in_order(database: Database) -> None:
    say(database, *range(25))

    taken = catch_up(database, "main", [note("a"), note("b")], limit=10)

    assert taken == 50
    assert noted(database, "a") == noted(database, "b") == {"one": list(range(25))}


@pytest.mark.usefixtures("market")
def test_what_was_read_is_not_read_again(database: Database) -> None:
    say(database, 1)
    catch_up(database, "main", [note("a")])
    say(database, 2)

    assert catch_up(database, "main", [note("a")]) == 1
    assert catch_up(database, "main", [note("a")]) == 0
    assert noted(database, "a") == {"one": [1, 2]}


@pytest.mark.usefixtures("market")
def test_what_was_not_committed_was_never_said(database: Database) -> None:
    with suppress(Crash), database.transaction() as tx:
        outbox.tell(tx, "main", [said(1)])
        raise Crash

    assert catch_up(database, "main", [note("a")]) == 0


@pytest.mark.usefixtures("market")
def test_an_event_nobody_listens_for_holds_nobody_up(database: Database) -> None:
    say(database, 1, kind="Whispered")
    say(database, 2)

    catch_up(database, "main", [note("a")])

    assert noted(database, "a") == {"one": [2]}


def test_a_reader_is_given_nothing_it_has_no_handler_for(database: Database, market: str) -> None:
    say(database, 1, kind="Whispered")
    say(database, 2)
    say(database, 3, 4, kind="Whispered")

    assert catch_up(database, market, [note("a")]) == 1
    assert noted(database, "a") == {"one": [2]}
    with database.transaction() as tx:
        assert behind(tx, market) == {"a": 0}, "what it passed over it has read"


def test_one_at_a_time_none_is_missed_between_those_passed_over(database: Database, market: str) -> None:
    for number in range(1, 13):
        say(database, number, kind="Said" if number % 3 else "Whispered")

    catch_up(database, market, [note("a")], limit=1)

    assert noted(database, "a") == {"one": [1, 2, 4, 5, 7, 8, 10, 11]}


@pytest.mark.usefixtures("market")
def test_what_a_handler_says_is_told_in_the_same_go(database: Database) -> None:
    def pass_on(tx: Tx, told: Told) -> None:
        outbox.tell(tx, told.market, [said(told.data["number"] + 1)])

    say(database, 1, kind="Asked")

    catch_up(database, "main", [note("a"), Reader(name="b", handlers={"Asked": pass_on})])

    assert noted(database, "a") == {"one": [2]}


@pytest.mark.usefixtures("market")
def test_the_order_of_a_subject_holds_under_writers_at_once(database: Database) -> None:
    """Two writers take turns at a subject, as orders do, by a lock on its row; two readers read meanwhile."""
    subjects = ["one", "two", "three"]
    with database.transaction() as tx:
        for subject in subjects:
            run(tx, SUBJECT_SQL, subject=subject)
    turn = dict.fromkeys(subjects, 0)
    writing = threading.Event()
    writing.set()

    def write() -> None:
        for at in range(60):
            subject = subjects[at % 3]
            with database.transaction() as tx:
                run(tx, SUBJECT_LOCK_SQL, subject=subject)
                number = turn[subject]
                outbox.tell(tx, "main", [said(number, subject), said(number + 1, subject)])
                turn[subject] += 2

    def read() -> None:
        while writing.is_set():
            catch_up(database, "main", [note("a")], limit=7)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    together(write, write)
    writing.clear()
    for reader in readers:
        reader.join(60)
    catch_up(database, "main", [note("a")])

    assert noted(database, "a") == {subject: list(range(80)) for subject in subjects}
    with database.transaction() as tx:
        assert [number for (number,) in values(tx, SEQUENCES_SQL)] == list(range(1, 241))


# Once


@pytest.mark.usefixtures("market")
def test_several_at_once_take_each_event_once(database: Database) -> None:
    say(database, *range(300))
    reader = note("a")

    together(*[lambda: catch_up(database, "main", [reader], limit=20)] * 4)
    catch_up(database, "main", [reader])

    assert noted(database, "a") == {"one": list(range(300))}


@pytest.mark.usefixtures("market")
def test_a_crash_between_handler_and_commit_is_as_if_nothing_had_been_done(database: Database) -> None:
    say(database, 1, 2, 3)
    with pytest.raises(Crash):
        catch_up(database, "main", [note("a", fails_at(3, Crash()))])
    assert noted(database, "a") == {}

    catch_up(database, "main", [note("a")])

    assert noted(database, "a") == {"one": [1, 2, 3]}


# Trouble


@pytest.mark.usefixtures("market")
def test_a_handler_that_fails_once_is_tried_again(database: Database) -> None:
    say(database, *range(5))

    catch_up(database, "main", [note("a", fails_at(2, RuntimeError("hiccup"), times=2))])

    assert noted(database, "a") == {"one": [0, 1, 2, 3, 4]}
    assert set_aside(database) == []


@pytest.mark.usefixtures("market")
def test_an_event_that_cannot_be_taken_is_set_aside_and_the_rest_goes_on(database: Database) -> None:
    say(database, *range(10))
    before = fails_at(3, RuntimeError("cannot\nsecond line"))

    taken = catch_up(database, "main", [note("a", before), note("b")])

    assert taken == 20
    assert noted(database, "a") == {"one": [0, 1, 2, 4, 5, 6, 7, 8, 9]}
    assert noted(database, "b") == {"one": list(range(10))}
    assert set_aside(database) == [("a", 4, "RuntimeError: cannot")]


@pytest.mark.usefixtures("market")
def test_what_a_failing_handler_wrote_is_undone(database: Database) -> None:
    def write_and_fail(tx: Tx, told: Told) -> None:
        run(tx, NOTE_SQL, reader="a", subject=told.subject, handling="1/")
        raise RuntimeError

    say(database, 1)

    catch_up(database, "main", [Reader(name="a", handlers={"Said": write_and_fail})])

    assert noted(database, "a") == {}
    assert len(set_aside(database)) == 1


@pytest.mark.usefixtures("market")
def test_trouble_that_passes_sets_nothing_aside(database: Database) -> None:
    say(database, 1, 2)

    assert catch_up(database, "main", [note("a", fails_at(2, Busy("locked")))]) == 0
    assert catch_up(database, "main", [note("a")]) == 2
    assert set_aside(database) == []


@pytest.mark.usefixtures("market")
def test_one_can_see_how_far_behind_a_reader_is(database: Database) -> None:
    say(database, 1, 2, 3)
    catch_up(database, "main", [note("a"), note("b", fails_at(1, Busy("locked")))])
    with database.transaction() as tx:
        assert behind(tx, "main") == {"a": 0}


# The worker


@pytest.fixture
def workers(database: Database) -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def make(*readers: Reader, jobs: tuple[Job, ...] = (), thinking: tuple[Job, ...] = ()) -> Worker:
        clock = SystemClock()
        made.append(Worker(database=database, clock=clock, readers=readers, jobs=jobs, thinking=thinking))
        made[-1].start()
        return made[-1]

    yield make
    for worker in made:
        assert worker.stop()


@pytest.mark.usefixtures("market")
def test_the_worker_hears_of_events_without_being_called(
    database: Database, workers: Callable[..., Worker]
) -> None:
    heard = threading.Event()
    worker = workers(note("a", lambda _told: heard.set()))

    say(database, 1)
    worker.wake.set()

    assert heard.wait(20)


@pytest.mark.usefixtures("market")
def test_the_worker_outlives_a_job_that_fails(workers: Callable[..., Worker]) -> None:
    done = threading.Event()
    calls: list[str] = []

    def job(_database: Database, market: str, _clock: Clock) -> int:
        calls.append(market)
        if len(calls) == 1:
            raise RuntimeError
        done.set()
        return 0

    workers(jobs=(Job(name="tidy", every_seconds=0.01, work=job),))

    assert done.wait(20)
    assert set(calls) == {"main"}


@pytest.mark.usefixtures("market")
def test_no_event_waits_for_a_job_that_thinks(database: Database, workers: Callable[..., Worker]) -> None:
    begun, heard, thought = threading.Event(), threading.Event(), threading.Event()

    def think(*_: object) -> int:
        begun.set()
        if heard.wait(20):
            thought.set()
        return 0

    workers(note("a", lambda _told: heard.set()), thinking=(Job(name="plan", every_seconds=60, work=think),))
    assert begun.wait(20)
    say(database, 1)

    assert thought.wait(20)


@pytest.mark.usefixtures("market")
def test_two_workers_share_the_work(database: Database, workers: Callable[..., Worker]) -> None:
    last = threading.Event()

    def before(told: Told) -> None:
        if told.data["number"] == 99:
            last.set()

    reader = note("a", before)
    workers(reader)
    second = workers(reader)
    for number in range(100):
        say(database, number)
    assert last.wait(20)
    second.stop()
    catch_up(database, "main", [reader])

    assert noted(database, "a") == {"one": list(range(100))}
