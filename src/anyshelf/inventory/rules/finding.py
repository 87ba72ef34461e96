"""How sure it is that what the books show is found: learned from picks, short picks, refusals and counts.

A share is never taken from one node's few cases alone: it is drawn towards the node's kind, and the kind's
towards the market's, the more so the less is known (beta-binomial shrinkage). How much nodes of one kind
differ is itself estimated (moments of the beta-binomial, Kleinman 1973). Where nothing has ever gone wrong
there is no doubt.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import numpy as np

from anyshelf.inventory.model import ANY_CLASS, Doubt, Finds

HALF_LIFE: Final = timedelta(days=30)
"""After so long a case counts half as much."""
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
CASES_OF_A_MARKET: Final = 100.0
"""A market is trusted wholly at first, as if so many cases had gone well."""
CASES_OF_A_KIND: Final = 50.0
CASES_OF_A_NODE: Final = 20.0
"""How many cases of its own a node or class needs to be believed as much as its group, while nobody knows how
much nodes differ."""
CASES_MIN: Final = 5.0
CASES_MAX: Final = 200.0
MEMBERS_MIN: Final = 5
"""With fewer nodes than this nobody can tell how much they differ."""
THOUSAND: Final = 1000

Cases: TypeAlias = tuple[float, float]
"""How many went wrong, of how many."""


def weight_at(at: datetime) -> float:
    """How much a case of this moment counts when it is written down: twice as much every half-life."""
    return float(2.0 ** ((at - BEGINNING) / HALF_LIFE))


def as_of(finds: Finds, now: datetime) -> Finds:
    """The evidence as it counts now: in cases of today."""
    each = weight_at(now)
    return Finds(
        node=finds.node,
        category=finds.category,
        found=finds.found / each,
        missed=finds.missed / each,
        taken=finds.taken / each,
        refused=finds.refused / each,
    )


def shrunk(cases: Cases, towards: float, strength: float) -> float:
    """The share that goes wrong: of these cases, and of `strength` more that went as in the group."""
    wrong, seen = cases
    return (wrong + strength * towards) / (seen + strength)


def strength_of(members: Sequence[Cases]) -> float:
    """How many cases a member needs to be believed as much as its group: few where members differ much."""
    counted = [each for each in members if each[1] > 0]
    wrong, seen = np.array(counted, dtype=np.float64).reshape(-1, 2).T
    share = wrong.sum() / seen.sum() if len(counted) >= MEMBERS_MIN else 0.0
    if not 0 < share < 1:
        return CASES_OF_A_NODE
    apart = float((seen * (wrong / seen - share) ** 2).sum()) / (share * (1 - share))
    part = 1 - seen / seen.sum()
    beyond_chance = float((part * np.maximum(seen - 1, 0)).sum())
    alike = (apart - float(part.sum())) / beyond_chance if beyond_chance > 0 else 0.0
    return float(np.clip(1 / alike - 1 if alike > 0 else CASES_MAX, CASES_MIN, CASES_MAX))


def learned(evidence: Iterable[Finds], kinds: Mapping[str, str], now: datetime) -> list[Doubt]:
    """What is to be doubted of every node, as a whole and for each class of goods it has evidence of.

    `kinds` is node → kind; evidence of a node it does not name is left out.
    """
    known = [as_of(each, now) for each in evidence if each.node in kinds]
    missing = _shares({(each.node, each.category): (each.missed, each.asked) for each in known}, kinds)
    refusing = _shares({(each.node, each.category): (each.refused, each.offered) for each in known}, kinds)
    return [
        Doubt(node=node, category=category, missing=_thousandths(missing[node, category]),
              refusing=_thousandths(refusing[node, category]))
        for node, category in sorted(missing)
    ]  # fmt: skip


def _shares(cases: Mapping[tuple[str, str], Cases], kinds: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """What goes wrong, from the market down to its kinds, nodes and their classes."""
    of_node = _summed(kinds, ((node, each) for (node, _), each in cases.items()))
    of_kind = _summed(set(kinds.values()), ((kinds[node], each) for node, each in of_node.items()))
    market = shrunk(_together(of_kind.values()), 0.0, CASES_OF_A_MARKET)
    shares: dict[tuple[str, str], float] = {}
    for kind, whole in of_kind.items():
        group = shrunk(whole, market, CASES_OF_A_KIND)
        members = {node: each for node, each in of_node.items() if kinds[node] == kind}
        strength = strength_of(list(members.values()))
        shares |= {(node, ANY_CLASS): shrunk(each, group, strength) for node, each in members.items()}
        for (node, category), (wrong, seen) in cases.items():
            if node in members:  # drawn towards the node's other classes: no case counts twice
                rest = (members[node][0] - wrong, members[node][1] - seen)
                shares[node, category] = shrunk((wrong, seen), shrunk(rest, group, strength), strength)
    return shares


def _summed(names: Iterable[str], cases: Iterable[tuple[str, Cases]]) -> dict[str, Cases]:
    sums: dict[str, list[Cases]] = defaultdict(list)
    for name, each in cases:
        sums[name].append(each)
    return {name: _together(sums[name]) for name in names}


def _together(cases: Iterable[Cases]) -> Cases:
    listed = list(cases)
    return sum(wrong for wrong, _ in listed), sum(seen for _, seen in listed)


def _thousandths(share: float) -> int:
    return min(THOUSAND, round(share * THOUSAND))
