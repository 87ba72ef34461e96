"""Writing moves, and the positions they change, in one go."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.errors import UniqueViolation

from anyshelf.ground.db import Tx, rows, run, values
from anyshelf.ground.errors import Conflict, Shortage
from anyshelf.ground.ids import Id, new_id
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import KEPT, Move, Position, Want


def post(
    tx: Tx,
    market: str,
    moves: Sequence[Move],
    *,
    cause: Id,
    step: int,
    now: datetime,
    happened_at: datetime | None = None,
) -> None:
    """Write moves and change their positions, all or none.

    Locks the positions in (item, node) order. Raises Shortage naming every position that cannot bear it,
    before anything is written; Conflict when this step of this cause is in the books already.
    """
    if not moves:
        return
    change = rules.changes(moves)
    before = lock(tx, market, change)
    short = rules.shortfalls(before, change)
    if short:
        raise _shortage(before, change, short)
    change_positions(tx, market, change)
    note(tx, market, moves, cause=cause, step=step, now=now, happened_at=happened_at or now)


def lock(tx: Tx, market: str, change: dict[rules.Key, Position]) -> dict[rules.Key, Position]:
    """The positions that a change touches, locked in (item, node) order; opened where goods come in."""
    keys = {"market": market, "items": [key[0] for key in change], "nodes": [key[1] for key in change]}
    found = rows(tx, Position, store.LOCK_POSITIONS_SQL, **keys)
    if len(found) < len(change) and any(max(delta.on_hand, delta.damaged, delta.in_transit) > 0
                                        for delta in change.values()):  # fmt: skip
        run(tx, store.OPEN_POSITIONS_SQL, **keys)
        found = rows(tx, Position, store.LOCK_POSITIONS_SQL, **keys)
    return {(position.item, position.node): position for position in found}


def hold_still(tx: Tx, market: str, positions: Sequence[rules.Key]) -> None:
    """Lock these positions, as (item, node), in that order: who moves stock between them does it alone."""
    rows(
        tx, Position, store.LOCK_POSITIONS_SQL, market=market,
        items=[item for item, _ in positions], nodes=[node for _, node in positions],
    )  # fmt: skip


def _shortage(
    before: dict[rules.Key, Position], change: dict[rules.Key, Position], short: Sequence[rules.Key]
) -> Shortage:
    """The refusal that names every position that fell short."""
    lines = []
    for key in short:
        position = before.get(key) or Position(item=key[0], node=key[1])
        lines.append({"item": key[0], "node": key[1], **rules.lacking(position, change[key])})
    named = ", ".join(f"{line['item']} at {line['node']}" for line in lines[:5])
    return Shortage(f"Not enough stock of {named}.", lines=lines)


def change_positions(tx: Tx, market: str, change: dict[rules.Key, Position]) -> None:
    """Add these differences to positions that are locked."""
    deltas = list(change.values())
    run(
        tx,
        store.CHANGE_POSITIONS_SQL,
        market=market,
        items=[delta.item for delta in deltas],
        nodes=[delta.node for delta in deltas],
        **{bucket: [getattr(delta, bucket) for delta in deltas] for bucket in KEPT},
    )


def note(
    tx: Tx, market: str, moves: Sequence[Move], *, cause: Id, step: int, now: datetime, happened_at: datetime
) -> None:
    """Write moves into the books, positions left alone; raises Conflict when they are there already."""
    try:
        run(
            tx,
            store.WRITE_MOVES_SQL,
            market=market,
            cause=cause,
            step=step,
            now=now,
            happened_at=happened_at,
            items=[move.item for move in moves],
            nodes=[move.node for move in moves],
            sources=[move.from_bucket for move in moves],
            to_nodes=[move.ends_at for move in moves],
            targets=[move.to_bucket for move in moves],
            quantities=[move.quantity for move in moves],
            reasons=[move.reason for move in moves],
            lines=[move.line for move in moves],
            references=[move.reference for move in moves],
        )
    except UniqueViolation:
        raise Conflict("These moves are in the books already.") from None


def reserve(
    tx: Tx, market: str, wants: Sequence[Want], *, cause: Id, step: int, now: datetime, reason: str = "order"
) -> None:
    """Take every want or none: raises Shortage naming all that fell short. Locks in (item, node) order."""
    post(
        tx,
        market,
        [rules.reservation(want, reason=reason) for want in wants],
        cause=cause,
        step=step,
        now=now,
    )


def take_back_all(
    tx: Tx, market: str, wants: Sequence[tuple[Want, str]], *, cause: Id, step: int, now: datetime
) -> None:
    """Take units back from a customer, each into the bucket its condition calls for (on_hand or damaged)."""
    moves = [
        Move(
            item=want.item,
            node=want.node,
            from_bucket="customer",
            to_bucket=bucket,
            quantity=want.quantity,
            reason="return",
            line=want.line,
        )
        for want, bucket in wants
    ]
    post(tx, market, moves, cause=cause, step=step, now=now)


def has_happened(tx: Tx, market: str, cause: Id, step: int) -> bool:
    """Whether this step of this cause is in the books."""
    return bool(values(tx, store.HAS_HAPPENED_SQL, market=market, cause=cause, step=step))


def ask_count(tx: Tx, market: str, *, node: str, item: str, reason: str, now: datetime) -> None:
    """Ask somebody at the node to count an item: the books and the shelf may differ."""
    run(
        tx,
        store.ASK_COUNT_SQL,
        market=market,
        count_id=new_id(),
        node=node,
        item=item,
        reason=reason,
        now=now,
    )
