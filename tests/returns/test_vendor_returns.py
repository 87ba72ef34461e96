"""What a vendor shipped is the vendor's again: it goes back, or straight there, and is charged."""

import pytest
from coming_back import ask, bring, drop_shipped, key_of, known_item, usd

from city import City, Place


@pytest.fixture
def vendor(city: City) -> Place:
    city.store("Austin")
    place = city.store("Vendor", "vendor")
    place.has("LAMP", 9)
    known_item(city, "LAMP")
    return place


def test_goods_of_a_vendor_lie_apart_are_charged_and_sent_back(city: City, vendor: Place) -> None:
    austin = Place(city, "Austin")
    order = drop_shipped(city, vendor, quantity=2)
    back = ask(city, order, 2, reason="defective")

    done = bring(city, back, (1, "damaged"), (1, "new"))
    assert done["refund"] == usd("50.00")
    assert [each["disposition"] for each in done["receipts"]] == ["return_to_vendor"] * 2
    assert [each["amount"] for each in done["debit_notes"]] == [usd("9.00")] * 2
    assert {each["state"] for each in done["debit_notes"]} == {"open"}
    assert austin.stock("LAMP") == {"damaged": 2}

    at = f"/v1/returns/{back['return_id']}:to_vendor"
    sent = city.twice(at)
    assert {each["state"] for each in sent["debit_notes"]} == {"sent"}
    assert city.post(at).body == sent.body
    assert austin.stock("LAMP") == {}
    assert city.audit() == []


def test_a_debit_note_is_listed_and_settled_once(city: City, vendor: Place) -> None:
    back = ask(city, drop_shipped(city, vendor))
    (note,) = bring(city, back, (1, "new"))["debit_notes"]
    at = f"/v1/debit_notes/{note['note_id']}:settle"

    assert city.post(at).problem == "out-of-turn"
    city.post(f"/v1/returns/{back['return_id']}:to_vendor")
    assert [city.post(at)["state"] for _ in range(2)] == ["settled", "settled"]
    listed = city.get("/v1/debit_notes?vendor_node=Vendor&state=settled")
    assert [each["note_id"] for each in listed["debit_notes"]] == [note["note_id"]]
    assert city.get("/v1/debit_notes?state=open")["debit_notes"] == []
    assert city.get("/v1/debit_notes", **key_of(city, "cashier", nodes=("Austin",))).status == 403


def test_two_people_sending_it_back_at_once_send_it_once(city: City, vendor: Place) -> None:
    back = ask(city, drop_shipped(city, vendor))
    bring(city, back, (1, "new"))

    answers = city.together(
        *[lambda: city.post(f"/v1/returns/{back['return_id']}:to_vendor") for _ in range(3)]
    )

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert Place(city, "Austin").stock("LAMP") == {}
    assert city.audit() == []


def test_goods_may_go_straight_to_their_vendor(city: City, vendor: Place) -> None:
    order = drop_shipped(city, vendor)

    back = ask(city, order, at="vendor")
    assert (back["journey"], back["at"], back["label"]["to"]["node"]) == ("vendor_return", "Vendor", "Vendor")
    done = bring(city, back, (1, "opened"), at="Vendor")

    assert (done["refund"], done["receipts"][0]["disposition"]) == (usd("25.00"), "return_to_vendor")
    assert vendor.stock("LAMP") == {"on_hand": 8}
    sent = city.post(f"/v1/returns/{back['return_id']}:to_vendor")
    assert sent["debit_notes"][0]["state"] == "sent"
    assert city.audit() == []


def test_goods_of_our_own_do_not_go_to_a_vendor(city: City, vendor: Place) -> None:
    austin = Place(city, "Austin")
    austin.has("MUG", 3)
    order = city.carry_out("MUG", austin)

    assert vendor.name
    assert ask(city, order, at="vendor")["field"] == "at"
    back = ask(city, order)
    done = bring(city, back, (1, "new"))
    assert done["debit_notes"] == []
    assert city.post(f"/v1/returns/{back['return_id']}:to_vendor").problem == "out-of-turn"
