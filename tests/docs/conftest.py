"""A demo of our own, running as a shopkeeper would run it, for the pages that are tested against it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from anyshelf.ground.db.embedded import stop_abandoned
from anyshelf.ground.errors import SetupProblem

PROGRAMS = Path(sys.executable).parent
READY_SECONDS = 120
STOP_SECONDS = 30
STORES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A running demo: where it answers, where it keeps its data, and how it was told so."""

    address: str
    data: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a shell needs to follow a page: the address, the data folder, our programs in the path."""
        return {
            **os.environ,
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            "ANYSHELF": self.address,
            "ANYSHELF_DATA": str(self.data),
            "ANYSHELF_DATABASE_URL": "",
        }


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """The demo with a small network, on a free port, stopped with SIGTERM when the session ends."""
    folder = Path(tempfile.mkdtemp(prefix="anyshelf-live-"))
    folder.chmod(0o755)  # as root, the database's own account must reach its folder in it
    address = f"http://127.0.0.1:{free_port()}"
    data = folder / "data"
    with (folder / "demo.log").open("w") as log:
        process = subprocess.Popen(
            [PROGRAMS / "anyshelf", "demo", "--data", data, "--port", address.rpartition(":")[2],
             "--stores", str(STORES)],
            stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "ANYSHELF_DATABASE_URL": ""},
        )  # fmt: skip
        try:
            wait_until_ready(address, process, folder / "demo.log")
            yield Live(address=address, data=data)
        finally:
            stop(process)
            with suppress(SetupProblem):
                stop_abandoned(folder)
    shutil.rmtree(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if answers(f"{address}/readyz"):
            return
        time.sleep(0.1)
    pytest.fail(f"the demo did not get ready; it said:\n{log.read_text()}")


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return answer.status == 200
    except (URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        pytest.fail(f"the demo did not stop within {STOP_SECONDS} seconds of SIGTERM")


@pytest.fixture(scope="session")
def openapi(live: Live) -> dict[str, object]:
    """The description the server gives of itself."""
    with urlopen(f"{live.address}/openapi.json", timeout=30) as answer:  # noqa: S310 - our own address
        described: dict[str, object] = json.load(answer)
    return described
