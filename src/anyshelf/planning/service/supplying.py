"""How goods reach each node and may be ordered there: from where, how soon, on which days, in what packs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Node
from anyshelf.planning.model import NO_LIMIT, Ints, SupplyRule, Terms

CENTRES = ("dc", "fc")
NOT_WITHIN_A_YEAR = 366
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ways:
    """For each node, as in Picture: the node that feeds it, lead and review in periods, waits in days."""

    source: Ints
    lead: Ints
    review: Ints
    waits: Ints
    truck_kg: Ints


class Book:
    """What is said of ordering, found by node and item: the closest row that says something counts."""

    def __init__(self, rules: Sequence[SupplyRule]) -> None:
        self._rules = {(rule.node, rule.item): rule for rule in rules}

    def said(self, node: str, item: str, what: Callable[[SupplyRule], Said | None]) -> Said | None:
        """Of this item at this node, else of the item, else of the node, else of everything."""
        for key in ((node, item), ("", item), (node, ""), ("", "")):
            rule = self._rules.get(key)
            if rule is not None and (found := what(rule)) is not None:
                return found
        return None


def ways_to(atlas: Atlas, shelves: Sequence[Node], terms: Terms, book: Book, today: date) -> Ways:
    """How goods reach each of these nodes."""
    key = ("feeding", terms.store_lead_days, terms.vendor_lead_days)
    source, days = network.remembered(atlas, key, lambda: _fed(atlas, shelves, terms))
    nodes = [node.node for node in shelves]
    told = [book.said(node, "", lambda rule: rule.lead_days) for node in nodes]
    days = np.array([known if one is None else one for one, known in zip(told, days.tolist(), strict=True)],
                    dtype=np.int64)  # fmt: skip
    waits, apart = _ordering_days(atlas, nodes, book, today)
    trucks = [book.said(node, "", lambda rule: rule.truck_kg) or 0 for node in nodes]
    return Ways(
        source=source, lead=-(-days // terms.period_days), waits=waits,
        review=np.maximum(1, -(-apart // terms.period_days)), truck_kg=np.array(trucks, dtype=np.int64),
    )  # fmt: skip


def _fed(atlas: Atlas, shelves: Sequence[Node], terms: Terms) -> tuple[Ints, Ints]:
    """Which node feeds each (none: vendors do), and how many days that takes.

    A store is fed by the centre whose transfer lane is quickest, else by the nearest centre.
    """
    centres = [place for place, node in enumerate(shelves) if node.kind in CENTRES]
    apart_km = {each: network.distances_km(atlas, shelves[each].lat, shelves[each].lon) for each in centres}
    source = np.full(len(shelves), -1, dtype=np.int64)
    days = np.full(len(shelves), terms.vendor_lead_days, dtype=np.int64)
    for place, node in enumerate(shelves):
        if node.kind in CENTRES or not centres:
            continue
        here = network.node_index(atlas, node.node)
        lanes = {each: _lane_days(atlas, shelves[each].node, node.node) for each in centres}
        source[place] = min(
            centres, key=lambda each: (lanes[each] is None, lanes[each] or 0, apart_km[each][here])
        )
        lane = lanes[int(source[place])]
        days[place] = terms.store_lead_days if lane is None else lane
    return source, days


def _lane_days(atlas: Atlas, origin: str, destination: str) -> int | None:
    lanes = network.lanes_between(atlas, origin, destination)
    return min((lane.transit_days for lane in lanes if lane.mode == "transfer"), default=None)


def _ordering_days(atlas: Atlas, nodes: Sequence[str], book: Book, today: date) -> tuple[Ints, Ints]:
    """For each node the days until it may order, and from that order to its next."""
    waits, apart = np.zeros(len(nodes), dtype=np.int64), np.ones(len(nodes), dtype=np.int64)
    for place, node in enumerate(nodes):
        on = book.said(node, "", lambda rule: rule.order_days)
        if on is not None:
            waits[place] = _until(atlas, node, on, today)
            after = today + timedelta(days=int(waits[place]) + 1)
            apart[place] = 1 + _until(atlas, node, on, after)
    return waits, apart


def _until(atlas: Atlas, node: str, on: str, day: date) -> int:
    found = network.days_until(atlas, node, on, day)
    return NOT_WITHIN_A_YEAR if found is None else found


def limits_of(pairs: Sequence[tuple[str, str]], book: Book) -> tuple[Ints, Ints, Ints]:
    """Pack, minimum and shelf of each (item, node)."""
    found = [
        (
            book.said(node, item, lambda rule: rule.pack) or 1,
            book.said(node, item, lambda rule: rule.minimum) or 0,
            _or_none(book.said(node, item, lambda rule: rule.shelf)),
        )
        for item, node in pairs
    ]
    table = np.array(found, dtype=np.int64).reshape(len(found), 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _or_none(shelf: int | None) -> int:
    return NO_LIMIT if shelf is None else shelf
