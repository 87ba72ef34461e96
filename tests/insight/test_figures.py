"""The figures, on orders made by hand: each is what docs/kpis.md says it is."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anyshelf.fulfilment import service as fulfilment
from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.ground.ids import Id, new_id
from anyshelf.insight import service as insight
from anyshelf.insight.rules import kpis
from city import HOME, MARKET, City
from people import People

PLACED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
KPIS_PAGE = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"


def order(city: City, **facts: Any) -> Id:
    """An order as a fact, made by hand."""
    row = {
        "market": MARKET, "order_id": new_id(), "channel": "web", "method": "ship", "currency": "USD",
        "total_minor": 5000, "lines": 1, "units": 2, "placed_at": PLACED, "done_units": 2,
        "promised_at": PLACED + timedelta(days=3), "done_at": PLACED + timedelta(days=2), "shipments": 1,
        **facts,
    }  # fmt: skip
    insert(city, "insight_orders", row)
    return row["order_id"]


def insert(city: City, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    marks = ", ".join(f"%({name})s" for name in row)
    with city.database.transaction() as tx:
        tx.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), row)  # noqa: S608  our own words


def figures(city: City, query: str = "") -> dict[str | None, dict[str, float | None]]:
    answer = city.get(f"/v1/kpis?since=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z{query}")
    assert answer.status == 200, answer.body
    return {
        group["group"]: {name: kpi["value"] for name, kpi in group["kpis"].items()}
        for group in answer["groups"]
    }


def test_every_figure_is_defined_once_on_its_page() -> None:
    defined = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", KPIS_PAGE.read_text(), re.MULTILINE)

    assert defined == [(kpi.name, kpi.of, kpi.means) for kpi in kpis.ALL]


def test_the_api_says_what_every_figure_means_in_the_same_words(city: City) -> None:
    told = city.get("/v1/kpis/definitions")["definitions"]

    assert told == [kpi.as_json() for kpi in kpis.ALL]


def behind(city: City, figure: str, **narrowed: str) -> list[Id]:
    with city.database.transaction() as tx:
        return insight.behind(
            tx, MARKET, figure, since=PLACED - timedelta(days=1), until=PLACED + timedelta(days=30),
            narrowed=narrowed,
        )  # fmt: skip


def test_as_many_orders_stand_behind_a_share_as_it_lacks(city: City) -> None:
    order(city)
    order(city, done_at=PLACED + timedelta(days=4), repromised=1, channel="app")
    order(city, repromised=1)
    order(city, cancelled_units=1, done_units=1, shipments=2, returned_units=1)
    order(city, done_at=None, done_units=0, shipments=0)

    answer = city.get("/v1/kpis?since=2026-02-28T00:00:00Z&until=2026-03-31T00:00:00Z")
    found = answer["groups"][0]["kpis"]
    for name in ("perfect_order", "on_time", "promise_kept"):
        lacking = round(found[name]["of"] * (1 - found[name]["value"]))
        assert len(behind(city, name)) == lacking > 0, name
    for name in ("split_rate", "repromised"):
        assert len(behind(city, name)) == round(found[name]["of"] * found[name]["value"]) > 0, name
    assert len(behind(city, "orders")) == 5
    assert len(behind(city, "orders", channel="app")) == 1
    assert behind(city, "on_time", channel="web") == []


def test_a_promise_is_kept_only_where_nobody_was_told_another_date(city: City) -> None:
    order(city)
    order(city, repromised=1)
    order(city, done_at=PLACED + timedelta(days=4))

    assert figures(city)[None]["promise_kept"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures(city)[None]["on_time"] == pytest.approx(2 / 3, abs=1e-4)


def test_the_wait_at_the_counter_is_from_i_am_here_to_handed_over(city: City) -> None:
    at = {"market": MARKET, "released_at": PLACED, "node": "Austin", "units": 1, "journey": "bopis"}
    came, ready = PLACED + timedelta(hours=5), PLACED + timedelta(hours=1)
    insert(city, "insight_parts", {
        **at, "order_id": order(city), "ready_at": ready, "arrived_at": came,
        "left_at": came + timedelta(minutes=6),
    })  # fmt: skip
    unsaid = order(city)
    insert(city, "insight_parts", {**at, "order_id": unsaid, "ready_at": ready, "left_at": came})

    assert figures(city, "&by=node")["Austin"]["pickup_wait"] == 0.1
    assert unsaid not in behind(city, "pickup_wait", node="Austin", journey="bopis")
    assert len(behind(city, "pickup_wait", node="Austin")) == 1
    assert behind(city, "pickup_wait", node="Dallas") == []


def test_who_says_that_they_are_there_is_known_to_have_come(city: City) -> None:
    shop = city.store("Austin")
    order_ = city.pick_up(shop.has("LAMP", 3), shop)
    city.settle()
    with city.database.transaction() as tx:
        fulfilment.arrive(tx, MARKET, order_["order_id"], node="Austin", spot="kerb", now=city.clock.now())
    city.settle()

    with city.database.transaction() as tx:
        (came,) = tx.execute("SELECT arrived_at FROM insight_parts").fetchone() or (None,)
    assert came == city.clock.now()


def test_inventory_is_as_accurate_as_counts_say(city: City) -> None:
    shop = city.store("Austin")
    shop.has("LAMP", 5)
    shop.has("JAR", 2)
    for item, found, reference in (("LAMP", 4, "C-1"), ("JAR", 2, "C-2"), ("LAMP", 4, "C-1")):
        count = {"kind": "count", "node": "Austin", "item": item, "quantity": found, "reference": reference}
        assert city.post("/v1/inventory/moves", {"moves": [count]}).status < 300
    city.settle()

    told = figures(city, "&by=node")["Austin"]
    assert (told["counts"], told["inventory_accuracy"]) == (2, 0.5)
    with city.database.transaction() as tx:
        (wrong,) = insight.miscounted(tx, MARKET, since=PLACED, until=PLACED + timedelta(days=9), limit=9)
    assert (wrong.item, wrong.books, wrong.counted) == ("LAMP", 5, 4)


def test_the_cost_of_an_order_is_told_in_its_parts(city: City) -> None:
    city.store("Austin").has("LAMP", 3)
    asked = {"channel": "web", "lines": [{"item": "LAMP", "quantity": 1}], "destination": HOME}
    promise = city.post("/v1/promises", asked)
    option = next(each for each in promise["options"] if each["method"] == "ship")
    placed = city.order("LAMP", promise_id=promise["promise_id"], option_id=option["option_id"])
    assert placed.status == 201, placed.body
    city.settle()

    told = figures(city)[None]
    assert told["freight_per_order"] > 0
    assert told["freight_per_order"] + told["labour_per_order"] == told["cost_per_order"]


def test_a_figure_is_not_narrowed_by_what_it_is_not_told_apart_by(city: City) -> None:
    with pytest.raises(Invalid):
        behind(city, "fill_rate", node="Austin")
    with pytest.raises(NotFound):
        behind(city, "days_of_supply")


def test_a_perfect_order_is_in_time_in_full_whole_and_promised_once(city: City) -> None:
    order(city)
    for flaw in (
        {"done_at": PLACED + timedelta(days=4)}, {"cancelled_units": 1, "done_units": 1}, {"short_units": 1},
        {"lost_units": 1}, {"damaged_units": 1}, {"repromised": 1},
    ):  # fmt: skip
        order(city, **flaw)
    order(city, done_at=None, done_units=0)  # still on its way: neither perfect nor not

    assert figures(city)[None]["perfect_order"] == pytest.approx(1 / 7, abs=1e-4)


def test_on_time_asks_when_it_was_ready_or_done_against_the_first_promise(city: City) -> None:
    order(city)
    order(
        city, method="pickup", ready_at=PLACED + timedelta(hours=2), promised_at=PLACED + timedelta(hours=3)
    )
    order(city, done_at=PLACED + timedelta(days=4))
    order(city, promised_at=None)

    assert figures(city)[None]["on_time"] == pytest.approx(2 / 3, abs=1e-4)


def test_fill_split_cycle_cost_and_returns(city: City) -> None:
    order(city, shipments=2, cost_minor=800, returned_units=1, refunded_minor=2500)
    order(city, done_units=1, cancelled_units=1, cost_minor=400)
    order(city, shipments=0, method="pickup")

    found = figures(city)[None]
    assert found["orders"] == 3
    assert found["revenue"] == 15000
    assert found["fill_rate"] == pytest.approx(5 / 6, abs=1e-4)
    assert found["split_rate"] == 0.5
    assert found["order_cycle_time"] == 48.0
    assert found["cost_per_order"] == 600
    assert found["return_rate"] == pytest.approx(1 / 5, abs=1e-4)
    assert found["refunded"] == pytest.approx(2500 / 15000, abs=1e-4)


def test_a_nodes_short_picks_and_pickups(city: City) -> None:
    at = {"market": MARKET, "released_at": PLACED, "due_at": PLACED + timedelta(hours=4), "units": 4}
    insert(city, "insight_parts", {
        **at, "order_id": order(city), "node": "Austin", "short_units": 1,
        "ready_at": PLACED + timedelta(hours=1), "left_at": PLACED + timedelta(hours=9),
    })  # fmt: skip
    insert(city, "insight_parts", {
        **at, "order_id": order(city), "node": "Austin",
        "ready_at": PLACED + timedelta(hours=3), "left_at": PLACED + timedelta(hours=5),
    })  # fmt: skip
    insert(city, "insight_parts", {
        **at, "order_id": order(city), "node": "Dallas", "left_at": PLACED + timedelta(hours=5),
    })  # fmt: skip

    found = figures(city, "&by=node")
    assert found["Austin"]["short_pick_rate"] == 0.125
    assert found["Austin"]["pickup_ready_time"] == 2.0
    assert found["Austin"]["pickup_without_issue"] == 0.5
    assert found["Austin"]["left_on_time"] is None
    assert found["Dallas"]["left_on_time"] == 0.0


def test_return_to_shelf_time_counts_what_can_be_sold_again(city: City) -> None:
    back = {"market": MARKET, "journey": "boris", "node": "Austin", "asked_at": PLACED, "units": 2}
    insert(city, "insight_returns", {
        **back, "return_id": new_id(), "order_id": order(city), "resold_units": 2,
        "received_at": PLACED + timedelta(hours=6),
    })  # fmt: skip
    insert(city, "insight_returns", {
        **back, "return_id": new_id(), "order_id": order(city), "received_at": PLACED + timedelta(hours=60),
    })  # fmt: skip

    found = figures(city, "&by=node")["Austin"]
    assert (found["return_to_shelf_time"], found["resold_share"]) == (6.0, 0.5)


def test_days_of_supply_and_sell_through(city: City) -> None:
    city.store("Austin").has("LAMP", 30)
    insert(city, "insight_lines", {
        "market": MARKET, "order_id": new_id(), "line": 1, "item": "LAMP", "quantity": 10, "paid_minor": 1,
        "method": "ship", "placed_at": PLACED,
    })  # fmt: skip

    (found,) = city.get("/v1/kpis/stock?item=LAMP&since=2026-02-25T00:00:00Z&until=2026-03-07T00:00:00Z")[
        "items"
    ]

    assert found["kpis"]["days_of_supply"]["value"] == 30.0
    assert found["kpis"]["sell_through"]["value"] == 0.25


def test_figures_come_by_channel_journey_and_day(city: City) -> None:
    shop = city.store("Austin")
    People(city).see_through(city.pick_up(shop.has("LAMP", 3), shop))
    city.carry_out("LAMP", shop)
    city.settle()

    assert set(figures(city, "&by=channel")) == {"web", "till"}
    assert "bopis" in figures(city, "&by=journey")
    assert set(figures(city, "&by=day")) == {"2026-03-02"}
    assert set(figures(city, "&by=channel&channel=till")) == {"till"}


def test_bad_questions_are_refused(city: City) -> None:
    assert city.get("/v1/kpis?by=colour").status == 422
    assert city.get("/v1/kpis?since=yesterday").status == 422
    swapped = city.get("/v1/kpis?since=2026-04-01T00:00:00Z&until=2026-03-01T00:00:00Z")
    assert (swapped.status, swapped["field"]) == (422, "until")
