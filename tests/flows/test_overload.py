"""Too much at once, somebody who keeps everybody waiting, a server that stops, a database that goes away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from anyshelf.ground.db import Database, connect
from anyshelf.orders.api.intake import Intake
from city import Answer, City, open_city, serving

LOCKED_SQL = "SELECT 1 FROM inventory_positions FOR UPDATE"
WAITING_SQL = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'anyshelf' AND wait_event_type = 'Lock'
"""
CUT_SQL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'anyshelf'
"""

REFUSED_AT_LEAST = 4
"""Of nine: one may have come along with the first, one is in the other hand, two wait, and some luck."""


class Blocker:
    """Somebody who holds every position in their hands."""

    def __init__(self, url: str) -> None:
        self.holding = psycopg.connect(url)
        self.looking = psycopg.connect(url, autocommit=True)

    def hold(self) -> None:
        self.holding.execute(LOCKED_SQL)

    def wait_for(self, count: int) -> None:
        """Until so many of the servers' connections wait for what is held."""
        for _ in range(2000):
            if (self.looking.execute(WAITING_SQL).fetchone() or (0,))[0] >= count:
                return
            threading.Event().wait(0.01)
        raise AssertionError("nobody waits")

    def let_go(self) -> None:
        self.holding.rollback()

    def cut_all_connections(self) -> None:
        self.looking.execute(CUT_SQL)


@pytest.fixture
def blocker(database_url: str) -> Iterator[Blocker]:
    one = Blocker(database_url)
    yield one
    one.holding.close()
    one.looking.close()


@contextmanager
def under_way(act: Callable[[], Answer]) -> Iterator[list[Answer]]:
    """Somebody acts while the block runs; afterwards their answer is there."""
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(act()))
    thread.start()
    yield answers
    thread.join(30)
    assert answers


def test_when_too_many_wait_the_next_is_told_to_come_back_and_nobody_else_suffers(
    city: City, blocker: Blocker
) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 100)
    city.server.state.intake.close()
    city.server.state.intake = Intake(city.house, waiting_max=2)
    blocker.hold()
    with under_way(lambda: city.pick_up(lamp, shop)) as first:
        blocker.wait_for(1)
        told: list[Answer] = []
        others = [threading.Thread(target=lambda: told.append(city.pick_up(lamp, shop))) for _ in range(9)]
        for other in others:
            other.start()
        for _ in range(2000):
            if len(told) >= REFUSED_AT_LEAST:
                break
            threading.Event().wait(0.01)
        assert {each.status for each in list(told)} == {503}, "while the first one waits"
        blocker.let_go()
        for other in others:
            other.join(30)

    refused = [each for each in told if each.status != 201]
    assert (first[0].status, len(told)) == (201, 9)
    assert len(refused) >= REFUSED_AT_LEAST
    assert {(each.status, each.problem, each.headers["retry-after"]) for each in refused} == {
        (503, "busy", "1")
    }
    assert shop.stock(lamp)["reserved"] == 1 + len(told) - len(refused)
    assert city.audit() == []


def test_while_a_server_stops_what_is_under_way_is_finished_and_what_is_new_sent_elsewhere(
    city: City, blocker: Blocker
) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 5)
    blocker.hold()
    with under_way(lambda: city.pick_up(lamp, shop)) as first:
        blocker.wait_for(1)
        city.house.stopping.set()
        late = city.pick_up(lamp, shop)
        closing = threading.Thread(target=city.server.state.intake.close)
        closing.start()
        blocker.let_go()
        closing.join(30)

    assert (late.status, late.headers["retry-after"]) == (503, "1")
    assert first[0].status == 201
    with serving(city.database, city.clock) as elsewhere:
        assert elsewhere.pick_up(lamp, shop).status == 201
        assert elsewhere.audit() == []


def test_connections_cut_in_the_middle_of_an_order_are_made_anew(city: City, blocker: Blocker) -> None:
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 5)
    assert city.pick_up(lamp, shop).status == 201
    blocker.cut_all_connections()
    assert city.pick_up(lamp, shop).status == 201, "idle ones were cut"
    blocker.hold()
    with under_way(lambda: city.pick_up(lamp, shop)) as cut:
        blocker.wait_for(1)
        blocker.cut_all_connections()
        blocker.let_go()

    assert cut[0].status == 201
    assert shop.stock(lamp)["reserved"] == 3
    assert city.audit() == []


def test_whoever_is_kept_waiting_too_long_is_told_to_come_back_with_all_who_came_along(
    database_url: str, blocker: Blocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = connect.CONFIGURE_SQL.replace("'10s'", "'300ms'")
    monkeypatch.setattr(connect, "CONFIGURE_SQL", impatient)
    with Database(database_url) as database, open_city(database) as city:
        shop = city.store("Austin")
        lamp, vase = shop.has("LAMP", 5), shop.has("VASE", 5)
        blocker.hold()
        answers = city.together(*[lambda: city.pick_up(lamp, shop), lambda: city.pick_up(vase, shop)] * 3)
        blocker.let_go()

        assert {(each.status, each.headers["retry-after"]) for each in answers} == {(503, "1")}
        with database.transaction() as tx:
            assert tx.execute("SELECT count(*) FROM payments").fetchone() == (0,)
        assert city.pick_up(lamp, shop).status == 201
        assert city.audit() == []


def test_two_servers_given_the_same_order_at_once_make_one_of_it(city: City, blocker: Blocker) -> None:
    """The last lamp goes to the first twin; the second is told so, and not that there is none left."""
    shop = city.store("Austin")
    lamp = shop.has("LAMP", 1)
    with serving(city.database, city.clock) as other:
        blocker.hold()
        with (
            under_way(lambda: city.pick_up(lamp, shop, external_id="M-1")) as one,
            under_way(lambda: other.pick_up(lamp, shop, external_id="M-1")) as two,
        ):
            blocker.wait_for(2)
            blocker.let_go()

    assert sorted([one[0].status, two[0].status]) == [200, 201]
    assert one[0]["order_id"] == two[0]["order_id"]
    assert city.audit() == []
