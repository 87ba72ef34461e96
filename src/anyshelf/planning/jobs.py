"""A run of planning over a market: looked at in one transaction, thought over in none, written in another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.ground.db import Database
from anyshelf.planning import rules, service
from anyshelf.planning.model import Run

Progress = Callable[[int, int, Run], None]
"""Told after each part: items done, items in all, what the run came to so far."""


def _nothing(done: int, of: int, run: Run) -> None:
    """For those who do not want to be told."""


def plan(
    database: Database,
    market: str,
    now: datetime,
    *,
    items: Sequence[str] | None = None,
    progress: Progress = _nothing,
) -> Run:
    """Plan these items, or all, some at a time; a run that breaks off leaves what it has written."""
    with database.transaction() as tx:
        run, terms = service.begin(tx, market, now), service.terms(tx, market)
        parts = service.parts(tx, market, items)
    of, done = sum(len(part) for part in parts), 0
    for part in parts:
        with database.transaction(one_moment=True) as tx:
            picture = service.picture_of(tx, market, part, terms, run.as_of)
        made = rules.planned(picture)
        with database.transaction() as tx:
            kept = service.keep(tx, market, run, picture, made, now)
        run, done = _sum(run, kept), done + len(part)
        progress(done, of, run)
    with database.transaction() as tx:
        service.end(tx, market, run, now)
    return run


def _sum(run: Run, part: Run) -> Run:
    return replace(
        run,
        series=run.series + part.series,
        suggestions=run.suggestions + part.suggestions,
        alerts=run.alerts + part.alerts,
        accepted=run.accepted + part.accepted,
    )
