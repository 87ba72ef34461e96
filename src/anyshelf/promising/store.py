"""The SQL of promises: offers written once; what was taken of them, days that are full, what was seen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.promising.model import Score

WRITE_SQL = """
INSERT INTO promising_promises (market, promise_id, channel, wanted, options, made_at, expires_at)
SELECT %(market)s, p.promise_id, p.channel, p.wanted, p.options, p.made_at, p.expires_at
FROM unnest(%(promise_ids)s::uuid[], %(channels)s::text[], %(wanted)s::jsonb[], %(options)s::jsonb[],
            %(made_at)s::timestamptz[], %(expires_at)s::timestamptz[])
    AS p(promise_id, channel, wanted, options, made_at, expires_at)
"""

FIND_SQL = """
SELECT promise_id, channel, wanted, options, made_at, expires_at
FROM promising_promises WHERE market = %(market)s AND promise_id = %(promise_id)s
"""

STANDING_SQL = """
SELECT (SELECT max(refreshed_at) FROM promising_spreads WHERE market = %(market)s),
       (SELECT coalesce(array_agg(node ORDER BY node, day), '{}') FROM promising_days
        WHERE market = %(market)s AND day >= %(since)s AND booked >= capacity),
       (SELECT coalesce(array_agg(day ORDER BY node, day), '{}') FROM promising_days
        WHERE market = %(market)s AND day >= %(since)s AND booked >= capacity),
       (SELECT coalesce(array_agg(booked ORDER BY node, day), '{}') FROM promising_days
        WHERE market = %(market)s AND day >= %(since)s AND booked >= capacity)
"""

BOOKED_SQL = """
SELECT node, day, booked FROM promising_days
WHERE market = %(market)s AND day BETWEEN %(since)s::date AND %(until)s::date AND booked > 0
"""

BOOK_SQL = """
INSERT INTO promising_days (market, node, day, booked, capacity)
VALUES (%(market)s, %(node)s, %(day)s, 1, %(capacity)s)
ON CONFLICT (market, node, day) DO UPDATE SET booked = promising_days.booked + 1, capacity = excluded.capacity
"""

GIVE_BACK_SQL = """
UPDATE promising_days SET booked = booked - 1
WHERE market = %(market)s AND node = %(node)s AND day = %(day)s AND booked > 0
"""

NOTE_SQL = """
INSERT INTO promising_seen (market, kind, subject, place, zone, slip, happened_at)
VALUES (%(market)s, %(kind)s, %(subject)s, %(place)s, %(zone)s, %(slip)s, %(happened_at)s)
ON CONFLICT (market, kind, subject) DO NOTHING
"""

WEIGHED_SQL = """
SELECT kind, place, zone, slip,
       sum(power(0.5::float8, greatest(extract(epoch FROM %(now)s::timestamptz - happened_at)::float8, 0)
                              / %(half_life)s::float8))
FROM promising_seen
WHERE market = %(market)s AND happened_at >= %(now)s::timestamptz - %(memory)s::interval
  AND happened_at <= %(now)s::timestamptz
GROUP BY kind, place, zone, slip
"""

SPREADS_SQL = "SELECT kind, place, zone, slips FROM promising_spreads WHERE market = %(market)s"

SAVE_SPREADS_SQL = """
INSERT INTO promising_spreads (market, kind, place, zone, slips, refreshed_at)
SELECT %(market)s, s.kind, s.place, s.zone, s.slips, %(now)s::timestamptz
FROM unnest(%(kinds)s::text[], %(places)s::text[], %(zones)s::smallint[], %(slips)b::jsonb[])
    AS s(kind, place, zone, slips)
ON CONFLICT (market, kind, place, zone)
DO UPDATE SET slips = excluded.slips, refreshed_at = excluded.refreshed_at
"""

BIND_SQL = """
INSERT INTO promising_bound (market, order_id, node, channel, method, service, confidence, taken_at, said_by,
                             promised_by)
SELECT %(market)s, b.order_id, b.node, b.channel, b.method, b.service, b.confidence, b.taken_at, b.said_by,
       b.said_by
FROM unnest(%(order_ids)s::uuid[], %(nodes)s::text[], %(channels)s::text[], %(methods)s::text[],
            %(services)s::text[], %(confidences)s::float8[], %(taken_at)s::timestamptz[],
            %(said_by)s::timestamptz[])
    AS b(order_id, node, channel, method, service, confidence, taken_at, said_by)
ON CONFLICT (market, order_id, node) DO NOTHING
"""

MOVE_SQL = """
UPDATE promising_bound SET promised_by = %(promised_by)s, changes = changes + 1
WHERE market = %(market)s AND order_id = %(order_id)s
"""

ARRIVE_SQL = """
UPDATE promising_bound
SET arrived_at = %(at)s::timestamptz,
    outcome = CASE WHEN %(at)s::timestamptz <= said_by THEN 'kept' ELSE 'late' END
WHERE market = %(market)s AND order_id = %(order_id)s AND outcome = 'open'
  AND (%(node)s::text IS NULL OR node = %(node)s::text)
"""

END_SQL = """
UPDATE promising_bound SET outcome = %(outcome)s
WHERE market = %(market)s AND order_id = %(order_id)s AND outcome = 'open'
"""

BOUND_SQL = """
SELECT order_id, node, channel, method, service, confidence, taken_at, said_by, promised_by, changes,
       arrived_at, outcome
FROM promising_bound WHERE market = %(market)s AND order_id = %(order_id)s ORDER BY node
"""

# A promise to a shopper is kept when all of it is; a node or a service answers for its own part.
SCORES_SQL = """
WITH promises AS (
    SELECT CASE %(by)s WHEN 'method' THEN method WHEN 'channel' THEN channel WHEN 'node' THEN node
                       WHEN 'service' THEN service ELSE 'all' END AS of,
           order_id, min(confidence) AS confidence, min(said_by) AS said_by, max(arrived_at) AS arrived_at,
           max(changes) AS changes, bool_or(outcome = 'open') AS open, bool_or(outcome = 'broken') AS broken,
           bool_or(outcome = 'late') AS late, bool_or(outcome = 'kept') AS kept
    FROM promising_bound
    WHERE market = %(market)s AND said_by >= %(since)s::timestamptz AND said_by < %(until)s::timestamptz
      AND (%(channels)s::text[] = '{}' OR channel = ANY(%(channels)s::text[]))
    GROUP BY 1, order_id
), scored AS (
    SELECT of, confidence, changes, broken, late AND NOT broken AS late,
           kept AND NOT late AND NOT broken AS kept,
           extract(epoch FROM said_by - arrived_at)::float8 / 3600 AS slack_hours,
           NOT open AND (kept OR late OR broken) AS ended
    FROM promises
)
SELECT of, count(*)::int AS promises, count(*) FILTER (WHERE ended)::int AS ended,
       count(*) FILTER (WHERE ended AND kept)::int AS kept,
       count(*) FILTER (WHERE ended AND late)::int AS late,
       count(*) FILTER (WHERE ended AND broken)::int AS broken,
       count(*) FILTER (WHERE changes > 0)::int AS changed,
       avg(confidence) FILTER (WHERE ended) AS said,
       avg(slack_hours) FILTER (WHERE ended AND kept) AS mean_slack_hours,
       avg(-slack_hours) FILTER (WHERE ended AND late) AS mean_late_hours
FROM scored GROUP BY of ORDER BY of LIMIT 5000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A promise as it was written down: the basket and the options as JSON values."""

    promise_id: Id
    channel: str
    wanted: Any
    options: Any
    made_at: datetime
    expires_at: datetime


def write(tx: Tx, market: str, kept: Sequence[Kept]) -> None:
    """Write promises down."""
    run(
        tx,
        WRITE_SQL,
        market=market,
        promise_ids=[each.promise_id for each in kept],
        channels=[each.channel for each in kept],
        wanted=[Jsonb(each.wanted) for each in kept],
        options=[Jsonb(each.options) for each in kept],
        made_at=[each.made_at for each in kept],
        expires_at=[each.expires_at for each in kept],
    )


def find(tx: Tx, market: str, promise_id: Id) -> Kept | None:
    """A promise by its id, or None."""
    return row(tx, Kept, FIND_SQL, market=market, promise_id=promise_id)


# A node's days


def standing(tx: Tx, market: str, *, since: date) -> tuple[datetime | None, Iterable[tuple[str, date, int]]]:
    """When the habits were last refreshed, and the days from one on on which nodes are full: how full."""
    ((refreshed_at, nodes, days, booked),) = values(tx, STANDING_SQL, market=market, since=since)
    return refreshed_at, zip(nodes, days, booked, strict=True)


def booked(tx: Tx, market: str, *, since: date, until: date) -> list[tuple[str, date, int]]:
    """How much is booked on the days of nodes, from one day until another."""
    return values(tx, BOOKED_SQL, market=market, since=since, until=until)


def book(tx: Tx, market: str, node: str, day: date, *, capacity: int) -> None:
    """Count a piece of work on a node's day."""
    run(tx, BOOK_SQL, market=market, node=node, day=day, capacity=capacity)


def give_back(tx: Tx, market: str, node: str, day: date) -> None:
    """Count a piece of work off a node's day."""
    run(tx, GIVE_BACK_SQL, market=market, node=node, day=day)


# What was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How late something was: of which kind, of which work or shipment, at which node or by which service."""

    kind: str
    subject: Id
    place: str
    zone: int = 0
    slip: int
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSpread:
    """How often each slip was seen of a place; slips are text, as JSON has them."""

    kind: str
    place: str
    zone: int
    slips: dict[str, float]


def note(tx: Tx, market: str, seen: Seen) -> None:
    """Write down how late something was; seen twice is seen once."""
    run(
        tx, NOTE_SQL, market=market, kind=seen.kind, subject=seen.subject, place=seen.place, zone=seen.zone,
        slip=seen.slip, happened_at=seen.happened_at,
    )  # fmt: skip


def weighed(
    tx: Tx, market: str, now: datetime, *, memory: timedelta, half_life: timedelta
) -> list[tuple[str, str, int, int, float]]:
    """What was seen within memory: kind, place, zone, slip and how often, half as much a half-life ago."""
    found = values(
        tx, WEIGHED_SQL, market=market, now=now, memory=memory, half_life=half_life.total_seconds()
    )
    return [(kind, place, zone, slip, times) for kind, place, zone, slip, times in found]


def spreads(tx: Tx, market: str) -> list[KeptSpread]:
    """What was last put together of every place."""
    return rows(tx, KeptSpread, SPREADS_SQL, market=market)


def save_spreads(
    tx: Tx, market: str, slips: Mapping[tuple[str, str, int], Mapping[str, float]], now: datetime
) -> None:
    """Write down what was put together, over what was there; places in one order, so that two never cross."""
    places = sorted(slips)
    run(
        tx,
        SAVE_SPREADS_SQL,
        market=market,
        kinds=[kind for kind, _, _ in places],
        places=[place for _, place, _ in places],
        zones=[zone for _, _, zone in places],
        slips=[Jsonb(dict(slips[key])) for key in places],
        now=now,
    )


# What was taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a shopper was told of what one node serves, and what became of it."""

    order_id: Id
    node: str
    channel: str
    method: str
    service: str
    confidence: float
    taken_at: datetime
    said_by: datetime
    promised_by: datetime | None = None
    changes: int = 0
    arrived_at: datetime | None = None
    outcome: str = "open"


def bind(tx: Tx, market: str, new: Sequence[Bound]) -> None:
    """Write down what shoppers were told; twice is once."""
    run(
        tx,
        BIND_SQL,
        market=market,
        order_ids=[each.order_id for each in new],
        nodes=[each.node for each in new],
        channels=[each.channel for each in new],
        methods=[each.method for each in new],
        services=[each.service for each in new],
        confidences=[each.confidence for each in new],
        taken_at=[each.taken_at for each in new],
        said_by=[each.said_by for each in new],
    )


def move(tx: Tx, market: str, order_id: Id, promised_by: datetime) -> None:
    """The promise of an order stands for another moment now."""
    run(tx, MOVE_SQL, market=market, order_id=order_id, promised_by=promised_by)


def arrive(tx: Tx, market: str, order_id: Id, at: datetime, *, node: str | None) -> None:
    """What a node (None: all of them) was to serve is there."""
    run(tx, ARRIVE_SQL, market=market, order_id=order_id, at=at, node=node)


def end(tx: Tx, market: str, order_id: Id, outcome: str) -> None:
    """What has not come yet will not come."""
    run(tx, END_SQL, market=market, order_id=order_id, outcome=outcome)


def bound(tx: Tx, market: str, order_id: Id) -> list[Bound]:
    """What a shopper was told, node by node."""
    return rows(tx, Bound, BOUND_SQL, market=market, order_id=order_id)


def scores(
    tx: Tx, market: str, *, by: str, since: datetime, until: datetime, channels: Sequence[str]
) -> list[Score]:
    """How promises that were due in a time ended."""
    return rows(
        tx, Score, SCORES_SQL, market=market, by=by, since=since, until=until, channels=list(channels)
    )
