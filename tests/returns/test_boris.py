"""Bought anywhere, brought back to any counter: what may come, what becomes of it, the money to the cent."""

from typing import Any

import pytest

from anyshelf.ground import auth
from anyshelf.ground.auth import Principal
from anyshelf.ground.ids import new_id
from anyshelf.network import service as network
from anyshelf.network.model import Node
from city import Answer, City, Place


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def ask(
    city: City, order: Answer, quantity: int, *, at: str = "Austin", line: int = 1, **more: Any
) -> Answer:
    reason = more.pop("reason", "changed_mind")
    lines = [{"line": line, "quantity": quantity, "reason": reason}]
    return city.post("/v1/returns", {"order_id": order["order_id"], "lines": lines, "at": at}, **more)


def bring(city: City, back: Answer, *parts: tuple[int, str], at: str = "Austin", key: str = "") -> Answer:
    lines = [{"line": 1, "quantity": quantity, "grade": grade} for quantity, grade in parts]
    return city.post(f"/v1/returns/{back['return_id']}:receive", {"node": at, "lines": lines}, key=key)


def sold(city: City, quantity: int, **line: Any) -> Answer:
    """So many lamps carried out of the shop in Austin, paid by card."""
    lines = [{"item": "LAMP", "quantity": quantity, **line}]
    return city.carry_out("LAMP", Place(city, "Austin"), quantity, lines=lines)


@pytest.fixture
def shop(city: City) -> Place:
    place = city.store("Austin")
    place.has("LAMP", 20)
    return place


def test_a_return_is_authorised_received_and_settled(city: City, shop: Place) -> None:
    order = sold(city, 2)

    back = ask(city, order, 1)
    assert (back.status, back["state"], back["journey"], back["at"]) == (201, "authorised", "boris", "Austin")
    assert city.money(order)["refunded"] == "0.00"

    done = bring(city, back, (1, "new"))
    assert (done.status, done["state"], done["refund"]) == (200, "settled", usd("25.00"))
    assert [(each["grade"], each["disposition"]) for each in done["receipts"]] == [("new", "restock")]
    assert city.get(f"/v1/returns/{back['return_id']}").body == {**done.body, "events": []}
    assert city.get(f"/v1/orders/{order['order_id']}/returns")["returns"] == [done.body]
    assert shop.stock("LAMP") == {"on_hand": 19}
    assert city.states(order) == {"handed_over": 1, "returned": 1}
    assert city.audit() == []


def test_an_odd_price_comes_back_to_the_cent_whatever_the_portions(city: City, shop: Place) -> None:
    order = sold(city, 3, unit_price=usd("3.33"), discount=usd("1.00"), tax=usd("0.71"))
    assert city.money(order)["captured"] == "9.70"

    refunds = [bring(city, ask(city, order, 1), (1, "new"))["refund"]["amount"] for _ in range(3)]

    assert refunds == ["3.23", "3.23", "3.24"]
    assert city.money(order)["refunded"] == "9.70"
    assert shop.stock("LAMP") == {"on_hand": 20}
    assert city.audit() == []


def test_grades_of_one_line_part_ways(city: City, shop: Place) -> None:
    back = ask(city, sold(city, 4), 4)

    done = bring(city, back, (1, "new"), (1, "opened"), (1, "damaged"), (1, "missing"))

    assert [each["disposition"] for each in done["receipts"]] == ["restock", "restock", "refurbish", "none"]
    assert [each["refund"]["amount"] for each in done["receipts"]] == ["25.00", "25.00", "25.00", "0.00"]
    assert shop.stock("LAMP") == {"on_hand": 18, "damaged": 1}
    assert city.audit() == []


def test_an_empty_box_brings_no_money_and_leaves_the_units_with_the_shopper(city: City, shop: Place) -> None:
    order = sold(city, 1)

    done = bring(city, ask(city, order, 1), (1, "missing"))

    assert (done["state"], done["refund"]) == ("settled", usd("0.00"))
    assert city.states(order) == {"handed_over": 1}
    assert shop.stock("LAMP") == {"on_hand": 19}
    assert ask(city, order, 1).status == 201
    assert city.audit() == []


@pytest.mark.usefixtures("shop")
def test_no_unit_is_allowed_back_twice(city: City) -> None:
    order = sold(city, 2)
    first = ask(city, order, 1)
    assert ask(city, order, 2).status == 409
    second = ask(city, order, 1)
    assert ask(city, order, 1)["eligible"] == 0

    city.post(f"/v1/returns/{second['return_id']}:cancel")
    assert city.post(f"/v1/returns/{second['return_id']}:cancel")["state"] == "cancelled"
    assert ask(city, order, 1).status == 201
    assert bring(city, second, (1, "new")).problem == "out-of-turn"
    assert bring(city, first, (1, "new")).status == 200


@pytest.mark.usefixtures("shop")
def test_people_asking_for_the_same_unit_at_once_get_it_once(city: City) -> None:
    order = sold(city, 1)

    answers = city.together(*[lambda: ask(city, order, 1) for _ in range(4)])

    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]


@pytest.mark.usefixtures("shop")
def test_receiving_twice_with_one_key_is_once_and_beyond_what_was_allowed_never(city: City) -> None:
    order = sold(city, 3)
    back = ask(city, order, 2)
    key = str(new_id())

    first, again = (bring(city, back, (1, "new"), key=key) for _ in range(2))

    assert (again.status, again.body, first["state"]) == (200, first.body, "received")
    assert bring(city, back, (2, "new")).status == 409
    assert bring(city, back, (1, "new"))["state"] == "settled"
    assert bring(city, back, (1, "new")).status == 409
    assert city.money(order)["refunded"] == "50.00"
    assert city.audit() == []


@pytest.mark.usefixtures("shop")
def test_two_counters_receiving_the_same_unit_at_once_take_it_once(city: City) -> None:
    order = sold(city, 1)
    back = ask(city, order, 1)
    city.store("Waco")

    answers = city.together(
        lambda: bring(city, back, (1, "new")), lambda: bring(city, back, (1, "new"), at="Waco")
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def test_goods_come_to_another_store_than_they_were_announced_for(city: City, shop: Place) -> None:
    waco = city.store("Waco")

    done = bring(city, ask(city, sold(city, 1), 1), (1, "opened"), at="Waco")

    assert done["receipts"][0]["node"] == "Waco"
    assert waco.stock("LAMP") == {"on_hand": 1}
    assert shop.stock("LAMP") == {"on_hand": 19}


@pytest.mark.usefixtures("shop")
def test_a_place_without_a_returns_desk_takes_nothing_back(city: City) -> None:
    order = sold(city, 1)
    with city.database.transaction() as tx:
        hub = Node(node="Hub", kind="dc", name="Hub", lat=30.0, lon=-97.0, capabilities=("ship",))
        network.save_nodes(tx, "main", [hub])

    assert ask(city, order, 1, at="Hub")["field"] == "at"
    assert bring(city, ask(city, order, 1), (1, "new"), at="Hub")["field"] == "node"
    assert city.states(order) == {"handed_over": 1}


def test_a_gift_without_payment_on_our_books_still_comes_back(city: City, shop: Place) -> None:
    order = city.carry_out("LAMP", shop, 1, payment=None)

    done = bring(city, ask(city, order, 1, reason="gift"), (1, "new"))

    assert (done.status, done["refund"]) == (200, usd("25.00"))
    assert city.money(order)["refunded"] == "0.00"
    assert city.audit() == []


def test_shipping_comes_back_with_the_last_unit_when_the_fault_is_ours(city: City, shop: Place) -> None:
    order = city.carry_out("LAMP", shop, 2, shipping=usd("4.99"))
    assert city.money(order)["captured"] == "54.99"

    one = bring(city, ask(city, order, 1, reason="defective"), (1, "damaged"))
    two = bring(city, ask(city, order, 1, reason="defective"), (1, "damaged"))

    assert (one["shipping_refund"], two["shipping_refund"]) == (usd("0.00"), usd("4.99"))
    assert city.money(order)["refunded"] == "54.99"
    assert city.audit() == []


@pytest.mark.usefixtures("shop")
def test_what_has_not_reached_the_shopper_does_not_come_back(city: City) -> None:
    order = city.order("LAMP")

    refused = ask(city, order, 1)

    assert (refused.status, refused["eligible"]) == (409, 0)


@pytest.mark.usefixtures("shop")
def test_an_old_order_is_not_taken_back(city: City) -> None:
    order = sold(city, 1)
    city.clock.wait(days=61)

    assert ask(city, order, 1).problem == "out-of-turn"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"at": "Nowhere"}, 404),
        ({"at": "mail"}, 422),
        ({"lines": []}, 422),
        ({"lines": [{"line": 1, "quantity": 0, "reason": "other"}]}, 422),
        ({"lines": [{"line": 1, "quantity": 1.5, "reason": "other"}]}, 422),
        ({"lines": [{"line": 1, "quantity": 1, "reason": "boredom"}]}, 422),
        ({"lines": [{"line": 7, "quantity": 1, "reason": "other"}]}, 422),
        ({"lines": [{"line": 1, "quantity": 1, "reason": "other"}] * 2}, 422),
        ({"order_id": str(new_id())}, 404),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_cannot_be_asked_for_names_its_field(city: City, change: dict[str, Any], status: int) -> None:
    order = sold(city, 2)
    lines = [{"line": 1, "quantity": 1, "reason": "other"}]
    body = {"order_id": order["order_id"], "lines": lines, "at": "Austin", **change}

    refused = city.post("/v1/returns", body)

    assert refused.status == status
    assert city.get(f"/v1/orders/{order['order_id']}/returns")["returns"] == []


@pytest.mark.usefixtures("shop")
def test_counters_serve_every_channel_and_channels_their_own(city: City) -> None:
    order = sold(city, 2)
    with city.database.transaction() as tx:
        people = [
            Principal(market="main", name="ann", roles=("cashier",), nodes=("Austin",), channels=("web",)),
            Principal(market="main", name="bob", roles=("cashier",), nodes=("Waco",)),
            Principal(market="main", name="webshop", roles=("channel",), channels=("web",)),
        ]
        ann, bob, webshop = (
            {"authorization": f"Bearer {auth.make_key(tx, person, city.clock.now())}"} for person in people
        )

    assert ask(city, order, 1, **ann).status == 201
    assert ask(city, order, 1, **bob).status == 403
    assert ask(city, order, 1, **webshop).status == 403
