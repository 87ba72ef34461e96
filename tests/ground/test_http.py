"""One small application that speaks HTTP as every room does."""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import psycopg
import pytest
from fastapi import Depends, FastAPI, Request, Response
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.ground.auth import (
    Person,
    Principal,
    make_key,
    make_person,
    open_session,
    people,
    revoke_key,
    sign_out,
)
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database, Tx, run, values
from anyshelf.ground.errors import Busy, Shortage
from anyshelf.ground.http import (
    SESSION_COOKIE,
    BodyLimit,
    Gate,
    Guard,
    Here,
    House,
    install_problems,
    public,
    reading,
    requires,
    writing,
)
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.markets import open_market
from anyshelf.ground.settings import Settings

PROBLEM = "application/problem+json"
COUNT_SQL = "INSERT INTO markets (market, currency, name) VALUES (%(market)s, 'USD', %(name)s)"
COUNTED_SQL = "SELECT count(*) FROM markets WHERE market LIKE 'made%%'"

Writer = Annotated[Principal, Depends(requires("orders:write"))]

RAISED = {
    "short": Shortage("Only 2 lamps left.", short=[{"item": "LAMP"}]),
    "busy": Busy("Later, please."),
    "bug": RuntimeError("the password is swordfish"),
    "slow": psycopg.errors.QueryCanceled("statement timeout"),
}


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    item: Annotated[StrictStr, Field(max_length=20)]
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    note: Any = None


def application(house: House, bytes_max: int = 10_000) -> FastAPI:
    app = FastAPI()
    app.state.house = house
    install_problems(app)

    @app.get("/who")
    def who(asker: Annotated[Principal, Depends(requires("orders:read"))]) -> str:
        return asker.name

    @app.get("/open", dependencies=[Depends(public())])
    def anybody() -> str:
        return "come in"

    @app.post("/make/{name}")
    def make(name: str, line: Line, request: Request, here: Here, asker: Writer) -> Response:
        def work(tx: Tx, _now: datetime) -> Answer:
            run(tx, COUNT_SQL, market=f"made-{name}", name=line.item)
            return Answer(status=201, body={"made": name, "note": line.note})

        return writing(request, here, asker, work)

    @app.post("/bare")
    def bare(request: Request, here: Here, asker: Writer) -> Response:
        return writing(request, here, asker, lambda _tx, now: Answer(status=200, body=now.isoformat()))

    @app.get("/raise/{what}", dependencies=[Depends(requires("orders:write"))])
    def refuse(what: str) -> None:
        raise RAISED[what]

    @app.get("/overflow", dependencies=[Depends(requires("orders:write"))])
    def overflow(here: Here) -> None:
        with reading(here) as tx:
            values(tx, "SELECT %(n)s::integer", n=10**12)

    app.add_middleware(BodyLimit, bytes_max=bytes_max)
    app.add_middleware(Gate, house=house)
    app.add_middleware(Guard)
    return app


@pytest.fixture
def house(database: Database) -> House:
    with database.transaction() as tx:
        open_market(tx, "main", currency="USD")
    return House(database=database, clock=SystemClock(), settings=Settings())


@pytest.fixture
def key(house: House) -> str:
    return key_of(house, "web", "channel")


@pytest.fixture
def client(house: House, key: str) -> Iterator[TestClient]:
    with TestClient(application(house), headers={"Authorization": f"Bearer {key}"}) as opened:
        yield opened


@pytest.fixture
def stranger(house: House) -> TestClient:
    return TestClient(application(house))


def key_of(house: House, name: str, role: str) -> str:
    with house.database.transaction() as tx:
        return make_key(tx, Principal(market="main", name=name, roles=(role,)), house.clock.now())


def demo(house: House, *, client: str = "127.0.0.1", base_url: str = "http://localhost:8000") -> TestClient:
    at_home = House(
        database=house.database, clock=house.clock, settings=house.settings, loopback_market="main"
    )
    return TestClient(application(at_home), client=(client, 5000), base_url=base_url)


LAMP = {"item": "LAMP", "quantity": 1}


# Who is asking


def test_a_key_lets_its_holder_in(client: TestClient) -> None:
    assert client.get("/who").json() == "web"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic dTpw", "Bearer \u00e9"])
def test_an_unknown_key_is_refused(stranger: TestClient, header: str) -> None:
    answer = stranger.get("/who", headers=[(b"Authorization", header.encode())])

    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "/problems/unauthenticated"


def test_nobody_is_refused_and_the_public_is_welcome(stranger: TestClient) -> None:
    assert stranger.get("/who").status_code == 401
    assert stranger.get("/open").json() == "come in"


def test_a_known_key_without_the_scope_is_forbidden(house: House, stranger: TestClient) -> None:
    headers = {"Authorization": f"Bearer {key_of(house, 'ups', 'carrier')}"}

    answer = stranger.get("/who", headers=headers)

    assert answer.status_code == 403
    assert "orders:read" in answer.json()["detail"]


def test_a_recognised_key_spares_the_query_for_a_moment_and_is_forgotten_in_time(
    house: House, client: TestClient, key: str
) -> None:
    assert client.get("/who").status_code == 200
    with house.database.transaction() as tx:
        revoke_key(tx, "main", "web", house.clock.now())

    assert client.get("/who").status_code == 200
    house.known.forget(key)
    assert client.get("/who").status_code == 401


def session(house: House) -> str:
    person = Person(
        market="main", person="ann", name="Ann", password=None, roles=["operations"], nodes=[], channels=[],
        vendors=[],
    )  # fmt: skip
    with house.database.transaction() as tx:
        make_person(tx, person)
        return open_session(tx, people(tx, "main")[0], house.clock.now())


def test_a_session_reads_anything_and_writes_only_from_our_own_pages(
    house: House, stranger: TestClient
) -> None:
    stranger.cookies[SESSION_COOKIE] = session(house)

    assert stranger.get("/who").json() == "ann"
    assert stranger.post("/bare").status_code == 403
    assert stranger.post("/bare", headers={"Origin": "http://evil.example"}).status_code == 403
    assert stranger.post("/bare", headers={"Origin": "null"}).status_code == 403
    assert stranger.post("/bare", headers={"Origin": "http://testserver"}).status_code == 200


def test_a_session_that_was_ended_is_refused(house: House, stranger: TestClient) -> None:
    secret = session(house)
    stranger.cookies[SESSION_COOKIE] = secret
    with house.database.transaction() as tx:
        sign_out(tx, secret, house.clock.now())

    assert stranger.get("/who").status_code == 401


def test_the_demo_lets_this_machine_in_and_nobody_else(house: House) -> None:
    assert demo(house).get("/who").json() == "demo"
    assert demo(house, base_url="http://127.0.0.1:8000").get("/who").status_code == 200
    assert demo(house, base_url="http://[::1]:8000", client="::1").get("/who").status_code == 200
    assert demo(house, client="10.0.0.7").get("/who").status_code == 401
    assert demo(house, base_url="http://evil.example").get("/who").status_code == 401
    assert demo(house, base_url="http://localhost.evil.example").get("/who").status_code == 401


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_the_demo_does_not_take_a_proxy_for_this_machine(house: House, name: str) -> None:
    assert demo(house).get("/who", headers={name: "8.8.8.8"}).status_code == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8000", 200),
        ("http://localhost:9999", 401),
        ("https://evil.example", 401),
        ("null", 401),
    ],
)
def test_the_demo_does_not_take_orders_from_other_sites_pages(house: House, origin: str, status: int) -> None:
    assert demo(house).post("/bare", headers={"Origin": origin}).status_code == status


def test_a_stale_cookie_does_not_lock_one_out_of_the_demo(house: House) -> None:
    client = demo(house)
    client.cookies[SESSION_COOKIE] = "ass_of_another_program"

    assert client.get("/who").json() == "demo"


def test_without_a_demo_this_machine_is_a_stranger(stranger: TestClient) -> None:
    assert stranger.get("/who", headers={"Host": "localhost"}).status_code == 401


# What cannot be read


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, "body"),
        (b'{"item": "\xff", "quantity": 1}', 400, "body"),
        (b'{"item": "\xed\xa0\x80", "quantity": 1}', 400, "body"),
        (b'{"item": "A", "quantity": NaN}', 400, "body"),
        (b'{"item": "A", "quantity": 1, "note": Infinity}', 400, "body"),
        (b"[" * 100_00, 400, "body"),
        (b'{"item": "A", "quantity": 1, "note": {"deep": [1, "\\u0000"]}}', 422, "note.deep.1"),
        (b'{"item": "A\\u0000", "quantity": 1}', 422, "item"),
        (b'{"item": "A", "quantity": 1, "note": "\\ud800"}', 422, "note"),
        (b'{"item": "A", "quantity": 1, "note": 1e999}', 422, "note"),
        (b'{"item": "A", "quantity": 1, "note": {"\\u0000": 1}}', 422, "note (a name in it)"),
        (b'{"item": "A", "quantity": 1.5}', 422, "quantity"),
        (b'{"item": "A", "quantity": "1"}', 422, "quantity"),
        (b'{"item": "A", "quantity": true}', 422, "quantity"),
        (b'{"item": "A", "quantity": 0}', 422, "quantity"),
        (b'{"item": "A", "quantity": 1e3}', 422, "quantity"),
        (b'{"item": "A", "quantity": 99999999999999999999999}', 422, "quantity"),
        (b'{"item": "A"}', 422, "quantity"),
        (b'{"item": "A", "quantity": 1, "colour": "red"}', 422, "colour"),
        (b'{"item": "A", "quantity": 1, "\\ud800": "red"}', 422, None),
        (b"[]", 422, "body"),
        (b"", 422, "body"),
    ],
)
def test_a_body_that_cannot_be_taken_names_the_field(
    client: TestClient, body: bytes, status: int, field: str | None
) -> None:
    answer = client.post("/make/it", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert field is None or answer.json()["field"] == field


def test_a_character_outside_the_basic_plane_is_a_fine_character(client: TestClient) -> None:
    body = b'{"item": "A", "quantity": 1, "note": "\\ud83d\\ude00 and \\\\u0000"}'

    answer = client.post("/make/smile", content=body, headers={"Content-Type": "application/json"})

    assert answer.json()["note"] == "\U0001f600 and \\u0000"


def test_a_body_in_another_form_is_told_the_right_one(client: TestClient) -> None:
    answer = client.post("/make/it", content=b"item=A", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 415
    assert answer.json()["field"] == "Content-Type"


@pytest.mark.parametrize("address", ["/make/a%00b", "/make/a?x=%00"])
def test_an_address_may_not_hold_nul(client: TestClient, address: str) -> None:
    assert client.post(address, json=LAMP).status_code == 422


def test_what_was_sent_is_not_repeated_in_the_refusal(client: TestClient) -> None:
    answer = client.post("/make/it", json={"item": 4111111111111111, "quantity": 1})

    assert answer.json()["errors"] == [{"field": "item", "detail": "item: Input should be a valid string."}]
    assert "4111" not in answer.text


# Refusals on their way out


def test_a_refusal_carries_its_own_words(client: TestClient) -> None:
    answer = client.get("/raise/short")

    assert answer.status_code == 409
    assert answer.json() == {
        "type": "/problems/shortage",
        "title": "Not enough stock",
        "status": 409,
        "detail": "Only 2 lamps left.",
        "short": [{"item": "LAMP"}],
    }


@pytest.mark.parametrize("path", ["/raise/busy", "/raise/slow"])
def test_busy_says_when_to_come_back(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_a_bug_is_answered_without_a_word_about_it(client: TestClient) -> None:
    answer = client.get("/raise/bug")

    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "swordfish" not in answer.text


def test_a_number_no_column_holds_is_the_askers_to_mend(client: TestClient) -> None:
    assert client.get("/overflow").status_code == 422


def test_unknown_addresses_and_methods_are_problems_too(client: TestClient) -> None:
    missing, method = client.get("/nowhere"), client.delete("/who")

    assert (missing.status_code, missing.headers["content-type"]) == (404, PROBLEM)
    assert (method.status_code, method.headers["allow"]) == (405, "GET")
    assert method.json()["type"] == "/problems/method-not-allowed"


# How much


def test_a_body_that_is_announced_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/make/it", content=b"x" * 10_001)

    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert answer.json()["bytes_max"] == 10_000


def test_a_body_that_turns_out_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/make/it", content=(b"x" * 1000 for _ in range(100)))

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_while_the_house_stops_everybody_is_sent_away_to_come_back(house: House, client: TestClient) -> None:
    house.stopping.set()

    answer = client.get("/who")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


# Once


def made(house: House) -> int:
    with house.database.transaction() as tx:
        ((count,),) = values(tx, COUNTED_SQL)
    return int(count)


def test_the_same_request_again_is_told_the_same(house: House, client: TestClient) -> None:
    headers = {"Idempotency-Key": "k1"}

    first = client.post("/make/a", json=LAMP, headers=headers)
    second = client.post("/make/a", json=LAMP, headers=headers)

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert made(house) == 1


@pytest.mark.parametrize(("path", "quantity"), [("/make/a", 2), ("/make/b", 1)])
def test_the_same_key_with_another_request_is_refused(client: TestClient, path: str, quantity: int) -> None:
    headers = {"Idempotency-Key": "k1"}
    client.post("/make/a", json=LAMP, headers=headers)

    answer = client.post(path, json={"item": "LAMP", "quantity": quantity}, headers=headers)

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_a_key_is_the_askers_own(house: House, client: TestClient) -> None:
    other = {"Authorization": f"Bearer {key_of(house, 'app', 'channel')}"}
    client.post("/make/a", json=LAMP, headers={"Idempotency-Key": "k1"})

    answer = client.post("/make/b", json=LAMP, headers={"Idempotency-Key": "k1", **other})

    assert answer.status_code == 201


def test_what_was_refused_may_be_sent_again_under_its_key(house: House, client: TestClient) -> None:
    client.post("/make/a", json=LAMP)

    answer = client.post("/make/a", json=LAMP, headers={"Idempotency-Key": "k1"})
    with house.database.transaction() as tx:
        kept = values(tx, "SELECT count(*) FROM idempotency_keys")

    assert (answer.status_code, kept) == (409, [(0,)])


@pytest.mark.parametrize("sent", ["", "x" * 256, "a\tb"])
def test_a_key_no_table_holds_is_refused(client: TestClient, sent: str) -> None:
    assert client.post("/make/a", json=LAMP, headers={"Idempotency-Key": sent}).status_code == 422


def test_two_of_the_same_at_once_are_done_once(house: House, client: TestClient) -> None:
    answers: list[int] = []

    def send() -> None:
        answers.append(client.post("/make/a", json=LAMP, headers={"Idempotency-Key": "k1"}).status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made(house) == 1
    assert set(answers) <= {201, 409}
    assert 201 in answers


def test_a_change_wakes_the_worker(house: House, client: TestClient) -> None:
    client.post("/bare")

    assert house.wake.is_set()
