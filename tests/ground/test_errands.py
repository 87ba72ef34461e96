"""Statements sent together: in their order, all or none, and never past somebody's question or the commit."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from anyshelf.ground.db import (
    Database,
    OutcomeUnknown,
    Question,
    Tx,
    catch_up,
    foresee,
    later,
    row,
    run,
    values,
)
from anyshelf.ground.errors import Busy, Conflict

OPEN_SQL = "INSERT INTO markets (market, currency, name) VALUES (%(market)s, 'USD', %(name)s)"
OPEN_ALL_SQL = """
INSERT INTO markets (market, currency, name)
SELECT m.market, 'USD', coalesce(m.name, 'nameless') FROM unnest(%(markets)s::text[], %(names)s::text[])
    AS m(market, name)
"""
RENAME_SQL = "UPDATE markets SET name = %(name)s WHERE market = %(market)s"
NAME_SQL = "SELECT name FROM markets WHERE market = %(market)s"


def names(database: Database) -> list[str]:
    with database.transaction() as tx:
        return [name for (name,) in values(tx, "SELECT name FROM markets ORDER BY market")]


def test_what_was_put_off_is_kept_by_the_commit_in_its_order(database: Database) -> None:
    with database.transaction() as tx:
        later(tx, OPEN_SQL, market="one", name="before")
        later(tx, RENAME_SQL, market="one", name="after")

    assert names(database) == ["after"]


def test_whoever_asks_is_told_of_what_was_put_off(database: Database) -> None:
    with database.transaction() as tx:
        later(tx, OPEN_SQL, market="one", name="first")

        assert values(tx, NAME_SQL, market="one") == [("first",)]


def test_nothing_of_it_is_kept_when_the_block_fails(database: Database) -> None:
    def failing() -> None:
        with database.transaction() as tx:
            later(tx, OPEN_SQL, market="one", name="first")
            raise Conflict("no")

    with pytest.raises(Conflict):
        failing()

    assert names(database) == []


def test_one_that_fails_takes_all_with_it(database: Database) -> None:
    def failing() -> None:
        with database.transaction() as tx:
            for market in ("one", "NOT A MARKET", "three"):
                later(tx, OPEN_SQL, market=market, name=market)

    with pytest.raises(errors.CheckViolation):
        failing()

    assert names(database) == []
    with database.transaction() as tx:
        later(tx, OPEN_SQL, market="one", name="again")
    assert names(database) == ["again"], "the connection serves the next one"


@pytest.mark.parametrize("wrong", ["INSERT INTO nowhere VALUES (1)", "this is no statement"])
def test_one_that_is_not_understood_is_not_passed_over(database: Database, wrong: LiteralString) -> None:
    with pytest.raises(psycopg.ProgrammingError), database.transaction() as tx:
        later(tx, wrong)

    assert names(database) == []


def test_what_could_not_be_sent_keeps_the_commit_from_passing_it_over(database: Database) -> None:
    def swallowing() -> None:
        with database.transaction() as tx:
            later(tx, OPEN_SQL, market="one", name="first")
            later(tx, OPEN_SQL, market="two", name="NUL \0")
            with suppress(psycopg.DataError):
                catch_up(tx)

    with pytest.raises(psycopg.DataError):
        swallowing()
    assert names(database) == []


def test_a_key_that_is_there_already_is_told_in_words(database: Database) -> None:
    with database.transaction() as tx:
        run(tx, OPEN_SQL, market="one", name="first")

    with database.transaction() as tx:
        later(tx, OPEN_SQL, twice=Conflict("It was opened twice."), market="one", name="second")
        with pytest.raises(Conflict, match="twice"):
            catch_up(tx)
        tx.rollback()

    assert names(database) == ["first"]


def test_who_asks_is_told_how_many_rows_were_touched(database: Database) -> None:
    touched: list[int] = []
    with database.transaction() as tx:
        later(tx, OPEN_ALL_SQL, then=touched.append, markets=["one", "two"], names=["first", "second"])
        later(tx, RENAME_SQL, then=touched.append, market="nowhere", name="x")
        assert touched == []
        catch_up(tx)

    assert touched == [2, 0]


def test_what_is_said_of_the_count_undoes_the_transaction(database: Database) -> None:
    def refuse(touched: int) -> None:
        raise Conflict(f"{touched} are too many.")

    with pytest.raises(Conflict, match="2 are too many"), database.transaction() as tx:
        later(tx, OPEN_ALL_SQL, then=refuse, markets=["one", "two"], names=["first", "second"])

    assert names(database) == []


@pytest.mark.parametrize("value", ['say "no"', "back\\slash", "{a,b}", "NULL", "", "ü€𝄞", "it's"])
def test_texts_arrive_as_they_were(database: Database, value: str) -> None:
    with database.transaction() as tx:
        later(tx, OPEN_ALL_SQL, markets=["one", "two", "three"], names=[value, None, value])
        later(tx, OPEN_SQL, market="z", name=value)

    assert names(database) == [value, value, "nameless", value]


def test_values_of_every_kind_arrive_as_they_were(database: Database) -> None:
    moment, some_id = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC), UUID(int=7)
    with database.transaction() as tx:
        run(
            tx,
            "CREATE TEMP TABLE kept (a int, b uuid, c bool, d timestamptz, e jsonb, f bytea, g text, h text)",
        )
        later(
            tx,
            "INSERT INTO kept SELECT * FROM unnest(%(a)s::int[], %(b)s::uuid[], %(c)s::bool[], "
            "%(d)s::timestamptz[], %(e)s::jsonb[], %(f)s::bytea[], %(g)s::text[], %(h)s::text[])",
            a=[1, None], b=[some_id, None], c=[True, False], d=[moment, None], e=[Jsonb({"a": '"\\'}), None],
            f=[b"\x00\xff", None], g=[None, None], h=["x", "y"],
        )  # fmt: skip
        later(
            tx, "INSERT INTO kept VALUES (%(a)s, %(b)s, %(c)s, %(d)s, %(e)s, %(f)s, %(g)s, 'z')",
            a=2, b=some_id, c=False, d=moment, e=Jsonb([1]), f=b"", g=None,
        )  # fmt: skip
        found = values(tx, "SELECT * FROM kept ORDER BY h")

    assert found == [
        (1, some_id, True, moment, {"a": '"\\'}, b"\x00\xff", None, "x"),
        (None, None, False, None, None, None, None, "y"),
        (2, some_id, False, moment, [1], b"", None, "z"),
    ]


@pytest.mark.parametrize("sent", ["a\0b", ["a\0b"]])
def test_a_character_no_text_may_hold_is_refused(database: Database, sent: object) -> None:
    with pytest.raises(psycopg.DataError), database.transaction() as tx:
        later(tx, "SELECT %(sent)s::text[]", sent=sent)


@pytest.mark.parametrize("sent", [1.5, [1.5], [1, "a"], {"a": 1}])
def test_what_is_not_sent_this_way_is_refused(database: Database, sent: object) -> None:
    with pytest.raises(TypeError), database.transaction() as tx:
        later(tx, "SELECT %(sent)s", sent=sent)


def test_what_was_prepared_is_prepared_anew_after_a_rollback(database: Database) -> None:
    """The driver has the server forget everything then, ours as well."""
    with database.transaction() as tx:
        for _ in range(10):
            values(tx, NAME_SQL, market="one")
        later(tx, OPEN_SQL, market="one", name="first")
        catch_up(tx)
        tx.rollback()
        later(tx, OPEN_SQL, market="one", name="second")

    assert names(database) == ["second"]


# Foreseeing


def asked(tx: Tx) -> list[tuple[str]]:
    return values(tx, NAME_SQL, market="one")


def test_a_foreseen_question_is_answered_once_as_it_stood_then(database: Database) -> None:
    with database.transaction() as tx:
        run(tx, OPEN_SQL, market="one", name="first")
    with database.transaction() as tx, database.transaction() as other:
        foresee(tx, [Question(sql=NAME_SQL, params={"market": "one"})])
        run(other, RENAME_SQL, market="one", name="second")
        other.commit()

        assert [asked(tx), asked(tx)] == [[("first",)], [("second",)]]


def test_another_question_is_not_answered_by_it(database: Database) -> None:
    with database.transaction() as tx:
        run(tx, OPEN_SQL, market="one", name="first")
        foresee(tx, [Question(sql=NAME_SQL, params={"market": "other"})])

        assert asked(tx) == [("first",)]


@pytest.mark.parametrize("ended", [True, False])
def test_nobody_is_told_after_the_end_of_the_transaction(database: Database, *, ended: bool) -> None:
    with database.transaction() as tx:
        foresee(tx, [Question(sql=NAME_SQL, params={"market": "one"})])
        tx.commit() if ended else tx.rollback()
        run(tx, OPEN_SQL, market="one", name="first")

        assert asked(tx) == [("first",)]


def test_a_foreseen_look_at_one_moment_sees_one_moment(database: Database) -> None:
    with database.transaction() as tx:
        run(tx, OPEN_SQL, market="one", name="first")
    with database.transaction(one_moment=True) as tx, database.transaction() as other:
        foresee(tx, [Question(sql="SELECT 1", params={})])
        run(other, RENAME_SQL, market="one", name="second")
        other.commit()

        assert asked(tx) == [("first",)]


def cut(database: Database) -> None:
    with database.transaction() as tx:
        later(tx, OPEN_SQL, market="one", name="first")
        with psycopg.connect(database.url) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", [tx.info.backend_pid])


def test_a_connection_cut_on_the_way_is_busy_and_nothing_is_kept(database: Database) -> None:
    with pytest.raises(Busy) as told:
        cut(database)

    assert not isinstance(told.value, OutcomeUnknown), "the commit was not sent yet"
    assert names(database) == []


def test_without_a_pool_of_ours_it_is_carried_out_at_once(database: Database) -> None:
    told: list[int] = []
    with psycopg.connect(database.url) as tx:
        later(tx, OPEN_SQL, then=told.append, market="one", name="first")
        assert told == [1]
        with pytest.raises(Conflict):
            later(tx, OPEN_SQL, twice=Conflict("twice"), market="one", name="first")


def test_rows_read_ahead_are_values_of_the_kind_asked_for(database: Database) -> None:
    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

    with database.transaction() as tx:
        run(tx, OPEN_SQL, market="one", name="first")
        foresee(tx, [Question(sql=NAME_SQL, params={"market": "one"})])
        found = row(tx, Named, NAME_SQL, market="one")

    assert found is not None
    assert found.name == "first"
