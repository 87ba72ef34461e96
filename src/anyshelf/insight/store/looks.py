"""The SQL of looks: who is at one, what came of it, and how many steps each day has."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.insight.model.looks import Claim, Look

# Who changes the row is at it. A look that is fresh and not wished anew is nobody's to begin.
CLAIM_SQL = """
INSERT INTO insight_looks AS l (market, what, day, claimed_until)
VALUES (%(market)s, %(what)s, %(day)s, %(until)s)
ON CONFLICT (market, what, day) DO UPDATE SET claimed_until = excluded.claimed_until
WHERE (l.looked_at IS NULL OR l.looked_at < %(stale)s OR l.wished)
  AND (l.claimed_until IS NULL OR l.claimed_until <= %(now)s)
"""

# A claim that ran out and was taken by another is not written over: what comes late is dropped.
KEEP_SQL = """
UPDATE insight_looks SET looked_at = %(now)s, since = %(since)s, until = %(until)s, seen = %(seen)s,
    note = %(note)s, stories = %(stories)s, funnel = %(funnel)s, wished = false, claimed_until = NULL
WHERE market = %(market)s AND what = %(what)s AND day = %(day)s AND claimed_until = %(claimed_until)s
"""

WISH_SQL = """
INSERT INTO insight_looks (market, what, day, wished)
SELECT %(market)s, w.what, %(day)s, true FROM unnest(%(what)s::text[]) AS w(what)
ON CONFLICT (market, what, day) DO UPDATE SET wished = true
"""

LAST_SQL = """
SELECT what, day, looked_at, since, until, seen, note, stories, funnel FROM insight_looks
WHERE market = %(market)s AND what = %(what)s AND day <= %(day)s AND looked_at IS NOT NULL
ORDER BY day DESC LIMIT 1
"""

DAYS_SQL = """
SELECT what, day, looked_at, since, until, seen, note, stories, '{}'::jsonb AS funnel FROM insight_looks
WHERE market = %(market)s AND what = %(what)s AND looked_at IS NOT NULL ORDER BY day DESC LIMIT %(limit)s
"""

STEPS_BY_DAY_SQL = """
SELECT (happened_at AT TIME ZONE 'UTC')::date, count(*) FROM insight_entries
WHERE market = %(market)s AND happened_at >= %(since)s AND happened_at < %(until)s GROUP BY 1 ORDER BY 1 DESC
"""


def claim(tx: Tx, market: str, asked: Claim, *, stale: datetime) -> bool:
    """Begin a look that is due, alone; False where none is, or somebody is at it."""
    return bool(
        run(
            tx, CLAIM_SQL, market=market, what=asked.what, day=asked.day, until=asked.until, now=asked.now,
            stale=stale,
        )
    )  # fmt: skip


def keep(tx: Tx, market: str, claimed: Claim, look: Look) -> bool:
    """Write down what a look came to; False when it is another's by now."""
    return bool(
        run(
            tx, KEEP_SQL, market=market, what=look.what, day=look.day, now=look.looked_at, since=look.since,
            until=look.until, seen=look.seen, note=look.note, stories=Jsonb(list(look.stories)),
            funnel=Jsonb(dict(look.funnel)), claimed_until=claimed.until,
        )
    )  # fmt: skip


def wish(tx: Tx, market: str, what: Sequence[str], day: date) -> None:
    """Have these looked at anew as soon as somebody is free."""
    run(tx, WISH_SQL, market=market, what=list(what), day=day)


def last(tx: Tx, market: str, what: str, day: date) -> Look | None:
    """The latest look of a kind up to a day."""
    return row(tx, Look, LAST_SQL, market=market, what=what, day=day)


def days(tx: Tx, market: str, what: str, *, limit: int) -> list[Look]:
    """The looks of a kind, the newest first."""
    return rows(tx, Look, DAYS_SQL, market=market, what=what, limit=limit)


def steps_by_day(tx: Tx, market: str, since: datetime, until: datetime) -> list[tuple[date, int]]:
    """How many steps each day has, the newest first."""
    found: list[tuple[Any, ...]] = values(tx, STEPS_BY_DAY_SQL, market=market, since=since, until=until)
    return [(day, count) for day, count in found]
