"""When money could not be taken: the order says so, and another payment makes it good."""

from datetime import datetime

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.orders import rules
from anyshelf.orders.model import Order
from anyshelf.orders.service.exceptions import close_all, note_exception
from anyshelf.orders.service.finding import forgiven_minor, lock
from anyshelf.orders.service.steps import event
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation


def outstanding_minor(tx: Tx, order: Order) -> int:
    """What left the house and could not be taken; nothing for an order that was paid elsewhere.

    What came back meanwhile, or was forgiven for the shopper's trouble, is not asked for any more.
    """
    paid = payments.summary(tx, order.market, order.order_id)
    if not paid.authorised_minor:
        return 0
    refused = payments.refused_minor(tx, order.market, order.order_id)
    owed = rules.kept_minor(order) - forgiven_minor(tx, order) - paid.refundable_minor
    return max(0, min(refused, owed))


def payment_declined(
    tx: Tx, market: str, order_id: Id, *, operation_id: str, why: str, now: datetime
) -> None:
    """A capture was refused although the money was set aside anew: somebody must ask for another payment."""
    order = lock(tx, market, order_id)
    owed = outstanding_minor(tx, order)
    note_exception(
        tx, order, "payment_declined", cause=operation_id, said=f"The payment could not be taken: {why}",
        done="The amount was set aside anew and refused again.",
        todo="Ask the shopper for another payment and send it to :pay." if owed else "", now=now,
    )  # fmt: skip


def pay(tx: Tx, market: str, order_id: Id, authorisation: Authorisation, now: datetime) -> Order:
    """Take another payment for what could not be taken; raises Conflict when that is another amount."""
    order = lock(tx, market, order_id)
    due = outstanding_minor(tx, order)
    if due != authorisation.amount_minor:
        raise Conflict("Another amount is due by now; look at the order again.", due_minor=due)
    payments.record(tx, market, order_id, authorisation, order.currency, now)
    payments.request_capture(
        tx, market, order_id, amount_minor=due, cause=f"payment {authorisation.reference}", now=now
    )
    close_all(tx, order, "payment_declined", note="Paid by another payment.", now=now)
    tell(tx, market, [event(order, "OrderPaid", {"amount_minor": due}, now)])
    return order
