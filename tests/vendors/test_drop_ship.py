"""Drop-ship as the vendor sees it: purchase orders, answers, ship notices and invoices over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground import auth
from anyshelf.ground.auth import Principal
from anyshelf.ground.ids import new_id
from anyshelf.ground.outbox import story_of
from anyshelf.network import service as network
from anyshelf.network.model import Vendor
from anyshelf.vendors import jobs
from city import MARKET, Answer, City, Place


@pytest.fixture
def acme(city: City) -> Place:
    return city.store("Acme", "vendor")


def orders_of(city: City, vendor: str = "Acme", state: str = "open") -> list[dict[str, Any]]:
    city.settle()
    answer = city.get(f"/v1/vendors/{vendor}/orders?state={state}")
    assert answer.status == 200, answer.body
    return list(answer["orders"])


def only_order(city: City, vendor: str = "Acme") -> str:
    (po,) = orders_of(city, vendor)
    return str(po["po_id"])


def say(city: City, po: str, verb: str, **body: Any) -> Answer:
    return city.post(f"/v1/vendors/orders/{po}:{verb}", body)


def acknowledge(city: City, po: str, **line: Any) -> Answer:
    return say(city, po, "acknowledge", lines=[{"line": 1, **line}])


def ship(city: City, po: str, quantity: int, asn: str = "A-1", **more: Any) -> Answer:
    lines = [{"line": 1, "quantity": quantity}]
    return say(
        city, po, "ship", **{"asn": asn, "carrier": "ups", "tracking": f"1Z{asn}", "lines": lines, **more}
    )


def invoice(city: City, po: str, quantity: int, cost: str = "12.00", number: str = "I-1") -> Answer:
    amount = {"amount": cost, "currency": "USD"}
    return say(
        city, po, "invoice", invoice=number, lines=[{"line": 1, "quantity": quantity, "unit_cost": amount}]
    )


def delivered(city: City, po: str) -> None:
    for shipment in city.get(f"/v1/vendors/orders/{po}")["shipments"]:
        scan = {"event_id": "1", "kind": "delivered", "happened_at": city.clock.now().isoformat()}
        told = city.post(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": [scan]})
        assert told.status == 200, told.body


def timers(city: City) -> list[str]:
    with city.database.transaction() as tx:
        found = tx.execute("SELECT kind FROM timers WHERE kind LIKE 'vendors.%' ORDER BY kind").fetchall()
    return [kind for (kind,) in found]


def exceptions(city: City, kind: str) -> list[dict[str, Any]]:
    answer = city.get(f"/v1/exceptions?kind={kind}&state=all")
    assert answer.status == 200, answer.body
    return list(answer["exceptions"])


def stands(answer: Answer) -> dict[str, int]:
    words = ("unanswered", "accepted", "backordered", "rejected", "cancelled", "shipped")
    return {word: answer["lines"][0][word] for word in words if answer["lines"][0][word]}


def key_for(city: City, role: str, **scope: tuple[str, ...]) -> dict[str, str]:
    somebody = Principal(market=MARKET, name=f"{role} {new_id()}", roles=(role,), **scope)
    with city.database.transaction() as tx:
        return {"authorization": f"Bearer {auth.make_key(tx, somebody, city.clock.now())}"}


def costs(city: City, item: str, minor: int) -> None:
    with city.database.transaction() as tx:
        known = Item(
            item=item, name=item.title(), currency="USD", price_minor=2500, cost_minor=minor, weight_g=900
        )
        catalogue.save_items(tx, MARKET, [known])


def test_a_vendor_ships_to_the_door_and_the_money_is_taken_with_its_notice(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 5), 2)
    po = only_order(city)
    shown = city.get(f"/v1/vendors/orders/{po}")
    assert (shown["state"], shown["journey"], shown["ship_to"]["postal_code"]) == (
        "open",
        "drop_ship",
        "78701",
    )
    assert (shown["order_id"], stands(shown)) == (order["order_id"], {"unanswered": 2})

    answered = acknowledge(city, po, accept=2)
    assert (answered["state"], stands(answered)) == ("acknowledged", {"accepted": 2})
    assert city.money(order)["captured"] == "0.00"

    left = ship(city, po, 2)
    assert (left["state"], stands(left)) == ("shipped", {"accepted": 2, "shipped": 2})
    assert city.states(order) == {"dispatched": 2}
    assert city.money(order)["captured"] == city.show(order)["total"]["amount"]
    delivered(city, po)

    assert city.states(order) == {"delivered": 2}
    assert city.show(order)["status"] == "completed"
    assert acme.stock("LAMP") == {"on_hand": 3}
    assert orders_of(city) == []
    assert city.audit() == []


def test_every_word_said_twice_changes_nothing(city: City, acme: Place) -> None:
    costs(city, acme.has("LAMP", 5), 1200)
    city.order("LAMP", 3)
    po = only_order(city)
    amount = {"amount": "12.00", "currency": "USD"}
    words: list[tuple[str, dict[str, Any]]] = [
        ("acknowledge", {"lines": [{"line": 1, "accept": 2, "reject": {"quantity": 1, "reason": "broken"}}]}),
        ("ship", {"asn": "A", "carrier": "ups", "tracking": "1Z", "lines": [{"line": 1, "quantity": 2}]}),
        ("invoice", {"invoice": "I", "lines": [{"line": 1, "quantity": 2, "unit_cost": amount}]}),
    ]

    for verb, body in words:
        path = f"/v1/vendors/orders/{po}:{verb}"
        first = city.twice(path, body)
        before = city.ledger()
        again = city.post(path, body)
        assert (again.status, again.body) == (200, first.body)
        assert city.ledger() == before

    assert len(city.get(f"/v1/vendors/orders/{po}")["shipments"]) == 1
    assert city.audit() == []


def test_a_step_lost_at_the_very_end_leaves_nothing_behind(city: City, acme: Place) -> None:
    city.stumbling = True
    order = city.order(acme.has("LAMP", 2), 2)
    po = only_order(city)

    city.twice(f"/v1/vendors/orders/{po}:acknowledge", {"lines": [{"line": 1, "accept": 2}]})
    city.twice(
        f"/v1/vendors/orders/{po}:ship",
        {"asn": "A", "carrier": "ups", "tracking": "1Z", "lines": [{"line": 1, "quantity": 2}]},
    )

    assert city.states(order) == {"dispatched": 2}
    assert city.audit() == []


def test_an_answer_overtaken_by_a_newer_one_does_not_come_back(city: City, acme: Place) -> None:
    city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)
    friday = (city.clock.now() + timedelta(days=4)).isoformat()
    older = {"accept": 1, "backorder": {"quantity": 2, "expected_at": friday}}
    acknowledge(city, po, **older)
    acknowledge(city, po, accept=3)

    again = acknowledge(city, po, **older)

    assert (again.status, stands(again)) == (200, {"accepted": 3})
    assert [each["state"] for each in exceptions(city, "vendor_backorder")] == ["closed"]


def test_an_answer_meets_the_order_as_it_is_at_that_moment(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)
    city.post(f"/v1/orders/{order['order_id']}:cancel", {"lines": [{"line": 1, "quantity": 1}]})

    late = acknowledge(city, po, accept=3)

    assert (late.status, late.problem) == (409, "out-of-turn")
    assert stands(acknowledge(city, po, accept=2)) == {"accepted": 2, "cancelled": 1}


def test_the_same_release_told_again_makes_no_second_purchase_order(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 1))
    known = orders_of(city)
    with city.database.transaction() as tx:
        story = story_of(tx, MARKET, order["order_id"])
        released = next(told for told in story if told.kind == "OrderReleased")
        jobs.READER.handlers["OrderReleased"](tx, released)

    assert orders_of(city) == known


def test_what_a_vendor_rejects_comes_from_a_store_at_once(city: City, acme: Place) -> None:
    shop = city.store("Austin", lat=44.0)
    order = city.order(acme.has("LAMP", 3), 3)
    shop.has("LAMP", 9)
    po = only_order(city)

    answered = acknowledge(city, po, accept=2, reject={"quantity": 1, "reason": "broken"})

    assert stands(answered) == {"accepted": 2, "rejected": 1}
    (work,) = city.work_at(shop)
    assert [(line["item"], line["quantity"]) for line in work["lines"]] == [("LAMP", 1)]
    assert city.states(order) == {"released": 3}
    assert [each["state"] for each in exceptions(city, "vendor_rejected")] == ["closed"]
    assert ship(city, po, 2)["state"] == "shipped"
    assert city.audit() == []


def test_what_nobody_else_has_is_cancelled_and_nothing_is_paid(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)

    answered = acknowledge(city, po, reject={"quantity": 3, "reason": "discontinued"})

    assert (answered["state"], answered["ship_to"]) == ("closed", None)
    assert city.states(order) == {"cancelled": 3}
    assert city.money(order)["captured"] == "0.00"
    assert city.money(order)["voided"] == city.money(order)["authorised"]
    assert city.audit() == []


def test_what_a_vendor_is_silent_of_is_looked_for_elsewhere(city: City, acme: Place) -> None:
    shop = city.store("Austin", lat=44.0)
    order = city.order(acme.has("LAMP", 3), 3)
    shop.has("LAMP", 9)
    po = only_order(city)
    acknowledge(city, po, accept=1)
    city.wait(hours=23)
    assert city.work_at(shop) == []

    city.wait(hours=2)

    (work,) = city.work_at(shop)
    assert work["lines"][0]["quantity"] == 2
    assert stands(city.get(f"/v1/vendors/orders/{po}")) == {"accepted": 1, "rejected": 2}
    assert len(exceptions(city, "vendor_silent")) == 1
    late = acknowledge(city, po, accept=3)
    assert (late.status, late.problem) == (409, "out-of-turn")
    assert ship(city, po, 1)["state"] == "shipped"
    assert city.states(order) == {"released": 2, "dispatched": 1}
    assert city.audit() == []


def test_a_vendor_who_has_answered_is_not_silent(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)
    assert timers(city) == ["vendors.answer"]
    acknowledge(city, po, accept=3)
    assert timers(city) == []

    city.wait(days=9)

    assert city.states(order) == {"released": 3}
    assert exceptions(city, "vendor_silent") == []


def test_a_vendor_answers_within_the_minutes_agreed_with_it(city: City, acme: Place) -> None:
    with city.database.transaction() as tx:
        network.save_vendors(
            tx, MARKET, [Vendor(vendor="ACME-INC", name="Acme", node="Acme", ack_minutes=60)]
        )
    city.order(acme.has("LAMP", 1))

    (po,) = orders_of(city, "ACME-INC")

    assert po["answer_by"] == (city.clock.now() + timedelta(minutes=60)).isoformat()
    assert city.get("/v1/vendors/Acme/orders").status == 404


def test_a_backorder_has_a_date_that_is_told_and_watched(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)
    friday = city.clock.now() + timedelta(days=4)

    answered = acknowledge(city, po, accept=1, backorder={"quantity": 2, "expected_at": friday.isoformat()})

    assert stands(answered) == {"accepted": 1, "backordered": 2}
    (waiting,) = exceptions(city, "vendor_backorder")
    assert waiting["state"] == "open"
    with city.database.transaction() as tx:
        story = [told.kind for told in story_of(tx, MARKET, order["order_id"])]
    assert story.count("PromiseChanged") == 1
    city.wait(days=4, hours=23)
    assert city.states(order) == {"released": 3}
    city.wait(hours=1)
    assert city.states(order) == {"released": 1, "cancelled": 2}
    assert len(exceptions(city, "vendor_late")) == 1
    assert [each["state"] for each in exceptions(city, "vendor_backorder")] == ["closed"]
    assert city.audit() == []


def test_a_backorder_that_ships_leaves_nothing_to_do(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)
    friday = (city.clock.now() + timedelta(days=4)).isoformat()
    acknowledge(city, po, backorder={"quantity": 3, "expected_at": friday})

    assert ship(city, po, 3)["state"] == "shipped"

    assert [each["state"] for each in exceptions(city, "vendor_backorder")] == ["closed"]
    city.wait(days=9)
    assert city.states(order) == {"dispatched": 3}
    assert city.audit() == []


def test_parcels_may_leave_one_by_one_but_never_more_than_was_asked(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 9), 3)
    po = only_order(city)

    assert ship(city, po, 1)["state"] == "open"
    beyond = ship(city, po, 3, asn="A-2")
    assert (beyond.status, beyond.problem) == (409, "out-of-turn")
    far = ship(city, po, 4, asn="A-2")
    assert (far.status, far["field"]) == (422, "lines.0.quantity")
    assert ship(city, po, 2, asn="A-2")["state"] == "shipped"

    assert city.states(order) == {"dispatched": 3}
    assert city.money(order)["captured"] == city.show(order)["total"]["amount"]
    assert acme.stock("LAMP") == {"on_hand": 6}
    assert city.audit() == []


def test_one_notice_does_not_say_two_things(city: City, acme: Place) -> None:
    city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)
    ship(city, po, 1)

    other = ship(city, po, 2)

    assert (other.status, other["field"]) == (409, "asn")


def test_the_same_notice_at_once_is_taken_once(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 4), 4)
    po = only_order(city)

    answers = city.together(lambda: ship(city, po, 2), lambda: ship(city, po, 2))

    assert [answer.status for answer in answers] == [200, 200]
    assert city.states(order) == {"released": 2, "dispatched": 2}
    assert city.audit() == []


def test_what_the_shopper_cancels_is_asked_for_no_more(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)
    acknowledge(city, po, accept=3)

    city.post(f"/v1/orders/{order['order_id']}:cancel", {"lines": [{"line": 1, "quantity": 2}]})

    city.settle()
    assert stands(city.get(f"/v1/vendors/orders/{po}")) == {"accepted": 1, "cancelled": 2}
    assert ship(city, po, 2).status == 409
    assert ship(city, po, 1)["state"] == "shipped"
    assert city.audit() == []


def test_a_cancelled_order_cancels_its_purchase_order(city: City, acme: Place) -> None:
    order = city.order(acme.has("LAMP", 3), 3)
    po = only_order(city)

    city.post(f"/v1/orders/{order['order_id']}:cancel", {})

    assert orders_of(city) == []
    assert city.get(f"/v1/vendors/orders/{po}")["state"] == "cancelled"
    assert acknowledge(city, po, accept=3).status == 409
    assert city.audit() == []


def test_an_invoice_matches_what_was_shipped_or_says_where_it_does_not(city: City, acme: Place) -> None:
    costs(city, acme.has("LAMP", 5), 1200)
    city.order("LAMP", 3)
    po = only_order(city)
    ship(city, po, 2)

    assert (invoice(city, po, 2)["state"], invoice(city, po, 2)["total"]["amount"]) == ("matched", "24.00")
    wrong = invoice(city, po, 1, "13.50", "I-2")
    assert wrong["state"] == "disputed"
    assert wrong["differences"] == [
        {"line": 1, "field": "quantity", "invoiced": 1, "expected": 0},
        {"line": 1, "field": "unit_cost", "invoiced": "13.50", "expected": "12.00"},
    ]
    assert invoice(city, po, 3, number="I-2").status == 409
    assert len(exceptions(city, "invoice_differs")) == 1


def test_a_disputed_invoice_may_be_corrected(city: City, acme: Place) -> None:
    costs(city, acme.has("LAMP", 5), 1200)
    city.order("LAMP", 2)
    po = only_order(city)
    ship(city, po, 2)
    assert invoice(city, po, 2, "13.50")["state"] == "disputed"

    assert invoice(city, po, 2, number="I-2")["state"] == "matched"


def test_a_vendor_sees_its_own_and_nothing_else(city: City, acme: Place) -> None:
    city.order(acme.has("LAMP", 1))
    po = only_order(city)
    ours, theirs = (key_for(city, "vendor", vendors=(name,)) for name in ("Acme", "Other"))
    body = {"lines": [{"line": 1, "accept": 1}]}
    feed = {"feed_id": "f", "as_of": city.clock.now().isoformat(), "lines": [{"item": "LAMP", "quantity": 9}]}

    for key, status in ((theirs, 403), (ours, 200)):
        assert city.get("/v1/vendors/Acme/orders", **key).status == status
        assert city.get("/v1/vendors/Acme/scorecard", **key).status == status
        assert city.get(f"/v1/vendors/orders/{po}", **key).status == status
        assert city.call("POST", f"/v1/vendors/orders/{po}:acknowledge", body, **key).status == status
        assert city.call("POST", "/v1/vendors/Acme/stock", feed, **key).status == status
    for somebody in ("carrier", "vendor"):
        assert city.get(f"/v1/vendors/orders/{po}", **key_for(city, somebody)).status == 403


def test_a_vendor_may_send_to_the_store_where_it_is_picked_up(city: City, acme: Place) -> None:
    shop = city.store("Austin")
    order = city.pick_up(acme.has("LAMP", 3), shop, 2)
    assert order.status == 201, order.body
    po = only_order(city)
    shown = city.get(f"/v1/vendors/orders/{po}")
    assert (shown["journey"], shown["to_node"], shown["ship_to"]["node"]) == (
        "vendor_to_store",
        "Austin",
        "Austin",
    )

    ship(city, po, 2)

    assert city.states(order) == {"in_transit": 2}
    assert city.money(order)["captured"] == "0.00"
    (shipment,) = city.get(f"/v1/vendors/orders/{po}")["shipments"]
    received = city.post(
        f"/v1/shipments/{shipment['shipment_id']}:receive", {"lines": [{"line": 1, "received": 2}]}
    )
    assert received.status == 200, received.body
    (work,) = city.work_at(shop)
    assert city.post(f"/v1/work/{work['work_id']}:stage", {"shelf": "A1"}).status == 200
    assert city.states(order) == {"staged": 2}
    assert city.audit() == []


def test_two_stores_are_two_purchase_orders(city: City, acme: Place) -> None:
    shops = [city.store(name) for name in ("Austin", "Waco")]
    acme.has("LAMP", 5)
    lines = [{"item": "LAMP", "quantity": 1, "method": "pickup", "node": shop.name} for shop in shops]

    order = city.order("LAMP", lines=lines)

    assert order.status == 201, order.body
    assert {(po["to_node"], len(po["lines"])) for po in orders_of(city)} == {("Austin", 1), ("Waco", 1)}


def test_pages_follow_each_other(city: City, acme: Place) -> None:
    acme.has("LAMP", 9)
    for _ in range(3):
        city.order("LAMP")
        city.settle()
        city.clock.wait(minutes=1)
    listed = [po["po_id"] for po in orders_of(city)]

    page = city.get("/v1/vendors/Acme/orders?limit=2")
    rest = city.get(f"/v1/vendors/Acme/orders?limit=2&after={page['next']}")

    assert [po["po_id"] for po in [*page["orders"], *rest["orders"]]] == listed
    assert (len(listed), rest["next"]) == (3, None)


def test_a_scorecard_counts_what_was_promised_and_kept(city: City, acme: Place) -> None:
    acme.has("LAMP", 20)
    for _ in range(2):
        city.order("LAMP", 2)
    first, second = (po["po_id"] for po in orders_of(city))
    city.wait(hours=2)
    acknowledge(city, first, accept=1, reject={"quantity": 1, "reason": "broken"})
    ship(city, first, 1)
    city.wait(hours=30)

    card = city.get("/v1/vendors/Acme/scorecard?days=30")

    assert (card["orders"], card["units"], card["shipments"]) == (2, 4, 1)
    assert (card["acknowledged_in_time_percent"], card["hours_to_acknowledge"]) == (50.0, 2.0)
    assert (card["fill_percent"], card["rejected_percent"]) == (25.0, 75.0)
    assert (card["late_shipments_percent"], card["hours_to_ship"]) == (0.0, 2.0)
    assert city.get(f"/v1/vendors/orders/{second}")["state"] == "closed"
    nobody = city.get("/v1/vendors/Nobody/scorecard")
    assert (nobody.status, nobody["field"]) == (404, "vendor")
    city.store("New", "vendor")
    new = city.get("/v1/vendors/New/scorecard")
    assert (new.status, new["orders"], new["fill_percent"]) == (200, 0, None)


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("acknowledge", {"lines": []}),
        ("acknowledge", {"lines": [{"line": 1}]}),
        ("acknowledge", {"lines": [{"line": 1, "accept": 2}]}),
        ("acknowledge", {"lines": [{"line": 1, "accept": True}]}),
        ("acknowledge", {"lines": [{"line": 1, "accept": 1}, {"line": 1, "accept": 1}]}),
        ("acknowledge", {"lines": [{"line": 1, "backorder": {"quantity": 1,
                                                             "expected_at": "2020-01-01T00:00:00Z"}}]}),
        ("ship", {"asn": "A", "carrier": "ups", "tracking": "1Z", "lines": [{"line": 7, "quantity": 1}]}),
        ("ship", {"asn": "A", "carrier": "ups", "tracking": "1Z", "lines": [{"line": 1, "quantity": 0}]}),
        ("ship", {"asn": "A", "carrier": "ups", "tracking": "1Z", "shipped_at": "2099-01-01T00:00:00Z",
                  "lines": [{"line": 1, "quantity": 1}]}),
        ("ship", {"asn": "A", "carrier": "ups", "tracking": "1Z", "shipped_at": "0001-01-01T00:00:00+14:00",
                  "lines": [{"line": 1, "quantity": 1}]}),
        ("acknowledge", {"lines": [{"line": 1, "backorder": {"quantity": 1,
                                                             "expected_at": "9999-12-31T23:59:00-14:00"}}]}),
        ("invoice", {"invoice": "I", "lines": [{"line": 1, "quantity": 1,
                                               "unit_cost": {"amount": "1.00", "currency": "EUR"}}]}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(city: City, acme: Place, verb: str, body: Any) -> None:
    order = city.order(acme.has("LAMP", 1))
    po = only_order(city)

    assert say(city, po, verb, **body).status == 422

    assert city.states(order) == {"released": 1}
    assert stands(city.get(f"/v1/vendors/orders/{po}")) == {"unanswered": 1}
