"""Every position through time: never below nothing, never oversold, and what people saw of it was so.

The witness is the database's own order. A transaction locks its positions before it changes them and lets go
after its commit, so the commits on one position stand one after another, and the moment of each is written
down by PostgreSQL. Given that order, what remains of the question whether a history is linearizable is easy:
an effect belongs between its request and its answer (`effects.py`), and everybody who looked must have seen
one of the states that were current at some moment between their question and the answer, none older than
what somebody saw who was answered before they asked. That takes one pass, choosing the earliest state that
fits: an earlier choice never leaves less to those who come after.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from books import BUCKETS, Books
from effects import Kept
from history import KEPT, Anomaly, Attempt, History

ALWAYS = 2**62
ON_HAND, RESERVED, ALLOCATED = 0, 1, 2
State = tuple[int, ...]
Key = tuple[str, str]
NOTHING: State = (0,) * len(BUCKETS)


def free(state: State) -> int:
    """What nobody has a claim on."""
    return state[ON_HAND] - state[RESERVED] - state[ALLOCATED]


def held_back(on_hand: int, doubt: int) -> int:
    """How many of so many units are not promised where so many of a thousand are not found."""
    return (on_hand * doubt + 500) // 1000


class Seen(NamedTuple):
    """Somebody looked at a position between two moments, and what they saw fits some states."""

    sent_us: int
    told_us: int
    fits: Callable[[State], bool]
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The states of one position: the n-th began at `since[n]` and nobody saw it later than `until[n]`."""

    key: Key
    states: Sequence[State]
    writers: Sequence[int]
    since: Sequence[int]
    until: Sequence[int]

    def window(self, sent_us: int, told_us: int) -> range:
        """The states that somebody may have seen who asked and was told at these moments."""
        first = next(n for n, until in enumerate(self.until) if until >= sent_us)
        last = max(n for n, since in enumerate(self.since) if since <= told_us)
        return range(first, last + 1)

    def kept_back(self, doubts: Mapping[str, int]) -> int:
        """How many units were at most kept back here for want of being found."""
        return held_back(max(state[ON_HAND] for state in self.states), doubts.get(self.key[1], 0))

    def free_at_least(self, sent_us: int, told_us: int) -> int:
        """What was free whatever the order of those who wrote meanwhile: what came in then is not counted."""
        window = self.window(sent_us, told_us)
        kept = [free(self.states[n]) for n in window]
        return kept[0] + sum(min(0, later - earlier) for earlier, later in pairwise(kept))


def timelines(books: Books, kept: Kept) -> dict[Key, Timeline]:
    """The timeline of every position, from its moves alone."""
    deltas: dict[Key, dict[tuple[int, int], list[int]]] = defaultdict(dict)
    for move in books.moves:
        if move.kept_us is None:
            raise AssertionError("the database does not note commits: set track_commit_timestamp")
        for bucket, node, sign in ((move.from_bucket, move.node, -1), (move.to_bucket, move.to_node, 1)):
            change = deltas[move.item, node].setdefault((move.kept_us, move.writer), [0] * len(BUCKETS))
            if bucket in BUCKETS:
                change[BUCKETS.index(bucket)] += sign * move.quantity
    return {key: _timeline(key, changes, kept.told_us) for key, changes in deltas.items()}


def _timeline(
    key: Key, changes: Mapping[tuple[int, int], Sequence[int]], told_us: Mapping[int, int]
) -> Timeline:
    states, writers, since, until = [NOTHING], [0], [-ALWAYS], []
    ordered = sorted(changes)
    for place, (kept_us, writer) in enumerate(ordered):
        states.append(tuple(map(sum, zip(states[-1], changes[kept_us, writer], strict=True))))
        writers.append(writer)
        since.append(kept_us)
        # Seen by everybody once its sender was told, and before the next one could lock the position.
        later = ordered[place + 1][0] if place + 1 < len(ordered) else ALWAYS
        until.append(max(kept_us, min(told_us.get(writer, ALWAYS), later)))
    return Timeline(key=key, states=states, writers=writers, since=since, until=[*until, ALWAYS])


def check_timelines(history: History, books: Books, kept: Kept) -> Iterator[Anomaly]:
    """Positions through time, and what everybody saw of them."""
    known = timelines(books, kept)
    for timeline in known.values():
        yield from _sound(timeline, books)
        yield from _counts(timeline, history, kept)
    for key in books.positions.keys() - known.keys():
        if any(books.positions[key]):
            yield Anomaly("fold and position differ", _named(key), f"{books.positions[key]} without a move")
    seen: dict[Key, list[Seen]] = defaultdict(list)
    for key, sight in _sights(history, known, books.doubts):
        seen[key].append(sight)
    for key, sights in seen.items():
        yield from _linearizable(known[key], sights)
    yield from _refusals(history, known, books.doubts)


def _named(key: Key) -> str:
    return f"{key[0]} at {key[1]}"


def _sound(timeline: Timeline, books: Books) -> Iterator[Anomaly]:
    where = _named(timeline.key)
    for state, writer in zip(timeline.states, timeline.writers, strict=True):
        if min(state) < 0:
            yield Anomaly("below nothing", where, f"{_told(state)} after transaction {writer}")
        elif free(state) < 0:
            yield Anomaly("oversold", where, f"{_told(state)} after transaction {writer}")
    found = books.positions.get(timeline.key, NOTHING)
    if timeline.states[-1] != found:
        yield Anomaly("fold and position differ", where, f"{_told(timeline.states[-1])}, not {_told(found)}")


def _told(state: State) -> str:
    return ", ".join(f"{bucket} {units}" for bucket, units in zip(BUCKETS, state, strict=True) if units)


def _counts(timeline: Timeline, history: History, kept: Kept) -> Iterator[Anomaly]:
    """After a count there lies what was counted."""
    after = dict(zip(timeline.writers, timeline.states, strict=True))
    for op, attempts in history.by_op("moves").items():
        first = attempts[0].body["moves"][0]
        counted = first["kind"] == "count" and timeline.key == (first["item"], first["node"])
        state = after.get(kept.writers.get(op, -1))
        if counted and state and state[ON_HAND] != first["quantity"]:
            yield Anomaly("counted and not there", f"{_named(timeline.key)} {op}", _told(state))


# What people saw


def _sights(
    history: History, known: Mapping[Key, Timeline], doubts: Mapping[str, int]
) -> Iterator[tuple[Key, Seen]]:
    for each in history.of_kind("position", "availability"):
        if each.outcome == KEPT:
            looked = _position(each) if each.kind == "position" else _availability(each, known, doubts)
            yield from ((key, seen) for key, seen in looked if key in known)
    for each in history.of_kind("moves"):
        if each.problem == "shortage":
            for line in each.answer["lines"]:
                # Who moves goods of one position twice at once may be short of what they took themselves.
                if len(_touching(each, line)) == 1:
                    yield (line["item"], line["node"]), _short(each, line)


def _position(each: Attempt) -> Iterator[tuple[Key, Seen]]:
    for found in each.answer["positions"]:
        state = tuple(found[bucket] for bucket in BUCKETS)
        yield (found["item"], found["node"]), Seen(each.sent_us, each.told_us, state.__eq__, _told(state))


def _availability(
    each: Attempt, known: Mapping[Key, Timeline], doubts: Mapping[str, int]
) -> Iterator[tuple[Key, Seen]]:
    for item in each.answer["items"]:
        told = {node["node"]: (node["on_hand"], node["available"]) for node in item["nodes"]}
        for code, node in known:
            if code == item["item"]:
                fits = _shows(told.get(node), doubts.get(node, 0))
                what = f"{told.get(node)} (on hand, available)"
                yield (code, node), Seen(each.sent_us, each.told_us, fits, what)


def _shows(told: tuple[int, int] | None, doubt: int) -> Callable[[State], bool]:
    """Whether a state is what was told of a node; one of which nothing was told had nothing to give.

    What may be promised is what is free, less no more than was ever held back for want of being found.
    """

    def fits(state: State) -> bool:
        least = free(state) - held_back(state[ON_HAND], doubt)
        if told is None:
            return least <= 0
        return state[ON_HAND] == told[0] and least <= told[1] <= free(state)

    return fits


def _touching(each: Attempt, line: Mapping[str, Any]) -> list[Any]:
    """What somebody asked to be moved to or from the position that fell short."""
    return [
        move
        for move in each.body["moves"]
        if move["item"] == line["item"] and line["node"] in (move["node"], move.get("to_node"))
    ]


def _short(each: Attempt, line: Mapping[str, Any]) -> Seen:
    """Somebody who held the position's lock was short, and was told of what and by how much."""
    available, wanted, bucket = line["available"], line["wanted"], line.get("bucket")

    def fits(state: State) -> bool:
        there = state[BUCKETS.index(bucket)] if bucket else max(free(state), 0)
        return there == available < wanted

    return Seen(
        each.sent_us, each.told_us, fits, f"{available} {bucket or 'free'} where {wanted} were wanted"
    )


def _linearizable(timeline: Timeline, sights: Sequence[Seen]) -> Iterator[Anomaly]:
    """One pass in the order of the questions: the earliest state that fits, none older than was seen."""
    answered: list[tuple[int, int]] = []
    oldest = 0
    for sight in sorted(sights, key=lambda each: each.sent_us):
        while answered and answered[0][0] < sight.sent_us:
            oldest = max(oldest, heapq.heappop(answered)[1])
        window = timeline.window(sight.sent_us, sight.told_us)
        able = [n for n in window if n >= oldest and sight.fits(timeline.states[n])]
        if not able:
            shown = [_told(timeline.states[n]) for n in window]
            yield Anomaly("not linearizable", _named(timeline.key), f"saw {sight.what} where it was {shown}")
        heapq.heappush(answered, (sight.told_us, able[0] if able else oldest))


# Refusals of orders


def _refusals(
    history: History, known: Mapping[Key, Timeline], doubts: Mapping[str, int]
) -> Iterator[Anomaly]:
    """Nobody is refused for want of stock that was there all the time, in whatever order things happened."""
    for each in history.of_kind("order"):
        if each.problem != "shortage":
            continue
        for short in each.answer["lines"]:
            asked = each.body["lines"][short["line"] - 1]
            for timeline in _may_serve(asked, known):
                kept = 0 if asked.get("method") == "carry_out" else timeline.kept_back(doubts)
                surely = timeline.free_at_least(each.sent_us, each.told_us) - kept
                if surely >= short["wanted"]:
                    yield Anomaly(
                        "refused though there was enough", f"{_named(timeline.key)} {each.op}",
                        f"{short['wanted']} wanted, {surely} free all the time",
                    )  # fmt: skip


def _may_serve(line: Mapping[str, Any], known: Mapping[Key, Timeline]) -> Iterator[Timeline]:
    """The positions any one of which could have served a line alone."""
    node = line.get("node")
    for key, timeline in known.items():
        if key[0] == line["item"] and node in (None, key[1]):
            yield timeline
