"""Taking a person out of what they brought back: what came, and what was paid for it, stays."""

from anyshelf.ground.db import Tx, run
from anyshelf.ground.ids import Id
from anyshelf.returns import store


def forget(tx: Tx, market: str, order_id: Id) -> int:
    """Take out who brought back goods of an order; returns of how many returns."""
    return run(tx, store.FORGET_SQL, market=market, order_id=order_id)
