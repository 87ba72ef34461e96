"""Positions as arrays: ten million of them in a few hundred megabytes, found and changed by bisection.

A position is one number, its item's and its node's put together; two levels of sorted arrays hold what is on
hand and what is claimed. Almost everything stands in the `settled` one; positions that have come since are in
`recent`, which is merged into the other when it has grown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from anyshelf.inventory.model import Columns, Ints, Places, Units

NODE_BITS: Final = 20
NODE_MASK: Final = (1 << NODE_BITS) - 1
RECENT_MAX: Final = 50_000
ITEMS_AT_ONCE: Final = 2_000
APART: Final = "\x1f"
"""What stands between the nodes of an item as the database joins them."""

Packed = tuple[str, str, bytes]
"""An item, its nodes joined by APART, and on hand and claimed of each as big-endian pairs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """Sorted positions. The keys are never changed; the units are."""

    keys: Ints
    on_hand: Units
    claimed: Units

    def put(self, keys: Ints, on_hand: Units, claimed: Units) -> npt.NDArray[np.bool_]:
        """Bring those of these positions that stand here to these units; says which do not."""
        if not len(self.keys):
            return np.ones(len(keys), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        here = self.keys[at] == keys
        self.on_hand[at[here]], self.claimed[at[here]] = on_hand[here], claimed[here]
        absent: npt.NDArray[np.bool_] = ~here
        return absent

    def with_more(self, keys: Ints, on_hand: Units, claimed: Units) -> "_Level":
        """These positions and others that do not stand here yet, in any order."""
        together = np.concatenate([self.keys, keys])
        order = np.argsort(together, kind="stable")
        return _Level(
            together[order],
            np.concatenate([self.on_hand, on_hand])[order],
            np.concatenate([self.claimed, claimed])[order],
        )


def _nothing() -> _Level:
    return _Level(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))


class _Numbers(dict[str, int]):
    """Names numbered in the order they are first asked for."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


class Projection:
    """The positions of a market as they stood at one moment; not to be read while it is changed."""

    def __init__(self, rows: Iterable[Packed] = ()) -> None:
        self._items = _Numbers()
        self._nodes = _Numbers()
        self._settled, self._recent = self._laid(rows), _nothing()

    def __len__(self) -> int:
        return len(self._settled.keys) + len(self._recent.keys)

    @property
    def node_count(self) -> int:
        """How many nodes it knows; it never forgets one."""
        return len(self._nodes)

    def _laid(self, rows: Iterable[Packed]) -> _Level:
        level = _nothing()
        pieces: list[tuple[Ints, npt.NDArray[np.int32]]] = []
        source = iter(rows)
        while some := list(islice(source, ITEMS_AT_ONCE)):
            units = np.frombuffer(b"".join(figures for _, _, figures in some), dtype=">i4").reshape(-1, 2)
            item = np.fromiter((self._items[name] for name, _, _ in some), np.int64, len(some))
            names = APART.join(nodes for _, nodes, _ in some).split(APART)
            node = np.fromiter(map(self._nodes.__getitem__, names), np.int64, len(names))
            counts = [len(figures) // 8 for _, _, figures in some]
            pieces.append((np.repeat(item, counts) << NODE_BITS | node, units.astype(np.int32)))
        if pieces:
            keys, units = (np.concatenate(column) for column in zip(*pieces, strict=True))
            level = level.with_more(keys, units[:, 0], units[:, 1])
        return level

    def put(
        self, items: Sequence[str], nodes: Sequence[str], on_hand: Sequence[int], claimed: Sequence[int]
    ) -> None:
        """Bring these positions, each named once, to these units."""
        item = np.fromiter(map(self._items.__getitem__, items), np.int64, len(items))
        node = np.fromiter(map(self._nodes.__getitem__, nodes), np.int64, len(nodes))
        changed = (
            item << NODE_BITS | node, np.array(on_hand, dtype=np.int32), np.array(claimed, dtype=np.int32),
        )  # fmt: skip
        for level in (self._settled, self._recent):
            left = level.put(*changed)
            changed = (changed[0][left], changed[1][left], changed[2][left])
        if len(changed[0]):
            self._recent = self._recent.with_more(*changed)
        if len(self._recent.keys) > RECENT_MAX:
            recent = self._recent
            self._settled = self._settled.with_more(recent.keys, recent.on_hand, recent.claimed)
            self._recent = _nothing()

    def places(self, index: Mapping[str, int]) -> Places:
        """Where each of our nodes stands in an atlas, -1 for one it does not know."""
        return np.fromiter((index.get(node, -1) for node in self._nodes), np.intp, len(self._nodes))

    def columns(self, items: Sequence[str], places: Places) -> Columns:
        """The stock of these items at the nodes an atlas knows (`places`); an item nobody has is empty."""
        number = np.fromiter((self._items.get(item, -1) for item in items), np.int64, len(items))
        keys, on_hand, claimed, code = _cut(self._settled, number)
        if len(self._recent.keys):
            more = _cut(self._recent, number)
            keys, code = np.concatenate([keys, more[0]]), np.concatenate([code, more[3]])
            on_hand, claimed = np.concatenate([on_hand, more[1]]), np.concatenate([claimed, more[2]])
        where = places[keys & NODE_MASK]
        if len(self._recent.keys) or (where < 0).any():
            order = np.flatnonzero(where >= 0)
            order = order[np.argsort(code[order], kind="stable")]
            where, on_hand, claimed, code = where[order], on_hand[order], claimed[order], code[order]
        return Columns(
            items=tuple(items),
            bounds=np.searchsorted(code, np.arange(len(items) + 1)),
            places=where,
            on_hand=on_hand,
            claimed=claimed,
        )


def _cut(level: _Level, number: Ints) -> tuple[Ints, Units, Units, Ints]:
    """The positions of some items, one after the other, and which item each belongs to."""
    starts = np.searchsorted(level.keys, number << NODE_BITS).tolist()
    ends = np.searchsorted(level.keys, (number + 1) << NODE_BITS).tolist()
    parts = [slice(start, end) for start, end in zip(starts, ends, strict=True)] or [slice(0, 0)]
    counts = [part.stop - part.start for part in parts]
    return (
        np.concatenate([level.keys[part] for part in parts]),
        np.concatenate([level.on_hand[part] for part in parts]),
        np.concatenate([level.claimed[part] for part in parts]),
        np.repeat(np.arange(len(parts)), counts),
    )


def laid_out(items: Sequence[str], rows: Iterable[Packed], index: Mapping[str, int]) -> Columns:
    """The stock of these items straight from rows of the database, as a projection would give it."""
    projection = Projection(rows)
    return projection.columns(items, projection.places(index))
