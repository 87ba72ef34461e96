"""Tariffs and the lines drawn through them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.network.model import Rate, Tariff
from anyshelf.network.rules.freight import (
    amount_minor,
    default_transit_days,
    freight_line,
    parcels,
    tariffs,
    transit_days,
)

TARIFF = Tariff(weights_g_max=(500, 1000, 5000), amounts_minor=(400, 600, 1000))

tariff_steps = st.dictionaries(st.integers(1, 70_000), st.integers(0, 100_000), min_size=1, max_size=30).map(
    lambda steps: Tariff(
        weights_g_max=tuple(sorted(steps)), amounts_minor=tuple(steps[w] for w in sorted(steps))
    )
)


@pytest.mark.parametrize(("weight_g", "amount"), [(0, 400), (500, 400), (501, 600), (5000, 1000)])
def test_a_weight_pays_the_first_step_it_fits(weight_g: int, amount: int) -> None:
    assert amount_minor(TARIFF, weight_g) == amount


def test_what_is_too_heavy_goes_in_several_parcels() -> None:
    assert (parcels(TARIFF, 10_400), amount_minor(TARIFF, 10_400)) == (3, 1000 + 1000 + 400)
    assert (parcels(TARIFF, 10_000), amount_minor(TARIFF, 10_000)) == (2, 2000)


@given(tariff_steps, st.integers(0, 300_000))
def test_the_amount_is_what_filling_parcels_one_by_one_gives(tariff: Tariff, weight_g: int) -> None:
    left, paid, count = weight_g, 0, 0
    while left > tariff.weights_g_max[-1]:
        left, paid, count = left - tariff.weights_g_max[-1], paid + tariff.amounts_minor[-1], count + 1
    step = next(place for place, most in enumerate(tariff.weights_g_max) if most >= left)
    if count < 2000:
        assert amount_minor(tariff, weight_g) == paid + tariff.amounts_minor[step]
        assert parcels(tariff, weight_g) == count + 1


def test_a_straight_tariff_is_its_own_line() -> None:
    kilograms = (1, 2, 5, 10, 30)
    line = freight_line(
        Tariff(
            weights_g_max=tuple(kg * 1000 for kg in kilograms),
            amounts_minor=tuple(500 + 40 * kg for kg in kilograms),
        )
    )
    assert line.base_minor == pytest.approx(500)
    assert line.per_kg_minor == pytest.approx(40)


@given(tariff_steps)
def test_no_part_of_a_line_is_negative(tariff: Tariff) -> None:
    line = freight_line(tariff)
    assert line.base_minor >= 0
    assert line.per_kg_minor >= 0


def test_rates_become_tariffs_and_transit_days() -> None:
    rates = [
        Rate(service="ground", zone=3, weight_g_max=1000, amount_minor=600),
        Rate(service="ground", zone=3, weight_g_max=500, amount_minor=400),
        Rate(service="air", zone=3, weight_g_max=500, amount_minor=900, transit_days=1),
    ]
    assert tariffs(rates)["ground", 3] == Tariff(weights_g_max=(500, 1000), amounts_minor=(400, 600))
    assert transit_days(rates) == {("ground", 3): 2, ("air", 3): 1}
    assert [default_transit_days(zone) for zone in (2, 3, 4, 5, 6, 7, 8, 44)] == [1, 2, 3, 4, 4, 5, 5, 7]
