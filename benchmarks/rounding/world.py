"""The set-up of Jasin and Sinha (2015) as in Will Ma's public code: regions, centres, order kinds, stock.

Money is in cents, distance in miles. The last node of every field stands for leaving an item unfulfilled: it
has no end of everything, and is dear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anyshelf.sourcing.model import Field, FloatArray, IntArray, OrderKind, Outlook

KM_A_MILE = 1.61
EARTH_KM = 6_371.0
PARCEL = 875.9
UNIT, UNIT_MILE = 42.3, 0.0541
UNFULFILLED = 2.0
SAFETY = 0.5
ENDLESS = 10**9
LOST = 1e7

Place = tuple[float, float, int]

REGIONS: tuple[Place, ...] = (
    (40.6943, -73.9249, 18_680_025), (34.1141, -118.4068, 12_531_334), (41.8375, -87.6866, 8_586_888),
    (25.784, -80.2101, 6_076_316), (32.7935, -96.7667, 5_910_669), (29.786, -95.3885, 5_724_418),
    (40.0077, -75.1339, 5_540_199), (33.7628, -84.422, 5_151_496), (38.9047, -77.0163, 5_066_973),
    (42.3188, -71.0852, 4_465_966),
)  # fmt: skip
CENTRES = ((37.7448, -121.3985), (39.9797, -86.3833), (41.2776, -75.4973), (33.9114, -81.0501),
           (32.9709, -97.3348))  # fmt: skip
MORE_CENTRES = ((33.873, -117.2361), (33.433, -112.1644), (36.1202, -86.4096), (29.6021, -98.289),
                (37.3521, -77.3269))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """How large the network is, and the orders."""

    regions: tuple[Place, ...]
    centres: tuple[tuple[float, float], ...]
    items: int
    sizes: int
    kinds_a_size: int
    periods: int
    carried: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """One drawn instance: who orders what how often, what serving costs, and the stock to begin with.

    `rate` [kinds + 1, places] is the chance of each order in a period, the empty order first; `stock` and
    `nearest` (the centre that carries an item nearest to a place) are [nodes, items] and [items, places].
    """

    setup: SetUp
    outlook: Outlook
    rate: FloatArray
    stock: IntArray
    nearest: IntArray
    fixed: FloatArray
    unit: FloatArray
    rng: np.random.Generator

    @property
    def expected(self) -> FloatArray:
        """Orders expected in a period, [kinds, places], without the empty one."""
        return self.rate[1:]


def small() -> SetUp:
    """Ten regions, five centres, twenty items."""
    return SetUp(regions=REGIONS, centres=CENTRES, items=20, sizes=5, kinds_a_size=5, periods=10_000,
                 carried=0.75)  # fmt: skip


def large(regions: Sequence[Place]) -> SetUp:
    """Ten centres and a hundred items, for orders from these regions."""
    return SetUp(regions=tuple(regions), centres=(*CENTRES, *MORE_CENTRES), items=100, sizes=10,
                 kinds_a_size=10, periods=100_000, carried=0.5)  # fmt: skip


def instance(setup: SetUp, number: int) -> Instance:
    """Draw an instance; the same number is the same instance."""
    rng = np.random.default_rng(number)
    miles = distances(setup)
    fixed = np.full((len(setup.centres) + 1, len(setup.regions)), PARCEL)
    unit = UNIT + UNIT_MILE * np.vstack((miles, miles.max(axis=0)))
    fixed[-1] *= UNFULFILLED
    unit[-1] *= UNFULFILLED
    kinds, rate = demand(setup, rng)
    nearest, stock = starting_stock(setup, rng, miles, kinds, rate)
    return Instance(
        setup=setup, outlook=outlook_of(setup, fixed, unit, kinds), rate=rate, stock=stock, nearest=nearest,
        fixed=fixed, unit=unit, rng=rng,
    )  # fmt: skip


def distances(setup: SetUp) -> FloatArray:
    """Miles between centres and regions, [centres, places], by great circle."""
    here, there = np.radians(setup.centres)[:, None, :], np.radians(setup.regions)[None, :, :2]
    half = np.sin((there - here) / 2) ** 2
    arc = half[..., 0] + np.cos(here[..., 0]) * np.cos(there[..., 0]) * half[..., 1]
    miles: FloatArray = 2 * EARTH_KM * np.arcsin(np.sqrt(arc)) / KM_A_MILE
    return miles


def demand(setup: SetUp, rng: np.random.Generator) -> tuple[list[OrderKind], FloatArray]:
    """The kinds of orders, and the chance of each from each place in a period (the empty order first)."""
    kinds = []
    for size in range(1, setup.sizes + 1):
        for _ in range(setup.kinds_a_size):
            items = tuple(rng.permutation(setup.items)[:size].tolist())
            kinds.append(OrderKind(items=items, quantities=(1,) * size))
    empty, sizes = rng.random(), rng.random(setup.sizes)
    shares = [empty / (empty + sizes.sum())]
    for size in sizes:
        within = rng.random(setup.kinds_a_size)
        shares += (size / (empty + sizes.sum()) * within / within.sum()).tolist()
    people = np.array([place[2] for place in setup.regions], dtype=np.float64)
    return kinds, np.outer(shares, people / people.sum())


def starting_stock(
    setup: SetUp,
    rng: np.random.Generator,
    miles: FloatArray,
    kinds: Sequence[OrderKind],
    rate: FloatArray,
) -> tuple[IntArray, IntArray]:
    """What the nearest centres that carry an item need for it, and a little more."""
    centres, places = miles.shape
    nearest = np.full((setup.items, places), centres)
    need = np.zeros((centres + 1, setup.items))
    by_item = np.zeros((setup.items, places))
    for kind, row in zip(kinds, rate[1:], strict=True):
        by_item[list(kind.items)] += row
    for item in range(setup.items):
        carried = np.flatnonzero(rng.random(centres) < setup.carried)
        if len(carried):
            nearest[item] = carried[miles[carried].argmin(axis=0)]
        np.add.at(need[:, item], nearest[item], by_item[item])
    periods = setup.periods
    stock = np.rint(periods * need + SAFETY * np.sqrt(periods * need * (1 - need))).astype(np.int64)
    stock[-1] = ENDLESS
    return nearest, stock


def outlook_of(setup: SetUp, fixed: FloatArray, unit: FloatArray, kinds: Sequence[OrderKind]) -> Outlook:
    """The same network as the product sees one: a field of nodes for each region."""
    nodes = (*(f"centre {number}" for number in range(len(setup.centres))), "unfulfilled")
    none = np.zeros(len(nodes))
    fields = tuple(
        Field(
            nodes=nodes, distance_km=none, freight_base_minor=fixed[:, place], freight_per_kg_minor=none,
            handling_minor_per_order=none, handling_minor_per_unit=unit[:, place],
            barred=np.zeros(len(nodes), dtype=np.int64),
        )
        for place in range(len(setup.regions))
    )  # fmt: skip
    return Outlook(
        fields=fields, kinds=tuple(kinds), weight_g=np.zeros(setup.items, dtype=np.int64),
        lost_minor=np.full(len(kinds), LOST),
    )  # fmt: skip
