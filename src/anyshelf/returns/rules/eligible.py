"""What may come back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from anyshelf.catalogue.model import Item
from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn
from anyshelf.orders.model import Line, Order
from anyshelf.returns.model import OUR_FAULT, REASONS, Asked, Journey, Policy, ReturnLine

WITH_THE_SHOPPER = ("delivered", "handed_over")
NO_RETURN = frozenset({"no_return", "final_sale"})


def authorised(
    order: Order,
    asked: Sequence[Asked],
    promised: Mapping[int, int],
    journey: Journey,
    items: Mapping[str, Item],
    now: datetime,
    policy: Policy,
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
        _check_item(items.get(line.item), ask, field)
        lines[ask.line] = _authorised(line, ask, promised.get(ask.line, 0), journey, field)
    return tuple(lines.values())


def _check_item(item: Item | None, ask: Asked, field: str) -> None:
    """What is sold for good comes back only when the fault is ours."""
    if item is not None and NO_RETURN & set(item.flags) and ask.reason not in OUR_FAULT:
        raise OutOfTurn(
            f"{item.item} is sold for good and not taken back, unless the fault is ours; "
            "then give the reason that says so.",
            field=f"{field}.line",
            line=ask.line,
        )


def _authorised(line: Line, ask: Asked, promised: int, journey: Journey, field: str) -> ReturnLine:
    if ask.reason not in REASONS:
        raise Invalid(
            f"'{ask.reason}' is not a reason; there are {', '.join(REASONS)}.", field=f"{field}.reason"
        )
    if ask.quantity < 1:
        raise Invalid("At least one unit comes back.", field=f"{field}.quantity")
    eligible = line.in_state(*journey.units) - promised
    if ask.quantity > eligible:
        already = f", {promised} more are in other returns" if promised else ""
        raise Conflict(
            f"Line {line.line} has {max(eligible, 0)} units that may come back, not {ask.quantity}{already}.",
            field=f"{field}.quantity",
            line=line.line,
            eligible=max(eligible, 0),
        )
    return ReturnLine(line=line.line, item=line.item, quantity=ask.quantity, reason=ask.reason)


def on_the_way(order: Order, lines: Iterable[ReturnLine], promised: Mapping[int, int]) -> bool:
    """Whether units are to come back of which no carrier says that they ever arrived."""
    return any(
        back.quantity > line.in_state(*WITH_THE_SHOPPER) - promised.get(back.line, 0)
        for back in lines
        if (line := order.line(back.line)) is not None
    )


def undelivered(
    order: Order,
    sent: Iterable[tuple[int, int]],
    promised: Mapping[int, int],
    *,
    node: str,
    reason: str,
) -> tuple[ReturnLine, ...]:
    """The lines of a parcel on its way back to its node: of what it held, (line, quantity), what is not here.

    What other returns are to bring stays theirs.
    """
    held: dict[int, int] = {}
    for number, quantity in sent:
        held[number] = held.get(number, 0) + quantity
    lines = []
    for number, quantity in held.items():
        line = order.line(number)
        if line is None:
            continue
        free = line.in_state(*WITH_THE_SHOPPER, "dispatched") - promised.get(number, 0)
        coming = min(quantity, line.in_state("dispatched", node=node), free)
        if coming > 0:
            lines.append(ReturnLine(line=number, item=line.item, quantity=coming, reason=reason))
    return tuple(lines)
