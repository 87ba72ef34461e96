"""`python -m anyshelf.simulator.jobs MARKET RUN`: play one run, for the worker that started this process."""

import os
import sys
import threading
from uuid import UUID

from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database
from anyshelf.ground.log import start_log
from anyshelf.simulator.jobs.playing import beating, play

STANDARD_INPUT = 0
NICER = 10
"""Whoever serves shoppers goes first."""


def main() -> int:
    """Play it on all cores but one."""
    market, run_id = sys.argv[1], UUID(sys.argv[2])
    os.nice(NICER)
    start_log(os.environ.get("ANYSHELF_LOG_LEVEL", "info"))
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    with Database(os.environ["ANYSHELF_DATABASE_URL"], pool_max=3) as database:
        clock = SystemClock()
        beating(database, market, run_id, clock)
        play(database, market, run_id, clock, workers=max(1, (os.cpu_count() or 2) - 1))
    return 0


def _end_with_the_worker() -> None:
    """The worker holds the other end of our standard input: it ends when the worker does, however it ends."""
    while os.read(STANDARD_INPUT, 1):  # not sys.stdin: its lock must be free when this process ends
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
