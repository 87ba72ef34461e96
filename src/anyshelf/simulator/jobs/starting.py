"""What the worker does for the simulator: see which run is next, and start a process that plays it."""

import os
import subprocess
import sys

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database
from anyshelf.ground.ids import Id
from anyshelf.ground.log import log_of
from anyshelf.simulator import service

log = log_of("simulator")

_started: list["subprocess.Popen[bytes]"] = []
"""The processes of this one. As long as it lives it holds the other end of their standard input."""


def take_up(database: Database, market: str, clock: Clock) -> int:
    """Start a process for the run that is next; nothing where one is played already.

    The run is marked before the process starts: should it not come to life, it says nothing, and is taken up
    again like one that was killed.
    """
    _started[:] = [each for each in _started if each.poll() is None]
    with database.transaction() as tx:
        run_id = service.take(tx, market, clock.now())
    if run_id is None:
        return 0
    _started.append(start(database.url, market, run_id))
    log.info("a simulation is played", run=str(run_id), process=_started[-1].pid)
    return 0  # one at a time: the next one is looked for the next time


def start(url: str, market: str, run_id: Id) -> "subprocess.Popen[bytes]":
    """A process that plays a run, and ends with this one."""
    return subprocess.Popen(  # noqa: S603  ourselves
        [sys.executable, "-m", "anyshelf.simulator.jobs", market, str(run_id)],
        env={**os.environ, "ANYSHELF_DATABASE_URL": url}, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
