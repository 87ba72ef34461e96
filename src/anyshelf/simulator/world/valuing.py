"""What stock is worth to orders still to come: the product's own bid prices, renewed as days go by."""

from typing import Final

import numpy as np

from anyshelf.network.model import Floats
from anyshelf.simulator.model import Setting
from anyshelf.simulator.world.demand import stream
from anyshelf.simulator.world.stage import UNITS_MEAN, Ints, Stage
from anyshelf.sourcing.rules.regions import centres_of, nearest_of, on_the_globe
from anyshelf.sourcing.rules.rolling import Asked, landscape, parcel_shares, sources_of, worth_of
from anyshelf.sourcing.rules.worth import ItemProgramme

PRICED_EVERY: Final = 7
PLACES_MAX: Final = 24
HORIZON_DAYS: Final = 14.0
CARRIED: Final = (0.9, 0.1)
"""As live: how much of what an order asks for besides lies at a centre, and in a store."""


class Worth:
    """Bid prices of all items at all nodes, [items, nodes] minor units, written over at every renewal."""

    def __init__(self, stage: Stage, setting: Setting, replication: int, kinds: frozenset[str]) -> None:
        self._stage, self._setting, self._replication = stage, setting, replication
        self.minor: Floats = np.zeros((len(stage.goods.codes), len(stage.atlas.nodes)))
        weights = np.array([home.weight for home in stage.places])
        lat, lon = (np.array([getattr(home, axis) for home in stage.places]) for axis in ("lat", "lon"))
        vectors = on_the_globe(lat, lon)
        centres = centres_of(vectors, weights, PLACES_MAX)
        near = nearest_of(vectors, centres)
        place = [int(np.flatnonzero(near == number)[0]) if (near == number).any() else 0
                 for number in range(len(centres))]  # fmt: skip
        alone = ~stage.is_store
        sources = sources_of(alone, nearest_of(stage.atlas.vectors, centres))
        who = stage.who(kinds)
        spread: Floats = np.bincount(near, weights, len(centres)).astype(np.float64) + 1e-9
        self._map = landscape([stage.field(at, who) for at in place], sources, spread)
        self._programme = ItemProgramme(self._map.supply)
        share = np.where(np.arange(self._map.count) < int(alone.sum()), *CARRIED)
        self._shares = parcel_shares(share, 1.0 + setting.lines_more)
        homes = np.bincount(stage.nearest, weights, len(stage.atlas.nodes)) / weights.sum()
        self._shelf = homes * stage.is_store * self._lines(setting.walk_in_share) * UNITS_MEAN

    def _lines(self, share: float) -> float:
        """How many lines come in all until shelves are filled again, of so many of the orders."""
        setting = self._setting
        return setting.orders_per_day * share * (1.0 + setting.lines_more) * HORIZON_DAYS

    def renew(self, number: int, free: Ints) -> None:
        """Price everything anew, on the shelves as they are."""
        goods = self._stage.goods
        expected = self._lines(1.0 - self._setting.walk_in_share)
        rng = stream(self._setting.seed, self._replication, "opening", 1000 + number)
        for item, wanted in enumerate(goods.wanted.tolist()):
            self.minor[item] = worth_of(
                self._programme, self._map,
                Asked(
                    weight_g=float(goods.weight_g[item]), price_minor=float(goods.price_minor[item]),
                    margin_minor=float(goods.price_minor[item] - goods.cost_minor[item]),
                    lines=expected * wanted * self._map.places, expected=expected * wanted,
                    units_a_line=UNITS_MEAN, shelf=self._shelf * wanted, units=np.maximum(free[item], 0),
                ),
                self._shares, rng=rng,
            )  # fmt: skip
