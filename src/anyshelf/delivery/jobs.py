"""What delivery does when it is told of an event."""

from anyshelf.delivery import service
from anyshelf.ground.db import Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.ground.events import Told


def _dispatched(tx: Tx, told: Told) -> None:
    """Packages left a node: they are a shipment now."""
    service.take_on(tx, told)


READER = Reader(name="delivery", handlers={service.DISPATCHED: _dispatched})
