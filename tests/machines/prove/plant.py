"""The plant under test: servers and a worker, each a process, on one PostgreSQL, all on wires of ours."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from books import Books, read_books
from jumping import FILE
from plug import children_of, free_port, kill, kill_database, postmaster_of
from small_world import ITEMS, World
from wires import Wire, Wires

from anyshelf.ground.auth import Principal, make_key
from anyshelf.ground.db import Database, EmbeddedServer, migrate, start_embedded
from anyshelf.orders import service as orders

MARKET = "main"
SETTINGS = {"track_commit_timestamp": "on", "shared_buffers": "64MB", "max_wal_size": "512MB"}
SHELVES = {(node, item): 12 for node in ("A", "B", "D") for item in ITEMS}
STARTS_WITHIN_SECONDS = 120
RESTS_WITHIN_SECONDS = 180
TROUBLE = (OSError, http.client.HTTPException, json.JSONDecodeError)

NOT_AT_REST_SQL = """
SELECT 'events without a number', count(*) FROM outbox WHERE market = %(market)s AND sequence IS NULL
UNION ALL SELECT 'events not read by ' || r.reader, h.sequence - r.sequence
FROM outbox_readers r JOIN outbox_heads h USING (market) WHERE market = %(market)s
UNION ALL SELECT 'money to move', count(*) FROM payment_operations
WHERE market = %(market)s AND status = 'requested'
"""


# What was ever held back for want of being found: the program keeps only what it holds back now.
NOTE_DOUBTS_SQL = """
CREATE TABLE doubts_noted (node text, missing integer);
GRANT INSERT ON doubts_noted TO anyshelf_app;
CREATE FUNCTION note_doubt() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO doubts_noted VALUES (new.node, new.missing); RETURN NULL; END';
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON inventory_doubts FOR EACH ROW EXECUTE FUNCTION note_doubt();
"""
DOUBTS_SQL = "SELECT node, max(missing) FROM doubts_noted GROUP BY node"


class Process:
    """A process that is started again whenever it is gone."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._words, self._environment, self._log = list(words), dict(environment), log
        self._stopping = threading.Event()
        self.child = self._begin()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _begin(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._words, env=self._environment, stdout=log, stderr=log)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            if self.child.poll() is not None:
                self.child = self._begin()
            self._stopping.wait(0.1)

    def kill(self) -> None:
        kill(self.child.pid)

    def freeze(self, seconds: float) -> None:
        """It stands still for a while, as in a long pause of its machine."""
        with suppress(ProcessLookupError):
            self.child.send_signal(signal.SIGSTOP)
            self._stopping.wait(seconds)
            self.child.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Finish what is under way, and end."""
        self._stopping.set()
        self._keeper.join()
        self.child.terminate()
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Server:
    """A server process and the wire by which its clients reach it."""

    def __init__(self, wire: Wire, environment: Mapping[str, str], log: Path) -> None:
        self.wire = wire
        wire.target = ("127.0.0.1", free_port())
        words = [sys.executable, "-m", "anyshelf.main", "serve", "--port", str(wire.target[1])]
        self.process = Process(words, environment, log)

    def is_ready(self) -> bool:
        with suppress(*TROUBLE):
            connection = http.client.HTTPConnection(*self.wire.target, timeout=5)
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            finally:
                connection.close()
        return False


class Plant:
    """Everything that runs, and everything in it that can go wrong."""

    def __init__(self, folder: Path, *, servers: int) -> None:
        self.folder = folder
        self.wires = Wires()
        self._database: EmbeddedServer = start_embedded(folder, settings=SETTINGS)
        self._wire = self.wires.lay()
        self._wire.target = self._address()
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self.token = self._open()
        url = urlsplit(self.url)
        through = f"postgresql://{url.username}:{url.password}@127.0.0.1:{self._wire.port}{url.path}"
        environment = {
            **os.environ, "ANYSHELF_DATABASE_URL": through, "ANYSHELF_LOG_LEVEL": "error",
            FILE: str(self.clock), "ANYSHELF_POOL_MAX": "8", "ANYSHELF_PROMISE_MINUTES": "1",
        }  # fmt: skip
        self.servers = [
            Server(self.wires.lay(), environment, folder / f"server-{number}.log")
            for number in range(servers)
        ]
        worker = [sys.executable, str(Path(__file__).with_name("jumping.py"))]
        self.worker = Process(worker, environment, folder / "worker.log")

    @property
    def url(self) -> str:
        """The database itself, past the wire."""
        return self._database.url

    def _address(self) -> tuple[str, int]:
        url = urlsplit(self.url)
        return str(url.hostname), int(url.port or 0)

    def _open(self) -> str:
        """The tables, the places, the goods, and a key for everybody."""
        migrate(self.url)
        with psycopg.connect(self.url) as owner:
            owner.execute(NOTE_DOUBTS_SQL)
        everybody = Principal(market=MARKET, name="everybody", roles=("administrator",))
        with Database(self.url) as database:
            World(database, stock=SHELVES, market=MARKET).open()
            with database.transaction() as tx:
                orders.change_terms(tx, MARKET, {"reserve_hours": 1})
                return make_key(tx, everybody, datetime.now(UTC))

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while not all(server.is_ready() for server in self.servers):
            assert time.monotonic() < deadline, self.last_words()
            threading.Event().wait(0.1)

    def last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs)

    # What goes wrong

    def kill_database(self) -> None:
        """All of PostgreSQL at once; it is started again, and finds its own way back."""
        kill_database(self.folder)
        self._database.stop()
        self._database = start_embedded(self.folder, settings=SETTINGS)
        self._wire.target = self._address()

    def kill_session(self, which: int) -> None:
        """One of PostgreSQL's processes; it then ends all others and begins anew by itself."""
        postmaster = postmaster_of(self.folder)
        sessions = children_of(postmaster) if postmaster else []
        if sessions:
            kill(sessions[which % len(sessions)])

    def cut_database(self) -> None:
        self._wire.cut()

    def lose_commits(self, count: int) -> None:
        """What the database answers next does not reach who asked; some of it is that a commit is done."""
        self._wire.lose_answers(count)

    def set_clock(self, seconds: float) -> None:
        """The worker's clock is wrong by so much from now on."""
        beside = self.clock.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.replace(self.clock)

    # The end

    def come_to_rest(self) -> None:
        """Wait until everything that happens by itself has happened."""
        self.set_clock(0)
        deadline = time.monotonic() + RESTS_WITHIN_SECONDS
        while left := self._left():
            assert time.monotonic() < deadline, f"{left} left\n{self.last_words()}"
            threading.Event().wait(0.2)

    def _left(self) -> dict[str, int]:
        """What waits for somebody to do it."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=5) as connection:
            found = connection.execute(NOT_AT_REST_SQL, {"market": MARKET}).fetchall()
            return {what: count for what, count in found if count}
        return {"no database": 1}

    def close_shop(self) -> None:
        """Every process of ours ends in its own time; the database stays."""
        for process in (*(server.process for server in self.servers), self.worker):
            process.stop()

    def books(self) -> Books:
        """What the database says, and what the audit says of it."""
        environment = {**os.environ, "ANYSHELF_DATABASE_URL": self.url}
        words = [sys.executable, "-m", "anyshelf.main", "audit", "--json"]
        told = subprocess.run(words, env=environment, capture_output=True, check=False)
        findings: list[Any] = json.loads(told.stdout)["findings"]
        with psycopg.connect(self.url) as owner:
            doubts = dict(owner.execute(DOUBTS_SQL).fetchall())
        return read_books(self.url, MARKET, [json.dumps(finding) for finding in findings], doubts)

    def close(self) -> None:
        self.close_shop()
        self.wires.close()
        self._database.stop()
