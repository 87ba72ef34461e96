"""Customer service finds any order, and does what may still be done about it."""

from dataclasses import replace

import pytest
from test_bad_forms import send
from test_tower import signed_in
from web_town import GOODS, Town, Visit, somebody

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.auth import make_person
from anyshelf.orders import service as orders
from city import HOME, MARKET


@pytest.fixture
def town_with_cleo(town: Town) -> Town:
    with town.city.database.transaction() as tx:
        make_person(tx, somebody("cleo", "customer_service"))
    return town


@pytest.mark.parametrize(
    "what",
    [
        "W-77",
        "ANN@example.com",
        "512-555-0199",
        "ann-1",
        "smith",
        "Ann Maria Smith",
        "Smith Ann",
        "4242",
    ],
)
def test_an_order_is_found_by_whatever_a_shopper_can_tell(
    visit: Visit, town_with_cleo: Town, what: str
) -> None:
    contact = {"name": "Ann Maria Smith", "email": "ann@example.com", "phone": "(512) 555 0199"}
    paid = {"provider": "test", "token": "tok_ok", "last_four": "4242"}
    town_with_cleo.city.pick_up(
        "LAMP", town_with_cleo.austin, contact=contact, customer="ann-1", external_id="W-77", payment=paid
    )
    town_with_cleo.city.pick_up("JAR", town_with_cleo.austin, contact={"name": "Bo Smithers"})
    page = visit("cleo", "/tower/find")

    page.get_by_label("Number, e-mail").fill(what)
    page.get_by_role("button", name="Find", exact=True).click()

    page.locator("tbody a", has_text="W-77").wait_for()
    assert page.locator("tbody tr").count() == (2 if what == "smith" else 1)
    assert page.url.endswith("/tower/find"), "what was looked for is in no address"
    page.locator("tbody a", has_text="W-77").click()
    page.go_back()
    page.locator("tbody a", has_text="W-77").wait_for()


def test_an_order_is_found_by_what_left_with_it_what_is_in_it_and_how_pages_call_it(
    visit: Visit, town_with_cleo: Town
) -> None:
    town = town_with_cleo
    with town.city.database.transaction() as tx:
        catalogue.save_items(tx, MARKET, [replace(GOODS[1], gtin="20000000000028")])
    order = town.city.order("BOOT", 1)
    town.city.order("JAR", 1)
    work = next(
        each
        for place in (town.austin, town.dallas, town.dc)
        for each in town.city.work_at(place)
        if each["order_id"] == order["order_id"]
    )
    for verb, body in (
        ("pick", {"lines": [{"line": 1, "quantity": 1}]}), ("pack", None),
        ("dispatch", {"carrier": "van", "tracking": "1Z-999"}),
    ):  # fmt: skip
        assert town.city.post(f"/v1/work/{work['work_id']}:{verb}", body).status == 200
        town.city.settle()
    page = visit("cleo", "/tower/find")

    for what in ("1z-999", "BOOT", "20000000000028", order["order_id"], order["order_id"][-8:]):
        page.get_by_label("Number, e-mail").fill(what)
        page.get_by_role("button", name="Find", exact=True).click()
        page.locator("tbody a", has_text=order["order_id"][-8:]).wait_for()
        assert page.locator("tbody tr").count() == 1, what
    page.get_by_label("Number, e-mail").fill("%_ \\ 'nobody")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_text("Nobody and nothing is known by that.").wait_for()


def test_orders_are_found_over_the_api_within_the_channels_of_whoever_asks(town: Town) -> None:
    mine = town.city.pick_up("LAMP", town.austin, contact={"name": "Ann Smith"})
    town.city.carry_out("JAR", town.austin, contact={"name": "Ann Smith"})

    both = town.city.post("/v1/orders:find", {"what": "smith"})
    page = town.city.post("/v1/orders:find", {"what": "smith", "limit": 1})
    rest = town.city.post("/v1/orders:find", {"what": "smith", "limit": 1, "before": page["next"]})

    assert len(both["orders"]) == 2
    assert [page["orders"][0]["order_id"], rest["orders"][0]["order_id"]] == [
        each["order_id"] for each in both["orders"]
    ]
    with town.city.database.transaction() as tx:
        only_web = orders.find_any(tx, MARKET, "smith", channels=("web",))
        by_id = orders.find_any(tx, MARKET, mine["order_id"], channels=("till",))
    assert [str(order.order_id) for order in only_web] == [mine["order_id"]]
    assert by_id == []
    assert town.city.post("/v1/orders:find", {"what": ""}).status == 422
    assert town.city.post("/v1/orders:find", {"what": "x" * 321}).status == 422


def test_a_change_is_said_before_it_is_made(visit: Visit, town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.pick_up("LAMP", town.austin, 2, contact={"name": "Ann"}, hold=True)
    page = visit("cleo", f"/tower/order/{order['order_id']}")
    page.get_by_role("link", name="Change lines").click()
    page.get_by_label("How many").first.fill("1")
    page.get_by_label("Item").fill("BOOT")

    page.get_by_role("button", name="See what would change").click()

    said = page.locator("main").inner_text()
    assert "Halden Brass Table Lamp: 1 instead of 2." in said
    assert "It costs $75.00 more than is set aside." in said
    assert town.city.states(order) == {"sourced": 2}
    page.get_by_role("button", name="Yes, change it").click()
    page.get_by_role("heading", name="What happened").wait_for()
    assert town.city.states(order) == {"cancelled": 1, "sourced": 2}
    assert "Order changed" in page.locator(".timeline").first.inner_text()


def test_a_line_goes_another_way_and_an_address_another_street(visit: Visit, town_with_cleo: Town) -> None:
    town = town_with_cleo
    door = {"method": "ship", "destination": {**HOME, "street": "1 Elm"}}
    order = town.city.order("LAMP", 1, hold=True, fulfilment=door)
    page = visit("cleo", f"/tower/order/{order['order_id']}/change")
    page.get_by_label("Street").fill("2 Oak")
    page.get_by_role("button", name="See what would change").click()
    page.get_by_role("button", name="Yes, change it").click()
    page.get_by_role("heading", name="What happened").wait_for()
    page.goto(f"/tower/order/{order['order_id']}/change")
    assert page.get_by_label("Street").input_value() == "2 Oak"
    page.get_by_label("Way").select_option("pickup")
    page.get_by_label("Store, if fetched").fill("DALLAS")

    page.get_by_role("button", name="See what would change").click()
    page.get_by_text("fetched in a store, at DALLAS, instead of sent to their door").wait_for()
    page.get_by_role("button", name="Yes, change it").click()
    page.get_by_role("heading", name="What happened").wait_for()

    moved = town.city.show(order)["lines"][-1]
    assert (moved["method"], moved["node"]) == ("pickup", "DALLAS")


def test_what_has_moved_on_since_is_not_changed_and_nothing_is_set_aside(town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.pick_up("LAMP", town.austin, 1, hold=True)
    version = town.city.show(order)["version"]
    form = {"version": str(version), "quantity-1": "3", "sure": "yes", "card": "tok_ok"}
    cookie, path = signed_in(town, "cleo"), f"/tower/order/{order['order_id']}/change"

    first, again = (send(town, path, form, cookie=cookie).status for _ in range(2))

    assert (first, again) == (303, 409)
    assert town.city.states(order) == {"sourced": 3}
    town.city.settle()
    assert town.city.money(order)["authorised"] == "164.97"
    assert town.city.audit() == []


@pytest.mark.parametrize(("fields", "status"), [
    ({}, 422), ({"quantity-1": "x"}, 422), ({"quantity-1": "-1"}, 422), ({"add_item": "NONE"}, 422),
    ({"add_item": "JAR", "add_quantity": "0"}, 422), ({"to_postal_code": "99999"}, 422),
    ({"to_street": "2 Oak", "lat": "x", "lon": "1"}, 422),
    ({"to_street": "2 Oak", "lat": "91", "lon": "1"}, 422),
    ({"method-1": "pickup", "node-1": "NOWHERE", "sure": "yes"}, 404),
    ({"quantity-1": "3", "sure": "yes"}, 422),
    ({"quantity-1": "3", "sure": "yes", "card": "tok_ok", "version": ""}, 422),
    ({"quantity-1": "3", "sure": "yes", "card": "tok_decline"}, 402),
])  # fmt: skip
def test_a_change_that_cannot_be_is_refused(
    town_with_cleo: Town, fields: dict[str, str], status: int
) -> None:
    town = town_with_cleo
    order = town.city.order("LAMP", 1, hold=True)
    form = {"version": str(town.city.show(order)["version"]), **fields}

    answer = send(town, f"/tower/order/{order['order_id']}/change", form, cookie=signed_in(town, "cleo"))

    assert answer.status == status, answer.body
    assert town.city.states(order) == {"sourced": 1}


def test_a_shopper_is_told_another_date_after_a_second_look(visit: Visit, town_with_cleo: Town) -> None:
    town = town_with_cleo
    asked = {"channel": "web", "lines": [{"item": "BOOT", "quantity": 1}], "destination": HOME}
    promise = town.city.post("/v1/promises", asked)
    option = next(each for each in promise["options"] if each["method"] == "ship")
    order = town.city.order("BOOT", 1, promise_id=promise["promise_id"], option_id=option["option_id"])
    assert order.status == 201, order.body
    page = visit("cleo", f"/tower/order/{order['order_id']}")
    page.get_by_label("Tell them another date").fill("2026-03-20T17:00")
    page.get_by_label("Because").fill("snow")

    page.get_by_role("button", name="Promise anew").click()

    page.get_by_text("They are told Fri 20 Mar, 17:00 UTC now, because: snow.").wait_for()
    assert town.city.show(order)["promise"]["arrives_by"] == option["arrives_by"]
    page.get_by_role("button", name="Yes, tell them").click()
    page.get_by_text("Promise changed").wait_for()
    assert town.city.show(order)["promise"]["arrives_by"].startswith("2026-03-20T17:00")


def test_a_date_that_is_none_or_has_passed_is_not_told(town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.order("BOOT", 1)
    for moment in ("", "soon", "2026-03-01T10:00"):
        form = {"arrives_by": moment, "reason": "x", "sure": "yes"}
        path = f"/tower/order/{order['order_id']}/repromise"
        assert send(town, path, form, cookie=signed_in(town, "cleo")).status == 422
    without = {"arrives_by": "2026-03-20T10:00", "reason": "x"}
    assert send(town, path, without, cookie=signed_in(town, "cleo")).status == 409


def test_the_same_shopper_is_seen_in_every_channel(visit: Visit, town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.pick_up("LAMP", town.austin, contact={"name": "Ann", "email": "ann@x.com"})
    town.city.carry_out("JAR", town.austin, contact={"name": "Ann", "email": "ANN@x.com"}, external_id="T-5")
    town.city.settle()

    page = visit("cleo", f"/tower/order/{order['order_id']}")

    card = page.locator("section[aria-labelledby=shopper]")
    assert "T-5" in card.inner_text()
    assert "till" in card.inner_text()
    card.get_by_text("What they did before and after").click()
    assert card.locator(".timeline li").count() >= 2


def test_an_order_is_held_released_and_cancelled(visit: Visit, town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.pick_up("LAMP", town.austin, hold=True)
    page = visit("cleo", f"/tower/order/{order['order_id']}")

    page.get_by_role("button", name="Release it").click()
    page.get_by_placeholder("Why it is cancelled").fill("changed their mind")
    page.get_by_role("button", name="Cancel it").click()
    page.get_by_role("button", name="Yes, cancel it").click()

    page.locator(".badge", has_text="1 cancelled").wait_for()
    town.city.settle()
    assert town.austin.stock("LAMP") == {"on_hand": 5}
    assert town.city.money(order)["voided"] == "54.99"


def test_money_is_given_back_once_for_a_form_sent_twice(town_with_cleo: Town) -> None:
    town = town_with_cleo
    order = town.city.carry_out("LAMP", town.austin)
    town.city.settle()
    form = {"amount": "5.00", "reason": "a scratch", "number": "n-1", "sure": "yes"}
    cookie = signed_in(town, "cleo")
    path = f"/tower/order/{order['order_id']}/appease"

    asked = send(town, path, {**form, "sure": ""}, cookie=cookie)
    assert (asked.status, b"Give $5.00 back?" in asked.body) == (200, True)
    answers = [send(town, path, form, cookie=cookie).status for _ in range(2)]

    assert answers == [303, 303]
    assert town.city.money(order)["refunded"] == "5.00"
    assert send(town, path, {**form, "number": "n-2", "amount": "500"}, cookie=cookie).status == 409
    assert send(town, path, {**form, "number": "n-3", "amount": "-1"}, cookie=cookie).status == 422
    assert town.city.audit() == []


@pytest.mark.parametrize("verb", ["cancel", "hold", "release", "appease", "change", "repromise"])
def test_who_works_for_some_of_it_does_nothing_from_above(town: Town, verb: str) -> None:
    order = town.city.pick_up("LAMP", town.dallas)
    form = {"reason": "x", "amount": "1", "number": "1", "sure": "yes", "quantity-1": "0", "version": "1"}

    refused = send(town, f"/tower/order/{order['order_id']}/{verb}", form, cookie=signed_in(town, "carl"))

    assert refused.status == 403
    assert town.city.states(order) == {"released": 1}
