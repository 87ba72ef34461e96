"""A trial: two servers in this process on one database, people who note what they are told, a verdict."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from books import read_books
from history import Attempt, History
from plant import MARKET, NOT_AT_REST_SQL
from shoppers import Line
from small_world import World
from verdict import anomalies

from anyshelf.ground.db import Database
from city import City, Clock, serving

STOCK = {("A", "LAMP"): 5, ("B", "LAMP"): 5, ("A", "VASE"): 5}


class Trial:
    """What people do in it, and what is found in the end."""

    def __init__(self, url: str, cities: Sequence[City]) -> None:
        self.url, self.city, self.history = url, cities[0], History()
        self.line = Line([city.address[1] for city in cities], "", self.history)

    def sell(self, op: str, *, quantity: int = 1, key: str = "", by: int = 0) -> Attempt:
        """Somebody takes lamps from the shelf of shop A to its till."""
        paid = {"payment": {"provider": "test", "token": "tok_ok"}}
        return self._order(op, "carry_out", quantity, key=key, by=by, **paid)

    def keep(self, op: str, *, quantity: int, by: int = 0) -> Attempt:
        """Somebody has lamps kept for them in shop A."""
        return self._order(op, "reserve", quantity, by=by, customer=op)

    def _order(
        self, op: str, method: str, quantity: int, *, key: str = "", by: int = 0, **more: Any
    ) -> Attempt:
        here = {"method": method, "node": "A"}
        lines = [{"item": "LAMP", "quantity": quantity, **here}]
        body = {"channel": "shop", "external_id": op, "lines": lines, "fulfilment": here, **more}
        return self.line.send(op, "order", "POST /v1/orders", body, key=key, by=by)

    def receive(self, op: str, *, quantity: int = 2, key: str = "") -> Attempt:
        move = {"kind": "receive", "node": "A", "item": "LAMP", "quantity": quantity, "reason": op}
        return self.line.send(op, "moves", "POST /v1/inventory/moves", {"moves": [move]}, key=key)

    def cancel(self, op: str, order: Attempt) -> Attempt:
        path = f"POST /v1/orders/{order.answer['order_id']}:cancel"
        return self.line.send(op, "cancel", path, {"lines": None, "reason": op}, key=op)

    def look(self, op: str) -> Attempt:
        return self.line.send(op, "availability", "GET /v1/availability?item=LAMP&channel=shop", None)

    def follow(self, op: str, *, after: int) -> Attempt:
        return self.line.send(op, "changes", f"GET /v1/changes?after={after}", {"after": after})

    def together(self, *people: Callable[[], Attempt]) -> list[Attempt]:
        """Everybody at once."""
        threads = [threading.Thread(target=person) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.history.attempts[-len(people) :]

    def as_owner(self, *statements: Any) -> None:
        """What only the owner of the database may do."""
        with psycopg.connect(self.url) as owner:
            for statement in statements:
                owner.execute(statement)

    def found(self) -> set[str]:
        """The rules that were broken, once all that happens by itself has happened."""
        findings = [str(finding) for finding in self.city.audit()]
        with psycopg.connect(self.url) as connection:
            left = connection.execute(NOT_AT_REST_SQL, {"market": MARKET}).fetchall()
        assert not any(count for _, count in left), left
        return {
            anomaly.rule for anomaly in anomalies(self.history, read_books(self.url, MARKET, findings, {}))
        }


@contextmanager
def on_trial(url: str) -> Iterator[Trial]:
    """Two servers on a migrated database, with a few lamps in two shops."""
    if not _notes_commits(url):
        pytest.skip("this PostgreSQL does not note commits: set track_commit_timestamp = on")
    with ExitStack() as stack:
        databases = [stack.enter_context(Database(url)) for _ in range(2)]
        World(databases[0], stock=STOCK, market=MARKET).open()
        yield Trial(url, [stack.enter_context(serving(database, Clock())) for database in databases])


def _notes_commits(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SHOW track_commit_timestamp").fetchone() == ("on",)
