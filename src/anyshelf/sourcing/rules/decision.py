"""The decision for one order: gather the lines, weigh the nodes, choose, and write the plan in money."""

from collections.abc import Sequence
from dataclasses import replace

from anyshelf.sourcing.model import (
    NO_LEANINGS,
    Ask,
    Candidate,
    Field,
    FloatArray,
    IntArray,
    Leanings,
    Plan,
    PlannedShipment,
    Policy,
    Trace,
)
from anyshelf.sourcing.rules.assignment import Assignment, Piece, choose_from_arrays
from anyshelf.sourcing.rules.basket import Basket, gathered, handed_back, shortages, what_can_be_had
from anyshelf.sourcing.rules.costs import (
    field_of,
    fixed_scores,
    leaning_lines,
    leaning_nodes,
    line_scores,
    parcel_cost,
    stock_of,
)
from anyshelf.sourcing.rules.explanation import next_best_assignment, node_traces
from anyshelf.sourcing.rules.weighed import Weighed


def choose(asks: Sequence[Ask], candidates: Sequence[Candidate], policy: Policy) -> Plan:
    """Which nodes serve which lines at the least cost, explained.

    The order of lines and of candidates does not matter. Equal costs go to the fewer kilometres, then to
    the name.
    """
    field, stock = field_of(candidates), stock_of(candidates, [ask.item for ask in asks])
    plan = choose_in_field(asks, field, stock, policy)
    return replace(plan, trace=explain(asks, field, stock, policy, plan))


def choose_in_field(
    asks: Sequence[Ask],
    field: Field,
    stock: IntArray,
    policy: Policy,
    worth_minor: FloatArray | None = None,
    leanings: Leanings = NO_LEANINGS,
) -> Plan:
    """The same choice from arrays at hand, for many decisions a second; `explain` gives its trace in detail.

    `stock` is [nodes, asks] units, one column for each ask in the order of the asks (an item on two lines
    has its column twice). Fastest when held column by column. `worth_minor`, of the same shape, is what one
    unit is worth to orders still to come (its bid price): it chooses, and is not paid; as do `leanings`.
    """
    basket = gathered(asks)
    assignment = solve(basket, field, stock, policy, worth_minor, leanings)
    if assignment is not None:
        return planned(basket, field, policy, assignment)
    short = shortages(basket, available_units(basket, field, stock))
    if policy.allow_partial:
        served = what_can_be_had(basket, short)
        partial = solve(served, field, stock, policy, worth_minor, leanings)
        if partial is not None:
            return replace(planned(served, field, policy, partial), short=short)
    trace = Trace(policy=policy.name, considered=len(field.nodes), chosen=(), chosen_minor=0)
    return Plan(shipments=(), cost_minor=0, short=short, exact=True, trace=trace)


def explain(
    asks: Sequence[Ask],
    field: Field,
    stock: IntArray,
    policy: Policy,
    plan: Plan,
    worth_minor: FloatArray | None = None,
    leanings: Leanings = NO_LEANINGS,
) -> Trace:
    """Why this plan: what each node could do or what barred it, and the next best plan.

    Takes the arguments that made the plan, and the plan.
    """
    basket = gathered(asks)
    served = what_can_be_had(basket, plan.short) if plan.short else basket
    worth = None if worth_minor is None else worth_minor[:, basket.columns]
    trace = node_traces(basket, field, stock[:, basket.columns], plan, worth)
    if not plan.shipments:
        return trace
    weighed = Weighed(
        served, field, policy, leaning_nodes(policy, leanings),
        leaning_lines(field, served, policy, leanings, worth_minor),
    )  # fmt: skip
    trace = replace(
        trace, terms=weighed.terms(plan), against=weighed.against([each.node for each in trace.nodes])
    )
    if not plan.exact:
        return trace
    fixed = fixed_scores(field, policy, leanings)
    lines = line_scores(field, served, policy, leanings, worth_minor)
    used = [field.nodes.index(shipment.node) for shipment in plan.shipments]
    second = next_best_assignment(served.wanted, fixed, lines, stock[:, served.columns], used)
    if second is None:
        return trace
    other = planned(served, field, policy, second)
    return replace(
        trace, next_best=other.trace.chosen, next_best_minor=other.cost_minor,
        next_best_terms=weighed.terms(other),
    )  # fmt: skip


def solve(
    basket: Basket,
    field: Field,
    stock: IntArray,
    policy: Policy,
    worth_minor: FloatArray | None,
    leanings: Leanings,
) -> Assignment | None:
    """The least weighted sum under the policy."""
    return choose_from_arrays(
        wanted=basket.wanted,
        fixed_minor=fixed_scores(field, policy, leanings),
        line_cost_minor=line_scores(field, basket, policy, leanings, worth_minor),
        stock=stock.T[basket.columns].T,
    )


def available_units(basket: Basket, field: Field, stock: IntArray) -> IntArray:
    """What all nodes that may serve have of each item together."""
    total: IntArray = stock[:, basket.columns][field.barred == 0].sum(axis=0)
    return total


def planned(basket: Basket, field: Field, policy: Policy, assignment: Assignment) -> Plan:
    """The assignment as shipments with their cost in money; the nearest first, with no split penalty."""
    pieces: dict[int, list[Piece]] = {}
    rooms: dict[str, dict[int, int]] = {}
    for piece in assignment.pieces:
        pieces.setdefault(piece.node, []).append(piece)
        rooms.setdefault(basket.items[piece.column], {})[piece.node] = piece.quantity
    lines = handed_back(basket, rooms)
    shipments: list[PlannedShipment] = []
    for node in sorted(pieces, key=lambda node: (float(field.distance_km[node]), node)):
        cost = parcel_cost(
            field,
            node,
            weight_g=sum(piece.quantity * int(basket.weight_g[piece.column]) for piece in pieces[node]),
            units=sum(piece.quantity for piece in pieces[node]),
            split_minor=policy.split_penalty_minor if shipments else 0,
        )
        shipments.append(PlannedShipment(node=field.nodes[node], lines=tuple(lines[node]), cost=cost))
    total = sum(shipment.cost.total_minor for shipment in shipments)
    names = tuple(shipment.node for shipment in shipments)
    trace = Trace(policy=policy.name, considered=len(field.nodes), chosen=names, chosen_minor=total)
    return Plan(shipments=tuple(shipments), cost_minor=total, short=(), exact=assignment.exact, trace=trace)
