"""Reservations without HTTP and without the rest of an order: positions locked and changed, moves written.

As benchmarks of ledgers count them: one unit of one position each, Zipf 1.0 over all positions, in batches,
each batch durable before the next begins. Two threads, as in the server: one reserves while the other draws.
"""

import threading
import time

from anyshelf.ground.clock import SystemClock
from anyshelf.ground.db import Database, retrying
from anyshelf.ground.ids import new_id
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Claimant, Want
from taking.cpu import Used, database_seconds
from taking.work import Demand

MARKET = "main"
AT_ONCE = 1_000
THREADS = 2
ANCHORS = {"tigerbeetle_published": 42_543, "postgresql_batched_published": 15_219}
"""tb-perf, Zipf 1.0, on other hardware."""


def measured(url: str, count: int) -> dict[str, object]:
    """Reservations a second, and what each costs."""
    now = SystemClock().now()
    batches = count // AT_ONCE // THREADS
    done = batches * AT_ONCE * THREADS
    with Database(url, pool_min=THREADS) as database:

        def hand(seed: int) -> None:
            demand = Demand("zipf", seed)
            for _ in range(batches):
                asked = [_one(*demand.position()) for _ in range(AT_ONCE)]
                served = retrying(
                    database, lambda tx, asked=asked: inventory.reserve_all(tx, MARKET, asked, now)
                )
                if len(served) < AT_ONCE:
                    raise SystemExit("The shelves were empty.")

        threads = [threading.Thread(target=hand, args=(seed,)) for seed in range(THREADS)]
        own, theirs = Used(time.process_time), Used(lambda: database_seconds(url))
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lasted = time.perf_counter() - begun
        cpu = {"process": own.ms_each(done), "database": theirs.ms_each(done)}
    return {
        "reservations_per_s": round(done / lasted, 1), "cpu_ms": cpu, "reservations": done, "batch": AT_ONCE,
        "anchors": ANCHORS,
    }  # fmt: skip


def _one(item: int, store: int) -> Claimant:
    want = Want(line=1, item=f"I{item:04}", node=f"S{store:03}", quantity=1)
    return Claimant(cause=new_id(), step=1, wants=[want])
