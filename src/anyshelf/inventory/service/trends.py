"""How stock has changed, period by period: what planning looks at."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx, rows, values
from anyshelf.inventory.model import Expected, Position
from anyshelf.inventory.store import trends as store

Changed = tuple[str, str, list[int], list[int], list[int]]
"""Item, node, and for some periods: how many ago it was, what came less what went, what came back."""


def positions_of(tx: Tx, market: str, items: Sequence[str]) -> list[Position]:
    """The positions of these items at every node."""
    return rows(tx, Position, store.POSITIONS_OF_SQL, market=market, items=list(items))


def coming(tx: Tx, market: str, items: Sequence[str]) -> list[Expected]:
    """All supply of these items on its way that nobody waits for."""
    return rows(tx, Expected, store.COMING_SQL, market=market, items=list(items))


def changed(
    tx: Tx, market: str, items: Sequence[str], *, since: datetime, until: datetime, period: timedelta
) -> list[Changed]:
    """What came to and went from these items' shelves, by periods counted back from `until`.

    Period 0 is the last one before `until`; what happened after it is in the periods below zero.
    """
    found = values(
        tx, store.CHANGED_SQL, market=market, items=list(items), since=since, until=until,
        seconds=period.total_seconds(),
    )  # fmt: skip
    return [(item, node, ago, quantity, back) for item, node, ago, quantity, back in found]
