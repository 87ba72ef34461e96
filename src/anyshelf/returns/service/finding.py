"""Reading returns, with and without a lock, and what we know of who brings them."""

from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict, NotFound
from anyshelf.ground.ids import Id
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.returns import rules, store
from anyshelf.returns.journeys import journeys
from anyshelf.returns.model import Policy, Record, Return

ORDERS_LOOKED_AT = 20
"""How many of a shopper's latest orders are looked at: enough to know them by."""


def find(tx: Tx, market: str, return_id: Id) -> Return:
    """One return; raises NotFound."""
    found = store.find(tx, market, return_id)
    if found is None:
        raise NotFound("There is no such return.", return_id=str(return_id))
    return found


def of_order(tx: Tx, market: str, order_id: Id) -> list[Return]:
    """The returns of an order, oldest first."""
    return [find(tx, market, return_id) for return_id in store.of_order(tx, market, order_id)]


def locked(tx: Tx, market: str, return_id: Id) -> tuple[Order, Return]:
    """A return and its order, both locked until the transaction ends; raises NotFound."""
    order = orders.lock(tx, market, find(tx, market, return_id).order_id)
    known = store.lock(tx, market, return_id)
    if known is None:
        raise Conflict("The return vanished.")
    return order, known


def person_of(order: Order) -> str:
    """Who bought it: the customer, else their e-mail or phone; empty for nobody we know."""
    contact = order.contact or {}
    return str(order.customer or contact.get("email", "").lower() or contact.get("phone", ""))


def record_of(tx: Tx, order: Order, policy: Policy, now: datetime, *, apart: Id | None) -> Record:
    """What we know of the shopper who bought this: their latest orders and their returns, one left apart."""
    person = person_of(order)
    theirs = [row.name for row in journeys() if row.signals]
    dealt = store.dealings(
        tx, order.market, person=person, order_id=order.order_id, journeys=theirs, apart=apart
    )
    bought = _bought(tx, order)
    lately = [each for each in bought if each.placed_at >= now - policy.serial_window]
    lines = [line for each in lately for line in each.lines]
    return Record(
        completed_orders=sum(orders.status_of(each) in ("completed", "returned") for each in bought),
        delivered=sum(line.in_state("delivered", "handed_over", "returned") for line in lines),
        returned=sum(line.in_state("returned") for line in lines),
        open_returns=dealt.open_returns,
        empty_boxes=dealt.empty_boxes,
    )


def _bought(tx: Tx, order: Order) -> list[Order]:
    contact = order.contact or {}
    if order.customer:
        return orders.recent(tx, order.market, customer=order.customer, limit=ORDERS_LOOKED_AT)
    if contact.get("email"):
        return orders.recent(tx, order.market, email=contact["email"], limit=ORDERS_LOOKED_AT)
    return []


def books_of(tx: Tx, order: Order) -> rules.Books:
    """What all returns of an order have paid back so far."""
    paid = store.paid_back(tx, order.market, order.order_id)
    return rules.Books(
        units={line: units for line, units, _ in paid},
        reasons=frozenset(reason for _, _, reasons in paid for reason in reasons),
        shipping_minor=store.shipping_paid_back(tx, order.market, order.order_id),
    )
