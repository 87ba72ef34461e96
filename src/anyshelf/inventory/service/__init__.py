"""Stock as the other rooms use it. The only room that changes a quantity."""

from anyshelf.inventory.service.books import audit, claims_not_held, repair, sent
from anyshelf.inventory.service.claims import feeds_asked, reserve_all
from anyshelf.inventory.service.feeds import Brought, bring_to, note_feed, nothing_else
from anyshelf.inventory.service.finds import (
    categories,
    doubts,
    doubts_asked,
    finds_of,
    learn,
    note_asked,
)
from anyshelf.inventory.service.holds import expire_holds, hold, release_hold
from anyshelf.inventory.service.leases import end_lease, held_by, lease, lessees, take_out
from anyshelf.inventory.service.ledger import (
    ask_count,
    has_happened,
    hold_still,
    post,
    reserve,
    take_back_all,
)
from anyshelf.inventory.service.memory import Look, looking, memory_of
from anyshelf.inventory.service.reports import post_all
from anyshelf.inventory.service.supply import call_off, expect, receive_opening
from anyshelf.inventory.service.trends import Changed, changed, coming, positions_of
from anyshelf.inventory.service.views import (
    counts_asked,
    due_at,
    expected,
    free_stock,
    moves,
    positions,
    positions_as_of,
    positions_at,
    totals,
)
from anyshelf.inventory.service.waiting import stop_waiting, wait_for, waiting_of

__all__ = [
    "Brought",
    "Changed",
    "Look",
    "ask_count",
    "audit",
    "bring_to",
    "call_off",
    "categories",
    "changed",
    "claims_not_held",
    "coming",
    "counts_asked",
    "doubts",
    "doubts_asked",
    "due_at",
    "end_lease",
    "expect",
    "expected",
    "expire_holds",
    "feeds_asked",
    "finds_of",
    "free_stock",
    "has_happened",
    "held_by",
    "hold",
    "hold_still",
    "learn",
    "lease",
    "lessees",
    "looking",
    "memory_of",
    "moves",
    "note_asked",
    "note_feed",
    "nothing_else",
    "positions",
    "positions_as_of",
    "positions_at",
    "positions_of",
    "post",
    "post_all",
    "receive_opening",
    "release_hold",
    "repair",
    "reserve",
    "reserve_all",
    "sent",
    "stop_waiting",
    "take_back_all",
    "take_out",
    "totals",
    "wait_for",
    "waiting_of",
]
