"""The lines of an order gathered by item, and handed back to the lines: one item draws on one stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from anyshelf.sourcing.model import Ask, IntArray, PlannedLine, ShortLine


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basket:
    """The distinct items wanted, in the order of their names, whatever the order of the lines.

    `wanted` [items] units, `weight_g` [items] of one unit, `columns` [items] the first ask that names the
    item.
    """

    asks: tuple[Ask, ...]
    items: tuple[str, ...]
    wanted: IntArray
    weight_g: IntArray
    columns: IntArray


def gathered(asks: Sequence[Ask]) -> Basket:
    """One entry for each item, with the units of all its lines together."""
    wanted: dict[str, int] = {}
    first: dict[str, int] = {}
    for place, ask in enumerate(asks):
        first.setdefault(ask.item, place)
        wanted[ask.item] = wanted.get(ask.item, 0) + ask.quantity
    items = tuple(sorted(wanted))
    return Basket(
        asks=tuple(sorted(asks, key=lambda ask: ask.line)),
        items=items,
        wanted=np.array([wanted[item] for item in items], dtype=np.int64),
        weight_g=np.array([asks[first[item]].weight_g for item in items], dtype=np.int64),
        columns=np.array([first[item] for item in items], dtype=np.intp),
    )


def shortages(basket: Basket, available: IntArray) -> tuple[ShortLine, ...]:
    """Every line that falls short; where lines share an item, the earlier line is served first."""
    left = dict(zip(basket.items, available.tolist(), strict=True))
    short = []
    for ask in basket.asks:
        had = min(ask.quantity, left[ask.item])
        left[ask.item] -= had
        if had < ask.quantity:
            short.append(ShortLine(line=ask.line, item=ask.item, wanted=ask.quantity, available=had))
    return tuple(short)


def what_can_be_had(basket: Basket, short: Sequence[ShortLine]) -> Basket:
    """The same basket with short lines cut to what there is, and lines of which there is nothing left out."""
    had = {line.line: line.available for line in short}
    cut = [
        replace(ask, quantity=had.get(ask.line, ask.quantity))
        for ask in basket.asks
        if had.get(ask.line, ask.quantity)
    ]
    kept = gathered(cut)
    place = dict(zip(basket.items, basket.columns.tolist(), strict=True))
    return replace(kept, columns=np.array([place[item] for item in kept.items], dtype=np.intp))


def handed_back(basket: Basket, rooms: Mapping[str, dict[int, int]]) -> dict[int, list[PlannedLine]]:
    """The units each node gives of each item (`rooms`: item → node → units) as parts of lines, by node."""
    planned: dict[int, list[PlannedLine]] = {}
    if len(basket.asks) == len(basket.items) and all(len(nodes) == 1 for nodes in rooms.values()):
        for ask in basket.asks:  # nothing is cut, and nobody asks twice for the same: most orders
            (node,) = rooms[ask.item]
            planned.setdefault(node, []).append(
                PlannedLine(line=ask.line, item=ask.item, quantity=ask.quantity)
            )
        return planned
    for ask, node, quantity in portions(basket.asks, rooms):
        planned.setdefault(node, []).append(PlannedLine(line=ask.line, item=ask.item, quantity=quantity))
    for lines in planned.values():
        lines.sort(key=lambda line: line.line)
    return planned


def portions(asks: Sequence[Ask], rooms: Mapping[str, dict[int, int]]) -> list[tuple[Ask, int, int]]:
    """Which node gives how much to which line: lines that fit one node stay whole, the others are cut."""
    left = {item: dict(nodes) for item, nodes in rooms.items()}
    given: list[tuple[Ask, int, int]] = []
    to_cut: list[Ask] = []
    for ask in sorted(asks, key=lambda ask: (-ask.quantity, ask.line)):
        fits = [(room, node) for node, room in left[ask.item].items() if room >= ask.quantity]
        if fits:
            _, node = min(fits)
            left[ask.item][node] -= ask.quantity
            given.append((ask, node, ask.quantity))
        else:
            to_cut.append(ask)
    for ask in to_cut:
        given += cuts(ask, left[ask.item])
    return given


def cuts(ask: Ask, room: dict[int, int]) -> list[tuple[Ask, int, int]]:
    """One line cut over the nodes that still have room, the roomiest first; takes from `room`."""
    given, missing = [], ask.quantity
    for node in sorted(room, key=lambda node: (-room[node], node)):
        taken = min(missing, room[node])
        if taken:
            room[node] -= taken
            missing -= taken
            given.append((ask, node, taken))
    return given
