"""Planning in a running city: what it suggests, what becomes of it, what it warns of."""

from datetime import timedelta
from typing import Any

import pytest
from shops_played import item, plan, shelve, sold_before, steadily, suggested

from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Lane
from anyshelf.orders import service as orders
from city import MARKET, Answer, City, Place


def alerts(city: City, kind: str) -> list[dict[str, Any]]:
    return list(city.get(f"/v1/planning/alerts?kind={kind}")["alerts"])


def test_a_store_that_runs_out_is_sent_what_it_will_sell(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    run = plan(city)
    (found,) = suggested(city, "replenish")

    assert run.series == 2
    assert (found["from_node"], found["node"], found["item"]) == ("Dallas", "Austin", "LAMP")
    assert 8 <= found["quantity"] <= 22
    assert float(found["worth"]["amount"]) > 0
    assert "2 to sell" in found["reasons"][0]


def test_what_comes_too_late_does_not_keep_a_store_from_ordering(shop: tuple[City, Place, Place]) -> None:
    city, austin, _ = shop
    city.expect(austin, "LAMP", 500, "PO-LATE", days=60)
    plan(city)

    assert suggested(city, "replenish")[0]["quantity"] >= 8


def test_a_store_is_fed_by_the_quickest_lane(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    reno = city.dc("Reno", lat=39.6, lon=-119.9)
    shelve(city, reno, "LAMP", 60)
    lane = Lane(origin="Reno", destination="Austin", mode="transfer", transit_days=2)
    with city.database.transaction() as tx:
        network.save_lanes(tx, MARKET, [lane])
    plan(city)

    assert [each["from_node"] for each in suggested(city, "replenish")] == ["Reno"]


def test_an_accepted_transfer_is_kept_expected_sent_and_received(shop: tuple[City, Place, Place]) -> None:
    city, austin, dallas = shop
    plan(city)
    found = suggested(city, "replenish")[0]
    way, units = f"/v1/planning/suggestions/{found['suggestion_id']}", found["quantity"]

    accepted = city.twice(f"{way}:accept")
    assert accepted["state"] == "accepted"
    assert dallas.stock("LAMP") == {"on_hand": 60, "reserved": units}
    coming = city.get("/v1/availability?item=LAMP&channel=web&limit=10")["items"][0]["nodes"]
    expected = [each["expected"] for each in coming if each["node"] == "Austin"]
    assert [sum(each["quantity"] for each in there) for there in expected] == [units]

    city.twice(f"{way}:dispatch")
    assert dallas.stock("LAMP") == {"on_hand": 60 - units}
    assert city.positions("LAMP")["Austin"]["in_transit"] == units

    city.twice(f"{way}:receive")
    assert austin.stock("LAMP") == {"on_hand": 2 + units}
    assert city.positions("LAMP")["Austin"]["in_transit"] == 0
    assert city.audit() == []


def test_what_is_accepted_is_not_suggested_again(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    plan(city)
    city.post(f"/v1/planning/suggestions/{suggested(city, 'replenish')[0]['suggestion_id']}:accept")

    plan(city)

    assert suggested(city, "replenish") == []
    assert len(suggested(city, "replenish", "accepted")) == 1


def test_a_newer_plan_replaces_what_nobody_decided_on(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    plan(city)
    plan(city)

    assert len(suggested(city, "replenish")) == 1
    assert len(suggested(city, "replenish", "replaced")) == 1


def test_what_is_missing_of_a_transfer_is_lost_and_expected_no_more(shop: tuple[City, Place, Place]) -> None:
    city, austin, _ = shop
    plan(city)
    found = suggested(city, "replenish")[0]
    way, units = f"/v1/planning/suggestions/{found['suggestion_id']}", found["quantity"]
    city.post(f"{way}:accept")
    city.post(f"{way}:dispatch")

    received = city.twice(f"{way}:receive", {"quantity": units - 3})

    assert received["note"] == "3 were missing."
    assert austin.stock("LAMP") == {"on_hand": 2 + units - 3}
    assert city.positions("LAMP")["Austin"]["in_transit"] == 0
    with city.database.transaction() as tx:
        assert inventory.coming(tx, MARKET, ["LAMP"]) == []
    assert city.audit() == []


def test_a_warehouse_buys_for_itself_and_its_stores(shop: tuple[City, Place, Place]) -> None:
    city, _, dallas = shop
    shelve(city, dallas, "LAMP", 4)
    plan(city)
    (found,) = suggested(city, "purchase")

    assert (found["node"], found["from_node"]) == ("Dallas", None)
    assert 12 <= found["quantity"] <= 36

    way = f"/v1/planning/suggestions/{found['suggestion_id']}"
    reference = city.post(f"{way}:accept")["reference"]
    city.receive(dallas, "LAMP", found["quantity"], reference)

    assert dallas.stock("LAMP")["on_hand"] == 4 + found["quantity"]
    with city.database.transaction() as tx:
        assert inventory.coming(tx, MARKET, ["LAMP"]) == []


def test_a_short_warehouse_shares_what_it_has(shop: tuple[City, Place, Place]) -> None:
    city, _, dallas = shop
    houston = city.store("Houston", lat=29.8, lon=-95.4)
    shelve(city, houston, "LAMP", 9)
    sold_before(city, houston, "LAMP", steadily(6.0, seed=2))
    shelve(city, dallas, "LAMP", 8)

    plan(city)
    found = {each["node"]: each for each in suggested(city, "replenish")}

    assert sum(each["quantity"] for each in found.values()) == 8
    assert found["Austin"]["quantity"] > 5
    assert "8 to share" in found["Austin"]["reasons"][1]


def test_goods_go_from_where_they_lie_to_where_they_sell(city: City) -> None:
    austin, houston = city.store("Austin"), city.store("Houston", lat=29.8, lon=-95.4)
    dallas = city.dc("Dallas")
    item(city, "LAMP", price=9000, cost=3000)
    shelve(city, austin, "LAMP", 40)
    shelve(city, houston, "LAMP", 1)
    shelve(city, dallas, "LAMP", 0)
    sold_before(city, austin, "LAMP", [0, 1] * 20)
    sold_before(city, houston, "LAMP", steadily(5.0))

    plan(city)
    (found,) = suggested(city, "rebalance")

    assert (found["from_node"], found["node"]) == ("Austin", "Houston")
    assert 4 <= found["quantity"] <= 20


def test_a_journey_that_costs_more_than_it_earns_is_not_made(city: City) -> None:
    austin, houston = city.store("Austin"), city.store("Houston", lat=29.8, lon=-95.4)
    city.dc("Dallas")
    item(city, "LAMP", price=120, cost=100)
    shelve(city, austin, "LAMP", 40)
    shelve(city, houston, "LAMP", 1)
    sold_before(city, austin, "LAMP", [0, 1] * 20)
    sold_before(city, houston, "LAMP", steadily(5.0))

    plan(city)

    assert suggested(city, "rebalance") == []


def test_a_planner_changes_a_suggestion_and_dismisses_another(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    plan(city)
    way = f"/v1/planning/suggestions/{suggested(city, 'replenish')[0]['suggestion_id']}"

    edited = city.twice(f"{way}:edit", {"quantity": 3})
    assert (edited["quantity"], edited["state"]) == (3, "open")
    dismissed = city.twice(f"{way}:dismiss", {"reason": "The store closes."})
    assert (dismissed["state"], dismissed["note"]) == ("dismissed", "The store closes.")
    assert city.post(f"{way}:accept").problem == "out-of-turn"


def test_more_than_a_node_has_cannot_be_accepted(shop: tuple[City, Place, Place]) -> None:
    city, _, dallas = shop
    plan(city)
    way = f"/v1/planning/suggestions/{suggested(city, 'replenish')[0]['suggestion_id']}"

    refused = city.post(f"{way}:accept", {"quantity": 61})

    assert refused.problem == "shortage"
    assert refused["lines"][0]["available"] == 60
    assert dallas.stock("LAMP") == {"on_hand": 60}
    assert len(suggested(city, "replenish")) == 1


def test_nothing_leaves_before_it_is_accepted(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    plan(city)
    way = f"/v1/planning/suggestions/{suggested(city, 'replenish')[0]['suggestion_id']}"

    assert city.post(f"{way}:dispatch").problem == "out-of-turn"
    assert city.post(f"{way}:receive").problem == "out-of-turn"
    city.post(f"{way}:accept")
    assert city.post(f"{way}:receive").problem == "out-of-turn"


def test_small_transfers_are_accepted_by_rule(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    rule = {"quantity_max": 50, "value_max_minor": 100_000}
    assert city.call("PUT", "/v1/planning/automation/replenish", rule).status == 200

    run = plan(city)

    assert run.accepted == 1
    (found,) = suggested(city, "replenish", "accepted")
    assert found["decided_by"] == "rule"


def test_a_rule_lets_nothing_pass_that_is_too_large(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    city.call("PUT", "/v1/planning/automation/replenish", {"quantity_max": 50, "value_max_minor": 1_000})

    assert plan(city).accepted == 0


def test_a_stockout_is_told_before_it_happens(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    plan(city)
    (found,) = alerts(city, "stockout")

    assert (found["node"], found["item"]) == ("Austin", "LAMP")
    assert 0 < found["days_of_supply"] < 7
    assert float(found["at_stake"]["amount"]) > 25


def test_an_alert_closes_when_its_reason_is_gone(shop: tuple[City, Place, Place]) -> None:
    city, austin, _ = shop
    plan(city)
    shelve(city, austin, "LAMP", 40)
    plan(city)

    assert alerts(city, "stockout") == []


def test_too_much_and_too_slow_are_told_with_the_money_in_them(city: City) -> None:
    austin = city.store("Austin")
    item(city, "LAMP", cost=1500)
    item(city, "SLED", cost=1000)
    shelve(city, austin, "LAMP", 300)
    shelve(city, austin, "SLED", 9)
    sold_before(city, austin, "LAMP", steadily(2.0))
    sold_before(city, austin, "SLED", [1, 0, 2, 0, 1] * 4 + [0] * 20)
    plan(city)

    assert alerts(city, "overstock")[0]["item"] == "LAMP"
    assert float(alerts(city, "overstock")[0]["at_stake"]["amount"]) > 2_000
    assert [(each["item"], each["at_stake"]["amount"]) for each in alerts(city, "slow_mover")] == [
        ("SLED", "90.00")
    ]


def test_stock_that_stopped_selling_is_counted(city: City) -> None:
    austin = city.store("Austin")
    item(city, "LAMP")
    shelve(city, austin, "LAMP", 12)
    sold_before(city, austin, "LAMP", [*steadily(8.0, 30), 0, 0, 0])
    plan(city)
    plan(city)

    (found,) = alerts(city, "phantom_stock")
    assert "perhaps they are not there" in found["said"]
    with city.database.transaction() as tx:
        asked = tx.execute("SELECT node, item FROM inventory_counts WHERE counted_at IS NULL").fetchall()
    assert asked == [("Austin", "LAMP")]


def test_live_orders_are_demand_too(city: City) -> None:
    austin = city.store("Austin")
    austin.has("LAMP", 50)
    for _ in range(3):
        for _ in range(4):
            assert city.carry_out("LAMP", austin).status == 201
        assert city.order("LAMP", 2).status == 201
        city.wait(days=7)
    with city.database.transaction() as tx:
        now = city.clock.now()
        found = orders.wanted(
            tx, MARKET, ["LAMP"], since=now - timedelta(days=70), until=now, period=timedelta(days=7)
        )

    assert [(item, node, dict(zip(ago, units, strict=True))) for item, node, ago, units in found] == [
        ("LAMP", "Austin", {0: 6, 1: 6, 2: 6})
    ]


def test_forecasts_are_kept_with_their_spread(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    plan(city)
    answer = city.get("/v1/planning/forecasts?node=Austin")
    (found,) = answer["forecasts"]
    first = found["periods"][0]

    assert found["period_days"] == 7
    assert first["mean"] == pytest.approx(6.0, rel=0.3)
    assert first["low"] < first["middle"] < first["high"]


def test_planning_is_asked_for_over_http(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    answer = city.post("/v1/planning/runs", {"items": ["LAMP"]})

    assert answer.status == 201
    assert answer["suggestions"] == len(suggested(city, "replenish")) + len(suggested(city, "purchase"))


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/v1/planning/runs", {"items": ["NOTHING"]}, "items"),
        ("PUT", "/v1/planning/terms", {"period_days": 0}, "period_days"),
        ("PUT", "/v1/planning/terms", {"colour": 1}, "colour"),
        (
            "PUT",
            "/v1/planning/automation/replenish",
            {"quantity_max": -1, "value_max_minor": 0},
            "quantity_max",
        ),
    ],
)
def test_bad_input_is_named(city: City, method: str, path: str, body: Any, field: str) -> None:
    refused: Answer = city.call(method, path, body)

    assert refused.status == 422
    assert field in str(refused.body)


def test_an_unknown_suggestion_is_not_found(city: City) -> None:
    assert city.post(f"/v1/planning/suggestions/{new_id()}:accept").status == 404


def test_terms_change_what_is_planned(shop: tuple[City, Place, Place]) -> None:
    city, _, _ = shop
    plan(city)
    before = suggested(city, "replenish")[0]["quantity"]
    changed = city.call("PUT", "/v1/planning/terms", {"holding_percent": 5_000})
    assert changed["holding_percent"] == 5_000
    plan(city)

    assert suggested(city, "replenish")[0]["quantity"] < before


def test_an_empty_market_plans_nothing(city: City) -> None:
    run = plan(city)

    assert (run.series, run.suggestions, run.alerts) == (0, 0, 0)


@pytest.mark.parametrize(
    "terms",
    [
        {"periods": 1, "period_days": 28, "store_lead_days": 0, "vendor_lead_days": 0},
        {"periods": 400, "period_days": 1, "store_lead_days": 200, "vendor_lead_days": 365},
        {
            "holding_percent": 0,
            "goodwill_percent": 100_000,
            "transfer_minor": 0,
            "transfer_minor_per_unit": 0,
        },
        {"overstock_days": 0, "slow_days": 0},
    ],
)
def test_any_terms_can_be_planned_by(shop: tuple[City, Place, Place], terms: dict[str, int]) -> None:
    city, austin, _ = shop
    item(city, "GIFT", price=0, cost=0)
    shelve(city, austin, "GIFT", 3)
    assert city.call("PUT", "/v1/planning/terms", terms).status == 200

    assert plan(city).series == 4


def test_goods_that_come_back_are_supply(city: City) -> None:
    """Half of what is sold is brought back: half as much is wanted."""
    austin = city.store("Austin")
    austin.has("LAMP", 60)
    for _ in range(6):
        sold = city.carry_out("LAMP", austin, 4)
        back = [{"line": 1, "quantity": 2, "reason": "changed_mind"}]
        asked = city.post("/v1/returns", {"order_id": sold["order_id"], "at": "Austin", "lines": back})
        graded = {"node": "Austin", "lines": [{"line": 1, "quantity": 2, "grade": "new"}]}
        assert city.post(f"/v1/returns/{asked['return_id']}:receive", graded).status < 300
        city.wait(days=7)

    plan(city)
    (forecast,) = city.get("/v1/planning/forecasts?item=LAMP")["forecasts"]

    assert austin.stock("LAMP")["on_hand"] == 60 - 12
    assert forecast["periods"][0]["mean"] == pytest.approx(2.0, abs=0.5)
