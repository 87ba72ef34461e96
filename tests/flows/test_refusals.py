"""What a request may not hold: each is refused with the field named, and nothing has changed."""

from datetime import timedelta
from typing import Any

import pytest

from city import HOME, City

SHIP = {"method": "ship", "destination": HOME}


def order(**more: Any) -> dict[str, Any]:
    return {"channel": "web", "lines": [{"item": "LAMP", "quantity": 1}], "fulfilment": SHIP, **more}


def line(**more: Any) -> dict[str, Any]:
    return order(lines=[{"item": "LAMP", "quantity": 1, **more}])


WRONG_ORDERS = {
    "an unknown item": (line(item="NOTHING"), "item"),
    "an unknown method": (line(method="teleport"), "method"),
    "an unknown node": (line(method="pickup", node="Atlantis"), "node"),
    "an unknown channel": (order(channel="fax"), "channel"),
    "a pickup at no node": (line(method="pickup"), "node"),
    "a shipment to nowhere": (order(fulfilment={"method": "ship"}), "destination"),
    "no units": (line(quantity=0), "quantity"),
    "fewer than no units": (line(quantity=-1), "quantity"),
    "half a unit": (line(quantity=0.5), "quantity"),
    "more units than there are atoms": (line(quantity=10**30), "quantity"),
    "units in words": (line(quantity="3"), "quantity"),
    "no lines": (order(lines=[]), "lines"),
    "the same line twice": (order(lines=[{"line": 1, "item": "LAMP", "quantity": 1}] * 2), "lines"),
    "a currency the channel does not sell in": (order(currency="EUR"), "currency"),
    "a price in another currency": (line(unit_price={"amount": "1.00", "currency": "EUR"}), "unit_price"),
    "a price below zero": (line(unit_price={"amount": "-1.00", "currency": "USD"}), "unit_price"),
    "a price with a third of a cent": (line(unit_price={"amount": "1.003", "currency": "USD"}), "unit_price"),
    "a price that is no number": (line(unit_price={"amount": "NaN", "currency": "USD"}), "unit_price"),
    "a discount above the price": (line(discount={"amount": "99.00", "currency": "USD"}), "discount"),
    "a field nobody knows": (order(colour="red"), "colour"),
    "a place off the earth": (order(fulfilment={**SHIP, "destination": {**HOME, "lat": 91}}), "lat"),
    "an item with a NUL in its name": (line(item="LA\0MP"), "item"),
    "half a character": (line(item="\ud800"), "item"),
    "a payment provider nobody knows": (order(payment={"provider": "iou", "token": "x"}), "payment"),
    "an option of no promise": (order(option_id="ship"), "option_id"),
}


@pytest.fixture(autouse=True)
def lamps(city: City) -> None:
    city.store("Austin").has("LAMP", 5)


def refused(city: City, path: str, body: Any, status: range = range(400, 500)) -> dict[str, Any]:
    before = city.ledger()
    answer = city.post(path, body)
    assert answer.status in status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert city.ledger() == before
    assert city.audit() == []
    return dict(answer.body)


@pytest.mark.parametrize("case", WRONG_ORDERS)
def test_an_order_may_not_hold(city: City, case: str) -> None:
    body, field = WRONG_ORDERS[case]
    problem = refused(city, "/v1/orders", body)
    assert field in problem["field"]


@pytest.mark.parametrize(("body", "status"), [
    (b"\xff\xfe{}", 400), (b"{", 400), (b"", 422), (b"[]", 422), (b'{"channel": "web\xff"}', 400),
    (b"x" * 6_000_000, 413),
])  # fmt: skip
def test_a_body_may_not_be(city: City, body: bytes, status: int) -> None:
    assert city.post("/v1/orders", body).status == status


@pytest.mark.parametrize("path", [
    "/v1/orders/not-an-id", "/v1/orders/not-an-id/sourcing", "/v1/nodes/Atlantis/work",
    "/v1/availability?item=NOTHING", "/v1/availability?item=LAMP&near=here",
    "/v1/availability?item=LAMP&limit=0",
    "/v1/inventory/positions?item=LAMP&as_of=2026-02-30T00:00:00Z", "/v1/changes?after=-1", "/v1/nothing",
])  # fmt: skip
def test_a_question_may_not_be(city: City, path: str) -> None:
    assert 400 <= city.get(path).status < 500


@pytest.mark.parametrize("move", [
    {"kind": "receive", "quantity": 0}, {"kind": "receive", "quantity": -3},
    {"kind": "count", "quantity": -1},
    {"kind": "conjure", "quantity": 1}, {"kind": "adjust", "quantity": -6}, {"kind": "damage", "quantity": 6},
    {"kind": "transfer", "quantity": 1}, {"kind": "transfer", "quantity": 1, "to_node": "Austin"},
    {"kind": "receive", "quantity": 1, "item": "NOTHING"},
    {"kind": "receive", "quantity": 1, "node": "Atlantis"},
    {"kind": "receive", "quantity": 1, "happened_at": "2026-02-30T00:00:00Z"},
    {"kind": "receive", "quantity": 1, "happened_at": "2026-02-20T00:00:00"},
])  # fmt: skip
def test_a_move_may_not_be(city: City, move: dict[str, Any]) -> None:
    refused(city, "/v1/inventory/moves", {"moves": [{"node": "Austin", "item": "LAMP", **move}]})


def test_a_shortage_names_every_short_line_and_what_could_be_had(city: City) -> None:
    city.store("Austin").has("VASE", 1)
    lines = [{"item": "LAMP", "quantity": 9}, {"item": "VASE", "quantity": 2}]
    problem = refused(city, "/v1/orders", order(lines=lines), range(409, 410))
    assert [(each["item"], each["wanted"], each["available"]) for each in problem["lines"]] == [
        ("LAMP", 9, 5),
        ("VASE", 2, 1),
    ]


def test_a_declined_payment_places_nothing(city: City) -> None:
    problem = refused(city, "/v1/orders", order(payment={"provider": "test", "token": "tok_decline"}))
    assert (problem["status"], problem["type"]) == (402, "/problems/payment-declined")


def test_a_payment_without_an_answer_may_be_sent_again(city: City) -> None:
    answer = city.post("/v1/orders", order(payment={"provider": "test", "token": "tok_timeout"}))
    assert (answer.status, answer.problem) == (503, "payment-timeout")
    assert "retry-after" in {name.lower() for name in answer.headers}
    assert city.audit() == []


def test_steps_out_of_turn_are_refused(city: City) -> None:
    placed = city.order("LAMP")
    (work,) = city.work_at(city.store("Austin"))
    too_early = {"pack": {}, "dispatch": {"carrier": "ups", "tracking": "1"}, "hand_over": {"code": "1"}}
    for step, body in too_early.items():
        assert city.post(f"/v1/work/{work['work_id']}:{step}", body).problem == "out-of-turn"
    back = {"order_id": placed["order_id"], "lines": [{"line": 1, "quantity": 1, "reason": "changed_mind"}]}
    assert 400 <= city.post("/v1/returns", {**back, "at": "Austin"}).status < 500
    assert city.states(placed) == {"released": 1}


def test_a_promise_that_ran_out_is_not_taken(city: City) -> None:
    wanted = {"channel": "web", "lines": [{"item": "LAMP", "quantity": 1}], "destination": HOME}
    promise = city.post("/v1/promises", wanted)
    option = promise["options"][0]["option_id"]
    taken = {"promise_id": promise["promise_id"], "option_id": option}
    assert city.post("/v1/orders", order(**taken)).status == 201
    city.clock.time += timedelta(hours=1)
    assert city.post("/v1/orders", order(**taken)).status == 410
