"""Who looks after the house: people, keys, what was set aside, and a book of deeds that nobody can change."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import psycopg
import pytest
from chromium import DESK, NARROWEST, PHONE, serious_violations
from test_bad_forms import send as send_form
from test_tower import signed_in
from web_town import Town, Visit, somebody

from anyshelf.ground import auth, deeds, outbox
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.dispatch import Reader, catch_up, set_aside, try_again
from anyshelf.ground.errors import Conflict, NotFound
from anyshelf.ground.events import Event, Told
from city import MARKET, Answer

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PAGES = ("/admin", "/admin/people", "/admin/people/ana", "/admin/keys", "/admin/deeds", "/admin/settings")
CHANGES = (
    "/admin/people", "/admin/people/ana", "/admin/people/ana/out", "/admin/people/ana/in",
    "/admin/people/ana/password", "/admin/keys", "/admin/keys/revoke", "/admin/again",
)  # fmt: skip


def as_(town: Town, person: str) -> dict[str, str]:
    """The cookie of somebody who is signed in."""
    return {"cookie": signed_in(town, person)}


def send(town: Town, path: str, form: str = "", **headers: str) -> Answer:
    return send_form(town, path, dict(parse_qsl(form)), **headers)


@pytest.fixture
def ada(town: Town) -> dict[str, str]:
    """An administrator's session."""
    with town.city.database.transaction() as tx:
        auth.make_person(tx, somebody("ada", "administrator"))
    return as_(town, "ada")


def done(town: Town) -> list[tuple[str, str, str]]:
    with town.city.database.transaction() as tx:
        return [(each.by, each.did, each.about) for each in deeds.latest(tx, MARKET)]


# Who may


@pytest.mark.parametrize("person", ["omar", "ana", "carl", "vera", "sam"])
def test_nobody_else_sees_or_changes_any_of_it(town: Town, person: str) -> None:
    theirs = as_(town, person)

    assert {path: town.city.get(path, **theirs).status for path in PAGES} == dict.fromkeys(PAGES, 403)
    assert {path: send(town, path, **theirs).status for path in CHANGES} == dict.fromkeys(CHANGES, 403)
    assert done(town) == []


def test_an_administrator_of_one_store_is_none_of_the_house(town: Town) -> None:
    with town.city.database.transaction() as tx:
        auth.make_person(tx, somebody("abe", "administrator", "AUSTIN"))

    assert town.city.get("/admin/people", **as_(town, "abe")).status == 403


def test_another_sites_page_changes_nothing(town: Town, ada: dict[str, str]) -> None:
    answer = send(town, "/admin/people/ana/out", **{**ada, "origin": "https://elsewhere.example"})

    assert answer.status == 403
    assert done(town) == []


# People


def signs_in(town: Town) -> dict[str, str]:
    """Eve, with her password."""
    answer = send(town, "/sign-in", "name=eve&password=a-long-password")
    assert answer.status == 303, answer.body
    (cookie,) = [value for name, value in answer.headers.items() if name.lower() == "set-cookie"]
    return {"cookie": cookie.partition(";")[0]}


def test_somebody_is_added_changed_shut_out_and_let_in(town: Town, ada: dict[str, str]) -> None:
    who = "person=eve&name=Eve&password=a-long-password&role-associate=on&nodes=DALLAS"
    assert send(town, "/admin/people", who, **ada).status == 303
    assert town.city.get("/store/DALLAS", **signs_in(town)).status == 200

    moved = send(town, "/admin/people/eve", "name=Eve&role-associate=on&nodes=AUSTIN", **ada)
    assert moved.status == 303
    assert town.city.get("/store/AUSTIN", **signs_in(town)).status == 200
    assert town.city.get("/store/DALLAS", **signs_in(town)).status == 403

    assert send(town, "/admin/people/eve/out", **ada).status == 303
    wrong = send(town, "/sign-in", "name=eve&password=a-long-password")
    assert wrong.status == 401
    assert send(town, "/admin/people/eve/in", **ada).status == 303
    fine = send(town, "/sign-in", "name=eve&password=a-long-password")
    assert fine.status == 303
    assert [did for _, did, about in done(town) if about == "eve"] == [
        "person let in", "person shut out", "person changed", "person added",
    ]  # fmt: skip


def test_who_is_shut_out_is_signed_out(town: Town, ada: dict[str, str]) -> None:
    theirs = as_(town, "ana")
    secret = theirs["cookie"].partition("=")[2]
    send(town, "/admin/people/ana/out", **ada)

    with town.city.database.transaction() as tx, pytest.raises(auth.Unauthenticated):
        auth.recognise(tx, secret, town.city.clock.now())


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ("person=eve&password=short&role-associate=on", 422, "ten|10"),
        ("person=eve&password=a-long-password", 422, "role"),
        ("person=eve&password=a-long-password&role-associate=on&nodes=NOWHERE", 404, "NOWHERE"),
        ("person=ana&password=a-long-password&role-associate=on", 409, "there already"),
        ("password=a-long-password&role-associate=on", 422, "person"),
        ("person=e/ve&password=a-long-password&role-associate=on", 422, "letters"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(
    town: Town, ada: dict[str, str], form: str, status: int, told: str
) -> None:
    answer = send(town, "/admin/people", form, **ada)

    assert answer.status == status
    assert re.search(told, answer["detail"])
    assert done(town) == []


@pytest.mark.parametrize("path", ["/admin/people/ada/out", "/admin/people/ada"])
def test_the_last_administrator_stays(town: Town, ada: dict[str, str], path: str) -> None:
    answer = send(town, path, "role-associate=on", **ada)

    assert answer.status == 409
    assert "last administrator" in answer["detail"]
    assert town.city.get("/admin", **as_(town, "ada")).status == 200


# Keys


def test_a_key_is_shown_once_works_and_is_revoked(town: Town, ada: dict[str, str]) -> None:
    made = send(town, "/admin/keys", "name=shop&role-channel=on&channels=web", **ada)
    (secret,) = re.findall(r"ask_[\w-]+", made.body.decode())
    bearer = {"authorization": f"Bearer {secret}"}

    assert made.status == 201
    assert town.city.get("/v1/orders", **bearer).status == 200
    listed = town.city.get("/admin/keys", **ada).body.decode()
    assert secret not in listed
    assert f"last used {town.city.clock.now():%Y-%m-%d}" in listed

    assert send(town, "/admin/keys/revoke", "name=shop", **ada).status == 303
    with town.city.database.transaction() as tx, pytest.raises(auth.Unauthenticated):
        auth.recognise(tx, secret, town.city.clock.now())
    assert [did for by, did, _ in done(town) if by == "ada"] == ["key revoked", "key made"]
    assert secret not in str(town.city.get("/admin/deeds", **ada).body)


# What was set aside


@pytest.fixture
def stuck(town: Town) -> Iterator[tuple[Reader, list[str]]]:
    """A reader that could not take an event while something was broken."""
    heard: list[str] = []
    broken = [True]

    def hear(_: Tx, told: Told) -> None:
        if broken[0]:
            raise ValueError("the shelf is gone")
        heard.append(told.subject)

    reader = Reader(name="lamps", handlers={"LampFell": hear})
    with town.city.database.transaction() as tx:
        event = Event(kind="LampFell", subject="LAMP", data={}, happened_at=town.city.clock.now())
        outbox.tell(tx, MARKET, [event])
    catch_up(town.city.database, MARKET, [reader], attempts=1)
    yield reader, heard
    broken[0] = False


def test_what_was_set_aside_is_tried_again(town: Town, stuck: tuple[Reader, list[str]]) -> None:
    reader, heard = stuck
    with town.city.database.transaction() as tx:
        (aside,) = set_aside(tx, MARKET)
    assert (aside.reader, aside.kind, aside.subject) == ("lamps", "LampFell", "LAMP")
    assert "the shelf is gone" in aside.reason

    with pytest.raises(Conflict, match="the shelf is gone"), town.city.database.transaction() as tx:
        try_again(tx, MARKET, reader, aside.sequence, NOW)
    mended = Reader(name="lamps", handlers={"LampFell": lambda _, told: heard.append(told.subject)})
    with town.city.database.transaction() as tx:
        try_again(tx, MARKET, mended, aside.sequence, NOW)
        assert set_aside(tx, MARKET) == []
    with pytest.raises(NotFound), town.city.database.transaction() as tx:
        try_again(tx, MARKET, mended, aside.sequence, NOW)
    assert heard == ["LAMP"]


@pytest.mark.usefixtures("stuck")
def test_the_first_page_says_what_waits(town: Town, ada: dict[str, str]) -> None:
    page = town.city.get("/admin", **ada).body.decode()

    assert "LampFell" in page
    assert "the shelf is gone" in page
    assert send(town, "/admin/again", "reader=nobody&sequence=1", **ada).status == 404


# The book of deeds


@pytest.mark.parametrize(
    "statement",
    ["UPDATE deeds SET by = 'nobody'", "DELETE FROM deeds", "TRUNCATE deeds"],
)
def test_the_database_lets_nobody_change_what_was_done(database: Database, statement: str) -> None:
    with database.transaction() as tx:
        deeds.note(tx, MARKET, by="ada", did="key made", about="shop", now=NOW)

    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute(statement)
    with database.transaction() as tx:
        assert [each.about for each in deeds.latest(tx, MARKET)] == ["shop"]


def test_policies_terms_and_money_given_back_are_written_down(town: Town, ada: dict[str, str]) -> None:
    json = {**ada, "content-type": "application/json", "origin": town.address, "host": town.address[7:]}
    order = town.city.carry_out("JAR", town.austin)
    town.city.settle()
    policy = town.city.call("PUT", "/v1/policies/cheapest", {"mode": "shadow"}, **json)
    terms = town.city.call("PUT", "/v1/terms", {"pickup_days": 5}, **json)
    amount: dict[str, Any] = {"amount": {"amount": "1.00", "currency": "USD"}, "reason": "sorry"}
    given = town.city.call("POST", f"/v1/orders/{order['order_id']}:appease", amount, **json)

    assert (policy.status, terms.status, given.status) == (200, 200, 200)
    assert done(town) == [
        ("ada", "shopper appeased", order["order_id"]), ("ada", "terms changed", "terms"),
        ("ada", "policy set", "cheapest"),
    ]  # fmt: skip


# As somebody sees it


@pytest.mark.usefixtures("ada")
def test_an_administrator_makes_a_key_in_the_browser(visit: Visit) -> None:
    page = visit("ada", "/admin/keys")
    page.get_by_label("What it is for").fill("web shop")
    page.get_by_role("checkbox", name="channel").check()
    page.get_by_role("button", name="Make").click()

    assert page.get_by_role("heading", name="The key web shop").is_visible()
    assert page.locator("code", has_text="ask_").is_visible()
    page.get_by_role("link", name="What was done").click()
    assert page.get_by_text("key made").is_visible()


@pytest.mark.usefixtures("ada", "stuck")
@pytest.mark.parametrize(("light", "size"), [("light", DESK), ("dark", PHONE)], ids=["light", "dark"])
def test_nobody_is_kept_out_of_any_of_these_pages(visit: Visit, light: str, size: dict[str, int]) -> None:
    page = visit("ada", "", size, dark=light == "dark")
    found, wide = {}, []
    for path in PAGES:
        page.goto(path)
        found[path] = serious_violations(page)
        page.set_viewport_size(NARROWEST)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
        page.set_viewport_size(size)

    assert {path: these for path, these in found.items() if these} == {}
    assert wide == []
