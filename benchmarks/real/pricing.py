"""Bid prices on the way: what the product's rolling prices know on each day, from what has been by then."""

import numpy as np

from anyshelf.network import service as network
from anyshelf.sourcing.model import FloatArray, IntArray, Plan
from anyshelf.sourcing.rules.regions import centres_of, nearest_of, on_the_globe
from anyshelf.sourcing.rules.rolling import (
    Asked,
    expected_on_shelf,
    landscape,
    parcel_shares,
    sources_of,
    worth_of,
)
from anyshelf.sourcing.rules.worth import ItemProgramme
from real.policies import Ground
from real.world import WEEKS_KNOWN, Order

PLACES = 24
HALF_LIFE_DAYS = 28.0
SHELF_BELIEF = 0.25


class Rolling:
    """Prices worked out anew every so many days, from the orders and the shelves as they are by then."""

    def __init__(self, ground: Ground, *, every_days: float, seed: int = 0) -> None:
        contest = ground.contest
        self._ground, self._every = ground, every_days
        self._rng = np.random.default_rng(seed)
        homes = np.array([(order.home.lat, order.home.lon) for order in contest.before]).T
        self._centres = centres_of(on_the_globe(*homes), np.ones(homes.shape[1]), PLACES)
        lat, lon = (
            np.degrees(np.arcsin(self._centres[:, 2])),
            np.degrees(np.arctan2(*self._centres[:, 1::-1].T)),
        )
        fields = [
            ground.field_to(x, y, network.zones_to(contest.atlas, "", x, y))
            for x, y in zip(lat.tolist(), lon.tolist(), strict=True)
        ]
        sources = sources_of(contest.atlas.kinds == "dc", nearest_of(contest.atlas.vectors, self._centres))
        self._lines = np.zeros((len(contest.items), len(self._centres)))
        self._units, self._orders, self._since = np.zeros(len(contest.items)), 0.0, contest.before[0].at
        for order in contest.before:
            self._count(order)
        self._map = landscape(fields, sources, self._lines.sum(axis=0))
        self._programme = ItemProgramme(self._map.supply)
        self._due, self._worth = 0.0, np.zeros(contest.stock.shape)

    def _count(self, order: Order) -> None:
        """Note an order; what was noted before has faded, and what is new is noted so much larger."""
        weight = 2.0 ** (order.at / HALF_LIFE_DAYS)
        self._lines[order.items, self._place(order)] += weight
        self._units[order.items] += weight * order.quantities
        self._orders += weight

    def _place(self, order: Order) -> int:
        home = on_the_globe(np.array([order.home.lat]), np.array([order.home.lon]))
        return int(nearest_of(home, self._centres)[0])

    def saw(self, order: Order, plan: Plan) -> None:  # noqa: ARG002
        """An order has been served."""
        self._count(order)

    def at(self, day: float, stock: IntArray) -> FloatArray:
        """The worth of a unit, [items, nodes]."""
        if day >= self._due:
            self._due = day + self._every
            self._price(day, stock)
        return self._worth

    def _price(self, day: float, stock: IntArray) -> None:
        contest, left = self._ground.contest, self._ground.contest.days - day
        fade = 2.0 ** (-day / HALF_LIFE_DAYS)
        mean_days = HALF_LIFE_DAYS / np.log(2) * (1 - 2.0 ** (-(day - self._since) / HALF_LIFE_DAYS))
        lines = self._lines * fade
        a_day = lines.sum(axis=1) / mean_days
        each = self._units / np.maximum(self._lines.sum(axis=1), 1e-12)
        carried = self._carried(stock, a_day)
        shares = parcel_shares(carried, float(lines.sum() / (self._orders * fade)))
        for item in range(len(contest.items)):
            lost_line, lost_unit = contest.lost_minor[item]
            known = contest.till_known[item] * (left / (7.0 * WEEKS_KNOWN))
            asked = Asked(
                weight_g=float(contest.weight_g[item]), price_minor=0.0,
                margin_minor=float(contest.margin_minor[item]), lines=lines[item],
                expected=float(a_day[item] * left),
                units_a_line=float(each[item]), units=stock[item],
                shelf=expected_on_shelf(known, contest.stock[item] > 0, belief=SHELF_BELIEF)
                * (contest.atlas.kinds == "store"),
                lost_minor=float(lost_line / max(each[item], 1.0) + lost_unit),
            )  # fmt: skip
            self._worth[item] = worth_of(self._programme, self._map, asked, shares, rng=self._rng)

    def _carried(self, stock: IntArray, a_day: FloatArray) -> FloatArray:
        """The share of all lines that each source carries."""
        by_node = (a_day[:, None] * (stock > 0)).sum(axis=0) / max(a_day.sum(), 1e-12)
        many = np.bincount(self._map.sources, minlength=self._map.count)
        mean: FloatArray = np.bincount(self._map.sources, by_node, self._map.count) / np.maximum(many, 1)
        return mean
