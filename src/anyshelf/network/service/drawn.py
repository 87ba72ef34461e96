"""The whole network of a market from memory, drawn anew when it has changed."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from anyshelf.ground.db import Question, Tx
from anyshelf.network import store
from anyshelf.network.model import (
    Atlas,
)
from anyshelf.network.rules.drawing import Survey, draw

ATLASES_MAX = 32

_atlases: OrderedDict[tuple[str, ...], Atlas] = OrderedDict()
_pinned: dict[tuple[int, str], Atlas] = {}
_drawing = threading.Lock()


def atlas(tx: Tx, market: str) -> Atlas:
    """The network of a market as this transaction sees it: from memory, drawn anew when it has changed.

    One cheap query a call, none while it is `pinned`. A market without any network gives an empty atlas.
    """
    pinned_ = _pinned.get((id(tx), market))
    if pinned_ is not None:
        return pinned_
    _, stamp = store.version(tx, market)
    key = (tx.info.host, str(tx.info.port), tx.info.dbname, market)
    known = _atlases.get(key)
    if known is not None and stamp is not None and known.stamp == stamp:
        return known
    with _drawing:  # one drawing at a time: who waited finds the atlas drawn
        known = _atlases.get(key)
        if known is not None and stamp is not None and known.stamp == stamp:
            return known
        drawn = draw(_survey(tx, market))
        _atlases[key] = drawn
        while len(_atlases) > ATLASES_MAX:
            _atlases.popitem(last=False)
        return drawn


def version_asked(market: str) -> Question:
    """What `atlas` asks the database each time, for whoever asks several things at once."""
    return Question(sql=store.VERSION_SQL, params={"market": market})


@contextmanager
def pinned(tx: Tx, market: str) -> Iterator[Atlas]:
    """The network of a market, the same for everything that is decided in this block of one transaction."""
    seen = atlas(tx, market)
    _pinned[id(tx), market] = seen
    try:
        yield seen
    finally:
        _pinned.pop((id(tx), market), None)


def _survey(tx: Tx, market: str) -> Survey:
    # The version is read first: a change that slips in between makes the atlas look older than it is, and it
    # is drawn once more. The other way round it would stay wrong.
    version, stamp = store.version(tx, market)
    return Survey(
        market=market,
        version=version,
        stamp=stamp,
        nodes=store.nodes(tx, market),
        services=store.services(tx, market),
        lanes=store.lanes(tx, market),
        rates=store.rates(tx, market),
        zones=store.zones(tx, market),
        channels=store.channels(tx, market),
        vendors=store.vendors(tx, market),
    )
