"""What may come back, what becomes of it, and what it is worth to the cent. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn
from anyshelf.network.model import Node
from anyshelf.orders.model import Line, Order, Step
from anyshelf.returns.model import (
    GRADES,
    JOURNEYS,
    MAIL,
    REASONS,
    Asked,
    Brought,
    Disposition,
    Journey,
    Policy,
    Return,
    ReturnLine,
)

WITH_THE_SHOPPER = ("delivered", "handed_over")
SELLS = frozenset({"store", "dark_store", "dc", "fc"})
TAKES_BACK = frozenset({"return", "returns"})


def journey_to(at: str) -> Journey:
    """The journey that brings goods to a counter or by mail; raises Invalid for one not offered yet."""
    name = "mail_return" if at == MAIL else "boris"
    journey = next(row for row in JOURNEYS if row.name == name)
    if not journey.built:
        raise Invalid("Returns by mail are not offered yet; name the store it is brought to.", field="at")
    return journey


def takes_back(node: Node) -> bool:
    """Whether goods may be brought back here: any open store, and any node with a returns desk."""
    return node.active and (node.kind == "store" or bool(TAKES_BACK & set(node.capabilities)))


def authorised(
    order: Order, asked: Sequence[Asked], promised: Mapping[int, int], now: datetime, policy: Policy
) -> tuple[ReturnLine, ...]:
    """The lines of a return that may be; raises Invalid, OutOfTurn or Conflict naming what may not come back.

    `promised` is what other returns of the order may still bring, by line.
    """
    if now > order.placed_at + policy.window:
        raise OutOfTurn(
            f"This order is older than {policy.window.days} days; it is not taken back any more.",
            placed_at=order.placed_at.isoformat(),
        )
    lines: dict[int, ReturnLine] = {}
    for place, ask in enumerate(asked):
        field = f"lines.{place}"
        line = order.line(ask.line)
        if line is None:
            raise Invalid(f"The order has no line {ask.line}.", field=f"{field}.line")
        if ask.line in lines:
            raise Invalid(f"Line {ask.line} is given twice.", field=f"{field}.line")
        lines[ask.line] = _authorised(line, ask, promised.get(ask.line, 0), field)
    return tuple(lines.values())


def _authorised(line: Line, ask: Asked, promised: int, field: str) -> ReturnLine:
    if ask.reason not in REASONS:
        raise Invalid(
            f"'{ask.reason}' is not a reason; there are {', '.join(REASONS)}.", field=f"{field}.reason"
        )
    if ask.quantity < 1:
        raise Invalid("At least one unit comes back.", field=f"{field}.quantity")
    eligible = line.in_state(*WITH_THE_SHOPPER) - promised
    if ask.quantity > eligible:
        already = f", {promised} more are in other returns" if promised else ""
        raise Conflict(
            f"Line {line.line} has {max(eligible, 0)} units that may come back, not {ask.quantity}{already}.",
            field=f"{field}.quantity",
            line=line.line,
            eligible=max(eligible, 0),
        )
    return ReturnLine(line=line.line, item=line.item, quantity=ask.quantity, reason=ask.reason)


def checked(known: Return, brought: Sequence[Brought]) -> None:
    """Raises Invalid naming the line that is not of this return, or of which more came than may."""
    if known.state == "cancelled":
        raise OutOfTurn("This return was cancelled.", state=known.state)
    came: dict[int, int] = {}
    for place, each in enumerate(brought):
        field = f"lines.{place}"
        line = known.line(each.line)
        if line is None:
            raise Invalid(f"This return has no line {each.line}.", field=f"{field}.line")
        if each.grade not in GRADES:
            raise Invalid(
                f"'{each.grade}' is not a grade; there are {', '.join(GRADES)}.", field=f"{field}.grade"
            )
        came[each.line] = came.get(each.line, 0) + each.quantity
        if each.quantity < 1 or came[each.line] > line.outstanding:
            raise Conflict(
                f"Line {each.line} of this return has {line.outstanding} units still to come, "
                f"not {came[each.line]}.",
                field=f"{field}.quantity",
                line=each.line,
                outstanding=line.outstanding,
            )


def dispositions(order: Order, brought: Sequence[Brought], node: Node, policy: Policy) -> list[Disposition]:
    """What becomes of everything that was brought."""
    prices = {line.line: line.unit_price_minor for line in order.lines}
    return [
        disposition(each.grade, node, unit_price_minor=prices[each.line], policy=policy) for each in brought
    ]


def disposition(grade: str, node: Node, *, unit_price_minor: int, policy: Policy) -> Disposition:
    """What becomes of a unit of this grade at this node.

    As good as new goes back on the shelf; where nothing is sold it waits to be moved to where it is.
    What is worth it is repaired, the rest is destroyed; both lie apart until then.
    """
    if grade == "missing":
        return Disposition(name="none", bucket=None)
    if grade in ("new", "opened"):
        return Disposition(name="restock" if node.kind in SELLS else "transfer", bucket="on_hand")
    if grade == "used":
        return Disposition(name="liquidate", bucket="damaged")
    worth_it = unit_price_minor >= policy.repaired_from_minor
    return Disposition(name="refurbish" if worth_it else "destroy", bucket="damaged")


def steps_back(line: Line, quantity: int) -> list[Step]:
    """The steps that make so many units of a line returned; raises Conflict where the shopper has fewer."""
    steps: list[Step] = []
    left = quantity
    for (state, node), there in sorted(line.spread.items()):
        part = min(there, left)
        if state in WITH_THE_SHOPPER and part > 0:
            steps.append(Step(line=line.line, node=node, before=state, after="returned", quantity=part))
            left -= part
    if left:
        raise Conflict(f"Line {line.line} has fewer units with the shopper than {quantity}.", line=line.line)
    return steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one receipt pays back: for each line as brought, and for shipping, in minor units."""

    lines: tuple[int, ...]
    shipping_minor: int

    @property
    def total_minor(self) -> int:
        """All of it."""
        return sum(self.lines) + self.shipping_minor


def settlement(due: Sequence[int], *, shipping_minor: int, refundable_minor: int | None) -> Settlement:
    """What is paid back of what is due; never more than can be (None: paid elsewhere, no limit known)."""
    left = sum(due) + shipping_minor if refundable_minor is None else refundable_minor
    paid = []
    for minor in due:
        paid.append(min(minor, left))
        left -= paid[-1]
    return Settlement(lines=tuple(paid), shipping_minor=min(shipping_minor, left))


def shipping_due(order: Order, reasons: Sequence[str], policy: Policy) -> int:
    """What shipping cost, when the last unit that ever left is back and every reason is one we answer for.

    `order` stands as it does with these units returned.
    """
    everything = all(line.in_state("returned", "cancelled") == line.quantity for line in order.lines)
    return order.shipping_minor if everything and set(reasons) <= policy.shipping_refunded_for else 0


def after_receipt(known: Return, brought: Sequence[Brought], paid: Settlement) -> Return:
    """The return after these units came and were paid for."""
    lines = {line.line: line for line in known.lines}
    for each, refund_minor in zip(brought, paid.lines, strict=True):
        line = lines[each.line]
        lines[each.line] = replace(
            line, received=line.received + each.quantity, refund_minor=line.refund_minor + refund_minor
        )
    settled = all(line.outstanding == 0 for line in lines.values())
    return replace(
        known,
        lines=tuple(lines.values()),
        state="settled" if settled else "received",
        version=known.version + 1,
        shipping_minor=known.shipping_minor + paid.shipping_minor,
    )
