"""The whole server, without the background worker: what is measured is taking orders, not working on them."""

import os
import sys

import uvicorn

from anyshelf.doors.http.app import build, tidy_seldom
from anyshelf.doors.work import READERS
from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.ground.http import House
from anyshelf.ground.log import start_log
from anyshelf.ground.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings.from_environment(os.environ)
    start_log(settings.log_level)
    with Database(settings.database_url) as database:
        house = House(
            database=database, clock=SystemClock(), settings=settings, loopback_market="main", readers=READERS
        )
        app = build(house, start_worker=False)
        tidy_seldom()
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)


if __name__ == "__main__":
    main()
