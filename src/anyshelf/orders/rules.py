"""How lines move from state to state, and what that does to stock and money. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from anyshelf.ground.errors import Invalid, OutOfTurn
from anyshelf.ground.money import prorate
from anyshelf.inventory.model import Move
from anyshelf.orders.model import NOWHERE, STATES, Journey, Line, Order, Step

CANCELLABLE = ("open", "backordered", "sourced", "released", "picked", "packed", "staged")
PAID_FOR = ("dispatched", "delivered", "handed_over", "returned")
"""States in which the goods left us: their money is taken."""
RETURNABLE = ("dispatched", "delivered", "handed_over")
WITHOUT_NODE = ("open", "backordered", "cancelled")

_RESERVED = frozenset({"sourced"})
_ALLOCATED = frozenset({"released", "picked", "packed", "staged"})
_GONE = frozenset({"dispatched", "handed_over"})


def journey_for(journeys: Iterable[Journey], *, method: str, kind: str) -> Journey | None:
    """The journey that a line of this method takes from a node of this kind, or None."""
    return next((row for row in journeys if row.built and row.method == method and kind in row.kinds), None)


def may_source(journeys: Iterable[Journey], method: str) -> frozenset[str]:
    """The kinds of node that may serve a method; raises Invalid for a method nobody serves."""
    kinds = frozenset(kind for row in journeys if row.built and row.method == method for kind in row.kinds)
    if not kinds:
        offered = sorted({row.method for row in journeys if row.built})
        raise Invalid(f"'{method}' is not a method; there are {', '.join(offered)}.", field="method")
    return kinds


def legal(journey: Journey, before: str, after: str) -> bool:
    """Whether a unit on this journey may go from one state to the other."""
    if after == "cancelled":
        return before in CANCELLABLE
    if after == "returned":
        return before in RETURNABLE
    if after == "open":
        return before in _ALLOCATED | _RESERVED | {"backordered"}
    steps = journey.steps
    return before in steps and after in steps and steps.index(after) == steps.index(before) + 1


def moved(line: Line, step: Step) -> Line:
    """The line after a step; raises OutOfTurn when that quantity is not there to move."""
    source = (step.before, NOWHERE if step.before in WITHOUT_NODE else step.node)
    target = (step.after, NOWHERE if step.after in WITHOUT_NODE else step.node)
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
    moves: list[Move] = []
    for step in steps:
        claim = _claim(step.after)
        if claim != _claim(step.before):
            moves.append(_move(step, items, _claim(step.before), claim))
        if step.after in _GONE:
            moves.append(_move(step, items, "on_hand", "customer"))
        elif lost:
            moves.append(_move(step, items, "on_hand", "loss"))
    return moves


def _claim(state: str) -> str:
    return "reserved" if state in _RESERVED else "allocated" if state in _ALLOCATED else "free"


def _move(step: Step, items: dict[int, str], source: str, target: str) -> Move:
    return Move(
        item=items[step.line],
        node=step.node,
        from_bucket=source,
        to_bucket=target,
        quantity=step.quantity,
        reason="short_pick" if target == "loss" else step.after,
        line=step.line,
    )


def earned_minor(line: Line) -> int:
    """The money taken for a line so far: the share of its units that left us, exact to the cent."""
    return prorate(line.paid_minor, part=line.in_state(*PAID_FOR), whole=line.quantity)


def earned_in_all_minor(order: Order) -> int:
    """The money taken for an order so far; what shipping costs is taken with the first units that leave."""
    goods = sum(earned_minor(line) for line in order.lines)
    left = any(line.in_state(*PAID_FOR) for line in order.lines)
    return goods + (order.shipping_minor if left else 0)


def settled(order: Order) -> bool:
    """Whether nothing of the order can earn money any more."""
    return all(line.in_state(*CANCELLABLE) == 0 for line in order.lines)


def steps_to_cancel(line: Line, quantity: int) -> list[Step]:
    """The steps that cancel this many units, those least far along first."""
    steps: list[Step] = []
    for state in CANCELLABLE:
        for (at, node), there in sorted(line.spread.items()):
            if at == state and there and quantity:
                part = min(there, quantity)
                steps.append(Step(line=line.line, node=node, before=at, after="cancelled", quantity=part))
                quantity -= part
    return steps


def status_of(order: Order) -> str:
    """The order's status, derived from where its quantities stand."""
    sums: dict[str, int] = defaultdict(int)
    for line in order.lines:
        for state, quantity in by_state(line).items():
            sums[state] += quantity
    here = {state for state, quantity in sums.items() if quantity}
    if here == {"cancelled"}:
        return "cancelled"
    if here <= {"returned", "cancelled"}:
        return "returned"
    if here <= {"delivered", "handed_over", "returned", "cancelled"}:
        return "completed"
    return "held" if order.held else _under_way(here)


def _under_way(here: set[str]) -> str:
    stages = (
        ("placed", {"open", "sourced"}),
        ("backordered", {"backordered"}),
        ("in_work", {"released", "picked", "packed"}),
        ("ready", {"staged"}),
    )
    return next((name for name, states in stages if here & states), "dispatched")
