import json
from collections.abc import Mapping

import numpy as np
import pytest

from anyshelf.sourcing.model import (
    CHEAPEST,
    FEWEST_PARCELS,
    NEAREST,
    NO_FREIGHT,
    Ask,
    Candidate,
    Freight,
    Plan,
    PlannedLine,
    Policy,
    ShortLine,
    as_json,
)
from anyshelf.sourcing.rules import choose, choose_from_arrays
from anyshelf.sourcing.rules.exact import cheapest_cover
from anyshelf.sourcing.rules.wide import wide_cover


def ask(line: int, item: str, quantity: int = 1) -> Ask:
    return Ask(line=line, item=item, quantity=quantity, weight_g=1_000)


def store(
    name: str,
    stock: Mapping[str, int],
    *,
    base: int = 500,
    per_kg: float = 100.0,
    km: float = 10.0,
    eliminated: str | None = None,
) -> Candidate:
    return Candidate(
        node=name,
        kind="store",
        zone=2,
        distance_km=km,
        freight=Freight(base_minor=base, per_kg_minor=per_kg),
        handling_minor_per_order=50,
        handling_minor_per_unit=10,
        stock=stock,
        eliminated=eliminated,
    )


def sent(plan: Plan) -> dict[str, list[tuple[int, int]]]:
    return {
        shipment.node: [(line.line, line.quantity) for line in shipment.lines] for shipment in plan.shipments
    }


def test_one_node_that_has_all_serves_all() -> None:
    austin = store("Austin", {"LAMP": 3, "RUG": 1})

    plan = choose([ask(1, "LAMP", 2), ask(2, "RUG")], [austin], CHEAPEST)

    assert sent(plan) == {"Austin": [(1, 2), (2, 1)]}
    assert plan.cost_minor == 500 + 3 * 100 + 50 + 3 * 10
    assert plan.exact


def test_one_parcel_is_preferred_to_two_when_the_second_costs_more_than_it_saves() -> None:
    near_lamp, near_rug = store("A", {"LAMP": 1}, base=300), store("B", {"RUG": 1}, base=300)
    far_both = store("C", {"LAMP": 1, "RUG": 1}, base=700)

    assert set(sent(choose([ask(1, "LAMP"), ask(2, "RUG")], [near_lamp, near_rug, far_both], CHEAPEST))) == {
        "C"
    }


def test_fewest_parcels_pays_for_one_parcel_what_cheapest_would_not() -> None:
    asks = [ask(1, "LAMP"), ask(2, "RUG")]
    stores = [store("A", {"LAMP": 1}), store("B", {"RUG": 1}), store("C", {"LAMP": 1, "RUG": 1}, base=5_000)]

    cheapest, fewest = choose(asks, stores, CHEAPEST), choose(asks, stores, FEWEST_PARCELS)

    assert set(sent(cheapest)) == {"A", "B"}
    assert set(sent(fewest)) == {"C"}
    assert fewest.cost_minor > cheapest.cost_minor
    assert fewest.cost_minor < FEWEST_PARCELS.minor_per_parcel


def test_nearest_does_not_look_at_money() -> None:
    stores = [store("Near", {"LAMP": 1}, base=2_000, km=3), store("Far", {"LAMP": 1}, base=100, km=30)]

    assert set(sent(choose([ask(1, "LAMP")], stores, NEAREST))) == {"Near"}


def test_equal_costs_go_to_the_nearer_node_and_equal_distances_to_the_first_name() -> None:
    stores = [store("C", {"LAMP": 1}, km=5), store("B", {"LAMP": 1}, km=5), store("A", {"LAMP": 1}, km=6)]

    assert set(sent(choose([ask(1, "LAMP")], stores, CHEAPEST))) == {"B"}


def test_picking_up_costs_no_freight() -> None:
    chosen_store = Candidate(
        node="Austin",
        kind="store",
        zone=None,
        distance_km=0.0,
        freight=NO_FREIGHT,
        handling_minor_per_order=50,
        handling_minor_per_unit=10,
        stock={"LAMP": 2},
    )

    plan = choose([ask(1, "LAMP", 2)], [chosen_store], CHEAPEST)

    assert (plan.shipments[0].cost.freight_minor, plan.cost_minor) == (0, 70)


def test_freight_is_rounded_half_up_once_for_the_whole_parcel() -> None:
    lines = [Ask(line=1, item="PIN", quantity=1, weight_g=5), Ask(line=2, item="NUT", quantity=1, weight_g=5)]

    plan = choose(lines, [store("A", {"PIN": 1, "NUT": 1}, base=0, per_kg=50)], CHEAPEST)

    assert plan.shipments[0].cost.freight_minor == 1


def test_the_same_item_on_two_lines_draws_on_one_stock() -> None:
    stores = [store("A", {"LAMP": 3}, base=100), store("B", {"LAMP": 5}, base=900)]

    plan = choose([ask(1, "LAMP", 2), ask(2, "LAMP", 3)], stores, CHEAPEST)

    assert sent(plan) == {"B": [(1, 2), (2, 3)]}


def test_two_lines_of_an_item_that_no_node_has_for_both_are_each_kept_whole() -> None:
    stores = [store("A", {"LAMP": 3}), store("B", {"LAMP": 2})]

    plan = choose([ask(1, "LAMP", 2), ask(2, "LAMP", 3)], stores, CHEAPEST)

    assert sent(plan) == {"A": [(2, 3)], "B": [(1, 2)]}


def test_a_quantity_no_node_holds_is_gathered_from_several() -> None:
    stores = [
        store("A", {"LAMP": 2}),
        store("B", {"LAMP": 2}),
        store("C", {"LAMP": 2}),
        store("D", {"LAMP": 4}),
    ]

    plan = choose([ask(1, "LAMP", 6)], stores, CHEAPEST)

    assert len(plan.shipments) == 2
    assert sum(line.quantity for shipment in plan.shipments for line in shipment.lines) == 6
    assert not plan.exact


def test_a_node_opened_to_gather_an_item_also_sends_what_else_it_has() -> None:
    stores = [store("A", {"LAMP": 2, "RUG": 1}), store("B", {"LAMP": 2}), store("C", {"RUG": 1}, base=400)]

    plan = choose([ask(1, "LAMP", 4), ask(2, "RUG")], stores, CHEAPEST)

    assert sent(plan) == {"A": [(1, 2), (2, 1)], "B": [(1, 2)]}


def test_all_shortages_are_reported_at_once_and_nothing_is_sent() -> None:
    stores = [
        store("A", {"LAMP": 1, "BOWL": 9}),
        store("B", {"LAMP": 1}),
        store("C", {"RUG": 5}, eliminated="closed"),
    ]

    plan = choose([ask(1, "LAMP", 3), ask(2, "RUG"), ask(3, "BOWL")], stores, CHEAPEST)

    assert plan.short == (
        ShortLine(line=1, item="LAMP", wanted=3, available=2),
        ShortLine(line=2, item="RUG", wanted=1, available=0),
    )
    assert (plan.shipments, plan.cost_minor) == ((), 0)


def test_where_policy_allows_what_there_is_is_sent_and_the_rest_reported() -> None:
    policy = Policy(name="what there is", allow_partial=True)

    plan = choose([ask(1, "LAMP", 3), ask(2, "RUG")], [store("A", {"LAMP": 2})], policy)

    assert sent(plan) == {"A": [(1, 2)]}
    assert [line.available for line in plan.short] == [2, 0]


def test_two_lines_that_share_too_little_stock_fall_short_from_the_last() -> None:
    plan = choose([ask(7, "LAMP", 2), ask(3, "LAMP", 2)], [store("A", {"LAMP": 3})], CHEAPEST)

    assert plan.short == (ShortLine(line=7, item="LAMP", wanted=2, available=1),)


@pytest.mark.parametrize("policy", [CHEAPEST, Policy(name="partial", allow_partial=True)])
def test_without_any_node_everything_is_short(policy: Policy) -> None:
    plan = choose([ask(1, "LAMP")], [], policy)

    assert plan.short == (ShortLine(line=1, item="LAMP", wanted=1, available=0),)


def test_nothing_asked_is_nothing_sent() -> None:
    plan = choose([], [store("A", {"LAMP": 1})], CHEAPEST)

    assert (plan.shipments, plan.short, plan.cost_minor) == ((), (), 0)


@pytest.mark.parametrize(("quantity", "weight_g"), [(0, 100), (-1, 100), (1, -1)])
def test_an_ask_for_nothing_is_a_mistake(quantity: int, weight_g: int) -> None:
    with pytest.raises(ValueError, match="line 4"):
        Ask(line=4, item="LAMP", quantity=quantity, weight_g=weight_g)


def test_the_explanation_says_what_each_node_could_do_and_what_barred_the_others() -> None:
    stores = [
        store("A", {"LAMP": 1}),
        store("B", {"LAMP": 1}, base=620),
        store("C", {"LAMP": 4}, eliminated="past its cutoff"),
        store("D", {"RUG": 4}),
    ]

    trace = choose([ask(1, "LAMP")], stores, CHEAPEST).trace

    assert (trace.chosen, trace.chosen_minor) == (("A",), 660)
    assert (trace.next_best, trace.next_best_minor) == (("B",), 780)
    assert {each.node: each.eliminated for each in trace.nodes} == {
        "A": None,
        "B": None,
        "C": "past its cutoff",
        "D": "has none of the items",
    }
    assert [each.cost and each.cost.total_minor for each in trace.nodes] == [660, 780, None, None]


def test_the_explanation_stays_small_and_counts_the_rest_by_reason() -> None:
    stores = [store(f"S{number:03}", {"LAMP": number % 3}, base=500 + number) for number in range(300)]

    trace = choose([ask(1, "LAMP")], stores, CHEAPEST).trace

    assert len(trace.nodes) == 12
    assert trace.considered == 300
    assert trace.others == {
        "has none of the items": 100,
        "served less or cost more than the nodes listed": 188,
    }
    assert json.loads(json.dumps(as_json(trace)))["chosen"] == ["S001"]


def scattered(rng: np.random.Generator, items: int, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    costs = np.where(rng.random((items, nodes)) < 0.3, rng.uniform(20, 400, (items, nodes)), np.inf)
    costs[:, 0] = np.where(np.isfinite(costs).any(axis=1), costs[:, 0], 900.0)
    return rng.uniform(300, 1_500, nodes), costs


def total(fixed: np.ndarray, costs: np.ndarray, cover: np.ndarray | None) -> float:
    assert cover is not None
    return float(fixed[np.unique(cover)].sum() + costs[np.arange(len(costs)), cover].sum())


def test_the_bounded_search_stays_close_to_the_exact_one_where_both_can_run() -> None:
    rng = np.random.default_rng(7)
    ratios = []
    for _ in range(40):
        fixed, costs = scattered(rng, 12, 60)
        exact = total(fixed, costs, cheapest_cover(fixed, costs))
        ratios.append(total(fixed, costs, wide_cover(fixed, costs)) / exact)

    assert min(ratios) >= 1 - 1e-9
    assert np.mean(ratios) < 1.02
    assert max(ratios) < 1.15


def cheapest_by_trying_every_set_of_nodes(fixed: np.ndarray, costs: np.ndarray) -> float:
    best = np.inf
    for number in range(1, 1 << len(fixed)):
        opened = [node for node in range(len(fixed)) if number >> node & 1]
        best = min(best, fixed[opened].sum() + costs[:, opened].min(axis=1).sum())
    return float(best)


@pytest.mark.parametrize("items", [6, 7, 12])
def test_a_dozen_items_are_served_as_cheaply_as_any_set_of_nodes_could(items: int) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        fixed, costs = scattered(rng, items, 10)

        found = total(fixed, costs, cheapest_cover(fixed, costs))

        assert found == pytest.approx(cheapest_by_trying_every_set_of_nodes(fixed, costs))


def test_an_order_of_a_thousand_lines_is_served_without_overdrawing_any_node() -> None:
    rng = np.random.default_rng(11)
    lines, nodes = 1_000, 300
    wanted = rng.integers(1, 30, lines)
    stock = rng.integers(1, 20, (nodes, lines)) * (rng.random((nodes, lines)) < 0.3)

    assignment = choose_from_arrays(
        wanted=wanted,
        fixed_minor=rng.uniform(300, 1_500, nodes),
        line_cost_minor=rng.uniform(20, 400, (nodes, lines)),
        stock=stock,
    )

    assert assignment is not None
    assert not assignment.exact
    given = np.zeros_like(stock)
    for piece in assignment.pieces:
        given[piece.node, piece.column] += piece.quantity
    assert (given <= stock).all()
    assert (given.sum(axis=0) == wanted).all()


def test_a_line_travels_whole_with_its_item_named() -> None:
    plan = choose([ask(5, "LAMP", 2)], [store("A", {"LAMP": 2})], CHEAPEST)

    assert plan.shipments[0].lines == (PlannedLine(line=5, item="LAMP", quantity=2),)
