"""A bounded search for wide orders: open the nodes that serve most for their cost, then drop, add and swap.

This is uncapacitated facility location. The start is a greedy set cover by least cost per item served
(Hochbaum 1982), the improvement is local search by add, drop and swap (Kuehn and Hamburger 1963). Work is
bounded by counting, never by a clock, so the answer is the same on every machine. Arrays are items by nodes
with infinite costs where a node cannot serve, as in `exact`.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from anyshelf.sourcing.model import FloatArray, IntArray

POOL_NODES: Final = 96
ROUNDS_MAX: Final = 60
WORK_MAX: Final = 60_000_000
LEAST_GAIN: Final = 1e-6

Flags: TypeAlias = NDArray[np.bool_]
Move: TypeAlias = tuple[float, int | None, int | None]
"""How much a move saves, the node it closes and the node it opens."""


def wide_cover(fixed: FloatArray, costs: FloatArray) -> IntArray | None:
    """A good node for each item, or None where some item has no node."""
    serves = np.isfinite(costs) & np.isfinite(fixed)
    if not serves.any(axis=1).all():
        return None
    opened = greedy_nodes(fixed, np.where(serves, costs, 0.0), serves)
    pool = likely_nodes(fixed, np.where(serves, costs, 0.0), serves, opened)
    pooled = np.where(serves[:, pool], costs[:, pool], np.inf)
    improved = improve(fixed[pool], pooled, np.isin(pool, opened))
    cover: IntArray = pool[np.where(improved, pooled, np.inf).argmin(axis=1)]
    return cover


def greedy_nodes(fixed: FloatArray, spend: FloatArray, serves: Flags) -> IntArray:
    """Nodes that together serve every item, each the cheapest per item not yet served when it was taken.

    Each item's row is visited once, when it is first served, so the whole costs one pass over the arrays.
    """
    count, total = serves.sum(axis=0), spend.sum(axis=0)
    waiting = np.ones(len(serves), dtype=bool)
    opened: list[int] = []
    while waiting.any():
        node = int(np.where(count > 0, (fixed + total) / np.maximum(count, 1), np.inf).argmin())
        served = np.flatnonzero(serves[:, node] & waiting)
        count = count - serves[served].sum(axis=0)
        total = total - spend[served].sum(axis=0)
        waiting[served] = False
        opened.append(node)
    return np.array(sorted(opened), dtype=np.intp)


def likely_nodes(fixed: FloatArray, spend: FloatArray, serves: Flags, opened: IntArray) -> IntArray:
    """The nodes the improvement may use: those opened, and those that would serve most cheaply per item."""
    count = serves.sum(axis=0)
    each = np.where(count > 0, (fixed + spend.sum(axis=0)) / np.maximum(count, 1), np.inf)
    best = np.argsort(each, kind="stable")[:POOL_NODES]
    return np.union1d(opened, best[np.isfinite(each[best])])


def improve(fixed: FloatArray, costs: FloatArray, opened: Flags) -> Flags:
    """Close, open or exchange one node at a time, always the move that saves most, until none saves."""
    opened = opened.copy()
    work = costs.size * (int(opened.sum()) + 1)
    for _ in range(min(ROUNDS_MAX, WORK_MAX // work)):
        gain, closing, opening = best_move(fixed, costs, opened)
        if gain <= LEAST_GAIN:
            break
        opened[[node for node in (closing,) if node is not None]] = False
        opened[[node for node in (opening,) if node is not None]] = True
    return opened


def best_move(fixed: FloatArray, costs: FloatArray, opened: Flags) -> Move:
    """The move that saves most."""
    first, second, owner = two_cheapest(costs, opened)
    moves: list[Move] = []
    for closing in (None, *np.flatnonzero(opened).tolist()):
        without = first if closing is None else np.where(owner == closing, second, first)
        saved = first.sum() + (0.0 if closing is None else fixed[closing])
        if closing is not None:
            moves.append((float(saved - without.sum()), closing, None))
        gains = saved - np.minimum(without[:, None], costs).sum(axis=0) - fixed
        gains[opened] = -np.inf
        opening = int(gains.argmax())
        moves.append((float(gains[opening]), closing, opening))
    return max(moves, key=lambda move: move[0])


def two_cheapest(costs: FloatArray, opened: Flags) -> tuple[FloatArray, FloatArray, IntArray]:
    """For each item: its cost at the cheapest open node, at the second cheapest, and the cheapest node."""
    among = np.where(opened, costs, np.inf)
    owner = among.argmin(axis=1)
    rows = np.arange(len(costs))
    first = among[rows, owner]
    among[rows, owner] = np.inf
    return first, among.min(axis=1), owner
