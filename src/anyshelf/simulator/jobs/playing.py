"""A run played from where it stands to its end. It may be killed at any line: what was played is kept."""

import os
import threading
from contextlib import suppress

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, retrying
from anyshelf.ground.errors import Busy, NotFound
from anyshelf.ground.ids import Id
from anyshelf.ground.log import log_of
from anyshelf.simulator import service
from anyshelf.simulator.model import BEAT_SECONDS

log = log_of("simulator")


def play(database: Database, market: str, run_id: Id, clock: Clock, *, workers: int) -> bool:
    """Play what is missing of a run, keeping each replication; False where it was stopped or failed."""
    with database.transaction() as tx:
        asked = service.run_of(tx, market, run_id)
        kept = {(each.variant, each.replication) for each in service.played_of(tx, market, run_id)}
    scenario = service.scenario_of_run(asked)
    try:
        for each in service.playing(
            scenario, replications=asked.replications, workers=workers, kept=kept
        ):  # fmt: skip
            if not _keep(database, market, run_id, each, clock):
                return False
    except (Busy, NotFound):
        raise  # nothing is wrong with the run: whoever comes next plays it on
    except Exception as wrong:
        log.exception("a simulation failed", run=str(run_id))
        said = f"{type(wrong).__name__}: {wrong}"
        retrying(database, lambda tx: service.fail(tx, market, run_id, said, clock.now()))
        return False
    retrying(database, lambda tx: service.finish(tx, market, run_id, clock.now()))
    return True


def _keep(database: Database, market: str, run_id: Id, each: service.Played, clock: Clock) -> bool:
    with database.transaction() as tx:
        if not service.beat(tx, market, run_id, clock.now()):
            return False
        service.keep_played(tx, market, run_id, each, clock.now())
        return True


def beating(database: Database, market: str, run_id: Id, clock: Clock) -> None:
    """Have a thread say from time to time that this process plays, and end it when it is not to any more.

    A replication may take minutes; whoever pressed Stop does not wait for it.
    """

    def beat() -> None:
        pause = threading.Event()
        while not pause.wait(BEAT_SECONDS):
            with suppress(Busy), database.transaction() as tx:
                wanted = service.beat(tx, market, run_id, clock.now())
                if not wanted:
                    os._exit(0)  # what was played is kept, transaction by transaction

    threading.Thread(target=beat, name="anyshelf-beat", daemon=True).start()
