"""The product's own choice of nodes, on the shelves of a world, asked of the near nodes first.

The search (`choose_from_arrays`, on the scores of `costs`) is the one that decides live. Of thousands of
nodes nearly every order is served by one of the few cheapest for its place, so these are searched first;
their plan stands only where it weighs less than any plan could that uses another node. Else all are searched.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from anyshelf.simulator.world.stage import Ints, Stage
from anyshelf.sourcing.model import NO_LEANINGS, Field, FloatArray, Leanings, Policy
from anyshelf.sourcing.rules import Assignment, choose_from_arrays
from anyshelf.sourcing.rules.basket import Basket
from anyshelf.sourcing.rules.costs import fixed_scores, line_scores

NEAR: Final = 48
VIEWS_MAX: Final = 256
USUAL_KG: Final = 1.0
LEAST_GAIN_MINOR: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """Some nodes as one place sees them: their field, what using each weighs, and what is known of them."""

    nodes: Ints
    field: Field
    fixed: FloatArray
    leanings: Leanings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """The near nodes of a place, and the least that others could weigh: [classes] once, a kilogram, a unit.

    `two` is the least that two nodes weigh of which one is not near, and the least for a kilogram and a unit.
    """

    near: View
    once: FloatArray
    per_kg: FloatArray
    per_unit: FloatArray
    two: tuple[float, float, float]


class Chooser:
    """Chooses nodes for orders from many places; `free` [items, nodes] is read as it is at each choice.

    So is `worth` [items, nodes], what a unit is worth where it lies, in minor units: never below 0.
    """

    def __init__(
        self,
        stage: Stage,
        policy: Policy,
        kinds: frozenset[str],
        free: Ints,
        missing: FloatArray | None = None,
        worth: FloatArray | None = None,
    ) -> None:
        self._stage, self._policy, self._who = stage, policy, stage.who(kinds)
        self._free, self._missing, self._worth = free, missing, worth
        self._shut: frozenset[int] = frozenset()
        self._outlooks: dict[int, Outlook] = {}
        self._views: OrderedDict[int, View] = OrderedDict()
        self.widened = 0

    def shut(self, nodes: frozenset[int]) -> None:
        """From now on these nodes send nothing; those shut before are open again."""
        if nodes != self._shut:
            self._shut = nodes
            self._outlooks.clear()
            self._views.clear()

    def choose(self, place: int, items: Ints, units: Ints) -> list[tuple[int, int, int]] | None:
        """Who serves distinct items: (node, row of `items`, units); None where some cannot be had in full."""
        outlook = self._outlooks.get(place)
        if outlook is None:
            outlook = self._outlooks[place] = self._look(place)
        weight_g = self._stage.goods.weight_g[items]
        basket = Basket(
            asks=(), items=(), wanted=units, weight_g=weight_g, columns=np.arange(len(items), dtype=np.intp)
        )
        near = outlook.near
        found = self._search(near, basket, items)
        if found is None or not found.exact or found.score >= least_beyond(outlook, basket):
            self.widened += 1
            near = self.everybody(place)
            found = self._search(near, basket, items)
        if found is None:
            return None
        nodes = near.nodes
        return [(int(nodes[piece.node]), piece.column, piece.quantity) for piece in found.pieces]

    def short(self, place: int, items: Ints, units: Ints) -> Ints:
        """Which rows of these items all who may serve a place cannot serve in full together."""
        may = self.everybody(place).fixed < np.inf
        rows: Ints = np.flatnonzero(np.maximum(self._free[items][:, may], 0).sum(axis=1) < units)
        return rows

    def _search(self, view: View, basket: Basket, items: Ints) -> Assignment | None:
        stock = np.maximum(self._free[items[:, None], view.nodes], 0)  # below: all of it is held back
        leanings = view.leanings
        if leanings.missing is not None:
            leanings = replace(leanings, missing=np.repeat(leanings.missing, len(items), axis=1))
        worth = None if self._worth is None else self._worth[items[:, None], view.nodes].T
        lines = line_scores(view.field, basket, self._policy, leanings, worth)
        return choose_from_arrays(
            wanted=basket.wanted, fixed_minor=view.fixed, line_cost_minor=lines, stock=stock.T
        )

    def _look(self, place: int) -> Outlook:
        everybody = self.everybody(place)
        usual = everybody.fixed + self._policy.money_weight * (
            everybody.field.freight_per_kg_minor * USUAL_KG + everybody.field.handling_minor_per_unit
        )
        usual[~self._stage.is_store] = -np.inf  # the few centres have nearly everything
        near = np.sort(np.argpartition(usual, min(NEAR, len(usual) - 1))[:NEAR])
        once, per_kg, per_unit = self._beyond(everybody, near)
        least = (float(everybody.fixed.min()), *self._rates(everybody, np.isfinite(everybody.fixed)))
        two = (float(once.min(initial=np.inf)) + least[0], least[1], least[2])
        return Outlook(
            near=self._view(everybody.field, near), once=once, per_kg=per_kg, per_unit=per_unit, two=two
        )

    def _beyond(self, everybody: View, near: Ints) -> tuple[FloatArray, FloatArray, FloatArray]:
        """All others by what a kilogram and a unit weigh there, with the least any of them weighs once."""
        others = np.isfinite(everybody.fixed)
        others[near] = False
        weight = self._policy.money_weight
        rates = np.column_stack(
            (everybody.field.freight_per_kg_minor[others], everybody.field.handling_minor_per_unit[others])
        )
        kinds, which = np.unique(rates * weight, axis=0, return_inverse=True)
        once = np.full(len(kinds), np.inf)
        np.minimum.at(once, which.reshape(-1), everybody.fixed[others])
        return once, kinds[:, 0].copy(), kinds[:, 1].copy()

    def _rates(self, view: View, who: np.ndarray) -> tuple[float, float]:
        weight = self._policy.money_weight
        per_kg, per_unit = view.field.freight_per_kg_minor[who], view.field.handling_minor_per_unit[who]
        return weight * float(per_kg.min(initial=np.inf)), weight * float(per_unit.min(initial=np.inf))

    def everybody(self, place: int) -> View:
        """All nodes as a place sees them."""
        known = self._views.get(place)
        if known is None:
            field = self._stage.field(place, self._who)
            barred = field.barred.copy()
            barred[list(self._shut)] = 1
            known = self._views[place] = self._view(replace(field, barred=barred), np.arange(len(barred)))
        self._views.move_to_end(place)
        while len(self._views) > VIEWS_MAX:
            self._views.popitem(last=False)
        return known

    def _view(self, field: Field, nodes: Ints) -> View:
        part = Field(
            nodes=(),
            distance_km=field.distance_km[nodes],
            freight_base_minor=field.freight_base_minor[nodes],
            freight_per_kg_minor=field.freight_per_kg_minor[nodes],
            handling_minor_per_order=field.handling_minor_per_order[nodes],
            handling_minor_per_unit=field.handling_minor_per_unit[nodes],
            barred=field.barred[nodes],
        )
        leanings = NO_LEANINGS
        if self._policy.store_unit_minor or self._missing is not None:
            missing = None if self._missing is None else self._missing[nodes][:, None]
            leanings = Leanings(shops=self._stage.is_store[nodes].astype(np.float64), missing=missing)
        return View(
            nodes=nodes, field=part, fixed=fixed_scores(part, self._policy, leanings), leanings=leanings
        )


def least_beyond(outlook: Outlook, basket: Basket) -> float:
    """Less than any plan could weigh that uses a node beyond the near ones: it alone, or with any other."""
    units = float(basket.wanted.sum())
    kilograms = float(basket.wanted @ basket.weight_g) / 1000.0
    alone = outlook.once + outlook.per_kg * kilograms + outlook.per_unit * units
    once, per_kg, per_unit = outlook.two
    together = once + per_kg * kilograms + per_unit * units
    return min(float(alone.min(initial=np.inf)), together) - LEAST_GAIN_MINOR
