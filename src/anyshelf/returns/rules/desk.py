"""At the desk: who takes back, whether it is what was allowed, how it looks, and what becomes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anyshelf.catalogue.model import Item
from anyshelf.ground.errors import Conflict, Invalid, OutOfTurn
from anyshelf.network.model import Node
from anyshelf.orders.model import Line, Order, Step
from anyshelf.returns.model import (
    GRADES,
    OUR_FAULT,
    Brought,
    Disposition,
    Journey,
    Part,
    Policy,
    Return,
    ReturnLine,
)

SELLS = frozenset({"store", "dark_store", "dc", "fc"})
TAKES_BACK = frozenset({"return", "returns"})
SEALED_ONLY = "sealed_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Where a unit is graded, and where it came from: all that decides what becomes of it."""

    kind: str
    sells: bool
    vendors_own: bool = False


def takes_back(node: Node) -> bool:
    """Whether goods may be brought back here: any open store, and any node with a returns desk."""
    return node.active and (node.kind == "store" or bool(TAKES_BACK & set(node.capabilities)))


def checked(known: Return, brought: Sequence[Brought], items: Mapping[str, Item]) -> None:
    """Raises Invalid naming the line that is not of this return, or of which more came than may."""
    if known.state == "cancelled":
        raise OutOfTurn("This return was cancelled; ask for a new one.", state=known.state)
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
        _check_condition(line, each, items.get(line.item), field)


def _check_condition(line: ReturnLine, brought: Brought, item: Item | None, field: str) -> None:
    opened = brought.grade in ("opened", "used")
    if item is not None and opened and SEALED_ONLY in item.flags and line.reason not in OUR_FAULT:
        raise OutOfTurn(
            f"{item.item} is taken back in its unopened packing only; give it back to the shopper.",
            field=f"{field}.grade",
            line=brought.line,
        )


def parts_back(order: Order, brought: Sequence[Brought], journey: Journey, *, meant_for: str) -> list[Part]:
    """What was brought, each unit with the node that once gave it out; raises Conflict for units not out."""
    left = {line.line: dict(line.spread) for line in order.lines}
    parts: list[Part] = []
    for each in brought:
        line = order.line(each.line)
        if each.grade == "missing" or line is None:
            parts.append(Part(line=each.line, quantity=each.quantity, grade=each.grade))
        else:
            parts += _out(line, left[each.line], each, journey, meant_for)
    return parts


def _out(
    line: Line, left: dict[tuple[str, str], int], brought: Brought, journey: Journey, meant_for: str
) -> list[Part]:
    """Takes the units from the likeliest states; a parcel that turned back is its own node's first."""
    parts, wanted = [], brought.quantity
    likely = sorted(
        (journey.units.index(state), journey.comes_to == "shipper" and node != meant_for, node, state)
        for state, node in left
        if state in journey.units
    )
    for _, _, node, state in likely:
        taken = min(left[state, node], wanted)
        if taken > 0:
            parts.append(
                Part(line=line.line, quantity=taken, grade=brought.grade, came_from=node, state=state)
            )
            left[state, node] -= taken
            wanted -= taken
    if wanted:
        raise Conflict(
            f"Line {line.line} has fewer units with the shopper than {brought.quantity}.", line=line.line
        )
    return parts


def steps_of(parts: Iterable[Part]) -> list[Step]:
    """The steps that make these units returned."""
    return [
        Step(line=part.line, node=part.came_from, before=part.state, after="returned", quantity=part.quantity)
        for part in parts
        if part.state
    ]


def disposition(
    grade: str, taken: Taken, *, unit_price_minor: int, charged: bool, policy: Policy
) -> Disposition:
    """What becomes of a unit of this grade at this place.

    What a vendor shipped is the vendor's, and lies apart until it goes back. As good as new goes on the
    shelf; where it does not sell it waits to be moved to where it does. What is worth it is
    repaired, the rest is destroyed; both lie apart until then.
    """
    if grade == "missing":
        return Disposition(name="none", bucket=None)
    if taken.vendors_own or charged:
        return Disposition(name="return_to_vendor", bucket="vendor" if taken.kind == "vendor" else "damaged")
    if grade in ("new", "opened"):
        return Disposition(name="restock" if taken.sells else "transfer", bucket="on_hand")
    if grade == "used":
        return Disposition(name="liquidate", bucket="damaged")
    worth_it = unit_price_minor >= policy.repaired_from_minor
    return Disposition(name="refurbish" if worth_it else "destroy", bucket="damaged")


def counted(known: Return, brought: Sequence[Brought], signals: Sequence[str]) -> Return:
    """The return after these units came, nothing of it paid yet, one version on."""
    lines = {line.line: line for line in known.lines}
    for each in brought:
        line = lines[each.line]
        missing = each.quantity if each.grade == "missing" else 0
        lines[each.line] = replace(
            line, received=line.received + each.quantity, missing=line.missing + missing
        )
    merged = tuple(dict.fromkeys([*known.signals, *signals]))
    return standing(replace(known, lines=tuple(lines.values()), version=known.version + 1, signals=merged))


def standing(known: Return) -> Return:
    """The return in the state its lines say: authorised, received, or settled once all came and is paid."""
    if known.state == "cancelled":
        return known
    if not any(line.outstanding for line in known.lines) and not known.waits:
        return replace(known, state="settled")
    came = any(line.received for line in known.lines)
    return replace(known, state="received" if came else "authorised")
