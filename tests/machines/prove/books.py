"""What the database says when everything has come to rest, read as its owner and from nothing else."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row

BUCKETS = ("on_hand", "reserved", "allocated", "in_transit", "damaged")

# The moment of the commit is the database's own (track_commit_timestamp). A transaction holds its positions
# until after that moment, so by it the transactions on one position stand in the order in which they were.
MOVES_SQL = """
SELECT cause::text, step, entry, item, node, from_bucket, to_node, to_bucket, quantity, reason, line,
       written_by::text::bigint AS writer,
       (extract(epoch FROM pg_xact_commit_timestamp(written_by::xid)) * 1000000)::bigint AS kept_us
FROM inventory_moves WHERE market = %(market)s
"""
POSITIONS_SQL = """
SELECT item, node, on_hand, reserved, allocated, in_transit, damaged
FROM inventory_positions WHERE market = %(market)s
"""
ORDERS_SQL = """
SELECT order_id::text, external_id, channel FROM orders WHERE market = %(market)s
"""
LINES_SQL = """
SELECT order_id::text, line, item, quantity FROM order_lines WHERE market = %(market)s
"""
PAYMENTS_SQL = "SELECT order_id::text, count(*) AS times FROM payments WHERE market = %(market)s GROUP BY 1"
EVENTS_SQL = """
SELECT sequence, event_id::text, kind, subject, data FROM outbox WHERE market = %(market)s ORDER BY sequence
"""
HEAD_SQL = "SELECT sequence FROM outbox_heads WHERE market = %(market)s"
KEYS_SQL = """
SELECT key, status, answer FROM idempotency_keys WHERE market = %(market)s
"""
RETURNS_SQL = "SELECT return_id::text, order_id::text FROM returns WHERE market = %(market)s"
MISHAPS_SQL = "SELECT kind, count(*) FROM order_exceptions WHERE market = %(market)s GROUP BY 1 ORDER BY 1"
SET_ASIDE_SQL = "SELECT reader, sequence, reason FROM outbox_set_aside WHERE market = %(market)s"


class Moved(NamedTuple):
    """A move with the transaction that wrote it and when that was committed."""

    cause: str
    step: int
    entry: int
    item: str
    node: str
    from_bucket: str
    to_node: str
    to_bucket: str
    quantity: int
    reason: str
    line: int | None
    writer: int
    kept_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything the verdict rests on.

    `doubts` says of each node how many of a thousand units were at most held back for want of being found.
    """

    moves: list[Moved]
    positions: dict[tuple[str, str], tuple[int, ...]]
    orders: list[Any]
    lines: dict[str, list[Any]]
    payments: dict[str, int]
    events: list[Any]
    head: int
    keys: dict[str, list[Any]]
    returns: list[Any]
    mishaps: dict[str, int]
    set_aside: list[Any]
    audit: list[str]
    doubts: Mapping[str, int] = field(default_factory=dict)

    def moves_by_cause(self) -> dict[str, list[Moved]]:
        return _grouped(self.moves, "cause")

    def events_by_subject(self) -> dict[str, list[Any]]:
        return _grouped(self.events, "subject")


def read_books(url: str, market: str, audit: list[str], doubts: Mapping[str, int]) -> Books:
    """Read it all in one unchanging view."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

        def ask(sql: Any) -> list[Any]:
            with connection.cursor(row_factory=namedtuple_row) as cursor:
                return cursor.execute(sql, {"market": market}).fetchall()

        return Books(
            moves=[Moved(*each) for each in ask(MOVES_SQL)],
            positions={(each[0], each[1]): tuple(each[2:]) for each in ask(POSITIONS_SQL)},
            orders=ask(ORDERS_SQL),
            lines=_grouped(ask(LINES_SQL), "order_id"),
            payments=dict(ask(PAYMENTS_SQL)),
            events=ask(EVENTS_SQL),
            head=ask(HEAD_SQL)[0].sequence,
            keys=_grouped(ask(KEYS_SQL), "key"),
            returns=ask(RETURNS_SQL),
            mishaps=dict(ask(MISHAPS_SQL)),
            set_aside=ask(SET_ASIDE_SQL),
            audit=audit,
            doubts=doubts,
        )


def _grouped(rows: list[Any], name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return dict(found)
