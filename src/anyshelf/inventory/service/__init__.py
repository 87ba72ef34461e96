"""Stock as the other rooms use it. The only room that changes a quantity."""

from anyshelf.inventory.service.books import audit, claims_not_held, repair, sent
from anyshelf.inventory.service.holds import expire_holds, hold, release_hold
from anyshelf.inventory.service.ledger import (
    ask_count,
    has_happened,
    post,
    post_all,
    reserve,
    take_back_all,
)
from anyshelf.inventory.service.supply import expect, receive_opening
from anyshelf.inventory.service.views import (
    expected,
    free_stock,
    moves,
    positions,
    positions_as_of,
    positions_at,
    totals,
)

__all__ = [
    "ask_count",
    "audit",
    "claims_not_held",
    "expect",
    "expected",
    "expire_holds",
    "free_stock",
    "has_happened",
    "hold",
    "moves",
    "positions",
    "positions_as_of",
    "positions_at",
    "post",
    "post_all",
    "receive_opening",
    "release_hold",
    "repair",
    "reserve",
    "sent",
    "take_back_all",
    "totals",
]
