"""Prices in memory: what a unit is worth where it lies, as last reckoned. No price is a worth of zero."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from anyshelf.ground.db import Tx, values
from anyshelf.network.model import Atlas
from anyshelf.sourcing import store
from anyshelf.sourcing.model import FloatArray

LOOKED_FOR: Final = timedelta(seconds=10)
"""How long prices are taken from memory before the database is asked for newer ones."""
STALE_AFTER: Final = timedelta(days=1)
"""A price that nobody has renewed for so long is no price any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an item's units are worth at some nodes."""

    nodes: tuple[str, ...]
    minor: tuple[int, ...]
    priced_at: datetime


@dataclass(slots=True, kw_only=True)
class _Kept:
    looked_at: datetime | None = None
    version: int = -1
    prices: dict[str, Price] = field(default_factory=dict)


_kept: dict[tuple[str, ...], _Kept] = {}
_looking = threading.Lock()


def worth_here(tx: Tx, atlas: Atlas, items: Iterable[str], now: datetime) -> dict[str, FloatArray]:
    """What a unit of each of these items is worth, [nodes] in the order of the atlas; only what has a price.

    Prices are at most LOOKED_FOR older than the database's.
    """
    prices = _prices(tx, atlas.market, now)
    found = {}
    for item in items:
        price = prices.get(item)
        if price is not None and price.nodes and now - price.priced_at < STALE_AFTER:
            found[item] = _laid_out(price, atlas)
    return found


def _laid_out(price: Price, atlas: Atlas) -> FloatArray:
    worth = np.zeros(len(atlas.nodes))
    for node, minor in zip(price.nodes, price.minor, strict=True):
        place = atlas.index.get(node)
        if place is not None:
            worth[place] = minor
    return worth


def _prices(tx: Tx, market: str, now: datetime) -> dict[str, Price]:
    kept = _kept.setdefault((tx.info.host, str(tx.info.port), tx.info.dbname, market), _Kept())
    if kept.looked_at is not None and abs(now - kept.looked_at) < LOOKED_FOR:
        return kept.prices
    with _looking:
        for item, nodes, minor, version, priced_at in values(
            tx, store.WORTH_SINCE_SQL, market=market, version=kept.version
        ):
            kept.prices[item] = Price(nodes=tuple(nodes), minor=tuple(minor), priced_at=priced_at)
            kept.version = max(kept.version, version)
        kept.looked_at = now
    return kept.prices


def look_again(tx: Tx, market: str) -> None:
    """Ask the database at the next look: prices have just been written here."""
    kept = _kept.get((tx.info.host, str(tx.info.port), tx.info.dbname, market))
    if kept is not None:
        kept.looked_at = None
