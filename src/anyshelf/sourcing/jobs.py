"""What sourcing does by itself: price stock, a few items at a time."""

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Tx
from anyshelf.sourcing import service


def price_some(tx: Tx, market: str, clock: Clock) -> int:
    """Price the next few items, unless somebody else does; returns how many."""
    pricing = service.pricing_of(tx, market)
    return 0 if pricing is None else service.price_some(tx, market, pricing, clock.now())
