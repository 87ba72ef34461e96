"""The export: steps and facts under pseudonyms, page by page, for any tool that reads Parquet."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from anyshelf.ground.db import Database
from anyshelf.ground.ids import Id
from anyshelf.insight.store import exporting as store

TABLES = ("steps", "orders", "lines")
WHOLE = frozenset({"orders"})
"""What goes on changing after it was placed: written anew each time."""
PAGE = 20_000
SETTLED = timedelta(minutes=2)
"""What was written more lately may still be in somebody's transaction: the next export has it."""
BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), Id(int=0))


Mark = tuple[datetime, Id]
"""Up to where a table was exported: the moment and the id of its last row."""


def pages(
    database: Database, market: str, table: str, *, after: Mark, now: datetime
) -> Iterator[tuple[list[dict[str, Any]], Mark]]:
    """The rows of a table after a mark, in pages, each with the mark to go on from.

    Each page is a short transaction of its own: a long export keeps nothing from being vacuumed.
    """
    while True:
        with database.transaction() as tx:
            rows = store.page(tx, market, table, after=after, until=now - SETTLED, limit=PAGE)
        if not rows:
            return
        after = _mark(table, rows)
        if table == "lines" and len(rows) == PAGE:  # an order's lines stay together
            last = rows[-1]["order_id"]
            rows = [row for row in rows if row["order_id"] != last] or rows
            after = _mark(table, rows)
        yield rows, after


def _mark(table: str, rows: list[dict[str, Any]]) -> Mark:
    last = rows[-1]
    if table == "steps":
        return last["known_at"], Id(last["message_id"])
    return last["placed_at"], Id(last["order_id"])
