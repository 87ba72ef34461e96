"""What a vendor's word does to a purchase order, an invoice or a feed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from anyshelf.ground.errors import Invalid, OutOfTurn
from anyshelf.ground.money import Money
from anyshelf.orders.model import Order, Step
from anyshelf.vendors.model import Answer, Feed, InvoiceLine, Notice, PurchaseLine, PurchaseOrder

GRACE_OF_A_DATE = timedelta(days=1)
"""How long after the vendor's own date backordered goods may still come."""
AHEAD_MAX = timedelta(minutes=5)
"""How far ahead of ours a vendor's clock may be."""
FAR_OFF = timedelta(days=730)
"""The furthest date a vendor may give for goods it does not have."""
LONG_AGO = timedelta(days=30)
"""How old word of what lies on a shelf, or of what left before it was asked for, may be."""
NAMED_MAX = 10
"""How many wrong items a refusal names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer comes to: the purchase order after it, what is newly rejected, what has a new date."""

    after: PurchaseOrder
    rejected: Mapping[int, int]
    dated: tuple[PurchaseLine, ...]


def come_to(po: PurchaseOrder) -> PurchaseOrder:
    """The purchase order in the state its lines brought it to."""
    if po.unanswered:
        state = "open"
    elif any(line.to_ship for line in po.lines):
        state = "acknowledged"
    elif any(line.shipped for line in po.lines):
        state = "shipped"
    else:
        state = "closed" if any(line.rejected for line in po.lines) else "cancelled"
    return replace(po, state=state)


def standing(line: PurchaseLine) -> str:
    """Where a line stands, in words: "2 accepted, 1 cancelled"."""
    words = ("unanswered", "accepted", "backordered", "rejected", "cancelled", "shipped")
    return ", ".join(f"{getattr(line, word)} {word}" for word in words if getattr(line, word)) or "nothing"


def once(numbers: Iterable[Any], *, named: str) -> None:
    """Raises Invalid when a line, or an item, is given twice."""
    seen = set()
    for place, number in enumerate(numbers):
        if number in seen:
            raise Invalid(f"{named.capitalize()} {number} is given twice.", field=f"lines.{place}.{named}")
        seen.add(number)


def _named(po: PurchaseOrder, number: int, place: int) -> PurchaseLine:
    line = po.line(number)
    if line is None:
        raise Invalid(f"This purchase order has no line {number}.", field=f"lines.{place}.line")
    return line


# What a vendor answers


def answered(po: PurchaseOrder, answers: Sequence[Answer], *, now: datetime) -> Answered:
    """The purchase order after an answer; raises Invalid or OutOfTurn naming the line that cannot be.

    An answer says how the line stands, all units together: said again it says nothing new, and a later one
    may turn what was backordered into accepted. What was rejected has gone elsewhere and stays rejected.
    """
    once((answer.line for answer in answers), named="line")
    lines = {line.line: line for line in po.lines}
    for place, answer in enumerate(answers):
        before = _named(po, answer.line, place)
        _check_answer(before, answer, place, now)
        lines[answer.line] = _line_answered(before, answer)
    after = come_to(replace(po, lines=tuple(lines.values())))
    pairs = zip(po.lines, after.lines, strict=True)
    dated = tuple(new for old, new in pairs if new.backordered and new.expected_at != old.expected_at)
    return Answered(after=after, rejected=_newly_rejected(po, after), dated=dated)


def _check_answer(line: PurchaseLine, answer: Answer, place: int, now: datetime) -> None:
    said = answer.accept + answer.backorder + (answer.reject or 0)
    field = f"lines.{place}"
    if not said:
        raise Invalid(f"Say how many of line {line.line} you accept, backorder or reject.", field=field)
    if said > line.quantity:
        raise Invalid(
            f"Line {line.line} is for {line.quantity}; this answers for {said}.", field=f"{field}.accept"
        )
    if answer.backorder and not (answer.expected_at and now < answer.expected_at <= now + FAR_OFF):
        raise Invalid(
            f"Say when the {answer.backorder} backordered of line {line.line} will be there: "
            f"a time to come, within {FAR_OFF.days} days.",
            field=f"{field}.backorder.expected_at",
        )
    rejected = line.rejected if answer.reject is None else answer.reject
    known = line.accepted + line.backordered + line.rejected
    told = answer.accept + answer.backorder + rejected
    if (
        rejected < line.rejected
        or answer.accept < line.shipped
        or not known <= told <= line.quantity - line.cancelled
    ):
        raise OutOfTurn(
            f"Line {line.line} stands at {standing(line)}: that can no longer be answered like this.",
            line=line.line,
        )


def _line_answered(line: PurchaseLine, answer: Answer) -> PurchaseLine:
    return replace(
        line,
        accepted=answer.accept,
        backordered=answer.backorder,
        expected_at=answer.expected_at if answer.backorder else None,
        rejected=line.rejected if answer.reject is None else answer.reject,
        reason=(answer.reason or line.reason) if answer.reject else line.reason,
    )


def silent(po: PurchaseOrder, *, reason: str) -> Answered:
    """The purchase order when time to answer is over: what was not answered is rejected."""
    lines = [
        replace(line, rejected=line.rejected + line.unanswered, reason=reason) if line.unanswered else line
        for line in po.lines
    ]
    return _given_up(po, lines)


def overdue(po: PurchaseOrder, *, now: datetime, reason: str) -> Answered:
    """The purchase order when a vendor's own date has passed: what it backordered until then is rejected."""
    lines = [
        replace(
            line, backordered=0, expected_at=None, rejected=line.rejected + line.backordered, reason=reason
        )
        if line.backordered and line.expected_at and line.expected_at + GRACE_OF_A_DATE <= now
        else line
        for line in po.lines
    ]
    return _given_up(po, lines)


def next_date(po: PurchaseOrder) -> datetime | None:
    """When what is backordered is looked at again: a day after the first date the vendor gave."""
    dates = [line.expected_at for line in po.lines if line.backordered and line.expected_at]
    return min(dates) + GRACE_OF_A_DATE if dates else None


def later_by(before: PurchaseOrder, dated: Sequence[PurchaseLine]) -> timedelta:
    """By how much new dates are later than what was last said: an earlier date, or when it was to ship."""
    known = [old.expected_at for line in dated if (old := before.line(line.line)) and old.expected_at]
    new = [line.expected_at for line in dated if line.expected_at]
    return max(new, default=before.ship_by) - max(known, default=before.ship_by)


def _given_up(po: PurchaseOrder, lines: Sequence[PurchaseLine]) -> Answered:
    after = come_to(replace(po, lines=tuple(lines)))
    return Answered(after=after, rejected=_newly_rejected(po, after), dated=())


def _newly_rejected(before: PurchaseOrder, after: PurchaseOrder) -> dict[int, int]:
    pairs = zip(before.lines, after.lines, strict=True)
    return {new.line: new.rejected - old.rejected for old, new in pairs if new.rejected > old.rejected}


def _without(line: PurchaseLine, quantity: int) -> PurchaseLine:
    """The line with so many units cancelled: first what is unanswered, then what is late, then the rest."""
    left = quantity - min(quantity, line.unanswered)
    late = min(left, line.backordered)
    return replace(
        line,
        backordered=line.backordered - late,
        accepted=line.accepted - (left - late),
        expected_at=line.expected_at if line.backordered > late else None,
        cancelled=line.cancelled + quantity,
    )


def follow_order(pos: Sequence[PurchaseOrder], order: Order) -> list[PurchaseOrder]:
    """The unfinished purchase orders of one order at one node, without the units the order no longer wants.

    The order's own quantities are the truth; earlier purchase orders keep their units first.
    """
    wanted = {line.line: line.in_state("released", node=pos[0].node) for line in order.lines if pos}
    followed = []
    for po in pos:
        lines = []
        for line in po.lines:
            kept = min(line.to_ship, wanted.get(line.line, 0))
            wanted[line.line] = wanted.get(line.line, 0) - kept
            lines.append(_without(line, line.to_ship - kept))
        followed.append(come_to(replace(po, lines=tuple(lines))))
    return followed


# What a vendor ships


def shipped(po: PurchaseOrder, notice: Notice, *, now: datetime) -> PurchaseOrder:
    """The purchase order after an advance ship notice; what nobody had accepted is accepted by shipping it.

    Raises Invalid for more than was ever asked, OutOfTurn for what was rejected, cancelled or sent before.
    """
    if notice.shipped_at > now + AHEAD_MAX:
        raise Invalid("shipped_at lies ahead of us: tell of a parcel when it has left.", field="shipped_at")
    if notice.shipped_at < po.made_at - LONG_AGO:
        raise Invalid("shipped_at lies long before this was ordered.", field="shipped_at")
    lines = {line.line: line for line in po.lines}
    for place, (number, quantity) in enumerate(notice.lines.items()):
        lines[number] = _line_shipped(_named(po, number, place), quantity, place)
    return come_to(replace(po, lines=tuple(lines.values())))


def _line_shipped(line: PurchaseLine, quantity: int, place: int) -> PurchaseLine:
    if quantity > line.quantity:
        raise Invalid(
            f"Line {line.line} is for {line.quantity}; {quantity} cannot ship.",
            field=f"lines.{place}.quantity",
        )
    if quantity > line.to_ship:
        raise OutOfTurn(
            f"Line {line.line} has {line.to_ship} left to ship, not {quantity}; "
            f"it stands at {standing(line)}.",
            line=line.line,
        )
    beyond = max(0, quantity - (line.accepted - line.shipped))
    late = min(beyond, line.backordered)
    return replace(
        line,
        accepted=line.accepted + beyond,
        backordered=line.backordered - late,
        expected_at=line.expected_at if line.backordered > late else None,
        shipped=line.shipped + quantity,
    )


def steps(po: PurchaseOrder, quantities: Mapping[int, int]) -> list[Step]:
    """The steps of the order's units when these leave the vendor: to the shopper, or to a store of ours."""
    after = "in_transit" if po.to_node else "dispatched"
    return [
        Step(line=line, node=po.node, before="released", after=after, quantity=quantity, to_node=po.to_node)
        for line, quantity in quantities.items()
    ]


# What a vendor wants paid


def differences(
    po: PurchaseOrder, lines: Sequence[InvoiceLine], *, before: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Where an invoice asks for units that did not ship, or another cost than agreed.

    `before` is how many units of each line earlier invoices, those that matched, have asked for already.
    """
    once((line.line for line in lines), named="line")
    found: list[dict[str, Any]] = []
    for place, asked in enumerate(lines):
        line = _named(po, asked.line, place)
        due = max(0, line.shipped - before.get(line.line, 0))
        if asked.quantity > due:
            found.append(
                {"line": line.line, "field": "quantity", "invoiced": asked.quantity, "expected": due}
            )
        if asked.cost_minor != line.cost_minor:
            asks, agreed = (str(Money(minor, line.currency)) for minor in (asked.cost_minor, line.cost_minor))
            found.append({"line": line.line, "field": "unit_cost", "invoiced": asks, "expected": agreed})
    return found


# What a vendor has


def known_figures(feed: Feed, known: Iterable[str], *, now: datetime) -> dict[str, int]:
    """The figures of a feed for items we know; raises Invalid when most are not, or it is from tomorrow."""
    if feed.as_of > now + AHEAD_MAX:
        raise Invalid("as_of lies ahead of us: a feed tells what there was, not what will be.", field="as_of")
    if feed.as_of < now - LONG_AGO:
        raise Invalid(f"as_of is more than {LONG_AGO.days} days ago: look again, and tell us.", field="as_of")
    there = set(known)
    unknown = unknown_items(feed, there)
    if len(unknown) * 2 > len(feed.figures):
        named = ", ".join(unknown[:NAMED_MAX])
        raise Invalid(
            f"{len(unknown)} of {len(feed.figures)} items are unknown ({named}): "
            "the feed is set aside whole; correct the codes and send it again.",
            field="lines",
            unknown=unknown[:NAMED_MAX],
        )
    return {item: quantity for item, quantity in feed.figures.items() if item in there}


def unknown_items(feed: Feed, known: Iterable[str]) -> list[str]:
    """The items of a feed that nobody knows, in its order."""
    there = set(known)
    return [item for item in feed.figures if item not in there]


def less_shipped(figures: Mapping[str, int], shipped_since: Mapping[str, int]) -> dict[str, int]:
    """What is left of a feed's figures: what the vendor shipped for us after it looked is gone already."""
    return {item: max(0, quantity - shipped_since.get(item, 0)) for item, quantity in figures.items()}
