"""The widest order that is decided exactly, over a whole network, against every way to part it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.sourcing.model import FloatArray
from anyshelf.sourcing.rules.exact import EXACT_ITEMS_MAX, cheapest_cover, one_parcel

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


@given(st.integers(0, 10_000), st.integers(2, 5), st.sampled_from([50, 400, 1_200]))
@settings(deadline=None)
def test_what_goes_in_one_parcel_without_looking_further_is_the_cheapest_there_is(
    seed: int, items: int, parcel: int
) -> None:
    draw = np.random.default_rng(seed)
    fixed = draw.integers(0, 100, 8) + float(parcel)
    costs = draw.integers(-50, 400, (items, 8)).astype(np.float64)
    costs[draw.random(costs.shape) > 0.8] = np.inf
    node = one_parcel(fixed, costs)
    least = least_of_all_partitions(fixed, costs)
    assert node is None or np.isclose(fixed[node] + costs[:, node].sum(), least)


def test_a_second_parcel_is_looked_for_where_it_may_pay() -> None:
    costs = np.array([[0.0, 900.0, 300.0], [900.0, 0.0, 300.0]])
    assert one_parcel(np.full(3, 700.0), costs) == 2
    assert one_parcel(np.full(3, 500.0), costs) is None
    assert one_parcel(np.full(3, 700.0), np.where(costs == 300.0, np.inf, costs)) is None
