"""Who has some, nearest first: many items at once, as arrays."""

from dataclasses import dataclass

import numpy as np

from anyshelf.inventory.model import Ints, Places
from anyshelf.network.model import Flags, Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lots:
    """What lies of some codes, code by code: that of the n-th stands at `bounds[n]` up to `bounds[n + 1]`.

    `places` are nodes as the atlas numbers them.
    """

    bounds: Ints
    places: Places
    free: Ints
    on_hand: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offers:
    """The nodes that have some of each code, nearest first and so many at most; and all within reach."""

    totals: Ints
    bounds: Ints
    places: Places
    free: Ints
    on_hand: Ints


def nearest(lots: Lots, *, within: Flags, distance_km: Floats | None, limit: int) -> Offers:
    """Who within reach has some of each code: the nearest `limit` of them, ties by the order of the nodes.

    Without distances the nodes stand in their order.
    """
    codes = len(lots.bounds) - 1
    having = np.flatnonzero((lots.free > 0) & within[lots.places])
    code = np.repeat(np.arange(codes), np.diff(lots.bounds))[having]
    places, free = lots.places[having], lots.free[having]
    keys = (places, code) if distance_km is None else (places, distance_km[places], code)
    order = np.lexsort(keys)
    code = code[order]
    counts = np.bincount(code, minlength=codes)
    rank = np.arange(len(code)) - np.repeat(np.cumsum(counts) - counts, counts)
    shown = order[rank < limit]
    sums = np.bincount(code, weights=free[order], minlength=codes)  # exact: nobody has 2 ** 53 of anything
    return Offers(
        totals=sums.astype(np.int64),
        bounds=np.cumsum(np.concatenate([[0], np.minimum(counts, limit)])),
        places=places[shown],
        free=free[shown],
        on_hand=lots.on_hand[having[shown]],
    )
