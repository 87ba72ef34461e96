"""Customer service finds any order, and does what may still be done about it."""

import pytest
from test_bad_forms import send
from test_tower import signed_in
from web_town import Town, Visit, somebody

from anyshelf.ground.auth import make_person


@pytest.fixture
def town_with_cleo(town: Town) -> Town:
    with town.city.database.transaction() as tx:
        make_person(tx, somebody("cleo", "customer_service"))
    return town


@pytest.mark.parametrize("what", ["W-77", "ann@example.com", "512 555", "ann-1"])
def test_an_order_is_found_by_whatever_a_shopper_can_tell(
    visit: Visit, town_with_cleo: Town, what: str
) -> None:
    contact = {"name": "Ann", "email": "ann@example.com", "phone": "512 555"}
    town_with_cleo.city.pick_up(
        "LAMP", town_with_cleo.austin, contact=contact, customer="ann-1", external_id="W-77"
    )
    town_with_cleo.city.pick_up("JAR", town_with_cleo.austin)
    page = visit("cleo", "/tower/find")

    page.get_by_label("Number, e-mail").fill(what)
    page.get_by_role("button", name="Find", exact=True).click()

    assert page.locator("tbody a").all_inner_texts() == ["W-77"]


def test_an_order_is_held_released_and_cancelled(visit: Visit, town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.pick_up("LAMP", town.austin, hold=True)
    page = visit("cleo", f"/tower/order/{order['order_id']}")

    page.get_by_role("button", name="Release it").click()
    page.get_by_placeholder("Why it is cancelled").fill("changed their mind")
    page.get_by_role("button", name="Cancel it").click()

    page.locator(".badge", has_text="1 cancelled").wait_for()
    town.city.settle()
    assert town.austin.stock("LAMP") == {"on_hand": 5}
    assert town.city.money(order)["voided"] == "54.99"


def test_money_is_given_back_once_for_a_form_sent_twice(town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.carry_out("LAMP", town.austin)
    town.city.settle()
    form, cookie = {"amount": "5.00", "reason": "a scratch", "number": "n-1"}, signed_in(town, "cleo")
    path = f"/tower/order/{order['order_id']}/appease"

    answers = [send(town, path, form, cookie=cookie).status for _ in range(2)]

    assert answers == [303, 303]
    assert town.city.money(order)["refunded"] == "5.00"
    assert send(town, path, {**form, "number": "n-2", "amount": "500"}, cookie=cookie).status == 409
    assert send(town, path, {**form, "number": "n-3", "amount": "-1"}, cookie=cookie).status == 422
    assert town.city.audit() == []


@pytest.mark.parametrize("verb", ["cancel", "hold", "release", "appease"])
def test_who_works_for_some_of_it_does_nothing_from_above(town: Town, verb: str) -> None:
    order = town.city.pick_up("LAMP", town.dallas)
    form = {"reason": "x", "amount": "1", "number": "1"}

    refused = send(town, f"/tower/order/{order['order_id']}/{verb}", form, cookie=signed_in(town, "carl"))

    assert refused.status == 403
    assert town.city.states(order) == {"released": 1}
