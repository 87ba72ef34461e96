"""Pricing in the background: demand is counted as it comes, and items are priced a few at a time, in turn."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx, row, run, values
from anyshelf.ground.errors import NoPromise
from anyshelf.ground.ids import Id
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.sourcing import store
from anyshelf.sourcing.model import Destination, Field, FlagArray, FloatArray
from anyshelf.sourcing.rules import barred_for, field_towards, may_serve, units_by_node
from anyshelf.sourcing.rules.regions import centres_of, nearest_of, on_the_globe
from anyshelf.sourcing.rules.rolling import (
    Asked,
    Landscape,
    expected_on_shelf,
    landscape,
    parcel_shares,
    sources_of,
    worth_of,
)
from anyshelf.sourcing.rules.worth import ItemProgramme
from anyshelf.sourcing.service.carriers import GROUND, freight, service_for, towards
from anyshelf.sourcing.service.prices import look_again

CELL_DEGREES: Final = 2
SHELF: Final = "@"
HALF_LIFE: Final = timedelta(days=28)
EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON_DAYS: Final = 14.0
"""How far prices look ahead: until shelves are filled again."""
PLACES_MAX: Final = 24
ALONE_MAX: Final = 60
"""So many nodes that are no stores are priced each by itself; all others are pooled by where they lie."""
CARRIED: Final = (0.9, 0.1)
"""How much of what an order asks for besides lies at a node that stands alone, and at a pooled one."""
ITEMS_AT_ONCE: Final = 50
ROUND_EVERY: Final = timedelta(minutes=15)
SHELF_BELIEF: Final = 0.25
SHIPS: Final = frozenset({"dc", "fc", "store", "dark_store", "vendor"})
SEED: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A line that was ordered: to go to a point in degrees, or from the shelf of a node."""

    item: str
    quantity: int
    lat: float | None = None
    lon: float | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An order as demand sees it."""

    order_id: Id
    placed_at: datetime
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """How far counting and pricing have come in a market."""

    counted_to: Id | None
    since: datetime | None
    orders: float
    version: int
    next_item: str
    begun_at: datetime | None


def pricing_of(tx: Tx, market: str) -> Pricing | None:
    """How far pricing has come, locked for whoever goes on with it; None while somebody else does."""
    run(tx, store.OPEN_PRICING_SQL, market=market)
    return row(tx, Pricing, store.LOCK_PRICING_SQL, market=market)


def count_demand(tx: Tx, market: str, orders: Sequence[Told]) -> None:
    """Count these orders as demand, in the order of their ids; the caller holds `pricing_of`."""
    lines: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    travelling = 0.0
    for order in orders:
        weight = _weight(order.placed_at)
        travelling += weight * any(wish.node is None for wish in order.wishes)
        for wish in order.wishes:
            counted = lines[wish.item, _place_of(wish)]
            counted[0] += weight
            counted[1] += weight * wish.quantity
    if lines:
        run(
            tx, store.COUNT_DEMAND_SQL, market=market, items=[item for item, _ in lines],
            places=[place for _, place in lines], lines=[counted[0] for counted in lines.values()],
            units=[counted[1] for counted in lines.values()],
        )  # fmt: skip
    run(
        tx, store.COUNTED_TO_SQL, market=market, counted_to=orders[-1].order_id, orders=travelling,
        since=min(order.placed_at for order in orders),
    )  # fmt: skip


def _weight(at: datetime) -> float:
    """What happened later counts for more: twice as much after every half-life."""
    weight: float = 2.0 ** ((at - EPOCH) / HALF_LIFE)
    return weight


def _place_of(wish: Wish) -> str:
    if wish.node is not None:
        return f"{SHELF}{wish.node}"
    if wish.lat is None or wish.lon is None:
        return ""
    return f"{_cell(wish.lat)},{_cell(wish.lon)}"


def _cell(degrees: float) -> int:
    return round(degrees / CELL_DEGREES) * CELL_DEGREES


def price_some(tx: Tx, market: str, pricing: Pricing, now: datetime) -> int:
    """Price the next few items of this round, or begin the next one when it is due; returns how many."""
    if not pricing.next_item and pricing.begun_at is not None and now - pricing.begun_at < ROUND_EVERY:
        return 0
    begins = not pricing.next_item
    version = pricing.version + begins
    items = [item for (item,) in values(
        tx, store.ITEMS_AFTER_SQL, market=market, after=pricing.next_item, limit=ITEMS_AT_ONCE
    )]  # fmt: skip
    if items:
        _price(tx, market, items, pricing, version, now)
    run(
        tx, store.PRICED_TO_SQL, market=market, version=version,
        next_item=items[-1] if len(items) == ITEMS_AT_ONCE else "",
        begun_at=now if begins else pricing.begun_at,
    )  # fmt: skip
    look_again(tx, market)
    return len(items)


def _price(tx: Tx, market: str, items: Sequence[str], pricing: Pricing, version: int, now: datetime) -> None:
    atlas = network.atlas(tx, market)
    ground = _ground(tx, atlas, pricing, now)
    known = catalogue.items(tx, market, items)
    free = inventory.free_stock(tx, market, sorted(known), now=now)
    asked: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for item, place, lines, units in values(tx, store.DEMAND_SQL, market=market, items=list(items)):
        asked[item][place] = (lines, units)
    for item in items:
        worth = ground.worth(known[item], dict(free[item]), asked[item]) if ground and item in known else None
        held = np.flatnonzero(worth).tolist() if worth is not None else []
        run(
            tx, store.SAVE_WORTH_SQL, market=market, item=item, version=version, now=now,
            nodes=[atlas.nodes[place].node for place in held],
            worth_minor=[round(float(worth[place])) for place in held] if worth is not None else [],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ground:
    """The landscape of a market with what is known of its demand."""

    atlas: Atlas
    map: Landscape
    programme: ItemProgramme
    shares: FloatArray
    place: Mapping[str, int]
    coming: float
    """How many lines are to come for each that has been counted."""

    def worth(
        self, item: Item, free: Mapping[str, int], asked: Mapping[str, tuple[float, float]]
    ) -> FloatArray:
        """What a unit of an item is worth at each node, [nodes]."""
        lines, shelf = np.zeros(len(self.map.places)), np.zeros(len(self.atlas.nodes))
        units = 0.0
        for place, (counted, many) in asked.items():
            if place.startswith(SHELF):
                node = self.atlas.index.get(place[1:])
                if node is not None:
                    shelf[node] = many * self.coming
            else:
                lines[self.place.get(place, 0)] += counted
                units += many
        held = units_by_node(list(free.items()), self.atlas.index)
        margin = max(0, item.price_minor - item.cost_minor)
        return worth_of(
            self.programme, self.map,
            Asked(
                weight_g=float(item.weight_g), price_minor=float(item.price_minor),
                margin_minor=float(margin),
                lines=lines * self.coming, expected=float(lines.sum() * self.coming),
                units_a_line=units / max(float(lines.sum()), 1e-12) if units else 1.0,
                shelf=expected_on_shelf(
                    shelf, (held > 0) & (self.atlas.kinds == "store"), belief=SHELF_BELIEF
                ),
                units=held,
            ),
            self.shares, rng=np.random.default_rng(SEED),
        )  # fmt: skip


def _ground(tx: Tx, atlas: Atlas, pricing: Pricing, now: datetime) -> _Ground | None:
    """None while nothing is known that could be priced: no orders from afar, no carriers, no nodes."""
    cells = [
        (place, lines)
        for place, lines, _ in values(tx, store.DEMAND_BY_PLACE_SQL, market=atlas.market)
        if place and not place.startswith(SHELF)
    ]
    if not cells or not atlas.nodes or pricing.since is None:
        return None
    lat, lon = np.array([[float(part) for part in place.split(",")] for place, _ in cells]).T
    weights = np.array([lines for _, lines in cells])
    vectors = on_the_globe(lat, lon)
    centres = centres_of(vectors, weights, PLACES_MAX)
    try:
        fields = [_field_towards(atlas, centre) for centre in centres]
    except NoPromise:
        return None
    nearest = nearest_of(vectors, centres)
    alone = _stand_alone(atlas)
    sources = sources_of(alone, nearest_of(atlas.vectors, centres))
    map_ = landscape(fields, sources, np.bincount(nearest, weights, len(centres)).astype(np.float64))
    days = max((now - pricing.since) / timedelta(days=1), 1.0)
    half_life = HALF_LIFE / timedelta(days=1)
    mean_days = half_life / np.log(2) * (1.0 - 2.0 ** (-days / half_life)) * _weight(now)
    lines_an_order = float(weights.sum()) / max(pricing.orders, 1e-12)
    return _Ground(
        atlas=atlas, map=map_, programme=ItemProgramme(map_.supply),
        shares=parcel_shares(np.where(np.arange(map_.count) < alone.sum(), *CARRIED), lines_an_order),
        place={place: int(near) for (place, _), near in zip(cells, nearest, strict=True)},
        coming=float(HORIZON_DAYS / mean_days),
    )  # fmt: skip


def _stand_alone(atlas: Atlas) -> FlagArray:
    """Which nodes are priced by themselves."""
    others = atlas.active & ~np.isin(atlas.kinds, ("store", "dark_store"))
    return others if others.sum() <= ALONE_MAX else np.zeros(len(others), dtype=np.bool_)


def _field_towards(atlas: Atlas, centre: FloatArray) -> Field:
    """The field towards a point on the unit sphere for any channel; raises NoPromise without carriers."""
    lat = float(np.degrees(np.arcsin(np.clip(centre[2], -1.0, 1.0))))
    lon = float(np.degrees(np.arctan2(centre[1], centre[0])))
    zones, distance_km = towards(atlas, Destination(lat=lat, lon=lon))
    base, per_kg = freight(atlas, service_for(atlas, GROUND), zones)
    who = may_serve(atlas, np.flatnonzero(atlas.active), kinds=SHIPS, capability="ship")
    return field_towards(
        who, barred_for(who, excluded=(), only=None), distance_km=distance_km, base_minor=base,
        per_kg_minor=per_kg,
    )  # fmt: skip
