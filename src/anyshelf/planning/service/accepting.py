"""What is accepted without anybody looking, and trucks filled before it is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound, Shortage
from anyshelf.ground.ids import Id
from anyshelf.planning import rules, store
from anyshelf.planning.model import Automation, Run, Suggestion
from anyshelf.planning.service.deciding import accept
from anyshelf.planning.service.supplying import Book
from anyshelf.planning.store import running

BY_RULE = "rule"
GRAMS = 1000


def accept_by_rule(tx: Tx, market: str, new: Sequence[Suggestion], now: datetime) -> int:
    """Accept what a rule lets pass; what falls short meanwhile stays open for somebody to look at."""
    passes = {rule.kind: rule for rule in running.automation(tx, market)}
    known = catalogue.items(tx, market, sorted({each.item for each in new if each.kind in passes}))
    passing = [
        each.suggestion_id
        for each in new
        if each.kind in passes and _passes(each, passes[each.kind], known[each.item].cost_minor)
    ]
    return sum(_accepted(tx, market, suggestion_id, now) for suggestion_id in passing)


def _passes(suggestion: Suggestion, rule: Automation, cost_minor: int) -> bool:
    value = suggestion.quantity * cost_minor
    return suggestion.quantity <= rule.quantity_max and value <= rule.value_max_minor


def _accepted(tx: Tx, market: str, suggestion_id: Id, now: datetime) -> bool:
    try:
        accept(tx, market, suggestion_id, by=BY_RULE, now=now)
    except (NotFound, Shortage):  # never written, or raised before anything is
        return False
    return True


def with_trucks(tx: Tx, market: str, items: Sequence[str], nodes: Sequence[str]) -> set[str]:
    """The nodes that goods come to by a truck somebody has told the size of."""
    book = Book(running.supply(tx, market, items))
    return {node for node in nodes if book.said(node, "", lambda rule: rule.truck_kg)}


def send_trucks(tx: Tx, market: str, run: Run, now: datetime) -> int:
    """Fill the last truck of every way a run suggests something for; then accept what a rule lets pass.

    Only when all items are planned is it known what is in a truck. Returns how many were accepted.
    """
    book = Book(running.supply(tx, market, []))
    ways: dict[tuple[str, str], list[Suggestion]] = defaultdict(list)
    for each in store.of_run(tx, market, run.run_id, kind="replenish"):
        ways[each.from_node, each.node].append(each)
    after: list[Suggestion] = []
    for (_, node), carried in ways.items():
        truck_kg = book.said(node, "", lambda rule: rule.truck_kg)
        if truck_kg:
            after += _filled(carried, truck_kg)
    store.top_up(tx, market, after)
    return accept_by_rule(tx, market, after, now)


def _filled(carried: Sequence[Suggestion], truck_kg: int) -> list[Suggestion]:
    loads = [
        rules.Load(
            quantity=each.quantity, weight_g=each.figures["weight_g"], pack=each.figures["pack"],
            have=each.figures["free"] + each.figures["on_the_way"], daily=each.figures["daily"],
            room=each.figures["room"],
        )
        for each in carried
    ]  # fmt: skip
    units = rules.filled(loads, truck_kg * GRAMS)
    weight_kg = sum(load.weight_g * more for load, more in zip(loads, units, strict=True)) / GRAMS
    return [
        replace(
            each, quantity=more, proposed=more,
            reasons=[*each.reasons, _said(more - each.quantity, weight_kg, truck_kg)],
        )
        for each, more in zip(carried, units, strict=True)
    ]  # fmt: skip


def _said(more: int, weight_kg: float, truck_kg: int) -> str:
    said = f"{more} more to fill the truck" if more else "In a truck"
    trucks = max(1, -(-round(weight_kg * GRAMS) // (truck_kg * GRAMS)))
    return f"{said}: {weight_kg:,.0f} of {trucks * truck_kg:,} kg."
