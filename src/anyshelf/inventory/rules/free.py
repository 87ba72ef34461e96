"""What may be promised of what lies on shelves. In whole numbers throughout, as the database reckons it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from anyshelf.catalogue.model import Kit
from anyshelf.inventory.model import ANY_CLASS, Columns, Doubt, Doubts, Feed, Holdback, Ints, Places
from anyshelf.inventory.rules.nearest import Lots

WHOLE = 360_000
"""A hundred percent for an hour, in percent-seconds: a feed that has lost this much counts for nothing."""


def lost_by_feeds(feeds: Sequence[Feed], index: Mapping[str, int], now: datetime) -> Ints | None:
    """How much each node's stock has lost by the age of its feed, in percent-seconds; None where none has."""
    lost = np.zeros(len(index), dtype=np.int64)
    for feed in feeds:
        seconds = (now - feed.told_at) // timedelta(seconds=1)
        if feed.node in index:
            lost[index[feed.node]] = min(WHOLE, max(0, feed.percent_lost_per_hour * seconds))
    return lost if lost.any() else None


Standing = tuple[int, int]
"""What is on hand of a position, and what of it is claimed."""


def promisable(standing: Standing, holdback: Holdback | None, lost: int = 0, doubt: int = 0) -> int:
    """What may be promised of one position, as `free_units`; without a holdback, all that nobody claims.

    `doubt` is how many of a thousand units are not expected to be found.
    """
    on_hand, claimed = standing
    if holdback is None:
        return on_hand - claimed
    kept = max(holdback.units, (on_hand * holdback.percent + 99) // 100)
    if doubt and not holdback.in_hand:
        kept = max(kept, (on_hand * doubt + 500) // 1000)
    return on_hand - claimed - kept - (on_hand * lost + WHOLE - 1) // WHOLE


def laid_doubts(found: Sequence[Doubt], index: Mapping[str, int]) -> Doubts | None:
    """Doubts as one figure a node, in the order of an atlas, for each class of goods; None where none is."""
    rows = {ANY_CLASS: 0}
    for doubt in found:
        rows.setdefault(doubt.category, len(rows))
    missing, refusing = np.zeros((2, len(rows), len(index)), dtype=np.int64)
    for doubt in sorted(found, key=lambda each: each.category != ANY_CLASS):
        if doubt.node in index:
            of = slice(None) if doubt.category == ANY_CLASS else rows[doubt.category]
            missing[of, index[doubt.node]] = doubt.missing
            refusing[of, index[doubt.node]] = doubt.refusing
    if not (missing.any() or refusing.any()):
        return None
    return Doubts(rows=rows, missing=missing, refusing=refusing)


def doubted(columns: Columns, doubts: Doubts | None, category_of: Mapping[str, str]) -> Ints | None:
    """Of a thousand units, how many are not expected to be found at each position; None where all are."""
    if doubts is None:
        return None
    of_item = np.array([doubts.of_class(category_of.get(item, "")) for item in columns.items], dtype=np.intp)
    found: Ints = doubts.missing[np.repeat(of_item, np.diff(columns.bounds)), columns.places]
    return found


def free_units(
    columns: Columns,
    *,
    lost: Ints | None = None,
    doubt: Ints | None = None,
    holdback_units: int = 0,
    holdback_percent: int = 0,
) -> Ints:
    """What may be promised of every position: on hand, less claims, less what is kept back or uncertain.

    Kept back is the largest of the channel's units, its percent, and what is not expected to be found.
    Entries stand as in `columns`; where nothing is left to promise the figure is zero or below.
    """
    on_hand = columns.on_hand.astype(np.int64)
    kept = np.maximum(holdback_units, (on_hand * holdback_percent + 99) // 100)
    if doubt is not None:
        kept = np.maximum(kept, (on_hand * doubt + 500) // 1000)
    free: Ints = on_hand - columns.claimed - kept
    if lost is not None:
        free -= (on_hand * lost[columns.places] + WHOLE - 1) // WHOLE
    return free


def by_node(columns: Columns, free: Ints, nodes: int) -> dict[str, Ints]:
    """What may be promised of each item as one figure a node, in the order of the atlas; at least 0."""
    laid = np.zeros((len(columns.items), nodes), dtype=np.int64)
    laid[np.repeat(np.arange(len(columns.items)), np.diff(columns.bounds)), columns.places] = np.maximum(
        free, 0
    )
    return dict(zip(columns.items, laid, strict=True))


def lots(codes: Sequence[str], columns: Columns, free: Ints, kits: Mapping[str, Kit], nodes: int) -> Lots:
    """What there is of each code at each node: of an item as it lies, of a kit what its parts make there."""
    starts = {item: place for place, item in enumerate(columns.items)}
    if not kits and tuple(codes) == columns.items:
        return Lots(
            bounds=columns.bounds, places=columns.places, free=free, on_hand=columns.on_hand.astype(np.int64)
        )
    parts = [
        _of_kit(kits[code], columns, free, nodes) if code in kits else _of_item(starts[code], columns, free)
        for code in codes
    ]
    return Lots(
        bounds=np.cumsum([0, *(len(places) for places, _, _ in parts)]),
        places=np.concatenate([places for places, _, _ in parts]),
        free=np.concatenate([units for _, units, _ in parts]),
        on_hand=np.concatenate([lying for _, _, lying in parts]),
    )


def _of_item(place: int, columns: Columns, free: Ints) -> tuple[Places, Ints, Ints]:
    of = slice(int(columns.bounds[place]), int(columns.bounds[place + 1]))
    return columns.places[of], free[of], columns.on_hand[of].astype(np.int64)


def _of_kit(kit: Kit, columns: Columns, free: Ints, nodes: int) -> tuple[Places, Ints, Ints]:
    """A kit node by node: as many as the scarcest of its parts makes."""
    starts = {item: place for place, item in enumerate(columns.items)}
    made = np.full((2, nodes), np.iinfo(np.int64).max)
    for item, units in kit.parts:
        places, there, lying = _of_item(starts[item], columns, free)
        have = np.zeros((2, nodes), dtype=np.int64)
        have[0, places], have[1, places] = np.maximum(there, 0), lying
        made = np.minimum(made, have // units)
    where = np.flatnonzero(made[0] > 0)
    return where, made[0, where], made[1, where]
