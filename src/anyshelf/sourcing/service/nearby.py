"""A decision among the near nodes, where that is proved to be the decision among all of them."""

from typing import Final

import numpy as np

from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Floats, Zones
from anyshelf.sourcing.model import FlagArray, FloatArray, IntArray, Leanings, Plan, Policy
from anyshelf.sourcing.rules import (
    Beyond,
    MayServe,
    beyond_zone,
    choose_near,
    field_towards,
    leanings_of,
    near_zones,
)
from anyshelf.sourcing.service.carriers import freight
from anyshelf.sourcing.service.shelves import Grounds

NEAR: Final = 256
WORTH_IT: Final = 4
"""All nodes are asked at once where there are not so many times as many of them."""


def among_the_near(
    grounds: Grounds,
    who: MayServe,
    barred: IntArray,
    leanings: Leanings,
    policy: Policy,
    *,
    carrier: str,
    zones: Zones,
    distance_km: Floats,
) -> Plan | None:
    """The plan of parcels from the nearest zones; None where another node might do better.

    Nodes that are no stores are always asked: they are few, and have nearly everything.
    """
    atlas = grounds.atlas
    if len(barred) < WORTH_IT * NEAR or leanings.relief_minor is not None or not policy.money_weight:
        return None
    near, last = near_zones(
        zones, network.remembered(atlas, "no stores", lambda: _no_stores(atlas)), least=NEAR
    )
    if len(near) * 2 > len(barred):
        return None
    base, per_kg = freight(atlas, carrier, zones[near])
    names, places = who.nodes, near.tolist()
    field = field_towards(
        MayServe(
            nodes=tuple([names[place] for place in places]), barred=who.barred,
            handling_minor_per_order=who.handling_minor_per_order[near],
            handling_minor_per_unit=who.handling_minor_per_unit[near],
        ),
        barred[near], distance_km=distance_km[near], base_minor=base, per_kg_minor=per_kg,
    )  # fmt: skip
    return choose_near(
        grounds.asks, field, grounds.stock.T[:, near].T, policy,
        None if grounds.worth is None else grounds.worth[near], leanings_of(leanings, near),
        beyond=_beyond(atlas, who, carrier, policy, last), considered=len(barred),
    )  # fmt: skip


def _beyond(atlas: Atlas, who: MayServe, carrier: str, policy: Policy, last: int) -> Beyond:
    """What stores beyond a zone weigh at least; kept for as long as the network does not change.

    Handling goes by the kind of node, so whom a channel may ask makes no difference.
    """

    def work() -> Beyond:
        handling = np.column_stack((who.handling_minor_per_order, who.handling_minor_per_unit))
        stores: FloatArray = np.unique(handling[~_no_stores(atlas)], axis=0)
        base, per_kg = network.freight_lines(atlas, carrier)
        return beyond_zone(last, base, per_kg, stores, policy, anybody=handling.min(axis=0))

    return network.remembered(atlas, ("beyond", carrier, policy, last), work)


def _no_stores(atlas: Atlas) -> FlagArray:
    flags: FlagArray = atlas.kinds != "store"
    return flags
