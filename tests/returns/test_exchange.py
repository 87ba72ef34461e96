"""Something else instead: a new order linked to the return, the difference charged or refunded."""

from typing import Any

import pytest
from coming_back import ask, bring, exceptions, key_of, settle, usd

from anyshelf.ground.ids import new_id
from anyshelf.payments.providers.rehearsal import Rehearsal
from city import Answer, City, Place

CARD = {"provider": "test", "token": "tok_ok"}


@pytest.fixture
def austin(city: City) -> Place:
    place = city.store("Austin")
    place.has("LAMP", 20)
    place.has("SHADE", 20, price=1000)
    place.has("SOFA", 20, price=9999)
    return place


@pytest.fixture
def order(city: City, austin: Place) -> Answer:
    return city.carry_out("LAMP", austin, 2)


@pytest.fixture
def back(city: City, order: Answer) -> Answer:
    """One of the two lamps lies on the counter, not paid back yet."""
    asked = ask(city, order)
    return bring(city, asked, (1, "new"), refund=False)


def take(city: City, back: Answer, item: str, quantity: int = 1, **more: Any) -> Answer:
    key = more.pop("key", "")
    price = {"unit_price": more.pop("price")} if "price" in more else {}
    body = {"lines": [{"item": item, "quantity": quantity, **price}], **more}
    return city.post(f"/v1/returns/{back['return_id']}:exchange", body, key=key)


def new_order(city: City, done: Answer) -> Answer:
    return city.get(f"/v1/orders/{done['exchange_order_id']}")


def test_the_same_again_costs_nothing(city: City, austin: Place, order: Answer, back: Answer) -> None:
    done = take(city, back, "LAMP")
    assert (done.status, done["state"], done["credit"]) == (200, "settled", usd("25.00"))

    placed = new_order(city, done)
    assert placed["external_id"] == f"exchange-{back['return_id']}"
    assert city.states(placed) == {"handed_over": 1}
    assert city.money(placed)["captured"] == "25.00"
    assert city.money(order)["refunded"] == "25.00"
    assert austin.stock("LAMP") == {"on_hand": 18}
    assert settle(city, back)["refund"] == usd("25.00")
    assert city.audit() == []


def test_what_is_left_over_goes_back_to_the_card(city: City, order: Answer, back: Answer) -> None:
    done = take(city, back, "SHADE")

    assert (done["credit"], done["refund"]) == (usd("10.00"), usd("25.00"))
    assert city.money(new_order(city, done))["captured"] == "10.00"
    assert refunds(city, order) == [("credit", 1000), ("money", 1500)]
    assert city.audit() == []


def refunds(city: City, order: Answer) -> list[tuple[str, int]]:
    city.settle()
    with city.database.transaction() as tx:
        found = tx.execute(
            "SELECT reason, amount_minor, status FROM payment_operations"
            " WHERE order_id = %s AND kind = 'refund' ORDER BY amount_minor",
            (order["order_id"],),
        ).fetchall()
    assert {status for _, _, status in found} == {"done"}
    return [("credit" if reason.endswith("credit") else "money", minor) for reason, minor, _ in found]


def test_what_is_missing_is_charged(city: City, order: Answer, back: Answer) -> None:
    refused = take(city, back, "SOFA")
    assert (refused.status, refused["due"]) == (409, usd("74.99"))

    done = take(city, back, "SOFA", payment=CARD)

    assert (done["credit"], done["state"]) == (usd("25.00"), "settled")
    assert city.money(new_order(city, done))["captured"] == "99.99"
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def test_a_card_that_is_declined_changes_nothing(city: City, order: Answer, back: Answer) -> None:
    declined = take(city, back, "SOFA", payment={"provider": "test", "token": "tok_decline"})

    assert declined.status == 402
    assert city.money(order)["refunded"] == "0.00"
    assert settle(city, back)["refund"] == usd("25.00")


def test_an_exchange_sent_twice_is_one_exchange(city: City, austin: Place, back: Answer) -> None:
    key = str(new_id())
    first, again = (take(city, back, "SOFA", payment=CARD, key=key) for _ in range(2))
    without_key = take(city, back, "SOFA", payment=CARD)

    assert first.body == again.body == without_key.body
    assert take(city, back, "LAMP").status == 409
    assert austin.stock("SOFA") == {"on_hand": 19}
    assert city.audit() == []


def test_who_works_at_one_counter_gives_nothing_out_at_another(
    city: City, austin: Place, back: Answer
) -> None:
    dallas = city.store("Dallas")
    dallas.has("LAMP", 3)
    there = {"method": "carry_out", "node": "Dallas"}
    body = {"lines": [{"item": "LAMP", "quantity": 1}], "fulfilment": there}
    cashier = key_of(city, "cashier", nodes=(austin.name,))

    assert city.post(f"/v1/returns/{back['return_id']}:exchange", body, **cashier).status == 403
    assert dallas.stock("LAMP") == {"on_hand": 3}


def test_two_desks_exchanging_at_once_make_one_order(city: City, austin: Place, back: Answer) -> None:
    answers = city.together(*[lambda: take(city, back, "LAMP") for _ in range(3)])

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert austin.stock("LAMP") == {"on_hand": 18}
    assert city.audit() == []


def test_what_nobody_has_is_not_exchanged(city: City, order: Answer, back: Answer) -> None:
    refused = take(city, back, "SOFA", 50, payment=CARD)

    assert refused.problem == "shortage"
    assert city.money(order)["refunded"] == "0.00"
    assert city.get(f"/v1/returns/{back['return_id']}")["exchange_order_id"] is None


def test_the_new_piece_may_go_out_before_the_old_one_comes(city: City, order: Answer) -> None:
    back = ask(city, order)

    done = take(city, back, "SHADE", payment=CARD)
    assert (done["state"], done["credit"]) == ("authorised", usd("0.00"))
    assert city.money(new_order(city, done))["captured"] == "10.00"

    assert bring(city, back, (1, "new"))["refund"] == usd("25.00")
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def test_the_same_again_at_an_odd_price_comes_out_even(city: City, austin: Place) -> None:
    line = {"item": "LAMP", "quantity": 3, "unit_price": usd("3.33"), "tax": usd("0.71")}
    order = city.carry_out("LAMP", austin, 3, lines=[line])
    back = bring(city, ask(city, order, 2), (2, "new"), refund=False)

    done = take(city, back, "LAMP", 2)

    assert done["credit"] == done["refund"]
    assert city.audit() == []


def test_an_agreed_price_is_what_it_costs(city: City, back: Answer) -> None:
    assert take(city, back, "SOFA", price=usd("20.00"))["credit"] == usd("20.00")
    assert take(city, back, "SOFA", price={"amount": "1.00", "currency": "EUR"}).status == 422


TO_THE_DOOR = {"method": "ship", "destination": {"lat": 30.27, "lon": -97.74, "postal_code": "78701"}}


def given_back(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the card's provider is asked to give back from now on, in minor units."""
    asked: list[int] = []

    def refund(_self: Rehearsal, reference: str, *, amount_minor: int, currency: str, key: str) -> None:
        assert (reference.startswith("test_"), currency, bool(key)) == (True, "USD", True)
        asked.append(amount_minor)

    monkeypatch.setattr(Rehearsal, "refund", refund)
    return asked


def test_credit_that_was_not_needed_goes_back_to_the_card(
    city: City, back: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = given_back(monkeypatch)
    placed = new_order(city, take(city, back, "SHADE", fulfilment=TO_THE_DOOR))
    city.settle()
    assert asked == [1500]

    assert city.post(f"/v1/orders/{placed['order_id']}:cancel").status == 200
    city.settle()
    city.settle()

    assert asked == [1500, 1000]
    assert exceptions(city, placed) == []
    assert city.audit() == []


def test_what_was_taken_in_exchange_may_come_back_in_its_turn(
    city: City, back: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = given_back(monkeypatch)
    placed = new_order(city, take(city, back, "LAMP"))

    done = bring(city, ask(city, placed), (1, "new"))
    city.settle()

    assert (done["refund"], asked) == (usd("25.00"), [2500])
    assert city.audit() == []


def test_credit_of_an_order_paid_elsewhere_is_listed_when_it_is_free(city: City, austin: Place) -> None:
    order = city.carry_out("LAMP", austin, payment=None)
    back = bring(city, ask(city, order), (1, "new"), refund=False)
    placed = new_order(city, take(city, back, "LAMP", fulfilment=TO_THE_DOOR))

    city.post(f"/v1/orders/{placed['order_id']}:cancel")
    city.settle()
    city.settle()

    assert ("credit_freed", "open") in exceptions(city, placed)
    assert city.audit() == []


def test_nobody_pays_with_credit_they_name_themselves(city: City, austin: Place) -> None:
    paid = {"provider": "store_credit", "token": "credit_1"}

    assert city.carry_out("LAMP", austin, payment=paid).status == 422


@pytest.mark.parametrize(
    ("item", "more", "status"),
    [("NOTHING", {}, 422), ("LAMP", {"fulfilment": {"method": "ship", "node": "Nowhere"}}, 404)],
)
def test_what_cannot_be_taken_instead_is_refused(
    city: City, back: Answer, item: str, more: dict[str, Any], status: int
) -> None:
    assert take(city, back, item, **more).status == status
