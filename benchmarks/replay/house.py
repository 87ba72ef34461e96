"""The program under replay: its commands, and a server of our own that is started anew if it dies."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

PROGRAM = (sys.executable, "-m", "anyshelf.main")
READY_SECONDS = 120.0
LOOK_SECONDS = 1.0
UNWELL_SECONDS = 10.0
START_SECONDS = 60.0
END_SECONDS = 60.0


class Failed(Exception):
    """A command of Anyshelf did not do what the replay needs."""


class House:
    """Anyshelf on one database and one market, told by the environment of its processes."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}

    def load(self, folder: Path) -> dict[str, Any]:
        """Load a network from files."""
        return self._json("load", str(folder))

    def make_key(self, name: str) -> str:
        """An API key that may do everything."""
        return str(self._json("keys", "make", name, "--role", "administrator")["secret"])

    def audit(self) -> dict[str, Any]:
        """What the audit finds."""
        return self._json("audit", fails=(0, 1))

    def serve(self, port: int, folder: Path) -> "Server":
        """A server of our own, ready to be spoken to; one that a killed replay left behind is ended first."""
        pid = folder / "server.pid"
        if pid.is_file() and self._is_ours(int(pid.read_text())):
            os.kill(int(pid.read_text()), signal.SIGTERM)
        return Server(self._environment, port=port, log=folder / "server.log", pid=pid)

    def _is_ours(self, pid: int) -> bool:
        """Whether this process serves this run's market: its environment says so."""
        market = f"ANYSHELF_MARKET={self._environment.get('ANYSHELF_MARKET')}".encode()
        try:
            return market in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False

    def _json(self, *words: str, fails: Sequence[int] = (0,)) -> dict[str, Any]:
        done = subprocess.run(  # noqa: S603  our own program
            [*PROGRAM, *words, "--json"], env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode not in fails:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise Failed(f"anyshelf {' '.join(words)} ended with {done.returncode}: {said}")
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer


class Server:
    """`anyshelf serve` in a process of its own; when it dies it is started anew, and that is counted."""

    def __init__(self, environment: Mapping[str, str], *, port: int, log: Path, pid: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.restarts = 0
        self._environment, self._port, self._log, self._pid = environment, port, log, pid
        self._leaving = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._wait_until_ready()
        self._keeper.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._keeper.join()
        self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  our own program
                [*PROGRAM, "serve", "--port", str(self._port)], env=self._environment, stdout=log, stderr=log
            )
        self._pid.write_text(str(process.pid), encoding="utf-8")
        return process

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready(self.url):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise Failed(f"anyshelf serve did not come up; its last words are in {self._log}")
            time.sleep(LOOK_SECONDS / 5)

    def _keep(self) -> None:
        """Start the server anew when it has died, or is not ready for long: then its database has died."""
        well_at = time.monotonic()
        while not self._leaving.wait(LOOK_SECONDS):
            died = self._process.poll() is not None
            if not died and is_ready(self.url):
                well_at = time.monotonic()
            elif died or time.monotonic() - well_at > UNWELL_SECONDS:
                self._end()
                self.restarts += 1
                self._process = self._start()
                well_at = time.monotonic() + START_SECONDS

    def _end(self) -> None:
        """Stop the process, kindly at first."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def is_ready(url: str) -> bool:
    """Whether a server answers that it is ready."""
    line = HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200  # noqa: PLR2004  ready
    except (OSError, HTTPException):
        return False
    finally:
        line.close()
