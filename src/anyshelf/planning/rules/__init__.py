"""Planning's decisions: pure functions of values, the same live, measured and played."""

from anyshelf.planning.rules.allocating import allocated
from anyshelf.planning.rules.deciding import decide, reasoned
from anyshelf.planning.rules.guaranteed import placed
from anyshelf.planning.rules.looking import looked_at
from anyshelf.planning.rules.nights import NEVER, is_due, next_night
from anyshelf.planning.rules.planning import planned
from anyshelf.planning.rules.policies import newsvendor, order_up_to, reorder_levels, service_level
from anyshelf.planning.rules.rebalancing import transfers
from anyshelf.planning.rules.serial import best_levels, bounded_levels, cost_of_levels, near_levels
from anyshelf.planning.rules.sharing import shared
from anyshelf.planning.rules.trucks import Load, filled

__all__ = [
    "NEVER", "Load", "allocated", "best_levels", "bounded_levels", "cost_of_levels", "decide", "filled",
    "is_due", "looked_at", "near_levels", "newsvendor", "next_night", "order_up_to", "placed", "planned",
    "reasoned", "reorder_levels", "service_level", "shared", "transfers",
]  # fmt: skip
