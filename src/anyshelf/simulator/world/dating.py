"""When goods leave a node and when they come, and what the shopper is promised."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.promising.model import LEAVING, TRANSIT, Habits, Known
from anyshelf.promising.rules import shipped
from anyshelf.simulator.model import Setting
from anyshelf.simulator.world.stage import Stage
from anyshelf.sourcing.model import Plan, Sourced, SourcedShipment, Trace

DATES: Final = "dates"
FIRST_DAY: Final = date(2026, 3, 2)
"""Day 0 of every world: a Monday, by whose calendar nodes are open."""
WEEK: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOUR_MINUTES: Final = 60
ASKED_MINUTES: Final = 30
"""Who asks within the same half hour is told the same date."""
NEVER_DAYS: Final = 60
LATE_DAYS_MAX: Final = 4
SEEN: Final = 10_000.0
"""So many parcels had been watched before the first day."""


class Dates:
    """Days until goods leave and come: by days and cutoffs, or as the product dates its promises.

    A node that has more to pick than it can in a day leaves the rest for the days after.
    """

    def __init__(self, stage: Stage, setting: Setting) -> None:
        self._stage, self._setting = stage, setting
        stores: list[bool] = stage.is_store.tolist()
        self._cutoff = [
            HOUR_MINUTES * (setting.store_cutoff if store else setting.dc_cutoff) for store in stores
        ]
        closed = [setting.store_closed if store else setting.dc_closed for store in stores]
        self._closed = [frozenset(WEEK.index(day) for day in days) for days in closed]
        self._capacity = [setting.store_capacity if store else setting.dc_capacity for store in stores]
        self.limited = any(self._capacity)
        self._plain = not (self.limited or setting.store_closed or setting.dc_closed)
        self._slack = setting.slack_days
        self._by_product = setting.promise == DATES
        self._habits = seen_of(stage, setting)
        self._waits = [0] * len(stores)
        self._today: list[int] = self._capacity
        self._told: dict[tuple[tuple[int, ...], int, int], int] = {}
        self._leaving: dict[tuple[int, int], datetime | None] = {}
        self._zones: dict[int, ZoneInfo] = {}

    def dawn(self, number: int) -> None:
        """A new day: what waited is picked, as far as today's people manage."""
        self._told.clear()
        self._leaving.clear()
        if not self.limited:
            return
        done = self._today
        self._waits = [max(0, waits - many) for waits, many in zip(self._waits, done, strict=True)]
        self._today = [
            round(capacity * self.more(place, number)) for place, capacity in enumerate(self._capacity)
        ]

    def more(self, node: int, number: int) -> float:
        """How many times as many people work at a node on a day."""
        kind = str(self._stage.atlas.kinds[node])
        times = 1.0
        for each in self._setting.staffing:
            if each.kind == kind and each.day <= number < each.day + each.days:
                times *= each.times
        return times

    def takes(self, node: int, lines: int) -> None:
        """A node whose days are limited has so many lines more to pick."""
        self._waits[node] += lines

    def behind(self, node: int) -> int:
        """How many whole days of work wait at a node."""
        return self._waits[node] // max(1, self._today[node]) if self._capacity[node] else 0

    def leaves(self, node: int, number: int, minute: int) -> int:
        """In how many days goods leave a node that are ordered now."""
        days = 1 if minute > self._cutoff[node] else 0
        if self._plain:
            return days
        days += self.behind(node)
        closed = self._closed[node]
        while (number + days) % len(WEEK) in closed:
            days += 1
        return days

    def promised(
        self, nodes: set[int], place: int, transit: list[int], number: int, minute: int
    ) -> int:  # fmt: skip
        """In how many days the last parcel is promised."""
        if self._by_product:
            return self._as_told(tuple(sorted(nodes)), place, number, minute)
        books = 0
        for node in nodes:
            books = max(books, self.leaves(node, number, minute) + transit[node])
        return books + self._slack

    def comes(self, node: int, place: int, transit: list[int], number: int, minute: int, late: int) -> int:
        """In how many days a parcel is there that its carrier brings so many days late."""
        if not self._by_product:
            return self.leaves(node, number, minute) + transit[node] + late
        leaves = self._leaves_at(node, place, number, minute)
        if leaves is None:
            return NEVER_DAYS
        there = network.arrival(
            self._stage.atlas, node=self._stage.atlas.nodes[node].node, dispatched_at=leaves,
            service=self._stage.service, days=transit[node] + late, destination_tz=self._zone(place),
        )  # fmt: skip
        return (there.day - _day(number)).days

    # As the product dates: hours, processing, cutoffs and holidays of each node, working days of the carrier

    def _as_told(self, nodes: tuple[int, ...], place: int, number: int, minute: int) -> int:
        key = (nodes, place, minute // ASKED_MINUTES)
        known = self._told.get(key)
        if known is None:
            known = self._told[key] = self._dated(nodes, place, number, minute)
        return known

    def _dated(self, nodes: tuple[int, ...], place: int, number: int, minute: int) -> int:
        atlas, where, zone = self._stage.atlas, self._stage.where(place), self._zone(place)
        zones = network.zones_to(atlas, where.postal_code, where.lat, where.lon)
        codes = [atlas.nodes[node].node for node in nodes]
        parcels = tuple(
            SourcedShipment(
                node=code, lines=(), zone=int(zones[node]), distance_km=0.0, weight_g=0, freight_minor=0,
                handling_minor=0, split_minor=0,
            )
            for node, code in zip(nodes, codes, strict=True)
        )  # fmt: skip
        now = _moment(number, minute, zone)
        sourced = Sourced(
            plan=NO_PLAN, service=self._stage.service, shipments=parcels, decided_at=now,
            explanation=lambda: NO_PLAN.trace,
        )  # fmt: skip
        full = {code: self._full(node, number) for node, code in zip(nodes, codes, strict=True)}
        known = Known(habits=self._habits, full=full)
        told = shipped(atlas, known, sourced, goods=Money(0, "USD"), now=now, destination_tz=zone)
        return NEVER_DAYS if told is None else (told.arrives_by.astimezone(zone).date() - _day(number)).days

    def _leaves_at(self, node: int, place: int, number: int, minute: int) -> datetime | None:
        key = (node, minute // ASKED_MINUTES)
        if key not in self._leaving:
            self._leaving[key] = network.dispatch_at(
                self._stage.atlas, self._stage.atlas.nodes[node].node,
                _moment(number, minute, self._zone(place)), full=self._full(node, number),
            )  # fmt: skip
        return self._leaving[key]

    def _full(self, node: int, number: int) -> frozenset[date]:
        """The days whose work is already there."""
        return frozenset(_day(number + ahead) for ahead in range(self.behind(node)))

    def _zone(self, place: int) -> ZoneInfo:
        known = self._zones.get(place)
        if known is None:
            where = self._stage.where(place)
            known = self._zones[place] = network.timezone_near(self._stage.atlas, where.lat, where.lon)
        return known


def seen_of(stage: Stage, setting: Setting) -> Habits:
    """What the product would have learned of this world's carriers and nodes, had it watched for long."""
    a_day_more = setting.late_share / LATE_DAYS_MAX
    late = dict.fromkeys(range(1, LATE_DAYS_MAX + 1), SEEN * a_day_more)
    kinds = sorted(set(stage.atlas.kinds.tolist()))
    return Habits(
        seen={
            (TRANSIT, stage.service, 0): {0: SEEN * (1.0 - setting.late_share), **late},
            **{(LEAVING, kind, 0): {0: SEEN} for kind in kinds},
        }
    )


NO_PLAN: Final = Plan(
    shipments=(), cost_minor=0, short=(), exact=True,
    trace=Trace(policy="", considered=0, chosen=(), chosen_minor=0, nodes=(), others={}),
)  # fmt: skip
"""A date rests on where parcels come from, not on why they do."""


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def _moment(number: int, minute: int, zone: ZoneInfo) -> datetime:
    """The moment of a minute of a day, on the wall of the shopper."""
    day = _day(number)
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return wall.astimezone(UTC)
