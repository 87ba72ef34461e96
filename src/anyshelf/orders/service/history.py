"""What was sold before Anyshelf kept the books, and what has been wanted since."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx, run, values
from anyshelf.orders import store
from anyshelf.orders.model import PastLine

Wanted = tuple[str, str, list[int], list[int]]
"""Item, node, and for some periods: how many ago it was, and how many units were wanted."""


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


def wanted(
    tx: Tx, market: str, items: Sequence[str], *, since: datetime, until: datetime, period: timedelta
) -> list[Wanted]:
    """What was wanted of these items from each node, by periods counted back from `until`; 0 is the last.

    History counts by who served it, an order's line by the nodes that serve it, what nobody can serve yet by
    the node the shopper chose. What replaces lost units is not wanted twice.
    """
    found = values(
        tx, store.WANTED_SQL, market=market, items=list(items), since=since, until=until,
        seconds=period.total_seconds(),
    )  # fmt: skip
    return [(item, node, ago, units) for item, node, ago, units in found]


def sold_by_channel(tx: Tx, market: str, item: str, *, since: datetime, until: datetime) -> dict[str, float]:
    """How many units of an item each channel sold between two moments."""
    found = values(tx, store.SOLD_BY_CHANNEL_SQL, market=market, item=item, since=since, until=until)
    return {channel: float(units) for channel, units in found}
