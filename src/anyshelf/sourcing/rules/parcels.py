"""The choice of nodes for one kind of order from many places at once, where nodes are few.

As in `exact`, each item is served whole by one node; here every set of a few nodes is tried, for all places
in the same breath. A plan of more parcels than PARCELS_MAX is not seen.
"""

from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np

from anyshelf.sourcing.model import FloatArray, IntArray

PARCELS_MAX: Final = 4


def cheapest_everywhere(fixed: FloatArray, costs: FloatArray) -> tuple[FloatArray, IntArray]:
    """The least total from each place, [places], and the node for each item, [places, items].

    Shapes: `fixed` [places, nodes], `costs` [places, nodes, items], infinite where a node cannot serve; a
    total is infinite where nobody can.
    """
    places, nodes, items = costs.shape
    least = np.full(places, np.inf)
    cover = np.zeros((places, items), dtype=np.intp)
    for parcels in range(1, min(PARCELS_MAX, nodes, items) + 1):
        total, nodes_of = cheapest_of(fixed, costs, sets_of(nodes, parcels))
        better = total < least
        least[better], cover[better] = total[better], nodes_of[better]
    return least, cover


def cheapest_of(fixed: FloatArray, costs: FloatArray, sets: IntArray) -> tuple[FloatArray, IntArray]:
    """The same among these sets of nodes, [sets, nodes of a set]."""
    among = costs[:, sets, :]
    totals = among.min(axis=2).sum(axis=2) + fixed[:, sets].sum(axis=2)
    best = totals.argmin(axis=1)
    rows = np.arange(len(costs))
    member = among[rows, best].argmin(axis=1)
    return totals[rows, best], np.take_along_axis(sets[best], member, axis=1)


@lru_cache(maxsize=64)
def sets_of(nodes: int, size: int) -> IntArray:
    """Every set of so many of the nodes, [sets, size]."""
    return np.array(list(combinations(range(nodes), size)), dtype=np.intp)
