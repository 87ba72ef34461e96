"""A small city to tell stories in: shops, a warehouse, shoppers, all of it behind the real HTTP server."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.http.app import build
from anyshelf.doors.work import READERS, TIMERS
from anyshelf.ground.db import Database, Tx, connect
from anyshelf.ground.dispatch import catch_up
from anyshelf.ground.errors import Busy
from anyshelf.ground.http import House
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from anyshelf.ground.settings import Settings
from anyshelf.ground.timers import ring
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node, Rate
from anyshelf.orders import service as order_service
from anyshelf.payments import jobs as payments
from anyshelf.payments import service as payment_service

HOME = {"lat": 30.27, "lon": -97.74, "postal_code": "78701", "country": "US"}
MARKET = "main"


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def wait(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    @property
    def problem(self) -> str:
        return str(self.body.get("type", "")).rpartition("/")[2]


class City:
    """The database, the server and the people in one place."""

    def __init__(self, server: FastAPI, database: Database, address: tuple[str, int], clock: Clock) -> None:
        self.server, self.database, self.address, self.clock = server, database, address, clock
        self.house: House = server.state.house
        self.stumbling = False

    # People speak HTTP

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        sent = {"content-type": "application/json", **headers}
        if key:
            sent["idempotency-key"] = key
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection.request(method, path, raw, sent)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        kind = response.getheader("content-type", "")
        parsed = json.loads(text) if text and kind.endswith("json") and "x-ndjson" not in kind else text
        return Answer(response.status, parsed, dict(response.getheaders()))

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, *, key: str = "", **headers: str) -> Answer:
        return self.call("POST", path, body, key=key, **headers)

    def twice(self, path: str, body: Any = None, *, key: str = "") -> Answer:
        """Does it, does it again, and sees that the second time changed nothing."""
        key = key or str(new_id())
        self.stumble(path, body, key)
        first = self.post(path, body, key=key)
        assert first.status < 300, first.body
        before = self.ledger()
        again = self.post(path, body, key=key)
        assert (again.status, again.body) == (first.status, first.body)
        assert self.ledger() == before
        return first

    def stumble(self, path: str, body: Any, key: str) -> None:
        """In a stumbling city the step is first lost at the very end, and must leave nothing behind."""
        if not self.stumbling:
            return
        before = self.ledger()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connect, "_commit", _lose)
            lost = self.post(path, body, key=key)
        assert lost.problem in ("busy", "shortage"), "what is refused never comes to its commit"
        assert self.ledger() == before

    def together(self, *people: Callable[[], Answer]) -> list[Answer]:
        """Everybody at once."""
        answers: list[Answer] = [Answer(0, None)] * len(people)
        gate = threading.Barrier(len(people))

        def act(place: int) -> None:
            gate.wait()
            answers[place] = people[place]()

        threads = [threading.Thread(target=act, args=(place,)) for place in range(len(people))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    # The city is built

    def store(self, name: str, kind: str = "store", *, lat: float = 30.3, lon: float = -97.7) -> "Place":
        node = Node(
            node=name, kind=kind, name=name, lat=lat, lon=lon, country="US", postal_code="78701",
            timezone="America/Chicago", hours="Mo-Su 09:00-21:00", cutoff=time(15), processing_minutes=60,
            capabilities=("ship", "pickup", "return"),
        )  # fmt: skip
        with self.database.transaction() as tx:
            network.save_nodes(tx, MARKET, [node])
        return Place(self, name)

    def dc(self, name: str, *, lat: float = 32.8, lon: float = -96.8) -> "Place":
        return self.store(name, "dc", lat=lat, lon=lon)

    def order(self, item: str, quantity: int = 1, *, key: str = "", **more: Any) -> Answer:
        """A shopper orders one thing to their door, unless told otherwise."""
        body: dict[str, Any] = {
            "channel": "web",
            "lines": [{"item": item, "quantity": quantity}],
            "fulfilment": {"method": "ship", "destination": HOME},
            "payment": {"provider": "test", "token": "tok_ok"},
            **more,
        }
        key = key or str(new_id())
        self.stumble("/v1/orders", body, key)
        return self.post("/v1/orders", body, key=key)

    def pick_up(self, item: str, place: "Place", quantity: int = 1, **more: Any) -> Answer:
        return self.order(item, quantity, fulfilment={"method": "pickup", "node": place.name}, **more)

    def reserve(
        self, item: str, place: "Place", quantity: int = 1, *, customer: str = "ann", **more: Any
    ) -> Answer:
        """Somebody has something kept for them, without paying."""
        chosen = {"method": "reserve", "node": place.name}
        return self.order(item, quantity, fulfilment=chosen, customer=customer, payment=None, **more)

    def deliver_home(self, item: str, place: "Place", quantity: int = 1, **more: Any) -> Answer:
        """Sold at a till, to be brought home."""
        chosen = {"method": "deliver", "node": place.name, "destination": HOME}
        return self.order(item, quantity, channel="till", fulfilment=chosen, **more)

    def carry_out(self, item: str, place: "Place", quantity: int = 1, **more: Any) -> Answer:
        chosen = {"method": "carry_out", "node": place.name}
        return self.order(item, quantity, channel="till", fulfilment=chosen, **more)

    # Time passes

    def settle(self) -> None:
        """Everything that happens by itself has happened."""
        catch_up(self.database, MARKET, READERS)
        payments.carry_out(self.database, MARKET, self.clock)
        catch_up(self.database, MARKET, READERS)

    def wait(self, **span: float) -> None:
        """Time passes, and what was set for a moment in it happens."""
        self.clock.wait(**span)
        self.settle()
        ring(self.database, MARKET, self.clock, TIMERS)
        self.settle()

    def work_at(self, place: "Place") -> list[dict[str, Any]]:
        self.settle()
        answer = self.get(f"/v1/nodes/{place.name}/work?state=open")
        assert answer.status == 200, answer.body
        return list(answer["work"])

    def expect(self, place: "Place", item: str, quantity: int, reference: str, *, days: int = 3) -> None:
        """Supply is on its way."""
        with self.database.transaction() as tx:
            coming = (place.name, item, quantity, self.clock.now() + timedelta(days=days), reference)
            inventory.expect(tx, MARKET, [coming], now=self.clock.now())

    def receive(self, place: "Place", item: str, quantity: int, reference: str) -> None:
        """Supply has come."""
        move = {
            "kind": "receive", "node": place.name, "item": item, "quantity": quantity,
            "reason": "delivery", "reference": reference,
        }  # fmt: skip
        answer = self.post("/v1/inventory/moves", {"moves": [move]})
        assert answer.status < 300, answer.body
        self.settle()

    # The books

    def ledger(self) -> list[tuple[Any, ...]]:
        with self.database.transaction() as tx:
            moves = tx.execute("SELECT cause, step, entry FROM inventory_moves ORDER BY 1, 2, 3").fetchall()
            money = tx.execute(
                "SELECT captured_minor, refunded_minor, voided_minor FROM payments ORDER BY 1"
            ).fetchall()
        return moves + money

    def audit(self) -> list[Any]:
        """Everything the audit finds, once all that happens by itself has happened."""
        self.settle()
        with self.database.transaction() as tx:
            return [
                *inventory.audit(tx, MARKET),
                *order_service.audit(tx, MARKET),
                *payment_service.audit(tx, MARKET),
            ]

    def show(self, order: Answer) -> Answer:
        self.settle()
        return self.get(f"/v1/orders/{order['order_id']}")

    def states(self, order: Answer) -> dict[str, int]:
        """Where the units of an order stand, all lines together."""
        sums: dict[str, int] = {}
        for line in self.show(order)["lines"]:
            for state, quantity in line["states"].items():
                sums[state] = sums.get(state, 0) + quantity
        return sums

    def positions(self, item: str) -> dict[str, dict[str, int]]:
        """Every node's position of an item."""
        return {each["node"]: each for each in self.get(f"/v1/inventory/positions?item={item}")["positions"]}

    def story(self, order: Answer) -> list[str]:
        """What has been told of an order, oldest first."""
        return [told["type"].removeprefix("anyshelf.") for told in self.show(order)["history"]]

    def money(self, order: Answer) -> dict[str, str]:
        return {name: amount["amount"] for name, amount in self.show(order)["payment"].items()}


def _lose(connection: Tx) -> None:
    """A commit that never arrives, for transactions that wrote something."""
    if connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone() == (None,):
        connection.commit()
        return
    connection.rollback()
    raise Busy("The lights went out.")


@dataclass(frozen=True)
class Place:
    """A node of the city."""

    city: City
    name: str

    def has(self, item: str, quantity: int, *, price: int = 2500) -> str:
        with self.city.database.transaction() as tx:
            known = Item(item=item, name=item.title(), currency="USD", price_minor=price, weight_g=900)
            catalogue.save_items(tx, MARKET, [known])
            shelf = [(self.name, item, quantity)]
            inventory.receive_opening(tx, MARKET, shelf, cause=new_id(), now=self.city.clock.now())
        return item

    def stock(self, item: str) -> dict[str, int]:
        with self.city.database.transaction() as tx:
            found = inventory.positions_at(tx, MARKET, [item], [self.name])
        return {
            bucket: getattr(found[0], bucket)
            for bucket in ("on_hand", "reserved", "allocated", "damaged")
            if getattr(found[0], bucket)
        }


@contextmanager
def open_city(
    database: Database, *, channels: Sequence[str] = ("web", "till"), settings: Settings | None = None
) -> Iterator[City]:
    """A city with its server running."""
    clock = Clock()
    with database.transaction() as tx:
        open_market(tx, MARKET, currency="USD")
        network.save_channels(tx, MARKET, [Channel(channel=name, currency="USD") for name in channels])
        rates = [
            Rate(
                service="ground",
                zone=zone,
                weight_g_max=step * 1000,
                amount_minor=300 + 60 * zone + 40 * step,
            )
            for zone in range(2, 9)
            for step in (1, 2, 5, 10, 30)
        ]
        network.save_rates(tx, MARKET, rates)
    with serving(database, clock, settings) as city:
        yield city


@contextmanager
def serving(database: Database, clock: Clock, settings: Settings | None = None) -> Iterator[City]:
    """One server of a city; a city may have several, on one database."""
    house = House(
        database=database, clock=clock, settings=settings or Settings(), loopback_market=MARKET,
        readers=READERS,
    )  # fmt: skip
    app = build(house, start_worker=False)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.005)
    address = server.servers[0].sockets[0].getsockname()
    try:
        yield City(app, database, (address[0], address[1]), clock)
    finally:
        server.should_exit = True
        thread.join()
