"""The choice of nodes against a slow and obvious search: every way to give each item to one node."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.sourcing.model import (
    CHEAPEST,
    FEWEST_PARCELS,
    NEAREST,
    Ask,
    Candidate,
    Freight,
    Plan,
    PlannedShipment,
    Policy,
)
from anyshelf.sourcing.rules import choose, choose_in_field, explain, field_of, stock_of

ITEMS = ("BOWL", "CHAIR", "LAMP", "RUG")
WEIGHTS_G = {"BOWL": 700, "CHAIR": 6_000, "LAMP": 2_500, "RUG": 4_100}
A_TRIFLE = 0.05

policies = st.sampled_from(
    [CHEAPEST, NEAREST, FEWEST_PARCELS, Policy(name="no penalty", split_penalty_minor=0)]
)


@st.composite
def order_lines(draw: st.DrawFn) -> list[Ask]:
    wanted = draw(st.lists(st.tuples(st.sampled_from(ITEMS), st.integers(1, 4)), min_size=1, max_size=5))
    return [
        Ask(line=line, item=item, quantity=quantity, weight_g=WEIGHTS_G[item])
        for line, (item, quantity) in enumerate(wanted, start=1)
    ]


@st.composite
def node(draw: st.DrawFn, name: str, *, most: int = 9) -> Candidate:
    return Candidate(
        node=name,
        kind="store",
        zone=None,
        distance_km=draw(st.integers(0, 4_000)) / 4,
        freight=Freight(base_minor=draw(st.integers(0, 900)), per_kg_minor=draw(st.integers(0, 800)) / 4),
        handling_minor_per_order=draw(st.integers(0, 200)),
        handling_minor_per_unit=draw(st.integers(0, 50)),
        stock=draw(st.dictionaries(st.sampled_from(ITEMS), st.integers(0, most))),
        eliminated=draw(st.sampled_from([None, None, None, "closed today"])),
    )


@st.composite
def nodes(draw: st.DrawFn, *, most: int = 9) -> list[Candidate]:
    return [draw(node(f"N{number}", most=most)) for number in range(draw(st.integers(0, 5)))]


def demand(asks: Sequence[Ask]) -> Counter[str]:
    total: Counter[str] = Counter()
    for ask in asks:
        total[ask.item] += ask.quantity
    return total


def weighed(parcels: dict[str, Counter[str]], candidates: Sequence[Candidate], policy: Policy) -> float:
    """What parcels (node → item → units) weigh under the policy, before any rounding."""
    by_name = {candidate.node: candidate for candidate in candidates}
    score = -policy.money_weight * policy.split_penalty_minor if parcels else 0.0
    for name, units in parcels.items():
        one = by_name[name]
        weight_g = sum(WEIGHTS_G[item] * quantity for item, quantity in units.items())
        money = one.freight.base_minor + one.freight.per_kg_minor * weight_g / 1_000
        money += one.handling_minor_per_order + one.handling_minor_per_unit * units.total()
        score += policy.money_weight * (money + policy.split_penalty_minor)
        score += policy.minor_per_km * one.distance_km + policy.minor_per_parcel
    return score


def best_by_trying_everything(asks: Sequence[Ask], candidates: Sequence[Candidate], policy: Policy) -> float:
    wanted = demand(asks)
    able = [
        [one.node for one in candidates if not one.eliminated and one.stock.get(item, 0) >= wanted[item]]
        for item in wanted
    ]
    best = math.inf
    for names in itertools.product(*able):
        parcels: dict[str, Counter[str]] = {}
        for item, name in zip(wanted, names, strict=True):
            parcels.setdefault(name, Counter())[item] = wanted[item]
        best = min(best, weighed(parcels, candidates, policy))
    return best


def units_sent(shipment: PlannedShipment) -> Counter[str]:
    total: Counter[str] = Counter()
    for line in shipment.lines:
        total[line.item] += line.quantity
    return total


def parcels_of(plan: Plan) -> dict[str, Counter[str]]:
    return {shipment.node: units_sent(shipment) for shipment in plan.shipments}


@settings(max_examples=400, deadline=None)
@given(asks=order_lines(), candidates=nodes(), policy=policies)
def test_no_plan_is_cheaper_than_the_one_chosen(
    asks: list[Ask], candidates: list[Candidate], policy: Policy
) -> None:
    plan = choose(asks, candidates, policy)

    best = best_by_trying_everything(asks, candidates, policy)
    if math.isfinite(best):
        assert plan.exact
        assert weighed(parcels_of(plan), candidates, policy) == pytest.approx(best, abs=A_TRIFLE)
    else:
        assert plan.short or not plan.exact


@settings(max_examples=300, deadline=None)
@given(asks=order_lines(), candidates=nodes(most=3), policy=policies, partial=st.booleans())
def test_no_node_gives_more_than_it_has_or_anything_when_it_may_not_serve(
    asks: list[Ask], candidates: list[Candidate], policy: Policy, *, partial: bool
) -> None:
    plan = choose(asks, candidates, replace(policy, allow_partial=partial))

    by_name = {candidate.node: candidate for candidate in candidates}
    for name, units in parcels_of(plan).items():
        assert by_name[name].eliminated is None
        assert all(quantity <= by_name[name].stock.get(item, 0) for item, quantity in units.items())
    assert len({shipment.node for shipment in plan.shipments}) == len(plan.shipments)


@settings(max_examples=300, deadline=None)
@given(asks=order_lines(), candidates=nodes(most=3), partial=st.booleans())
def test_every_line_is_served_in_full_or_reported_short(
    asks: list[Ask], candidates: list[Candidate], *, partial: bool
) -> None:
    plan = choose(asks, candidates, replace(CHEAPEST, allow_partial=partial))

    served: Counter[int] = Counter()
    for shipment in plan.shipments:
        assert all(line.quantity > 0 for line in shipment.lines)
        served.update({line.line: line.quantity for line in shipment.lines})
    short = {line.line: line for line in plan.short}
    there_is: Counter[str] = Counter()
    for candidate in candidates:
        there_is.update({} if candidate.eliminated else candidate.stock)
    assert bool(short) == any(quantity > there_is[item] for item, quantity in demand(asks).items())
    for ask in asks:
        available = short[ask.line].available if ask.line in short else ask.quantity
        assert served[ask.line] == (available if partial or not short else 0)
        assert ask.line not in short or (short[ask.line].wanted, available < ask.quantity) == (
            ask.quantity,
            True,
        )


@settings(max_examples=200, deadline=None)
@given(asks=order_lines(), candidates=nodes(), policy=policies, data=st.data())
def test_the_order_of_lines_and_of_nodes_changes_nothing(
    asks: list[Ask], candidates: list[Candidate], policy: Policy, data: st.DataObject
) -> None:
    shuffled_asks = data.draw(st.permutations(asks))
    shuffled_nodes = data.draw(st.permutations(candidates))

    assert choose(shuffled_asks, shuffled_nodes, policy) == choose(asks, candidates, policy)


@settings(max_examples=200, deadline=None)
@given(asks=order_lines(), candidates=nodes(most=4))
def test_the_cost_is_the_sum_of_its_terms_and_each_parcel_is_rounded_once(
    asks: list[Ask], candidates: list[Candidate]
) -> None:
    plan = choose(asks, candidates, CHEAPEST)

    assert plan.cost_minor == sum(shipment.cost.total_minor for shipment in plan.shipments)
    by_name = {candidate.node: candidate for candidate in candidates}
    for place, shipment in enumerate(plan.shipments):
        one, units = by_name[shipment.node], units_sent(shipment)
        weight_g = sum(WEIGHTS_G[item] * quantity for item, quantity in units.items())
        freight = one.freight.base_minor + one.freight.per_kg_minor * weight_g / 1_000
        assert shipment.cost.freight_minor == math.floor(freight + 0.5)
        handling = one.handling_minor_per_order + one.handling_minor_per_unit * units.total()
        assert shipment.cost.handling_minor == handling
        assert shipment.cost.split_minor == (CHEAPEST.split_penalty_minor if place else 0)


@settings(max_examples=200, deadline=None)
@given(asks=order_lines(), candidates=nodes(most=4), policy=policies)
def test_arrays_at_hand_lead_to_the_same_plan_and_the_same_explanation(
    asks: list[Ask], candidates: list[Candidate], policy: Policy
) -> None:
    field, stock = field_of(candidates), stock_of(candidates, [ask.item for ask in asks])

    plan = choose_in_field(asks, field, stock, policy)

    assert choose(asks, candidates, policy) == replace(plan, trace=explain(asks, field, stock, policy, plan))


@settings(max_examples=200, deadline=None)
@given(asks=order_lines(), candidates=nodes(), policy=policies)
def test_the_next_best_plan_is_the_best_without_one_of_the_nodes_chosen(
    asks: list[Ask], candidates: list[Candidate], policy: Policy
) -> None:
    plan = choose(asks, candidates, policy)

    if plan.shipments and plan.exact:
        others = [
            choose(asks, [one for one in candidates if one.node != shipment.node], policy)
            for shipment in plan.shipments
        ]
        scores = [weighed(parcels_of(other), candidates, policy) for other in others if other.shipments]
        assert (plan.trace.next_best_minor is None) == (not scores)
        if scores:
            costs = [other.cost_minor for other in others if other.shipments]
            ties = [c for c, s in zip(costs, scores, strict=True) if s <= min(scores) + A_TRIFLE]
            assert plan.trace.next_best_minor in ties
