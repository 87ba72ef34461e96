"""What the outside reports of stock: goods in, counts, adjustments, damage, transfers."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.db import Tx, run
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id, new_id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Position, Posting
from anyshelf.inventory.service.ledger import has_happened, lock, post
from anyshelf.inventory.service.waiting import serve_waiting


def post_all(tx: Tx, market: str, postings: Sequence[Posting], now: datetime) -> int:
    """Post what the outside reports, in the order given; a reference that came before is passed over.

    Returns how many were new. Raises Shortage or Invalid, with nothing posted, when one cannot be.
    """
    before = [(posting, _post_one(tx, market, posting, now)) for posting in postings]
    posted = [(posting, on_hand) for posting, on_hand in before if on_hand is not None]
    tell(tx, market, [_told(posting, on_hand, now) for posting, on_hand in posted])
    return len(posted)


def _post_one(tx: Tx, market: str, posting: Posting, now: datetime) -> int | None:
    """Post one; returns what the books showed on hand before, None where it came before."""
    cause = _cause_of(market, posting)
    if posting.reference and has_happened(tx, market, cause, 0):
        return None
    key = (posting.item, posting.node)
    held = lock(tx, market, {key: Position(item=posting.item, node=posting.node, on_hand=1)})
    moves = rules.moves_of(posting, held[key].on_hand)
    post(tx, market, moves, cause=cause, step=0, now=now, happened_at=posting.happened_at)
    if posting.kind in ("receive", "arrive") and posting.reference:
        run(
            tx,
            store.EXPECTED_ARRIVED_SQL,
            market=market,
            reference=posting.reference,
            item=posting.item,
            node=posting.node,
            quantity=posting.quantity,
        )
        serve_waiting(tx, market, posting, now)
    if posting.kind == "count":
        run(tx, store.COUNTED_SQL, market=market, node=posting.node, item=posting.item, now=now)
    return held[key].on_hand


def _cause_of(market: str, posting: Posting) -> Id:
    if posting.reference is None:
        return new_id()
    apart = [posting.delivery] if posting.delivery else []
    return derived_id("move", market, posting.kind, posting.node, posting.item, posting.reference, *apart)


def _told(posting: Posting, on_hand: int, now: datetime) -> Event:
    return Event(
        kind="StockMoved",
        subject=f"{posting.item}@{posting.node}",
        data={
            "kind": posting.kind,
            "item": posting.item,
            "node": posting.node,
            "quantity": posting.quantity,
            "reason": posting.reason,
            "reference": posting.reference,
            "on_hand_before": on_hand,
        },
        happened_at=posting.happened_at or now,
    )
