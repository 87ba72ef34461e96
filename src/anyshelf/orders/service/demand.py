"""What has been ordered of late, told to sourcing: prices of stock rest on it."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final

from anyshelf.ground.db import Tx, values
from anyshelf.ground.ids import Id
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.service import Told, Wish

SETTLED: Final = timedelta(seconds=30)
"""Ids are ordered by time, but not commits: an order is counted once all that came before it are there."""
ORDERS_AT_ONCE: Final = 500
NO_ID: Final = Id(int=0)


def count_demand(tx: Tx, market: str, now: datetime) -> int:
    """Count the next orders, once each; returns how many."""
    pricing = sourcing.pricing_of(tx, market)
    if pricing is None:
        return 0
    orders = values(
        tx, store.ORDERED_AFTER_SQL, market=market, after=pricing.counted_to or NO_ID, before=now - SETTLED,
        limit=ORDERS_AT_ONCE,
    )  # fmt: skip
    if not orders:
        return 0
    lines: dict[Id, list[tuple[Any, ...]]] = defaultdict(list)
    for order_id, *line in values(
        tx, store.ORDERED_LINES_SQL, market=market, order_ids=[order_id for order_id, _, _ in orders]
    ):
        lines[order_id].append(tuple(line))
    told = [
        Told(
            order_id=order_id, placed_at=placed_at,
            wishes=tuple(_wish(line, destination or {}) for line in lines[order_id]),
        )
        for order_id, placed_at, destination in orders
    ]  # fmt: skip
    sourcing.count_demand(tx, market, told)
    return len(told)


def _wish(line: tuple[Any, ...], destination: dict[str, Any]) -> Wish:
    """What travels is asked for where it goes, everything else at the node the shopper chose."""
    item, quantity, method, node = line
    if "dispatched" in rules.first_of(journeys(), method).steps or not node:
        return Wish(item=item, quantity=quantity, lat=destination.get("lat"), lon=destination.get("lon"))
    return Wish(item=item, quantity=quantity, node=node)
