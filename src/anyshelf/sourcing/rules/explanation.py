"""Why a plan was chosen: what each node could have done alone, what barred the others, what came second."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from anyshelf.sourcing.model import Field, FlagArray, FloatArray, IntArray, NodeTrace, Plan, Trace
from anyshelf.sourcing.rules.assignment import Assignment, choose_from_arrays
from anyshelf.sourcing.rules.basket import Basket
from anyshelf.sourcing.rules.costs import half_up, parcel_cost

DETAILED_NODES_MAX: Final = 12
NO_STOCK: Final = "has none of the items"
NOT_CHOSEN: Final = "served less or cost more than the nodes listed"


def next_best_assignment(
    wanted: IntArray, fixed: FloatArray, line_cost: FloatArray, stock: IntArray, used: Sequence[int]
) -> Assignment | None:
    """The best assignment that does without at least one of the nodes used; None where there is none."""
    others = []
    for node in used:
        without = fixed.copy()
        without[node] = np.inf
        others.append(
            choose_from_arrays(wanted=wanted, fixed_minor=without, line_cost_minor=line_cost, stock=stock)
        )
    return min((other for other in others if other is not None), key=lambda other: other.score, default=None)


def node_traces(
    basket: Basket, field: Field, stock: IntArray, plan: Plan, worth_minor: FloatArray | None = None
) -> Trace:
    """The plan's trace with the nodes that count in detail and the rest counted by reason.

    In detail come the chosen nodes, then those that could serve most units, cheapest first, then those with
    nothing and the eliminated ones, from near to far. `stock` is [nodes, items of the basket], and so is what
    one unit is worth to later orders.
    """
    could = np.minimum(stock, basket.wanted)
    units, weight_g = could.sum(axis=1), could @ basket.weight_g
    chosen = np.isin(np.array(field.nodes), plan.trace.chosen)
    able = (field.barred == 0) & (units > 0)
    out = np.where(able, 0, np.where(field.barred != 0, 2, 1))
    worth = np.zeros(len(units)) if worth_minor is None else (could * worth_minor).sum(axis=1)
    alone = np.where(able, alone_minor(field, units, weight_g) + worth, 0.0)
    rank = np.lexsort((field.distance_km, alone, -units * able, out, ~chosen))
    detailed, rest = rank[:DETAILED_NODES_MAX].tolist(), rank[DETAILED_NODES_MAX:]
    lines = (stock[detailed] >= basket.wanted).sum(axis=1)
    figures = np.column_stack((lines, units[detailed], weight_g[detailed])).tolist()
    nodes = tuple(
        replace(node_trace(field, node, found, plan), worth_minor=half_up(worth[node]))
        for node, found in zip(detailed, figures, strict=True)
    )
    return replace(plan.trace, nodes=nodes, others=counted(field, rest, able))


def counted(field: Field, nodes: IntArray, able: FlagArray) -> dict[str, int]:
    """How many of the nodes were out for each reason, in the order of the reasons' words."""
    reasons = (NOT_CHOSEN, NO_STOCK, *field.reasons[1:])
    places = np.where(able[nodes], 0, np.where(field.barred[nodes] != 0, field.barred[nodes] + 1, 1))
    counts = np.bincount(places, minlength=len(reasons)).tolist()
    return {reason: count for reason, count in sorted(zip(reasons, counts, strict=True)) if count}


def alone_minor(field: Field, units: IntArray, weight_g: IntArray) -> FloatArray:
    """What each node would cost if it alone sent so much, [nodes]."""
    freight = field.freight_base_minor + field.freight_per_kg_minor * weight_g / 1000.0
    cost: FloatArray = freight + field.handling_minor_per_order + field.handling_minor_per_unit * units
    return cost


def node_trace(field: Field, node: int, figures: Sequence[int], plan: Plan) -> NodeTrace:
    """One node's part of the explanation; `figures` are items held in full, units and grams it could send."""
    lines, units, weight_g = figures
    reason = eliminated(field, node, units)
    cost = None if reason else parcel_cost(field, node, weight_g=weight_g, units=units, split_minor=0)
    return NodeTrace(
        node=field.nodes[node],
        distance_km=round(float(field.distance_km[node]), 3),
        eliminated=reason,
        lines=lines,
        units=units,
        cost=cost,
        chosen=field.nodes[node] in plan.trace.chosen,
    )


def eliminated(field: Field, node: int, units: int) -> str | None:
    """Why a node was out of the question, None if it was in it."""
    return field.reasons[int(field.barred[node])] or (None if units else NO_STOCK)
