"""The outbox: events are written with the business they tell of, numbered once they are committed.

Writers never number events, so they never wait for each other. `number_new` does, one caller at a time:
it gives every committed event the next number of its market, in the order the database wrote them down.
Two transactions on one order are serialised by the order's row lock, so the later one writes later and
is numbered later: the feed has no gaps and never turns an order's story around.
"""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, later, row, rows
from anyshelf.ground.events import Event, Told
from anyshelf.ground.ids import new_ids

TELL_SQL = """
INSERT INTO outbox (market, event_id, kind, subject, data, happened_at)
SELECT %(market)s, e.event_id, e.kind, e.subject, e.data, e.happened_at
FROM unnest(%(event_ids)s::uuid[], %(kinds)s::text[], %(subjects)s::text[], %(data)s::jsonb[],
            %(happened)s::timestamptz[]) AS e(event_id, kind, subject, data, happened_at)
"""

HEAD_SQL = "SELECT sequence FROM outbox_heads WHERE market = %(market)s"

LOCK_HEAD_SQL = "SELECT sequence FROM outbox_heads WHERE market = %(market)s FOR UPDATE"

NUMBER_SQL = """
WITH waiting AS (
    SELECT event_id, row_number() OVER (ORDER BY written_at, event_id) AS place
    FROM (SELECT event_id, written_at FROM outbox
          WHERE market = %(market)s AND sequence IS NULL
          ORDER BY written_at, event_id LIMIT %(limit)s) AS oldest
), numbered AS (
    UPDATE outbox SET sequence = %(head)s::bigint + waiting.place FROM waiting
    WHERE outbox.market = %(market)s AND outbox.event_id = waiting.event_id
    RETURNING 1
)
UPDATE outbox_heads SET sequence = sequence + (SELECT count(*) FROM numbered)
WHERE market = %(market)s
RETURNING sequence
"""

AFTER_SQL = """
SELECT market, sequence, event_id, kind, subject, data, happened_at FROM outbox
WHERE market = %(market)s AND sequence > %(after)s
  AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
ORDER BY sequence LIMIT %(limit)s
"""

FOR_SUBJECT_SQL = """
SELECT market, coalesce(sequence, 0) AS sequence, event_id, kind, subject, data, happened_at FROM outbox
WHERE market = %(market)s AND subject = %(subject)s
ORDER BY written_at, event_id LIMIT 500
"""

BATCH_MAX = 2000


def tell(tx: Tx, market: str, events: Sequence[Event]) -> None:
    """Write events into the caller's transaction: they are told if it commits, and never otherwise."""
    if events:
        later(
            tx,
            TELL_SQL,
            market=market,
            event_ids=new_ids(len(events)),
            kinds=[event.kind for event in events],
            subjects=[event.subject for event in events],
            data=[Jsonb(dict(event.data)) for event in events],
            happened=[event.happened_at for event in events],
        )


class _Head:
    """The last number given in a market."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence


def number_new(tx: Tx, market: str) -> int:
    """Number the committed events that have none yet; returns the last number given in this market.

    Locks the market's head row, so one caller numbers at a time and the numbers have no gaps.
    """
    head = row(tx, _Head, LOCK_HEAD_SQL, market=market)
    if head is None:
        return 0
    numbered = row(tx, _Head, NUMBER_SQL, market=market, head=head.sequence, limit=BATCH_MAX)
    return numbered.sequence if numbered else head.sequence


def head(tx: Tx, market: str) -> int:
    """The last number given in this market: whatever it counts has certainly happened."""
    found = row(tx, _Head, HEAD_SQL, market=market)
    return found.sequence if found else 0


def after(
    tx: Tx, market: str, sequence: int, *, limit: int, kinds: Sequence[str] | None = None
) -> list[Told]:
    """The numbered events that follow a number, in order, at most `limit`; all, or only of these kinds."""
    wanted = None if kinds is None else list(kinds)
    return rows(tx, Told, AFTER_SQL, market=market, after=sequence, limit=limit, kinds=wanted)


def story_of(tx: Tx, market: str, subject: str) -> list[Told]:
    """What has happened to one subject, oldest first; events not numbered yet carry 0."""
    return rows(tx, Told, FOR_SUBJECT_SQL, market=market, subject=subject)
