"""What orders do by themselves: release what was placed, and what waited for its moment."""

from anyshelf.ground.db import Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.ground.events import Told
from anyshelf.ground.ids import Id
from anyshelf.orders import service


def release_placed(tx: Tx, told: Told) -> None:
    """An order placed is released at once, unless it is held or waits for its moment."""
    service.release_when_due(tx, told.market, Id(told.data["order_id"]), told.happened_at)


READER = Reader(name="orders", handlers={"OrderPlaced": release_placed}, at_once=1)
"""One order at a time: its positions stay locked no longer than its own release takes."""
