"""One run at a time plans a market; killed, it is carried on; nothing is suggested twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg.errors import UniqueViolation
from shops_played import item, plan, shelve, sold_before, steadily, suggested

from anyshelf.ground.db import Database
from anyshelf.ground.errors import Conflict
from anyshelf.ground.ids import new_id
from anyshelf.planning import jobs, rules, service
from anyshelf.planning.model import Picture, Plan
from anyshelf.planning.rules import is_due, next_night
from anyshelf.planning.service import planning
from city import MARKET, City, Place

Shop = tuple[City, Place, Place]


AGAIN_SQL = """
INSERT INTO planning_suggestions (market, suggestion_id, run_id, kind, item, node, from_node, proposed,
    quantity, arrives_at, worth_minor, currency, reasons, figures, state, made_at)
SELECT market, %s, run_id, kind, item, node, from_node, proposed, quantity, arrives_at, worth_minor, currency,
    reasons, figures, 'open', made_at
FROM planning_suggestions WHERE suggestion_id = %s
"""


class Killed(BaseException):
    """Whoever is killed cleans nothing up."""


def while_thinking(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Any]) -> None:
    """Have something happen between the look and the writing, once."""
    waiting = [happens]

    def planned(picture: Picture) -> Plan:
        if waiting:
            waiting.pop()()
        return rules.planned(picture)

    monkeypatch.setattr(jobs, "rules", type("Rules", (), {"planned": staticmethod(planned)}))


def night(city: City) -> int:
    """The worker's job until it finds nothing more to do."""
    done = 0
    while step := jobs.plan_by_night(city.database, MARKET, city.clock):
        done += step
    return done


def runs(city: City) -> list[dict[str, Any]]:
    return list(city.get("/v1/planning/runs")["runs"])


def test_a_second_run_is_refused_until_the_first_is_done(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    city, _, _ = shop
    refused: list[Exception] = []

    def another() -> None:
        with pytest.raises(Conflict, match="being planned") as caught:
            plan(city)
        refused.append(caught.value)

    while_thinking(monkeypatch, another)
    plan(city)
    plan(city)

    assert len(refused) == 1
    assert len(suggested(city, "replenish")) == 1


def test_a_run_that_was_thought_dead_writes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    city, _, _ = shop

    def long_silence() -> None:
        city.clock.wait(minutes=11)
        plan(city)

    while_thinking(monkeypatch, long_silence)
    with pytest.raises(Conflict, match="taken over"):
        plan(city)

    assert len(suggested(city, "replenish")) == 1
    assert suggested(city, "replenish", "replaced") == []


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without the guard"])
def test_what_is_accepted_while_a_run_thinks_is_not_suggested_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    city, _, _ = shop
    plan(city)
    (first,) = suggested(city, "replenish")
    way = f"/v1/planning/suggestions/{first['suggestion_id']}:accept"
    while_thinking(monkeypatch, lambda: city.post(way))
    if not guarded:
        monkeypatch.setattr(planning, "OF_LATE", timedelta(0))
    plan(city)

    assert len(suggested(city, "replenish", "accepted")) == 1
    assert len(suggested(city, "replenish")) == (0 if guarded else 1)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without the guard"])
def test_the_database_refuses_a_second_open_suggestion(
    shop: Shop, database: Database, *, guarded: bool
) -> None:
    city, _, _ = shop
    plan(city)
    (open_one,) = suggested(city, "replenish")
    asked = (new_id(), open_one["suggestion_id"])
    if guarded:
        with pytest.raises(UniqueViolation), database.transaction() as tx:
            tx.execute(AGAIN_SQL, asked)
        assert len(suggested(city, "replenish")) == 1
        return
    with database.transaction() as tx:
        tx.execute("RESET ROLE")
        tx.execute("DROP INDEX planning_open_once")
        tx.execute(AGAIN_SQL, asked)
        found = tx.execute("SELECT count(*) FROM planning_suggestions WHERE state = 'open'").fetchone()
        tx.rollback()

    assert found is not None
    assert found[0] >= 2


def test_the_worker_plans_every_night(shop: Shop) -> None:
    city, _, _ = shop
    assert night(city) == 0  # not on the first sight of a market, in the middle of the day
    city.clock.wait(hours=12)
    assert night(city) == 1
    assert night(city) == 0
    city.clock.wait(hours=24)
    assert night(city) == 1

    assert len(suggested(city, "replenish")) == 1
    assert [run["done"] for run in runs(city)] == [1, 1]
    assert all(run["ended_at"] for run in runs(city))


def test_a_market_that_is_planned_when_asked_only_is_not_planned_at_night(shop: Shop) -> None:
    city, _, _ = shop
    assert city.call("PUT", "/v1/planning/terms", {"plan_hour": 24}).status == 200
    night(city)
    city.clock.wait(hours=48)

    assert night(city) == 0
    assert city.post("/v1/planning/runs", {"soon": True}).status == 202
    assert city.get("/v1/planning/runs")["asked"] is True
    assert night(city) == 1
    assert city.get("/v1/planning/runs")["asked"] is False


def test_a_killed_worker_s_night_is_carried_on_by_another(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, austin, dallas = shop
    for code in ("APPLE", "MELON", "ZEBRA"):
        item(city, code)
        shelve(city, austin, code, 1)
        shelve(city, dallas, code, 40)
        sold_before(city, austin, code, steadily(4.0))
    monkeypatch.setattr(jobs, "SERIES_AT_NIGHT", 1)
    city.post("/v1/planning/runs", {"soon": True})
    assert jobs.plan_by_night(city.database, MARKET, city.clock) == 1

    def killed() -> None:
        raise Killed

    while_thinking(monkeypatch, killed)
    with pytest.raises(Killed):
        jobs.plan_by_night(city.database, MARKET, city.clock)
    assert night(city) == 0  # it may still be thinking
    city.clock.wait(minutes=11)

    assert night(city) == 3
    (run,) = runs(city)
    assert (run["items"], run["done"]) == (4, 4)
    assert sorted(each["item"] for each in suggested(city, "replenish")) == [
        "APPLE",
        "LAMP",
        "MELON",
        "ZEBRA",
    ]


def test_two_workers_share_no_part(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    city, _, _ = shop
    city.post("/v1/planning/runs", {"soon": True})
    found: list[int] = []
    while_thinking(monkeypatch, lambda: found.append(jobs.plan_by_night(city.database, MARKET, city.clock)))

    assert night(city) == 1
    assert found == [0]


def test_a_night_is_due_once(city: City) -> None:
    now = city.clock.now()  # three in the afternoon

    assert not is_due(now, now, 2)
    assert is_due(now - timedelta(hours=14), now, 2)
    assert not is_due(now - timedelta(hours=12), now, 2)
    assert not is_due(now - timedelta(days=9), now, 24)
    assert next_night(now, 2) == now.replace(hour=2) + timedelta(days=1)
    assert next_night(now, 16) == now.replace(hour=16)
    assert next_night(now, 24) is None


def test_soon_and_items_are_not_said_together(shop: Shop) -> None:
    city, _, _ = shop

    refused = city.post("/v1/planning/runs", {"soon": True, "items": ["LAMP"]})

    assert (refused.status, refused["field"]) == (422, "soon")


def test_what_was_accepted_is_taken_back_while_nothing_has_left(shop: Shop) -> None:
    city, _, dallas = shop
    plan(city)
    (found,) = suggested(city, "replenish")
    way = f"/v1/planning/suggestions/{found['suggestion_id']}"
    city.post(f"{way}:accept")
    assert dallas.stock("LAMP")["reserved"] == found["quantity"]

    assert city.twice(f"{way}:undo")["state"] == "withdrawn"

    assert dallas.stock("LAMP") == {"on_hand": 60}
    (again,) = suggested(city, "replenish")
    assert again["quantity"] == found["quantity"]
    assert again["suggestion_id"] != found["suggestion_id"]
    coming = city.get("/v1/availability?item=LAMP&channel=web&limit=10")["items"][0]["nodes"]
    assert all(not each["expected"] for each in coming)
    assert city.post(f"/v1/planning/suggestions/{again['suggestion_id']}:accept")["state"] == "accepted"
    assert city.audit() == []


def test_what_has_left_cannot_be_taken_back(shop: Shop) -> None:
    city, _, _ = shop
    plan(city)
    way = f"/v1/planning/suggestions/{suggested(city, 'replenish')[0]['suggestion_id']}"
    assert city.post(f"{way}:undo").problem == "out-of-turn"
    city.post(f"{way}:accept")
    city.post(f"{way}:dispatch")

    assert city.post(f"{way}:undo").problem == "out-of-turn"


def test_what_was_dismissed_comes_back(shop: Shop) -> None:
    city, _, _ = shop
    plan(city)
    way = f"/v1/planning/suggestions/{suggested(city, 'replenish')[0]['suggestion_id']}"
    city.post(f"{way}:dismiss", {"reason": "by mistake"})
    assert suggested(city, "replenish") == []

    city.post(f"{way}:undo")

    assert len(suggested(city, "replenish")) == 1


def test_an_order_that_waits_for_it_keeps_a_purchase_from_being_called_off(shop: Shop) -> None:
    city, _, dallas = shop
    shelve(city, dallas, "LAMP", 0)
    plan(city)
    (found,) = suggested(city, "purchase")
    way = f"/v1/planning/suggestions/{found['suggestion_id']}"
    city.post(f"{way}:accept")
    assert city.order("LAMP", 4, backorder=True).status == 201

    refused = city.post(f"{way}:undo")

    assert refused.problem == "conflict"
    assert "orders wait for it" in refused["detail"]
    with city.database.transaction() as tx:
        assert service.found(tx, MARKET, found["suggestion_id"]).state == "accepted"
