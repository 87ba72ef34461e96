"""What a unit is worth to later orders: the fluid programme against a plain one, and what its prices do."""

import itertools
from dataclasses import replace

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.sourcing.model import CHEAPEST, Ask, Field, FloatArray, IntArray, OrderKind, Outlook, Policy
from anyshelf.sourcing.rules import choose_in_field, explain, fluid
from anyshelf.sourcing.rules.fluid import Fluid, bid_prices
from anyshelf.sourcing.rules.parcels import PARCELS_MAX, cheapest_everywhere

POLICY = Policy(name="no penalty", split_penalty_minor=0)
LOST = 5_000.0


def field_of_costs(base: list[float], each: list[float]) -> Field:
    none = np.zeros(len(base))
    return Field(
        nodes=tuple(f"N{number}" for number in range(len(base))), distance_km=none,
        freight_base_minor=np.array(base, dtype=np.float64), freight_per_kg_minor=none,
        handling_minor_per_order=none, handling_minor_per_unit=np.array(each, dtype=np.float64),
        barred=np.zeros(len(base), dtype=np.int64),
    )  # fmt: skip


@st.composite
def outlooks(draw: st.DrawFn) -> tuple[Outlook, FloatArray, IntArray]:
    """Two or three nodes, one or two places, up to three kinds of orders over three items."""
    nodes, places = draw(st.integers(2, 3)), draw(st.integers(1, 2))
    cost = st.integers(0, 900)
    fields = tuple(
        field_of_costs([draw(cost) for _ in range(nodes)], [draw(cost) for _ in range(nodes)])
        for _ in range(places)
    )
    baskets = draw(
        st.lists(st.sets(st.integers(0, 2), min_size=1), min_size=1, max_size=3).map(
            lambda found: [tuple(sorted(basket)) for basket in found]
        )
    )
    kinds = tuple(
        OrderKind(items=basket, quantities=tuple(draw(st.integers(1, 3)) for _ in basket))
        for basket in baskets
    )
    outlook = Outlook(
        fields=fields, kinds=kinds, weight_g=np.zeros(3, dtype=np.int64), lost_minor=np.full(len(kinds), LOST)
    )
    expected = np.array([[draw(st.integers(0, 9)) for _ in range(places)] for _ in kinds], dtype=np.float64)
    stock = np.array([[draw(st.integers(0, 20)) for _ in range(3)] for _ in range(nodes)])
    return outlook, expected, stock


def value_of_every_way(outlook: Outlook, expected: FloatArray, stock: IntArray) -> float:
    """The same programme with every way there is written out."""
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    for bound in stock.ravel().tolist():
        solver.addRow(-highspy.kHighsInf, float(bound), 0, [], [])
    nodes, items = stock.shape
    for kind, rates in zip(outlook.kinds, expected.tolist(), strict=True):
        for field, rate in zip(outlook.fields, rates, strict=True):
            row = solver.getNumRow()
            solver.addRow(rate, rate, 0, [], [])
            solver.addCol(LOST, 0.0, highspy.kHighsInf, 1, [row], [1.0])
            for way in itertools.product(range(nodes), repeat=len(kind.items)):
                cost = sum(float(field.freight_base_minor[node]) for node in set(way))
                uses = {row: 1.0}
                for node, item, units in zip(way, kind.items, kind.quantities, strict=True):
                    cost += float(field.handling_minor_per_unit[node]) * units
                    uses[node * items + item] = float(units)
                solver.addCol(cost, 0.0, highspy.kHighsInf, len(uses), list(uses), list(uses.values()))
    solver.run()
    return float(solver.getInfo().objective_function_value)


@given(outlooks())
@settings(deadline=None)
def test_ways_found_as_they_are_needed_are_worth_all_ways_there_are(
    drawn: tuple[Outlook, FloatArray, IntArray],
) -> None:
    outlook, expected, stock = drawn
    found = Fluid(outlook, POLICY).prices(expected, stock)
    plain = value_of_every_way(outlook, expected, stock)
    assert found.value_minor == pytest.approx(plain, rel=1e-4, abs=1e-3)
    assert (found.minor >= 0).all()


@given(outlooks(), st.data())
@settings(deadline=None)
def test_a_programme_that_has_learned_says_the_same_as_a_new_one(
    drawn: tuple[Outlook, FloatArray, IntArray], more: st.DataObject
) -> None:
    outlook, expected, stock = drawn
    learned = Fluid(outlook, POLICY)
    learned.prices(expected, stock)
    later = stock - more.draw(st.integers(0, 3)) * (stock > 3)
    found = learned.prices(expected / 2, later)
    assert found.value_minor == pytest.approx(
        Fluid(outlook, POLICY).prices(expected / 2, later).value_minor, rel=1e-4, abs=1e-3
    )


@given(outlooks())
@settings(deadline=None)
def test_a_large_programme_is_solved_another_way_and_says_the_same(
    drawn: tuple[Outlook, FloatArray, IntArray],
) -> None:
    outlook, expected, stock = drawn
    plain = value_of_every_way(outlook, expected, stock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fluid, "LARGE", 0)
        found = Fluid(outlook, POLICY).prices(expected, stock)
    assert found.value_minor == pytest.approx(plain, rel=2 * fluid.LARGE_GAP, abs=1e-2)
    assert (found.minor >= 0).all()


def test_a_large_programme_prices_a_unit_as_a_small_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fluid, "LARGE", 0)
    outlook, expected = scarce()
    prices = Fluid(outlook, POLICY).prices(expected, np.array([[5], [50]]))
    assert prices.minor.ravel().tolist() == pytest.approx([600.0, 0.0], abs=0.5)


def scarce() -> tuple[Outlook, FloatArray]:
    """Two places, each with its own node next door; the far one is dear. Ten orders come from each."""
    near, far = [100.0, 700.0], [700.0, 100.0]
    outlook = Outlook(
        fields=(field_of_costs(near, [0, 0]), field_of_costs(far, [0, 0])),
        kinds=(OrderKind(items=(0,), quantities=(1,)),),
        weight_g=np.zeros(1, dtype=np.int64),
        lost_minor=np.array([LOST]),
    )
    return outlook, np.array([[10.0, 10.0]])


def test_what_is_plentiful_is_worth_nothing_more() -> None:
    outlook, expected = scarce()
    prices = Fluid(outlook, POLICY).prices(expected, np.array([[50], [50]]))
    assert prices.minor.tolist() == [[0.0], [0.0]]
    assert prices.value_minor == pytest.approx(2_000)


def test_the_price_is_what_one_unit_more_would_save() -> None:
    outlook, expected = scarce()
    fluid = Fluid(outlook, POLICY)
    prices = fluid.prices(expected, np.array([[5], [50]]))
    more = fluid.prices(expected, np.array([[6], [50]]))
    assert prices.minor.tolist() == [[600.0], [0.0]]
    assert prices.value_minor - more.value_minor == pytest.approx(600)


def test_without_stock_a_unit_is_worth_an_order_that_is_lost() -> None:
    outlook, expected = scarce()
    prices = Fluid(outlook, POLICY).prices(expected, np.array([[0], [0]]))
    assert prices.minor.ravel().tolist() == pytest.approx([LOST - 100] * 2)


def test_an_order_leaves_scarce_units_to_those_who_need_them_more() -> None:
    """The near node is cheaper by 100, but its units are worth 300 to others."""
    field = field_of_costs([400.0, 500.0], [0, 0])
    ask, stock = Ask(line=1, item="LAMP", quantity=1, weight_g=0), np.array([[3], [3]])
    worth = np.array([[300.0], [0.0]])
    today = choose_in_field([ask], field, stock, CHEAPEST)
    foresighted = choose_in_field([ask], field, stock, CHEAPEST, worth)
    assert [shipment.node for shipment in today.shipments] == ["N0"]
    assert [shipment.node for shipment in foresighted.shipments] == ["N1"]
    assert foresighted.cost_minor == 500
    told = explain([ask], field, stock, CHEAPEST, foresighted, worth)
    assert [(node.node, node.worth_minor) for node in told.nodes] == [("N1", 0), ("N0", 300)]
    assert (told.next_best, told.next_best_minor) == (("N0",), 400)


@given(st.data())
@settings(deadline=None)
def test_the_choice_with_prices_is_the_best_of_all_ways(data: st.DataObject) -> None:
    nodes, items = 3, data.draw(st.integers(1, 3))
    cost = st.integers(0, 900)
    field = field_of_costs([data.draw(cost) for _ in range(nodes)], [data.draw(cost) for _ in range(nodes)])
    worth = np.array([[data.draw(cost) for _ in range(items)] for _ in range(nodes)], dtype=np.float64)
    stock = np.array([[data.draw(st.integers(0, 2)) for _ in range(items)] for _ in range(nodes)])
    asks = [Ask(line=1 + item, item=f"I{item}", quantity=1, weight_g=0) for item in range(items)]
    plan = choose_in_field(asks, field, stock, POLICY, worth)

    def weigh(way: tuple[int, ...]) -> float:
        held = all(stock[node, item] for item, node in enumerate(way))
        goods = sum(field.handling_minor_per_unit[node] + worth[node, item] for item, node in enumerate(way))
        return float(goods + sum(field.freight_base_minor[node] for node in set(way))) if held else np.inf

    least = min(weigh(way) for way in itertools.product(range(nodes), repeat=items))
    if not plan.shipments:
        assert least == np.inf
        return
    node = {line.line: field.nodes.index(each.node) for each in plan.shipments for line in each.lines}
    assert weigh(tuple(node[ask.line] for ask in asks)) == pytest.approx(least)


@given(st.data())
@settings(deadline=None)
def test_all_places_at_once_find_what_each_finds_alone(data: st.DataObject) -> None:
    places, nodes, items = 2, data.draw(st.integers(1, 5)), data.draw(st.integers(1, PARCELS_MAX))
    cost = st.one_of(st.integers(0, 900).map(float), st.just(np.inf))
    fixed = np.array([[data.draw(cost) for _ in range(nodes)] for _ in range(places)])
    costs = np.array([[[data.draw(cost) for _ in range(items)] for _ in range(nodes)] for _ in range(places)])
    least, cover = cheapest_everywhere(fixed, costs)
    for place in range(places):
        totals = {
            way: sum(costs[place, node, item] for item, node in enumerate(way))
            + sum(fixed[place, node] for node in set(way))
            for way in itertools.product(range(nodes), repeat=items)
        }
        assert least[place] == min(totals.values())
        if np.isfinite(least[place]):
            assert totals[tuple(cover[place].tolist())] == least[place]


def test_prices_of_drawn_futures_see_what_one_average_future_does_not() -> None:
    """Ten are expected and ten are there: on average enough, in every second future one too few."""
    outlook, expected = scarce()
    fluid, stock = Fluid(outlook, POLICY), np.array([[11], [11]])
    certain = fluid.prices(expected, stock)
    drawn = bid_prices(fluid, expected, stock, futures=40, rng=np.random.default_rng(1))
    assert certain.minor.max() == 0
    assert 0 < drawn.minor.max() < LOST
    assert drawn.value_minor > certain.value_minor


def test_a_node_that_may_not_serve_gives_nothing() -> None:
    outlook, expected = scarce()
    shut = np.array([1, 0])
    barred = tuple(replace(field, barred=shut, reasons=("", "closed")) for field in outlook.fields)
    prices = Fluid(replace(outlook, fields=barred), POLICY).prices(expected, np.array([[50], [50]]))
    assert prices.value_minor == pytest.approx(10 * 700 + 10 * 100)
