"""The verdict: everything that may not be, found by holding a history against the books."""

from books import Books
from effects import Kept, check_effects
from history import Anomaly, History
from stories import check_stories
from timelines import check_timelines


def anomalies(history: History, books: Books) -> list[Anomaly]:
    """All that a history and the books show and that may not be; none is the proof."""
    kept = Kept()
    found = list(check_effects(history, books, kept))
    found += check_timelines(history, books, kept)
    found += check_stories(history, books, kept)
    return found + [Anomaly("audit", finding, "") for finding in books.audit]
