"""What has been worked out on a network, for as long as somebody uses that network."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from anyshelf.network.model import Atlas

T = TypeVar("T")

REMEMBERED_MAX = 1_000
"""So many answers a network: when there are more, all are forgotten. The largest hold a figure a node."""

_remembered: WeakKeyDictionary[Atlas, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(atlas: Atlas, key: Hashable, work: Callable[[], T]) -> T:
    """What `work` answers on this atlas, from memory when it was asked before. The answer is never changed.

    One decision asks for the same place several times: for the way, the zone, the counters near it.
    """
    known = _remembered.setdefault(atlas, {})
    if key not in known:
        if len(known) >= REMEMBERED_MAX:
            known = _remembered[atlas] = {}
        known[key] = work()
    return cast("T", known[key])
