"""What shoppers want on a day, and the luck of each of their orders, the same for every variant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from anyshelf.simulator.model import PICKUP, RESERVE, SHIP, WALK_IN, Setting
from anyshelf.simulator.world.stage import Ints, Stage
from anyshelf.sourcing.model import FloatArray

STREAMS: Final = ("demand", "shoppers", "carriers", "stores", "returns", "vendors", "opening", "counters")
"""Luck of its own for each cause: what one variant uses more of does not shift what another meets."""

WEEKDAYS: Final = (0.9, 0.85, 0.9, 0.95, 1.1, 1.25, 1.05)
LINES_MORE_MAX: Final = 5
TWO_UNITS_SHARE: Final = 0.15
DAY_MINUTES: Final = 1440
HOURS: Final = {
    WALK_IN: np.repeat([0.0, 1.0, 0.0], [9, 12, 3]) + np.repeat([0.0, 0.6, 0.0], [16, 3, 5]),
    SHIP: np.repeat([0.3, 0.1, 0.8, 1.0, 1.6, 0.8], [1, 6, 3, 9, 4, 1]),
}
"""How busy each hour of the day is, in stores and online."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Day:
    """The orders of one day in the order of time, as arrays; lines of order n are `first[n]:first[n + 1]`.

    `luck` [orders, 4] and `line_luck` [lines, 4] are uniform draws: of the shopper's patience, of switching,
    of the carrier, of the day of a return; of substituting, of finding twice, of returning.
    """

    kind: Ints
    minute: Ints
    place: Ints
    store: Ints
    first: Ints
    item: Ints
    units: Ints
    luck: FloatArray
    line_luck: FloatArray


Demand = Callable[[int], Day]
"""The orders of a day, by its number."""


def stream(seed: int, replication: int, name: str, day: int) -> np.random.Generator:
    """The luck of one cause on one day of one replication."""
    return np.random.default_rng((seed, replication, STREAMS.index(name), day))


def invented(stage: Stage, setting: Setting, replication: int) -> Demand:
    """Demand by place, item, channel and hour, drawn from the setting's seed."""
    homes = np.cumsum([place.weight for place in stage.places])
    goods = np.cumsum(stage.goods.wanted)
    at_counter = setting.pickup_share + setting.reserve_share

    def day(number: int) -> Day:
        rng = stream(setting.seed, replication, "demand", number)
        count = int(rng.poisson(expected_orders(setting, number)))
        place = np.searchsorted(homes / homes[-1], rng.random(count), side="right")
        online = rng.random(count) >= setting.walk_in_share
        way = rng.random(count)
        fetched = np.where(way < setting.pickup_share, PICKUP, np.where(way < at_counter, RESERVE, SHIP))
        kind = np.where(online, fetched, WALK_IN)
        minute = _minutes(rng, kind)
        lines = 1 + np.minimum(rng.poisson(setting.lines_more, count), LINES_MORE_MAX)
        order = np.repeat(np.arange(count), lines)
        item = np.searchsorted(goods / goods[-1], rng.random(len(order)), side="right")
        units = 1 + (rng.random(len(order)) < TWO_UNITS_SHARE)
        place = place[(by_time := np.argsort(minute, kind="stable"))]
        return with_luck(
            kind=kind[by_time], minute=minute[by_time], place=place, store=stage.nearest[place],
            order=order, item=item, units=units, setting=setting, replication=replication, day=number,
        )  # fmt: skip

    return day


def expected_orders(setting: Setting, day: int) -> float:
    """How many orders a day may expect: by its weekday, and by the peaks it lies in."""
    times = WEEKDAYS[day % 7]
    for peak in setting.peaks:
        if peak.day <= day < peak.day + peak.days:
            times *= peak.times
    return setting.orders_per_day * times


def _minutes(rng: np.random.Generator, kind: Ints) -> Ints:
    hour = np.empty(len(kind), dtype=np.int64)
    draw = rng.random(len(kind))
    for channel, busy in HOURS.items():
        mine = (kind == WALK_IN) if channel == WALK_IN else (kind != WALK_IN)
        hour[mine] = np.searchsorted(np.cumsum(busy) / busy.sum(), draw[mine], side="right")
    minutes: Ints = hour * 60 + rng.integers(0, 60, len(kind))
    return minutes


def with_luck(  # noqa: PLR0913  the columns of a day
    *, kind: Ints, minute: Ints, place: Ints, store: Ints, order: Ints, item: Ints, units: Ints,
    setting: Setting, replication: int, day: int,
) -> Day:  # fmt: skip
    """A day with its luck, each item on one line of an order, in the order of items."""
    keys, first, lines = np.unique(order * (int(item.max(initial=0)) + 1) + item, return_index=True,
                                   return_inverse=True)  # fmt: skip
    summed = np.bincount(lines, weights=units, minlength=len(keys)).astype(np.int64)
    count = len(kind)
    per_order = np.bincount(order[first], minlength=count)
    parts = ("shoppers", "carriers", "stores", "returns")
    streams = {name: stream(setting.seed, replication, name, day) for name in parts}
    shoppers, carriers, stores, returns = (streams[name] for name in parts)
    luck = np.column_stack(
        [shoppers.random(count), shoppers.random(count), carriers.random(count), returns.random(count)]
    )
    line_luck = np.column_stack([
        shoppers.random(len(keys)), stores.random(len(keys)), stores.random(len(keys)),
        returns.random(len(keys)),
    ])  # fmt: skip
    return Day(
        kind=kind, minute=minute, place=place, store=store,
        first=np.concatenate(([0], np.cumsum(per_order))), item=item[first].astype(np.int64), units=summed,
        luck=luck, line_luck=line_luck,
    )  # fmt: skip
