"""Stock from memory: each process keeps a market's positions as arrays, brought up to date before every look.

A look is one transaction that sees one moment. It reads which positions changed since the last look and what
they are now, so an answer holds everything that was committed before it was asked for, by whichever process.
While the positions are not in memory yet, or too much has changed, the same look reads them by SQL instead.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from weakref import WeakKeyDictionary

from anyshelf.ground import outbox
from anyshelf.ground.db import Database, Tx, rows, run, values
from anyshelf.ground.errors import Busy
from anyshelf.ground.ids import Id
from anyshelf.ground.log import log_of
from anyshelf.ground.metrics import POSITIONS_IN_MEMORY
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Columns, Doubts, Feed, Ints, Places
from anyshelf.inventory.service import finds
from anyshelf.network.model import Atlas

AT_ONCE_MAX = 100_000
"""Markets of so many positions are taken into memory by the first look, larger ones beside it."""
CHANGES_MAX = 20_000
"""So many changes are caught up with by a look; more are caught up with beside it."""
CATCH_UP_MAX = 1_000_000
"""So many changes are worth catching up with; after more, everything is read again."""
FETCHED = 2_000
PAUSE_SECONDS = 5.0

log = log_of("memory")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    """Positions as they stood at a snapshot of a server that was started at a moment."""

    projection: rules.Projection
    snapshot: rules.Snapshot
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """Stock as it stood at one moment, and the transaction that sees that same moment.

    Everything up to `sequence` of the feed has happened. A look is over with its block; what it gave stays.
    """

    tx: Tx
    market: str
    sequence: int
    feeds: Sequence[Feed]
    memory: "Memory"
    kept: _Kept | None
    _doubts: dict[Id | None, Doubts | None] = field(default_factory=dict)

    @property
    def from_memory(self) -> bool:
        """Whether the positions come from memory; else they are read by SQL."""
        return self.kept is not None

    def columns(self, items: Sequence[str], atlas: Atlas) -> Columns:
        """What lies of these items at the nodes of an atlas, and what of it is claimed."""
        if self.kept is not None:
            return self.kept.projection.columns(items, self.memory.places(self.kept.projection, atlas))
        found = values(self.tx, store.STOCK_SQL, market=self.market, items=list(items))
        return rules.laid_out(items, found, atlas.index)

    def lost(self, atlas: Atlas, now: datetime) -> Ints | None:
        """How much the stock of each node counts less, because it is known from a feed that ages."""
        return rules.lost_by_feeds(self.feeds, atlas.index, now)

    def doubts(self, atlas: Atlas) -> Doubts | None:
        """What is to be doubted of each node, as it stood at this moment; None where nothing is."""
        if atlas.stamp not in self._doubts:
            self._doubts[atlas.stamp] = finds.doubts(self.tx, self.market, atlas)
        return self._doubts[atlas.stamp]

    def free(
        self,
        items: Sequence[str],
        atlas: Atlas,
        *,
        now: datetime,
        holdback_units: int = 0,
        holdback_percent: int = 0,
        in_hand: bool = False,
    ) -> dict[str, Ints]:
        """What may be promised of these items at each node, in the order of the atlas; as `free_stock`."""
        columns = self.columns(items, atlas)
        found = None if in_hand else self.doubts(atlas)
        classes = {} if found is None else finds.categories(self.tx, self.market, items)
        free = rules.free_units(
            columns, lost=self.lost(atlas, now), doubt=rules.doubted(columns, found, classes),
            holdback_units=holdback_units, holdback_percent=holdback_percent,
        )  # fmt: skip
        return rules.by_node(columns, free, len(atlas.nodes))


class Memory:
    """The positions of one market in this process; one look at a time."""

    def __init__(self, market: str) -> None:
        self._market = market
        self._turn = threading.Lock()
        self._beside: threading.Thread | None = None
        self._not_before = 0.0
        self._places: tuple[Id, rules.Projection, int, Places] | None = None
        self._kept: _Kept | None = None

    @contextmanager
    def looking(self, database: Database) -> Iterator[Look]:
        """Stock as it stands now: whatever was committed before the block began is in it.

        Raises Busy when the database is away; what is in memory stays for the next look.
        """
        with self._turn, database.transaction(one_moment=True) as tx:
            sequence = outbox.head(tx, self._market)
            feeds = rows(tx, Feed, store.FEEDS_SQL, market=self._market)
            kept = self._bring_up(database, tx)
            POSITIONS_IN_MEMORY.labels(self._market).set(len(kept.projection) if kept else 0)
            yield Look(
                tx=tx, market=self._market, sequence=sequence, feeds=feeds, memory=self, kept=kept
            )  # fmt: skip

    def places(self, projection: rules.Projection, atlas: Atlas) -> Places:
        """Where the nodes of the projection stand in an atlas; kept while neither has others."""
        known = self._places
        if known is not None and known[:3] == (atlas.stamp, projection, projection.node_count):
            return known[3]
        found = projection.places(atlas.index)
        if atlas.stamp is not None:
            self._places = (atlas.stamp, projection, projection.node_count, found)
        return found

    def _bring_up(self, database: Database, tx: Tx) -> _Kept | None:
        """Bring what is in memory to what this transaction sees; None where that would take too long."""
        if self._beside is not None and self._beside.is_alive():
            return None
        if self._catch_up(tx, CHANGES_MAX) is None:
            if _is_small(tx, self._market):
                self._kept = _read_all(tx, self._market)
            else:
                self._begin_beside(database)
                return None
        return self._kept

    def _catch_up(self, tx: Tx, changes_max: int) -> int | None:
        """Take over what has changed, and say how much that was; None where everything is to be read anew.

        That is so for the first look, when too much has changed, and when the server was started anew: what
        it forgot or had restored is not told by any change.
        """
        kept = self._kept
        if kept is None:
            return None
        ((snapshot, started_at, count, *changed),) = values(
            tx, store.CHANGES_SQL, market=self._market, next=str(kept.snapshot.next_id),
            under_way=list(kept.snapshot.under_way), limit=changes_max + 1,
        )  # fmt: skip
        seen = rules.Snapshot.read(snapshot)
        if started_at != kept.started_at or seen.next_id < kept.snapshot.next_id:
            self._kept = None
            return None
        if count > changes_max:
            return None
        self._kept = None  # should this fail half-way
        if count:
            kept.projection.put(*changed)
        self._kept = replace(kept, snapshot=seen)
        return int(count)

    def _begin_beside(self, database: Database) -> None:
        if time.monotonic() >= self._not_before:
            self._not_before = time.monotonic() + PAUSE_SECONDS
            self._beside = threading.Thread(
                target=self._bring_up_beside, args=(database,), name="anyshelf-memory", daemon=True
            )
            self._beside.start()

    def _bring_up_beside(self, database: Database) -> None:
        """Read or catch up while looks go to the database, until so little is left that a look can do it."""
        begun = time.monotonic()
        try:
            left: int | None = None
            while left is None or left > CHANGES_MAX // 2:
                with database.transaction(one_moment=True) as tx:
                    run(tx, store.PATIENCE_SQL)
                    left = self._catch_up(tx, CATCH_UP_MAX)
                    if left is None:
                        self._kept = None
                        self._kept = _read_all(tx, self._market)
        except Busy as passing:
            log.warning("the positions could not be read", reason=passing.detail)
        except Exception:
            log.exception("the positions could not be read")
        else:
            seconds = round(time.monotonic() - begun, 1)
            log.info("the positions are in memory", market=self._market, seconds=seconds)


def _is_small(tx: Tx, market: str) -> bool:
    ((count,),) = values(tx, store.AT_MOST_SQL, market=market, limit=AT_ONCE_MAX + 1)
    return bool(count <= AT_ONCE_MAX)


def _read_all(tx: Tx, market: str) -> _Kept:
    """Every position of a market, as this transaction sees them."""
    ((snapshot, started_at),) = values(tx, store.STANDING_SQL)
    with tx.cursor(name="anyshelf_positions", binary=True) as cursor:
        cursor.itersize = FETCHED
        projection = rules.Projection(cursor.execute(store.ALL_POSITIONS_SQL, {"market": market}))
    return _Kept(projection=projection, snapshot=rules.Snapshot.read(snapshot), started_at=started_at)


_memories: WeakKeyDictionary[Database, dict[str, Memory]] = WeakKeyDictionary()
_making = threading.Lock()


def memory_of(database: Database, market: str) -> Memory:
    """The positions of a market in this process; forgotten with the database."""
    with _making:
        return _memories.setdefault(database, {}).setdefault(market, Memory(market))


def looking(database: Database, market: str) -> AbstractContextManager[Look]:
    """Look at the stock of a market as it stands now: from memory, or by SQL while it is not there yet."""
    return memory_of(database, market).looking(database)
