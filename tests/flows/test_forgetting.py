"""A person who asks to be forgotten is nowhere in the database any more, and the books still balance."""

from typing import Any

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from anyshelf.ground.ids import new_id
from anyshelf.main import app
from city import HOME, Answer, City
from people import People

NAME, EMAIL, PHONE, STREET, CUSTOMER = (
    "Zelda Quimby", "zelda.quimby@example.org", "512 555 0147", "77 Lantern Row", "cust-zelda-4711",
)  # fmt: skip
TELLING = (NAME, "Quimby", EMAIL, PHONE, STREET, CUSTOMER)
CONTACT = {"name": NAME, "email": EMAIL, "phone": PHONE}
GIFT = {"giver": NAME, "message": "Happy birthday", "wrap": True}
ADDRESS = {**HOME, "name": NAME, "street": STREET, "city": "Austin"}

COPIES = {
    "orders.contact", "orders.destination", "orders.customer", "orders.gift", "fulfilment_work.gift",
    "delivery_proofs.proof", "returns.person", "insight_surveys.words", "idempotency_keys.answer",
}  # fmt: skip
"""Where a person stands: each of them is somebody's to clear."""

COLUMNS_SQL = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'ARRAY', 'bytea', 'json')
"""


def where_they_are(database_url: str) -> dict[str, list[str]]:
    """Every column of every table in which something that tells the person stands, with what that is."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(database_url) as connection:
        for table, column in connection.execute(COLUMNS_SQL).fetchall():
            for word in TELLING:
                query = sql.SQL("SELECT count(*) FROM {} WHERE {}::text ILIKE {}").format(
                    sql.Identifier(table), sql.Identifier(column), sql.Literal(f"%{word}%")
                )
                row = connection.execute(query).fetchone()
                if row is not None and row[0]:
                    found.setdefault(f"{table}.{column}", []).append(word)
    return found


def a_shopper_of_every_kind(city: City) -> list[Answer]:
    """Zelda has something sent, from a node and from a vendor, fetches something, brings something back."""
    shop, vendor = city.store("Austin"), city.store("Vendor", "vendor")
    city.dc("DC").has("BOOT", 20)
    shop.has("LAMP", 20)
    vendor.has("TABLE", 9)
    known: dict[str, Any] = {"contact": CONTACT, "customer": CUSTOMER}
    sent = {"fulfilment": {"method": "ship", "destination": ADDRESS}, **known}
    key = str(new_id())
    orders = [
        city.order("BOOT", 2, key=key, external_id="Z-1", gift=GIFT, **sent),
        city.order("TABLE", 1, **sent),
        city.pick_up("LAMP", shop, 2, **known),
        city.carry_out("LAMP", shop, **known),
        city.deliver_home("LAMP", shop, **known),
        city.reserve("LAMP", shop, customer=CUSTOMER, contact=CONTACT),
    ]
    for order in orders:
        assert order.status == 201, order.body
    city.post("/v1/journey/batch", {"batch": [
        {"type": "track", "messageId": "z1", "anonymousId": "b1", "userId": CUSTOMER,
         "event": "Product Viewed", "properties": {"product_id": "LAMP", "email": EMAIL}},
        {"type": "identify", "messageId": "z2", "anonymousId": "b1", "userId": CUSTOMER,
         "traits": {"email": EMAIL, "name": NAME, "phone": PHONE}},
    ]})  # fmt: skip
    body = {
        "channel": "web",
        "customer": CUSTOMER,
        "lines": [{"item": "LAMP", "quantity": 1}],
        "destination": HOME,
    }
    assert city.post("/v1/promises", body, key=str(new_id())).status == 201
    return orders


def finished(city: City, orders: list[Answer]) -> None:
    """All of it is done, something came back, and somebody answered a survey and wrote a review."""
    people = People(city)
    for order in orders:
        people.see_through(order)
    (shipment, *_) = city.get(f"/v1/orders/{orders[0]['order_id']}/shipments")["shipments"]
    scan = {
        "event_id": "late", "kind": "delivered", "happened_at": city.clock.now().isoformat(),
        "proof": {"name": NAME},
    }  # fmt: skip
    noted = city.post(f"/v1/shipments/{shipment['shipment_id']}:events", {"events": [scan]})
    assert noted.status == 200, noted.body
    line = {"line": 1, "quantity": 1, "reason": "changed_mind"}
    asked = {"order_id": orders[0]["order_id"], "at": "Austin", "lines": [line]}
    back = city.post("/v1/returns", asked, key=str(new_id()))
    assert back.status == 201, back.body
    received = {"node": "Austin", "lines": [{"line": 1, "quantity": 1, "grade": "new"}]}
    assert city.post(f"/v1/returns/{back['return_id']}:receive", received).status == 200
    city.settle()
    events = city.get("/v1/changes?after=0&limit=1000")["events"]
    links = [event["data"]["link"] for event in events if event["type"] == "anyshelf.SurveyAsked"]
    for link in links:
        said = {"score": 1, "words": f"I am {NAME}, call me: {PHONE}"}
        assert city.post(link.replace("/survey/", "/v1/surveys/"), said).status == 200
    city.settle()


def at_rest(city: City, order: Answer) -> bool:
    return city.states(order).keys() <= {"delivered", "handed_over", "cancelled", "returned", "lost"}


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ANYSHELF_DATABASE_URL", database_url)
    return lambda *words: CliRunner().invoke(app, list(words))


def test_a_person_is_forgotten_in_the_whole_database(city: City, database_url: str, run: Any) -> None:
    orders = a_shopper_of_every_kind(city)
    finished(city, orders)
    assert [city.states(order) for order in orders if not at_rest(city, order)] == []
    before = where_they_are(database_url)
    money = [city.money(order) for order in orders]
    ledger = city.ledger()

    gone = run("erase", "--person", f"email:{EMAIL}", "--yes")

    assert before.keys() >= COPIES, "the search finds every copy there is"
    assert gone.exit_code == 0, gone.output
    assert "under way" not in gone.output
    assert where_they_are(database_url) == {}
    assert city.ledger() == ledger
    assert [city.money(order) for order in orders] == money
    assert city.audit() == []
