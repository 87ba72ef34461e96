"""What a carrier could not deliver comes back by itself, and is paid back in full."""

import pytest
from coming_back import ask, bring, carrier_says, dispatch, exceptions, ring_timers, scan, settle, usd

from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import story_of
from anyshelf.returns import jobs
from city import Answer, City, Place


@pytest.fixture
def dallas(city: City) -> Place:
    place = city.dc("Dallas")
    place.has("LAMP", 9)
    return place


@pytest.fixture
def order(city: City, dallas: Place) -> Answer:
    assert dallas.name
    return city.order("LAMP", 2, shipping=usd("4.99"))


def returns(city: City, order: Answer) -> list[Answer]:
    found = city.get(f"/v1/orders/{order['order_id']}/returns")["returns"]
    return [Answer(200, each) for each in found]


def test_a_parcel_that_turns_back_is_expected_graded_and_paid_with_its_shipping(
    city: City, dallas: Place, order: Answer
) -> None:
    carrier_says(city, dispatch(city, dallas), "returning")

    (back,) = returns(city, order)
    assert (back["journey"], back["state"], back["at"]) == ("undeliverable", "authorised", "Dallas")
    assert back["lines"][0]["reason"] == "undeliverable"
    done = bring(city, back, (2, "new"), at="Dallas")

    assert (done["state"], done["signals"], done["refund"]) == ("settled", [], usd("54.99"))
    assert city.states(order) == {"returned": 2}
    assert city.money(order)["refunded"] == "54.99"
    assert dallas.stock("LAMP") == {"on_hand": 9}
    assert city.audit() == []


def test_the_carriers_word_told_again_expects_it_once(city: City, dallas: Place, order: Answer) -> None:
    shipment = dispatch(city, dallas)
    carrier_says(city, shipment, "returning")
    with city.database.transaction() as tx:
        told = [each for each in story_of(tx, "main", shipment) if each.kind == "ShipmentProgressed"]
        for each in told * 2:
            jobs.READER.handlers["ShipmentProgressed"](tx, each)

    assert len(returns(city, order)) == 1


def test_what_was_withdrawn_is_not_expected_anew_when_the_carrier_repeats_itself(
    city: City, dallas: Place, order: Answer
) -> None:
    shipment = dispatch(city, dallas)
    carrier_says(city, shipment, "returning")
    (back,) = returns(city, order)
    assert city.post(f"/v1/returns/{back['return_id']}:cancel").status == 200

    with city.database.transaction() as tx:
        told = [each for each in story_of(tx, "main", shipment) if each.kind == "ShipmentProgressed"]
        for each in told:
            jobs.READER.handlers["ShipmentProgressed"](tx, each)

    assert [each["state"] for each in returns(city, order)] == ["cancelled"]


def test_what_is_delivered_after_all_is_expected_no_more(city: City, dallas: Place, order: Answer) -> None:
    shipment = dispatch(city, dallas)
    carrier_says(city, shipment, "returning")

    carrier_says(city, shipment, "delivered")

    (back,) = returns(city, order)
    assert back["state"] == "cancelled"
    assert city.states(order) == {"delivered": 2}
    assert ask(city, order, 2, at="Dallas").status == 201


def test_what_was_delivered_before_we_heard_is_not_expected(city: City, dallas: Place, order: Answer) -> None:
    shipment = dispatch(city, dallas)
    events = {"events": [scan(city, "delivered"), scan(city, "returning")]}
    city.post(f"/v1/shipments/{shipment}:events", events)
    city.settle()

    assert returns(city, order) == []


def test_a_damaged_part_lies_apart_and_a_missing_one_is_not_paid(
    city: City, dallas: Place, order: Answer
) -> None:
    carrier_says(city, dispatch(city, dallas), "returning")
    (back,) = returns(city, order)

    done = bring(city, back, (1, "damaged"), (1, "missing"), at="Dallas")

    assert (done["state"], done["refund"]) == ("settled", usd("25.00"))
    assert dallas.stock("LAMP") == {"on_hand": 7, "damaged": 1}
    assert city.audit() == []


def test_what_turned_back_and_never_came_is_listed_and_may_be_paid(
    city: City, dallas: Place, order: Answer
) -> None:
    carrier_says(city, dispatch(city, dallas), "returning")
    (back,) = returns(city, order)

    city.clock.wait(days=46)
    ring_timers(city)

    assert ("return_lost", "open") in exceptions(city, order)
    assert settle(city, back, before_receipt=True)["refund"] == usd("54.99")
    assert city.audit() == []


def test_a_shipment_nobody_knows_is_no_trouble(city: City, dallas: Place, order: Answer) -> None:
    shipment = dispatch(city, dallas)
    carrier_says(city, shipment, "out_for_delivery")

    assert returns(city, order) == []
    assert Id(shipment)


def test_a_parcel_that_turns_back_is_not_held_against_its_shopper(city: City, dallas: Place) -> None:
    austin = city.store("Austin")
    austin.has("LAMP", 9)
    bought = city.carry_out("LAMP", austin, 7, customer="bea")
    bring(city, ask(city, bought, 4), (4, "new"))
    order = city.order("LAMP", customer="bea")
    carrier_says(
        city, dispatch(city, next(each for each in (dallas, austin) if city.work_at(each))), "refused"
    )

    (back,) = returns(city, order)
    done = bring(city, back, (1, "new"), at=back["at"])

    assert (back["lines"][0]["reason"], back["signals"], done["state"]) == ("refused", [], "settled")
    assert city.audit() == []
