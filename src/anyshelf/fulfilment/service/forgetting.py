"""Taking a person out of the work that was done for their order: what was picked and when stays."""

from anyshelf.fulfilment import store
from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id


def forget(tx: Tx, market: str, order_id: Id) -> int:
    """Take out whose gift it was and what they said, and where the shopper stood; returns how many rows."""
    return store.forget(tx, market, order_id)
