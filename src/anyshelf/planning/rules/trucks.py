"""Filling the last truck: what goes anyway goes in a full one, as long as nothing lies too long for it."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What goes of an item on one way: units, and how many more might.

    `have`: what lies there or comes without it; `daily`: what sells there a day; `room`: at most so many
    units more.
    """

    quantity: int
    weight_g: int
    pack: int
    have: int
    daily: float
    room: int


def filled(loads: Sequence[Load], truck_g: int) -> list[int]:
    """The quantities with the last truck filled: pack by pack of what is soonest sold out, [loads].

    Nothing becomes less. What weighs nothing, or sells nothing, is not added to.
    """
    units = [load.quantity for load in loads]
    weight_g = sum(load.quantity * load.weight_g for load in loads)
    left_g = -weight_g % truck_g
    queue = [
        (_days(load, load.quantity), place) for place, load in enumerate(loads)
        if load.weight_g > 0 and load.daily > 0
    ]  # fmt: skip
    heapq.heapify(queue)
    while queue:
        _, place = heapq.heappop(queue)
        load = loads[place]
        fits = load.pack * load.weight_g <= left_g and units[place] + load.pack <= load.quantity + load.room
        if fits:
            units[place] += load.pack
            left_g -= load.pack * load.weight_g
            heapq.heappush(queue, (_days(load, units[place]), place))
    return units


def _days(load: Load, units: int) -> float:
    return (load.have + units) / load.daily
