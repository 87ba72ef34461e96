"""What a promise says, as rules: dates, windows, fees, milestones, and how sure one may be."""

from anyshelf.promising.rules.counters import delivered_by_van, kept_unpaid
from anyshelf.promising.rules.dating import (
    arrival_from,
    milestones,
    picked_up,
    ready_by_the_books,
    shipped,
    worth_telling,
)
from anyshelf.promising.rules.liking import likely_first
from anyshelf.promising.rules.seeing import slip_of_leaving, slip_of_ready, slip_of_transit

__all__ = [
    "arrival_from",
    "delivered_by_van",
    "kept_unpaid",
    "likely_first",
    "milestones",
    "picked_up",
    "ready_by_the_books",
    "shipped",
    "slip_of_leaving",
    "slip_of_ready",
    "slip_of_transit",
    "worth_telling",
]
