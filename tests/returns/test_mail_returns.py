"""Back by mail: to the node it costs least to, under a label of ours, paid when it is here or sooner."""

import pytest
from coming_back import (
    ask,
    bring,
    delivered,
    exceptions,
    key_of,
    known_item,
    ring_timers,
    settle,
    tell,
    usd,
)

from anyshelf.ground.ids import new_id
from anyshelf.orders import service as orders
from city import HOME, Answer, City, Place


@pytest.fixture
def dallas(city: City) -> Place:
    city.store("Austin")
    city.dc("Seattle", lat=47.6, lon=-122.3)
    place = city.dc("Dallas")
    place.has("LAMP", 9)
    return place


def test_a_parcel_goes_to_the_nearest_warehouse_and_is_paid_when_it_is_there(
    city: City, dallas: Place
) -> None:
    order = delivered(city, dallas)

    back = ask(city, order, at="mail")
    assert (back.status, back["journey"], back["at"]) == (201, "mail_return", "Dallas")
    assert back["label"]["to"]["node"] == "Dallas"
    assert back["label"]["service"] == "ground"
    assert tell(city, back, "delivered", "in_transit")["carried"] == "delivered"
    assert city.money(order)["refunded"] == "0.00"

    done = bring(city, back, (1, "new"), at="Dallas")

    assert (done["state"], done["refund"]) == ("settled", usd("25.00"))
    assert dallas.stock("LAMP") == {"on_hand": 9}
    assert city.audit() == []


def test_the_label_is_a_page_with_a_code(city: City, dallas: Place) -> None:
    back = ask(city, delivered(city, dallas), at="mail")

    page = city.get(f"/v1/returns/{back['return_id']}/label")

    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    text = page.body.decode()
    assert "<svg" in text
    assert back["label"]["tracking"] in text
    assert city.get(f"/v1/returns/{ask_nothing(city, dallas)['return_id']}/label").status == 404


def ask_nothing(city: City, dallas: Place) -> Answer:
    return ask(city, delivered(city, dallas), at="Austin")


def test_goods_meant_for_the_warehouse_may_come_to_any_counter(city: City, dallas: Place) -> None:
    back = ask(city, delivered(city, dallas), at="mail")

    done = bring(city, back, (1, "opened"), at="Austin")

    assert done["receipts"][0]["node"] == "Austin"
    assert Place(city, "Austin").stock("LAMP") == {"on_hand": 1}
    assert city.audit() == []


def test_what_was_carried_out_needs_to_say_where_the_parcel_comes_from(city: City, dallas: Place) -> None:
    dallas.has("LAMP", 1)
    austin = Place(city, "Austin")
    austin.has("LAMP", 1)
    order = city.carry_out("LAMP", austin)

    refused = ask(city, order, at="mail")
    assert (refused.status, refused["field"]) == (422, "from")
    assert ask(city, order, at="mail", sender=HOME)["label"]["to"]["node"] == "Dallas"


def test_where_no_warehouse_takes_back_a_store_does(city: City) -> None:
    austin = city.store("Austin")
    austin.has("LAMP", 3)

    assert ask(city, delivered(city, austin), at="mail")["at"] == "Austin"


def test_a_good_customer_is_paid_on_the_first_scan_and_never_again(city: City, dallas: Place) -> None:
    for _ in range(3):
        delivered(city, dallas, customer="ann")
    order = delivered(city, dallas, customer="ann")
    back = ask(city, order, at="mail")

    for _ in range(2):
        tell(city, back, "in_transit")
    assert city.money(order)["refunded"] == "25.00"
    assert city.get(f"/v1/returns/{back['return_id']}")["state"] == "authorised"

    done = bring(city, back, (1, "new"), at="Dallas")
    assert (done["state"], done["refund"]) == ("settled", usd("25.00"))
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def test_a_good_customers_empty_box_is_listed(city: City, dallas: Place) -> None:
    for _ in range(3):
        delivered(city, dallas, customer="ann")
    order = delivered(city, dallas, customer="ann")
    back = ask(city, order, at="mail")
    tell(city, back, "in_transit")

    bring(city, back, (1, "missing"), at="Dallas")

    assert exceptions(city, order) == [("return_overpaid", "open")]
    assert ask(city, order, at="mail")["signals"] == ["empty_box"]
    again = bring(city, ask_again(city, order), (1, "new"), at="Dallas")
    assert again["refund"] == usd("0.00")
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def ask_again(city: City, order: Answer) -> Answer:
    known = city.get(f"/v1/orders/{order['order_id']}/returns")["returns"][-1]
    return Answer(200, known)


def test_customer_service_pays_before_receipt_and_a_cashier_does_not(city: City, dallas: Place) -> None:
    order = delivered(city, dallas)
    back = ask(city, order, at="mail")

    assert settle(city, back, before_receipt=True, headers=key_of(city, "cashier")).status == 403
    service = key_of(city, "customer_service")
    assert settle(city, back, before_receipt=True, headers=service)["refund"] == usd("25.00")
    assert settle(city, back, before_receipt=True, headers=service)["refund"] == usd("25.00")
    assert city.money(order)["refunded"] == "25.00"
    assert city.post(f"/v1/returns/{back['return_id']}:cancel").status == 409
    assert bring(city, back, (1, "new"), at="Dallas")["state"] == "settled"
    assert city.money(order)["refunded"] == "25.00"
    assert city.audit() == []


def test_a_counter_pays_when_the_goods_are_here(city: City, dallas: Place) -> None:
    back = ask(city, delivered(city, dallas), at="Austin")

    assert settle(city, back, before_receipt=True).problem == "out-of-turn"


def test_a_parcel_that_is_lost_is_listed(city: City, dallas: Place) -> None:
    order = delivered(city, dallas)
    back = ask(city, order, at="mail")

    for _ in range(2):
        tell(city, back, "in_transit", "lost")

    assert exceptions(city, order) == [("return_lost", "open")]


def test_one_id_for_two_scans_is_refused(city: City, dallas: Place) -> None:
    back = ask(city, delivered(city, dallas), at="mail")
    at = city.clock.now().isoformat()
    events = [{"event_id": "e1", "kind": kind, "happened_at": at} for kind in ("in_transit", "lost")]

    refused = city.post(f"/v1/returns/{back['return_id']}:events", {"events": events})

    assert (refused.status, refused["field"]) == (422, "events.1.event_id")


def test_what_never_comes_is_not_waited_for(city: City, dallas: Place) -> None:
    order = delivered(city, dallas)
    back = ask(city, order, at="mail")

    city.clock.wait(days=46)
    ring_timers(city)

    assert city.get(f"/v1/returns/{back['return_id']}")["state"] == "cancelled"
    assert ask(city, order, at="mail").status == 201


def test_what_is_not_worth_its_way_back_stays_with_the_shopper(city: City, dallas: Place) -> None:
    dallas.has("MUG", 9, price=400)
    order = delivered(city, dallas, "MUG")
    key = str(new_id())

    back = ask(city, order, at="mail", key=key)
    again = ask(city, order, at="mail", key=key)

    assert (back["journey"], back["state"], back["refund"]) == ("keep_it", "settled", usd("4.00"))
    assert (back["at"], back["label"], again.body) == ("", None, back.body)
    assert city.states(order) == {"returned": 1}
    assert city.money(order)["refunded"] == "4.00"
    assert dallas.stock("MUG") == {"on_hand": 8}
    assert bring(city, back, (1, "new"), at="Dallas").status == 409
    assert city.audit() == []


def test_how_little_is_little_is_the_retailers_own_term(city: City, dallas: Place) -> None:
    dallas.has("MUG", 9, price=400)
    with city.database.transaction() as tx:
        orders.change_terms(tx, "main", {"keep_it_minor": 399})

    assert ask(city, delivered(city, dallas, "MUG"), at="mail")["journey"] == "mail_return"


def test_two_people_asking_to_keep_the_same_unit_are_paid_once(city: City, dallas: Place) -> None:
    dallas.has("MUG", 9, price=400)
    order = delivered(city, dallas, "MUG")

    answers = city.together(*[lambda: ask(city, order, at="mail") for _ in range(3)])

    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert city.money(order)["refunded"] == "4.00"


def test_what_is_sold_for_good_comes_back_only_when_the_fault_is_ours(city: City, dallas: Place) -> None:
    order = delivered(city, dallas)
    known_item(city, "LAMP", flags=("no_return",))

    refused = ask(city, order, at="mail")
    assert (refused.status, refused["field"]) == (409, "lines.0.line")
    assert ask(city, order, at="mail", reason="defective").status == 201


def test_what_is_taken_back_sealed_only_is_not_taken_back_opened(city: City, dallas: Place) -> None:
    order = delivered(city, dallas)
    known_item(city, "LAMP", flags=("sealed_only",))
    back = ask(city, order)

    assert bring(city, back, (1, "opened"))["field"] == "lines.0.grade"
    assert bring(city, back, (1, "new"))["state"] == "settled"
