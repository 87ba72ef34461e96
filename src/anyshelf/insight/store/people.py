"""The SQL of people: whose handle is whose, the frames of their names, what was merged, what is suggested."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.insight.model import Known, Merge, Suggestion

# One hand ties people at a time in a market; the handles of strangers are not touched by it.
ALONE_SQL = "SELECT pg_advisory_xact_lock(hashtextextended(%(market)s, 7228))"

HOLDERS_SQL = """
SELECT DISTINCT h.handle, p.holder FROM insight_handles h
JOIN insight_people p ON p.market = h.market AND p.person = h.person
WHERE h.market = %(market)s AND h.handle = ANY(%(handles)s::uuid[])
"""

PEOPLE_SQL = """
SELECT holder, person FROM insight_people
WHERE market = %(market)s AND holder = ANY(%(holders)s::uuid[]) ORDER BY holder, person
"""

HANDLES_SQL = """
SELECT DISTINCT p.holder, h.handle, h.kind FROM insight_people p
JOIN insight_handles h ON h.market = p.market AND h.person = p.person
WHERE p.market = %(market)s AND p.holder = ANY(%(holders)s::uuid[]) ORDER BY 1, 2
"""

NAMES_SQL = """
SELECT DISTINCT p.holder, n.part, n.name FROM insight_people p
JOIN insight_names n ON n.market = p.market AND n.person = p.person
WHERE p.market = %(market)s AND p.holder = ANY(%(holders)s::uuid[]) ORDER BY 1, 2, 3
"""

ADD_SQL = """
INSERT INTO insight_people (market, person, holder, known_at)
SELECT %(market)s, p.person, p.person, %(now)s FROM unnest(%(people)s::uuid[]) AS p(person)
ON CONFLICT DO NOTHING
"""

TIE_SQL = """
INSERT INTO insight_handles (market, handle, person, kind, seen_at)
SELECT %(market)s, h.handle, h.person, h.kind, %(now)s
FROM unnest(%(handles)s::uuid[], %(people)s::uuid[], %(kinds)s::text[]) AS h(handle, person, kind)
ON CONFLICT DO NOTHING
"""

NAME_SQL = """
INSERT INTO insight_names (market, person, part, name)
SELECT %(market)s, n.person, n.part, n.name
FROM unnest(%(people)s::uuid[], %(parts)s::text[], %(names)s::uuid[]) AS n(person, part, name)
ON CONFLICT DO NOTHING
"""

MOVE_SQL = """
UPDATE insight_people SET holder = %(holder)s
WHERE market = %(market)s AND holder = %(before)s AND person = ANY(%(people)s::uuid[])
"""

HOLDER_SQL = "SELECT holder FROM insight_people WHERE market = %(market)s AND person = %(person)s"

NOTE_MERGE_SQL = """
INSERT INTO insight_merges (market, merge_id, kept, merged, people, why, merged_at)
VALUES (%(market)s, %(merge_id)s, %(kept)s, %(merged)s, %(people)s, %(why)s, %(merged_at)s)
"""

MERGE_SQL = """
SELECT merge_id, kept, merged, people, why, merged_at, undone_at, undone_by FROM insight_merges
WHERE market = %(market)s AND merge_id = %(merge_id)s FOR UPDATE
"""

MERGES_SQL = """
SELECT merge_id, kept, merged, people, why, merged_at, undone_at, undone_by FROM insight_merges
WHERE market = %(market)s AND (kept = ANY(%(people)s::uuid[]) OR merged = ANY(%(people)s::uuid[]))
ORDER BY merged_at, merge_id
"""

UNDONE_SQL = """
UPDATE insight_merges SET undone_at = %(now)s, undone_by = %(by)s
WHERE market = %(market)s AND merge_id = %(merge_id)s
"""

SUGGEST_SQL = """
INSERT INTO insight_suggestions (market, one, other, state, points, why, said_at)
VALUES (%(market)s, %(one)s, %(other)s, 'open', %(points)s, %(why)s, %(now)s)
ON CONFLICT (market, one, other) DO UPDATE SET points = excluded.points, why = excluded.why
WHERE insight_suggestions.state = 'open' AND insight_suggestions.points < excluded.points
"""

DECIDE_SQL = """
INSERT INTO insight_suggestions (market, one, other, state, points, why, said_at)
VALUES (%(market)s, %(one)s, %(other)s, %(state)s, 0, %(why)s, %(now)s)
ON CONFLICT (market, one, other) DO UPDATE SET state = excluded.state
"""

DECLINED_SQL = """
SELECT one, other FROM insight_suggestions
WHERE market = %(market)s AND state = 'declined'
  AND (one = ANY(%(people)s::uuid[]) OR other = ANY(%(people)s::uuid[]))
"""

SUGGESTIONS_SQL = """
SELECT one, other, points, why, state FROM insight_suggestions
WHERE market = %(market)s AND state = 'open' ORDER BY points DESC, one, other LIMIT %(limit)s
"""


def alone(tx: Tx, market: str) -> None:
    """Wait until nobody else ties people in this market; lasts until the transaction ends."""
    values(tx, ALONE_SQL, market=market)


def holders(tx: Tx, market: str, handles: Iterable[Id]) -> dict[Id, list[Id]]:
    """Whom these handles were seen with; one that nobody was seen with is missing."""
    found: dict[Id, list[Id]] = defaultdict(list)
    for handle, holder in values(tx, HOLDERS_SQL, market=market, handles=list(handles)):
        found[handle].append(holder)
    return dict(found)


def known(tx: Tx, market: str, holders: Iterable[Id]) -> dict[Id, Known]:
    """All that is known of these people."""
    asked = sorted(set(holders))
    people: dict[Id, set[Id]] = defaultdict(set)
    handles: dict[Id, dict[Id, str]] = defaultdict(dict)
    names: dict[tuple[Id, str], set[Id]] = defaultdict(set)
    for holder, person in values(tx, PEOPLE_SQL, market=market, holders=asked):
        people[holder].add(person)
    for holder, handle, kind in values(tx, HANDLES_SQL, market=market, holders=asked):
        handles[holder][handle] = kind
    for holder, part, each in values(tx, NAMES_SQL, market=market, holders=asked):
        names[holder, part].add(each)
    return {
        holder: Known(
            person=holder,
            people=frozenset(people[holder]),
            handles=handles[holder],
            given=frozenset(names[holder, "given"]),
            family=frozenset(names[holder, "family"]),
        )
        for holder in people
    }


def holder_of(tx: Tx, market: str, person: Id) -> Id | None:
    """Who a person is by now; None for nobody we know."""
    found = values(tx, HOLDER_SQL, market=market, person=person)
    return found[0][0] if found else None


def add(tx: Tx, market: str, people: Sequence[Id], now: datetime) -> None:
    """Tell these people apart from now on."""
    if not people:
        return
    run(tx, ADD_SQL, market=market, people=sorted(people), now=now)


def tie(tx: Tx, market: str, ties: Sequence[tuple[Id, Id, str]], now: datetime) -> None:
    """Write down whom handles were seen with: handle, person, kind."""
    ordered = sorted(ties)
    run(
        tx,
        TIE_SQL,
        market=market,
        now=now,
        handles=[handle for handle, _, _ in ordered],
        people=[person for _, person, _ in ordered],
        kinds=[kind for _, _, kind in ordered],
    )


def name(tx: Tx, market: str, names: Sequence[tuple[Id, str, Id]]) -> None:
    """Write down the frames of people's names: person, part of the name, its handle."""
    if not names:
        return
    ordered = sorted(names)
    run(
        tx,
        NAME_SQL,
        market=market,
        people=[person for person, _, _ in ordered],
        parts=[part for _, part, _ in ordered],
        names=[handle for _, _, handle in ordered],
    )


def note_merge(tx: Tx, market: str, merge: Merge) -> None:
    """Have one person held by another, and keep why."""
    run(tx, MOVE_SQL, market=market, holder=merge.kept, before=merge.merged, people=list(merge.people))
    run(
        tx,
        NOTE_MERGE_SQL,
        market=market,
        merge_id=merge.merge_id,
        kept=merge.kept,
        merged=merge.merged,
        people=list(merge.people),
        why=Jsonb(merge.why),
        merged_at=merge.merged_at,
    )


def undo(tx: Tx, market: str, merge: Merge, *, by: str, now: datetime) -> None:
    """Give those whom a merge moved back to whom they were; what was merged since stays merged."""
    holder = holder_of(tx, market, merge.kept) or merge.kept
    run(tx, MOVE_SQL, market=market, holder=merge.merged, before=holder, people=list(merge.people))
    run(tx, UNDONE_SQL, market=market, merge_id=merge.merge_id, by=by, now=now)


def merge_of(tx: Tx, market: str, merge_id: Id) -> Merge | None:
    """One merge, locked, or None."""
    return row(tx, Merge, MERGE_SQL, market=market, merge_id=merge_id)


def merges(tx: Tx, market: str, people: Iterable[Id]) -> list[Merge]:
    """The merges that these people took part in, oldest first."""
    return rows(tx, Merge, MERGES_SQL, market=market, people=list(people))


def suggest(tx: Tx, market: str, said: Sequence[Suggestion], now: datetime) -> None:
    """List pairs for somebody to decide; what was decided stays decided."""
    for each in said:
        run(
            tx,
            SUGGEST_SQL,
            market=market,
            one=each.one,
            other=each.other,
            points=each.points,
            why=Jsonb(each.why),
            now=now,
        )


def decide(
    tx: Tx, market: str, one: Id, other: Id, *, state: str, why: dict[str, Any], now: datetime
) -> None:
    """Keep what somebody decided of a pair."""
    low, high = sorted((one, other))
    run(tx, DECIDE_SQL, market=market, one=low, other=high, state=state, why=Jsonb(why), now=now)


def declined(tx: Tx, market: str, people: Iterable[Id]) -> set[frozenset[Id]]:
    """The pairs among which somebody said: these are two."""
    found = values(tx, DECLINED_SQL, market=market, people=list(people))
    return {frozenset(pair) for pair in found}


def suggestions(tx: Tx, market: str, *, limit: int) -> list[Suggestion]:
    """The pairs that wait for somebody to decide, the likeliest first."""
    return rows(tx, Suggestion, SUGGESTIONS_SQL, market=market, limit=limit)
