"""A run is played in a process of its own, may be killed at any line, and comes to the same figures."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from anyshelf.doors.files.scenarios import scenario_of
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.ground.errors import Invalid, NotFound, OutOfTurn
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.markets import open_market
from anyshelf.simulator import jobs, service
from anyshelf.simulator.jobs.starting import start
from anyshelf.simulator.model import SILENT, TRIES_MAX, Run

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
CLOCK = SystemClock()
MARKET = "main"
PATIENCE_SECONDS = 60
TINY = """
question = "Do stores send?"
[world]
stores = 60
items = 10
days = 2
orders_per_day = 30
[[variant]]
name = "Centres"
online_from = ["dc"]
[[variant]]
name = "All"
"""
STARTS = """
import sys, time, uuid
from anyshelf.simulator.jobs.starting import start
print(start(sys.argv[1], sys.argv[2], uuid.UUID(sys.argv[3])).pid, flush=True)
time.sleep(600)
"""
LONG = TINY.replace("days = 2", "days = 120").replace("= 30", "= 60")


@pytest.fixture
def market(database: Database) -> Database:
    with database.transaction() as tx:
        open_market(tx, MARKET, currency="USD")
    return database


def ask(database: Database, text: str = TINY, replications: int = 2, now: datetime = NOW) -> Run:
    with database.transaction() as tx:
        return service.ask(
            tx, MARKET, scenario_of(text, "tiny"), text, replications=replications, by="omar", now=now
        )


def show(database: Database, run_id: Id) -> Run:
    with database.transaction() as tx:
        return service.run_of(tx, MARKET, run_id)


def answer(database: Database, run_id: Id) -> service.Answer:
    with database.transaction() as tx:
        found = service.answer_to(tx, MARKET, service.run_of(tx, MARKET, run_id))
    assert found is not None
    return found


def take(database: Database, now: datetime = NOW) -> Id | None:
    with database.transaction() as tx:
        return service.take(tx, MARKET, now)


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def test_what_was_kept_tells_the_same_as_what_the_command_plays(market: Database) -> None:
    asked = ask(market)

    assert take(market) == asked.run_id
    assert jobs.play(market, MARKET, asked.run_id, CLOCK, workers=1)
    assert show(market, asked.run_id).state == "played"
    told = answer(market, asked.run_id).as_json()
    assert told == service.run(scenario_of(TINY, "tiny"), replications=2).as_json()


def test_played_again_from_the_same_seed_it_comes_to_the_same_figures(market: Database) -> None:
    first = ask(market)
    take(market)
    jobs.play(market, MARKET, first.run_id, CLOCK, workers=1)
    with market.transaction() as tx:
        second = service.again(tx, MARKET, first.run_id, by="omar", now=NOW)
    take(market)
    jobs.play(market, MARKET, second.run_id, CLOCK, workers=1)

    assert second.run_id != first.run_id
    assert answer(market, second.run_id).as_json() == answer(market, first.run_id).as_json()


def test_the_worker_starts_a_process_that_plays_it(market: Database) -> None:
    asked = ask(market, now=CLOCK.now())
    jobs.take_up(market, MARKET, CLOCK)

    until(lambda: not show(market, asked.run_id).is_under_way)
    assert show(market, asked.run_id).state == "played", show(market, asked.run_id).said
    assert show(market, asked.run_id).done == 4


def test_a_killed_process_loses_nothing_that_was_played_and_the_next_one_plays_on(market: Database) -> None:
    asked = ask(market, LONG, replications=3, now=CLOCK.now())
    take(market, CLOCK.now())
    process = start(market.url, MARKET, asked.run_id)
    until(lambda: show(market, asked.run_id).done >= 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = show(market, asked.run_id)

    assert before.state == "playing", "nobody could say that it was killed"
    assert take(market, CLOCK.now()) is None, "it may still live"
    assert take(market, CLOCK.now() + SILENT * 2) == asked.run_id
    assert 1 <= before.done < 6
    assert jobs.play(market, MARKET, asked.run_id, CLOCK, workers=2)
    assert answer(market, asked.run_id).as_json() == (
        service.run(scenario_of(LONG, "tiny"), replications=3, workers=2).as_json()
    )


def test_a_process_ends_with_the_one_that_started_it(market: Database) -> None:
    asked = ask(market, LONG, replications=100, now=CLOCK.now())
    take(market, CLOCK.now())
    arguments = [market.url, MARKET, str(asked.run_id)]
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS, *arguments], stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    until(lambda: is_gone(child))


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{process}/stat", encoding="ascii") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] == "Z"


def test_one_run_is_played_at_a_time_and_who_waits_longest_is_next(market: Database) -> None:
    first, second = ask(market), ask(market, now=NOW + timedelta(seconds=1))

    assert take(market) == first.run_id
    assert take(market) is None
    with market.transaction() as tx:
        service.finish(tx, MARKET, first.run_id, NOW)
    assert take(market) == second.run_id


def test_what_dies_every_time_is_given_up(market: Database) -> None:
    asked, now = ask(market), NOW
    for _ in range(TRIES_MAX):
        assert take(market, now) == asked.run_id
        now += SILENT * 2

    assert take(market, now) is None
    assert show(market, asked.run_id).state == "failed"
    assert "went away" in show(market, asked.run_id).said
    with market.transaction() as tx:
        assert service.again(tx, MARKET, asked.run_id, by="omar", now=now).run_id == asked.run_id
    assert take(market, now) == asked.run_id


def test_what_was_stopped_is_not_played_any_more_and_can_be_played_on(market: Database) -> None:
    asked = ask(market)
    take(market)
    with market.transaction() as tx:
        service.stop(tx, MARKET, asked.run_id, NOW)

    assert not jobs.play(market, MARKET, asked.run_id, CLOCK, workers=1)
    assert show(market, asked.run_id).done == 0
    with market.transaction() as tx, pytest.raises(OutOfTurn):
        service.stop(tx, MARKET, asked.run_id, NOW)
    with market.transaction() as tx:
        service.again(tx, MARKET, asked.run_id, by="omar", now=NOW)
    assert take(market) == asked.run_id
    assert jobs.play(market, MARKET, asked.run_id, CLOCK, workers=1)


def test_a_replication_kept_twice_is_kept_once(market: Database) -> None:
    asked = ask(market)
    take(market)
    played = service.once(scenario_of(TINY, "tiny"), 0, 0)
    for _ in range(2):
        with market.transaction() as tx:
            service.keep_played(tx, MARKET, asked.run_id, played, NOW)

    assert show(market, asked.run_id).done == 1


def test_a_deleted_run_is_gone_with_all_it_came_to(market: Database) -> None:
    asked = ask(market)
    take(market)
    jobs.play(market, MARKET, asked.run_id, CLOCK, workers=1)
    with market.transaction() as tx:
        service.drop_run(tx, MARKET, asked.run_id)

    with market.transaction() as tx, pytest.raises(NotFound):
        service.run_of(tx, MARKET, asked.run_id)
    with market.transaction() as tx:
        assert service.played_of(tx, MARKET, asked.run_id) == []


def test_a_scenario_is_kept_put_away_and_brought_back(market: Database) -> None:
    with market.transaction() as tx:
        service.keep_scenario(tx, MARKET, "two-vans", TINY, by="omar", now=NOW)
        service.drop_scenario(tx, MARKET, "two-vans", NOW)
        assert service.kept_scenarios(tx, MARKET) == []
        with pytest.raises(NotFound):
            service.kept_scenario(tx, MARKET, "two-vans")
        service.bring_back(tx, MARKET, "two-vans")
        assert service.kept_scenario(tx, MARKET, "two-vans").told == TINY


@pytest.mark.parametrize("name", ["", "Two Vans", "../x", "-a", "a" * 61])
def test_a_name_that_cannot_stand_in_an_address_is_refused(market: Database, name: str) -> None:
    with market.transaction() as tx, pytest.raises(Invalid, match="small letters"):
        service.keep_scenario(tx, MARKET, name, TINY, by="omar", now=NOW)


def test_nobody_plays_what_is_not_there(market: Database) -> None:
    with pytest.raises(NotFound):
        jobs.play(market, MARKET, new_id(), CLOCK, workers=1)
