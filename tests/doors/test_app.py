"""The whole server, as programs and people meet it."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from anyshelf.doors import web
from anyshelf.doors.files import load
from anyshelf.doors.http import feed
from anyshelf.doors.http.app import build
from anyshelf.ground import outbox
from anyshelf.ground.auth import Person, Principal, make_key, make_person
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database, run
from anyshelf.ground.events import Event
from anyshelf.ground.http import House
from anyshelf.ground.markets import open_market
from anyshelf.ground.settings import Settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

NODES = """node,kind,name,lat,lon,country,postal_code,timezone,hours,cutoff,processing_minutes,capabilities
AUSTIN,store,Austin <Main>,30.27,-97.74,US,78701,America/Chicago,24/7,,30,ship pickup
DALLAS,dc,Dallas DC,32.78,-96.8,US,75201,America/Chicago,24/7,,60,ship
"""
ITEMS = """item,name,weight_g,price,cost,currency
LAMP,Lamp,800,24.00,11.00,USD
"""
CHANNELS = """channel,kind,currency
web,web,USD
"""
STOCK = """node,item,on_hand
AUSTIN,LAMP,5
DALLAS,LAMP,1000
"""


@pytest.fixture
def house(database: Database) -> House:
    with database.transaction() as tx:
        open_market(tx, "main", currency="USD")
    return House(database=database, clock=SystemClock(), settings=Settings())


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(build(house), headers={"Authorization": f"Bearer {key(house, 'operations')}"}) as opened:
        yield opened


@pytest.fixture
def stocked(house: House, tmp_path: Path) -> House:
    files = {"nodes": NODES, "items": ITEMS, "channels": CHANNELS, "stock": STOCK}
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    report = load(house.database, "main", tmp_path, now=NOON)
    assert report.loaded, report.bad_rows
    return house


def at_home(house: House) -> House:
    return House(database=house.database, clock=house.clock, settings=house.settings, loopback_market="main")


def home(house: House) -> TestClient:
    return TestClient(build(at_home(house)), client=("127.0.0.1", 5000), base_url="http://localhost:8000")


def key(house: House, role: str, *, nodes: tuple[str, ...] = ()) -> str:
    principal = Principal(market="main", name=f"{role} {nodes}", roles=(role,), nodes=nodes)
    with house.database.transaction() as tx:
        return make_key(tx, principal, house.clock.now())


def say(house: House, *numbers: int) -> None:
    with house.database.transaction() as tx:
        outbox.tell(
            tx,
            "main",
            [
                Event(kind="Said", subject="it", data={"number": number}, happened_at=NOON)
                for number in numbers
            ],
        )
    with house.database.transaction() as tx:
        outbox.number_new(tx, "main")


# How it is


def test_the_server_says_that_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_it_is_not_ready_on_a_database_of_an_older_version(
    house: House, client: TestClient, database_url: str
) -> None:
    with Database(database_url, role=None) as owner, owner.transaction() as tx:
        run(tx, "DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations)")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "anyshelf migrate" in answer.json()["detail"]
    assert house.database.url == database_url


def test_requests_are_counted_by_route_and_not_by_address(client: TestClient) -> None:
    client.get("/v1/orders/0190b5a5-0000-7000-8000-000000000001")
    client.get("/nowhere/at/all")

    client.post("/v1/orders", json={})
    told = client.get("/metrics").text

    assert 'anyshelf_requests_total{route="/v1/orders/{order_id}",status="404"}' in told
    assert 'route="(none)",status="404"' in told
    assert 'route="/v1/orders",status="422"' in told
    assert "0190b5a5" not in told


def test_the_description_of_the_api_tells_of_problems_and_scopes(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    place = document["paths"]["/v1/orders"]["post"]

    assert "ValidationError" not in json.dumps(document)
    assert "application/problem+json" in place["responses"]["default"]["content"]
    assert "422" not in place["responses"]
    assert place["security"] == [{"key": []}, {"session": []}]
    assert "orders:write" in place["description"]
    assert [each["name"].lower() for each in place["parameters"]].count("idempotency-key") == 1
    assert "/sign-in" not in document["paths"]


# The feed


def test_the_feed_is_read_page_by_page(house: House, client: TestClient) -> None:
    say(house, 1, 2, 3)

    first = client.get("/v1/changes", params={"limit": 2}).json()
    second = client.get("/v1/changes", params={"after": first["next"]}).json()
    third = client.get("/v1/changes", params={"after": second["next"]}).json()

    assert [event["data"]["number"] for event in first["events"] + second["events"]] == [1, 2, 3]
    assert first["events"][0]["specversion"] == "1.0"
    assert third == {"events": [], "next": second["next"]}


def test_a_reader_who_waits_is_told_as_soon_as_something_happens(house: House, client: TestClient) -> None:
    speaker = threading.Timer(0.5, say, args=(house, 7))
    speaker.start()

    answer = client.get("/v1/changes", params={"wait_seconds": 30})

    assert [event["data"]["number"] for event in answer.json()["events"]] == [7]


@pytest.mark.parametrize(
    "query",
    [{"after": "-1"}, {"after": str(2**63)}, {"limit": "0"}, {"wait_seconds": "31"}, {"wait_seconds": "nan"}],
)
def test_a_query_that_cannot_be_is_refused(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/v1/changes", params=query)

    assert answer.status_code == 422
    assert answer.json()["field"] == next(iter(query))


def test_the_feed_can_be_streamed_and_resumed(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "STREAM_SECONDS_MAX", 0.3)
    monkeypatch.setattr(feed, "HEARTBEAT_SECONDS", 0.1)
    say(house, 1, 2)

    answer = client.get("/v1/changes", headers={"Accept": "text/event-stream", "Last-Event-ID": "1"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "id: 2\nevent: anyshelf.Said\ndata: {" in answer.text
    assert "id: 1\n" not in answer.text
    assert ": nothing new" in answer.text


def test_the_feed_is_not_for_a_key_of_some_nodes(house: House) -> None:
    headers = {"Authorization": f"Bearer {key(house, 'operations', nodes=('AUSTIN',))}"}

    assert TestClient(build(house)).get("/v1/changes", headers=headers).status_code == 403


# The pages


def test_a_stranger_is_asked_to_sign_in(house: House) -> None:
    client = TestClient(build(house), headers={"Accept": "text/html"})

    asked = client.get("/store/AUSTIN")
    about = client.get("/about")

    assert (asked.status_code, about.status_code) == (200, 200)
    assert 'action="/sign-in"' in asked.text
    assert 'value="/store/AUSTIN"' in asked.text
    assert "/sign-in" in about.text
    assert "units on hand" not in about.text


def test_a_program_that_is_not_known_is_told_so_as_a_problem(house: House) -> None:
    answer = TestClient(build(house)).get("/store/AUSTIN")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_about_it_shows_the_network_and_what_to_try(stocked: House) -> None:
    answer = home(stocked).get("/about")

    assert "Austin &lt;Main&gt;" in answer.text
    assert "1,005</b> units on hand" in answer.text
    assert "item=LAMP&amp;channel=web" in answer.text


def test_the_page_asks_nobody_else_for_anything(stocked: House) -> None:
    client = home(stocked)

    answer = client.get("/about")

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "://" not in answer.text.replace("http://localhost:8000", "")
    for name in ("anyshelf.css", "page.js", "anyshelf.svg"):
        assert f"/static/{name}" in answer.text
        assert "://" not in client.get(f"/static/{name}").text.replace("http://www.w3.org/2000/svg", "")


def test_one_signs_in_and_out(house: House) -> None:
    client = TestClient(build(house))
    with house.database.transaction() as tx:
        make_person(tx, person("ann", "correct horse"))
    form = {"name": "ann", "password": "correct horse"}

    refused = client.post("/sign-in", data=form, headers={"Origin": "http://evil.example"})
    wrong = client.post("/sign-in", data=form | {"password": "no"}, headers={"Origin": "http://testserver"})
    inside = client.post("/sign-in", data=form, headers={"Origin": "http://testserver"})
    cookie = client.cookies["anyshelf_session"]
    outside = client.post("/sign-out", headers={"Origin": "http://testserver"})
    client.cookies["anyshelf_session"] = cookie

    assert (refused.status_code, wrong.status_code) == (403, 401)
    assert "<span>ann<small>operations</small></span>" in inside.text
    assert "<span>ann" not in outside.text
    assert "<span>ann" not in client.get("/about").text


def person(name: str, password: str) -> Person:
    return Person(
        market="main", person=name, name=name, password=password, roles=["operations"], nodes=[], channels=[],
        vendors=[],
    )  # fmt: skip


def test_a_password_is_not_guessed_for_ever(house: House) -> None:
    client = TestClient(build(house), headers={"Origin": "http://testserver"})

    answers = [client.post("/sign-in", data={"name": "bob", "password": "x"}).status_code for _ in range(11)]

    assert answers == [401] * 10 + [429]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe%00=%00&name=%00&password=%ed%a0%80", b"a=1&" * 50])
def test_a_form_that_cannot_be_read_is_refused(house: House, content: bytes) -> None:
    client = TestClient(build(house), headers={"Origin": "http://testserver"})

    assert client.post("/sign-in", content=content).status_code in {400, 401}


def test_every_problem_has_a_page(client: TestClient) -> None:
    shortage = client.get("/problems/shortage")

    assert "every item that fell short is named" in shortage.text
    assert "/problems/payment-timeout" in client.get("/problems").text
    assert client.get("/problems/boredom").status_code == 404


def test_pictures_come_from_one_folder_only(client: TestClient) -> None:
    assert client.get("/static/anyshelf.css").status_code == 200
    assert client.get("/static/..%2fabout.py").status_code == 404
    assert web.STATIC.is_dir()


# One order through the house


def test_an_order_is_placed_and_its_nodes_have_work_without_another_word(
    stocked: House, until: Callable[[Callable[[], bool]], None]
) -> None:
    client = TestClient(
        build(at_home(stocked), start_worker=True),
        client=("127.0.0.1", 5000),
        base_url="http://localhost:8000",
    )
    order = {
        "channel": "web",
        "lines": [{"item": "LAMP", "quantity": 1}],
        "fulfilment": {"method": "pickup", "node": "AUSTIN"},
    }
    with client:
        placed = client.post("/v1/orders", json=order)
        assert placed.status_code == 201, placed.text
        until(lambda: client.get("/v1/nodes/AUSTIN/work").json()["work"] != [])

        kinds = [event["type"] for event in client.get("/v1/changes").json()["events"]]

    assert kinds[0] == "anyshelf.OrderPlaced"
    assert "anyshelf.OrderReleased" in kinds


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    def wait(condition: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(400):
            if condition():
                return
            pause.wait(0.05)
        raise AssertionError("it did not come to pass within twenty seconds")

    return wait


def test_a_server_that_stops_sends_newcomers_away(house: House) -> None:
    with TestClient(build(house)) as client:
        assert client.get("/healthz").status_code == 200
    assert house.stopping.is_set()
    assert TestClient(build(house)).get("/v1/orders").status_code == 503
