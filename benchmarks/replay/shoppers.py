"""Where shoppers live and how each order is to reach them, drawn from a seed.

A customer lives at one ZIP all year, drawn by population; a guest at one drawn for the order. Some orders are
picked up at, or carried out of, one of the stores next to home; the others are shipped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from replay.stream import Operation, Place
from replay.world import Home

SHIP, PICKUP, CARRY_OUT = "ship", "pickup", "carry_out"
PICKUP_SHARE = 0.15
CARRY_OUT_SHARE = 0.05
TILL = "till"
REMOTE_CHANNELS = (("web", 0.7), ("app", 0.2), ("call_centre", 0.1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How an order is to reach its shopper; the store is the one next to home."""

    home: Home
    channel: str
    method: str
    store: str


def homes_of(operations: Iterable[Operation], homes: Sequence[Home], *, seed: int) -> dict[str, Home]:
    """Where every shopper of these operations lives."""
    rng = np.random.default_rng((seed, 1))
    weights = np.array([home.weight for home in homes])
    shoppers = list(dict.fromkeys(operation.shopper for operation in operations))
    drawn = rng.choice(len(homes), len(shoppers), p=weights / weights.sum())
    return {shopper: homes[place] for shopper, place in zip(shoppers, drawn.tolist(), strict=True)}


def wishes(operations: Sequence[Operation], homes: Mapping[str, Home], *, seed: int) -> dict[str, Wish]:
    """How every order is to reach its shopper, by its external id."""
    rng = np.random.default_rng((seed, 2))
    orders = [operation for operation in operations if isinstance(operation, Place)]
    methods = rng.choice(
        (SHIP, PICKUP, CARRY_OUT),
        len(orders),
        p=(1 - PICKUP_SHARE - CARRY_OUT_SHARE, PICKUP_SHARE, CARRY_OUT_SHARE),
    )
    names = [name for name, _ in REMOTE_CHANNELS]
    channels = rng.choice(names, len(orders), p=[share for _, share in REMOTE_CHANNELS])
    return {
        order.external_id: Wish(
            home=homes[order.shopper],
            channel=TILL if method == CARRY_OUT else str(channel),
            method=str(method),
            store=homes[order.shopper].stores[0],
        )
        for order, method, channel in zip(orders, methods, channels, strict=True)
    }
