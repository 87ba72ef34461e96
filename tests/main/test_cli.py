"""The program `anyshelf` as somebody at a terminal meets it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from anyshelf.ground.db import Database, run
from anyshelf.ground.db.embedded import stop_abandoned
from anyshelf.main import app, running

COMMANDS = ("demo", "serve", "worker", "migrate", "load", "audit", "users", "keys")

NODES = """node,kind,name,lat,lon,country,postal_code,timezone,hours,cutoff,processing_minutes,capabilities
AUSTIN,store,Austin,30.27,-97.74,US,78701,America/Chicago,24/7,,30,ship pickup
"""
ITEMS = """item,name,weight_g,price,cost,currency
LAMP,Lamp,800,24.00,11.00,USD
"""
STOCK = """node,item,on_hand
AUSTIN,LAMP,5
"""
DRIFT_SQL = "UPDATE inventory_positions SET on_hand = on_hand + 1"

Anyshelf = Callable[..., Result]


@pytest.fixture(autouse=True)
def _no_log_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner's standard error ends with the command; the log of this process must not be bound to it."""
    monkeypatch.setattr(running, "start_log", lambda _level: None)


@pytest.fixture
def anyshelf(database_url: str) -> Anyshelf:
    """Runs a command on a database of this test's own."""

    def command(*words: str, typed: str | None = None) -> Result:
        environment = {"ANYSHELF_DATABASE_URL": database_url, "ANYSHELF_LOG_LEVEL": "error"}
        return CliRunner().invoke(app, list(words), env=environment, input=typed)

    return command


@pytest.fixture
def network(tmp_path: Path) -> Path:
    for name, text in {"nodes": NODES, "items": ITEMS, "stock": STOCK}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(anyshelf: Anyshelf, command: str) -> None:
    told = anyshelf(command, "--help")

    assert told.exit_code == 0
    assert "Usage" in told.output


def test_an_unknown_command_is_wrong_use(anyshelf: Anyshelf) -> None:
    assert anyshelf("dance").exit_code == 2


def test_migrating_twice_changes_nothing(anyshelf: Anyshelf) -> None:
    assert json.loads(anyshelf("migrate", "--json").stdout) == {"applied": []}


def test_a_database_that_is_not_there_is_told_in_one_sentence() -> None:
    address = "postgresql://nobody@127.0.0.1:1/nowhere"

    told = CliRunner().invoke(app, ["migrate"], env={"ANYSHELF_DATABASE_URL": address})

    assert told.exit_code == 2
    assert "ANYSHELF_DATABASE_URL" in told.stderr
    assert "Traceback" not in told.output


def test_a_setting_that_cannot_be_read_is_named() -> None:
    told = CliRunner().invoke(app, ["migrate"], env={"ANYSHELF_PORT": "eighty"})

    assert told.exit_code == 2
    assert "ANYSHELF_PORT is 'eighty'" in told.stderr


# Loading and auditing


def test_a_network_is_loaded_and_its_books_are_clean(anyshelf: Anyshelf, network: Path) -> None:
    loaded = anyshelf("load", str(network), "--json")
    audited = anyshelf("audit", "--json")

    assert (loaded.exit_code, json.loads(loaded.stdout)["loaded"]) == (0, True)
    assert (audited.exit_code, json.loads(audited.stdout)) == (0, {"clean": True, "findings": []})


def test_a_bad_row_is_named_and_nothing_is_kept(anyshelf: Anyshelf, network: Path) -> None:
    (network / "stock.csv").write_text(STOCK + "NOWHERE,LAMP,5\n")

    told = anyshelf("load", str(network))

    assert told.exit_code == 1
    assert "stock.csv:3" in told.stderr
    assert "--skip-bad" in told.stderr


def test_a_folder_that_is_not_there_is_told_in_one_sentence(anyshelf: Anyshelf) -> None:
    told = anyshelf("load", "/nowhere/at/all")

    assert told.exit_code == 2
    assert "is not a folder" in told.stderr


def test_drift_is_found_and_mended_by_moves(anyshelf: Anyshelf, network: Path, database_url: str) -> None:
    anyshelf("load", str(network))
    with Database(database_url, role=None) as owner, owner.transaction() as tx:
        run(tx, DRIFT_SQL)

    found, mended, after = anyshelf("audit", "--json"), anyshelf("audit", "--repair"), anyshelf("audit")

    assert (found.exit_code, json.loads(found.stdout)["findings"][0]["where"]) == (1, "LAMP at AUSTIN")
    assert (mended.exit_code, after.exit_code) == (0, 0)
    assert "Clean" in after.stdout


# People and keys


def test_a_key_is_made_shown_once_listed_and_revoked(anyshelf: Anyshelf) -> None:
    made = anyshelf("keys", "make", "web", "--role", "channel", "--channel", "web", "--json")
    again = anyshelf("keys", "make", "web", "--role", "channel")
    listed = anyshelf("keys", "list", "--json")
    revoked = anyshelf("keys", "revoke", "web")

    assert json.loads(made.stdout)["secret"].startswith("ask_")
    assert (again.exit_code, "revoke it first" in again.stderr) == (2, True)
    assert [key["name"] for key in json.loads(listed.stdout)] == ["web"]
    assert json.loads(made.stdout)["secret"] not in listed.stdout
    assert revoked.exit_code == 0
    assert json.loads(anyshelf("keys", "list", "--json").stdout) == []
    assert anyshelf("keys", "revoke", "web").exit_code == 2


def test_a_role_nobody_knows_is_refused_with_those_there_are(anyshelf: Anyshelf) -> None:
    told = anyshelf("keys", "make", "web", "--role", "king")

    assert told.exit_code == 2
    assert "'king' is not a role" in told.stderr
    assert "operations" in told.stderr


def test_somebody_is_added_and_their_password_is_never_shown(anyshelf: Anyshelf) -> None:
    added = anyshelf("users", "add", "ann", "--role", "operations", typed="swordfish\nswordfish\n")
    listed = anyshelf("users", "list")

    assert added.exit_code == 0
    assert "ann" in listed.stdout
    assert "swordfish" not in added.output + listed.output


def test_somebody_is_shut_out_and_let_in_again(anyshelf: Anyshelf) -> None:
    anyshelf("users", "add", "ann", "--role", "operations", typed="swordfish\nswordfish\n")
    out = anyshelf("users", "shut-out", "ann")
    without = anyshelf("users", "list")
    back = anyshelf("users", "let-in", "ann")

    assert (out.exit_code, back.exit_code) == (0, 0)
    assert "ann" not in without.stdout
    assert "ann" in anyshelf("users", "list").stdout
    assert anyshelf("users", "shut-out", "nobody").exit_code == 2


# Servers


class Started:
    """A program running in a process of its own, and what it has said."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.said = folder / f"said-{time.monotonic_ns()}"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "anyshelf.main", *words],
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "ANYSHELF_LOG_LEVEL": "error", **environment},
            )

    def address(self) -> str:
        """Where it says it listens, once it answers there."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:\d+", self.said.read_text())
            if found and status(f"{found.group(0)}/readyz") == 200:
                return found.group(0)
            time.sleep(0.05)
        raise AssertionError(self.said.read_text())

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def status(address: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def asked(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    begun: list[Started] = []

    def begin(*words: str, **environment: str) -> Started:
        begun.append(Started(tmp_path, *words, **environment))
        return begun[-1]

    yield begin
    for each in begun:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def test_the_demo_opens_with_a_network_and_orders_and_starts_again_at_once(
    start: Callable[..., Started], reachable_path: Path
) -> None:
    words = ("demo", "--data", str(reachable_path), "--port", "0", "--stores", "12")
    first = start(*words)
    orders = asked(f"{first.address()}/v1/orders?limit=100")["orders"]
    page = status(first.address())
    ended = first.end()
    stopped = stop_abandoned(reachable_path)

    begun = time.monotonic()
    second = start(*words)
    again = asked(f"{second.address()}/v1/orders?limit=100")["orders"]
    seconds = time.monotonic() - begun
    ended_again = second.end(signal.SIGINT)

    assert len(orders) > 20
    assert page == 200
    assert (ended, ended_again, stopped) == (0, 0, True)
    assert {order["order_id"] for order in again} == {order["order_id"] for order in orders}
    assert seconds < 30


def test_the_demo_keeps_away_from_a_database_somebody_works_in(
    start: Callable[..., Started], reachable_path: Path, database_url: str, anyshelf: Anyshelf
) -> None:
    words = ("demo", "--data", str(reachable_path), "--port", "0", "--stores", "12")
    demo = start(*words, ANYSHELF_DATABASE_URL=database_url)
    demo.address()
    demo.end()

    with Database(database_url) as database, database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM nodes").fetchone() == (0,)
    assert anyshelf("audit").exit_code == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_lets_nobody_in_without_a_key_and_stops_gracefully(
    start: Callable[..., Started], database_url: str, anyshelf: Anyshelf, workers: str
) -> None:
    key = anyshelf("keys", "make", "ops", "--role", "operations").stdout.strip()
    server = start("serve", "--port", "0", "--workers", workers, ANYSHELF_DATABASE_URL=database_url)
    address = server.address()

    assert status(f"{address}/v1/orders") == 401
    assert status(f"{address}/v1/orders", Authorization=f"Bearer {key}") == 200
    assert server.end() == 0
    assert status(f"{address}/healthz") == 0


def test_whoever_waits_for_events_is_let_go_when_the_server_stops(
    start: Callable[..., Started], database_url: str, anyshelf: Anyshelf
) -> None:
    key = anyshelf("keys", "make", "ops", "--role", "operations").stdout.strip()
    server = start("serve", "--port", "0", ANYSHELF_DATABASE_URL=database_url)
    host, port = server.address().removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as waiting:
        head = f"GET /v1/changes?wait_seconds=30 HTTP/1.1\r\nHost: {host}\r\n"
        waiting.sendall(f"{head}Authorization: Bearer {key}\r\n\r\n".encode())
        assert status(f"{server.address()}/healthz") == 200  # it was taken in before this one
        begun = time.monotonic()
        assert server.end() == 0
        answer = waiting.recv(10_000)

    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503"))
    assert time.monotonic() - begun < 8


def test_a_worker_works_alone_until_it_is_told_to_stop(
    start: Callable[..., Started], database_url: str
) -> None:
    worker = start("worker", ANYSHELF_DATABASE_URL=database_url)
    deadline = time.monotonic() + 60
    while "works in the background" not in worker.said.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert worker.end() == 0


def test_a_port_that_is_taken_is_told_in_one_sentence(anyshelf: Anyshelf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = anyshelf("serve", "--port", port)

    assert told.exit_code == 2
    assert f"Port {port} on 127.0.0.1 cannot be used" in told.stderr
