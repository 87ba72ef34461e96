"""The contest's world: places, a tariff and baskets that are real, stock and store shoppers that are drawn.

Orders of the replay are taken as they came in some weeks of the year, all of them to be shipped; the weeks
before are what forecasts know. The shop sells to shops: of its baskets the lines of the items most often
ordered before are kept, and every dozen counts as one piece. At the same time the stores sell what lies on
their shelves to shoppers of their own, piece by piece: so many that shelves do not always last. All is drawn
from a seed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

import numpy as np

from anyshelf.network.model import Atlas, Channel, Node, Rate
from anyshelf.network.rules.drawing import Survey, draw
from anyshelf.sourcing.model import FloatArray, IntArray
from replay import network as shop
from replay.shoppers import SHIP, Wish, homes_of
from replay.stream import Place, operations
from replay.world import Home, World, read_world

SEED = 20_261_127
CHANNEL = "web"
SERVICE = "ground"
ITEMS, PACK = 300, 12
FIRST_DAY = datetime(2011, 9, 26)  # noqa: DTZ001  shops write local time
STORE_SALES = (0.3, 0.9)
"""What a store's own shoppers ask of a shelf until it is filled again, as a share of what lies there."""
WEEKS_KNOWN = 8
MARGIN = 1.0 - shop.COST_SHARE
LOST_FACTOR = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A basket on its way to a home: the columns of its items, and how many of each."""

    at: float
    home: Home
    items: IntArray
    quantities: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sales:
    """What the stores' own shoppers ask for, in order of time (days): each one piece."""

    at: FloatArray
    items: IntArray
    nodes: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contest:
    """All that every policy is given: `stock` and `till_known` are [items, nodes].

    `before` are the orders forecasts may know from the beginning (their times are negative), `till_known` the
    pieces a store sold in the weeks before. `lost_minor` [items] is what a line costs that is not served, and
    each of its units, [items, 2]; `margin_minor` [items] what a piece not sold in a store costs.
    """

    said: str
    atlas: Atlas
    items: tuple[str, ...]
    weight_g: IntArray
    margin_minor: FloatArray
    lost_minor: FloatArray
    orders: Sequence[Order]
    before: Sequence[Order]
    days: float
    stock: IntArray
    till: Sales
    till_known: IntArray


def contest(*, weeks: int, seed: int = SEED) -> Contest:
    """The contest of so many weeks."""
    world = read_world(seed=seed)
    told, _ = operations(world.rows)
    placed = [one for one in told if isinstance(one, Place)]
    begins = FIRST_DAY if world.is_real else placed[len(placed) // 2].placed_at
    ends = begins + timedelta(weeks=weeks)
    sold = assortment([one for one in placed if one.placed_at < begins])
    placed = [kept for one in placed if (kept := _in_pieces(one, sold)).lines]
    during = [one for one in placed if begins <= one.placed_at < ends]
    goods = shop.goods(world.rows, during, seed=seed)
    index = {good.item: column for column, good in enumerate(goods)}
    homes = homes_of(told, world.homes, seed=seed)
    atlas = _atlas(world)
    stock = _stock(world, tuple(index), during, homes, atlas, seed)
    till, till_known = _till(np.random.default_rng((seed, 11)), stock, atlas, weeks)
    weight_g = np.array([good.weight_g for good in goods], dtype=np.int64)
    price = np.array([good.price_minor for good in goods], dtype=np.float64)
    return Contest(
        said=world.said, atlas=atlas, items=tuple(index), weight_g=weight_g, margin_minor=price * MARGIN,
        lost_minor=_lost(atlas, weight_g), orders=list(_orders(during, homes, index, begins)),
        before=list(_orders([one for one in placed if one.placed_at < begins], homes, index, begins)),
        days=7.0 * weeks, stock=stock, till=till, till_known=till_known,
    )  # fmt: skip


def assortment(before: Sequence[Place]) -> frozenset[str]:
    """The items that were in most orders."""
    many = Counter(line.item for order in before for line in order.lines)
    return frozenset(item for item, _ in sorted(many.items(), key=lambda one: (-one[1], one[0]))[:ITEMS])


def _in_pieces(order: Place, sold: frozenset[str]) -> Place:
    """An order of these items only, every dozen of one as one piece."""
    return replace(
        order,
        lines=tuple(
            replace(line, quantity=-(-line.quantity // PACK)) for line in order.lines if line.item in sold
        ),
    )


def _orders(
    placed: Sequence[Place], homes: dict[str, Home], index: dict[str, int], begins: datetime
) -> Iterator[Order]:
    """The orders as the contest sees them; what is not sold in it is left out of those before."""
    for order in placed:
        lines = sorted((index[line.item], line.quantity) for line in order.lines if line.item in index)
        if lines:
            columns, quantities = np.array(lines, dtype=np.int64).T
            yield Order(
                at=(order.placed_at - begins) / timedelta(days=1), home=homes[order.shopper],
                items=columns, quantities=quantities,
            )  # fmt: skip


def _atlas(world: World) -> Atlas:
    """The network as the product draws it, without a database."""
    nodes = [
        Node(
            node=site.node, kind=kind, name=site.name, lat=site.lat, lon=site.lon, country="US",
            postal_code=site.postal_code, timezone=site.timezone,
        )
        for kind, sites in (("dc", world.centres), ("store", world.stores))
        for site in sites
    ]  # fmt: skip
    rates = [
        Rate(service=SERVICE, zone=rate.zone, weight_g_max=rate.weight_g_max,
             amount_minor=int(Decimal(rate.amount) * 100))
        for rate in world.rates
        if rate.service == SERVICE
    ]  # fmt: skip
    table = (
        (origin, [zone.destination for zone in same], [zone.zone for zone in same])
        for origin, rows in groupby(sorted(world.zones()), key=lambda zone: zone.origin)
        for same in [list(rows)]
    )
    return draw(
        Survey(
            market="us", version=1, stamp=None, nodes=sorted(nodes, key=lambda node: node.node), rates=rates,
            zones=table, channels=[Channel(channel=CHANNEL, currency="USD")],
        )
    )  # fmt: skip


def _stock(
    world: World,
    items: Sequence[str],
    during: Sequence[Place],
    homes: dict[str, Home],
    atlas: Atlas,
    seed: int,
) -> IntArray:
    """What lies where at the beginning, [items, nodes], sized by these weeks as the replay sizes a year."""
    wishes = {
        order.external_id: Wish(home=homes[order.shopper], channel=CHANNEL, method=SHIP, store="")
        for order in during
    }
    held = shop.stock(world, list(items), during, wishes, seed=seed)
    stock = np.zeros((len(items), len(atlas.nodes)), dtype=np.int64)
    column = {item: place for place, item in enumerate(items)}
    for (node, item), units in held.items():
        stock[column[item], atlas.index[node]] = units
    return stock


def _till(rng: np.random.Generator, stock: IntArray, atlas: Atlas, weeks: int) -> tuple[Sales, IntArray]:
    """What the stores' shoppers ask for in these weeks, and what they bought in the weeks before."""
    items, nodes = np.nonzero(stock * (atlas.kinds == "store"))
    mean = stock[items, nodes] * rng.uniform(*STORE_SALES, len(items))
    known = np.zeros(stock.shape, dtype=np.int64)
    known[items, nodes] = rng.poisson(mean * (WEEKS_KNOWN / weeks))
    asked = rng.poisson(mean)
    at = rng.uniform(0.0, 7.0 * weeks, int(asked.sum()))
    order = np.argsort(at, kind="stable")
    sales = Sales(at=at[order], items=np.repeat(items, asked)[order], nodes=np.repeat(nodes, asked)[order])
    return sales, known


def _lost(atlas: Atlas, weight_g: IntArray) -> FloatArray:
    """What leaving a line, and each of its units, costs: twice a parcel across the mainland."""
    base, per_kg = atlas.freight[SERVICE]
    farthest = 8
    each = per_kg[farthest] * weight_g / 1000.0 + 30.0
    return LOST_FACTOR * np.column_stack((np.full(len(weight_g), base[farthest] + 90.0), each))
