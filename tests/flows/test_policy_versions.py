"""Policies changed by people: every change is a version, foreseen before, undone after, and never lost."""

from typing import Any

import pytest
from test_choosing import do, two_cities

from anyshelf.sourcing.model import Policy, Standing
from anyshelf.sourcing.rules import decided_where, deciding, priority_to_rule
from city import Answer, City


def put(city: City, name: str, **body: Any) -> Answer:
    return city.call("PUT", f"/v1/policies/{name}", body)


def decides(city: City, channel: str = "web") -> str:
    (found,) = [
        each["policy"]
        for each in city.get("/v1/policies")["decides"]
        if (each["channel"], each["segment"]) == (channel, None)
    ]
    return str(found)


def test_every_change_is_a_version_and_an_earlier_one_holds_again(city: City) -> None:
    put(city, "mine", weights={"split_penalty_minor": 300}, why="splits annoy")
    put(city, "mine", weights={"split_penalty_minor": 900})

    city.twice("/v1/policies/mine:restore", {"version": 1, "holds": 2})

    told = city.get("/v1/policies/mine")
    assert [(each["version"], each["weights"]["split_penalty_minor"]) for each in told["versions"]] == [
        (3, 300), (2, 900), (1, 300),
    ]  # fmt: skip
    assert told["weights"]["split_penalty_minor"] == 300
    assert [each["why"] for each in told["versions"]] == ["version 1 again", None, "splits annoy"]
    assert {each["changed_by"] for each in told["versions"]} == {"demo"}


def test_who_changes_what_somebody_else_has_changed_meanwhile_is_told(city: City) -> None:
    assert put(city, "mine", version=0).status == 200
    assert put(city, "mine", version=0).status == 409
    assert put(city, "mine", version=1, priority=3).status == 200

    refused = put(city, "mine", version=1, priority=9)

    assert (refused.status, refused["field"]) == (409, "version")
    assert city.post("/v1/policies/mine:restore", {"version": 1, "holds": 1}).status == 409
    assert city.get("/v1/policies/mine")["priority"] == 3


def test_two_who_change_a_policy_at_once_make_two_versions(city: City) -> None:
    answers = city.together(*(lambda place=place: put(city, "mine", priority=place) for place in range(4)))  # type: ignore[misc]

    assert [answer.status for answer in answers] == [200] * 4
    assert sorted(answer["version"] for answer in answers) == [1, 2, 3, 4]


def test_a_shadow_that_has_proved_itself_rules_and_steps_back_again(city: City) -> None:
    put(city, "usual", priority=7)
    put(city, "protect_the_store", mode="shadow", channels=["web"])
    assert decides(city) == "usual"

    ruled = city.twice("/v1/policies/protect_the_store:rule", {"version": 1})

    assert (ruled["mode"], decides(city), decides(city, "till")) == ("live", "protect_the_store", "usual")
    city.post("/v1/policies/protect_the_store:restore", {"version": 1})
    assert (decides(city), city.get("/v1/policies/protect_the_store")["mode"]) == ("usual", "shadow")


def test_a_policy_cannot_rule_above_the_highest_priority_there_is(city: City) -> None:
    put(city, "aaa", priority=1000)
    put(city, "mine", mode="shadow")

    refused = city.post("/v1/policies/mine:rule")

    assert (refused.status, refused["field"]) == (409, "priority")


def test_a_policy_is_foreseen_on_the_orders_there_are_and_nothing_is_kept(city: City) -> None:
    two_cities(city)
    there = [city.order("LAMP") for _ in range(3)]
    city.settle()
    before = city.ledger()

    told = city.post("/v1/policies/protect_the_store:foresee", {"orders": 2})

    assert (told["orders"], told["agreed"]) == (2, 0)
    assert told["otherwise"] == [order["order_id"] for order in reversed(there[1:])]
    assert float(told["saved"]["freight"]["amount"]) < 0
    assert city.ledger() == before
    assert city.get("/v1/policies")["policies"] == []


def test_what_is_foreseen_is_what_the_shadow_then_says(city: City) -> None:
    two_cities(city)
    city.order("LAMP")
    city.settle()
    foreseen = city.post("/v1/policies/protect_the_store:foresee", {"weights": {"store_unit_minor": 900}})
    put(city, "protect_the_store", mode="shadow", sample_percent=100, weights={"store_unit_minor": 900})
    do(city, "shadows")

    told = city.get("/v1/policies/protect_the_store/report")

    same = ("orders", "agreed", "saved", "live", "shadow")
    assert {name: told[name] for name in same} == {name: foreseen[name] for name in same}
    (otherwise,) = city.get("/v1/policies/protect_the_store/otherwise")["orders"]
    assert otherwise["order_id"] in foreseen["otherwise"]
    assert otherwise["saved"] == told["saved"]["total"]


def test_a_shadow_that_is_weighed_otherwise_is_reported_from_then_on(city: City) -> None:
    two_cities(city)
    put(city, "protect_the_store", mode="shadow", sample_percent=100)
    city.order("LAMP")
    do(city, "shadows")
    assert city.get("/v1/policies/protect_the_store/report")["orders"] == 1

    city.wait(minutes=1)
    put(city, "protect_the_store", mode="shadow", sample_percent=50)
    assert city.get("/v1/policies/protect_the_store/report")["orders"] == 1, "it still weighs the same"
    put(city, "protect_the_store", mode="shadow", weights={"load_minor": 1})
    assert city.get("/v1/policies/protect_the_store/report")["orders"] == 0


@pytest.mark.parametrize(("path", "body", "status"), [
    ("mine:restore", {"version": 9}, 404),
    ("nobodys:restore", {"version": 1}, 404),
    ("mine:restore", {"version": 0}, 422),
    ("mine:restore", {}, 422),
    ("nobodys:rule", {}, 404),
    ("mine:rule", {"version": -1}, 422),
    ("mine:foresee", {"orders": 0}, 422),
    ("mine:foresee", {"orders": 201}, 422),
    ("mine:foresee", {"weights": {"colour": 1}}, 422),
    ("mine:foresee", {"weights": {"failure_minor": -1}}, 422),
    ("mine:foresee", {"weights": {"failure_minor": 1.5}}, 422),
    ("mine:foresee", {"weights": {"late_days_max": 366}}, 422),
])  # fmt: skip
def test_what_cannot_be_is_refused(city: City, path: str, body: Any, status: int) -> None:
    put(city, "mine")

    assert city.post(f"/v1/policies/{path}", body).status == status
    assert city.get("/v1/policies/mine")["version"] == 1


def standing(name: str, **more: Any) -> Standing:
    return Standing(policy=Policy(name=name), **more)


@pytest.mark.parametrize(("others", "priority"), [
    ([], 2),
    ([standing("a", priority=5)], 6),
    ([standing("z", priority=5)], 5),
    ([standing("a", priority=5, mode="shadow")], 2),
    ([standing("a", priority=5, channels=("till",))], 2),
    ([standing("a", priority=5, segments=("gold",))], 6),
])  # fmt: skip
def test_a_policy_rules_with_the_least_priority_that_does(others: list[Standing], priority: int) -> None:
    mine = standing("mine", priority=2, channels=("web",))

    found = priority_to_rule([*others, mine], "mine")

    assert found == priority
    ruling = standing("mine", priority=found, channels=("web",))
    assert deciding([*others, ruling], "web", "gold").policy.name == "mine"


def test_where_each_policy_decides_is_told_by_channel_and_segment() -> None:
    gold = standing("gold", priority=2, segments=("gold",), channels=("web",))

    found = decided_where([gold, standing("rest")], ["till", "web"])

    assert found == {"rest": [("till", ""), ("web", "")], "gold": [("web", "gold")]}
