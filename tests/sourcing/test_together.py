"""Open orders planned together: against every plan there is, and what may never happen."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.sourcing.model import Field, Policy
from anyshelf.sourcing.rules import OpenOrder, Together, joint, together

POLICY = Policy(name="no penalty", split_penalty_minor=0)
NO_LIMIT = np.full(3, np.inf)


def field_of(base: list[float], each: list[float]) -> Field:
    none = np.zeros(len(base))
    return Field(
        nodes=tuple(f"N{number}" for number in range(len(base))), distance_km=none,
        freight_base_minor=np.array(base, dtype=np.float64), freight_per_kg_minor=none,
        handling_minor_per_order=none, handling_minor_per_unit=np.array(each, dtype=np.float64),
        barred=np.zeros(len(base), dtype=np.int64),
    )  # fmt: skip


def problem_of(
    orders: list[OpenOrder], fields: list[Field], stock: list[list[int]], **more: object
) -> Together:
    given_ = {"room": np.full(len(stock[0]), np.inf), **more}
    return Together(
        fields=fields,
        orders=orders,
        weight_g=np.zeros(len(stock), dtype=np.int64),
        stock=np.array(stock),
        **given_,
    )  # type: ignore[arg-type]


def wants(field: int, items: dict[int, int], today: list[tuple[int, int, int]]) -> OpenOrder:
    return OpenOrder(
        field=field,
        items=np.array(list(items)),
        quantities=np.array(list(items.values())),
        today=tuple(today),
    )


def one_lamp_for_two() -> tuple[list[OpenOrder], list[Field]]:
    """The first to come took the near shelf; elsewhere it would be nearly as well off, the second is not."""
    fields = [field_of([400.0, 450.0], [0, 0]), field_of([400.0, 1_200.0], [0, 0])]
    return [wants(0, {0: 1}, [(0, 0, 1)]), wants(1, {0: 1}, [(0, 1, 1)])], fields


def test_who_needs_the_near_shelf_less_gives_it_up() -> None:
    orders, fields = one_lamp_for_two()
    found = together(problem_of(orders, fields, [[1, 1]]), POLICY, seconds=5)
    assert found.ways == (((0, 1, 1),), ((0, 0, 1),))
    assert (found.today_minor, found.minor) == pytest.approx((1_600, 850))
    assert found.bound_minor <= found.minor + 1e-6


def test_nobody_moves_for_less_than_moving_disturbs() -> None:
    orders, fields = one_lamp_for_two()
    found = together(problem_of(orders, fields, [[1, 1]], moving_minor=400.0), POLICY, seconds=5)
    assert found.ways == (None, None)
    assert found.minor == found.today_minor == 1_600


def test_a_promise_that_would_break_keeps_an_order_where_it_is() -> None:
    orders, fields = one_lamp_for_two()
    asked: list[tuple[int, int]] = []

    def keeps(order: int, node: int) -> bool:
        asked.append((order, node))
        return (order, node) != (0, 1)

    found = together(problem_of(orders, fields, [[1, 1]], keeps=keeps), POLICY, seconds=5)
    assert found.ways == (None, None)
    assert (0, 1) in asked


def test_a_node_sends_no_more_than_it_has_room_for() -> None:
    fields = [field_of([100.0, 500.0], [0, 0])]
    orders = [wants(0, {0: 1}, [(0, 1, 1)]) for _ in range(3)]
    found = together(problem_of(orders, fields, [[9, 9]], room=np.array([2.0, 3.0])), POLICY, seconds=5)
    assert sum(way is not None for way in found.ways) == 2
    assert found.minor == pytest.approx(2 * 100 + 500)


def test_what_is_worth_more_to_others_is_left_to_them() -> None:
    fields = [field_of([400.0, 500.0], [0, 0])]
    orders = [wants(0, {0: 1}, [(0, 0, 1)])]
    worth = np.array([[300.0, 0.0]])
    found = together(problem_of(orders, fields, [[1, 1]], worth_minor=worth), POLICY, seconds=5)
    assert found.ways == (((0, 1, 1),),)


@st.composite
def problems(draw: st.DrawFn) -> Together:
    """Two or three nodes, up to three orders of one or two items; today's plan is one that can be."""
    nodes, items = draw(st.integers(2, 3)), 2
    cost = st.integers(0, 900)
    fields = [
        field_of([draw(cost) for _ in range(nodes)], [draw(cost) for _ in range(nodes)]) for _ in range(2)
    ]
    stock = np.array([[draw(st.integers(0, 2)) for _ in range(nodes)] for _ in range(items)])
    orders = []
    for _ in range(draw(st.integers(1, 3))):
        basket = {
            item: draw(st.integers(1, 2)) for item in sorted(draw(st.sets(st.integers(0, 1), min_size=1)))
        }
        today = [(item, draw(st.integers(0, nodes - 1)), units) for item, units in basket.items()]
        for item, node, units in today:
            stock[item, node] += units
        orders.append(wants(draw(st.integers(0, 1)), basket, today))
    return replace(
        problem_of(orders, fields, stock.tolist()), moving_minor=float(draw(st.sampled_from([0, 50])))
    )


def least_of_all(problem: Together) -> float:
    """Every way of every order beside every way of the others."""
    nodes = problem.stock.shape[1]
    ways = [
        [
            (tuple(zip(order.items.tolist(), at, order.quantities.tolist(), strict=True)))
            for at in itertools.product(range(nodes), repeat=len(order.items))
        ]
        for order in problem.orders
    ]
    return min(
        sum(cost_of(problem, order, way) for order, way in zip(problem.orders, plan, strict=True))
        for plan in itertools.product(*ways)
        if fits(problem, plan)
    )


def fits(problem: Together, plan: tuple[tuple[tuple[int, int, int], ...], ...]) -> bool:
    taken = np.zeros(problem.stock.shape, dtype=np.int64)
    for way in plan:
        for item, node, units in way:
            taken[item, node] += units
    return bool((taken <= problem.stock).all())


def cost_of(problem: Together, order: OpenOrder, way: tuple[tuple[int, int, int], ...]) -> float:
    field = problem.fields[order.field]
    goods = sum(float(field.handling_minor_per_unit[node]) * units for _, node, units in way)
    parcels = sum(float(field.freight_base_minor[node]) for node in {node for _, node, _ in way})
    return goods + parcels + (problem.moving_minor if set(way) != set(order.today) else 0.0)


@given(problems())
@settings(deadline=None, max_examples=60)
def test_the_plan_can_be_and_its_cost_lies_between_its_bound_and_today(problem: Together) -> None:
    found = together(problem, POLICY, seconds=5)
    plan = tuple(way or order.today for way, order in zip(found.ways, problem.orders, strict=True))
    assert fits(problem, plan)
    costs = [cost_of(problem, order, way) for order, way in zip(problem.orders, plan, strict=True)]
    least = least_of_all(problem)
    assert sum(costs) == pytest.approx(found.minor, abs=0.01)
    assert found.bound_minor <= least + 0.01
    assert least - 0.01 <= found.minor <= found.today_minor + 0.01


@given(problems())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_the_plan_is_close_to_the_best_of_all_plans(problem: Together) -> None:
    """No proof of the best: of all small problems a rare one may miss this, so these are always the same."""
    least = least_of_all(problem)
    assert together(problem, POLICY, seconds=5).minor <= max(least * 1.15, least + 120)


def crowded(seed: int) -> Together:
    """Forty orders that hold nearly all there is, each of something else than suits it."""
    draw, nodes, items = np.random.default_rng(seed), 5, 6
    fields = [
        field_of(draw.integers(0, 900, nodes).tolist(), draw.integers(0, 300, nodes).tolist())
        for _ in range(3)
    ]
    stock, orders = np.zeros((items, nodes), dtype=np.int64), []
    for _ in range(40):
        today = []
        for item in sorted(draw.choice(items, draw.integers(2, 6), replace=False).tolist()):
            node, units = int(draw.integers(nodes)), int(draw.integers(1, 3))
            today.append((item, node, units))
            stock[item, node] += units
        orders.append(wants(int(draw.integers(3)), {item: units for item, _, units in today}, today))
    stock += draw.random(stock.shape) < 0.2
    return problem_of(orders, fields, stock.tolist())


def test_where_there_is_no_time_to_fit_ways_together_all_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joint, "ROUNDS_MIN", 1)
    monkeypatch.setattr(joint, "ROUNDS_MAX", 1)
    for seed in range(8):
        found = together(crowded(seed), POLICY, seconds=0)
        assert found.minor <= found.today_minor
