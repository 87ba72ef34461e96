"""The worker: a thread that reads events and does what is due from time to time."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.dispatch import Reader, catch_up
from anyshelf.ground.errors import Busy
from anyshelf.ground.log import log_of
from anyshelf.ground.markets import markets

PAUSE_SECONDS = 0.2
PAUSE_AFTER_TROUBLE_SECONDS = 1.0
MARKETS_KEPT_SECONDS = 5.0

log = log_of("worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do every so often in each market; it says how much it found to do.

    Found it something, it is called again at once, so a job does a bounded piece at a time.
    """

    name: str
    every_seconds: float
    work: Callable[[Database, str, Clock], int]


def in_transaction(work: Callable[[Tx, str, Clock], int]) -> Callable[[Database, str, Clock], int]:
    """A job's work as one transaction."""

    def whole(database: Database, market: str, clock: Clock) -> int:
        with database.transaction() as tx:
            return work(tx, market, clock)

    return whole


@dataclass(slots=True, kw_only=True)
class Worker:
    """Reads events as they come and runs jobs when they are due, until it is told to stop.

    Several may run at once, in one process or many: each event and each piece of work is taken by one.
    """

    database: Database
    clock: Clock
    readers: Sequence[Reader]
    jobs: Sequence[Job] = ()
    thinking: Sequence[Job] = ()
    """Jobs that take seconds and more: they have a thread of their own, so that no event waits for them."""
    wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _due: dict[tuple[str, str], float] = field(default_factory=dict)
    _markets: tuple[float, Sequence[str]] = (0.0, ())

    def start(self) -> None:
        """Begin working in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="anyshelf-worker", daemon=True)
        self._thread.start()

    def stop(self, *, wait_seconds: float = 30.0) -> bool:
        """Finish the piece at hand and stop; says whether it did in time. What is left is done next time."""
        self._stop.set()
        self.wake.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)
            return not self._thread.is_alive()
        return True

    def run(self) -> None:
        """Work until stopped; trouble is written down, and work goes on a moment later."""
        if self.thinking:
            beside = Worker(
                database=self.database, clock=self.clock, readers=(), jobs=self.thinking, _stop=self._stop
            )  # fmt: skip
            beside.start()
            self._work()
            beside.stop()
        else:
            self._work()

    def _work(self) -> None:
        while not self._stop.is_set():
            self.wake.clear()
            try:
                busy = self.turn()
            except Busy as passing:
                log.warning("the database is busy or away", reason=passing.detail)
                self._stop.wait(PAUSE_AFTER_TROUBLE_SECONDS)
            except Exception:
                log.exception("the worker stumbled")
                self._stop.wait(PAUSE_AFTER_TROUBLE_SECONDS)
            else:
                if not busy:
                    self.wake.wait(PAUSE_SECONDS)

    def turn(self) -> int:
        """One look at everything, in every market; returns how much there was to do."""
        return sum(self._work_in(market) for market in self._known_markets())

    def _known_markets(self) -> Sequence[str]:
        """The markets there are, asked for anew from time to time."""
        until, known = self._markets
        if time.monotonic() >= until:
            with self.database.transaction() as tx:
                known = markets(tx)
            self._markets = (time.monotonic() + (MARKETS_KEPT_SECONDS if known else 0.0), known)
        return known

    def _work_in(self, market: str) -> int:
        done = catch_up(self.database, market, self.readers)
        for job in self.jobs:
            if self._stop.is_set():
                break
            if time.monotonic() >= self._due.get((market, job.name), 0.0):
                done += self._do(market, job)
        return done

    def _do(self, market: str, job: Job) -> int:
        """Run a job; one that fails is written down and keeps nobody else from working."""
        self._due[market, job.name] = time.monotonic() + job.every_seconds
        try:
            done = job.work(self.database, market, self.clock)
        except Busy:
            raise
        except Exception:
            log.exception("a job failed", job=job.name)
            return 0
        if done:
            self._due[market, job.name] = 0.0
        return done
