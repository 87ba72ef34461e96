"""Orders as the other rooms use them: place, find, lock, and the one way their quantities move."""

from anyshelf.orders.rules import (
    CANCELLABLE,
    PAID_FOR,
    RETURNABLE,
    by_state,
    standing,
    status_of,
)
from anyshelf.orders.service.books import audit
from anyshelf.orders.service.finding import find, lock, recent
from anyshelf.orders.service.placing import check, place, sent_before
from anyshelf.orders.service.steps import advance
from anyshelf.orders.service.working import (
    cancel,
    check_code,
    hold,
    reject,
    release,
    release_due,
    release_when_due,
    short,
)

__all__ = [
    "CANCELLABLE",
    "PAID_FOR",
    "RETURNABLE",
    "advance",
    "audit",
    "by_state",
    "cancel",
    "check",
    "check_code",
    "find",
    "hold",
    "lock",
    "place",
    "recent",
    "reject",
    "release",
    "release_due",
    "release_when_due",
    "sent_before",
    "short",
    "standing",
    "status_of",
]
