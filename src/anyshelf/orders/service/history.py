"""What was sold before Anyshelf kept the books."""

from collections.abc import Sequence

from anyshelf.ground.db import Tx, run
from anyshelf.orders import store
from anyshelf.orders.model import PastLine


def keep_history(tx: Tx, market: str, lines: Sequence[PastLine]) -> int:
    """Write lines sold before; a line that is known is written over. No stock and no money moves."""
    return run(
        tx,
        store.KEEP_HISTORY_SQL,
        market=market,
        channels=[line.channel for line in lines],
        external_ids=[line.external_id for line in lines],
        lines=[line.line for line in lines],
        items=[line.item for line in lines],
        quantities=[line.quantity for line in lines],
        prices=[line.unit_price_minor for line in lines],
        discounts=[line.discount_minor for line in lines],
        currencies=[line.currency for line in lines],
        methods=[line.method for line in lines],
        nodes=[line.node for line in lines],
        customers=[line.customer for line in lines],
        postal_codes=[line.postal_code for line in lines],
        lats=[line.lat for line in lines],
        lons=[line.lon for line in lines],
        placed_at=[line.placed_at for line in lines],
    )
