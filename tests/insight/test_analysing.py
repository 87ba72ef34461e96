"""Heavy questions only read, end in time with a sentence, and are asked of the copy where there is one."""

from dataclasses import replace
from importlib import import_module

import psycopg
import pytest
from psycopg_pool import PoolClosed

from anyshelf.ground.db import Database
from anyshelf.ground.errors import TooLarge
from anyshelf.ground.http import analysing
from city import City


def test_a_question_that_takes_too_long_is_ended_with_a_sentence(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("anyshelf.ground.http.house"), "ANALYSIS_MS_MAX", 20)

    with pytest.raises(TooLarge, match="fewer days"), analysing(city.house) as tx:
        tx.execute("SELECT pg_sleep(5)")

    assert city.get("/v1/orders").status == 200


def test_the_bound_is_gone_with_the_question(city: City) -> None:
    with analysing(city.house) as tx:
        assert tx.execute("SHOW statement_timeout").fetchone() == ("10s",)
    with city.database.transaction() as tx:
        assert tx.execute("SHOW statement_timeout").fetchone() == ("30s",)


def test_a_question_changes_nothing(city: City) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), analysing(city.house) as tx:
        tx.execute("UPDATE markets SET name = 'x'")


def test_a_question_is_asked_of_the_copy_alone(city: City) -> None:
    away = Database("postgresql://nobody@localhost:1/nowhere", wait_seconds=0.1)
    house = replace(city.house, analysis=away)

    with pytest.raises(PoolClosed), analysing(house):
        pass
