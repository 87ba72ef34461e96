"""Looks back over the last days, worked out ahead of being asked: what hurts, and what goes with what.

Who is at a look has claimed it for a while; killed, the claim runs out and another begins anew. A look is in
three steps, so that no transaction is open while it is worked out: `gather`, `work_out`, `finish`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.insight.model.looks import Claim, Look
from anyshelf.insight.model.stories import Visit
from anyshelf.insight.service.hurting import KINDS, STEPS_MAX, funnel, hurting, visits
from anyshelf.insight.service.tasting import Learned, baskets_of, keep_taste, learn
from anyshelf.insight.store import looks as store

WHATS = ("visits", "orders", "taste")
SPAN = timedelta(days=30)
STALE = timedelta(hours=6)
"""A look of today is renewed when it is so old."""
CLAIMED_FOR = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a look rests on: visits or ways of orders, or what was learned of baskets."""

    since: datetime
    note: str = ""
    visits: Sequence[Visit] = ()
    learned: Learned | None = None


def begin(tx: Tx, market: str, now: datetime) -> Claim | None:
    """Claim a look that is due, the first of its kinds; None when nothing is, or others are at it."""
    for what in WHATS:
        asked = Claim(what=what, day=now.date(), until=now + CLAIMED_FOR, now=now)
        if store.claim(tx, market, asked, stale=now - STALE):
            return asked
    return None


def gather(tx: Tx, market: str, claimed: Claim) -> Gathered:
    """Read what a look rests on: as many of the last days as can be looked through at once."""
    if claimed.what == "taste":
        since, learned = baskets_of(tx, market, claimed.now)
        return Gathered(since=since, learned=learned)
    since, note = _fitting(tx, market, claimed.now)
    found = visits(tx, market, of=claimed.what, since=since, until=claimed.now)
    return Gathered(since=since, note=note, visits=found)


def _fitting(tx: Tx, market: str, now: datetime) -> tuple[datetime, str]:
    """From when on to look, so that it is no more than STEPS_MAX steps; and a word where that is less."""
    first, steps = now, 0
    for day, count in store.steps_by_day(tx, market, now - SPAN, now):
        steps += count
        if steps > STEPS_MAX:
            days = max((now - first).days, 1)
            return first, f"Only the last {days} days: more steps are not looked through at once."
        first = datetime.combine(day, time(), UTC)
    return now - SPAN, ""


def work_out(claimed: Claim, gathered: Gathered) -> tuple[Look, Learned | None]:
    """Find the stories, or learn from the baskets. It takes from seconds to a minute, and no database."""
    stories: list[dict[str, Any]] = []
    stages: dict[str, Any] = {}
    learned = learn(gathered.learned) if gathered.learned else None
    if claimed.what in KINDS:
        stories = [each.as_json() for each in hurting(gathered.visits, claimed.what)]
    if claimed.what == "visits":
        stages = funnel(gathered.visits)
    look = Look(
        what=claimed.what, day=claimed.day, looked_at=claimed.now, since=gathered.since, until=claimed.now,
        seen=len(gathered.learned.baskets) if gathered.learned else len(gathered.visits),
        note=gathered.note, stories=stories, funnel=stages,
    )  # fmt: skip
    return look, learned


def finish(tx: Tx, market: str, claimed: Claim, look: Look, learned: Learned | None) -> bool:
    """Write down what a look came to; False when its claim ran out and somebody else has begun it anew."""
    if not store.keep(tx, market, claimed, look):
        return False
    if learned is not None:
        keep_taste(tx, market, learned, claimed.now)
    return True


def wish(tx: Tx, market: str, now: datetime) -> None:
    """Have today's stories looked for anew as soon as somebody is free."""
    store.wish(tx, market, KINDS, now.date())


def last_look(tx: Tx, market: str, what: str, now: datetime) -> Look | None:
    """The latest look of a kind; None before the first is done."""
    return store.last(tx, market, what, now.date())


def earlier_looks(tx: Tx, market: str, what: str, *, limit: int) -> list[Look]:
    """The looks of a kind, day by day, the newest first."""
    return store.days(tx, market, what, limit=limit)
