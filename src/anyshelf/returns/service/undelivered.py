"""What a carrier could not deliver comes back by itself: nobody has to ask."""

from datetime import datetime

from anyshelf.delivery import service as delivery
from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id, derived_id
from anyshelf.orders import service as orders
from anyshelf.returns import rules, store
from anyshelf.returns.journeys import asked
from anyshelf.returns.model import Return
from anyshelf.returns.service.asking import cancel, made_for


def turned_back(tx: Tx, market: str, shipment_id: Id, *, refused: bool, now: datetime) -> Return | None:
    """A parcel is on its way back to its node: what it held may be received there. Twice is once.

    None where nothing of it can still come back: it was delivered, lost, or asked for by other returns.
    """
    shipment = delivery.ensure(tx, market, shipment_id)
    order = orders.lock(tx, market, shipment.order_id)
    return_id = _return_of(market, shipment_id)
    known = store.find(tx, market, return_id)
    if known is not None:
        return known
    lines = rules.undelivered(
        order,
        [(int(line["line"]), int(line["quantity"])) for line in shipment.lines],
        store.promised(tx, market, order.order_id),
        node=shipment.node,
        reason="refused" if refused else "undeliverable",
    )
    if not lines:
        return None
    return made_for(tx, order, asked("carrier"), lines, node=shipment.node, return_id=return_id, now=now)


def arrived_after_all(tx: Tx, market: str, shipment_id: Id, now: datetime) -> None:
    """The parcel was delivered all the same: nothing of it is expected back any more."""
    known = store.find(tx, market, _return_of(market, shipment_id))
    if known is not None and known.state == "authorised" and not any(line.paid for line in known.lines):
        cancel(tx, market, known.return_id, now)


def _return_of(market: str, shipment_id: Id) -> Id:
    return derived_id("undeliverable", market, str(shipment_id))
