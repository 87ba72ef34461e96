"""What a request meets inside: the database, the clock, and what this process remembers for a moment."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request
from psycopg.errors import QueryCanceled

from anyshelf.ground import outbox
from anyshelf.ground.auth import Principal, hash_of
from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Database, Tx, values
from anyshelf.ground.dispatch import Reader, catch_up, read_by_all
from anyshelf.ground.errors import InFlight, TooLarge
from anyshelf.ground.settings import Settings

KNOWN_MAX = 4096
KNOWN_SECONDS = 3.0
CATCH_UP_SECONDS_MAX = 2.0
CATCH_UP_PAUSE_SECONDS = 0.01


class KnownKeys:
    """Keys recognised a moment ago, so that not every request asks the database.

    A key revoked elsewhere is still taken for at most KNOWN_SECONDS. Only hashes are kept, and only of keys
    that were good, so strangers cannot fill it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def get(self, secret: str) -> Principal | None:
        """Whose key this was a moment ago, if anybody's."""
        with self._lock:
            until, principal = self._known.get(hash_of(secret), (0.0, None))
        return principal if time.monotonic() < until else None

    def put(self, secret: str, principal: Principal) -> None:
        """Remember whose key this is."""
        mark = hash_of(secret)
        with self._lock:
            self._known[mark] = (time.monotonic() + KNOWN_SECONDS, principal)
            self._known.move_to_end(mark)
            while len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)

    def forget(self, secret: str) -> None:
        """A key that was ended here is unknown here at once."""
        with self._lock:
            self._known.pop(hash_of(secret), None)


class KeysInFlight:
    """Idempotency keys this process is working on at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, ...]] = set()

    @contextmanager
    def alone(self, *key: str) -> Iterator[None]:
        """Raises InFlight when the same key is being worked on; else nobody else may until the block ends."""
        with self._lock:
            if key in self._keys:
                raise InFlight(
                    "A request with this Idempotency-Key is being worked on; ask again in a moment."
                )
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything an endpoint needs that is not in its request; held in `app.state.house`.

    `analysis` is the copy of the database for heavy questions, None where there is none. `loopback_market`
    lets a request from this very machine in as administrator of that market (the demo); `wake` is set when
    there may be work for the worker, `stopping` when no new request is taken.
    """

    database: Database
    clock: Clock
    settings: Settings
    analysis: Database | None = None
    loopback_market: str | None = None
    readers: Sequence[Reader] = ()
    wake: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    known: KnownKeys = field(default_factory=KnownKeys)
    in_flight: KeysInFlight = field(default_factory=KeysInFlight)

    def catch_up(self, market: str) -> None:
        """Let the rooms hear what has happened until now, for an endpoint whose answer rests on it.

        Where the worker is reading at this moment it is waited for, for two seconds at most.
        """
        with self.database.transaction() as tx:
            last = outbox.number_new(tx, market)
            heard = read_by_all(tx, market, self.readers) >= last
        deadline = time.monotonic() + CATCH_UP_SECONDS_MAX
        while not heard and time.monotonic() < deadline:
            if not catch_up(self.database, market, self.readers):
                time.sleep(CATCH_UP_PAUSE_SECONDS)
            with self.database.transaction() as tx:
                heard = read_by_all(tx, market, self.readers) >= last


async def house(request: Request) -> House:
    """The house this request came to."""
    return cast("House", request.app.state.house)


Here = Annotated[House, Depends(house)]


ANALYSIS_MS_MAX = 10_000
BOUND_SQL = "SELECT set_config('statement_timeout', %(milliseconds)s::text, true)"


@contextmanager
def analysing(here: House) -> Iterator[Tx]:
    """A transaction for an endpoint that looks through much: of one moment, on the copy where there is one.

    Raises TooLarge when a question takes longer than may be waited for.
    """
    try:
        with (here.analysis or here.database).transaction(one_moment=True) as tx:
            values(tx, BOUND_SQL, milliseconds=ANALYSIS_MS_MAX)
            yield tx
    except QueryCanceled:
        raise TooLarge(
            f"This takes longer than {ANALYSIS_MS_MAX // 1000} seconds; ask for fewer days.", field="since"
        ) from None


@contextmanager
def reading(here: House) -> Iterator[Tx]:
    """A transaction for an endpoint that only looks."""
    with here.database.transaction() as tx:
        yield tx
