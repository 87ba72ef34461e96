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
from anyshelf.insight.service.people import own_handles, person
from anyshelf.insight.store import people
from anyshelf.insight.store import personal as store
from anyshelf.promising.model import PICKUP, RESERVE, Liking

LOOKED_BACK = timedelta(days=90)
FETCHED = frozenset({PICKUP, RESERVE})
KEPT_SECONDS = 60.0

Shares = Mapping[str, int]


def liking(
    tx: Tx, market: str, *, customer: str | None, channel: str, everybody: Shares, now: datetime
) -> Liking | None:
    """The ways a customer is likely to choose; None where they are held out, or nothing is known at all.

    Whoever we know by this customer number is noted down as shown their likely ways, or held out, once a day.
    """
    whose = _whose(tx, market, customer) if customer else None
    if whose is None:
        return _liking([], [], everybody)
    out = personal.held_out(market, whose)
    bought = store.purchases(tx, market, own_handles(tx, market, person(tx, market, whose).known))
    own = [method for _, itschannel, method, *_ in bought if itschannel == channel]
    stores = [node for _, _, method, *_, node in bought if method in FETCHED]
    found = None if out else _liking(own, stores, everybody)
    store.shown(
        tx, market, whose, now.date(), what="ways", held_out=out,
        items=sorted(found.methods, key=lambda method: (-found.methods[method], method)) if found else [],
    )  # fmt: skip
    return found


def _liking(own: list[str], stores: list[str], everybody: Shares) -> Liking | None:
    methods = choosing.method_shares(own, everybody)
    return Liking(methods=methods, stores=choosing.store_shares(stores)) if methods else None


def _whose(tx: Tx, market: str, customer: str) -> Id | None:
    """The person behind a customer number; None where nobody was seen with it, or several were."""
    account = handles.handle(secret_of(tx, market), "account", customer)
    found = people.holders(tx, market, [account]).get(account, [])
    return found[0] if len(found) == 1 else None


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
        everybody = self._everybody(tx, market, channel, now)
        return liking(tx, market, customer=customer, channel=channel, everybody=everybody, now=now)

    def _everybody(self, tx: Tx, market: str, channel: str, now: datetime) -> Shares:
        with self._lock:
            until, shares = self._kept.get((market, channel), (0.0, {}))
        if time.monotonic() >= until:
            shares = store.methods_of_all(tx, market, channel, now - LOOKED_BACK)
            with self._lock:
                self._kept[market, channel] = (time.monotonic() + KEPT_SECONDS, shares)
        return shares
