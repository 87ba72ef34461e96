"""Where a world is played: its network as the product draws it, its goods, and where shoppers live."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Channel, Floats, Node, Rate
from anyshelf.network.rules.drawing import Survey, draw
from anyshelf.simulator.demo import goods as demo_goods
from anyshelf.simulator.demo import places as demo_places
from anyshelf.simulator.demo.tariff import rates as demo_rates
from anyshelf.simulator.model import Setting
from anyshelf.sourcing.model import Field
from anyshelf.sourcing.rules import MayServe, field_towards, may_serve

GROUND = "ground"
CHANNEL = "web"
UNITS_MEAN = 1.15

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where shoppers live: a point, its postal code, and how many of all shoppers."""

    lat: float
    lon: float
    postal_code: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Goods:
    """The items, in the order of their codes: [items] grams, minor units, and how often each is wanted."""

    codes: tuple[str, ...]
    weight_g: Ints
    price_minor: Ints
    cost_minor: Ints
    wanted: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """A network, its goods and its shoppers' homes; `nearest` is the store of each place (a node's index)."""

    atlas: Atlas
    goods: Goods
    places: tuple[Place, ...]
    is_store: npt.NDArray[np.bool_]
    nearest: Ints

    def who(self, kinds: frozenset[str]) -> MayServe:
        """Who may send at all, of these kinds."""
        return may_serve(self.atlas, network.reach(self.atlas, CHANNEL), kinds=kinds, capability="ship")

    def field(self, place: int, who: MayServe) -> Field:
        """All nodes as they may serve a place by parcel: the very field that sourcing decides in."""
        where, atlas = self.places[place], self.atlas
        zones = network.zones_to(atlas, where.postal_code, where.lat, where.lon)
        base, per_kg = network.freight_lines(atlas, GROUND)
        return field_towards(
            who, who.barred, distance_km=network.distances_km(atlas, where.lat, where.lon),
            base_minor=base[zones], per_kg_minor=per_kg[zones],
        )  # fmt: skip

    def transit(self, place: int) -> Ints:
        """Working days of the carrier from every node to a place."""
        where = self.places[place]
        zones = network.zones_to(self.atlas, where.postal_code, where.lat, where.lon)
        days: Ints = network.transit_line(self.atlas, GROUND)[zones].astype(np.int64)
        return days


def stage_of(nodes: Sequence[Node], rates: Sequence[Rate], goods: Goods, places: Sequence[Place]) -> Stage:
    """A stage from rows, drawn as the product draws its atlas: nodes stand in the order of their codes."""
    ordered = sorted(nodes, key=lambda node: node.node)
    channel = Channel(channel=CHANNEL, currency="USD", nodes=tuple(node.node for node in ordered))
    survey = Survey(market="simulated", version=1, stamp=None, nodes=ordered, rates=rates, channels=[channel])
    atlas = draw(survey)
    is_store = atlas.kinds == "store"
    stores = np.flatnonzero(is_store)
    near = stores if len(stores) else np.arange(len(ordered))
    nearest = [
        int(near[network.distances_km(atlas, place.lat, place.lon)[near].argmin()]) for place in places
    ]
    return Stage(
        atlas=atlas, goods=goods, places=tuple(places), is_store=is_store,
        nearest=np.array(nearest, dtype=np.int64),
    )  # fmt: skip


def invented_stage(setting: Setting) -> Stage:
    """The demo's stores, centres, goods and tariff, as many as the setting says, drawn from its seed."""
    rng = np.random.default_rng(setting.seed)
    cities = demo_places.cities()
    items = sorted(demo_goods.items(rng, setting.items), key=lambda item: item.item)
    nodes = [*demo_places.stores(rng, cities, setting.stores), *demo_places.centres(cities)]
    wanted = rng.gamma(0.8, 1.0, len(items)) + 0.02
    rates = [
        Rate(service=service, zone=zone, weight_g_max=grams, amount_minor=amount.minor, transit_days=days)
        for service, zone, grams, amount, days in demo_rates()
        if service == GROUND
    ]
    goods = Goods(
        codes=tuple(item.item for item in items),
        weight_g=np.array([item.weight_g for item in items], dtype=np.int64),
        price_minor=np.array([item.price_minor for item in items], dtype=np.int64),
        cost_minor=np.array([item.cost_minor for item in items], dtype=np.int64),
        wanted=wanted / wanted.sum(),
    )
    homes = [
        Place(lat=city.lat, lon=city.lon, postal_code=city.postal_code, weight=float(city.population))
        for city in cities
    ]
    return stage_of(nodes, rates, goods, homes)


def opening(stage: Stage, setting: Setting, rng: np.random.Generator) -> Ints:
    """The level of stock each node begins with and is filled up to, [items, nodes] units.

    So many days of what is expected there plus `safety` deviations, rounded up or down by chance: the same
    for all variants of one seed, so that they begin equal.
    """
    rate = setting.orders_per_day * (1 + setting.lines_more) * UNITS_MEAN
    homes = np.array([place.weight for place in stage.places])
    by_store = np.bincount(stage.nearest, weights=homes / homes.sum(), minlength=len(stage.atlas.nodes))
    walk_in = setting.walk_in_share + (1 - setting.walk_in_share) * setting.pickup_share
    at_store = np.multiply.outer(stage.goods.wanted, by_store * rate * walk_in) * setting.store_cover_days
    sent = rate * (1 - walk_in) / max(1, int((~stage.is_store).sum()))
    at_centre = np.multiply.outer(stage.goods.wanted, np.where(stage.is_store, 0.0, sent))
    mean = np.where(stage.is_store, at_store, at_centre * setting.dc_cover_days)
    level = mean + setting.safety * np.sqrt(mean)
    units: Ints = np.floor(level + rng.random(level.shape)).astype(np.int64)
    return units
