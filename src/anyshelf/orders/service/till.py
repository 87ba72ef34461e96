"""What a till sells: out of its lease where it has one, so that what it sold when it was cut off stands."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.inventory import service as inventory
from anyshelf.orders.model import Draft, Order
from anyshelf.orders.service.finding import find
from anyshelf.orders.service.placing import place, sent_before
from anyshelf.payments.model import Authorisation

SELLS_FOR: Final = timedelta(hours=4)
"""How long a till may go on selling its lease without a word from us."""
KEPT_FOR: Final = timedelta(hours=24)
"""How long the leased units are kept for what it sold in that time, if it does not come back at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The units a till may sell when it is cut off, and until when."""

    items: dict[str, int]
    sells_until: datetime
    kept_until: datetime


def holder_of(node: str, till: str) -> str:
    """The name a till's lease is held under."""
    return f"till:{node}:{till}"


def lease(tx: Tx, market: str, node: str, till: str, now: datetime) -> Lease:
    """Renew a till's lease and fill it up from what is free at its node."""
    kept_until = now + KEPT_FOR
    items = inventory.lease(tx, market, node, holder=holder_of(node, till), expires_at=kept_until, now=now)
    return Lease(items=items, sells_until=now + SELLS_FOR, kept_until=kept_until)


def end_lease(tx: Tx, market: str, node: str, till: str, now: datetime) -> None:
    """The till is closed: what it leased is for everybody again."""
    inventory.end_lease(tx, market, holder=holder_of(node, till), now=now)


def sell(  # noqa: PLR0913  a sale and the money for it
    tx: Tx,
    market: str,
    node: str,
    till: str,
    draft: Draft,
    authorisation: Authorisation | None,
    now: datetime,
    *,
    order_id: Id,
    pickup_code: str,
) -> tuple[Order, bool]:
    """Sell over the counter; the same receipt again is the sale it has become (then False).

    The lease gives the sale its units in the same transaction, under the locks of their positions: nobody
    else can take them in between. Raises Shortage where neither the lease nor the shelf has them.
    """
    known = sent_before(tx, market, draft)
    if known is not None:
        return find(tx, market, known), False
    wanted: Counter[str] = Counter()
    for line in draft.lines:
        wanted[line.item] += line.quantity
    inventory.take_out(tx, market, node, wanted, holder=holder_of(node, till), now=now)
    sold = place(tx, market, draft, authorisation, now, order_id=order_id, pickup_code=pickup_code)
    return sold, True
