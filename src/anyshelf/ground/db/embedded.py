"""A PostgreSQL of our own, for laptops, demonstrations and tests: nothing to install, nothing left open.

It listens on 127.0.0.1 only, asks for a password, and keeps everything in one folder (`home.py` draws it).
Whoever starts on a folder whose server already runs attaches to it and leaves it running at the end. If the
process that was to stop it died, the server stays up, and the next one to start inherits the duty to stop it.
"""

import hashlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import errors, sql

from anyshelf.ground.db.binaries import ROOM_FOR_ROOT, account_for, bare_environment, programs, reaches
from anyshelf.ground.db.home import DATABASE, DEADLINE_SECONDS, Home, serves, until
from anyshelf.ground.errors import SetupProblem

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_statement": "none",
    "log_min_messages": "log",  # a refused statement is told to its sender: written down too, it fills disks
    "log_checkpoints": "off",
}

# For these reasons a server does not start now and starts a moment later.
PORT_TAKEN = "could not bind"
OLD_SESSIONS = "is still in use"  # of the shared memory: a killed server's sessions are still ending

WHERE_SQL = "SELECT current_setting('data_directory')"


class EmbeddedServer:
    """A running PostgreSQL: `url` reaches it as its owner; leaving the `with` block stops it if ours."""

    def __init__(self, home: Home, *, pid: int, port: int, child: subprocess.Popen[bytes] | None) -> None:
        self.data_dir = home.data_dir
        self.pid = pid
        self.url = home.url(port, DATABASE)
        self._cluster = home.cluster
        self._child = child
        self._duty = home.take_duty(pid)

    @property
    def stops_with_us(self) -> bool:
        """Whether `stop` stops the server, or merely lets go of one that another process answers for."""
        return self._duty is not None

    def stop(self) -> None:
        """Stop the server, fast and clean, and wait until it is down; one we only attached to stays up."""
        if self._duty is None:
            return
        _stop(self.pid, self._cluster)
        if self._child is not None:
            self._child.wait()
        os.close(self._duty)
        self._duty = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_embedded(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """The PostgreSQL that keeps its data under `data_dir`: made if there is none, started if it does not run.

    `settings` are laid over SETTINGS when this call starts the server. Works as root (the server then runs as
    an unprivileged account) and as anybody else. Raises SetupProblem saying what stands in the way.
    """
    home = Home(data_dir)
    with home.locked():
        running = _attach(home)
        if running is not None:
            return running
        home.make_cluster()
        return _start(home, {**SETTINGS, **(settings or {})})


def stop_abandoned(data_dir: Path) -> bool:
    """Stop the server under `data_dir` if the process that was to stop it died; says whether none runs."""
    home = Home(data_dir)
    with home.locked():
        pid = home.running_pid()
        if pid is None:
            return True
        duty = home.take_duty(pid)
        if duty is None:
            return False
        _stop(pid, home.cluster)
        os.close(duty)
        return True


def default_data_dir(checkout_or_home: Path) -> Path:
    """Where the data goes when nobody said: `.data` here, or the nearest place the server can reach."""
    here = checkout_or_home.resolve()
    if os.geteuid() == 0:
        if reaches(here, account_for(here / ".data" / "postgresql")):
            return here / ".data"
        mark = hashlib.sha256(os.fsencode(here)).hexdigest()[:8]
        return ROOM_FOR_ROOT / f"{here.name}-{mark}"
    if os.access(here, os.W_OK):
        return here / ".data"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "anyshelf"


def _attach(home: Home) -> EmbeddedServer | None:
    """The server that runs here already, waited for while it starts or stops; None when there is none."""
    for _ in until(DEADLINE_SECONDS):
        pid = home.running_pid()
        if pid is None:
            return None
        port = home.running_port()
        if port is not None and _answers(home, port):
            return EmbeddedServer(home, pid=pid, port=port, child=None)
    raise SetupProblem(
        f"The server in {home.folder} runs but does not answer yet. If it is recovering from a crash, start "
        f"again in a minute. Its last words:\n{home.log_tail()}"
    )


def _start(home: Home, settings: Mapping[str, str]) -> EmbeddedServer:
    folder = programs(home.account)
    home.forget_dead_server()
    home.turn_log()
    for _ in until(DEADLINE_SECONDS):
        port, since = _free_port(home), home.log_size()
        child = _launch(home, folder, {**settings, "port": str(port)})
        if _comes_up(home, child, port):
            home.remember_port(port)
            return EmbeddedServer(home, pid=child.pid, port=port, child=child)
        told = home.log_tail(since)
        if OLD_SESSIONS not in told and PORT_TAKEN not in told:
            break
    raise SetupProblem(f"The embedded PostgreSQL does not start. Its last words:\n{home.log_tail()}")


def _launch(home: Home, folder: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    laid = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with os.fdopen(home.write("server.log", os.O_APPEND), "ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own fixed words, no shell
            [folder / "postgres", "-D", home.cluster, *laid],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.folder,
            env=bare_environment(),
            start_new_session=True,  # Ctrl-C in our terminal is for us: we stop the server in our own order
            umask=0o077,
            **home.account.as_arguments(),
        )


def _comes_up(home: Home, child: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server answers before it ends; one that takes too long is left to finish its recovery."""
    for _ in until(DEADLINE_SECONDS):
        if _answers(home, port):
            return True
        if child.poll() is not None:
            return False
    return False


def _answers(home: Home, port: int) -> bool:
    """Whether the server of this very folder answers on `port`; makes our database where it is missing."""
    try:
        with psycopg.connect(home.url(port, DATABASE), connect_timeout=5) as connection:
            found = connection.execute(WHERE_SQL).fetchone()
            return found is not None and Path(found[0]) == home.cluster
    except psycopg.OperationalError as refused:
        # Before a session exists, libpq hands on the server's words without its code.
        if "password authentication failed" in str(refused) and home.running_port() == port:
            raise SetupProblem(
                f"The server in {home.folder} does not know the password kept there; put the old one back."
            ) from refused
        if f'database "{DATABASE}" does not exist' in str(refused):
            _make_database(home, port)
    return False


def _make_database(home: Home, port: int) -> None:
    with (
        suppress(errors.DuplicateDatabase),
        psycopg.connect(home.url(port, "postgres"), autocommit=True) as first,
    ):
        first.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _stop(pid: int, cluster: Path) -> None:
    """Ask for a fast shutdown, wait, and insist where that does not help."""
    for insistence in (signal.SIGINT, signal.SIGQUIT):
        if not serves(pid, cluster):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, insistence)
        for _ in until(DEADLINE_SECONDS / 3):
            if not serves(pid, cluster):
                return
    raise SetupProblem(f"The server {pid} does not stop. Look into {cluster.parent / 'server.log'}.")


def _free_port(home: Home) -> int:
    """The port of last time if it is free, else any free one."""
    for port in (home.last_port(), 0):
        with socket.socket() as trial, suppress(OSError):
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
            free: int = trial.getsockname()[1]
            return free
    raise SetupProblem("There is no free port on 127.0.0.1.")
