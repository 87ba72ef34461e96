"""Bid prices: what a unit at a node is worth to the orders still to come, by the fluid linear programme.

The programme takes expected orders as a flow. Its columns are ways to serve a kind of order from a place
(which node gives which item), found as they are needed: a new way is the cheapest one at the prices so far,
by the very costs that decide a live order. Its rows say that all orders are served and no stock is given
twice; the duals of the stock rows are the prices (Talluri and van Ryzin 1998). Re-solved as stock falls and
time goes by, over a few drawn futures, they come within half a percent of foresight on the benchmark of
Jasin and Sinha (2015).
"""

from itertools import product
from typing import Final

import highspy
import numpy as np

from anyshelf.ground.solver import new_solver
from anyshelf.sourcing.model import BidPrices, FloatArray, IntArray, OrderKind, Outlook, Policy
from anyshelf.sourcing.rules.costs import fixed_scores
from anyshelf.sourcing.rules.parcels import cheapest_everywhere

ROUNDS_MAX: Final = 100
GAP: Final = 1e-5
"""The programme is solved when new ways can lower its value by no more than this part of it."""
LARGE: Final = 4_000
"""With more rows an interior point is found, no corner: in seconds, where the simplex walks for minutes."""
LARGE_GAP: Final = 2e-3
LEAST_GAIN_MINOR: Final = 1e-6

Way = tuple[int, ...]
"""The node that gives each item of a kind."""


class Fluid:
    """The programme of one outlook. What it has learned of good ways to serve is kept from solve to solve."""

    def __init__(self, outlook: Outlook, policy: Policy) -> None:
        self.outlook = outlook
        self._fixed = np.stack([fixed_scores(field, policy) for field in outlook.fields])
        self._unit = np.stack([
            policy.money_weight
            * (np.multiply.outer(field.freight_per_kg_minor, outlook.weight_g / 1000.0)
               + field.handling_minor_per_unit[:, None])
            for field in outlook.fields
        ])  # fmt: skip
        self._places, self._nodes, self._items = self._unit.shape
        self._orders = len(outlook.kinds) * self._places
        self._seen: set[tuple[int, int, Way]] = set()
        rows = self._orders + self._nodes * self._items
        self._solver, self._gap = programme(rows), LARGE_GAP if rows > LARGE else GAP
        if rows > LARGE:
            self._solver.setOptionValue("solver", "ipm")
            self._solver.setOptionValue("run_crossover", "off")
        for kind, place in product(range(len(outlook.kinds)), range(self._places)):
            self._add(kind, place, float(outlook.lost_minor[kind]), None)

    def prices(self, expected: FloatArray, stock: IntArray) -> BidPrices:
        """The prices for so many expected orders, [kinds, places], on so much stock, [nodes, items]."""
        self._bound(expected, stock)
        for _ in range(ROUNDS_MAX):
            self._solver.run()
            duals = np.array(self._solver.getSolution().row_dual)
            minor = np.maximum(-duals[self._orders :], 0.0).reshape(self._nodes, self._items)
            value = self._solver.getInfo().objective_function_value
            saved = self._look_further(expected, duals[: self._orders].reshape(expected.shape), minor)
            if saved <= self._gap * abs(value):
                break
        return BidPrices(minor=minor, value_minor=value)

    def _bound(self, expected: FloatArray, stock: IntArray) -> None:
        """Tell the programme how many orders are expected and what there is."""
        orders, units = expected.ravel().astype(np.float64), stock.ravel().astype(np.float64)
        low = np.concatenate((orders, np.full(len(units), -highspy.kHighsInf)))
        high = np.concatenate((orders, units))
        rows = np.arange(len(low), dtype=np.int32)
        self._solver.changeRowsBounds(len(low), rows, low, high)  # type: ignore[attr-defined]  # its stub lags

    def _look_further(self, expected: FloatArray, dual: FloatArray, minor: FloatArray) -> float:
        """Add the ways that would serve more cheaply at these prices; what they might save in all."""
        saved = 0.0
        for number, kind in enumerate(self.outlook.kinds):
            each = self._unit[:, :, kind.items] + minor[:, kind.items]
            least, ways = cheapest_everywhere(self._fixed, each * np.array(kind.quantities))
            gains = np.where(np.isfinite(least), dual[number] - least, 0.0)
            for place in np.flatnonzero((gains > LEAST_GAIN_MINOR) & (expected[number] > 0)).tolist():
                way = tuple(ways[place].tolist())
                if self._add(number, place, self._cost(kind, place, way), way):
                    saved += float(gains[place] * expected[number, place])
        return saved

    def _cost(self, kind: OrderKind, place: int, way: Way) -> float:
        served = zip(way, kind.items, kind.quantities, strict=True)
        goods = sum(float(self._unit[place, node, item]) * units for node, item, units in served)
        return goods + sum(float(self._fixed[place, node]) for node in set(way))

    def _add(self, number: int, place: int, cost: float, way: Way | None) -> bool:
        """Let orders be served this way (None: left unserved); False for a way known already."""
        if (number, place, way or ()) in self._seen:
            return False
        self._seen.add((number, place, way or ()))
        kind = self.outlook.kinds[number]
        rows, uses = [number * self._places + place], [1.0]
        for node, item, units in zip(way or (), kind.items, kind.quantities, strict=way is not None):
            rows.append(self._orders + node * self._items + item)
            uses.append(float(units))
        self._solver.addCol(cost, 0.0, highspy.kHighsInf, len(rows), np.array(rows, dtype=np.int32), uses)
        return True


def bid_prices(
    fluid: Fluid, expected: FloatArray, stock: IntArray, *, futures: int, rng: np.random.Generator
) -> BidPrices:
    """Prices averaged over drawn futures: one expected number is certain of what is not (Talluri 1999)."""
    drawn = [fluid.prices(rng.poisson(expected).astype(np.float64), stock) for _ in range(futures)]
    return BidPrices(
        minor=np.mean([each.minor for each in drawn], axis=0),
        value_minor=float(np.mean([each.value_minor for each in drawn])),
    )


def programme(rows: int) -> highspy.Highs:
    """An empty programme with so many rows."""
    solver = new_solver()
    nowhere = np.zeros(0, dtype=np.int32)
    solver.addRows(
        rows, np.zeros(rows), np.zeros(rows), 0, np.zeros(rows, dtype=np.int32), nowhere, np.zeros(0)
    )
    return solver
