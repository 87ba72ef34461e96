"""The feed of events: no gaps, nothing put in afterwards, no story turned around, nothing set aside."""

from collections.abc import Iterator, Mapping

from books import Books
from effects import Kept
from history import KEPT, Anomaly, History


def check_stories(history: History, books: Books, kept: Kept) -> Iterator[Anomaly]:
    """The feed as it stands in the end, and as those saw it who followed it."""
    sequences = [event.sequence for event in books.events]
    if sequences != list(range(1, books.head + 1)):
        unnumbered = sum(sequence is None for sequence in sequences)
        yield Anomaly(
            "gap in the feed", f"head {books.head}", f"{len(sequences)} events, {unnumbered} without"
        )
    for aside in books.set_aside:
        yield Anomaly("event set aside", f"{aside.reader} {aside.sequence}", aside.reason)
    yield from _told_in_order(books)
    yield from _moved_in_order(books, kept)
    yield from _followed(history, {event.sequence: event.event_id for event in books.events})


def _told_in_order(books: Books) -> Iterator[Anomaly]:
    """An order's events stand in the order of its versions, its placing first."""
    for subject, events in books.events_by_subject().items():
        versions = [event.data["version"] for event in events if "version" in event.data]
        if versions != sorted(versions):
            yield Anomaly("story turned around", subject, f"versions {versions}")
        kinds = [event.kind for event in events]
        if "OrderPlaced" in kinds[1:]:
            yield Anomaly("story turned around", subject, f"begins with {kinds[0]}")


def _moved_in_order(books: Books, kept: Kept) -> Iterator[Anomaly]:
    """What is told of one position stands in the order in which it was kept."""
    kept_us = {move.writer: move.kept_us or 0 for move in books.moves}
    for subject, events in books.events_by_subject().items():
        moments = [
            kept_us[kept.writers[event.data["reason"]]]
            for event in events
            if event.kind == "StockMoved" and event.data["reason"] in kept.writers
        ]
        if moments != sorted(moments):
            yield Anomaly(
                "story turned around", subject, f"{len(moments)} moves not in the order of their commits"
            )


def _followed(history: History, numbered: Mapping[int, str]) -> Iterator[Anomaly]:
    """Whoever followed the feed saw every number in turn, and each with the event it still has."""
    for each in history.of_kind("changes"):
        if each.outcome != KEPT:
            continue
        seen = [(int(event["sequence"]), event["id"]) for event in each.answer["events"]]
        after = each.body["after"]
        if [sequence for sequence, _ in seen] != list(range(after + 1, after + 1 + len(seen))):
            yield Anomaly("gap in the feed", f"after {after}", f"seen: {[number for number, _ in seen][:20]}")
        for sequence, event_id in seen:
            if numbered.get(sequence) != event_id:
                yield Anomaly("event changed its number", str(sequence), event_id)
