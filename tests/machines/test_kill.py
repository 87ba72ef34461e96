"""Server and database are killed in the middle of a rush of orders: nothing is lost, nothing is twice."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from plug import free_port, kill_database

ORDERS = 240
CLIENTS = 4
STARTS_WITHIN_SECONDS = 90
FINISHED_WITHIN_SECONDS = 240
TROUBLE = (OSError, http.client.HTTPException, json.JSONDecodeError)


class Machine:
    """A machine with Anyshelf on it, whose plug can be pulled."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.environment = {**os.environ, "ANYSHELF_DATA": str(data), "ANYSHELF_LOG_LEVEL": "error"}
        self.server: subprocess.Popen[bytes] | None = None

    def anyshelf(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "anyshelf.main", *words]

    def start(self) -> None:
        words = self.anyshelf("demo", "--data", str(self.data), "--port", str(self.port), "--stores", "30")
        self.server = subprocess.Popen(words, env=self.environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline:
            with suppress(*TROUBLE):
                if self.call("GET", "/readyz")[0] == 200:
                    return
            assert self.server.poll() is None, "the server stopped by itself"
            threading.Event().wait(0.1)
        raise AssertionError("the server did not start")

    def kill_server(self) -> None:
        assert self.server is not None
        self.server.kill()
        self.server.wait()

    def kill_database(self) -> None:
        kill_database(self.data)

    def stop(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            sent = {"content-type": "application/json", **({"idempotency-key": key} if key else {})}
            connection.request(method, path, json.dumps(body) if body is not None else None, sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def audit(self) -> dict[str, Any]:
        told = subprocess.run(
            self.anyshelf("audit", "--json"), env=self.environment, capture_output=True, check=False
        )
        return dict(json.loads(told.stdout))


@pytest.fixture
def machine(reachable_path: Path) -> Iterator[Machine]:
    opened = Machine(reachable_path / "data")
    opened.start()
    yield opened
    opened.stop()


class Shopper(threading.Thread):
    """Places its share of orders, and asks again under the same key until it is answered."""

    def __init__(self, machine: Machine, number: int, items: list[str]) -> None:
        super().__init__()
        self.machine, self.number, self.items = machine, number, items
        self.answers: dict[str, str] = {}
        self.refused = 0

    def run(self) -> None:
        draw = random.Random(self.number)  # noqa: S311  a shopper, not a secret
        for each in range(ORDERS // CLIENTS):
            body = {
                "channel": "web",
                "external_id": f"rush-{self.number}-{each}",
                "lines": [{"item": draw.choice(self.items), "quantity": draw.randint(1, 2)}],
                "fulfilment": {"destination": {"lat": 40.7, "lon": -74.0, "postal_code": "10001"}},
                "payment": {"provider": "test", "token": "tok_ok"},
            }
            self.place(str(body["external_id"]), body)

    def place(self, key: str, body: dict[str, Any]) -> None:
        deadline = time.monotonic() + FINISHED_WITHIN_SECONDS
        while time.monotonic() < deadline:
            with suppress(*TROUBLE):
                status, answer = self.machine.call("POST", "/v1/orders", body, key)
                if status in (200, 201):
                    self.answers[key] = answer["order_id"]
                    return
                if answer["type"] == "/problems/shortage":
                    self.refused += 1
                    return
            threading.Event().wait(0.05)
        raise AssertionError("never answered")


def answered(shoppers: list[Shopper]) -> int:
    return sum(len(shopper.answers) + shopper.refused for shopper in shoppers)


def wait_for(shoppers: list[Shopper], count: int) -> None:
    deadline = time.monotonic() + FINISHED_WITHIN_SECONDS
    while answered(shoppers) < count:
        assert time.monotonic() < deadline, "the shoppers are stuck"
        threading.Event().wait(0.02)


def all_orders(machine: Machine) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor = ""
    while True:
        page = machine.call("GET", f"/v1/orders?limit=100{cursor}")[1]
        for order in page["orders"]:
            assert found.setdefault(order["external_id"], order["order_id"]) == order["order_id"]
        if page["next"] is None:
            return found
        cursor = f"&before={page['next']}"


def test_nothing_is_lost_or_twice_when_server_and_database_are_killed(machine: Machine) -> None:
    found = machine.call("GET", "/v1/inventory/positions?limit=400")[1]["positions"]
    items = sorted({position["item"] for position in found if position["available"] > 3})[:25]
    shoppers = [Shopper(machine, number, items) for number in range(CLIENTS)]
    for shopper in shoppers:
        shopper.start()

    wait_for(shoppers, ORDERS // 4)
    machine.kill_server()
    machine.start()
    wait_for(shoppers, ORDERS // 2)
    machine.kill_database()
    machine.kill_server()
    machine.start()
    for shopper in shoppers:
        shopper.join()

    acknowledged = {key: order for shopper in shoppers for key, order in shopper.answers.items()}
    assert len(acknowledged) + sum(shopper.refused for shopper in shoppers) == ORDERS
    kept = {key: order for key, order in all_orders(machine).items() if key.startswith("rush-")}
    assert kept == acknowledged
    assert machine.audit() == {"clean": True, "findings": []}
