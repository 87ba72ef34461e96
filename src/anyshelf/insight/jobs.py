"""What insight does by itself: it hears of every order, and forgets what is old."""

from anyshelf.ground.clock import Clock
from anyshelf.ground.db import Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.insight import service
from anyshelf.insight.service import COUNTS_FROM, LISTENS_TO

READER = Reader(
    name="insight", handlers={**dict.fromkeys(LISTENS_TO, service.hear), COUNTS_FROM: service.hear_count}
)


def forget_old(tx: Tx, market: str, clock: Clock) -> int:
    """Steps of journeys that were kept long enough are deleted, a piece at a time."""
    return service.forget_old(tx, market, clock.now())
