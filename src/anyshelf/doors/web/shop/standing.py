"""Where an order stands, as its shopper reads it: what comes together, and what may still be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anyshelf.orders.model import Line, Order

FETCHED = ("pickup", "reserve")
CHANGEABLE = ("open", "backordered", "sourced", "released")
NOT_LEFT = (*CHANGEABLE, "picked", "packed", "in_transit", "received", "staged")
WITH_SHOPPER = ("delivered", "handed_over", "dispatched")

STAGES: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]] = {
    "sent": (
        ("Ordered", ("open", "backordered", "sourced")),
        ("Being prepared", ("released", "picked", "packed")),
        ("On its way", ("dispatched",)),
        ("Delivered", ("delivered",)),
    ),
    "fetched": (
        ("Ordered", ("open", "backordered", "sourced")),
        ("Being prepared", ("released", "picked", "packed", "in_transit", "received")),
        ("Ready", ("staged",)),
        ("Collected", ("handed_over",)),
    ),
}
"""The stages of a way in a shopper's words, each with the states it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a way: passed, the one it is at, or still to come."""

    name: str
    done: bool
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of an order comes by one way: its lines, and the stage its slowest unit is at."""

    method: str
    node: str
    lines: Sequence[Line]
    stages: Sequence[Stage]
    over: str = ""

    @property
    def fetched(self) -> bool:
        """Whether the shopper comes for it."""
        return self.method in FETCHED

    @property
    def ready(self) -> bool:
        """Whether all of it that is still to be fetched stands ready."""
        return self.fetched and any(stage.now and stage.name == "Ready" for stage in self.stages)


def parts_of(order: Order) -> list[Part]:
    """An order by its ways, in the order of its lines."""
    ways: dict[tuple[str, str], list[Line]] = {}
    for line in order.lines:
        ways.setdefault((line.method, line.node if line.method in FETCHED else ""), []).append(line)
    return [_part(method, node, lines) for (method, node), lines in ways.items()]


def _part(method: str, node: str, lines: Sequence[Line]) -> Part:
    stages = STAGES["fetched" if method in FETCHED else "sent"]
    at = next((place for place, (_, states) in enumerate(stages) if _units(lines, states)), None)
    if at is None:
        gone = "Returned" if _units(lines, ("returned",)) else "Cancelled"
        return Part(method=method, node=node, lines=lines, stages=(), over=gone)
    last = at == len(stages) - 1
    shown = [
        Stage(name=name, done=place < at or last, now=place == at and not last)
        for place, (name, _) in enumerate(stages)
    ]
    return Part(method=method, node=node, lines=lines, stages=shown)


def _units(lines: Sequence[Line], states: Sequence[str]) -> int:
    return sum(line.in_state(*states) for line in lines)


def may_cancel(order: Order) -> bool:
    """Whether anything of it has not left yet."""
    return _units(order.lines, NOT_LEFT) > 0


def may_change(line: Line) -> int:
    """How many units of a line no hand has touched: only those may be fewer."""
    return line.in_state(*CHANGEABLE) if line.kit is None else 0


def may_return(order: Order, promised: Mapping[int, int]) -> list[tuple[Line, int]]:
    """The lines that may come back, with how many units of each: what other returns are to bring left out."""
    units = [(line, line.in_state(*WITH_SHOPPER) - promised.get(line.line, 0)) for line in order.lines]
    return [(line, left) for line, left in units if left > 0]
