"""Taking a person out of how their parcels were handed over: that they were, and when, stays."""

from anyshelf.delivery import store
from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id


def forget(tx: Tx, market: str, order_id: Id) -> int:
    """Take out who took the parcels of an order, and what showed it; returns of how many scans."""
    return store.forget_proofs(tx, market, order_id)
