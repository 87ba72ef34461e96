"""What the demo's places have, and what is on its way to them, drawn from a seed."""

from collections.abc import Iterator, Sequence

import numpy as np

from anyshelf.catalogue.model import Item
from anyshelf.network.model import Node
from anyshelf.simulator.demo.places import VENDORS, vendor_node_code

STORE_SHARE = 0.3
STORE_UNITS_MEAN = 3.0
DC_SHARE = 0.97
DC_UNITS = (40, 400)
VENDOR_UNITS = (20, 200)
EXPECTED_SHARE = 0.12
EXPECTED_DAYS_MAX = 21
CASE_UNITS = 12

Position = tuple[str, str, int]
Supply = tuple[str, str, int, int]
"""A node, an item, how many, and in how many days."""


def positions(rng: np.random.Generator, nodes: Sequence[Node], items: Sequence[Item]) -> Iterator[Position]:
    """What lies where: stores have a part of the range and few of each, centres nearly all of it."""
    categories = {vendor_node_code(vendor): vendor.categories for vendor in VENDORS}
    popular = rng.beta(2, 4, len(items)) * (STORE_SHARE * 3)  # mean: STORE_SHARE
    for node in nodes:
        if node.kind == "store":
            carried = rng.random(len(items)) < popular
            units = 1 + rng.poisson(STORE_UNITS_MEAN - 1, len(items))
        elif node.kind == "dc":
            carried = rng.random(len(items)) < DC_SHARE
            units = rng.integers(*DC_UNITS, len(items))
        else:
            carried = np.array([item.category in categories[node.node] for item in items])
            units = rng.integers(*VENDOR_UNITS, len(items))
        for place in np.flatnonzero(carried).tolist():
            yield node.node, items[place].item, int(units[place])


def expected(rng: np.random.Generator, nodes: Sequence[Node], items: Sequence[Item]) -> Iterator[Supply]:
    """What is on its way to the centres, in cases."""
    for node in nodes:
        if node.kind == "dc":
            for place in np.flatnonzero(rng.random(len(items)) < EXPECTED_SHARE).tolist():
                days, cases = rng.integers((1, 2), (EXPECTED_DAYS_MAX, 20)).tolist()
                yield node.node, items[place].item, cases * CASE_UNITS, days
