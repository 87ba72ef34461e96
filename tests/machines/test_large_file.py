"""A file of orders far larger than what a server may keep of it."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from anyshelf.main import app, running

LINES = 12_000
LINE_BYTES = 8_000
"""Orders come with spaces around them: nearly a hundred megabytes in all."""
KEPT_BYTES_MAX = 40_000_000
STARTS_WITHIN_SECONDS = 90

NETWORK = {
    "nodes": "node,kind,name,lat,lon,country,postal_code,timezone,hours\n"
    "AUSTIN,store,Austin,30.27,-97.74,US,78701,America/Chicago,24/7\n",
    "items": "item,name,weight_g,price,cost,currency\nLAMP,Lamp,800,24.00,11.00,USD\n",
    "channels": "channel,kind,currency\nweb,web,USD\n",
    "stock": "node,item,on_hand\nAUSTIN,LAMP,100000\n",
}


@pytest.fixture
def server(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[tuple[str, int], int, str]]:
    """A server with one shop full of lamps: its address, its process and a key to it."""
    monkeypatch.setattr(running, "start_log", lambda _level: None)
    environment = {"ANYSHELF_DATABASE_URL": database_url, "ANYSHELF_LOG_LEVEL": "error"}
    for name, text in NETWORK.items():
        (tmp_path / f"{name}.csv").write_text(text)
    runner = CliRunner()
    assert runner.invoke(app, ["load", str(tmp_path)], env=environment).exit_code == 0
    key = runner.invoke(app, ["keys", "make", "ops", "--role", "operations"], env=environment).stdout.strip()
    said = tmp_path / "said"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "anyshelf.main", "serve", "--port", "0"],
            stdout=output, stderr=output, env={**os.environ, **environment},
        )  # fmt: skip
    try:
        yield ("127.0.0.1", port_of(process, said)), process.pid, key
    finally:
        process.terminate()
        process.wait(60)


def port_of(process: subprocess.Popen[bytes], said: Path) -> int:
    for _ in range(STARTS_WITHIN_SECONDS * 10):
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said.read_text())
        with suppress(OSError):
            if found and urlopen(f"{found.group(0)}/readyz", timeout=60).status == 200:  # noqa: S310  our own
                return int(found.group(1))
        assert process.poll() is None, said.read_text()
        threading.Event().wait(0.1)
    raise AssertionError(said.read_text())


def highest_bytes(pid: int) -> int:
    """The most memory a process has held so far."""
    told = Path(f"/proc/{pid}/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024


def order(item: str) -> bytes:
    lines = [{"item": item, "quantity": 1, "method": "pickup", "node": "AUSTIN"}]
    return json.dumps({"channel": "web", "lines": lines}).encode()


def send(connection: socket.socket, host: str, key: str) -> None:
    """A file of orders as it comes: every tenth is for a lamp, the others for what nobody knows."""
    head = f"POST /v1/orders:batch HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
    connection.sendall(f"{head}Content-Length: {LINES * LINE_BYTES}\r\n\r\n".encode())
    for number in range(LINES):
        connection.sendall(order("LAMP" if number % 10 == 0 else "VASE").ljust(LINE_BYTES - 1) + b"\n")


def answers(connection: socket.socket) -> list[bytes]:
    """The lines of the answer, out of the chunks it comes in."""
    with connection.makefile("rb") as stream:
        while stream.readline().strip():
            pass
        body = []
        while size := int(stream.readline(), 16):
            body.append(stream.read(size))
            stream.readline()
    return b"".join(body).splitlines()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_file_of_orders_is_answered_while_it_is_read_and_never_kept(
    server: tuple[tuple[str, int], int, str],
) -> None:
    address, pid, key = server
    before = highest_bytes(pid)
    with socket.create_connection(address, timeout=300) as connection:
        sender = threading.Thread(target=send, args=(connection, address[0], key))
        sender.start()
        told = [json.loads(line) for line in answers(connection)]
        sender.join()

    assert [each["status"] for each in told] == [201 if number % 10 == 0 else 422 for number in range(LINES)]
    assert highest_bytes(pid) - before < KEPT_BYTES_MAX
