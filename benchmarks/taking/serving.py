"""The whole server, without the background worker: what is measured is taking orders, not working on them."""

import os
import socket
import sys

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from anyshelf.doors.http.app import build, tidy_seldom
from anyshelf.doors.work import READERS
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.ground.http import House
from anyshelf.ground.log import start_log
from anyshelf.ground.settings import Settings


def application() -> FastAPI:
    """The application of one server process."""
    settings = Settings.from_environment(os.environ)
    start_log(settings.log_level)
    database = Database(settings.database_url)
    database.open()
    house = House(
        database=database, clock=SystemClock(), settings=settings, loopback_market="main", readers=READERS
    )
    app = build(house, start_worker=False)
    tidy_seldom()
    return app


def main(port: int, workers: int) -> None:
    """Serve until told to stop, in one process or in several on one port."""
    ear = socket.socket()
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind(("127.0.0.1", port))
    ear.set_inheritable(True)
    config = uvicorn.Config(
        "taking.serving:application", factory=True, workers=workers, log_level="error", access_log=False
    )
    if workers > 1:
        Multiprocess(config, sockets=[ear]).run()
    else:
        uvicorn.Server(config).run(sockets=[ear])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
