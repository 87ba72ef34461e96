"""Drop-ship as the doors use it: purchase orders out; answers, ship notices, feeds and invoices in.

Every function that changes a purchase order locks its order first, then the purchase orders of that order at
that node. What a vendor says twice is taken once.
"""

from anyshelf.vendors.service.answering import acknowledge, answer_is_due, date_has_passed
from anyshelf.vendors.service.feeding import scorecard, take_feed
from anyshelf.vendors.service.purchasing import (
    ANSWER,
    DATE,
    find,
    node_of,
    of_vendor,
    shown,
    take_on,
    withdraw,
)
from anyshelf.vendors.service.shipping import invoice, ship

__all__ = [
    "ANSWER",
    "DATE",
    "acknowledge",
    "answer_is_due",
    "date_has_passed",
    "find",
    "invoice",
    "node_of",
    "of_vendor",
    "scorecard",
    "ship",
    "shown",
    "take_feed",
    "take_on",
    "withdraw",
]
