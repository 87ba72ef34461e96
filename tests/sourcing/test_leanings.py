"""What speaks for or against a node and is not paid: it chooses, and the explanation says how much."""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.sourcing.model import CHEAPEST, LEAVE_ROOM, Ask, Field, Leanings, Plan, Policy, Standing, Trace
from anyshelf.sourcing.rules import choose_in_field, deciding, explain, looking_on

PLAIN = replace(CHEAPEST, split_penalty_minor=0)


def field(*base: float, km: float = 100.0) -> Field:
    zeros = np.zeros(len(base))
    return Field(
        nodes=tuple(f"N{place}" for place in range(len(base))), distance_km=km * (1 + np.arange(len(base))),
        freight_base_minor=np.array(base, dtype=np.float64), freight_per_kg_minor=zeros,
        handling_minor_per_order=zeros, handling_minor_per_unit=zeros,
        barred=np.zeros(len(base), dtype=np.int64),
    )  # fmt: skip


def lamps(quantity: int = 1) -> Ask:
    return Ask(line=1, item="LAMP", quantity=quantity, weight_g=2_000)


def decided(
    where: Field, policy: Policy, leanings: Leanings, *asks: Ask, stock: Any = None
) -> tuple[Plan, Trace]:
    wanted = asks or (lamps(),)
    held = np.full((len(where.nodes), len(wanted)), 9) if stock is None else np.array(stock)
    plan = choose_in_field(wanted, where, held, policy, leanings=leanings)
    return plan, explain(wanted, where, held, policy, plan, leanings=leanings)


@pytest.mark.parametrize(("leanings", "policy", "term", "weighs"), [
    (Leanings(refusing=np.array([0.5, 0.0])), PLAIN, "failure", 300),
    (Leanings(missing=np.array([[0.5], [0.0]])), PLAIN, "failure", 300),
    (Leanings(late_days=np.array([2.0, 0.0])), PLAIN, "late", 400),
    (Leanings(load=np.array([1.0, 0.0])), replace(PLAIN, load_minor=250), "load", 250),
    (Leanings(shops=np.array([1.0, 0.0])), replace(PLAIN, store_unit_minor=210), "store", 210),
])  # fmt: skip
def test_what_speaks_against_the_cheapest_node_sends_the_order_to_the_next(
    leanings: Leanings, policy: Policy, term: str, weighs: int
) -> None:
    plan, told = decided(field(500, 700), policy, leanings)

    assert [shipment.node for shipment in plan.shipments] == ["N1"]
    assert (plan.cost_minor, told.chosen_minor) == (700, 700), "only what is paid is booked"
    assert told.terms == {"freight": 700}
    assert told.next_best_terms == {"freight": 500, term: weighs}


def test_what_is_to_be_marked_down_is_sold_first() -> None:
    relief = Leanings(relief_minor=np.array([[0.0], [120.0]]))
    plan, told = decided(field(500, 700), PLAIN, relief, lamps(2))

    assert [shipment.node for shipment in plan.shipments] == ["N1"]
    assert told.terms == {"freight": 700, "relief": -240}


def test_the_far_node_bears_its_carbon() -> None:
    heavy = replace(lamps(), weight_g=500_000)
    green = replace(PLAIN, co2_minor_per_tonne_km=5.0)
    plan, told = decided(field(550, 500), green, Leanings(), heavy)

    assert [shipment.node for shipment in plan.shipments] == ["N0"]
    assert told.terms["co2"] == 250
    assert told.next_best_terms["co2"] == 500


def test_a_node_that_finds_little_still_serves_what_nobody_else_has() -> None:
    plan, told = decided(field(500, 700), PLAIN, Leanings(missing=np.array([[0.9], [0.0]])), stock=[[5], [0]])

    assert [shipment.node for shipment in plan.shipments] == ["N0"]
    assert told.against == {"N0": 540}


def test_what_each_node_finds_best_comes_from_there() -> None:
    """N0 finds lamps and hardly any rugs, N1 the other way round: two parcels are the surer way."""
    rug = Ask(line=2, item="RUG", quantity=1, weight_g=2_000)
    missing = Leanings(missing=np.array([[0.0, 0.9], [0.9, 0.0]]))
    plan, told = decided(field(100, 300), PLAIN, missing, lamps(), rug)

    served = {shipment.node: [line.item for line in shipment.lines] for shipment in plan.shipments}
    assert served == {"N0": ["LAMP"], "N1": ["RUG"]}
    assert told.terms == {"freight": 400}
    assert told.next_best_terms == {"freight": 100, "failure": 540}


def test_where_nothing_is_known_nothing_is_weighed() -> None:
    plan, told = decided(field(500, 700), PLAIN, Leanings())

    assert (plan.cost_minor, told.terms, told.against) == (500, {"freight": 500}, {})


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_plan_weighs_less_than_the_one_chosen(data: st.DataObject) -> None:
    nodes, items = 3, data.draw(st.integers(1, 3))
    shares, money = st.integers(0, 10).map(lambda tenths: tenths / 10), st.integers(0, 900)

    def drawn(of: st.SearchStrategy[float], *shape: int) -> Any:
        flat = data.draw(st.lists(of, min_size=math.prod(shape), max_size=math.prod(shape)))
        return np.array(flat, dtype=np.float64).reshape(shape)

    where = field(*drawn(money, nodes))
    leanings = Leanings(
        refusing=drawn(shares, nodes), late_days=drawn(st.integers(0, 3), nodes), load=drawn(shares, nodes),
        shops=drawn(st.integers(0, 1), nodes), missing=drawn(shares, nodes, items),
        relief_minor=drawn(money, nodes, items),
    )  # fmt: skip
    policy = replace(PLAIN, store_unit_minor=70, load_minor=110, co2_minor_per_tonne_km=3.0)
    asks = [Ask(line=1 + item, item=f"I{item}", quantity=1 + item, weight_g=2_000) for item in range(items)]
    stock = np.array([[data.draw(st.integers(0, 4)) for _ in asks] for _ in range(nodes)])
    _, told = decided(where, policy, leanings, *asks, stock=stock)

    def weigh(way: tuple[int, ...]) -> float:
        total = 0.0
        for node in set(way):
            total += where.freight_base_minor[node] + leanings.refusing[node] * policy.failure_minor
            total += leanings.late_days[node] * policy.late_minor_per_day + leanings.load[node] * 110
        for column, (node, ask) in enumerate(zip(way, asks, strict=True)):
            if stock[node, column] < ask.quantity:
                return math.inf
            total += leanings.missing[node, column] * policy.failure_minor
            total += (
                leanings.shops[node] * 70 * ask.quantity - leanings.relief_minor[node, column] * ask.quantity
            )
            total += 3.0 * ask.quantity * 0.002 * where.distance_km[node]
        return total

    least = min(weigh(way) for way in itertools.product(range(nodes), repeat=items))
    if math.isfinite(least):
        assert sum(told.terms.values()) == pytest.approx(least, abs=len(told.terms) + 0.5)


def standing(name: str, **more: Any) -> Standing:
    return Standing(policy=Policy(name=name), **more)


def test_the_live_policy_of_highest_priority_for_channel_and_segment_decides() -> None:
    rules = [
        standing("a_plain"),
        standing("for_members", priority=5, segments=("gold",)),
        standing("for_the_till", priority=9, channels=("till",)),
        standing("stopped", priority=99, mode="off"),
        standing("watching", priority=99, mode="shadow"),
        standing("z_plain"),
    ]

    assert deciding(rules, "web", "").policy.name == "a_plain"
    assert deciding(rules, "web", "gold").policy.name == "for_members"
    assert deciding(rules, "till", "gold").policy.name == "for_the_till"
    assert [each.policy.name for each in looking_on(rules, "web", "")] == ["watching"]
    assert deciding([], "web", "").policy == LEAVE_ROOM
