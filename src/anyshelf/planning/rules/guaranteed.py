"""Safety stock on a tree of stages that keep what they promise: guaranteed service.

Graves and Willems (2000, with the erratum of 2003): a stage with inbound time `si` and own time T that
promises `s` must cover demand of si + T - s periods, bounded by factor times deviation times their root.
Each stage is taken off the tree when only one neighbour of it is left; what it and all behind it cost is a
table over the one service time it shares with that neighbour.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from anyshelf.ground.errors import Invalid
from anyshelf.planning.model import Placement, Stage

NEVER = math.inf
Table = list[tuple[float, tuple[int, int]]]
"""For a service time shared with a neighbour: the least cost, and the (inbound, promised) it comes with."""


@dataclass(slots=True, kw_only=True)
class _Tree:
    """The stages with their neighbours, and what was worked out of each so far."""

    stages: Mapping[str, Stage]
    serves: Mapping[str, list[str]]
    served_by: Mapping[str, list[str]]
    sd: Mapping[str, float]
    longest: int
    tables: dict[str, Table] = field(default_factory=dict)
    parent: dict[str, str] = field(default_factory=dict)

    def neighbours(self, stage: str) -> list[str]:
        """Whom it serves and who serves it."""
        return [*self.serves[stage], *self.served_by[stage]]


def placed(stages: Sequence[Stage], arcs: Sequence[tuple[str, str]]) -> Placement:
    """The promises of least holding cost on a tree; arcs are (supplier, customer).

    Raises Invalid when the stages are not one tree, or a stage cannot keep what it must promise.
    """
    tree = _tree(stages, arcs)
    order = _from_the_leaves(tree)
    for stage in order[:-1]:
        tree.tables[stage] = _table(tree, stage, downstream=tree.parent[stage] in tree.serves[stage])
    root = order[-1]
    cost, (inbound, promise) = min(_choices(tree, root), default=(NEVER, (0, 0)))
    if cost == NEVER:
        raise Invalid("No promises keep these service times: a stage takes longer than it may.")
    chosen = {root: (inbound, promise)}
    for stage in reversed(order[:-1]):
        chosen[stage] = _settled(tree, stage, chosen[tree.parent[stage]])
    safety = {name: _safety(tree, name, inbound, promise) for name, (inbound, promise) in chosen.items()}
    return Placement(promises={name: pair[1] for name, pair in chosen.items()}, safety=safety, cost=cost)


def _tree(stages: Sequence[Stage], arcs: Sequence[tuple[str, str]]) -> _Tree:
    known = {stage.stage: stage for stage in stages}
    if len(arcs) != len(known) - 1 or {end for arc in arcs for end in arc} - set(known):
        raise Invalid("Stages and arcs are not one tree.")
    serves = {name: [customer for supplier, customer in arcs if supplier == name] for name in known}
    served_by = {name: [supplier for supplier, customer in arcs if customer == name] for name in known}
    variance = {name: _variance(name, known, serves, frozenset()) for name in known}
    sd = {name: math.sqrt(value) for name, value in variance.items()}
    longest = max(_replenished(name, known, served_by) for name in known)
    return _Tree(stages=known, serves=serves, served_by=served_by, sd=sd, longest=longest)


def _replenished(name: str, known: Mapping[str, Stage], served_by: Mapping[str, list[str]]) -> int:
    """How long a stage takes when nobody before it keeps any stock."""
    before = [_replenished(supplier, known, served_by) for supplier in served_by[name]]
    return known[name].takes + max([known[name].promised_in, *before])


def _variance(
    name: str, known: Mapping[str, Stage], serves: Mapping[str, list[str]], seen: frozenset[str]
) -> float:
    if name in seen:
        raise Invalid("Stages and arcs are not one tree.")
    return known[name].demand_sd ** 2 + sum(
        _variance(customer, known, serves, seen | {name}) for customer in serves[name]
    )


def _from_the_leaves(tree: _Tree) -> list[str]:
    """The stages in an order in which each but the last has one neighbour left when its turn comes."""
    left = {name: set(tree.neighbours(name)) for name in tree.stages}
    order: list[str] = []
    waiting = [name for name, others in left.items() if len(others) <= 1]
    while waiting:
        name = waiting.pop()
        if name in order:
            continue
        order.append(name)
        for other in left[name]:
            tree.parent[name] = other
            left[other].discard(name)
            if len(left[other]) <= 1:
                waiting.append(other)
    if len(order) < len(tree.stages):
        raise Invalid("Stages and arcs are not one tree.")
    return order


def _safety(tree: _Tree, name: str, inbound: int, promise: int) -> float:
    stage = tree.stages[name]
    return stage.factor * tree.sd[name] * math.sqrt(inbound + stage.takes - promise)


def _choices(tree: _Tree, name: str) -> list[tuple[float, tuple[int, int]]]:
    """Every (inbound, promised) of a stage with the least cost of it and of all taken off behind it."""
    stage = tree.stages[name]
    latest = tree.longest if stage.promised_out is None else stage.promised_out
    suppliers = [tree.tables[each] for each in tree.served_by[name] if each in tree.tables]
    customers = [tree.tables[each][::-1] for each in tree.serves[name] if each in tree.tables]
    before, after = _behind(suppliers, tree.longest), _behind(customers, tree.longest)[::-1]
    return [
        (stage.holding * _safety(tree, name, inbound, promise) + before[inbound] + after[promise],
         (inbound, promise))
        for inbound in range(stage.promised_in, tree.longest + 1)
        for promise in range(min(inbound + stage.takes, latest, tree.longest) + 1)
    ]  # fmt: skip


def _behind(tables: Sequence[Table], longest: int) -> list[float]:
    """What the stages of these tables cost, each free to choose any service time up to here."""
    least = [list(accumulate((cost for cost, _ in table), min)) for table in tables]
    return [sum(each[time] for each in least) for time in range(longest + 1)]


def _table(tree: _Tree, name: str, *, downstream: bool) -> Table:
    """A stage's table over what it promises (its neighbour is its customer) or over what it is promised."""
    table: Table = [(NEVER, (0, 0))] * (tree.longest + 1)
    for cost, pair in _choices(tree, name):
        shared = pair[1] if downstream else pair[0]
        if shared <= tree.longest and cost < table[shared][0]:
            table[shared] = (cost, pair)
    return table


def _settled(tree: _Tree, name: str, parents: tuple[int, int]) -> tuple[int, int]:
    """What a stage promises and is promised, now that its neighbour's times are chosen."""
    table = tree.tables[name]
    if tree.parent[name] in tree.serves[name]:
        return min(table[: parents[0] + 1])[1]
    return min(table[parents[1] :])[1]
