"""The front door of returns: permission to bring goods back, and what becomes of them and of the money.

Every function that changes a return locks its order first, then the return, then positions in (item, node)
order, then payments.
"""

from anyshelf.returns.service.asking import authorise, cancel, expired
from anyshelf.returns.service.carriage import hear, label_page, scans
from anyshelf.returns.service.charging import notes_of_vendor, settle_note, to_vendor
from anyshelf.returns.service.exchanging import credit_freed, exchange, owing
from anyshelf.returns.service.finding import find, of_order
from anyshelf.returns.service.forgetting import forget
from anyshelf.returns.service.receiving import receive
from anyshelf.returns.service.settling import due_now_minor, settle
from anyshelf.returns.service.undelivered import arrived_after_all, turned_back

__all__ = [
    "arrived_after_all",
    "authorise",
    "cancel",
    "credit_freed",
    "due_now_minor",
    "exchange",
    "expired",
    "find",
    "forget",
    "hear",
    "label_page",
    "notes_of_vendor",
    "of_order",
    "owing",
    "receive",
    "scans",
    "settle",
    "settle_note",
    "to_vendor",
    "turned_back",
]
