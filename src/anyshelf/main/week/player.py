"""Time in the demo's past: it runs from moment to moment, and what is due happens as in a live house.

The services, readers and timers are those of every house; only the clock is handed another hour. Nothing of
it waits for anybody, so a week passes in seconds.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from anyshelf.doors.work import READERS, TIMERS
from anyshelf.ground import outbox
from anyshelf.ground.db import Database, Tx
from anyshelf.ground.dispatch import catch_up
from anyshelf.ground.errors import Refusal
from anyshelf.ground.events import Told
from anyshelf.ground.log import log_of
from anyshelf.ground.timers import ring
from anyshelf.network.model import Atlas
from anyshelf.payments import jobs as payments

TICK: Final = timedelta(hours=1)
HEARD_AT_ONCE: Final = 500
ALL_READERS: Final = [replace(reader, at_once=HEARD_AT_ONCE) for reader in READERS]
"""Nobody else works in the past: nobody waits for what a reader has locked."""

log = log_of("week")

Act = Callable[[Tx, datetime], None]
"""What somebody does at a moment, in a transaction of its own; what is refused is left undone."""


class PastClock:
    """A clock that stands where the past has come to."""

    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        """The moment the past has come to, in UTC."""
        return self.time


class Past:
    """A stretch of time that is played: acts in their order, events as they are told, timers as they ring."""

    def __init__(self, database: Database, market: str, atlas: Atlas, begins: datetime) -> None:
        self.database, self.market, self.atlas = database, market, atlas
        self.clock = PastClock(begins)
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._number = itertools.count()
        with database.transaction() as tx:
            self._heard = outbox.number_new(tx, market)

    def later(self, at: datetime | None, act: Act) -> None:
        """Have something done at a moment; what never comes (None) is never done."""
        if at is not None:
            heapq.heappush(self._agenda, (max(at, self.clock.time), next(self._number), act))

    def play(self, until: datetime, hears: Callable[[Told], None], shows: Callable[[datetime], None]) -> None:
        """Let time run to a moment: `hears` is told of every event, `shows` how far time has come."""
        while self.clock.time < until:
            shows(self.clock.time)
            ends = min(self.clock.time + TICK, until)
            while self._agenda and self._agenda[0][0] <= ends:
                self.clock.time, _, act = heapq.heappop(self._agenda)
                self._do(act)
            self.clock.time = ends
            self._settle(hears)

    def _do(self, act: Act) -> None:
        try:
            with self.database.transaction() as tx:
                act(tx, self.clock.time)
        except Refusal as refused:
            log.debug("refused in the past", at=self.clock.time.isoformat(), reason=refused.detail)
        except Exception:  # a demo opens, whatever one of its people stumbles over
            log.exception("stumbled in the past", at=self.clock.time.isoformat())

    def _settle(self, hears: Callable[[Told], None]) -> None:
        """The rooms hear of each other, money moves, timers ring."""
        catch_up(self.database, self.market, ALL_READERS, limit=HEARD_AT_ONCE)
        moved = payments.carry_out(self.database, self.market, self.clock)
        if moved + ring(self.database, self.market, self.clock, TIMERS):
            catch_up(self.database, self.market, ALL_READERS, limit=HEARD_AT_ONCE)
        while True:
            with self.database.transaction() as tx:
                news = outbox.after(tx, self.market, self._heard, limit=HEARD_AT_ONCE)
            if not news:
                return
            self._heard = news[-1].sequence
            for told in news:
                hears(told)
