"""What a unit is worth, item by item: against the programme of whole orders, and against plain reckoning."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.sourcing.model import Field, OrderKind, Outlook, Policy
from anyshelf.sourcing.rules.fluid import Fluid
from anyshelf.sourcing.rules.regions import centres_of, nearest_of, on_the_globe
from anyshelf.sourcing.rules.rolling import (
    Asked,
    expected_on_shelf,
    landscape,
    parcel_shares,
    sources_of,
    spread,
    worth_of,
)
from anyshelf.sourcing.rules.worth import ItemOutlook, ItemProgramme, poisson_below, shelf_worth, supply_from

LOST = 5_000.0
RNG = np.random.default_rng


def field_of(base: list[float]) -> Field:
    none = np.zeros(len(base))
    return Field(
        nodes=tuple(f"N{number}" for number in range(len(base))), distance_km=none,
        freight_base_minor=np.array(base, dtype=np.float64), freight_per_kg_minor=none,
        handling_minor_per_order=none, handling_minor_per_unit=none,
        barred=np.zeros(len(base), dtype=np.int64),
    )  # fmt: skip


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_an_item_alone_is_worth_what_the_programme_of_whole_orders_says(data: st.DataObject) -> None:
    """Orders of one piece of one item: then both programmes are the same.

    At the corners of the programme there is more than one price: it lies between what one unit more saves and
    what one unit less costs.
    """
    cost, nodes = st.integers(0, 900).map(float), data.draw(st.integers(1, 3))
    fields = [field_of([data.draw(cost) for _ in range(nodes)]) for _ in range(2)]
    lines = np.array([float(data.draw(st.integers(0, 9))) for _ in fields])
    stock = np.array([data.draw(st.integers(0, 12)) for _ in range(nodes)])
    prices = ItemProgramme(supply_from(fields, np.arange(nodes))).prices(
        ItemOutlook(weight_g=0, units_a_line=1.0, lines=lines, stock=stock, parcel_share=np.ones(nodes),
                    lost_minor=LOST),
        futures=0, rng=RNG(1),
    )  # fmt: skip
    whole = Fluid(
        Outlook(fields=tuple(fields), kinds=(OrderKind(items=(0,), quantities=(1,)),),
                weight_g=np.zeros(1, dtype=np.int64), lost_minor=np.array([LOST])),
        Policy(name="no penalty", split_penalty_minor=0),
    )  # fmt: skip
    least = whole.prices(lines[None], stock[:, None]).value_minor
    for node in range(nodes):
        more = whole.prices(lines[None], (stock + (np.arange(nodes) == node))[:, None]).value_minor
        fewer = np.maximum(stock - (np.arange(nodes) == node), 0)
        worse = whole.prices(lines[None], fewer[:, None]).value_minor
        assert prices[node] >= least - more - 0.1
        if stock[node]:
            assert prices[node] <= worse - least + 0.1


def test_stores_of_a_region_are_one_source_and_cost_what_they_cost_on_average() -> None:
    sources = sources_of(np.array([True, False, False]), np.array([0, 1, 1]))
    assert sources.tolist() == [0, 1, 1]
    supply = supply_from([field_of([100.0, 300.0, 500.0])], sources)
    assert supply.fixed_minor.tolist() == [[100.0, 400.0]]


def test_a_unit_is_worth_something_where_others_will_need_it() -> None:
    """The far place has nothing else; the near one can do with the other node at hardly more."""
    fields = [field_of([400.0, 450.0]), field_of([400.0, 1_400.0])]
    ground = landscape(fields, np.array([0, 1]), np.ones(2))
    asked = Asked(
        weight_g=0, price_minor=1_000, margin_minor=400, lines=np.array([50.0, 50.0]), expected=100.0,
        units_a_line=1.0, shelf=np.zeros(2), units=np.array([50, 80]),
    )  # fmt: skip
    worth = worth_of(ItemProgramme(ground.supply), ground, asked, np.ones(2), rng=RNG(1))
    assert worth[0] > 40
    assert worth[1] == 0


def test_what_the_stores_own_shoppers_will_ask_for_is_kept_for_them() -> None:
    fields = [field_of([100.0])]
    ground = landscape(fields, np.array([0]), np.ones(1))
    asked = Asked(
        weight_g=0, price_minor=1_000, margin_minor=400, lines=np.zeros(1), expected=0.0, units_a_line=1.0,
        shelf=np.array([2.0]), units=np.array([2]),
    )  # fmt: skip
    worth = worth_of(ItemProgramme(ground.supply), ground, asked, np.ones(1), rng=RNG(1))
    assert worth[0] == pytest.approx(400 * (1 - math.exp(-2) * (1 + 2)))


@given(st.integers(0, 600), st.floats(0.0, 600.0))
@settings(deadline=None)
def test_the_chance_to_be_asked_for_fewer_is_poissons(units: int, mean: float) -> None:
    found = float(poisson_below(np.array([units]), np.array([mean]))[0])
    plain = math.fsum(
        math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) if mean else float(number == 0)
        for number in range(units)
    )
    assert found == pytest.approx(plain, abs=0.03 if max(units, mean) > 200 else 1e-9)
    assert 0 <= float(shelf_worth(np.array([units]), np.array([mean]), 400.0)[0]) <= 400


def test_an_item_hardly_known_is_asked_for_where_all_others_are() -> None:
    places = np.array([0.75, 0.25])
    assert spread(np.zeros(2), 8.0, places).tolist() == [6.0, 2.0]
    much = spread(np.array([0.0, 2_000.0]), 8.0, places)
    assert much.sum() == pytest.approx(8)
    assert much[1] > 7.9


def test_a_line_bears_less_of_a_parcel_where_more_rides_along() -> None:
    assert parcel_shares(np.array([1.0, 0.0]), 4.0).tolist() == [0.25, 1.0]


def test_a_store_that_sold_nothing_yet_is_believed_to_sell_as_others_do() -> None:
    held = np.array([True, True, False])
    expected = expected_on_shelf(np.array([4.0, 0.0, 1.0]), held, belief=1.0)
    assert expected.tolist() == [3.0, 1.0, 1.0]


def test_a_few_places_stand_for_many_and_are_the_same_each_time() -> None:
    lat, lon = np.array([40.0, 40.2, 34.0, 34.1]), np.array([-74.0, -74.1, -118.0, -118.2])
    points = on_the_globe(lat, lon)
    centres = centres_of(points, np.array([3.0, 1.0, 2.0, 1.0]), 2)
    near = nearest_of(points, centres)
    assert near[0] == near[1] != near[2] == near[3]
    assert centres_of(points, np.array([3.0, 1.0, 2.0, 1.0]), 2).tolist() == centres.tolist()
