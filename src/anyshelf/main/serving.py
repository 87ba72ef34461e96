"""One of several server processes: the application as uvicorn's workers make it."""

import signal
from types import FrameType

from fastapi import FastAPI

from anyshelf.doors.http.app import build, tidy_seldom
from anyshelf.ground.db import Database
from anyshelf.ground.http import House
from anyshelf.ground.log import start_log
from anyshelf.main.running import ANALYSIS_POOL_MAX, house_on, settings_now


def application() -> FastAPI:
    """The application on ANYSHELF_DATABASE_URL; it never lets loopback in without a key."""
    settings = settings_now()
    start_log(settings.log_level)
    database = Database(settings.database_url, pool_max=settings.pool_max)
    database.open()
    analysis = Database(settings.analysis_url, pool_max=ANALYSIS_POOL_MAX) if settings.analysis_url else None
    if analysis:
        analysis.open()
    house = house_on(database, settings, analysis=analysis)
    _tell_of_the_end(house)
    app = build(house, start_worker=True)
    tidy_seldom()
    return app


def _tell_of_the_end(house: House) -> None:
    """Let the house know as soon as we are told to stop, before uvicorn waits for those inside."""
    uvicorns = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        house.stopping.set()
        if callable(uvicorns):
            uvicorns(number, frame)

    signal.signal(signal.SIGTERM, stop)
