"""Which way somebody is likely to choose, for whoever lays ways before them; one in ten is held out."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anyshelf.ground.db import Database, Tx, retrying
from anyshelf.ground.ids import Id
from anyshelf.insight.rules import choosing, handles, personal
from anyshelf.insight.service.collecting import secret_of
from anyshelf.insight.store import personal as store
from anyshelf.promising.model import PICKUP, RESERVE, Liking

LOOKED_BACK = timedelta(days=90)
FETCHED = frozenset({PICKUP, RESERVE})
KEPT_SECONDS = 60.0

Shares = Mapping[str, int]


def liking(
    tx: Tx, market: str, *, account: Id | None, channel: str, everybody: Shares, now: datetime
) -> Liking | None:
    """The ways whoever has this account is likely to choose; None where they are held out or all is unknown.

    Whoever we know by it is noted down as shown their likely ways, or held out, once a day.
    """
    whose, had = store.habits(tx, market, account) if account else (None, [])
    if whose is None:
        return _liking([], [], everybody)
    out = personal.held_out(market, whose)
    own = [method for sold_through, method, _ in had if sold_through == channel]
    found = None if out else _liking(own, [node for _, method, node in had if method in FETCHED], everybody)
    methods = found.methods if found else {}
    store.shown(
        tx, market, whose, now.date(), what="ways", held_out=out,
        items=sorted(methods, key=lambda method: (-methods[method], method)),
    )  # fmt: skip
    return found


def _liking(own: list[str], stores: list[str], everybody: Shares) -> Liking | None:
    methods = choosing.method_shares(own, everybody)
    return Liking(methods=methods, stores=choosing.store_shares(stores)) if methods else None


@dataclass(slots=True)
class Likings:
    """Where a process asks which ways are likely; what everybody chooses is counted once a minute."""

    database: Database
    _kept: dict[tuple[str, str], tuple[float, Shares]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, market: str, channel: str, customer: str | None, now: datetime) -> Liking | None:
        """The ways this customer, or anybody, is likely to choose in a channel."""
        return retrying(self.database, lambda tx: self.within(tx, market, channel, customer, now))

    def within(self, tx: Tx, market: str, channel: str, customer: str | None, now: datetime) -> Liking | None:
        """As `of`, within a transaction that is open."""
        account = handles.handle(secret_of(tx, market), "account", customer) if customer else None
        everybody = self._everybody(tx, market, channel, now)
        return liking(tx, market, account=account, channel=channel, everybody=everybody, now=now)

    def _everybody(self, tx: Tx, market: str, channel: str, now: datetime) -> Shares:
        with self._lock:
            until, shares = self._kept.get((market, channel), (0.0, {}))
        if time.monotonic() >= until:
            shares = store.methods_of_all(tx, market, channel, now - LOOKED_BACK)
            with self._lock:
                self._kept[market, channel] = (time.monotonic() + KEPT_SECONDS, shares)
        return shares
