"""What a unit is worth where it lies, item by item: bid prices for networks too large for one programme.

The programme of `fluid` sees whole orders and few nodes. Here each item is priced by itself, so ten thousand
items over thousands of nodes are ten thousand small programmes that can be solved in any order, or in part:
places ask for units of the item, sources give them, and what a source's last unit saves is its price (the
dual of its stock, Talluri and van Ryzin 1998). That an item rides in a parcel with others is in the costs: a
line bears the share of a parcel that lines from there have borne of late. Stores are pooled before, so that a
region's shelves are one source; what a store's own shoppers will ask of a shelf is priced by `shelf_worth`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np

from anyshelf.sourcing.model import Field, FloatArray, IntArray
from anyshelf.sourcing.rules.fluid import programme

LARGE: Final = 200
LEAST_WORTH_MINOR: Final = 0.5
"""A price below half a minor unit decides nothing and is not told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Supply:
    """Where units may come from and where they are asked for, with what the way between costs.

    `fixed_minor` and `per_kg_minor` are [places, sources], a parcel and a kilogram in it; `per_unit_minor`
    [sources] is the labour for one unit. A source is a node, or the shelves of several stores together.
    """

    fixed_minor: FloatArray
    per_kg_minor: FloatArray
    per_unit_minor: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemOutlook:
    """How one item is expected to be asked for, and what there is of it.

    `lines` [places] are the order lines expected, of `units_a_line` units each; `stock` is [sources];
    `parcel_share` [sources] is how much of a parcel a line bears; `lost_minor` is what it costs to
    leave a unit unserved.
    """

    weight_g: float
    units_a_line: float
    lines: FloatArray
    stock: IntArray
    parcel_share: FloatArray
    lost_minor: float


class ItemProgramme:
    """The programme of one network of sources and places, solved for one item after the other.

    Its shape is the same for every item, so each solve begins where the last one ended.
    """

    def __init__(self, supply: Supply) -> None:
        self.supply = supply
        self._places, self._sources = supply.fixed_minor.shape
        self._solver = programme(self._places + self._sources)
        sources = np.arange(self._sources, dtype=np.int32)
        for place in range(self._places):
            for source in sources.tolist():
                self._give([place, self._places + source])
        for place in range(self._places):
            self._give([place])
        self._columns = np.arange(self._places * (self._sources + 1), dtype=np.int32)
        self._rows = np.arange(self._places + self._sources, dtype=np.int32)

    def _give(self, rows: list[int]) -> None:
        """A way for units to be given: at a place, and out of a source unless they are lost."""
        self._solver.addCol(
            0.0, 0.0, highspy.kHighsInf, len(rows), np.array(rows, dtype=np.int32), np.ones(len(rows))
        )

    def prices(self, item: ItemOutlook, *, futures: int, rng: np.random.Generator) -> FloatArray:
        """What one more unit at each source is worth, [sources], on average over so many drawn futures.

        With none drawn, what is expected comes as it is.
        """
        costs = unit_costs(self.supply, item)
        drawn = rng.poisson(item.lines, (futures, self._places)) if futures else item.lines[None]
        wanted: FloatArray = np.asarray(drawn * item.units_a_line, dtype=np.float64)
        if is_plentiful(costs, wanted, item):
            return np.zeros(self._sources)
        everything = np.concatenate((costs.ravel(), np.full(self._places, item.lost_minor)))
        self._solver.changeColsCost(len(everything), self._columns, everything)
        mean: FloatArray = np.mean([self._duals(units, item.stock) for units in wanted], axis=0)
        return mean

    def _duals(self, wanted: FloatArray, stock: IntArray) -> FloatArray:
        low = np.concatenate((wanted, np.full(self._sources, -highspy.kHighsInf)))
        high = np.concatenate((wanted, stock.astype(np.float64)))
        rows = self._rows
        self._solver.changeRowsBounds(len(low), rows, low, high)  # type: ignore[attr-defined]  # its stub lags
        self._solver.run()
        duals = np.array(self._solver.getSolution().row_dual, dtype=np.float64)
        return np.maximum(-duals[self._places :], 0.0)


def unit_costs(supply: Supply, item: ItemOutlook) -> FloatArray:
    """What one unit from each source to each place costs, [places, sources], with its share of a parcel.

    Where nobody comes to, or only at more than a loss, it costs more than a loss.
    """
    parcel = supply.fixed_minor * item.parcel_share / item.units_a_line
    costs = parcel + supply.per_kg_minor * (item.weight_g / 1000.0) + supply.per_unit_minor
    beyond: FloatArray = np.where(costs < item.lost_minor, costs, 2.0 * item.lost_minor + 1.0)
    return beyond


def is_plentiful(costs: FloatArray, wanted: FloatArray, item: ItemOutlook) -> bool:
    """Whether every place can take all it wants from where it is cheapest, in every future [futures, places].

    Then no unit is worth anything to anybody else, and nothing has to be solved.
    """
    asked = wanted @ one_hot(costs.argmin(axis=1), len(item.stock))
    return bool((asked <= item.stock).all()) and bool((costs.min(axis=1) <= item.lost_minor).all())


def one_hot(places: IntArray, count: int) -> FloatArray:
    """For each entry a row with a one at its place, [entries, count]."""
    rows = np.zeros((len(places), count))
    rows[np.arange(len(places)), places] = 1.0
    return rows


def shelf_worth(units: IntArray, expected: FloatArray, lost_minor: float) -> FloatArray:
    """What the last of so many units is worth to the shoppers of a store who will come for it themselves.

    It is sold to them when at least as many are asked for: the loss of a sale times the chance of that
    (Littlewood 1972), demand being Poisson. Arrays of one shape.
    """
    chance = 1.0 - poisson_below(units, expected)
    worth: FloatArray = lost_minor * np.clip(chance, 0.0, 1.0)
    return worth


def poisson_below(units: IntArray, expected: FloatArray) -> FloatArray:
    """The chance that a Poisson number of this mean is below so many.

    Summed up; beyond LARGE units by the normal curve, which by then is the same.
    """
    term, below = np.exp(-np.minimum(expected, LARGE)), np.zeros(expected.shape)
    for number in range(min(int(units.max(initial=0)), LARGE)):
        below += np.where(number < units, term, 0.0)
        term = term * expected / (number + 1)
    large = np.maximum(units, expected) > LARGE
    if large.any():
        apart = (units[large] - 0.5 - expected[large]) / np.sqrt(2.0 * np.maximum(expected[large], 1e-9))
        below[large] = [0.5 * math.erfc(-float(each)) for each in apart]
    return below


def supply_from(fields: Sequence[Field], sources: IntArray) -> Supply:
    """The way from each source to each place, one field a place; a pool costs what its nodes do on average.

    `sources` [nodes] says to which source each node belongs, -1 for none. Where no node of a source may serve
    a place, its cost there is infinite.
    """
    fixed = np.stack([_reached(field, field.freight_base_minor + field.handling_minor_per_order)
                      for field in fields])  # fmt: skip
    per_kg = np.stack([_reached(field, field.freight_per_kg_minor) for field in fields])
    handling = np.broadcast_to(fields[0].handling_minor_per_unit, fixed.shape)
    per_unit = _averaged(np.where(np.isfinite(fixed), handling, np.inf), sources)
    return Supply(
        fixed_minor=_averaged(fixed, sources), per_kg_minor=_averaged(per_kg, sources),
        per_unit_minor=np.where(np.isfinite(per_unit), per_unit, np.inf).min(axis=0),
    )  # fmt: skip


def _reached(field: Field, minor: FloatArray) -> FloatArray:
    return np.where(field.barred == 0, minor, np.inf)


def _averaged(minor: FloatArray, sources: IntArray) -> FloatArray:
    """The mean over the nodes of each source, [places, sources], of those that are finite."""
    count, member = int(sources.max(initial=-1)) + 1, sources >= 0
    to_source, finite = one_hot(sources[member], count), np.isfinite(minor[:, member])
    sums, many = np.where(finite, minor[:, member], 0.0) @ to_source, finite @ to_source
    mean: FloatArray = np.divide(sums, many, out=np.full(sums.shape, np.inf), where=many > 0)
    return mean


def worth_by_node(
    prices: FloatArray, sources: IntArray, units: IntArray, shelf: FloatArray, lost_minor: float
) -> FloatArray:
    """What a unit of an item is worth at each node, [nodes]: to orders from afar, or to its own shoppers.

    `prices` [sources] as solved, `units` [nodes] what lies there, `shelf` [nodes] how many of them the
    store's own shoppers are expected to ask for. Nothing is worth anything where there is nothing.
    """
    afar = np.where(sources >= 0, prices[np.maximum(sources, 0)], 0.0)
    near = np.where(shelf > 0, shelf_worth(units, shelf, lost_minor), 0.0)
    worth = np.where(units > 0, np.maximum(afar, near), 0.0)
    told: FloatArray = np.where(worth >= LEAST_WORTH_MINOR, worth, 0.0)
    return told
