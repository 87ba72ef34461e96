"""Work in a node, as the people there see it: every step over HTTP, repeated, out of turn, and at once."""

from typing import Any

import pytest

from anyshelf.fulfilment import jobs
from anyshelf.ground import auth
from anyshelf.ground.auth import Principal
from anyshelf.ground.ids import new_id
from anyshelf.ground.outbox import story_of
from city import Answer, City, Place


def only_work(city: City, place: Place) -> dict[str, Any]:
    (work,) = city.work_at(place)
    return work


def step(city: City, work: dict[str, Any], verb: str, body: Any = None) -> Answer:
    return city.post(f"/v1/work/{work['work_id']}:{verb}", body)


def pick(city: City, work: dict[str, Any], *quantities: int, reason: str | None = None) -> Answer:
    lines = [
        {"line": line, "quantity": quantity} | ({"short_reason": reason} if reason else {})
        for line, quantity in enumerate(quantities, start=1)
    ]
    return step(city, work, "pick", {"lines": lines})


def key_for(city: City, role: str, **scope: tuple[str, ...]) -> dict[str, str]:
    somebody = Principal(market="main", name=f"{role} {new_id()}", roles=(role,), **scope)
    with city.database.transaction() as tx:
        return {"authorization": f"Bearer {auth.make_key(tx, somebody, city.clock.now())}"}


def test_a_release_is_work_with_everything_a_person_needs(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 3), 2)

    work = only_work(city, shop)

    assert work["order_id"] == order["order_id"]
    assert (work["node"], work["method"], work["finish"], work["state"]) == (
        "Austin",
        "ship",
        "dispatch",
        "open",
    )
    assert [(line["item"], line["quantity"], line["picked"], line["short"]) for line in work["lines"]] == [
        ("LAMP", 2, 0, 0)
    ]
    assert city.get(f"/v1/work/{work['work_id']}").body == work


def test_the_same_release_told_again_makes_no_second_work(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1))
    work = only_work(city, shop)
    with city.database.transaction() as tx:
        story = story_of(tx, "main", order["order_id"])
        jobs.READER.handlers["OrderReleased"](
            tx, next(told for told in story if told.kind == "OrderReleased")
        )

    assert city.work_at(shop) == [work]


def test_the_list_has_what_is_not_finished_by_when_it_is_due_page_by_page(city: City) -> None:
    shop = city.store("Austin")
    shop.has("LAMP", 9)
    for _ in range(3):
        city.order("LAMP")
        city.clock.wait(days=1)
    first, second, third = city.work_at(shop)
    assert first["due_at"] <= second["due_at"] <= third["due_at"]

    step(city, first, "reject")

    assert [work["work_id"] for work in city.work_at(shop)] == [second["work_id"], third["work_id"]]
    page = city.get("/v1/nodes/Austin/work?state=all&limit=2")
    rest = city.get(f"/v1/nodes/Austin/work?state=all&limit=2&after={page['next']}")
    listed = [work["work_id"] for work in [*page["work"], *rest["work"]]]
    assert listed == [work["work_id"] for work in (first, second, third)]
    assert rest["next"] is None


def test_every_step_taken_twice_without_a_key_changes_nothing(city: City) -> None:
    shop = city.store("Austin")
    city.order(shop.has("LAMP", 2), 2)
    work = only_work(city, shop)
    steps: list[tuple[str, Any]] = [
        ("claim", None),
        ("pick", {"lines": [{"line": 1, "quantity": 2}]}),
        ("pack", {"packages": [{"weight_g": 900, "tracking": "1Z9"}]}),
        ("stage", {"shelf": "dock 1"}),
        ("dispatch", {"carrier": "ups"}),
    ]

    for verb, body in steps:
        first = step(city, work, verb, body)
        before = city.ledger()
        again = step(city, work, verb, body)
        assert (first.status, again.status, again.body) == (200, 200, first.body)
        assert city.ledger() == before

    assert again["state"] == "dispatched"
    assert city.get(f"/v1/shipments/{work['work_id']}")["tracking"] == "1Z9"
    assert city.audit() == []


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("pack", {"packages": []}),
        ("stage", {}),
        ("dispatch", {"carrier": "ups", "tracking": "1Z"}),
        ("hand_over", {"code": "123456"}),
    ],
)
def test_a_step_out_of_turn_changes_nothing_and_says_what_may_come(city: City, verb: str, body: Any) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1))
    work = only_work(city, shop)

    refused = step(city, work, verb, body)

    assert (refused.status, refused.problem) == (409, "out-of-turn")
    assert (refused["state"], refused["next"]) == ("open", ["claim", "pick", "reject"])
    assert city.states(order) == {"released": 1}


def test_the_first_claim_wins(city: City) -> None:
    shop = city.store("Austin")
    city.order(shop.has("LAMP", 1))
    work = only_work(city, shop)
    ann, bob = (key_for(city, "associate", nodes=("Austin",)) for _ in range(2))

    at = f"/v1/work/{work['work_id']}:claim"
    answers = city.together(lambda: city.post(at, **ann), lambda: city.post(at, **bob))

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert {answer.problem for answer in answers if answer.status == 409} == {"conflict"}


def test_a_line_may_be_picked_in_portions(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 3), 3)
    work = only_work(city, shop)

    assert pick(city, work, 1)["state"] == "claimed"
    assert city.states(order) == {"released": 2, "picked": 1}
    assert pick(city, work, 3).status == 422
    assert pick(city, work, 2)["state"] == "picked"
    assert city.states(order) == {"picked": 3}


def test_only_what_was_found_is_dispatched_and_paid_for(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 3), 3)
    work = only_work(city, shop)

    assert pick(city, work, 2, reason="not on the shelf")["lines"][0]["short"] == 1
    step(city, work, "pack")
    step(city, work, "dispatch", {"carrier": "ups", "tracking": "1Z1"})

    assert city.states(order) == {"dispatched": 2, "cancelled": 1}
    assert city.money(order)["captured"] == "50.00"
    assert city.money(order)["voided"] == "25.00"
    assert city.audit() == []


def test_cancelled_units_leave_the_work_before_it_is_told(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 3), 3)
    work = only_work(city, shop)
    city.post(f"/v1/orders/{order['order_id']}:cancel", {"lines": [{"line": 1, "quantity": 2}]})

    too_many = pick(city, work, 3)
    enough = pick(city, work, 1)

    assert (too_many.status, enough.status) == (422, 200)
    assert (enough["state"], enough["lines"][0]["cancelled"]) == ("picked", 2)
    assert [each["lines"][0]["cancelled"] for each in city.work_at(shop)] == [2], "once it is told, the same"
    assert city.audit() == []


def test_an_order_cancelled_before_its_work_was_made_makes_none(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1), hold=True)
    city.settle()
    city.post(f"/v1/orders/{order['order_id']}:release")
    city.post(f"/v1/orders/{order['order_id']}:cancel")

    assert city.work_at(shop) == []
    assert city.audit() == []


def test_packed_goods_of_a_cancelled_order_stay_on_the_shelf(city: City) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    order = city.order(lamp)
    work = only_work(city, shop)
    pick(city, work, 1)
    step(city, work, "pack")

    city.post(f"/v1/orders/{order['order_id']}:cancel")

    assert step(city, work, "dispatch", {"carrier": "ups", "tracking": "1Z1"}).problem == "out-of-turn"
    assert shop.stock(lamp) == {"on_hand": 1}
    assert city.work_at(shop) == []
    assert city.audit() == []


def test_work_of_which_something_is_picked_is_not_rejected(city: City) -> None:
    shop = city.store("Austin")
    city.order(shop.has("LAMP", 2), 2)
    work = only_work(city, shop)
    pick(city, work, 1)

    assert step(city, work, "reject", {"reason": "closing"}).status == 409


def test_packages_without_a_number_cannot_leave(city: City) -> None:
    shop = city.store("Austin")
    city.order(shop.has("LAMP", 1))
    work = only_work(city, shop)
    pick(city, work, 1)
    step(city, work, "pack", {"packages": [{}]})

    refused = step(city, work, "dispatch", {"carrier": "ups"})

    assert (refused.status, refused["field"]) == (422, "tracking")


def test_a_pickup_may_be_packed_and_waits_on_a_shelf(city: City) -> None:
    shop = city.store("Austin")
    order = city.pick_up(shop.has("LAMP", 1), shop)
    work = only_work(city, shop)
    pick(city, work, 1)
    step(city, work, "pack")

    staged = step(city, work, "stage", {"shelf": "A7"})

    assert (staged["state"], staged["shelf"]) == ("staged", "A7")
    assert city.states(order) == {"staged": 1}


def test_goods_handed_over_are_not_handed_over_to_somebody_without_the_code(city: City) -> None:
    shop = city.store("Austin")
    order = city.pick_up(shop.has("LAMP", 1), shop)
    work = only_work(city, shop)
    pick(city, work, 1)
    step(city, work, "stage")
    right, wrong = order["pickup_code"], "000000" if order["pickup_code"] != "000000" else "111111"

    refused = step(city, work, "hand_over", {"code": wrong})
    assert (refused.status, refused.headers["content-type"]) == (403, "application/problem+json")
    assert step(city, work, "hand_over", {"code": right})["state"] == "handed_over"
    assert step(city, work, "hand_over", {"code": wrong}).status == 403
    assert step(city, work, "hand_over", {"code": right})["state"] == "handed_over"
    assert city.audit() == []


def test_people_see_and_touch_the_work_of_their_own_node_only(city: City) -> None:
    shop = city.store("Austin")
    city.order(shop.has("LAMP", 1))
    work = only_work(city, shop)
    stranger = key_for(city, "associate", nodes=("Waco",))
    vendor = key_for(city, "vendor", vendors=("Acme",))

    for somebody in (stranger, vendor):
        assert city.get("/v1/nodes/Austin/work", **somebody).status == 403
        assert city.get(f"/v1/work/{work['work_id']}", **somebody).status == 403
        assert city.post(f"/v1/work/{work['work_id']}:claim", **somebody).status == 403


@pytest.mark.parametrize(
    "body",
    [
        {"lines": []},
        {"lines": [{"line": 1, "quantity": -1}]},
        {"lines": [{"line": 1, "quantity": 1.5}]},
        {"lines": [{"line": 1, "quantity": 10**12}]},
        {"lines": [{"line": 9, "quantity": 1}]},
        {"lines": [{"line": 1, "quantity": 1}, {"line": 1, "quantity": 1}]},
        {"lines": [{"line": 1, "quantity": 1, "colour": "red"}]},
    ],
)
def test_a_pick_nobody_can_read_changes_nothing(city: City, body: Any) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 2), 2)
    work = only_work(city, shop)

    refused = step(city, work, "pick", body)

    assert (refused.status, bool(refused["field"])) == (422, True)
    assert city.states(order) == {"released": 2}


def test_work_and_nodes_nobody_knows_are_not_found(city: City) -> None:
    assert city.get(f"/v1/work/{new_id()}").status == 404
    assert city.post(f"/v1/work/{new_id()}:claim").status == 404
    assert city.get("/v1/nodes/Nowhere/work").status == 404
    assert city.get("/v1/work/not-an-id").status == 422


def test_two_people_pick_the_same_work_at_once_and_it_is_picked_once(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 2), 2)
    work = only_work(city, shop)

    answers = city.together(lambda: pick(city, work, 2), lambda: pick(city, work, 2))

    assert [answer.status for answer in answers] == [200, 200]
    assert city.states(order) == {"picked": 2}
    assert city.audit() == []
