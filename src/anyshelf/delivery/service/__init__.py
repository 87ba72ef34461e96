"""Delivery as the other rooms use it: what left, where it is, and what came to a store of ours."""

from anyshelf.delivery.service.forgetting import forget
from anyshelf.delivery.service.shipments import (
    DISPATCHED,
    coming,
    ensure,
    hear,
    of_order,
    receive,
    reschedule,
    scans,
    take_on,
    tracked,
    transfer,
)

__all__ = [
    "DISPATCHED",
    "coming",
    "ensure",
    "forget",
    "hear",
    "of_order",
    "receive",
    "reschedule",
    "scans",
    "take_on",
    "tracked",
    "transfer",
]
