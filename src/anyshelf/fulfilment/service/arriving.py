"""Shoppers who stand at a node for what they ordered."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.fulfilment import store
from anyshelf.fulfilment.model import UNFINISHED, Arrival
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import OutOfTurn
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.orders import service as orders

FROM_THE_SHELF = ("hand_over", "till")
STAYS = (*FROM_THE_SHELF, "counter")
"""Work that is done, but for its shopper, when the goods stand ready."""


def arrive(tx: Tx, market: str, order_id: Id, *, node: str, spot: str, now: datetime) -> Arrival:
    """A shopper says that they stand here for their order; said again, it is said anew.

    Raises OutOfTurn when nothing of the order is to be fetched at this node.
    """
    order = orders.lock(tx, market, order_id)
    works = store.lock_of_order(tx, market, order_id, node)
    if not any(work.state in UNFINISHED and work.finish in STAYS for work in works):
        raise OutOfTurn("Nothing of this order waits there any more.", node=node)
    arrival = Arrival(order_id=order.order_id, node=node, spot=spot, arrived_at=now)
    store.arrive(tx, market, arrival)
    data = {"order_id": str(order_id), "node": node, "spot": spot}
    tell(tx, market, [Event(kind="ShopperArrived", subject=str(order_id), data=data, happened_at=now)])
    return arrival


def arrivals(tx: Tx, market: str, order_ids: Sequence[Id]) -> dict[tuple[Id, str], Arrival]:
    """Which of these orders' shoppers have come, by order and node."""
    return {(each.order_id, each.node): each for each in store.arrivals(tx, market, order_ids)}
