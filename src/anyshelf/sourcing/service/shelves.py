"""The shelves as a channel sees them: read once, for one decision or for many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np

from anyshelf.ground.db import Tx
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Doubts
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Channel
from anyshelf.sourcing.model import LEAVE_ROOM, NO_LEANINGS, Ask, FloatArray, IntArray, Leanings, Plan, Policy
from anyshelf.sourcing.rules import units_by_node
from anyshelf.sourcing.service.markdowns import Reliefs, laid, reliefs_of
from anyshelf.sourcing.service.policies import usual_policy
from anyshelf.sourcing.service.prices import worth_here

THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grounds:
    """What one decision, or several on the same lines, rest on: the network, the channel, the stock."""

    atlas: Atlas
    channel: Channel
    asks: tuple[Ask, ...]
    stock: IntArray
    leanings: Leanings = NO_LEANINGS
    policy: Policy = LEAVE_ROOM
    worth: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shelves:
    """What a channel may promise of some items, node by node, as it was read and as it is planned away.

    `free` is item → units by node, in the order of the atlas. At a till the goods are in the shopper's hands,
    so nothing is held back (`in_hand`) or doubted. `classes` says which row of `doubts` an item has; `policy`
    is the one that decides for this channel. `worth` is item → what a unit is
    worth at each node, where it is priced.
    """

    atlas: Atlas
    channel: Channel
    free: dict[str, IntArray]
    doubts: Doubts | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    reliefs: Reliefs = field(default_factory=dict)
    policy: Policy = LEAVE_ROOM
    worth: Mapping[str, FloatArray] = field(default_factory=dict)

    def anew(self) -> "Shelves":
        """The same shelves, to plan on once more."""
        return replace(self, free={item: units.copy() for item, units in self.free.items()})

    def take(self, found: Plan) -> None:
        """What a plan takes is not there for the next one."""
        for shipment in found.shipments:
            place = self.atlas.index[shipment.node]
            for line in shipment.lines:
                self.free[line.item][place] -= line.quantity


def shelves(
    tx: Tx, market: str, *, channel: str, items: Iterable[str], in_hand: bool = False, now: datetime
) -> Shelves:
    """Read what a channel may promise of these items, for one decision or for many on the same shelves."""
    atlas = network.atlas(tx, market)
    selling = network.channel(atlas, channel)
    free = inventory.free_stock(
        tx,
        market,
        sorted(set(items)),
        holdback_units=0 if in_hand else selling.holdback_units,
        holdback_percent=0 if in_hand else selling.holdback_percent,
        in_hand=in_hand,
        now=now,
    )
    columns = {item: units_by_node(held, atlas.index) for item, held in free.items()}
    found = None if in_hand else inventory.doubts(tx, market, atlas)
    classes = inventory.categories(tx, market, list(free)) if found else {}
    worth = {} if in_hand else worth_here(tx, atlas, free, now)
    return Shelves(
        atlas=atlas, channel=selling, free=columns, doubts=found, classes=classes,
        reliefs=reliefs_of(tx, atlas), policy=usual_policy(tx, atlas, channel), worth=worth,
    )  # fmt: skip


def shelves_seen(
    look: inventory.Look, *, channel: str, items: Iterable[str], in_hand: bool = False, now: datetime
) -> Shelves:
    """What a channel may promise of these items as a look at the stock found it, as `shelves`."""
    atlas = network.atlas(look.tx, look.market)
    selling = network.channel(atlas, channel)
    free = look.free(
        sorted(set(items)),
        atlas,
        holdback_units=0 if in_hand else selling.holdback_units,
        holdback_percent=0 if in_hand else selling.holdback_percent,
        in_hand=in_hand,
        now=now,
    )
    found = None if in_hand else look.doubts(atlas)
    classes = inventory.categories(look.tx, look.market, list(free)) if found else {}
    worth = {} if in_hand else worth_here(look.tx, atlas, free, now)
    return Shelves(
        atlas=atlas, channel=selling, free=dict(free), doubts=found, classes=classes,
        reliefs=reliefs_of(look.tx, atlas), policy=usual_policy(look.tx, atlas, channel), worth=worth,
    )  # fmt: skip


def grounds_on(seen: Shelves, asks: Sequence[Ask]) -> Grounds:
    """What a decision about these lines rests on, on shelves as they stand now."""
    stacked = [seen.free[ask.item] for ask in asks]
    stock: IntArray = np.array(stacked) if stacked else np.zeros((0, len(seen.atlas.index)), dtype=np.int64)
    return Grounds(
        atlas=seen.atlas,
        channel=seen.channel,
        asks=tuple(asks),
        stock=stock.T,
        leanings=_leanings(seen, asks),
        policy=seen.policy,
        worth=_worth_on(seen, asks),
    )


def _leanings(seen: Shelves, asks: Sequence[Ask]) -> Leanings:
    """What may not be found, who may not take it on (as chances), and what is to be marked down."""
    doubts, relief = seen.doubts, laid(seen.reliefs, [ask.item for ask in asks], len(seen.atlas.nodes))
    if doubts is None or not asks:
        return NO_LEANINGS if relief is None else Leanings(relief_minor=relief)
    rows = [doubts.of_class(seen.classes.get(ask.item, "")) for ask in asks]
    missing = doubts.missing[rows].T / THOUSAND
    refusing = doubts.refusing[rows].max(axis=0) / THOUSAND
    return Leanings(missing=missing, refusing=refusing, relief_minor=relief)


def _worth_on(seen: Shelves, asks: Sequence[Ask]) -> FloatArray | None:
    """What a unit of each ask is worth at each node, [nodes, asks]; None where none of them is priced."""
    if not any(ask.item in seen.worth for ask in asks):
        return None
    nothing = np.zeros(len(seen.atlas.index))
    worth: FloatArray = np.array([seen.worth.get(ask.item, nothing) for ask in asks]).T
    return worth
