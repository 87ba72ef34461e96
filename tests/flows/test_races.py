"""People who want the same thing at the same moment."""

import threading
import time
from collections import Counter

import psycopg
import pytest

from anyshelf.ground.db import Tx, connect
from anyshelf.ground.ids import new_id
from anyshelf.network import service as network
from anyshelf.network.model import Channel
from city import MARKET, Answer, City


def test_two_shoppers_and_one_lamp(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 1)
    answers = city.together(lambda: city.order(lamp), lambda: city.order(lamp))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert {answer.problem for answer in answers if answer.status == 409} == {"shortage"}


def test_four_hundred_orders_for_a_stock_of_one_hundred(city: City) -> None:
    shops = [city.store(f"Shop {number}") for number in range(5)]
    for shop in shops:
        shop.has("LAMP", 20)
    answers = city.together(*[lambda: city.order("LAMP") for _ in range(400)])
    told = Counter((answer.status, answer.problem if answer.status != 201 else "") for answer in answers)
    assert told == {(201, ""): 100, (409, "shortage"): 300}
    assert sum(shop.stock("LAMP")["reserved"] for shop in shops) == 100
    assert city.audit() == []


def test_the_same_order_sent_many_times_at_once_is_one_order(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 1)
    key = str(new_id())
    answers = city.together(*[lambda: city.order(lamp, key=key) for _ in range(8)])
    assert {answer.status for answer in answers} <= {201, 409}
    assert {answer.problem for answer in answers if answer.status == 409} <= {"in-flight"}
    assert len({answer["order_id"] for answer in answers if answer.status == 201}) == 1
    assert city.audit() == []


def test_the_same_marketplace_order_sent_twice_is_one_order(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 5)
    first = city.order(lamp, external_id="M-1")
    again = city.order(lamp, external_id="M-1")
    assert (first.status, again.status, again["order_id"]) == (201, 200, first["order_id"])
    other = city.order(lamp, 2, external_id="M-1")
    assert (other.status, other.problem) == (409, "conflict")


def test_the_same_key_with_another_body_is_refused(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 5)
    assert city.order(lamp, key="k").status == 201
    assert city.order(lamp, 2, key="k").status == 422


def test_cancel_and_pick_at_the_same_moment_leave_the_books_right(city: City) -> None:
    shop = city.store("Austin")
    order = city.order(shop.has("LAMP", 1))
    (work,) = city.work_at(shop)
    lines = {"lines": [{"line": 1, "quantity": 1}]}
    answers = city.together(
        lambda: city.post(f"/v1/orders/{order['order_id']}:cancel"),
        lambda: city.post(f"/v1/work/{work['work_id']}:pick", lines),
    )
    assert all(answer.status in (200, 409) for answer in answers)
    assert city.states(order) == {"cancelled": 1}
    assert city.audit() == []


def test_the_same_marketplace_order_sent_many_times_at_once_is_one_order(city: City) -> None:
    lamp = city.store("Austin").has("LAMP", 9)
    answers = city.together(*[lambda: city.order(lamp, external_id="M-1") for _ in range(6)])
    assert {(answer.status, answer.problem if answer.status == 409 else "") for answer in answers} <= {
        (201, ""),
        (200, ""),
        (409, "in-flight"),
    }
    assert len({answer["order_id"] for answer in answers if answer.status < 300}) == 1
    assert city.order(lamp, external_id="M-1").status == 200
    assert len(city.get("/v1/orders")["orders"]) == 1
    assert city.audit() == []


def test_what_a_channel_holds_back_is_not_given_to_who_picks_up(city: City) -> None:
    """Nobody looks at shelves before goods that stay are reserved: the reservation itself holds back."""
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 4)
    with city.database.transaction() as tx:
        network.save_channels(tx, MARKET, [Channel(channel="web", currency="USD", holdback_units=2)])
    answers = city.together(*[lambda: city.pick_up(lamp, shop) for _ in range(5)])
    assert sorted(answer.status for answer in answers) == [201, 201, 409, 409, 409]
    assert {answer["lines"][0]["available"] for answer in answers if answer.status == 409} == {0}
    assert city.carry_out(lamp, shop, 2).status == 201, "what is in their hands is theirs"
    assert city.audit() == []


def test_why_an_order_stays_at_its_store_is_told_in_full(city: City) -> None:
    shop = city.store("Austin")
    city.dc("Dallas")
    order = city.pick_up(shop.has("LAMP", 4), shop, 3)
    (decision,) = city.get(f"/v1/orders/{order['order_id']}/sourcing")["decisions"]
    (chosen,) = decision["nodes"]
    assert (chosen["node"], chosen["units"], chosen["chosen"]) == ("Austin", 3, True)
    assert decision["considered"] == 2
    assert decision["shipments"][0]["lines"] == [{"line": 1, "item": "LAMP", "quantity": 3}]


WAITING_SQL = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'"""
ORDERS_SQL = "SELECT 1 FROM orders LIMIT 1"


def test_the_last_one_asked_for_twice_is_the_same_order_and_not_a_shortage(
    city: City, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second asking waits for the lamp that the first one is just taking, and finds none left."""
    lamp = city.store("Austin").has("LAMP", 1)
    commit, written, go_on = connect._commit, threading.Event(), threading.Event()  # noqa: SLF001

    def slowly(tx: Tx) -> None:
        if not written.is_set() and tx.execute(ORDERS_SQL).fetchone():
            written.set()
            assert go_on.wait(20)
        commit(tx)

    def again() -> Answer:
        assert written.wait(20)
        return city.order(lamp, external_id="M-1")

    def let_go() -> Answer:
        assert written.wait(20)
        with psycopg.connect(database_url, autocommit=True) as owner:
            deadline = time.monotonic() + 20
            while owner.execute(WAITING_SQL).fetchone() == (0,) and time.monotonic() < deadline:
                threading.Event().wait(0.01)
        go_on.set()
        return Answer(0, None)

    monkeypatch.setattr(connect, "_commit", slowly)
    first, second, _ = city.together(lambda: city.order(lamp, external_id="M-1"), again, let_go)

    assert (first.status, second.status) == (201, 200)
    assert second["order_id"] == first["order_id"]
    assert city.audit() == []
