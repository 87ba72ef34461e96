"""Who is who: handles seen together make a person; families stay apart; a wrong joining is undone."""

from datetime import UTC, datetime
from typing import Any

from anyshelf.ground.ids import Id, new_id
from anyshelf.insight.model import Known, Sighting
from anyshelf.insight.rules import handles
from anyshelf.insight.rules.stitching import Circle, judge
from city import Answer, City

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def seen(**said: str) -> Sighting:
    return handles.sighting(SECRET, said, NOW)


def stitched(*sightings: Sighting) -> Circle:
    circle = Circle()
    for each in sightings:
        circle.take(each, judge(each, circle.candidates(each), apart=lambda *_: False))
    return circle


def test_the_same_address_is_the_same_however_it_is_written() -> None:
    assert handles.email(" Ann.Smith+shop@GoogleMail.com ") == "annsmith@gmail.com"
    assert handles.email("Ann.Smith@example.org") == "ann.smith@example.org"
    assert handles.email("nobody") == handles.email("@") == handles.phone("12") == ""
    assert handles.phone("+1 (512) 555-0100") == handles.phone("512.555.0100")


def test_a_mistyped_name_keeps_its_frame() -> None:
    assert handles.frame("Katherine") == handles.frame("Kathreine") == handles.frame("katherinne")
    assert handles.frame("Diego") != handles.frame("Daisy")


def test_a_handle_cannot_be_found_without_the_key() -> None:
    assert handles.handle(SECRET, "email", "1") != handles.handle(b"another key", "email", "1")
    assert handles.handle(SECRET, "email", "1") != handles.handle(SECRET, "phone", "1")


def test_a_visit_a_call_and_a_till_are_one_person() -> None:
    circle = stitched(
        seen(account="ann", device="d1", email="ann@example.org", given="Ann", family="Lee"),
        seen(email="ann@example.org", phone="512 555 0100", given="Ann", family="Lee"),
        seen(phone="512 555 0100", loyalty="L1", given="Ann", family="Lee"),
    )

    assert len(circle.people) == 1


def test_a_shared_device_or_phone_alone_joins_nobody() -> None:
    circle = stitched(
        seen(account="ann", device="tablet", phone="512 555 0100"),
        seen(account="bob", device="tablet", phone="512 555 0100"),
        seen(device="tablet", email="carl@example.org"),
    )

    assert len(circle.people) == 3


def test_a_family_with_one_address_for_mail_and_one_phone_stays_a_family() -> None:
    home = {"email": "lee@example.org", "phone": "512 555 0100", "card": "c1", "family": "Lee"}

    circle = stitched(
        seen(given="Ann", loyalty="L1", **home), seen(given="Bob", loyalty="L2", **home),
        seen(given="Ann", loyalty="L1", device="d1"), seen(given="Bob", loyalty="L2", device="d1"),
    )  # fmt: skip

    assert len(circle.people) == 2


def test_a_sighting_proves_that_two_are_one() -> None:
    web = seen(device="d1", email="ann@example.org", given="Ann")
    till = seen(loyalty="L1", given="Ann")
    circle = stitched(web, till)
    both = seen(email="ann@example.org", loyalty="L1", given="Ann")

    verdict = judge(both, circle.candidates(both), apart=lambda *_: False)
    kept_apart = judge(both, circle.candidates(both), apart=lambda *_: True)

    assert (len(verdict.merges), len(kept_apart.merges)) == (1, 0)
    assert len(kept_apart.suggestions) == 1


def test_a_handle_half_the_town_uses_says_nothing() -> None:
    crowd = [
        Known(person=new_id(), handles={Id(int=1): "phone"}, given=frozenset({Id(int=2)})) for _ in range(51)
    ]

    assert Circle.of(crowd).candidates(Sighting(handles={Id(int=1): "phone"}, seen_at=NOW)) == []
    assert len(Circle.of(crowd[1:]).candidates(Sighting(handles={Id(int=1): "phone"}, seen_at=NOW))) == 50


# The same over HTTP


def identify(city: City, user: str, device: str = "", **traits: Any) -> Answer:
    message = {
        "type": "identify", "messageId": str(new_id()), "userId": user, "anonymousId": device or None,
        "traits": traits,
    }  # fmt: skip
    return city.post("/v1/journey/batch", {"batch": [message]})


def visit(city: City, device: str, item: str) -> Answer:
    message = {
        "type": "track", "messageId": str(new_id()), "anonymousId": device, "event": "Product Viewed",
        "properties": {"product_id": item},
    }  # fmt: skip
    return city.post("/v1/journey/batch", {"batch": [message]})


def find(city: City, kind: str, value: str) -> Answer:
    return city.post("/v1/people:find", {"kind": kind, "value": value})


def items(city: City, person: str) -> list[str]:
    steps = city.get(f"/v1/people/{person}/timeline")["steps"]
    return sorted(step["item"] for step in steps if step["name"] == "Product Viewed")


def test_what_a_visitor_did_before_signing_in_is_theirs(city: City) -> None:
    visit(city, "d1", "LAMP")

    identify(city, "ann", "d1", email="ann@example.org")

    person = find(city, "email", "Ann@Example.org")["person"]
    assert find(city, "account", "ann")["person"] == person
    assert items(city, person) == ["LAMP"]


def test_steps_on_a_shared_device_are_nobodys_until_somebody_signs_in(city: City) -> None:
    identify(city, "ann", "tablet")
    identify(city, "bob", "tablet")

    visit(city, "tablet", "LAMP")

    for who in ("ann", "bob"):
        assert items(city, find(city, "account", who)["person"]) == []
    assert find(city, "device", "tablet").status == 409


def test_an_unmerge_restores_both_and_the_rule_does_not_join_them_again(city: City) -> None:
    identify(city, "ann", "d1", email="ann@example.org")
    identify(city, "anna", "d2", email="anna@work.example", firstName="Ann")
    ann, anna = (find(city, "account", who)["person"] for who in ("ann", "anna"))
    city.post("/v1/people/suggestions:decide", {"one": ann, "other": anna})
    identify(city, "ann", "d3", email="ann@example.org")
    visit(city, "d2", "LAMP")
    visit(city, "d3", "VASE")
    (merge,) = city.get(f"/v1/people/{anna}")["merges"]
    assert items(city, anna) == ["LAMP", "VASE"]

    undone = city.post(f"/v1/people/merges/{merge['merge_id']}:undo")

    assert undone.status == 200
    assert (items(city, ann), items(city, anna)) == (["VASE"], ["LAMP"])
    assert find(city, "email", "anna@work.example")["person"] == anna
    assert city.post(f"/v1/people/merges/{merge['merge_id']}:undo").problem == "out-of-turn"


def test_the_first_of_two_merges_can_be_undone_alone(city: City) -> None:
    people = {}
    for name in ("ann", "bea", "cleo"):
        identify(city, name, f"device of {name}")
        people[name] = find(city, "account", name)["person"]
    city.post("/v1/people/suggestions:decide", {"one": people["ann"], "other": people["bea"]})
    city.post("/v1/people/suggestions:decide", {"one": people["cleo"], "other": people["ann"]})
    first, _second = city.get(f"/v1/people/{people['cleo']}")["merges"]

    city.post(f"/v1/people/merges/{first['merge_id']}:undo")

    now = {name: city.get(f"/v1/people/{person}")["person"] for name, person in people.items()}
    assert now == {"ann": people["cleo"], "bea": people["bea"], "cleo": people["cleo"]}


def test_a_declined_pair_is_neither_asked_for_again_nor_joined(city: City) -> None:
    identify(city, "ann", email="lee@example.org")
    identify(city, "bob", email="lee@example.org")
    (pair,) = city.get("/v1/people/suggestions")["suggestions"]

    city.post("/v1/people/suggestions:decide", {"one": pair["one"], "other": pair["other"], "same": False})
    identify(city, "ann", email="lee@example.org", firstName="Ann", lastName="Lee")
    identify(city, "bob", email="lee@example.org", firstName="Ann", lastName="Lee")

    assert city.get("/v1/people/suggestions")["suggestions"] == []
    assert find(city, "account", "ann")["person"] != find(city, "account", "bob")["person"]


def test_the_tablet_of_a_shop_stays_out_of_everybodys_life(city: City) -> None:
    for number in range(53):
        identify(city, f"guest-{number}", "tablet of the shop")

    people = {find(city, "account", f"guest-{number}")["person"] for number in (0, 7, 51, 52)}

    assert len(people) == 4
    assert city.get(f"/v1/people/{find(city, 'account', 'guest-52')['person']}")["handles"] == {"account": 1}


def test_who_only_ever_came_signed_in_can_be_found_and_forgotten(city: City) -> None:
    message = {"type": "track", "messageId": "1", "userId": "dora", "event": "Cart Viewed"}
    city.post("/v1/journey/batch", {"batch": [message]})

    person = find(city, "account", "dora")["person"]

    assert [step["name"] for step in city.get(f"/v1/people/{person}/timeline")["steps"]] == ["Cart Viewed"]


def test_somebody_nobody_knows_is_not_found(city: City) -> None:
    assert city.get(f"/v1/people/{new_id()}").status == 404
    assert find(city, "email", "nobody@example.org").status == 404
    assert city.get("/v1/people/ann").status == 422
