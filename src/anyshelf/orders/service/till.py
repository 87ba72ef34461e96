"""What a till sells: out of its lease where it has one, so that what it sold when it was cut off stands."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from anyshelf.ground.db import Tx
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.orders.model import Draft, Order
from anyshelf.orders.service.exceptions import note_exception
from anyshelf.orders.service.finding import find
from anyshelf.orders.service.placing import place, sent_before
from anyshelf.payments.model import Authorisation

SELLS_FOR: Final = timedelta(hours=4)
"""How long a till may go on selling its lease without a word from us."""
KEPT_FOR: Final = timedelta(hours=24)
"""How long the leased units are kept for what it sold in that time, if it does not come back at once."""


SOLD_WHEN_CLOSED: Final = "sold_when_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTill:
    """A till that has leased something: how much, and when it was last heard of."""

    till: str
    items: int
    units: int
    heard_of_at: datetime


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


def end_lease(tx: Tx, market: str, node: str, till: str, now: datetime, *, by: str) -> int:
    """The till is closed: what it leased is for everybody again. Returns how many units."""
    units = inventory.end_lease(tx, market, holder=holder_of(node, till), now=now)
    if units:
        data = {"node": node, "till": till, "by": by, "units": units}
        tell(
            tx, market, [Event(kind="TillClosed", subject=holder_of(node, till), data=data, happened_at=now)]
        )
    return units


def tills(tx: Tx, market: str, node: str) -> list[OpenTill]:
    """The tills of a node that have leased something, and when each was last heard of."""
    before = holder_of(node, "")
    return [
        OpenTill(
            till=each.holder.removeprefix(before),
            items=each.items,
            units=each.units,
            heard_of_at=each.kept_until - KEPT_FOR,
        )
        for each in inventory.lessees(tx, market, before)
    ]


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
    else can take them in between. What a closed till sold before is taken, and listed where others were
    promised it meanwhile. Raises Shortage where neither the lease nor the shelf has them.
    """
    known = sent_before(tx, market, draft)
    if known is not None:
        return find(tx, market, known), False
    wanted: Counter[str] = Counter()
    for line in draft.lines:
        wanted[line.item] += line.quantity
    late = inventory.take_out(tx, market, node, wanted, holder=holder_of(node, till), now=now)
    sold = place(tx, market, draft, authorisation, now, order_id=order_id, pickup_code=pickup_code)
    if late:
        _told_late(tx, sold, node, till, late, now)
    return sold, True


def _told_late(tx: Tx, sold: Order, node: str, till: str, late: Mapping[str, int], now: datetime) -> None:
    """What a closed till had sold was promised to others meanwhile: somebody looks who goes without."""
    what = ", ".join(f"{units} of {item}" for item, units in late.items())
    note_exception(
        tx, sold, SOLD_WHEN_CLOSED,
        cause=str(sold.order_id), said=f"Till {till} sold {what} before it was closed, and told it now.",
        done="The sale stands. Somebody is asked to count; who is picked short gets it from elsewhere.",
        todo=f"Count {', '.join(late)} at {node}.", node=node,
        lines=[line.line for line in sold.lines], now=now,
    )  # fmt: skip
