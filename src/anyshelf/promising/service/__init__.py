"""The front door of promising: what ways a basket has, by when, how surely; what was taken, how it ended."""

from anyshelf.promising.model import Known
from anyshelf.promising.service.binding import (
    Taken,
    arrived,
    bind,
    bound,
    broken,
    called_off,
    moved,
    scores,
)
from anyshelf.promising.service.knowing import (
    book,
    booked_days,
    due_at,
    give_back,
    known_of,
    milestones,
    surely_there,
)
from anyshelf.promising.service.quoting import asks_for, keep, offer, quote, take
from anyshelf.promising.service.seeing import (
    not_from_here,
    refresh,
    saw_leaving,
    saw_ready,
    saw_transit,
)

__all__ = [
    "Known",
    "Taken",
    "arrived",
    "asks_for",
    "bind",
    "book",
    "booked_days",
    "bound",
    "broken",
    "called_off",
    "due_at",
    "give_back",
    "keep",
    "known_of",
    "milestones",
    "moved",
    "not_from_here",
    "offer",
    "quote",
    "refresh",
    "saw_leaving",
    "saw_ready",
    "saw_transit",
    "scores",
    "surely_there",
    "take",
]
