"""How money is shared out: over units, over payments, and when a capture falls away."""

from collections.abc import Sequence

from anyshelf.ground.money import prorate
from anyshelf.payments.model import CAPTURE, REFUND, Operation, Payment, Share


def refund_due(line_total_minor: int, *, quantity: int, already: int, now_returned: int) -> int:
    """What is due for the units of a line that come back now, after `already` of its `quantity` came back.

    Differences of one cumulative share: whatever the portions, they add up to the line's total to the cent.
    """
    if quantity < 1 or already < 0 or now_returned < 0 or already + now_returned > quantity:
        raise ValueError(f"{already} and {now_returned} of {quantity} units cannot come back")
    after = prorate(line_total_minor, part=already + now_returned, whole=quantity)
    return after - prorate(line_total_minor, part=already, whole=quantity)


def room(payment: Payment, kind: str) -> int:
    """How much of a payment an operation of this kind may still move, in minor units."""
    return payment.refundable_minor if kind == REFUND else payment.uncaptured_minor


def shared_out(payments: Sequence[Payment], kind: str, amount_minor: int) -> list[Share] | None:
    """An amount shared over an order's payments, None where they have too little room together.

    Captures fill the oldest payment first; refunds and voids begin with the newest, so that one payment is
    finished before another is touched.
    """
    shares: list[Share] = []
    left = amount_minor
    for payment in payments if kind == CAPTURE else reversed(payments):
        part = min(left, room(payment, kind))
        if part > 0:
            shares.append(Share(payment_id=payment.payment_id, amount_minor=part))
            left -= part
    return None if left else shares


def left_without_capture(payment: Payment, waiting: Sequence[Operation]) -> tuple[list[Operation], int]:
    """Of the waiting refunds, those that what was taken no longer covers, and how much of them it covers.

    Asked when a capture was declined: `payment` stands as it would without that capture, its refunds
    unchanged. The latest refunds fall first.
    """
    beyond = payment.refunded_minor - payment.captured_minor
    falling: list[Operation] = []
    for refund in reversed(waiting):
        if beyond <= 0:
            break
        falling.append(refund)
        beyond -= refund.amount_minor
    return falling, max(0, -beyond) if falling else 0
