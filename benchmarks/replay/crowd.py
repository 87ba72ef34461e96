"""Everybody at once: threads of shoppers and of clerks, a progress bar, and an orderly end."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from replay.clerks import Clerk
from replay.client import Client
from replay.floor import Floor
from replay.journal import Journal
from replay.shoppers import Wish
from replay.shopping import Shoppers, Trade, is_chosen, shard_of
from replay.stream import Account, Operation, Place
from replay.world import World

BACKLOG_MAX = 60  # about a day of orders: what is brought back later than that has left
LOOK_SECONDS = 0.2
REFUSALS_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What is to be replayed: all of a year or its beginning, and how each order is to reach its shopper."""

    world: World
    year: Sequence[Operation]
    operations: Sequence[Operation]
    account: Account
    wishes: Mapping[str, Wish]
    trade: Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it is replayed: threads, time from order to work, and how often a unit is not on the shelf."""

    clients: int
    clerks: int
    lag: timedelta
    short_share: float
    seed: int


class Crowd:
    """All shoppers and all clerks of a replay."""

    def __init__(
        self, manner: Manner, play: Play, journal: Journal, *, url: str, key: str, console: Console
    ) -> None:
        self.stopped = False
        self._journal = journal
        self._clients = [Client(url, key) for _ in range(manner.clients + manner.clerks)]
        self._floor = Floor(
            shards=manner.clients, clerks=manner.clerks, lag=manner.lag, backlog_max=BACKLOG_MAX
        )
        self._progress = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._told = self._progress.add_task("told", total=len(play.operations))
        self._worked = self._progress.add_task("worked", total=None)
        self._shoppers = self._make_shoppers(manner.clients, play)
        self._clerks = [self._make_clerk(number, manner) for number in range(manner.clerks)]
        self._everybody: list[Shoppers | Clerk] = [*self._shoppers, *self._clerks]
        self._take_up(play, manner.clients)

    def _make_shoppers(self, shards: int, play: Play) -> list[Shoppers]:
        parted: list[list[Operation]] = [[] for _ in range(shards)]
        for operation in play.operations:
            parted[shard_of(operation, shards)].append(operation)
        return [
            Shoppers(
                shard,
                part,
                client=self._clients[shard],
                trade=play.trade,
                floor=self._floor,
                journal=self._journal,
                on_told=lambda: self._progress.advance(self._told),
            )
            for shard, part in enumerate(parted)
        ]

    def _make_clerk(self, number: int, manner: Manner) -> Clerk:
        return Clerk(
            number,
            client=self._clients[manner.clients + number],
            floor=self._floor,
            journal=self._journal,
            seed=manner.seed,
            short_share=manner.short_share,
            on_worked=lambda: self._progress.advance(self._worked),
        )

    def _take_up(self, play: Play, shards: int) -> None:
        """Orders an earlier run placed and did not see to their end wait for work again."""
        for operation in play.operations:
            placed = self._journal.placed.get(operation.external_id)
            if placed is None or not isinstance(operation, Place) or not placed.needs_work:
                continue
            chosen = is_chosen(placed.external_id, "work", play.trade.worked_share)
            if chosen and placed.external_id not in self._journal.worked:
                self._floor.put(placed, shard=shard_of(operation, shards), placed_at=operation.placed_at)

    @property
    def retries(self) -> int:
        """How often a request had to be sent again."""
        return sum(client.retries for client in self._clients)

    @property
    def seconds(self) -> dict[str, list[float]]:
        """How long each answered request took, by route."""
        by_route: dict[str, list[float]] = defaultdict(list)
        for client in self._clients:
            for route, seconds in client.seconds.items():
                by_route[route] += seconds
        return by_route

    @property
    def counts(self) -> Counter[str]:
        """What shoppers counted on the way."""
        return sum((shoppers.counts for shoppers in self._shoppers), Counter[str]())

    @property
    def refusals(self) -> list[str]:
        """What clerks were told that they may not do, some of it."""
        return [said for clerk in self._clerks for said in clerk.refusals][:REFUSALS_TOLD]

    def run(self) -> dict[str, Any]:
        """Let everybody do what they do to the end; returns how long it took."""
        start = time.monotonic()
        placing = 0.0
        with self._progress:
            for thread in self._everybody:
                thread.start()
            try:
                self._wait_for(self._shoppers)
                placing = time.monotonic() - start
                self._floor.finished.set()
                self._wait_for(self._clerks)
            except KeyboardInterrupt:
                self._stop()
        self._raise_faults()
        seconds = time.monotonic() - start
        return {"placing_seconds": round(placing or seconds, 1), "seconds": round(seconds, 1)}

    def _wait_for(self, threads: Sequence[Shoppers | Clerk]) -> None:
        while any(thread.is_alive() for thread in threads):
            if any(each.fault for each in self._everybody):
                self._stop()
                return
            self._progress.update(self._worked, total=len(self._journal.worked) + self._floor.waiting)
            time.sleep(LOOK_SECONDS)

    def _stop(self) -> None:
        """Let everybody finish the request they are at; what is left waits for the next run."""
        self.stopped = True
        for shoppers in self._shoppers:
            shoppers.stopping.set()
        for clerk in self._clerks:
            clerk.stopping.set()

    def _raise_faults(self) -> None:
        for each in self._everybody:
            if each.fault is not None:
                raise each.fault
