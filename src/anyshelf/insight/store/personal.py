"""The SQL of profiles, of what is recommended, and of a person's rights over their own journey."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.ids import Id
from anyshelf.insight.model import Consent

PURCHASES_SQL = """
SELECT order_id, channel, method, total_minor, currency, placed_at, done_at, refunded_minor,
       coalesce((SELECT p.node FROM insight_parts p WHERE p.market = o.market AND p.order_id = o.order_id
                 ORDER BY p.units DESC, p.node LIMIT 1), '') AS node
FROM insight_orders o
WHERE market = %(market)s AND account = ANY(%(handles)s::uuid[]) ORDER BY placed_at DESC LIMIT 1000
"""

ALL_PURCHASES_SQL = """
SELECT account, placed_at, total_minor FROM insight_orders
WHERE market = %(market)s AND account IS NOT NULL AND placed_at >= %(since)s
ORDER BY placed_at LIMIT 200000
"""

COHORTS_SQL = """
WITH first AS (
    SELECT account, date_trunc('month', min(placed_at) AT TIME ZONE 'UTC') AS cohort
    FROM insight_orders WHERE market = %(market)s AND account IS NOT NULL GROUP BY account
)
SELECT f.cohort::date, (extract(year FROM m.later) * 12 + extract(month FROM m.later))::int AS month,
       count(DISTINCT o.account)::int, sum(o.total_minor)::bigint
FROM insight_orders o JOIN first f ON f.account = o.account
CROSS JOIN LATERAL (SELECT age(date_trunc('month', o.placed_at AT TIME ZONE 'UTC'), f.cohort)) AS m(later)
WHERE o.market = %(market)s GROUP BY 1, 2 ORDER BY 1, 2
"""

SHOWN_SQL = """
INSERT INTO insight_shown (market, what, person, day, held_out, items)
VALUES (%(market)s, %(what)s, %(person)s, %(day)s, %(held_out)s, %(items)s) ON CONFLICT DO NOTHING
"""

LIFT_SQL = """
WITH first AS (
    SELECT person, min(day) AS day, bool_or(held_out) AS held_out FROM insight_shown
    WHERE market = %(market)s AND what = %(what)s AND day >= %(since)s::date AND day < %(until)s::date
    GROUP BY person
), bought AS (
    SELECT f.person, f.held_out, coalesce(sum(o.total_minor), 0) AS spent, count(o.order_id) AS orders
    FROM first f
    JOIN insight_people p ON p.market = %(market)s AND p.holder = f.person
    JOIN insight_handles h ON h.market = p.market AND h.person = p.person
    LEFT JOIN insight_orders o ON o.market = h.market AND o.account = h.handle
        AND o.placed_at >= f.day AND o.placed_at < f.day + %(days)s::int
    GROUP BY f.person, f.held_out
)
SELECT held_out, count(*)::int, count(*) FILTER (WHERE orders > 0)::int, sum(spent)::bigint
FROM bought GROUP BY held_out
"""

# One statement for a quote's few milliseconds: whose account it is, if one person's alone, and how they had
# their last orders, under every handle that is theirs alone.
HABITS_SQL = """
WITH me AS (
    SELECT min(p.holder::text)::uuid AS holder FROM insight_handles h
    JOIN insight_people p ON p.market = h.market AND p.person = h.person
    WHERE h.market = %(market)s AND h.handle = %(account)s HAVING count(DISTINCT p.holder) = 1
), mine AS (
    SELECT DISTINCT h.handle FROM me
    JOIN insight_people p ON p.market = %(market)s AND p.holder = me.holder
    JOIN insight_handles h ON h.market = p.market AND h.person = p.person
    WHERE NOT EXISTS (
        SELECT FROM insight_handles x JOIN insight_people y ON y.market = x.market AND y.person = x.person
        WHERE x.market = h.market AND x.handle = h.handle AND y.holder <> me.holder)
)
SELECT me.holder, o.channel, o.method, o.node FROM me LEFT JOIN LATERAL (
    SELECT i.channel, i.method, coalesce((
        SELECT p.node FROM insight_parts p WHERE p.market = i.market AND p.order_id = i.order_id
        ORDER BY p.units DESC, p.node LIMIT 1), '') AS node
    FROM insight_orders i WHERE i.market = %(market)s AND i.account = ANY(ARRAY(SELECT handle FROM mine))
    ORDER BY i.placed_at DESC LIMIT 100
) AS o ON true
"""

METHODS_OF_ALL_SQL = """
SELECT method, count(*)::int FROM insight_orders
WHERE market = %(market)s AND channel = %(channel)s AND placed_at >= %(since)s GROUP BY method
"""

CONSENTS_SQL = """
SELECT handle, purpose, given, said_at FROM insight_consents
WHERE market = %(market)s AND handle = ANY(%(handles)s::uuid[]) ORDER BY said_at
"""

FORGET_ENTRIES_SQL = """
DELETE FROM insight_entries
WHERE market = %(market)s AND (account = ANY(%(handles)s::uuid[]) OR device = ANY(%(handles)s::uuid[]))
"""
FORGET_ORDERS_SQL = """
UPDATE insight_orders SET account = NULL
WHERE market = %(market)s AND account = ANY(%(handles)s::uuid[])
"""
FORGET_CONSENTS_SQL = """
DELETE FROM insight_consents WHERE market = %(market)s AND handle = ANY(%(handles)s::uuid[])
"""
FORGET_HANDLES_SQL = """
DELETE FROM insight_handles WHERE market = %(market)s AND person = ANY(%(people)s::uuid[])
"""
FORGET_NAMES_SQL = "DELETE FROM insight_names WHERE market = %(market)s AND person = ANY(%(people)s::uuid[])"
FORGET_SHOWN_SQL = "DELETE FROM insight_shown WHERE market = %(market)s AND person = ANY(%(people)s::uuid[])"
FORGET_MERGES_SQL = """
DELETE FROM insight_merges
WHERE market = %(market)s AND (kept = ANY(%(people)s::uuid[]) OR merged = ANY(%(people)s::uuid[]))
"""
FORGET_SUGGESTIONS_SQL = """
DELETE FROM insight_suggestions
WHERE market = %(market)s AND (one = ANY(%(people)s::uuid[]) OR other = ANY(%(people)s::uuid[]))
"""
FORGET_PEOPLE_SQL = (
    "DELETE FROM insight_people WHERE market = %(market)s AND person = ANY(%(people)s::uuid[])"
)

OF_HANDLES = (FORGET_ENTRIES_SQL, FORGET_ORDERS_SQL, FORGET_CONSENTS_SQL)
OF_PEOPLE = (
    FORGET_HANDLES_SQL, FORGET_NAMES_SQL, FORGET_SHOWN_SQL, FORGET_MERGES_SQL, FORGET_SUGGESTIONS_SQL,
    FORGET_PEOPLE_SQL,
)  # fmt: skip


Shown = tuple[bool, int, int, int]
"""Held out or not, how many people, how many ordered, for how much."""


def purchases(tx: Tx, market: str, handles: Sequence[Id]) -> list[tuple[Any, ...]]:
    """The orders under these handles, newest first."""
    return values(tx, PURCHASES_SQL, market=market, handles=list(handles))


def all_purchases(tx: Tx, market: str, since: datetime) -> list[tuple[Id, datetime, int]]:
    """Whose orders were placed when, for how much, since a moment."""
    return values(tx, ALL_PURCHASES_SQL, market=market, since=since)


def cohorts(tx: Tx, market: str) -> list[tuple[date, int, int, int]]:
    """By the month of a first order: how many bought again so many months later, and for how much."""
    return values(tx, COHORTS_SQL, market=market)


def shown(
    tx: Tx, market: str, person: Id, day: date, *, what: str, held_out: bool, items: Sequence[str]
) -> None:
    """Keep what somebody was shown today; the first time of a day counts."""
    run(tx, SHOWN_SQL, market=market, what=what, person=person, day=day, held_out=held_out, items=list(items))


def lift(tx: Tx, market: str, *, what: str, since: datetime, until: datetime, days: int) -> list[Shown]:
    """For those held out and those not: how many, how many ordered within so many days, and for how much."""
    return values(tx, LIFT_SQL, market=market, what=what, since=since, until=until, days=days)


Habit = tuple[str, str, str]
"""Of an order: its channel, its method, and the node that had the most of it."""


def habits(tx: Tx, market: str, account: Id) -> tuple[Id | None, list[Habit]]:
    """The one person behind an account, and how they had their last orders; None for nobody, or several."""
    found = values(tx, HABITS_SQL, market=market, account=account)
    holder = found[0][0] if found else None
    return holder, [(channel, method, node) for _, channel, method, node in found if channel is not None]


def methods_of_all(tx: Tx, market: str, channel: str, since: datetime) -> dict[str, int]:
    """How many orders of a channel came by each method since a moment."""
    return dict(values(tx, METHODS_OF_ALL_SQL, market=market, channel=channel, since=since))


def consents(tx: Tx, market: str, handles: Sequence[Id]) -> list[Consent]:
    """What was said under these handles of what may be done."""
    found = values(tx, CONSENTS_SQL, market=market, handles=list(handles))
    return [
        Consent(handle=handle, purpose=purpose, given=given, said_at=said_at)
        for handle, purpose, given, said_at in found
    ]


def forget(tx: Tx, market: str, *, people: Sequence[Id], handles: Sequence[Id]) -> int:
    """Delete what tells these people's journey; facts of orders stay without them. Returns how many rows."""
    gone = sum(run(tx, statement, market=market, handles=list(handles)) for statement in OF_HANDLES)
    return gone + sum(run(tx, statement, market=market, people=list(people)) for statement in OF_PEOPLE)
