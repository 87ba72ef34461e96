"""Steps of journeys come in: each stands or falls alone, twice is once, and nobody's name is among them."""

from typing import Any
from uuid import UUID

import pytest

from anyshelf.ground.auth import SCOPES_OF_ROLE
from anyshelf.ground.ids import new_id
from city import City


def step(event: str = "Product Viewed", **more: Any) -> dict[str, Any]:
    return {
        "type": "track", "messageId": str(new_id()), "anonymousId": "browser-1", "event": event,
        "properties": {"product_id": "LAMP"}, **more,
    }  # fmt: skip


def send(city: City, *messages: dict[str, Any], **more: Any) -> Any:
    return city.post("/v1/journey/batch", {"batch": list(messages), **more})


def kept(city: City) -> list[tuple[Any, ...]]:
    with city.database.transaction() as tx:
        return tx.execute(
            "SELECT name, item, channel, properties, happened_at FROM insight_entries ORDER BY 5"
        ).fetchall()


def test_a_batch_is_taken_and_a_repeated_message_is_once(city: City) -> None:
    seen, bought = step(), step("Product Added")

    first = send(city, seen, bought, seen)
    again = send(city, bought, step("Cart Viewed"))

    assert (first.status, first["taken"], first["repeated"]) == (200, 2, 1)
    assert (again["taken"], again["repeated"]) == (1, 1)
    assert len(kept(city)) == 3


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"event": ""}, "event"),
        ({"properties": {}}, "properties.product_id"),
        ({"anonymousId": None}, "anonymousId"),
        ({"messageId": None}, "messageId"),
        ({"messageId": ""}, "messageId"),
        ({"type": "group"}, "type"),
        ({"type": "identify"}, "userId"),
        ({"type": "alias", "userId": "ann"}, "previousId"),
        ({"timestamp": "2026-02-30T10:00:00Z"}, "timestamp"),
        ({"timestamp": "2026-02-20T10:00:00"}, "timestamp"),
        ({"timestamp": "2019-02-20T10:00:00Z"}, "timestamp"),
        ({"properties": {"product_id": "LAMP", "price": "cheap"}}, "properties.price"),
        ({"properties": {"product_id": "LAMP", "price": 3, "currency": "coins"}}, "properties.currency"),
        ({"properties": {"product_id": ["LAMP"]}}, "properties.product_id"),
        ({"properties": "none"}, "properties"),
    ],
)
def test_a_bad_message_is_set_aside_with_its_field_and_its_neighbours_are_taken(
    city: City, message: dict[str, Any], field: str
) -> None:
    answer = send(city, step(), step(**message), step())

    assert (answer.status, answer["taken"]) == (200, 2)
    assert [(fault["index"], fault["field"]) for fault in answer["set_aside"]] == [(1, field)]
    with city.database.transaction() as tx:
        assert tx.execute("SELECT field FROM insight_set_aside").fetchall() == [(field,)]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"batch": 3}', b'{"batch": [', b"\xff", b'{"events": []}'])
def test_what_is_no_batch_is_refused_whole(city: City, body: bytes) -> None:
    answer = city.post("/v1/journey/batch", body)

    assert (answer.status, answer.problem, answer["field"]) == (400, "malformed", "batch")


def test_more_than_two_thousand_messages_are_too_many(city: City) -> None:
    assert send(city, *[step() for _ in range(2001)]).status == 413
    assert kept(city) == []


def test_late_steps_take_their_place_by_when_they_happened(city: City) -> None:
    send(city, step("Order Completed", timestamp="2026-03-01T12:00:00Z", properties={"order_id": "1"}))
    send(city, step("Cart Viewed", timestamp="2026-03-01T11:00:00Z"))

    assert [name for name, *_ in kept(city)] == ["Cart Viewed", "Order Completed"]


def test_a_wrong_clock_is_put_right_by_when_the_message_was_sent(city: City) -> None:
    # Sent an hour ahead of our clock, which shows 15:00: it happened ten minutes before it was sent.
    send(city, step(timestamp="2026-03-02T15:50:00Z"), sentAt="2026-03-02T16:00:00Z")

    assert kept(city)[0][4].isoformat() == "2026-03-02T14:50:00+00:00"


def test_nothing_that_names_a_person_is_kept(city: City) -> None:
    send(
        city,
        step(properties={"product_id": "LAMP", "email": "ann@example.org", "note": "write ann@example.org",
                         "shipping": {"street": "Main 1", "city": "Austin"}, "call": "+1 512 555 0100"}),
        {"type": "identify", "messageId": "i1", "userId": "ann", "anonymousId": "browser-1",
         "traits": {"email": "ann@example.org", "phone": "512 555 0100", "name": "Ann Smith"}},
    )  # fmt: skip

    with city.database.transaction() as tx:
        tables = [name for (name,) in tx.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'insight%'")]  # fmt: skip
        rows = [row for table in tables for row in tx.execute(f"SELECT * FROM {table}")]  # noqa: S608
    # A pseudonym is drawn by chance, and by chance spells "555".
    everything = str([value for row in rows for value in row if not isinstance(value, UUID)])
    assert "Austin" in everything
    for word in ("ann", "Smith", "555", "Main 1", "example.org"):
        assert word not in everything


def test_who_refuses_leaves_no_step_then_or_later(city: City) -> None:
    no = {"consent": {"categoryPreferences": {"analytics": False}}}

    refused = send(city, step(context=no))
    later = send(city, step(), step(anonymousId="browser-2"))
    yes = {"consent": {"categoryPreferences": {"Analytics": True}}}
    changed = send(city, step(context=yes))

    assert (refused["taken"], refused["without_consent"]) == (0, 1)
    assert (later["taken"], later["without_consent"]) == (1, 1)
    assert changed["taken"] == 1


def test_an_older_word_does_not_undo_a_newer_one(city: City) -> None:
    no = {"consent": {"categoryPreferences": {"analytics": False}}}
    yes = {"consent": {"categoryPreferences": {"analytics": True}}}
    send(city, step(context=no, timestamp="2026-03-02T14:00:00Z"))

    send(city, step(context=yes, timestamp="2026-03-02T13:00:00Z"))

    assert send(city, step())["taken"] == 0


def test_the_same_batch_from_four_senders_at_once_is_kept_once(city: City) -> None:
    batch = [
        {**step(), "userId": f"u{number % 5}", "anonymousId": f"browser-{number % 7}"} for number in range(60)
    ]

    answers = city.together(*[lambda part=part: send(city, *part) for part in (batch, batch[::-1]) * 2])

    assert [answer.status for answer in answers] == [200] * 4
    assert sum(answer["taken"] for answer in answers) == 60
    assert len(kept(city)) == 60


def test_money_is_kept_to_the_smallest_coin_of_its_currency(city: City) -> None:
    for currency, price in (("USD", 0.1 + 0.2), ("JPY", 1500), ("KWD", 1.234)):
        send(city, step(properties={"product_id": currency, "price": price, "currency": currency}))

    with city.database.transaction() as tx:
        found = dict(tx.execute("SELECT item, value_minor FROM insight_entries").fetchall())
    assert found == {"USD": 30, "JPY": 1500, "KWD": 1234}


def test_a_page_may_send_steps_and_nothing_else() -> None:
    assert SCOPES_OF_ROLE["beacon"] == {"journey:write"}
