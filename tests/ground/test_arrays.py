"""Lists come to the database as they were, plain or not."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from anyshelf.ground.db import Database

# The pool of connections draws its pauses at random while a list is being drawn; nothing depends on them.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.sampled_from(["", "NULL", '"', "\\", "{", "}", ",", " ", 'a","b']),
)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "uuid": st.uuids(),
    "boolean": st.booleans(),
    "timestamptz": st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the zone follows
}
DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXTS),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # nothing is written
@given(drawn=st.data(), kind=st.sampled_from(sorted(KINDS)))
def test_what_is_sent_is_what_arrives(database: Database, drawn: st.DataObject, kind: str) -> None:
    sent = drawn.draw(st.lists(st.one_of(st.none(), KINDS[kind])) | st.lists(KINDS[kind]))
    with database.transaction() as tx:
        found = tx.execute(f"SELECT %(sent)s::{kind}[]", {"sent": sent}).fetchone()
    assert found == (sent,)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # nothing is written
@given(sent=st.lists(st.one_of(st.none(), DOCUMENTS.map(Jsonb)), min_size=1))
def test_documents_arrive_as_they_were(database: Database, sent: list[Jsonb | None]) -> None:
    with database.transaction() as tx:
        found = tx.execute("SELECT %(sent)s::jsonb[]", {"sent": sent}).fetchone()
    assert found == ([None if each is None else each.obj for each in sent],)


@pytest.mark.parametrize("sent", [["a\0b"], ["a", "\0"]])
def test_a_character_no_text_may_hold_is_refused(database: Database, sent: list[str]) -> None:
    with pytest.raises(psycopg.DataError), database.transaction() as tx:
        tx.execute("SELECT %(sent)s::text[]", {"sent": sent})


def test_lists_of_several_kinds_are_left_to_the_driver(database: Database) -> None:
    with database.transaction() as tx:
        found = tx.execute("SELECT %(sent)s::uuid[]", {"sent": [UUID(int=1), None]}).fetchone()
    assert found == ([UUID(int=1), None],)
