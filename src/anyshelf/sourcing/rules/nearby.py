"""The choice asked of the near nodes first: what all nodes together would have answered, found among a few.

Of thousands of nodes nearly every order is served by one of the few cheapest for its place. Their plan stands
only where it is exact and weighs less than any plan could that uses another node; else all are searched.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from anyshelf.sourcing.model import FlagArray, FloatArray, IntArray, Leanings, Policy
from anyshelf.sourcing.rules.assignment import Assignment
from anyshelf.sourcing.rules.basket import Basket

LEAST_GAIN_MINOR: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beyond:
    """The least that nodes beyond the near ones could weigh: [classes] once, a kilogram, a unit.

    `two` is the least that two nodes weigh of which one is not near, and the least for a kilogram and a unit.
    What speaks against a node besides (`Leanings`, worth) only adds to it; a relief would take from it.
    """

    once: FloatArray
    per_kg: FloatArray
    per_unit: FloatArray
    two: tuple[float, float, float]


def beyond_of(
    once: FloatArray, per_kg: FloatArray, per_unit: FloatArray, *, anybody: tuple[float, float, float]
) -> Beyond:
    """The classes of nodes that are not near, and the least of `anybody`: once, a kilogram and a unit."""
    least = float(once.min(initial=np.inf))
    return Beyond(
        once=once, per_kg=per_kg, per_unit=per_unit, two=(least + anybody[0], anybody[1], anybody[2])
    )


def least_beyond(beyond: Beyond, basket: Basket) -> float:
    """Less than any plan could weigh that uses a node beyond the near ones: it alone, or with any other."""
    units = float(basket.wanted.sum())
    kilograms = float(basket.wanted @ basket.weight_g) / 1000.0
    alone = beyond.once + beyond.per_kg * kilograms + beyond.per_unit * units
    once, per_kg, per_unit = beyond.two
    together = once + per_kg * kilograms + per_unit * units
    return min(float(alone.min(initial=np.inf)), together) - LEAST_GAIN_MINOR


def stands(found: Assignment | None, beyond: Beyond, basket: Basket) -> bool:
    """Whether what was found among the near nodes is what all nodes would have answered."""
    return found is not None and found.exact and found.score < least_beyond(beyond, basket)


def near_zones(zones: IntArray, always: FlagArray, *, least: int) -> tuple[IntArray, int]:
    """The nodes of the nearest zones with so many together, and those always asked; and the last zone."""
    upto = np.cumsum(np.bincount(zones))
    last = min(int(np.searchsorted(upto, least)), len(upto) - 1)
    return np.flatnonzero((zones <= last) | always), last


def beyond_zone(
    last: int,
    base_minor: FloatArray,
    per_kg_minor: FloatArray,
    handling: FloatArray,
    policy: Policy,
    *,
    anybody: FloatArray,
) -> Beyond:
    """What nodes weigh at least that lie beyond a zone, by the freight of each zone and kinds of handling.

    `base_minor` and `per_kg_minor` [zones] are NaN where the carrier does not come from; `handling` is
    [kinds, 2], for an order and for a unit, of the kinds that lie there, `anybody` the least of all [2].
    """
    weight, reached = policy.money_weight, np.flatnonzero(~np.isnan(base_minor))
    if not len(reached):
        nothing = np.zeros(0)
        return beyond_of(nothing, nothing, nothing, anybody=(np.inf, 0.0, 0.0))
    once = weight * (base_minor[reached] + policy.split_penalty_minor) + policy.minor_per_parcel
    per_kg = weight * per_kg_minor[reached]
    outside = reached > last
    return beyond_of(
        np.add.outer(once[outside], weight * handling[:, 0]).ravel(),
        np.repeat(per_kg[outside], len(handling)),
        np.tile(weight * handling[:, 1], int(outside.sum())),
        anybody=(
            float(once.min() + weight * anybody[0]), float(per_kg.min()), float(weight * anybody[1]),
        ),
    )  # fmt: skip


def leanings_of(leanings: Leanings, nodes: IntArray) -> Leanings:
    """What speaks for or against some of the nodes."""
    known = {name: getattr(leanings, name) for name in Leanings.__slots__}
    return Leanings(**{name: None if each is None else each[nodes] for name, each in known.items()})
