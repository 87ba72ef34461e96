"""From what was asked for of late to what units are worth: the rolling look ahead, one item at a time.

Orders from afar are counted by item and place, what a store's own shoppers take by item and node; both fade
as they age. What is expected until shelves are filled again goes into the programme of `worth`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from anyshelf.sourcing.model import Field, FlagArray, FloatArray, IntArray
from anyshelf.sourcing.rules.worth import ItemOutlook, ItemProgramme, Supply, supply_from, worth_by_node

FUTURES: Final = 4
BELIEF_LINES: Final = 20.0
"""So many lines of an item weigh as much as what all items together say about where orders come from."""
LOST_FACTOR: Final = 2.0
"""A unit nobody can serve is a loss as large as its price and so many times the dearest way to send it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landscape:
    """The network as prices see it: the source of each node, [nodes], and the ways from sources to places.

    `places` [places] says how orders from afar are spread when nothing is known of an item.
    """

    supply: Supply
    sources: IntArray
    places: FloatArray

    @property
    def count(self) -> int:
        """How many sources there are."""
        return len(self.supply.per_unit_minor)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """How one item is asked for until shelves are filled again, and what there is of it.

    `lines` [places] order lines from afar as counted, `expected` how many are to come in all, of so many
    units each; `shelf` [nodes] units the stores' own shoppers will ask for; `units` [nodes] what lies there.
    `lost_minor` is what a unit is that an order from afar does not get (0: reckoned from its price),
    `margin_minor` what one is that a shopper does not find on the shelf.
    """

    weight_g: float
    price_minor: float
    margin_minor: float
    lines: FloatArray
    expected: float
    units_a_line: float
    shelf: FloatArray
    units: IntArray
    lost_minor: float = 0.0


def sources_of(alone: FlagArray, places: IntArray) -> IntArray:
    """The source of each node: some stand alone, the others are pooled by the place they lie next to."""
    own = np.cumsum(alone) - 1
    pools, pool = np.unique(places[~alone], return_inverse=True)
    sources: IntArray = np.where(alone, own, 0)
    sources[~alone] = int(alone.sum()) + pool.reshape(-1)
    return sources if len(pools) or alone.any() else np.full(len(alone), -1)


def landscape(fields: list[Field], sources: IntArray, places: FloatArray) -> Landscape:
    """The network with one field for each place."""
    return Landscape(supply=supply_from(fields, sources), sources=sources, places=places / places.sum())


def parcel_shares(carried: FloatArray, lines_an_order: float) -> FloatArray:
    """How much of a parcel a line bears, [sources], from the share of all lines that each source carries.

    An order's other lines ride along as far as the source has them. To charge a whole parcel for what comes
    from elsewhere overrates it by far: an order of many lines moves as a whole, for little (measured).
    """
    share: FloatArray = 1.0 / (1.0 + max(0.0, lines_an_order - 1.0) * carried)
    return share


def spread(lines: FloatArray, expected: float, places: FloatArray) -> FloatArray:
    """So many lines by place, [places]: as counted for the item, drawn to how all items are spread."""
    believed = lines + BELIEF_LINES * places
    by_place: FloatArray = expected * believed / believed.sum()
    return by_place


def worth_of(
    programme: ItemProgramme, ground: Landscape, asked: Asked, shares: FloatArray, *, rng: np.random.Generator
) -> FloatArray:
    """What a unit of the item is worth at each node, [nodes]."""
    member = ground.sources >= 0
    stock = np.bincount(ground.sources[member], asked.units[member], ground.count).astype(np.int64)
    item = ItemOutlook(
        weight_g=asked.weight_g, units_a_line=max(asked.units_a_line, 1.0),
        lines=spread(asked.lines, asked.expected, ground.places), stock=stock, parcel_share=shares,
        lost_minor=asked.lost_minor or lost_minor(ground.supply, asked),
    )  # fmt: skip
    prices = programme.prices(item, futures=FUTURES, rng=rng)
    return worth_by_node(prices, ground.sources, asked.units, asked.shelf, asked.margin_minor)


def lost_minor(supply: Supply, asked: Asked) -> float:
    """What a unit is that nobody can serve: never cheaper than serving it from anywhere."""
    ways = (
        supply.fixed_minor / max(asked.units_a_line, 1.0) + supply.per_kg_minor * (asked.weight_g / 1000.0)
        + supply.per_unit_minor
    )  # fmt: skip
    reached = ways[np.isfinite(ways)]
    return asked.price_minor + LOST_FACTOR * float(reached.max(initial=0.0))


def expected_on_shelf(counted: FloatArray, held: FlagArray, *, belief: float) -> FloatArray:
    """What the stores' own shoppers will ask for, [nodes], from what they asked for in as long a time.

    Drawn to the mean of the stores that hold the item, which weighs as much as `belief` such times.
    """
    mean = float(counted[held].mean()) if held.any() else 0.0
    expected: FloatArray = np.where(held, (counted + belief * mean) / (1.0 + belief), counted)
    return expected
