"""One person: profile, value, what to show them, and their rights over what we hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from anyshelf.ground.ids import new_id
from anyshelf.insight.rules import baskets, personal, worth
from anyshelf.insight.rules.worth import Bought
from anyshelf.main import app
from city import City
from people import People
from visitors import look_back

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CONTACT = {"name": "Ann Lee", "email": "ann@example.org", "phone": "512 555 0100"}


def person(city: City, value: str = "ann@example.org") -> str:
    city.settle()
    return str(city.post("/v1/people:find", {"kind": "email", "value": value})["person"])


def test_a_profile_tells_what_somebody_buys_where_and_how(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 9)
    city.pick_up(lamp, shop, contact=CONTACT)
    city.pick_up(lamp, shop, contact=CONTACT)
    city.carry_out(lamp, shop, contact=CONTACT)
    who = person(city)
    city.clock.wait(days=1)

    profile = city.get(f"/v1/people/{who}")

    assert profile["orders"] == 3
    assert profile["channels"] == {"web": 0.667, "till": 0.333}
    assert profile["methods"] == {"pickup": 0.667, "carry_out": 0.333}
    assert profile["stores"] == {"Austin": 1.0}
    assert (profile["value"]["orders"], profile["value"]["spent_minor"]) == (3, 7500)
    cohort = {"cohort": "2026-03", "month": 0, "people": 1, "spent_minor": 7500}
    assert city.get("/v1/insight/cohorts")["cohorts"] == [cohort]


def test_who_stays_away_beyond_their_pace_is_likely_gone() -> None:
    weekly = [0, 7, 14, 21, 28]

    assert worth.churn_risk(weekly, today=30, usual_days=30) < 0.1
    assert worth.churn_risk(weekly, today=200, usual_days=30) > 0.9


def test_value_sorts_those_who_come_back_before_those_who_came_once() -> None:
    regular = [Bought(day=day, amount_minor=3000) for day in range(0, 100, 10)]
    bought = {"regular": regular, "once": [Bought(day=5, amount_minor=3000)]}

    told = worth.values(bought, today=100)

    assert told["regular"].expected_minor > told["once"].expected_minor
    assert worth.values({}, today=1) == {}


def test_what_is_bought_again_and_what_goes_with_it_is_wanted() -> None:
    def basket(who: int, day: int, *items: int) -> baskets.Basket:
        return baskets.Basket(person=who, day=day, items=np.array(items))

    past = [basket(who, day, 0, 1) for who in range(5) for day in (1, 8)] + [basket(9, 2, 3)]
    learned = baskets.taste(past, 4)

    wanted = baskets.best(baskets.wanted(learned, [basket(7, 9, 0)], 10), 2)

    assert list(wanted) == [0, 1]
    assert list(baskets.best(np.array([1.0, 3.0, 2.0]), 2, but=[1])) == [2, 0]


def test_pairs_seen_too_seldom_teach_nothing() -> None:
    seldom = [baskets.Basket(person=who, day=1, items=np.array([0, 1])) for who in range(4)]

    assert baskets.taste(seldom, 2).beside == {}


def test_baskets_of_nobody_tell_what_goes_together_and_not_what_is_bought_again() -> None:
    known = [baskets.Basket(person=0, day=day, items=np.array([0])) for day in (1, 2)]
    strange = [baskets.Basket(person=baskets.NOBODY, day=1, items=np.array([0, 1])) for _ in range(9)]

    alone, both = baskets.taste(known, 2), baskets.taste([*known, *strange], 2)

    assert list(alone.again) == list(both.again)
    assert alone.beside == {}
    assert list(both.beside[0][0]) == [1]


def test_one_in_ten_is_held_out_always_the_same() -> None:
    people = [new_id() for _ in range(2000)]
    out = [personal.held_out("main", each) for each in people]

    assert out == [personal.held_out("main", each) for each in people]
    assert 140 < sum(out) < 260


def test_lift_comes_with_an_interval_that_knows_how_little_is_known() -> None:
    told = personal.lift([(False, 900, 180, 5000), (True, 100, 10, 400)])
    few = personal.lift([(False, 9, 2, 50), (True, 1, 0, 0)])

    assert told["lift"] == 0.1
    low, high = told["interval"]
    assert 0 < low < 0.1 < high
    assert few["interval"][0] < 0 < few["interval"][1]
    assert personal.lift([])["lift"] is None


def test_what_is_shown_lies_on_a_shelf_near_the_shopper(city: City) -> None:
    near, far = city.store("Near"), city.store("Far", lat=45.0, lon=-90.0)
    for item in ("LAMP", "BULB"):
        near.has(item, 20)
    far.has("VASE", 20)
    for _ in range(5):
        lines = [{"item": item, "quantity": 1} for item in ("LAMP", "BULB")]
        city.order("LAMP", lines=lines, contact={**CONTACT, "email": f"{new_id()}@example.org"})
        city.order("VASE")
    city.carry_out("LAMP", near, contact=CONTACT)
    who = person(city)
    assert city.post(f"/v1/people/{who}:recommend", {})["items"] == []
    city.clock.wait(days=1)
    look_back(city)

    all_over = city.post(f"/v1/people/{who}:recommend", {"limit": 5})
    here = city.post(f"/v1/people/{who}:recommend", {"limit": 5, "near": {"lat": 30.3, "lon": -97.7}})

    assert {each["item"] for each in all_over["items"]} >= {"BULB", "VASE"}
    assert "VASE" not in {each["item"] for each in here["items"]}
    assert here["items"][0]["nodes"] == ["Near"]
    city.clock.wait(days=1)
    lift = city.get("/v1/insight/lift")
    assert lift["shown"]["people"] + lift["held_out"]["people"] == 1


# Rights


@pytest.fixture
def run(city: City, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ANYSHELF_DATABASE_URL", database_url)
    city.settle()
    return lambda *words: CliRunner().invoke(app, list(words))


def test_a_person_is_handed_all_we_hold_and_then_forgotten(city: City, run: Any) -> None:
    shop = city.store("Austin")
    order = city.pick_up(shop.has("LAMP", 9), shop, contact=CONTACT)
    under_way = city.pick_up("LAMP", shop, contact={**CONTACT, "email": "bob@example.org", "name": "Bob Ray"})
    People(city).see_through(order)
    city.settle()

    held = json.loads(run("export", "--person", "email:ann@example.org").output)
    gone = run("erase", "--person", "email:ann@example.org", "--yes")

    assert "Pickup Collected" in {step["name"] for step in held["journey"]["steps"]}
    assert held["orders"][0]["contact"]["name"] == "Ann Lee"
    assert gone.exit_code == 0, gone.output
    assert run("export", "--person", "email:ann@example.org").exit_code == 2
    assert city.post("/v1/people:find", {"kind": "email", "value": "ann@example.org"}).status == 404
    assert "Ann Lee" not in json.dumps(city.show(order).body)
    city.clock.wait(hours=1)
    assert city.get("/v1/kpis")["groups"][0]["kpis"]["orders"]["value"] == 2
    assert person(city, "bob@example.org")
    assert "still under way" in run("erase", "--person", "email:bob@example.org", "--yes").output
    assert city.audit() == []
    assert under_way.status == 201


def test_rights_need_a_person_that_can_be_named(run: Any) -> None:
    for words in (["export"], ["export", "--person", "ann"], ["erase", "--person", "shoe:42", "--yes"]):
        assert run(*words).exit_code == 2


def test_the_export_grows_by_what_is_new_and_names_nobody(city: City, run: Any, tmp_path: Path) -> None:
    shop = city.store("Austin")
    city.carry_out(shop.has("LAMP", 9), shop, contact=CONTACT)
    city.settle()
    first = run("export", str(tmp_path))
    with city.database.transaction() as tx:
        tx.execute("UPDATE outbox_readers SET sequence = sequence")
    city.clock.wait(hours=1)
    city.carry_out("LAMP", shop, contact=CONTACT)
    city.settle()

    second = run("export", str(tmp_path))

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    steps = pq.ParquetDataset(tmp_path / "steps").read().to_pylist()
    assert [step["name"] for step in steps].count("Order Placed") == 2
    assert len({step["person"] for step in steps if step["name"] == "Order Placed"}) == 1
    assert len(pq.ParquetDataset(tmp_path / "orders").read().to_pylist()) == 2
    assert "example.org" not in str(steps)
    assert run("export", str(tmp_path)).output.startswith("steps: 0 rows")


def test_an_export_that_was_killed_between_a_page_and_its_mark_has_no_row_twice(
    city: City, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = city.store("Austin")
    city.carry_out(shop.has("LAMP", 9), shop, contact=CONTACT)
    city.settle()
    city.clock.wait(hours=1)

    with monkeypatch.context() as killed:
        killed.setattr(Path, "write_text", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run("export", str(tmp_path)).exit_code != 0
    assert list((tmp_path / "steps").glob("*.parquet"))
    city.carry_out("LAMP", shop, contact=CONTACT)
    city.settle()
    assert run("export", str(tmp_path)).exit_code == 0

    for table, key in (("steps", "message_id"), ("orders", "order_id"), ("lines", "order_id")):
        keys = [row[key] for row in pq.ParquetDataset(tmp_path / table).read().to_pylist()]
        assert len(keys) == len(set(keys)) > 0, table
