"""What is worked out ahead of being asked: once, by one, whatever is killed on the way."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg_pool import PoolClosed

from anyshelf.ground.db import Database
from anyshelf.insight import jobs, service
from anyshelf.insight.model.looks import Claim
from anyshelf.insight.service import looking
from city import MARKET, City
from visitors import begin, cannot_pay, look_back

OPEN_SQL = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'
"""


def claim(city: City) -> Claim:
    claimed = begin(city)
    assert claimed is not None
    return claimed


def test_stories_are_told_as_they_were_found_and_say_when(city: City) -> None:
    cannot_pay(city)
    asked_too_early = city.get("/v1/insight/stories")

    assert look_back(city) == ["visits", "orders", "taste"]

    assert (asked_too_early["stories"], asked_too_early["looked_at"]) == ([], None)
    assert "worker" in asked_too_early["note"]
    told = city.get("/v1/insight/stories")
    assert told["looked_at"] == city.clock.now().isoformat()
    assert any(story["since"] and "mobile" in story["said"] for story in told["stories"])
    assert city.get("/v1/insight/stories?of=orders").status == 200
    assert city.get("/v1/insight/stories?of=weather").status == 422
    assert city.get("/v1/insight/stories?day=2026-02-30").status == 422
    assert city.get("/v1/insight/stories?day=2020-01-01")["looked_at"] is None


def test_a_fresh_look_is_nobodys_to_begin_until_it_is_old_or_wished_anew(city: City) -> None:
    look_back(city)

    assert look_back(city) == []
    assert city.post("/v1/insight/stories:look").status == 202
    assert look_back(city) == ["visits", "orders"]
    city.clock.wait(hours=7)
    assert look_back(city) == ["visits", "orders", "taste"]


def test_two_workers_never_look_at_the_same_thing(city: City) -> None:
    assert [claim(city).what for _ in range(3)] == ["visits", "orders", "taste"]
    assert begin(city) is None


def test_a_look_whose_process_was_killed_is_begun_by_another_and_the_late_one_is_dropped(
    city: City,
) -> None:
    killed = claim(city)
    city.clock.wait(minutes=21)

    second = claim(city)

    assert second.what == killed.what
    assert not jobs.look(city.database, city.database, MARKET, killed)
    assert city.get("/v1/insight/stories")["looked_at"] is None
    assert jobs.look(city.database, city.database, MARKET, second)


def test_no_transaction_is_open_while_it_is_worked_out(
    city: City, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    worked_out = service.work_out
    open_then: list[int] = []

    def looked_on(*given: Any) -> Any:
        with psycopg.connect(database_url) as watcher:
            open_then.extend(count for (count,) in watcher.execute(OPEN_SQL))
        return worked_out(*given)

    monkeypatch.setattr(service, "work_out", looked_on)
    jobs.look(city.database, city.database, MARKET, claim(city))

    assert open_then == [0]


def test_more_steps_than_can_be_looked_through_leave_the_last_days(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    cannot_pay(city)
    monkeypatch.setattr(looking, "STEPS_MAX", 1000)

    claimed = claim(city)
    with city.database.transaction() as tx:
        gathered = service.gather(tx, MARKET, claimed)

    assert 100 < sum(len(visit.steps) for visit in gathered.visits) <= 1000
    assert gathered.note.startswith("Only the last")
    assert claimed.now - gathered.since < timedelta(days=20)


def test_the_worker_looks_in_a_process_of_its_own(city: City, database_url: str) -> None:
    with Database(database_url) as database:
        job = jobs.LookBack()
        assert job(database, MARKET, city.clock) == 0
        apart = job.apart
        assert apart is not None
        assert job(database, MARKET, city.clock) == 0
        assert job.apart is apart
        apart.join(60)

    assert apart.exitcode == 0
    assert city.get("/v1/insight/stories")["looked_at"] == city.clock.now().isoformat()


def test_a_look_reads_from_the_copy_alone(city: City) -> None:
    """A copy that cannot be read leaves the look undone, and its claim to run out."""
    claimed = claim(city)
    away = Database("postgresql://nobody@localhost:1/nowhere", wait_seconds=0.1)

    with pytest.raises(PoolClosed):
        jobs.look(city.database, away, MARKET, claimed)

    assert city.get("/v1/insight/stories")["looked_at"] is None
