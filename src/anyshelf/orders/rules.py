"""How lines move from state to state, and what that does to stock and money. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce

from msgspec.structs import replace

from anyshelf.ground.errors import Invalid, OutOfTurn
from anyshelf.ground.money import prorate
from anyshelf.inventory.model import Move
from anyshelf.orders.model import NOWHERE, STATES, DraftLine, Journey, Line, Order, Step

CANCELLABLE = (
    "open", "backordered", "sourced", "released", "picked", "packed", "in_transit", "received", "staged",
)  # fmt: skip
PAID_FOR = ("dispatched", "delivered", "handed_over", "returned", "lost")
"""States in which the goods left us: their money is taken."""
RETURNABLE = ("dispatched", "delivered", "handed_over")
WITHOUT_NODE = ("open", "backordered", "cancelled", "lost")
CHANGEABLE = ("open", "backordered", "sourced", "released")
"""States in which no hand has touched the goods: the shopper may still change their mind."""

IN_WORK = ("released", "picked", "packed", "received", "staged")
"""States in which somebody at a node has the units on their list."""
DONE_BY_WORK = {
    "released": ("picked", "dispatched", "in_transit"),
    "picked": ("packed", "staged"),
    "packed": ("dispatched", "in_transit"),
    "received": ("staged",),
    "staged": ("handed_over",),
}
"""Where that work takes them; whatever else becomes of them takes work away."""

_RESERVED = frozenset({"sourced"})
_ALLOCATED = frozenset({"released", "picked", "packed", "received", "staged"})
_GONE = frozenset({"dispatched", "handed_over"})
_ON_ANY_JOURNEY = {
    "cancelled": frozenset(CANCELLABLE) | {"lost"},
    "returned": frozenset(RETURNABLE),
    "open": _ALLOCATED | _RESERVED | {"backordered", "in_transit"},
    "backordered": frozenset({"open"}) | _RESERVED | _ALLOCATED,
    "lost": frozenset({"dispatched"}),
}
"""From which states a unit may come to these, whatever its journey."""


def journey_for(journeys: Iterable[Journey], *, method: str, kind: str, chosen: bool) -> Journey | None:
    """The journey of a line of this method from a node of this kind, the chosen one or another; or None."""
    return next(
        (
            row
            for row in journeys
            if row.method == method and kind in row.kinds and row.chosen in (None, chosen)
        ),
        None,
    )


def journeys_of(journeys: Iterable[Journey], line: Line, *, node: str, kind: str) -> list[Journey]:
    """The journeys a unit of this line may be on, given the node it is at.

    At the node the shopper chose it may have come from any other; at no node it may be on any.
    """
    rows = [row for row in journeys if row.method == line.method]
    if not node or node == line.node:
        return rows
    return [row for row in rows if kind in row.kinds and not row.chosen]


def may_source(journeys: Iterable[Journey], method: str) -> frozenset[str]:
    """The kinds of node that may serve a method; raises Invalid for a method nobody serves."""
    kinds = frozenset(kind for row in journeys if row.method == method for kind in row.kinds)
    if not kinds:
        offered = sorted({row.method for row in journeys})
        raise Invalid(f"'{method}' is not a method; there are {', '.join(offered)}.", field="method")
    return kinds


def first_of(journeys: Iterable[Journey], method: str) -> Journey:
    """The first row of a method, for what all its rows have in common; raises Invalid where there is none."""
    rows = list(journeys)
    may_source(rows, method)
    return next(row for row in rows if row.method == method)


def counters_of(journeys: Iterable[Journey], method: str) -> frozenset[str]:
    """The kinds of node a shopper may choose for a method; none where it does not matter what they choose."""
    return frozenset(kind for row in journeys if row.method == method and row.chosen for kind in row.kinds)


def fetched(journeys: Iterable[Journey], lines: Iterable[Line | DraftLine]) -> bool:
    """Whether anything of these lines is fetched at a counter, so that a code is needed."""
    methods = {row.method for row in journeys if "staged" in row.steps}
    return any(line.method in methods for line in lines)


def legal(journey: Journey, before: str, after: str) -> bool:
    """Whether a unit on this journey may go from one state to the other.

    At the till a shopper may take what was kept for them before anybody fetched it.
    """
    if after in _ON_ANY_JOURNEY:
        return before in _ON_ANY_JOURNEY[after]
    steps = journey.steps
    before = "open" if before == "backordered" else before
    if before not in steps or after not in steps:
        return False
    far = steps.index(after) - steps.index(before)
    return far == 1 or (far > 1 and after == "handed_over" and journey.unpaid)


def moved(line: Line, step: Step) -> Line:
    """The line after a step; raises OutOfTurn when that quantity is not there to move."""
    source = (step.before, NOWHERE if step.before in WITHOUT_NODE else step.node)
    target = (step.after, NOWHERE if step.after in WITHOUT_NODE else step.ends_at)
    there = line.spread.get(source, 0)
    if step.quantity < 1 or step.quantity > there:
        where = f" at {step.node}" if step.node else ""
        raise OutOfTurn(
            f"Line {line.line} has {there} {step.before}{where}, not {step.quantity}; "
            f"it stands at {standing(line)}.",
            line=line.line,
        )
    spread = dict(line.spread)
    spread[source] = there - step.quantity
    spread[target] = spread.get(target, 0) + step.quantity
    return replace(line, spread=spread)


def standing(line: Line) -> str:
    """Where a line stands, in words: "2 picked, 1 cancelled"."""
    sums = by_state(line)
    return ", ".join(f"{sums[state]} {state}" for state in STATES if sums[state]) or "nothing"


def by_state(line: Line) -> dict[str, int]:
    """How many units are in each state."""
    sums = dict.fromkeys(STATES, 0)
    for (state, _), quantity in line.spread.items():
        sums[state] += quantity
    return sums


def taken(order: Order, steps: Sequence[Step]) -> Order:
    """The order after these steps, one version on; raises OutOfTurn naming the first that cannot be."""
    lines = {line.line: line for line in order.lines}
    for step in steps:
        if step.line not in lines:
            raise Invalid(f"The order has no line {step.line}.", field="line")
        lines[step.line] = moved(lines[step.line], step)
    return replace(order, version=order.version + 1, lines=tuple(lines.values()))


def stock_moves(order: Order, steps: Sequence[Step], *, lost: bool = False) -> list[Move]:
    """What the steps do to the ledger: claims made, tied, given back; units that leave or are lost."""
    items = {line.line: line.item for line in order.lines}
    return [
        Move(
            item=items[step.line],
            node=node,
            from_bucket=source,
            to_bucket=target,
            quantity=step.quantity,
            reason=_reason(step, source, target),
            to_node=to_node,
            line=step.line,
        )
        for step in steps
        for source, target, node, to_node in [*_claimed(step), *_carried(step, lost=lost)]
    ]


def _reason(step: Step, source: str, target: str) -> str:
    if target != "loss":
        return step.after
    return "short_pick" if source == "on_hand" else "lost"


_Way = tuple[str, str, str, str]
"""Out of which bucket into which, at which node, and to which other node ("" for the same)."""


def _claimed(step: Step) -> list[_Way]:
    """What becomes of the claim on these units."""
    before, after = _claim(step.before), _claim(step.after)
    if before == after:
        return []
    return [(before, after, step.ends_at if before == "free" else step.node, "")]


def _carried(step: Step, *, lost: bool) -> list[_Way]:
    """What becomes of the units themselves."""
    if step.after == "in_transit":
        return [("on_hand", "in_transit", step.node, step.ends_at)]
    if step.before == "in_transit" and step.after == "received":
        return [("in_transit", "on_hand", step.node, "")]
    if step.after in _GONE:
        return [("on_hand", "customer", step.node, "")]
    if step.after == "lost":
        return [("customer", "loss", step.node, "")]
    if lost:
        return [("in_transit" if step.before == "in_transit" else "on_hand", "loss", step.node, "")]
    return []


def _claim(state: str) -> str:
    return "reserved" if state in _RESERVED else "allocated" if state in _ALLOCATED else "free"


def also_cancelled(order: Order, steps: Sequence[Step]) -> list[Step]:
    """What falls with the units these steps cancel.

    A kit is whole or not at all: its other parts go, as far as they have not left. A replacement that will
    not come gives back the money of the unit it was for.
    """
    gone: dict[int, int] = defaultdict(int)
    for step in steps:
        if step.after == "cancelled":
            gone[step.line] += step.quantity
    if not gone:
        return []
    return [
        more
        for line in order.lines
        for more in _falls_with(order, line, gone, reduce(moved, _of(line, steps), line))
        if more.quantity
    ]


def _of(line: Line, steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.line == line.line]


def _falls_with(order: Order, line: Line, gone: Mapping[int, int], after: Line) -> list[Step]:
    """What falls of a line; `after` is how it stands once the steps that were asked for are taken."""
    lost = sum(gone[each.line] for each in order.lines if each.replaces == line.line and each.line in gone)
    refunded = [
        Step(line=line.line, node=NOWHERE, before="lost", after="cancelled",
             quantity=min(lost, after.in_state("lost"))),
    ]  # fmt: skip
    broken = _kits_broken(order, line, gone)
    if not broken or line.kit_units is None:
        return refunded
    still = broken * line.kit_units - after.in_state("cancelled")
    return refunded + (steps_to_cancel(after, still) if still > 0 else [])


def _kits_broken(order: Order, line: Line, gone: Mapping[int, int]) -> int:
    """How many of the kits this line is part of lack a part by now."""
    if line.kit_line is None:
        return 0
    return max(
        -(-(mate.in_state("cancelled") + gone.get(mate.line, 0)) // mate.kit_units)
        for mate in order.lines
        if mate.kit_line == line.kit_line and mate.kit_units
    )


def earned_units(line: Line) -> int:
    """The units of a line whose money is taken: those that left us, or as early as its journey says."""
    if line.captured == "sourced":
        return line.quantity - line.in_state("cancelled")
    return line.in_state(*PAID_FOR, *(("staged",) if line.captured == "staged" else ()))


def earned_minor(line: Line) -> int:
    """The money taken for a line so far: the share of its units that are paid for, exact to the cent."""
    return prorate(line.paid_minor, part=earned_units(line), whole=line.quantity)


def earned_in_all_minor(order: Order) -> int:
    """The money taken for an order so far; what shipping costs is taken with the first units paid for."""
    goods = sum(earned_minor(line) for line in order.lines)
    return goods + (order.shipping_minor if _shipping_is_taken(order) else 0)


def _shipping_is_taken(order: Order) -> bool:
    """Whether something was paid for, even if that very thing was cancelled or lost since.

    What was given back could not be taken once more when the rest of the order leaves.
    """
    if any(earned_units(line) for line in order.lines):
        return True
    once = any(line.captured == "sourced" or line.replaces is not None for line in order.lines)
    return once and any(line.in_state("cancelled") < line.quantity for line in order.lines)


def kept_minor(order: Order) -> int:
    """What the units that left and did not come back cost; who kept nothing owes nothing for shipping either.

    Units that came back in place of lost ones count as those they replaced.
    """
    back: dict[int, int] = defaultdict(int)
    for line in order.lines:
        back[paid_with(order, line)] += line.in_state("returned")
    goods = [
        earned_minor(line) - prorate(line.paid_minor, part=min(back[line.line], line.quantity),
                                     whole=line.quantity)
        for line in order.lines
        if line.replaces is None
    ]  # fmt: skip
    kept = any(earned_units(line) > back[line.line] for line in order.lines if line.replaces is None)
    return sum(goods) + (order.shipping_minor if kept else 0)


def paid_with(order: Order, line: Line) -> int:
    """The number of the line whose money a line's units were paid with."""
    known: Line | None = line
    while known is not None and known.replaces is not None:
        line, known = known, order.line(known.replaces)
    return known.line if known else line.line


def to_pay_minor(order: Order, at_the_till: Collection[str] = ()) -> int:
    """What the order comes to if nothing more of it is cancelled, in minor units.

    Of lines whose method is paid `at_the_till` only what was paid there counts.
    """
    units = {
        line.line: earned_units(line)
        if line.method in at_the_till
        else line.quantity - line.in_state("cancelled")
        for line in order.lines
    }
    goods = sum(prorate(line.paid_minor, part=units[line.line], whole=line.quantity) for line in order.lines)
    return goods + (order.shipping_minor if any(units.values()) else 0)


def settled(order: Order) -> bool:
    """Whether nothing of the order can earn money any more."""
    return all(line.in_state(*CANCELLABLE) == 0 for line in order.lines)


def steps_to_cancel(line: Line, quantity: int, *, states: Sequence[str] = CANCELLABLE) -> list[Step]:
    """The steps that cancel this many units, those least far along first."""
    return steps_from(line, quantity, states=states, after="cancelled")


def steps_from(
    line: Line, quantity: int, *, states: Sequence[str], after: str, already: int = 0
) -> list[Step]:
    """The steps that bring this many units out of these states, in their order; fewer where fewer are there.

    The first units in that order that other steps have moved `already` are passed over.
    """
    steps: list[Step] = []
    for state in states:
        for (at, node), there in sorted(line.spread.items()):
            if at != state:
                continue
            passed = min(already, there)
            part = min(there - passed, quantity)
            already -= passed
            quantity -= part
            if part:
                steps.append(Step(line=line.line, node=node, before=at, after=after, quantity=part))
    return steps


def ready_at(order: Order, steps: Sequence[Step]) -> list[str]:
    """The counters at which, with these steps, all that is to be fetched there stands ready.

    `order` stands as it does after the steps.
    """
    staged = sorted({step.ends_at for step in steps if step.after == "staged"})
    on_the_way = ("open", "sourced", "released", "picked", "packed", "in_transit", "received")
    return [
        node
        for node in staged
        if not any(line.in_state(*on_the_way) for line in order.lines if line.node == node)
    ]


def status_of(order: Order) -> str:
    """The order's status, derived from where its quantities stand."""
    here = {state for line in order.lines for (state, _), quantity in line.spread.items() if quantity}
    if here == {"cancelled"}:
        return "cancelled"
    if here <= {"returned", "cancelled"}:
        return "returned"
    if here <= {"delivered", "handed_over", "returned", "cancelled", "lost"}:
        return "completed"
    return "held" if order.held else _under_way(here)


_STAGES = (
    ("placed", frozenset({"open", "sourced"})),
    ("backordered", frozenset({"backordered"})),
    ("in_work", frozenset({"released", "picked", "packed", "in_transit", "received"})),
    ("ready", frozenset({"staged"})),
)


def _under_way(here: set[str]) -> str:
    return next((name for name, states in _STAGES if here & states), "dispatched")
