"""Reading stock: now, at any time, and as it was known at any time."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.db import Tx, rows, values
from anyshelf.ground.ids import Id
from anyshelf.inventory import store
from anyshelf.inventory.model import CountAsked, Due, Entry, Expected, Position
from anyshelf.inventory.service.finds import doubted_classes


def free_stock(
    tx: Tx,
    market: str,
    items: Sequence[str],
    *,
    now: datetime,
    holdback_units: int = 0,
    holdback_percent: int = 0,
    in_hand: bool = False,
) -> dict[str, list[tuple[str, int]]]:
    """For each item, the nodes that have some to promise and how much, in node order.

    What to promise is on hand, less what is claimed, less the largest of the channel's holdbacks and of what
    is not expected to be found (unless it is in somebody's hands), less a part of what is known only from a
    feed: the older the feed, the larger.
    """
    free: dict[str, list[tuple[str, int]]] = {item: [] for item in items}
    classes = doubted_classes(tx, market, list(free))
    found = values(
        tx,
        store.FREE_STOCK_SQL,
        market=market,
        items=list(free),
        categories=[classes.get(item, "") for item in free],
        in_hand=in_hand,
        now=now,
        holdback_units=holdback_units,
        holdback_percent=holdback_percent,
    )
    for item, nodes, quantities in found:  # joined by the database: thousands of rows would cost far more
        free[item] = list(zip(nodes.split("\x1f"), map(int, quantities.split(",")), strict=True))
    return free


def positions(
    tx: Tx,
    market: str,
    *,
    item: str | None,
    node: str | None,
    after: tuple[str, str] = ("", ""),
    limit: int = 100,
) -> list[Position]:
    """Positions of an item, a node or all, a page at a time in (item, node) order."""
    return rows(
        tx,
        Position,
        store.POSITIONS_SQL,
        market=market,
        item=item,
        node=node,
        after_item=after[0],
        after_node=after[1],
        limit=limit,
    )


def positions_at(tx: Tx, market: str, items: Sequence[str], nodes: Sequence[str]) -> list[Position]:
    """The positions of these items at these nodes."""
    return rows(tx, Position, store.THESE_POSITIONS_SQL, market=market, items=list(items), nodes=list(nodes))


def positions_as_of(
    tx: Tx,
    market: str,
    *,
    item: str,
    node: str | None,
    as_of: datetime,
    known_at: datetime,
    limit: int = 1000,
) -> list[Position]:
    """What was there at a time, as far as we knew at another time: a fold of the moves."""
    return rows(
        tx,
        Position,
        store.POSITIONS_AS_OF_SQL,
        market=market,
        item=item,
        node=node,
        as_of=as_of,
        known_at=known_at,
        limit=limit,
    )


def expected(tx: Tx, market: str, items: Sequence[str]) -> list[Expected]:
    """Supply on its way and not yet received, soonest first within each position."""
    return rows(tx, Expected, store.EXPECTED_SQL, market=market, items=list(items))


def due_at(tx: Tx, market: str, node: str, *, limit: int = 500) -> list[Due]:
    """What is on its way to a node under which reference, the soonest first."""
    return rows(tx, Due, store.DUE_AT_SQL, market=market, node=node, limit=limit)


def counts_asked(tx: Tx, market: str, node: str, *, limit: int = 100) -> list[CountAsked]:
    """What somebody should count at a node, each item once, since it was first asked for."""
    return rows(tx, CountAsked, store.COUNTS_ASKED_SQL, market=market, node=node, limit=limit)


def moves(
    tx: Tx, market: str, *, item: str | None, node: str | None, after: tuple[Id, int, int], limit: int
) -> list[Entry]:
    """Entries of the ledger after one, in the order of their causes."""
    return rows(
        tx,
        Entry,
        store.MOVES_SQL,
        market=market,
        item=item,
        node=node,
        after_cause=after[0],
        after_step=after[1],
        after_entry=after[2],
        limit=limit,
    )


def totals(tx: Tx, market: str) -> dict[str, int]:
    """All stock of a market, by bucket, and how many positions there are."""
    names = ("on_hand", "reserved", "allocated", "in_transit", "damaged", "positions")
    found = values(tx, store.TOTALS_SQL, market=market)[0]
    return dict(zip(names, (int(figure) for figure in found), strict=True))
