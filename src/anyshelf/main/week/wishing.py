"""Where the demo's shoppers go and what they may want; and what was sold in the weeks before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Node
from anyshelf.orders.model import PastLine
from anyshelf.simulator.demo import Wish, week

ORDERS_PER_STORE: Final = 0.8
ORDERS_MIN, ORDERS_MAX = 40, 240
"""As many as a first start has time for, whatever the network."""
STORES_MAX: Final = 60
"""So many stores the shoppers go to: the more often each of them is seen at work."""
WEEKS_BEFORE: Final = 8
"""So many weeks' sales are known from before; a forecast learns from them."""
PAGE: Final = 1000
KEPT: Final = frozenset({"FURN-0072"})
"""What the tour in the README buys: nobody has bought it before."""
AT_STORES: Final = frozenset({"pickup", "reserve", "carry_out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The stores that are gone to, what there is to be had, and what lies on each shelf."""

    atlas: Atlas
    seed: int
    count: int
    stores: Sequence[Node]
    items: Sequence[Item]
    shelves: Mapping[str, Sequence[Item]]

    def week(self, until: datetime, *, ago: int = 0) -> list[Wish]:
        """What was wished for in the seven days before a moment; each week has its own draws."""
        return week(
            seed=self.seed + ago, count=self.count, until=until, stores=self.stores, home=self.stores[0],
            items=self.items, shelves=self.shelves,
        )  # fmt: skip


def town_of(tx: Tx, market: str, *, seed: int, home: str) -> Town:
    """The town as it lies in the database; `home` is the store where the demo's people work."""
    atlas = network.atlas(tx, market)
    stores = [node for node in atlas.nodes if node.kind == "store"]
    first = next((node for node in stores if node.node == home), stores[0])
    others = [node for node in stores[:: -(-len(stores) // STORES_MAX)] if node is not first]
    known = catalogue.browse(tx, market, after="", limit=PAGE)
    kits = catalogue.kits(tx, market, [item.item for item in known])
    items = {item.item: item for item in known if item.item not in kits and item.item not in KEPT}
    shelves: dict[str, list[Item]] = {}
    nodes = [first.node, *(node.node for node in others)]
    for position in inventory.positions_at(tx, market, sorted(items), nodes):
        if position.free > 1:  # the last piece is kept back from most channels
            shelves.setdefault(position.node, []).append(items[position.item])
    return Town(
        atlas=atlas, seed=seed, count=min(max(ORDERS_MIN, round(len(stores) * ORDERS_PER_STORE)), ORDERS_MAX),
        stores=[first, *others], items=list(items.values()), shelves=shelves,
    )  # fmt: skip


def sold_before(town: Town, until: datetime) -> Iterator[PastLine]:
    """The lines sold in the weeks before a moment, from the store they were fetched at or the nearest DC."""
    centres = {store.node: _centre_near(town.atlas, store) for store in town.stores}
    for ago in range(1, WEEKS_BEFORE + 1):
        for wish in town.week(until - timedelta(weeks=ago - 1), ago=ago):
            node = wish.store.node if wish.method in AT_STORES else centres[wish.store.node]
            for line, (item, units) in enumerate(wish.items, start=1):
                yield PastLine(
                    channel=wish.channel, external_id=f"before-{ago}-{wish.number}", line=line,
                    item=item.item, quantity=units, unit_price_minor=item.price_minor, discount_minor=0,
                    currency=item.currency, method=wish.method, node=node, customer=wish.customer,
                    postal_code=wish.store.postal_code, lat=wish.store.lat, lon=wish.store.lon,
                    placed_at=wish.at,
                )  # fmt: skip


def _centre_near(atlas: Atlas, store: Node) -> str:
    """The centre that is nearest to a store; the store itself where there is none."""
    away = network.distances_km(atlas, store.lat, store.lon)
    centres = [(float(away[place]), node.node) for place, node in enumerate(atlas.nodes) if node.kind == "dc"]
    return min(centres)[1] if centres else store.node
