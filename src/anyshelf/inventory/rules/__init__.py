"""Rules of stock, values in and values out: what moves do, what may be promised, positions as arrays."""

from anyshelf.inventory.rules.finding import as_of, learned, weight_at
from anyshelf.inventory.rules.free import (
    Standing,
    by_node,
    doubted,
    free_units,
    laid_doubts,
    lost_by_feeds,
    lots,
    promisable,
)
from anyshelf.inventory.rules.leases import TILL_UNITS_MAX, leased_units, shares
from anyshelf.inventory.rules.moves import (
    Key,
    bears,
    changes,
    correction,
    granted,
    lacking,
    moves_of,
    release,
    reservation,
    shortfalls,
    undone,
    waits,
)
from anyshelf.inventory.rules.nearest import Lots, Offers, nearest
from anyshelf.inventory.rules.projection import Projection, laid_out
from anyshelf.inventory.rules.snapshot import Snapshot

__all__ = [
    "TILL_UNITS_MAX",
    "Key",
    "Lots",
    "Offers",
    "Projection",
    "Snapshot",
    "Standing",
    "as_of",
    "bears",
    "by_node",
    "changes",
    "correction",
    "doubted",
    "free_units",
    "granted",
    "lacking",
    "laid_doubts",
    "laid_out",
    "learned",
    "leased_units",
    "lost_by_feeds",
    "lots",
    "moves_of",
    "nearest",
    "promisable",
    "release",
    "reservation",
    "shares",
    "shortfalls",
    "undone",
    "waits",
    "weight_at",
]
