"""Opening stock and expected supply, taken in by the thousand."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from psycopg.errors import CheckViolation

from anyshelf.ground.db import Tx, rows, run
from anyshelf.ground.errors import Conflict
from anyshelf.ground.ids import Id
from anyshelf.inventory import store
from anyshelf.inventory.model import Position

BATCH = 10_000


def receive_opening(
    tx: Tx, market: str, opening: Iterable[tuple[str, str, int]], *, cause: Id, now: datetime
) -> int:
    """Bring positions (node, item, on hand) to these figures by moves; returns how many were read.

    Positions that stand at their figure already are left alone. Raises Conflict when a figure is below
    what is promised from that position.
    """
    source = iter(opening)
    read = 0
    for step in range(2**31):
        batch = list(islice(source, BATCH))
        if not batch:
            break
        _open(tx, market, sorted((item, node, on_hand) for node, item, on_hand in batch), cause, step, now)
        read += len(batch)
    return read


def _open(
    tx: Tx, market: str, batch: list[tuple[str, str, int]], cause: Id, step: int, now: datetime
) -> None:
    items, nodes, on_hand = (list(column) for column in zip(*batch, strict=True))
    rows(tx, Position, store.LOCK_POSITIONS_SQL, market=market, items=items, nodes=nodes)
    figures = {"market": market, "items": items, "nodes": nodes, "on_hand": on_hand}
    run(tx, store.OPENING_MOVES_SQL, **figures, cause=cause, step=step, now=now)
    try:
        run(tx, store.OPENING_POSITIONS_SQL, **figures)
    except CheckViolation:
        raise Conflict(
            "A stock figure is below what is promised from it; cancel or re-source first."
        ) from None


def expect(
    tx: Tx, market: str, supply: Iterable[tuple[str, str, int, datetime, str]], *, now: datetime
) -> int:
    """Note supply on its way (node, item, quantity, arrives at, reference); sent again, it is corrected."""
    source = iter(supply)
    read = 0
    while batch := list(islice(source, BATCH)):
        nodes, items, quantities, arrivals, references = (list(column) for column in zip(*batch, strict=True))
        run(
            tx,
            store.EXPECT_SQL,
            market=market,
            now=now,
            references=references,
            items=items,
            nodes=nodes,
            quantities=quantities,
            arrivals=arrivals,
        )
        read += len(batch)
    return read


def call_off(tx: Tx, market: str, *, node: str, item: str, reference: str, now: datetime) -> None:
    """Expect no more of a supply; raises Conflict where orders wait for it or some of it is here already."""
    if not run(tx, store.CALL_OFF_SQL, market=market, node=node, item=item, reference=reference, now=now):
        raise Conflict(f"Of {reference} some is here already, or orders wait for it: it must come.")
