"""What insight does by itself: it hears of every order, forgets what is old, and looks back over the days."""

import os
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.ground.log import log_of
from anyshelf.insight import service
from anyshelf.insight.model.looks import Claim
from anyshelf.insight.service import COUNTS_FROM, LISTENS_TO

READER = Reader(
    name="insight", handlers={**dict.fromkeys(LISTENS_TO, service.hear), COUNTS_FROM: service.hear_count}
)
GIVES_WAY = 10
"""How much a look gives way to who serves orders on the same machine (nice)."""

log = log_of("insight")


def forget_old(tx: Tx, market: str, clock: Clock) -> int:
    """Steps of journeys that were kept long enough are deleted, a piece at a time."""
    return service.forget_old(tx, market, clock.now())


@dataclass(slots=True)
class LookBack:
    """Begins a look when one is due and waits for none: it is worked out in a process of its own.

    So it takes nothing from those who serve orders but what they leave. One at a time for each worker; killed
    at any line, the claim runs out and another begins it anew. `read_from` is the copy of the database that
    is read from; empty: the database itself.
    """

    read_from: str = ""
    apart: SpawnProcess | None = None

    def __call__(self, database: Database, market: str, clock: Clock) -> int:
        """Begin a look that is due, if nobody is at it."""
        if self.apart is not None and self.apart.is_alive():
            return 0
        with database.transaction() as tx:
            claimed = service.begin(tx, market, clock.now())
        if claimed is not None:
            self.apart = get_context("spawn").Process(
                target=_look_apart, args=(database.url, self.read_from, market, claimed), daemon=True
            )
            self.apart.start()
        return 0


def _look_apart(url: str, read_from: str, market: str, claimed: Claim) -> None:
    """A look from end to end, in this process; one that fails is begun anew when its claim has run out."""
    os.nice(GIVES_WAY)
    try:
        with Database(url, pool_max=1) as database, Database(read_from or url, pool_max=1) as read:
            look(database, read, market, claimed)
    except Exception:
        log.exception("a look back failed", what=claimed.what)


def look(database: Database, read: Database, market: str, claimed: Claim) -> bool:
    """Read what a look rests on, work it out with no transaction open, write it down; False when too late."""
    with read.transaction(one_moment=True) as tx:
        gathered = service.gather(tx, market, claimed)
    found, learned = service.work_out(claimed, gathered)
    with database.transaction() as tx:
        return service.finish(tx, market, claimed, found, learned)
