"""Where a world is played: its network as the product draws it, its goods, and where shoppers live."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from anyshelf.catalogue.model import Item
from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Channel, Floats, Node, Rate
from anyshelf.network.rules.drawing import Survey, draw
from anyshelf.simulator.demo import goods as demo_goods
from anyshelf.simulator.demo import places as demo_places
from anyshelf.simulator.demo.tariff import rates as demo_rates
from anyshelf.simulator.model import Network, Setting
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
    """A network, its goods and its shoppers' homes; `nearest` is the store of each place (a node's index).

    Everything goes by one `service`.
    """

    atlas: Atlas
    goods: Goods
    places: tuple[Place, ...]
    is_store: npt.NDArray[np.bool_]
    nearest: Ints
    service: str = GROUND

    def who(self, kinds: frozenset[str]) -> MayServe:
        """Who may send at all, of these kinds."""
        return may_serve(self.atlas, network.reach(self.atlas, CHANNEL), kinds=kinds, capability="ship")

    def counter(self, store: int) -> int:
        """A store as a place that goods are sent to, to be fetched there: its number after all homes."""
        return len(self.places) + store

    def where(self, place: int) -> Place:
        """Where a place lies: a home, or the counter of a store."""
        if place < len(self.places):
            return self.places[place]
        node = self.atlas.nodes[place - len(self.places)]
        return Place(lat=node.lat, lon=node.lon, postal_code=node.postal_code, weight=0.0)

    def field(self, place: int, who: MayServe) -> Field:
        """All nodes as they may serve a place: the very field that sourcing decides in.

        They serve it by parcel. What lies in the store where it is fetched costs no freight, and serves
        there even if that store sends nothing.
        """
        where, atlas = self.where(place), self.atlas
        zones = network.zones_to(atlas, where.postal_code, where.lat, where.lon)
        base, per_kg = network.freight_lines(atlas, self.service)
        base, per_kg, barred = base[zones], per_kg[zones], who.barred
        if place >= len(self.places):
            store, barred = place - len(self.places), barred.copy()
            base[store] = per_kg[store] = barred[store] = 0
        return field_towards(
            who, barred, distance_km=network.distances_km(atlas, where.lat, where.lon), base_minor=base,
            per_kg_minor=per_kg,
        )  # fmt: skip

    def transit(self, place: int) -> Ints:
        """Working days of the carrier from every node to a place."""
        where = self.where(place)
        zones = network.zones_to(self.atlas, where.postal_code, where.lat, where.lon)
        days: Ints = network.transit_line(self.atlas, self.service)[zones].astype(np.int64)
        if place >= len(self.places):
            days[place - len(self.places)] = 0
        return days


def stage_of(
    nodes: Sequence[Node],
    rates: Sequence[Rate],
    goods: Goods,
    places: Sequence[Place],
    *,
    service: str = GROUND,
) -> Stage:
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
        nearest=np.array(nearest, dtype=np.int64), service=service,
    )  # fmt: skip


def nodes_of(network_given: Network | None, setting: Setting) -> list[Node]:
    """The nodes there are before any is closed or opened: somebody's own, or as many as are drawn."""
    if network_given is not None:
        return list(network_given.nodes)
    return _invented_nodes(np.random.default_rng(setting.seed), setting)[1]


def stage_for(network_given: Network | None, setting: Setting) -> Stage:
    """Where a setting is played: on somebody's own network or an invented one, nodes closed and opened."""
    if network_given is None:
        return invented_stage(setting)
    given = network_given
    goods = sorted(given.goods, key=lambda item: item.item)[: setting.items]
    wanted = np.array([item.wanted for item in goods], dtype=np.float64)
    return stage_of(
        _remade(list(given.nodes), setting), given.rates,
        Goods(
            codes=tuple(item.item for item in goods),
            weight_g=np.array([item.weight_g for item in goods], dtype=np.int64),
            price_minor=np.array([item.price_minor for item in goods], dtype=np.int64),
            cost_minor=np.array([item.cost_minor for item in goods], dtype=np.int64),
            wanted=wanted / wanted.sum(),
        ),
        [Place(lat=home.lat, lon=home.lon, postal_code=home.postal_code, weight=home.weight)
         for home in given.homes],
        service=given.service,
    )  # fmt: skip


def rates_of(atlas: Atlas) -> Iterator[Rate]:
    """The rates an atlas was drawn from."""
    for (service, zone), tariff in atlas.tariffs.items():
        days = int(atlas.transit[service][zone])
        for grams, amount in zip(tariff.weights_g_max, tariff.amounts_minor, strict=True):
            yield Rate(service=service, zone=zone, weight_g_max=grams, amount_minor=amount, transit_days=days)


def invented_stage(setting: Setting) -> Stage:
    """The demo's stores, centres, goods and tariff, as many as the setting says, drawn from its seed."""
    rng = np.random.default_rng(setting.seed)
    items, nodes = _invented_nodes(rng, setting)
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
        for city in demo_places.cities()
    ]
    return stage_of(_remade(nodes, setting), rates, goods, homes)


def _invented_nodes(rng: np.random.Generator, setting: Setting) -> tuple[list[Item], list[Node]]:
    """The goods and the nodes, in the order in which their luck is drawn."""
    cities = demo_places.cities()
    items = sorted(demo_goods.items(rng, setting.items), key=lambda item: item.item)
    nodes = [*demo_places.stores(rng, cities, setting.stores), *demo_places.centres(cities)]
    return items, nodes + demo_places.vendor_nodes(cities)[: setting.vendors]


def _remade(nodes: list[Node], setting: Setting) -> list[Node]:
    """The nodes without those that are closed, with those that are opened like another of their kind."""
    kept = [node for node in nodes if node.node not in setting.closed]
    for new in setting.opened:
        like = next((node for node in nodes if node.kind == new.kind and "ship" in node.capabilities), None)
        place = Node(node=new.node, kind=new.kind, name=new.node, lat=new.lat, lon=new.lon)
        if like is not None:
            place = replace(
                like, node=new.node, name=new.node, lat=new.lat, lon=new.lon, postal_code=""
            )  # fmt: skip
        kept.append(place)
    return kept


def opening(stage: Stage, setting: Setting, rng: np.random.Generator) -> Ints:
    """The level of stock each node begins with and is filled up to, [items, nodes] units.

    So many days of what is expected there plus `safety` deviations, rounded up or down by chance: the same
    for all variants of one seed, so that they begin equal.
    """
    rate = setting.orders_per_day * (1 + setting.lines_more) * UNITS_MEAN
    homes = np.array([place.weight for place in stage.places])
    by_store = np.bincount(stage.nearest, weights=homes / homes.sum(), minlength=len(stage.atlas.nodes))
    fetched = setting.pickup_share + setting.reserve_share
    walk_in = setting.walk_in_share + (1 - setting.walk_in_share) * fetched
    at_store = np.multiply.outer(stage.goods.wanted, by_store * rate * walk_in) * setting.store_cover_days
    sent = rate * (1 - walk_in) / max(1, int((~stage.is_store).sum()))
    at_centre = np.multiply.outer(stage.goods.wanted, np.where(stage.is_store, 0.0, sent))
    mean = np.where(stage.is_store, at_store, at_centre * setting.dc_cover_days)
    mean = _centralised(mean, stage, setting)
    level = mean + setting.safety * np.sqrt(mean)
    units: Ints = np.floor(level + rng.random(level.shape)).astype(np.int64)
    if setting.central_share:
        units[np.ix_(slowest(stage, setting.central_share), np.flatnonzero(stage.is_store))] = 0
    return units


def slowest(stage: Stage, share: float) -> Ints:
    """So many of the items, those that are wanted least."""
    return np.argsort(stage.goods.wanted, kind="stable")[: round(share * len(stage.goods.codes))]


def _centralised(mean: Floats, stage: Stage, setting: Setting) -> Floats:
    """What stores would hold of the slowest items lies in the centres instead, as many units in all."""
    centres = np.flatnonzero(~stage.is_store)
    if not setting.central_share or not len(centres):
        return mean
    moved = mean.copy()
    slow = slowest(stage, setting.central_share)
    for item in slow.tolist():
        moved[item, centres] += mean[item, stage.is_store].sum() / len(centres)
        moved[item, stage.is_store] = 0.0
    return moved
