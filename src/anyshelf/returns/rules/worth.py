"""What comes back is worth, to the cent: shares of what was paid, never more than can be given back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from anyshelf.ground.money import prorate
from anyshelf.orders.model import Line, Order
from anyshelf.returns.model import Journey, Part, Policy, Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Units of a line that are to be paid back together."""

    line: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What all returns of an order have paid back so far: units by line, their reasons, and of shipping."""

    units: Mapping[int, int] = field(default_factory=dict)
    reasons: frozenset[str] = frozenset()
    shipping_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is paid back at one time: for each portion, and for shipping, in minor units."""

    lines: tuple[int, ...]
    shipping_minor: int

    @property
    def total_minor(self) -> int:
        """All of it."""
        return sum(self.lines) + self.shipping_minor


def portions_of(counted: Return, parts: Sequence[Part]) -> list[Portion]:
    """What is owed for a return, parted as it was brought; what came earlier and was not paid stands last.

    Of units paid before they came nothing is owed.
    """
    owing = {line.line: line.due for line in counted.lines}
    portions = []
    for part in parts:
        units = min(part.quantity, owing[part.line]) if part.grade != "missing" else 0
        owing[part.line] -= units
        portions.append(Portion(line=part.line, quantity=units))
    earlier = [Portion(line=line, quantity=units) for line, units in owing.items() if units]
    return portions + earlier


def owed(known: Return, *, before_receipt: bool) -> list[Portion]:
    """What a return is owed: for what came, or for what is still to come as well."""
    units = {line.line: line.payable if before_receipt else line.due for line in known.lines}
    return [Portion(line=line, quantity=quantity) for line, quantity in units.items() if quantity]


def amounts_due(order: Order, portions: Sequence[Portion], books: Books) -> list[int]:
    """What each portion is worth: differences of one cumulative share, so they add up to what was paid.

    Units sent in place of lost ones were paid with the line they replace.
    """
    already: dict[int, int] = {}
    for number, units in books.units.items():
        purse = _purse(order, number)
        if purse is not None:
            already[purse.line] = already.get(purse.line, 0) + units
    amounts = []
    for portion in portions:
        purse = _purse(order, portion.line)
        if purse is None:
            amounts.append(0)
            continue
        before = min(already.get(purse.line, 0), purse.quantity)
        after = min(before + portion.quantity, purse.quantity)
        already[purse.line] = after
        amounts.append(_share(purse, after) - _share(purse, before))
    return amounts


def _purse(order: Order, number: int) -> Line | None:
    """The line whose money a line's units were paid with."""
    line = order.line(number)
    while line is not None and line.replaces is not None:
        line = order.line(line.replaces)
    return line


def _share(line: Line, units: int) -> int:
    return prorate(line.paid_minor, part=units, whole=line.quantity)


def settlement(due: Sequence[int], *, shipping_minor: int, refundable_minor: int | None) -> Settlement:
    """What is paid back of what is due; never more than can be (None: paid elsewhere, no limit known)."""
    left = sum(due) + shipping_minor if refundable_minor is None else refundable_minor
    paid = []
    for minor in due:
        paid.append(min(minor, left))
        left -= paid[-1]
    return Settlement(lines=tuple(paid), shipping_minor=min(shipping_minor, left))


def shipping_due(
    order: Order,
    portions: Iterable[Portion],
    reasons: Iterable[str],
    journey: Journey,
    policy: Policy,
    books: Books,
) -> int:
    """What is left to refund of shipping, once every unit that ever left is paid back or never came.

    Every reason there was must be one we answer for, unless the journey pays it back whatever the reason.
    """
    units = dict(books.units)
    for portion in portions:
        units[portion.line] = units.get(portion.line, 0) + portion.quantity
    whole = any(units.values()) and all(
        units.get(line.line, 0) + line.in_state("cancelled", "lost") >= line.quantity for line in order.lines
    )
    ours = {*reasons, *books.reasons} <= policy.shipping_refunded_for
    return max(order.shipping_minor - books.shipping_minor, 0) if whole and (journey.shipping or ours) else 0


def paid_back(known: Return, portions: Sequence[Portion], money: Settlement) -> Return:
    """The return after these portions were paid."""
    lines = {line.line: line for line in known.lines}
    for portion, minor in zip(portions, money.lines, strict=True):
        line = lines[portion.line]
        lines[portion.line] = replace(
            line, paid=line.paid + portion.quantity, refund_minor=line.refund_minor + minor
        )
    return replace(
        known, lines=tuple(lines.values()), shipping_minor=known.shipping_minor + money.shipping_minor
    )
