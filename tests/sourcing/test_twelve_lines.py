"""The widest order that is decided exactly, over a whole network, against every way to part it."""

import numpy as np

from anyshelf.sourcing.model import FloatArray
from anyshelf.sourcing.rules.exact import EXACT_ITEMS_MAX, cheapest_cover

NODES = 3_000


def least_of_all_partitions(fixed: FloatArray, costs: FloatArray) -> float:
    """The cheapest node for each set of items, among all; then every way to part the items in sets."""
    items = len(costs)
    parcel = [np.inf] * (1 << items)
    for mask in range(1, 1 << items):
        chosen = [item for item in range(items) if mask >> item & 1]
        parcel[mask] = float((fixed + costs[chosen].sum(axis=0)).min())
    least = [0.0] + [np.inf] * ((1 << items) - 1)
    for mask in range(1, 1 << items):
        rest = mask & (mask - 1)  # the lowest item rides with some of the others
        part = rest
        while True:
            least[mask] = min(least[mask], parcel[mask ^ rest | part] + least[rest ^ part])
            if not part:
                break
            part = (part - 1) & rest
    return least[-1]


def test_twelve_lines_over_three_thousand_nodes_are_served_at_the_least_cost_there_is() -> None:
    rng = np.random.default_rng(12)
    for in_stock in (0.3, 0.01):
        fixed = rng.uniform(400, 1_200, NODES)
        costs = rng.uniform(20, 900, (EXACT_ITEMS_MAX, NODES))
        costs[rng.random(costs.shape) > in_stock] = np.inf
        cover = cheapest_cover(fixed, costs)
        assert cover is not None
        total = costs[np.arange(EXACT_ITEMS_MAX), cover].sum() + fixed[np.unique(cover)].sum()
        assert np.isclose(total, least_of_all_partitions(fixed, costs))
