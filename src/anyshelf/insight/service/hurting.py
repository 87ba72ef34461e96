"""What hurts: journeys of all channels put together, joined with how orders went, and looked through."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import TooLarge
from anyshelf.ground.ids import Id
from anyshelf.insight.model import Step
from anyshelf.insight.model.stories import Story, Visit
from anyshelf.insight.rules import stories, visiting
from anyshelf.insight.store import entries, people

KINDS = ("visits", "orders")
"""Before purchase, and after: they are looked at apart."""
STEPS_MAX = 200_000
SEED = 1
"""Asked twice, the same is told twice."""


def visits(tx: Tx, market: str, *, of: str, since: datetime, until: datetime) -> list[Visit]:
    """All visits of a span of time, or the ways of its orders (`of` orders) as visits that are to end well.

    A visit that ended in an order within a week, through any channel, is won. Raises TooLarge for a span with
    more steps than are looked through at once.
    """
    steps = _steps(tx, market, since, until)
    if of == "orders":
        return visiting.ways(steps)
    return visiting.visits(steps, _whose(tx, market, steps))


def _steps(tx: Tx, market: str, since: datetime, until: datetime) -> list[Step]:
    steps = entries.between(tx, market, since, until, limit=STEPS_MAX + 1)
    if len(steps) > STEPS_MAX:
        raise TooLarge(
            f"More than {STEPS_MAX:,} steps lie between these moments; ask for fewer days.", field="since"
        )
    return steps


def _whose(tx: Tx, market: str, steps: Iterable[Step]) -> dict[Id, Id]:
    """The person behind each handle that is one person's alone."""
    handles = {handle for step in steps for handle in (step.account, step.device) if handle}
    return {
        handle: holders[0]
        for handle, holders in people.holders(tx, market, handles).items()
        if len(holders) == 1
    }


def hurting(known: Sequence[Visit], of: str, stages: Sequence[str] = ()) -> list[Story]:
    """The stories of these visits, or ways of orders, the dearest first."""
    if of == "orders":
        return stories.find(known, goal=visiting.ENDED_WELL, draw=np.random.default_rng(SEED))
    return stories.find(
        known, goal=visiting.WON, funnel=stages or visiting.stages_of(known), draw=np.random.default_rng(SEED)
    )


def funnel(known: Sequence[Visit], stages: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """How many people came to each stage after the one before it, and where those who ordered had begun."""
    return visiting.funnel(known, stages or visiting.stages_of(known))
