"""Runs of planning: each part is looked at in one transaction, thought over in none, written in another."""

from collections.abc import Callable, Sequence

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database
from anyshelf.ground.errors import Conflict
from anyshelf.ground.ids import Id
from anyshelf.ground.log import log_of
from anyshelf.planning import rules, service
from anyshelf.planning.model import Run, Terms

Progress = Callable[[Run], None]
"""Told after each part what the run came to so far."""

SERIES_AT_NIGHT = 4_000
"""The worker thinks of so many series at a time, some seconds long: it prices no stock meanwhile."""

log = log_of("planning")


def _nothing(run: Run) -> None:
    """For those who do not want to be told."""


def plan(
    database: Database,
    market: str,
    clock: Clock,
    *,
    items: Sequence[str] | None = None,
    progress: Progress = _nothing,
) -> Run:
    """Plan these items, or all, some at a time; a run that breaks off leaves what it has written.

    Raises Conflict while another run is under way.
    """
    with database.transaction() as tx:
        terms, codes = service.terms(tx, market), service.items_of(tx, market, items)
        size = service.items_at_once(tx, market)
        turn_id = service.take_turn(tx, market, clock.now())
        run = service.begin(tx, market, clock.now(), items=len(codes))
    try:
        for start in range(0, len(codes), size):
            part = codes[start : start + size]
            run = _plan_part(database, market, run, terms, turn_id, clock, part)
            progress(run)
        with database.transaction() as tx:
            run = service.end(tx, market, run, clock.now())
    finally:
        with database.transaction() as tx:
            service.free_turn(tx, market, turn_id, clock.now())
    return run


def _plan_part(
    database: Database, market: str, run: Run, terms: Terms, turn_id: Id, clock: Clock, part: Sequence[str]
) -> Run:
    """Look at some items, think, and write what came of it, if it is still our turn."""
    with database.transaction(one_moment=True) as tx:
        picture = service.picture_of(tx, market, part, terms, run.as_of)
        known = service.decided(tx, market, part, clock.now())
    made = rules.planned(picture)
    with database.transaction() as tx:
        now = clock.now()
        service.keep_turn(tx, market, turn_id, now)
        return service.keep(tx, market, run, picture, made, now, known=known)


def plan_by_night(database: Database, market: str, clock: Clock) -> int:
    """Plan the next few items, where the hour for it has come or somebody asked; returns how many.

    A worker that is killed leaves the run where it was: another carries it on behind the last item written.
    """
    with database.transaction() as tx:
        found = service.night_turn(tx, market, clock.now())
        if found is None:
            return 0
        turn_id, run = found
        terms = service.terms(tx, market)
        codes = service.items_of(tx, market, None)
        if run is None:
            run = service.begin(tx, market, clock.now(), items=len(codes))
            service.begin_night(tx, market, run, clock.now())
        size = service.items_at_once(tx, market, SERIES_AT_NIGHT)
    part = [code for code in codes if code > run.reached][:size]
    try:
        if part:
            _plan_part(database, market, run, terms, turn_id, clock, part)
    except Conflict:
        log.warning("another run has taken over", run=str(run.run_id))
        return 0
    with database.transaction() as tx:
        if not part:
            service.end(tx, market, run, clock.now())
            service.end_night(tx, market, clock.now())
        service.free_turn(tx, market, turn_id, clock.now())
    return len(part)
