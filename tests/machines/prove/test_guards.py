"""Each guard is taken away in turn, and the proof sees what then goes wrong; else it sees nothing."""

import importlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from history import KEPT, REFUSED
from plug import kill_database
from trial import Trial, on_trial

from anyshelf.ground import outbox
from anyshelf.ground.db import Database, migrate, run, start_embedded
from anyshelf.ground.errors import Busy
from anyshelf.ground.events import Event
from anyshelf.inventory import rules, service, store
from anyshelf.inventory.service.memory import Memory
from anyshelf.orders import service as orders
from anyshelf.orders.api import intake
from anyshelf.orders.service import placing

Patch = pytest.MonkeyPatch
SECONDS_MAX = 20
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def trial(database_url: str) -> Iterator[Trial]:
    with on_trial(database_url) as opened:
        yield opened


def meet(whole: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but that the first two who come wait for each other when they are through with it."""
    gate, lock, came = threading.Barrier(2), threading.Lock(), [0]

    def met(*args: Any, **more: Any) -> Any:
        result = whole(*args, **more)
        with lock:
            came[0] += 1
            early = came[0] <= 2
        if early:
            gate.wait(SECONDS_MAX)
        return result

    return met


def test_with_every_guard_in_place_nothing_is_found(trial: Trial) -> None:
    first = trial.sell("one", key="one")
    trial.sell("one", key="one", by=1)
    trial.together(lambda: trial.sell("two", quantity=3), lambda: trial.sell("three", quantity=3, by=1))
    trial.receive("more", key="more")
    assert trial.cancel("back", first).outcome == REFUSED
    assert trial.sell("many", quantity=50).problem == "shortage"
    trial.look("look")
    trial.city.settle()
    assert len(trial.follow("follow", after=0).answer["events"]) > 4
    assert trial.found() == set()


# What the database refuses


def without_lock(patch: Patch) -> None:
    """Positions are read without a lock, by both before either has written."""
    patch.setattr(store, "LOCK_POSITIONS_SQL", store.LOCK_POSITIONS_SQL.replace("FOR UPDATE OF p", ""))
    patch.setattr(rules, "granted", meet(rules.granted))


def both_want_the_last(trial: Trial) -> list[str]:
    told = trial.together(lambda: trial.keep("ann", quantity=4), lambda: trial.keep("bob", quantity=4, by=1))
    return sorted(each.outcome for each in told)


def test_the_check_alone_keeps_two_from_taking_the_same(trial: Trial, monkeypatch: Patch) -> None:
    without_lock(monkeypatch)
    assert both_want_the_last(trial).count(KEPT) == 1
    assert not trial.found() & {"oversold", "below nothing", "half there"}


def test_without_lock_and_check_an_oversell_is_found(trial: Trial, monkeypatch: Patch) -> None:
    trial.as_owner("ALTER TABLE inventory_positions DROP CONSTRAINT never_oversold")
    without_lock(monkeypatch)
    assert both_want_the_last(trial) == [KEPT, KEPT]
    assert "oversold" in trial.found()


def test_without_the_key_of_requests_a_repeated_one_is_found_twice(trial: Trial) -> None:
    trial.as_owner("ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey")
    trial.receive("goods", key="same")
    trial.receive("goods", key="same")
    assert "done twice" in trial.found()


def the_same_order_at_once(trial: Trial) -> None:
    trial.together(lambda: trial.sell("same"), lambda: trial.sell("same", by=1))


def test_the_senders_id_alone_keeps_an_order_from_being_there_twice(trial: Trial, monkeypatch: Patch) -> None:
    monkeypatch.setattr(orders, "all_sent_before", meet(orders.all_sent_before))
    the_same_order_at_once(trial)
    assert trial.found() == set()


def test_without_the_key_of_senders_ids_an_order_is_found_twice(trial: Trial, monkeypatch: Patch) -> None:
    trial.as_owner("DROP INDEX orders_by_sender")
    monkeypatch.setattr(orders, "all_sent_before", meet(orders.all_sent_before))
    the_same_order_at_once(trial)
    assert "done twice" in trial.found()


def edit(trial: Trial) -> None:
    """Somebody makes a delivery smaller, in the move and in the position, so that the two agree."""
    with trial.city.database.transaction() as tx:
        tx.execute("UPDATE inventory_moves SET quantity = 1 WHERE reason = 'goods'")
        tx.execute("UPDATE inventory_positions SET on_hand = on_hand - 1 WHERE item = 'LAMP' AND node = 'A'")


def test_moves_cannot_be_edited(trial: Trial) -> None:
    trial.receive("goods", quantity=2)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        edit(trial)
    assert trial.found() == set()


def test_where_moves_can_be_edited_an_edit_that_no_audit_sees_is_found(trial: Trial) -> None:
    trial.receive("goods", quantity=2)
    trial.as_owner("GRANT UPDATE ON inventory_moves TO anyshelf_app")
    edit(trial)
    assert trial.city.audit() == []
    assert trial.found() == {"half there"}


# What one transaction keeps together


def test_claims_kept_without_their_order_are_found(trial: Trial, monkeypatch: Patch) -> None:
    whole = service.reserve_all

    def reserve_and_keep(tx: Any, *args: Any, **more: Any) -> Any:
        served = whole(tx, *args, **more)
        tx.commit()
        return served

    def stumble(*_: Any) -> None:
        raise Busy("The lights went out.")

    monkeypatch.setattr(service, "reserve_all", reserve_and_keep)
    monkeypatch.setattr(placing, "_write_all", stumble)
    assert trial.sell("half").outcome == REFUSED
    assert {"nobody asked for it", "audit"} <= trial.found()


@pytest.mark.parametrize("part", ["tell", "payments.record_all"])
def test_an_order_without_its_money_or_the_word_of_it_is_found(
    trial: Trial, monkeypatch: Patch, part: str
) -> None:
    monkeypatch.setattr(f"anyshelf.orders.service.placing.{part}", lambda *_: None)
    trial.sell("half")
    assert "half there" in trial.found()


def test_work_that_was_kept_and_called_refused_is_found(trial: Trial, monkeypatch: Patch) -> None:
    writing = importlib.import_module("anyshelf.ground.http.writing")
    whole = writing.retrying

    def kept_and_refused(*args: Any, **more: Any) -> Any:
        whole(*args, **more)
        raise Busy("Please come back.")

    monkeypatch.setattr(writing, "retrying", kept_and_refused)
    assert trial.receive("goods").outcome == REFUSED
    assert "refused and done" in trial.found()


# What is acknowledged is kept


def test_an_answer_given_before_the_commit_is_found(trial: Trial, monkeypatch: Patch) -> None:
    told, threads = threading.Event(), []

    def early(database: Database, work: Callable[..., Any]) -> Any:
        results: list[Any] = []
        worked = threading.Event()

        def keep_later() -> None:
            with database.transaction() as tx:
                results.append(work(tx))
                worked.set()
                told.wait(SECONDS_MAX)

        threads.append(threading.Thread(target=keep_later))
        threads[-1].start()
        worked.wait(SECONDS_MAX)
        return results[0]

    monkeypatch.setattr(intake, "retrying", early)
    assert trial.sell("early").outcome == KEPT
    told.set()
    threads[0].join()
    assert trial.found() == {"acknowledged before it was kept"}


@pytest.mark.parametrize("durable", ["on", "off"])
def test_commits_that_do_not_wait_for_the_disk_are_lost_with_postgresql(
    reachable_path: Path, durable: str
) -> None:
    settings = {
        "synchronous_commit": durable, "wal_writer_delay": "10s", "track_commit_timestamp": "on",
        "shared_buffers": "32MB",
    }  # fmt: skip
    server = start_embedded(reachable_path, settings=settings)
    try:
        migrate(server.url)
        with on_trial(server.url) as trial:
            trial.as_owner("CHECKPOINT")
            assert trial.sell("lost", key="lost").outcome == KEPT
            kill_database(reachable_path)
            server.stop()
            server = start_embedded(reachable_path, settings=settings)
            trial.url = server.url
            seen = trial.found()
    finally:
        server.stop()
    assert seen == set() if durable == "on" else "acknowledged and lost" in seen


# What people see


def test_a_memory_that_is_not_brought_up_to_date_is_found(trial: Trial, monkeypatch: Patch) -> None:
    trial.look("before")
    monkeypatch.setattr(Memory, "_catch_up", lambda *_: 0)
    trial.receive("goods")
    trial.look("after")
    assert trial.found() == {"not linearizable"}


def test_a_refusal_for_want_of_what_is_there_is_found(trial: Trial, monkeypatch: Patch) -> None:
    monkeypatch.setattr(service, "reserve_all", lambda *_, **__: [])
    assert trial.sell("none").problem == "shortage"
    assert trial.found() == {"refused though there was enough"}


# The feed


def test_events_numbered_as_they_are_written_leave_gaps_that_are_found(
    trial: Trial, monkeypatch: Patch
) -> None:
    trial.city.settle()
    last = len(trial.follow("first", after=0).answer["events"])
    trial.as_owner(
        f"CREATE SEQUENCE numbers START {last + 1}", "GRANT USAGE ON SEQUENCE numbers TO anyshelf_app"
    )
    at_once = outbox.TELL_SQL.replace("(market, event_id,", "(sequence, market, event_id,")
    monkeypatch.setattr(outbox, "TELL_SQL", at_once.replace("SELECT ", "SELECT nextval('numbers'), "))
    counted = "UPDATE outbox_heads SET sequence = (SELECT max(sequence) FROM outbox) RETURNING sequence"
    monkeypatch.setattr(outbox, "NUMBER_SQL", counted)
    monkeypatch.setattr(outbox, "later", run)  # written where it is told, long before the commit

    with trial.city.database.transaction() as slow:
        outbox.tell(slow, "main", [said("slow")])
        trial.receive("quick")
        trial.follow("second", after=last)
    assert trial.found() == {"gap in the feed"}


def said(subject: str) -> Event:
    return Event(kind="Said", subject=subject, data={}, happened_at=NOON)


def test_a_story_told_backwards_is_found(trial: Trial, monkeypatch: Patch) -> None:
    backwards = outbox.NUMBER_SQL.replace(
        "ORDER BY written_at, event_id", "ORDER BY written_at DESC, event_id"
    )
    monkeypatch.setattr(outbox, "NUMBER_SQL", backwards)
    trial.sell("back to front")
    assert trial.found() == {"story turned around"}
