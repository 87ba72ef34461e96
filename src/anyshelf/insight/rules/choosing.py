"""Which way somebody is likely to choose: by their own orders, leaning on everybody's the less there are."""

from collections import Counter
from collections.abc import Mapping, Sequence

PRIOR_ORDERS = 3.0
"""Everybody's habits count as much as so many orders of one's own."""


def method_shares(own: Sequence[str], everybody: Mapping[str, int]) -> dict[str, float]:
    """How likely each method is chosen, by the methods of one's own orders and how often all choose each."""
    mine = Counter(method for method in own if method)
    whole = sum(everybody.values())
    of_all = {method: times / whole for method, times in everybody.items() if whole}
    weight = PRIOR_ORDERS if of_all else 0.0
    total = mine.total() + weight
    return {
        method: (mine[method] + weight * of_all.get(method, 0.0)) / total
        for method in {*mine, *of_all}
        if total
    }


def store_shares(nodes: Sequence[str]) -> dict[str, float]:
    """Where somebody fetches their orders, as shares."""
    counts = Counter(node for node in nodes if node)
    return {node: times / counts.total() for node, times in counts.items()}
