"""What returns do by themselves: expect parcels that turned back, and give up on what never comes."""

from collections.abc import Mapping
from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.dispatch import Reader
from anyshelf.ground.events import Told
from anyshelf.ground.ids import Id
from anyshelf.ground.timers import Handler, Timer
from anyshelf.returns import service
from anyshelf.returns.service.asking import EXPIRY_TIMER

STORE_CREDIT = "store_credit"
TURNED_BACK = frozenset({"returning", "refused"})


def shipment_progressed(tx: Tx, told: Told) -> None:
    """A parcel that turned back is expected at its node; one that arrived after all, or was lost, is not."""
    shipment_id, state = Id(told.data["shipment_id"]), told.data["state"]
    if state in TURNED_BACK:
        service.turned_back(tx, told.market, shipment_id, refused=state == "refused", now=told.happened_at)
    elif state in ("delivered", "lost"):
        service.arrived_after_all(tx, told.market, shipment_id, told.happened_at)


def credit_came_back(tx: Tx, told: Told) -> None:
    """Store credit that an exchange did not use up is owed to its shopper."""
    if told.data.get("provider") == STORE_CREDIT:
        service.credit_freed(
            tx,
            told.market,
            Id(told.data["order_id"]),
            operation_id=str(told.data["operation_id"]),
            amount_minor=int(told.data["amount_minor"]),
            now=told.happened_at,
        )


def give_up(tx: Tx, market: str, timer: Timer, now: datetime) -> None:
    """What has not come for so long will not."""
    service.expired(tx, market, Id(timer.subject), now)


READER = Reader(
    name="returns",
    handlers={
        "ShipmentProgressed": shipment_progressed,
        "PaymentVoided": credit_came_back,
        "PaymentRefunded": credit_came_back,
    },
    at_once=1,
)
TIMERS: Mapping[str, Handler] = {EXPIRY_TIMER: give_up}
