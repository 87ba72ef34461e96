"""What each node weighs under a policy, as arrays for the search, and what a parcel costs in money."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from anyshelf.sourcing.model import (
    NO_LEANINGS,
    Candidate,
    CostTerms,
    Field,
    FloatArray,
    IntArray,
    Leanings,
    Policy,
)
from anyshelf.sourcing.rules.basket import Basket

TIE_MINOR_PER_KM: Final = 1e-7
"""Of plans that cost the same, the one of fewer kilometres: a weight too light to outweigh any real cost."""


def field_of(candidates: Sequence[Candidate]) -> Field:
    """The candidates as a field, in the order of their names."""
    ordered = sorted(candidates, key=lambda candidate: candidate.node)
    freight, per_order = (
        [each.freight for each in ordered],
        [each.handling_minor_per_order for each in ordered],
    )
    reasons = ("", *sorted({each.eliminated for each in ordered if each.eliminated is not None}))
    place = {reason: number for number, reason in enumerate(reasons[1:], start=1)}
    return Field(
        nodes=tuple(each.node for each in ordered),
        distance_km=np.array([each.distance_km for each in ordered], dtype=np.float64),
        freight_base_minor=np.array([each.base_minor for each in freight], dtype=np.float64),
        freight_per_kg_minor=np.array([each.per_kg_minor for each in freight], dtype=np.float64),
        handling_minor_per_order=np.array(per_order, dtype=np.float64),
        handling_minor_per_unit=np.array(
            [each.handling_minor_per_unit for each in ordered], dtype=np.float64
        ),
        barred=np.array([place.get(each.eliminated or "", 0) for each in ordered], dtype=np.int64),
        reasons=reasons,
    )


def stock_of(candidates: Sequence[Candidate], items: Sequence[str]) -> IntArray:
    """The candidates' stock, in the order of their names: [nodes, items] units, a column for each item."""
    column = {item: place for place, item in enumerate(dict.fromkeys(items))}
    stock = np.zeros((len(column), len(candidates)), dtype=np.int64)
    for row, candidate in enumerate(sorted(candidates, key=lambda candidate: candidate.node)):
        for item in candidate.stock.keys() & column.keys():
            stock[column[item], row] = candidate.stock[item]
    by_node: IntArray = stock[[column[item] for item in items]].T
    return by_node


def fixed_scores(field: Field, policy: Policy, leanings: Leanings = NO_LEANINGS) -> FloatArray:
    """What using a node at all weighs, [nodes]; infinite where the node may not serve."""
    money = field.freight_base_minor + field.handling_minor_per_order + policy.split_penalty_minor
    parcel = policy.money_weight * money + policy.minor_per_parcel
    scores: FloatArray = parcel + (policy.minor_per_km + TIE_MINOR_PER_KM) * field.distance_km
    for _, against in leaning_nodes(policy, leanings):
        scores += policy.money_weight * against
    if field.barred.any():
        scores[field.barred != 0] = np.inf
    return scores


def line_scores(
    field: Field,
    basket: Basket,
    policy: Policy,
    leanings: Leanings = NO_LEANINGS,
    worth_minor: FloatArray | None = None,
) -> FloatArray:
    """What serving all that is wanted of an item weighs at each node, [nodes, items]."""
    weight_kg = policy.money_weight * basket.wanted * basket.weight_g / 1000.0
    units = policy.money_weight * basket.wanted
    scores: FloatArray = np.multiply.outer(weight_kg, field.freight_per_kg_minor)
    scores += np.multiply.outer(units, field.handling_minor_per_unit)
    for _, against in leaning_lines(field, basket, policy, leanings, worth_minor):
        scores += policy.money_weight * against
    return scores.T


def leaning_nodes(policy: Policy, leanings: Leanings) -> Iterator[tuple[str, FloatArray]]:
    """What speaks against using a node at all, term by term, [nodes] minor units."""
    if leanings is NO_LEANINGS:
        return
    terms = (
        ("failure", leanings.refusing, policy.failure_minor),
        ("late", leanings.late_days, policy.late_minor_per_day),
        ("load", leanings.load, policy.load_minor),
    )
    for name, known, weight in terms:
        if known is not None and weight:
            yield name, known * weight


def leaning_lines(
    field: Field, basket: Basket, policy: Policy, leanings: Leanings, worth_minor: FloatArray | None
) -> Iterator[tuple[str, FloatArray]]:
    """What speaks against serving each item whole from a node, term by term, [items, nodes] minor units."""
    if leanings is NO_LEANINGS and worth_minor is None and not policy.co2_minor_per_tonne_km:
        return
    wanted = basket.wanted[:, None]
    if leanings.missing is not None and policy.failure_minor:
        yield "failure", leanings.missing.T[basket.columns] * policy.failure_minor
    if leanings.shops is not None and policy.store_unit_minor:
        yield "store", wanted * leanings.shops * policy.store_unit_minor
    if leanings.relief_minor is not None and policy.relief_weight:
        yield "relief", wanted * leanings.relief_minor.T[basket.columns] * -policy.relief_weight
    if policy.co2_minor_per_tonne_km:
        tonnes = basket.wanted * basket.weight_g / 1_000_000.0
        yield "co2", np.multiply.outer(tonnes * policy.co2_minor_per_tonne_km, field.distance_km)
    if worth_minor is not None and policy.worth_weight:
        yield "worth", wanted * worth_minor.T[basket.columns] * policy.worth_weight


def parcel_cost(field: Field, node: int, *, weight_g: int, units: int, split_minor: int) -> CostTerms:
    """What one parcel from a node costs; its freight and its handling are each rounded half up, once."""
    freight = field.freight_base_minor[node] + field.freight_per_kg_minor[node] * weight_g / 1000
    handling = field.handling_minor_per_order[node] + field.handling_minor_per_unit[node] * units
    return CostTerms(
        freight_minor=half_up(freight), handling_minor=half_up(handling), split_minor=split_minor
    )


def half_up(amount_minor: float) -> int:
    """To the nearest minor unit, a half goes up."""
    return math.floor(amount_minor + 0.5)
