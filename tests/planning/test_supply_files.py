"""How goods may be ordered: days, lead times, trucks, packs, minimums and shelves, said and kept to."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shops_played import item, plan, shelve, sold_before, steadily, suggested

from anyshelf.doors.files.loading import load
from anyshelf.planning.rules import Load, filled
from anyshelf.planning.rules.replenishing import in_packs
from city import MARKET, City, Place

Shop = tuple[City, Place, Place]


def ordering(city: City, **rule: Any) -> None:
    answer = city.call("PUT", "/v1/planning/supply", {"rules": [rule]})
    assert answer.status == 200, answer.body


def test_nothing_is_suggested_on_a_day_without_orders(shop: Shop) -> None:
    city, _, _ = shop  # it is Monday
    ordering(city, node="Austin", order_days="Tu,Fr")
    plan(city)
    assert suggested(city, "replenish") == []

    city.clock.wait(days=1)
    plan(city)
    assert len(suggested(city, "replenish")) == 1


def test_an_order_lasts_until_the_next_day_of_orders(shop: Shop) -> None:
    city, _, _ = shop
    city.call("PUT", "/v1/planning/terms", {"period_days": 1, "periods": 280})
    ordering(city, node="Austin", order_days="Mo-Su")
    plan(city)
    daily = suggested(city, "replenish")[0]["quantity"]
    ordering(city, node="Austin", order_days="Mo")
    plan(city)

    assert suggested(city, "replenish")[0]["quantity"] >= daily + 4


def test_whole_packs_are_ordered_and_no_less_than_the_minimum(shop: Shop) -> None:
    city, _, _ = shop
    ordering(city, item="LAMP", pack=8)
    plan(city)
    (found,) = suggested(city, "replenish")
    assert found["quantity"] % 8 == 0
    assert "In packs of 8." in found["reasons"]

    ordering(city, node="Austin", item="LAMP", minimum=40)
    plan(city)
    (found,) = suggested(city, "replenish")
    assert found["quantity"] == 40
    assert "At least 40 are ordered." in found["reasons"]


def test_no_more_than_the_shelf_takes(shop: Shop) -> None:
    city, _, _ = shop
    ordering(city, node="Austin", item="LAMP", shelf=6)
    plan(city)
    (found,) = suggested(city, "replenish")

    assert found["quantity"] == 4  # two are there
    assert "The shelf takes 6." in found["reasons"]


def test_the_closest_rule_counts(shop: Shop) -> None:
    city, _, _ = shop
    ordering(city, pack=5)
    ordering(city, node="Austin", item="LAMP", pack=7)
    plan(city)

    assert suggested(city, "replenish")[0]["quantity"] % 7 == 0
    assert suggested(city, "replenish")[0]["figures"]["class"] == "A"
    assert 90 <= suggested(city, "replenish")[0]["figures"]["service_percent"] <= 100


def test_a_lead_time_that_is_told_counts_before_the_terms(shop: Shop) -> None:
    city, _, _ = shop
    ordering(city, node="Austin", lead_days=21)
    plan(city)
    (found,) = suggested(city, "replenish")

    assert found["arrives_at"][:10] == str((city.clock.now() + timedelta(days=21)).date())


def test_the_last_truck_is_filled_before_it_is_accepted(city: City) -> None:
    austin, dallas = city.store("Austin"), city.dc("Dallas")
    for code, mean in (("LAMP", 6.0), ("SLED", 3.0)):
        item(city, code, weight_g=2_000)
        shelve(city, austin, code, 1)
        shelve(city, dallas, code, 300)
        sold_before(city, austin, code, steadily(mean))
    ordering(city, node="Austin", truck_kg=100)
    city.call("PUT", "/v1/planning/automation/replenish", {"quantity_max": 500, "value_max_minor": 10**7})
    run = plan(city)
    found = suggested(city, "replenish", "accepted")

    assert run.accepted == len(found) == 2
    assert sum(each["quantity"] for each in found) * 2 == 100
    assert all("100 of 100 kg" in each["reasons"][-1] for each in found)


@given(
    st.lists(
        st.builds(
            Load, quantity=st.integers(1, 40), weight_g=st.integers(0, 3000), pack=st.integers(1, 6),
            have=st.integers(0, 20), daily=st.floats(0.0, 5.0), room=st.integers(0, 60),
        ),
        max_size=6,
    ),
    st.integers(1_000, 50_000),
)  # fmt: skip
def test_a_truck_is_filled_within_bounds(loads: list[Load], truck_g: int) -> None:
    units = filled(loads, truck_g)
    before = sum(each.quantity * each.weight_g for each in loads)
    after = sum(each.weight_g * more for each, more in zip(loads, units, strict=True))

    assert -(-after // truck_g) == -(-before // truck_g)
    for each, more in zip(loads, units, strict=True):
        assert each.quantity <= more <= each.quantity + each.room
        assert (more - each.quantity) % each.pack == 0


@given(st.data())
def test_shares_are_whole_packs_of_what_there_is(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5))

    def draw(low: int, high: int) -> np.ndarray:
        return np.array(data.draw(st.lists(st.integers(low, high), min_size=count, max_size=count)))

    pack = draw(1, 5)
    wanted = draw(0, 6) * pack
    share = np.minimum(draw(0, 30), wanted)
    there = int(share.sum())
    minimum = draw(0, 8)
    found = in_packs(share, wanted, pack, minimum, there)

    assert (found % pack == 0).all()
    assert (found <= wanted).all()
    assert found.sum() <= there
    assert ((found == 0) | (found >= minimum)).all()


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"node": "NOWHERE", "pack": 2}, "node"),
        ({"item": "NOTHING", "pack": 2}, "item"),
        ({"node": "Austin", "item": "LAMP", "order_days": "Mo"}, "order_days"),
        ({"node": "Austin", "order_days": "Someday"}, "order_days"),
        ({"node": "Austin", "pack": 0}, "pack"),
    ],
)
def test_a_rule_that_cannot_be_is_named(shop: Shop, rule: dict[str, Any], field: str) -> None:
    city, _, _ = shop
    refused = city.call("PUT", "/v1/planning/supply", {"rules": [rule]})

    assert refused.status == 422
    assert field in str(refused.body)


def test_rules_are_loaded_from_a_file_and_bad_rows_are_told(shop: Shop, tmp_path: Path) -> None:
    city, _, _ = shop
    head = "node,item,order_days,lead_days,truck_kg,pack,minimum,shelf\n"
    good = 'Austin,,"Tu,Fr; PH off",2,800,,,\n*,LAMP,,,,6,12,\nAustin,LAMP,,,,,,24\n'
    bad = "NOWHERE,,,,,2,,\nAustin,LAMP,Mo,,,,,\nAustin,,Someday,,,,,\n*,LAMP,,,,0,,\n"
    (tmp_path / "supply.csv").write_text(head + good + bad)
    refused = load(city.database, MARKET, tmp_path, now=city.clock.now())

    assert not refused.loaded
    assert [(each.line, each.column) for each in refused.bad_rows] == [
        (5, "node"), (6, "order_days"), (7, "order_days"), (8, "pack"),
    ]  # fmt: skip
    assert city.get("/v1/planning/supply")["rules"] == []

    (tmp_path / "supply.csv").write_text(head + good)
    assert load(city.database, MARKET, tmp_path, now=city.clock.now()).loaded
    rules = city.get("/v1/planning/supply")["rules"]
    assert [(each["node"], each["item"], each["pack"]) for each in rules] == [
        ("", "LAMP", 6), ("Austin", "", None), ("Austin", "LAMP", None),
    ]  # fmt: skip


def test_sales_on_an_empty_shelf_are_the_least_that_was_wanted(city: City) -> None:
    """Two stores sell the same; one of them sold all it had, so it wants more."""
    austin, boston = city.store("Austin"), city.store("Boston", lat=42.4, lon=-71.1)
    for place, each in ((austin, 4), (boston, 40)):
        place.has("LAMP", 40)
        for week in range(8):
            shelve(city, place, "LAMP", 40 if week < 4 else each)
            for _ in range(8 if week < 4 else 4):
                assert city.carry_out("LAMP", place).status == 201
            city.wait(days=7)
    plan(city)
    mean = {
        each["node"]: each["periods"][0]["mean"]
        for each in city.get("/v1/planning/forecasts?item=LAMP")["forecasts"]
    }

    assert mean["Austin"] > mean["Boston"] + 0.5


def test_a_short_delivery_is_shared_out_and_suggested(shop: Shop) -> None:
    city, _, dallas = shop
    houston = city.store("Houston", lat=29.8, lon=-95.4)
    shelve(city, houston, "LAMP", 9)
    sold_before(city, houston, "LAMP", steadily(6.0, seed=2))
    plan(city)
    asked = {"item": "LAMP", "node": "Dallas", "quantity": 8}

    found = city.post("/v1/planning/allocations", asked)
    shares = {each["node"]: each["quantity"] for each in found["shares"]}
    assert sum(shares.values()) + found["left"] == 8
    assert shares["Austin"] > shares.get("Houston", 0)
    assert found["channels"] == {"till": 8}
    before = {each["node"]: each["quantity"] for each in suggested(city, "replenish")}
    assert before != shares

    city.twice("/v1/planning/allocations", {**asked, "suggest": True})
    assert {each["node"]: each["quantity"] for each in suggested(city, "replenish")} == shares
    assert dallas.stock("LAMP") == {"on_hand": 60}


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"item": "NOTHING"}, "item"), ({"node": "Austin"}, "node"), ({"quantity": 0}, "quantity")],
)
def test_what_cannot_be_shared_out_is_named(shop: Shop, changed: dict[str, Any], field: str) -> None:
    city, _, _ = shop
    refused = city.post(
        "/v1/planning/allocations", {"item": "LAMP", "node": "Dallas", "quantity": 8, **changed}
    )

    assert refused.status == 422
    assert field in str(refused.body)
