"""Distances and zones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.network.rules.places import (
    KM_PER_MILE,
    distances_km,
    haversine_km,
    prefixes,
    unit_vectors,
    zone_by_distance,
    zone_by_table,
    zones_by_distance,
)

lats, lons = st.floats(-90, 90), st.floats(-180, 180)


def test_new_york_to_los_angeles() -> None:
    assert haversine_km(40.6943, -73.9249, 34.1141, -118.4068) == pytest.approx(3973, rel=0.005)


@given(lats, lons, lats, lons)
def test_many_distances_are_as_one_by_one(lat: float, lon: float, other_lat: float, other_lon: float) -> None:
    many = distances_km(
        unit_vectors(np.array([lat, other_lat]), np.array([lon, other_lon])), other_lat, other_lon
    )
    assert many[0] == pytest.approx(haversine_km(lat, lon, other_lat, other_lon), rel=1e-6, abs=1e-3)
    assert many[1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("miles", "zone"),
    [(0, 2), (150, 2), (151, 3), (300, 3), (600, 4), (1000, 5), (1400, 6), (1800, 7), (1801, 8)],
)
def test_zones_by_distance(miles: float, zone: int) -> None:
    assert zone_by_distance(miles * KM_PER_MILE) == zone


@given(st.lists(st.floats(0, 20_000), max_size=20))
def test_many_zones_are_as_one_by_one(distances: list[float]) -> None:
    assert zones_by_distance(np.array(distances)).tolist() == [zone_by_distance(one) for one in distances]


def test_the_longest_prefix_decides() -> None:
    table = {("9", "1"): 2, ("9", "10"): 3, ("90", "10"): 4}
    assert zone_by_table(table, "90210", "10001") == 4
    assert zone_by_table(table, "91000", "10001") == 3
    assert zone_by_table(table, "91000", "11001") == 2
    assert zone_by_table(table, "80000", "10001") == 0


def test_postal_codes_are_compared_without_spaces() -> None:
    assert prefixes("sw1 a") == ["SW1A", "SW1", "SW", "S"]
