"""Stock that is known from somebody's word: a vendor's feed brings a node to its figures, and ages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from anyshelf.ground.db import Tx, rows, run
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Move, Position, Posting
from anyshelf.inventory.service.ledger import post
from anyshelf.inventory.service.views import positions

AT_ONCE = 2000
PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What figures came to: how many positions changed, and where more is promised than there is said."""

    changed: int
    below_promised: Mapping[str, int]


def note_feed(tx: Tx, market: str, *, node: str, told_at: datetime, percent_lost_per_hour: int) -> bool:
    """Remember when a node's stock was last told; False when something newer is known already.

    Locks the node's feed, so that one feed of a node is taken at a time.
    """
    return bool(
        run(
            tx,
            store.NOTE_FEED_SQL,
            market=market,
            node=node,
            told_at=told_at,
            percent_lost_per_hour=percent_lost_per_hour,
        )
    )


def nothing_else(tx: Tx, market: str, node: str, figures: Mapping[str, int]) -> dict[str, int]:
    """These figures, and zero for everything else that lies at the node."""
    whole, after = dict(figures), ""
    while found := positions(tx, market, item=None, node=node, after=(after, node), limit=PAGE):
        whole |= {at.item: 0 for at in found if at.on_hand and at.item not in figures}
        after = found[-1].item
    return whole


def bring_to(
    tx: Tx,
    market: str,
    figures: Mapping[str, int],
    *,
    node: str,
    reference: str,
    as_of: datetime,
    now: datetime,
) -> Brought:
    """Bring what lies at a node to these figures by counts, but never below what is promised from it.

    Locks the positions in item order. The same reference twice is refused as a Conflict by the ledger.
    """
    changed, below = 0, dict[str, int]()
    ordered = sorted(figures)
    cause = derived_id("feed", market, node, reference)
    for step, start in enumerate(range(0, len(ordered), AT_ONCE)):
        items = ordered[start : start + AT_ONCE]
        held = _lock(tx, market, node, items, figures)
        claimed = {item: at.reserved + at.allocated for item, at in held.items()}
        below |= {item: claimed[item] for item in items if item in held and claimed[item] > figures[item]}
        counts = [
            _count(node, item, max(figures[item], claimed.get(item, 0)), reference, as_of) for item in items
        ]
        changed += _post(tx, market, counts, held, cause=cause, step=step, now=now)
    return Brought(changed=changed, below_promised=below)


def _lock(
    tx: Tx, market: str, node: str, items: list[str], figures: Mapping[str, int]
) -> dict[str, Position]:
    there = [item for item in items if figures[item]]
    run(tx, store.OPEN_POSITIONS_SQL, market=market, items=there, nodes=[node] * len(there))
    keys = {"items": items, "nodes": [node] * len(items)}
    return {at.item: at for at in rows(tx, Position, store.LOCK_POSITIONS_SQL, market=market, **keys)}


def _count(node: str, item: str, quantity: int, reference: str, as_of: datetime) -> Posting:
    return Posting(
        kind="count",
        node=node,
        item=item,
        quantity=quantity,
        reason="feed",
        reference=reference,
        happened_at=as_of,
    )


def _post(
    tx: Tx,
    market: str,
    counts: list[Posting],
    held: Mapping[str, Position],
    *,
    cause: Id,
    step: int,
    now: datetime,
) -> int:
    moves: list[Move] = []
    events: list[Event] = []
    for count in counts:
        on_hand = held[count.item].on_hand if count.item in held else 0
        moved = rules.moves_of(count, on_hand)
        moves += moved
        events += [_told(count, now)] if moved else []
    post(tx, market, moves, cause=cause, step=step, now=now, happened_at=counts[0].happened_at)
    tell(tx, market, events)
    return len(moves)


def _told(count: Posting, now: datetime) -> Event:
    data = {
        "kind": count.kind, "item": count.item, "node": count.node, "quantity": count.quantity,
        "reason": count.reason, "reference": count.reference,
    }  # fmt: skip
    return Event(
        kind="StockMoved",
        subject=f"{count.item}@{count.node}",
        data=data,
        happened_at=count.happened_at or now,
    )
