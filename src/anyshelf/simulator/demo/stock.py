"""What the demo's places have, and what is on its way to them, drawn from a seed."""

from collections.abc import Iterator, Sequence

import numpy as np

from anyshelf.catalogue.model import Item
from anyshelf.network.model import Node
from anyshelf.simulator.demo.places import VENDORS, vendor_node_code

STORE_SHARE = 0.3
STORE_UNITS_MEAN = 3.0
DC_SHARE = 0.99
DC_UNITS = (40, 400)
VENDOR_UNITS = (20, 200)
VENDORS_OWN_EVERY = 30
VENDORS_OWN_PLACE = 7
"""Of so many items of a vendor's range one is kept by the vendor alone."""
EXPECTED_SHARE = 0.12
EXPECTED_DAYS_MAX = 21
CASE_UNITS = 12

Position = tuple[str, str, int]
Supply = tuple[str, str, int, int]
"""A node, an item, how many, and in how many days."""


def positions(rng: np.random.Generator, nodes: Sequence[Node], items: Sequence[Item]) -> Iterator[Position]:
    """What lies where: stores have a part of the range and few of each, centres nearly all of it."""
    categories = {vendor_node_code(vendor): vendor.categories for vendor in VENDORS}
    vendors_own = np.array([_only_at_vendor(item) for item in items])
    popular = rng.beta(2, 4, len(items)) * (STORE_SHARE * 3)  # mean: STORE_SHARE
    for node in nodes:
        if node.kind == "store":
            carried = (rng.random(len(items)) < popular) & ~vendors_own
            units = 1 + rng.poisson(STORE_UNITS_MEAN - 1, len(items))
        elif node.kind == "dc":
            carried = (rng.random(len(items)) < DC_SHARE) & ~vendors_own
            units = rng.integers(*DC_UNITS, len(items))
        else:
            carried = np.array([item.category in categories[node.node] for item in items])
            units = rng.integers(*VENDOR_UNITS, len(items))
        for place in np.flatnonzero(carried).tolist():
            yield node.node, items[place].item, int(units[place])


def _only_at_vendor(item: Item) -> bool:
    """Whether nobody but its vendor has it: it is always drop-shipped."""
    ranges = {category for vendor in VENDORS for category in vendor.categories}
    return item.category in ranges and int(item.item[-4:]) % VENDORS_OWN_EVERY == VENDORS_OWN_PLACE


def expected(rng: np.random.Generator, nodes: Sequence[Node], items: Sequence[Item]) -> Iterator[Supply]:
    """What is on its way to the centres, in cases."""
    for node in nodes:
        if node.kind == "dc":
            for place in np.flatnonzero(rng.random(len(items)) < EXPECTED_SHARE).tolist():
                days, cases = rng.integers((1, 2), (EXPECTED_DAYS_MAX, 20)).tolist()
                yield node.node, items[place].item, cases * CASE_UNITS, days
