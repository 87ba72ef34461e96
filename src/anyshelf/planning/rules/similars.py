"""New items by similar ones: what goods of their kind and price sell at the same node, while they are new.

How much that counts beside what a series has sold itself is what would have foretold best those that were new
before: the history may well choose that it does not count at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from anyshelf.planning.model import Floats, Ints, Outlook

NEW = 8
"""For so many periods a series is new."""
KNOWN = 13
"""From so many on it says what similar ones sell."""
COUNTS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
"""For how many periods of its own the similar ones may count."""
WITHOUT_A_PAST = 4.0
FEWEST = 30
"""So many series must have been new before, or nothing is chosen."""
AHEAD = 4
NO_KIND = -1
LEAST = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kin:
    """For each series the kind of goods it is, by number, and its node."""

    kind: Ints
    node: Ints


def kin_of(categories: Sequence[str], price_minor: Ints, item: Ints, node: Ints) -> Kin:
    """Series whose items share a category and a price within a factor of two are of one kind.

    Items without a category are of no kind.
    """
    band = np.floor(np.log2(np.maximum(price_minor, 1))).astype(np.int64)
    number: dict[tuple[str, int], int] = {}
    keys = zip(categories, band.tolist(), strict=True)
    kinds = [number.setdefault(key, len(number)) if key[0] else NO_KIND for key in keys]
    return Kin(kind=np.array(kinds, dtype=np.int64)[item], node=node)


def with_similars(found: Outlook, seen: Floats, kin: Kin) -> Outlook:
    """The outlook with new series drawn towards what their kind sells at their node."""
    known = np.isfinite(seen).sum(axis=1)
    new = np.flatnonzero((known < NEW) & (kin.kind != NO_KIND))
    if not len(new):
        return found
    like = similar(seen, kin)
    usable = new[np.isfinite(like[new])]
    count = counts_best(seen, kin)
    if not len(usable) or count <= 0:
        return found
    own, theirs = found.mean[usable], like[usable, None]
    weight = (count / (count + known[usable]))[:, None]
    mean, drift = found.mean.copy(), found.drift.copy()
    mean[usable] = (1.0 - weight) * own + weight * theirs
    drift[usable] = np.maximum(drift[usable], weight[:, 0])  # what a new thing sells is not known to half
    return replace(found, mean=mean, drift=drift)


def similar(seen: Floats, kin: Kin) -> Floats:
    """What known series of the same kind sell a period at the same node, else at all; NaN where none do."""
    known = (np.isfinite(seen).sum(axis=1) >= KNOWN) & (kin.kind != NO_KIND)
    lately = seen[:, -KNOWN:]
    level = np.where(np.isfinite(lately).any(axis=1), _mean(lately), 0.0)
    nodes = int(kin.node.max(initial=0)) + 1
    here = _averages(kin.kind * nodes + kin.node, level, known)
    anywhere = _averages(kin.kind, level, known)
    found: Floats = np.where(np.isfinite(here), here, anywhere)
    return found


def _mean(values: Floats) -> Floats:
    there = np.isfinite(values)
    mean: Floats = np.where(there, values, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return mean


def _averages(key: Ints, level: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """The average level of the known series with each series' key; NaN where there is none."""
    place = np.unique(key, return_inverse=True)[1]
    count = np.bincount(place, weights=known.astype(np.float64))
    total = np.bincount(place, weights=np.where(known, level, 0.0))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)[place]


def counts_best(seen: Floats, kin: Kin) -> float:
    """For how many periods similar ones count: what foretold best the series that were new before."""
    own, like, after, held = retold(seen, kin)
    if len(own) < FEWEST:
        return WITHOUT_A_PAST
    scale = 1.0 / (own + like + LEAST)
    losses = [
        float(((after - (held * own + count * like) / np.maximum(held + count, 1e-9)) ** 2 * scale).sum())
        for count in COUNTS
    ]
    return COUNTS[int(np.argmin(losses))]


def retold(seen: Floats, kin: Kin) -> tuple[Floats, Floats, Floats, Floats]:
    """Series that were new once: what they had sold a period by then, what similar ones did, what came after.

    The last of the four is for how many periods they had been there. A series is new once at a moment of
    each half of its first NEW periods, if it began after KNOWN periods of the history.
    """
    periods = seen.shape[1]
    first = np.where(np.isfinite(seen).any(axis=1), np.isfinite(seen).argmax(axis=1), periods)
    parts: list[tuple[Floats, Floats, Floats, Floats]] = []
    for held in (NEW // 4, NEW // 2):
        for moment in range(KNOWN + held, periods - AHEAD + 1):
            rows = np.flatnonzero((first + held == moment) & (kin.kind != NO_KIND))
            if not len(rows):
                continue
            like = similar(seen[:, :moment], kin)[rows]
            use = np.isfinite(like)
            rows = rows[use]
            own, after = _mean(seen[rows, moment - held : moment]), _mean(seen[rows, moment : moment + AHEAD])
            parts.append((own, like[use], after, np.full(len(rows), float(held))))
    if not parts:
        nothing: Floats = np.zeros(0)
        return nothing, nothing, nothing, nothing
    own, like, after, held_for = (np.concatenate(column) for column in zip(*parts, strict=True))
    return own, like, after, held_for
