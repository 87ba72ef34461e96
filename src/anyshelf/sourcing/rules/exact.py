"""The exact choice for a handful of items: the cheapest node for every subset, then the best partition.

Because each item is served whole by one node and costs add up, a plan is a partition of the items into
parcels, and the best parcel for a subset is the cheapest node that holds all of it. Arrays are items by
nodes; a cost is infinite where the node cannot serve the item in full, and a node's fixed cost is infinite
where it may not serve at all.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from anyshelf.sourcing.model import FloatArray, IntArray

EXACT_ITEMS_MAX: Final = 12
LOW_ITEMS: Final = 6
DOMINANCE_ROUNDS: Final = 8


def cheapest_cover(fixed: FloatArray, costs: FloatArray) -> IntArray | None:
    """The node for each item in the cheapest plan, or None where some item has no node.

    Fixed costs must not be negative: then a node named for two parcels is cheaper still as one.
    """
    if len(costs) == 1:  # nothing to part: most orders
        alone = fixed + costs[0]
        node = alone.argmin()
        return np.array([node], dtype=np.intp) if np.isfinite(alone[node]) else None
    together = one_parcel(fixed, costs)
    if together is not None:
        return np.full(len(costs), together, dtype=np.intp)
    if len(costs) <= LOW_ITEMS:
        return best_partition(*cheapest_nodes(fixed, costs))
    kept = undominated(fixed, costs)
    if not len(kept):
        return None
    cover = best_partition(*cheapest_nodes(fixed[kept], costs[:, kept]))
    return None if cover is None else kept[cover]


def one_parcel(fixed: FloatArray, costs: FloatArray) -> int | None:
    """The node to send everything from, where no two parcels can cost less; None where they might.

    Two parcels cost at least twice the least a parcel costs, and every item what it costs where it is
    cheapest. Most orders end here: what a second parcel costs is more than it can save.
    """
    total = fixed.copy()
    for row in costs:
        total += row
    node = int(total.argmin())
    parted = 2.0 * float(fixed.min()) + float(costs.min(axis=1).sum())
    return node if total[node] < parted else None


def undominated(fixed: FloatArray, costs: FloatArray) -> IntArray:
    """The nodes worth asking: those that no other node matches on every item at no more cost.

    Looks only at what the strongest few nodes dominate: measured, more looking costs more than it saves.
    """
    serves = np.isfinite(costs)
    kept = np.flatnonzero(serves.any(axis=0) & np.isfinite(fixed))
    fixed, costs, serves = fixed[kept], costs[:, kept], serves[:, kept]
    alone = fixed + np.where(serves, costs, 0.0).sum(axis=0)
    alive = np.ones(len(kept), dtype=bool)
    for _, node in zip(range(DOMINANCE_ROUNDS), np.lexsort((alone, -serves.sum(axis=0))), strict=False):
        if alive[node]:
            alive &= ~((fixed[node] <= fixed) & (costs[:, node, None] <= costs).all(axis=0))
            alive[node] = True
    return kept[alive]


def cheapest_nodes(fixed: FloatArray, costs: FloatArray) -> tuple[FloatArray, IntArray]:
    """For every subset of items (a bit mask): the least cost of one parcel with all of it, and its node."""
    low = subset_sums(fixed, costs[:LOW_ITEMS])
    node = low.argmin(axis=1)
    best = low[np.arange(len(low)), node]
    if len(costs) <= LOW_ITEMS:
        return best, node
    bests, nodes = [best], [node]
    for extra in subset_sums(np.zeros(len(fixed)), costs[LOW_ITEMS:])[1:]:
        best, node = cheapest_with(low, extra)
        bests.append(best)
        nodes.append(node)
    return np.concatenate(bests), np.concatenate(nodes)


def cheapest_with(low: FloatArray, extra: FloatArray) -> tuple[FloatArray, IntArray]:
    """The cheapest node for each subset of the low items when it also serves some high ones at `extra`."""
    able = np.flatnonzero(np.isfinite(extra))
    if not len(able):
        return np.full(len(low), np.inf), np.zeros(len(low), dtype=np.intp)
    totals = low[:, able] + extra[able]
    node = totals.argmin(axis=1)
    return np.take_along_axis(totals, node[:, None], axis=1)[:, 0], able[node]


def subset_sums(start: FloatArray, costs: FloatArray) -> FloatArray:
    """For every subset of the rows (a bit mask): `start` plus the sum of its rows."""
    sums = np.empty((1 << len(costs), len(start)))
    sums[0] = start
    for bit, row in enumerate(costs):
        np.add(sums[: 1 << bit], row, out=sums[1 << bit : 2 << bit])
    return sums


def best_partition(best: FloatArray, node: IntArray) -> IntArray | None:
    """The node for each item in the cheapest partition into parcels, given the best parcel for each subset.

    A mask's highest item rides with some subset of the lower ones; what remains is a smaller mask, solved
    before.
    """
    total = np.zeros(len(best))
    for bit in range(len(best).bit_length() - 1):
        ride, rest, starts = partitions(bit)
        sums = best[1 << bit : 2 << bit][ride] + total[rest]
        total[1 << bit : 2 << bit] = np.minimum.reduceat(sums, starts)
    return unfold(best, node, total) if np.isfinite(total[-1]) else None


def unfold(best: FloatArray, node: IntArray, total: FloatArray) -> IntArray:
    """The parcels behind the least total, read back from the full mask; ties keep more items together."""
    items = len(best).bit_length() - 1
    cover = np.zeros(items, dtype=np.intp)
    mask = len(best) - 1
    while mask:
        bit = mask.bit_length() - 1
        ride, rest, starts = partitions(bit)
        low = mask ^ (1 << bit)
        end = starts[low + 1] if low + 1 < len(starts) else len(ride)
        choices = ride[starts[low] : end]
        sums = best[(1 << bit) + choices] + total[rest[starts[low] : end]]
        parcel = (1 << bit) + int(choices[sums.argmin()])
        cover[[item for item in range(items) if parcel >> item & 1]] = node[parcel]
        mask ^= parcel
    return cover


@lru_cache(maxsize=EXACT_ITEMS_MAX)
def partitions(bits: int) -> tuple[IntArray, IntArray, IntArray]:
    """Every mask of so many bits split in two, by mask: the one part, the other, and where groups start.

    The fuller first part stands first within its group.
    """
    mask = ride = np.zeros(1, dtype=np.intp)
    for bit in range(bits):
        mask = np.concatenate((mask, mask | 1 << bit, mask | 1 << bit))
        ride = np.concatenate((ride, ride, ride | 1 << bit))
    order = np.lexsort((-ride, mask))
    mask, ride = mask[order], ride[order]
    return ride, mask ^ ride, np.flatnonzero(np.diff(mask, prepend=-1))
