"""Bringing the house up: the database, its tables, the market, the server."""

import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from anyshelf.doors.http.app import build, tidy_seldom
from anyshelf.doors.work import READERS, worker_for
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database, default_data_dir, migrate, start_embedded
from anyshelf.ground.errors import SetupProblem
from anyshelf.ground.http import House
from anyshelf.ground.log import start_log
from anyshelf.ground.markets import open_market
from anyshelf.ground.settings import Settings

GRACE_SECONDS = 10
ANALYSIS_POOL_MAX = 4
LIKE_THIS: Final[Mapping[str, Any]] = {
    "log_level": "warning",
    "access_log": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
    "server_header": False,
}


def settings_now() -> Settings:
    """The settings of this process's environment."""
    return Settings.from_environment(os.environ)


@contextmanager
def database_url(settings: Settings, data: Path | None = None) -> Iterator[str]:
    """The database that is set, or the embedded one in `data`, started for as long as the block lasts."""
    if settings.database_url and data is None:
        yield settings.database_url
        return
    folder = data or (settings.data if settings.data != Path() else default_data_dir(Path.cwd()))
    with start_embedded(folder) as server:
        yield server.url


@contextmanager
def open_house(
    settings: Settings, *, data: Path | None = None, loopback: bool = False, pool_max: int | None = None
) -> Iterator[House]:
    """The house with its database up to date and its market open."""
    start_log(settings.log_level)
    with database_url(settings, data) as url:
        migrate(url)
        with Database(url, pool_max=pool_max or settings.pool_max) as database:
            with database.transaction() as tx:
                open_market(tx, settings.market, currency=settings.currency)
            market = settings.market if loopback else None
            with analysis_of(settings) as analysis:
                yield house_on(database, settings, analysis=analysis, loopback_market=market)


@contextmanager
def analysis_of(settings: Settings) -> Iterator[Database | None]:
    """The copy of the database for heavy questions, open for as long as the block lasts; None without one."""
    if not settings.analysis_url:
        yield None
        return
    with Database(settings.analysis_url, pool_max=ANALYSIS_POOL_MAX) as analysis:
        yield analysis


def house_on(
    database: Database,
    settings: Settings,
    *,
    analysis: Database | None = None,
    loopback_market: str | None = None,
) -> House:
    """The house on an open database, with everybody who listens in it."""
    return House(
        database=database,
        analysis=analysis,
        clock=SystemClock(),
        settings=settings,
        loopback_market=loopback_market,
        readers=READERS,
    )


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that what was started is stopped again in its order."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def work_alone(house: House) -> None:
    """Do the background work in this process until told to stop."""
    worker = worker_for(house)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop(wait_seconds=0))
    worker.run()


def listen(host: str, port: int) -> socket.socket:
    """Take a port (0: any free one) before anything slow is begun; raises SetupProblem when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ear = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind((host, port))
    except (OSError, OverflowError) as taken:
        ear.close()
        reason = getattr(taken, "strerror", None) or taken
        raise SetupProblem(
            f"Port {port} on {host} cannot be used ({reason}); choose another with --port."
        ) from None
    ear.set_inheritable(True)
    return ear


def address_of(ear: socket.socket) -> str:
    """Where to point a browser."""
    host, port = ear.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Tells the house of the end before it waits for those inside: who waits for events is let go at once."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self.house = house

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.house.stopping.set()
        super().handle_exit(sig, frame)


def serve_house(house: House, ear: socket.socket) -> None:
    """Serve in this process until told to stop; what is under way finishes first."""
    config = uvicorn.Config(build(house, start_worker=True), **LIKE_THIS)
    server = _Server(config, house)
    tidy_seldom()
    with suppress(KeyboardInterrupt), stoppable():  # uvicorn raises the signal again when it is done
        server.run(sockets=[ear])
    if not server.started:
        raise SetupProblem("The server did not start; the log above says why.")


def serve_many(url: str, ear: socket.socket, *, workers: int) -> None:
    """Serve in several processes on one database and one port."""
    os.environ["ANYSHELF_DATABASE_URL"] = url
    config = uvicorn.Config("anyshelf.main.serving:application", factory=True, workers=workers, **LIKE_THIS)
    with suppress(KeyboardInterrupt), stoppable():
        Multiprocess(config, sockets=[ear]).run()
