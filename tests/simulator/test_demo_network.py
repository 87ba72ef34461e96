"""The demo's network: the same for the same seed, credible, and read by `load` without a bad row."""

import csv
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.files import load
from anyshelf.ground.db import Database
from anyshelf.ground.markets import open_market
from anyshelf.network import service as network
from anyshelf.simulator.demo import drawn_visits, write_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def prints(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    write_demo(tmp_path)

    assert prints(tmp_path) == prints(demo)


def test_another_seed_gives_other_stock(demo: Path, tmp_path: Path) -> None:
    write_demo(tmp_path, seed=8)

    assert prints(tmp_path)["stock.csv"] != prints(demo)["stock.csv"]


def test_it_is_written_in_under_two_seconds(tmp_path: Path) -> None:
    start = time.process_time()
    write_demo(tmp_path)

    assert time.process_time() - start < 2


def test_there_are_stores_centres_and_vendors(demo: Path) -> None:
    assert Counter(row["kind"] for row in rows(demo, "nodes")) == {"store": 300, "dc": 6, "vendor": 5}


@pytest.mark.parametrize("stores", [1, 40, 3000])
def test_as_many_stores_as_asked_for(tmp_path: Path, stores: int) -> None:
    write_demo(tmp_path, stores=stores)
    codes = [row["node"] for row in rows(tmp_path, "nodes") if row["kind"] == "store"]

    assert len(set(codes)) == len(codes) == stores


def test_every_place_has_hours_and_a_time_zone_the_network_can_read(demo: Path) -> None:
    for row in rows(demo, "nodes"):
        network.checked_hours(row["hours"])
        network.checked_timezone(row["timezone"])


def test_items_have_names_and_numbers_of_their_own(demo: Path) -> None:
    items = rows(demo, "items")

    assert len(items) == 1006
    assert len({row["name"] for row in items}) == len({row["gtin"] for row in items}) == 1006
    for row in items:
        assert len(row["gtin"]) == 13
        catalogue.checked_gtin(row["gtin"])


def test_items_cost_less_than_they_sell_for_and_weigh_something(demo: Path) -> None:
    for row in rows(demo, "items"):
        assert 0 < float(row["cost"]) < float(row["price"])
        assert int(row["weight_g"]) > 0


def test_gift_sets_are_made_of_items_and_cost_less_than_they_do(demo: Path) -> None:
    prices = {row["item"]: float(row["price"]) for row in rows(demo, "items")}
    parts: dict[str, float] = {}
    for row in rows(demo, "kits"):
        parts[row["kit"]] = parts.get(row["kit"], 0.0) + prices[row["item"]] * int(row["quantity"])

    assert sorted(parts) == [f"GIFT-{number:04d}" for number in range(1, 7)]
    assert all(0.8 * parts[kit] < prices[kit] < parts[kit] for kit in parts)
    assert not parts.keys() & {row["item"] for row in rows(demo, "stock")}


def test_stores_carry_about_a_third_and_centres_nearly_all(demo: Path) -> None:
    kinds = {row["node"]: row["kind"] for row in rows(demo, "nodes")}
    carried = Counter(kinds[row["node"]] for row in rows(demo, "stock"))

    assert 0.25 < carried["store"] / (300 * 1000) < 0.35
    assert carried["dc"] / (6 * 1000) > 0.95
    assert carried["vendor"] > 0


def test_supply_is_on_its_way_from_the_day_given(tmp_path: Path) -> None:
    write_demo(tmp_path, stores=10, today=date(2030, 1, 1))
    arrivals = [datetime.fromisoformat(row["arrives_at"]) for row in rows(tmp_path, "expected")]

    assert min(arrivals) > datetime(2030, 1, 1, tzinfo=UTC)
    assert max(arrivals) < datetime(2030, 2, 1, tzinfo=UTC)


def test_every_channel_that_is_served_is_told_of(demo: Path) -> None:
    served = {channel for row in rows(demo, "nodes") for channel in row["channels"].split(";")}

    assert served == {row["channel"] for row in rows(demo, "channels")}


def test_express_costs_more_than_ground_and_far_more_than_near(demo: Path) -> None:
    rates = {
        (r["service"], int(r["zone"]), int(r["weight_g_max"])): float(r["amount"])
        for r in rows(demo, "rates")
    }

    assert {zone for _, zone, _ in rates} == set(range(2, 9))
    for (service, zone, weight_g), amount in rates.items():
        if service == "ground":
            assert rates["express", zone, weight_g] > amount
            assert rates.get((service, zone + 1, weight_g), amount + 1) > amount


def test_load_takes_all_of_it_without_a_bad_row(demo: Path, database: Database) -> None:
    with database.transaction() as tx:
        open_market(tx, "demo", currency="USD")

    report = load(database, "demo", demo, now=datetime(2026, 11, 23, tzinfo=UTC))

    assert report.loaded
    assert report.bad_rows == ()
    assert {each.file: each.loaded for each in report.files}["stock.csv"] == len(rows(demo, "stock"))


def test_every_channel_draws_on_the_nodes_that_serve_it(demo: Path, database: Database) -> None:
    with database.transaction() as tx:
        open_market(tx, "demo", currency="USD")
    load(database, "demo", demo, now=datetime(2026, 11, 23, tzinfo=UTC))

    with database.transaction() as tx:
        atlas = network.atlas(tx, "demo")

    kinds = {
        channel: Counter(atlas.nodes[place].kind for place in network.reach(atlas, channel).tolist())
        for channel in atlas.channels
    }
    everywhere = {"store": 300, "dc": 6, "vendor": 5}
    assert kinds["web"] == kinds["app"] == kinds["call_centre"] == everywhere
    assert kinds["marketplace"] == {"dc": 6}
    assert kinds["till"] == {"store": 300, "dc": 6}


def test_the_same_visits_are_drawn_again_and_a_phone_could_not_pay() -> None:
    until = datetime(2026, 3, 2, tzinfo=UTC)
    drawn, again = (drawn_visits(["LAMP", "BOOT"], seed=7, until=until, currency="USD") for _ in range(2))

    assert drawn == again
    assert all(step.timestamp and step.timestamp < until + timedelta(hours=1) for step in drawn)
    failed = [step for step in drawn if step.event == "Payment Failed"]
    assert len(failed) > 30
    assert {step.properties["platform"] for step in failed} == {"mobile"}
