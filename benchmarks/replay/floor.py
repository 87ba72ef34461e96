"""What the two kinds of threads share: whose turn it is, and which orders wait for work at which nodes.

Shoppers put orders on the floor; clerks take them off, each the orders of nodes of its own. An order is due
when its shopper's stream has gone on for a while after it was placed, so that a cancellation that came soon
after still finds it unshipped.
"""

import heapq
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from replay.journal import Placed

WORKING = ("sourced", "released", "picked", "packed", "staged")
END_OF_TIME = datetime.max  # noqa: DTZ901  shops write local time


@dataclass(slots=True, kw_only=True)
class Job:
    """An order on the floor: the nodes it waits at, and what has come of it."""

    placed: Placed
    shard: int
    due: datetime
    nodes: set[str] = field(default_factory=set)
    parcels: int = 0
    handed_over: int = 0
    short_picks: int = 0
    looks: int = 0
    needs_look: bool = False


class Floor:
    """All jobs, by the clerk who has them."""

    def __init__(self, *, shards: int, clerks: int, lag: timedelta, backlog_max: int) -> None:
        self.clocks = [datetime.min] * shards  # noqa: DTZ901  shops write local time
        self._lag = lag
        self._backlog_max = backlog_max
        self._jobs: dict[str, Job] = {}
        self._heaps: list[list[tuple[datetime, int, str, str]]] = [[] for _ in range(clerks)]
        self._count = 0
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self.finished = threading.Event()

    @property
    def waiting(self) -> int:
        """How many orders are on the floor."""
        return len(self._jobs)

    def put(self, placed: Placed, *, shard: int, placed_at: datetime) -> None:
        """An order that waits for work at the nodes it was given to."""
        job = Job(placed=placed, shard=shard, due=placed_at + self._lag, nodes=set(placed.nodes))
        with self._changed:
            self._jobs[placed.order_id] = job
            for node in placed.nodes:
                self._push(job, node)
            self._changed.notify_all()

    def again(self, job: Job, nodes: set[str]) -> None:
        """An order waits at these nodes, again or for the first time."""
        with self._changed:
            for node in sorted(nodes - job.nodes):
                self._push(job, node)
            job.nodes |= nodes
            self._changed.notify_all()

    def _push(self, job: Job, node: str) -> None:
        self._count += 1
        heap = self._heaps[crc32(node.encode()) % len(self._heaps)]
        heapq.heappush(heap, (job.due, self._count, node, job.placed.order_id))

    def tick(self, shard: int, now: datetime) -> None:
        """A stream has come to this moment."""
        with self._changed:
            self.clocks[shard] = now
            self._changed.notify_all()

    def end(self, shard: int) -> None:
        """A stream is at its end: all of its orders are due."""
        self.tick(shard, END_OF_TIME)

    def wait_for_room(self, seconds: float) -> bool:
        """Wait until clerks are not too far behind; says whether they are not."""
        with self._changed:
            return self._changed.wait_for(lambda: self._behind() < self._backlog_max, seconds)

    def _behind(self) -> int:
        return sum(1 for job in self._jobs.values() if self._is_due(job)) if self._jobs else 0

    def _is_due(self, job: Job) -> bool:
        return self.clocks[job.shard] >= job.due

    def due(self, clerk: int, seconds: float) -> dict[str, dict[str, Job]]:
        """What a clerk has to do now: the jobs of each node, by order; waits a moment for some."""
        with self._changed:
            taken = self._take(self._heaps[clerk])
            if not taken:
                self._changed.wait(seconds)
                taken = self._take(self._heaps[clerk])
            return taken

    def _take(self, heap: list[tuple[datetime, int, str, str]]) -> dict[str, dict[str, Job]]:
        taken: dict[str, dict[str, Job]] = defaultdict(dict)
        early = []
        while heap and heap[0][0] <= max(self.clocks):
            entry = heapq.heappop(heap)
            _, _, node, order_id = entry
            job = self._jobs.get(order_id)
            if job is None or node not in job.nodes:
                continue
            if self._is_due(job):
                taken[node][order_id] = job
            else:
                early.append(entry)
        for entry in early:
            heapq.heappush(heap, entry)
        return dict(taken)

    def job(self, order_id: str) -> Job | None:
        """The job of an order, while it is on the floor."""
        return self._jobs.get(order_id)

    def leave(self, job: Job, node: str) -> bool:
        """A node is done with an order; says whether it was the last."""
        with self._changed:
            was_there = node in job.nodes
            job.nodes.discard(node)
            return was_there and not job.nodes

    def close(self, job: Job) -> bool:
        """An order is done with; says whether it was still on the floor."""
        with self._changed:
            was_there = self._jobs.pop(job.placed.order_id, None) is not None
            self._changed.notify_all()
            return was_there
