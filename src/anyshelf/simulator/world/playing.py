"""A world played day by day, order by order: shelves, picks, parcels, shoppers' minds, supply."""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

import numpy as np

from anyshelf.simulator.model import PICKUP, WALK_IN, Outage, Setting
from anyshelf.simulator.rules import waits
from anyshelf.simulator.world.choosing import Chooser
from anyshelf.simulator.world.demand import Day, Demand, stream
from anyshelf.simulator.world.stage import Ints, Stage
from anyshelf.simulator.world.tally import Tally
from anyshelf.sourcing.model import POLICIES, Field
from anyshelf.sourcing.rules.costs import half_up, parcel_cost

CUTOFF_MINUTE: Final = 14 * 60
"""What is ordered later leaves the next day."""
PATIENCE, SWITCH, CARRIER, RETURN_DAY = range(4)
SUBSTITUTE, FIND, FIND_AGAIN, GIVE_BACK = range(4)
LATE_DAYS_MAX: Final = 4
RETURN_DAYS: Final = (4, 18)
PUT_AWAY_MINOR: Final = 60
RETURN_FREIGHT_MINOR: Final = 550
COUNTER_MINOR: Final = 60
VENDOR_LATE_DAYS: Final = 7
COUNT_DAYS: Final = 3
COUNTER_OPEN: Final = (9 * 60, 21 * 60)

Line = tuple[int, int, int]
"""The place of a line in its day, its item, and how many units."""
Told = Callable[[int], None]


class World:
    """Shelves as the books show them and as they are, and what is on its way."""

    def __init__(self, stage: Stage, setting: Setting, level: Ints, replication: int = 0) -> None:
        self.stage, self.setting, self.replication = stage, setting, replication
        self.level = level
        self.book: Ints = level.copy()
        self.real: Ints = self._with_phantoms()
        self.free = self.book  # what may be promised: the books, less what stores keep back
        if setting.holdback_units:
            self.free = self.book - np.where(stage.is_store, setting.holdback_units, 0)
        self.tally = Tally()
        self.keeps_plans = False
        find = np.where(stage.is_store, setting.find_store, setting.find_dc)
        self._find: list[float] = find.tolist()
        kinds = frozenset(setting.online_from)
        self._who = stage.who(kinds)
        self.chooser = Chooser(
            stage, POLICIES[setting.policy], kinds, self.free,
            missing=1.0 - find if setting.weigh_finds else None,
        )  # fmt: skip
        self._supply: dict[int, list[tuple[Ints, Ints, Ints]]] = defaultdict(list)
        self._back: dict[int, list[Line]] = defaultdict(list)
        self._counts: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._ordered = np.zeros_like(level)
        self._price: list[int] = stage.goods.price_minor.tolist()
        self._cost: list[int] = stage.goods.cost_minor.tolist()
        self._grams: list[int] = stage.goods.weight_g.tolist()
        self._fields: dict[int, tuple[Field, list[int], list[float]]] = {}
        self._fetched: list[int] = []
        self._today = 0
        self._luck: list[float] = []  # of the order that is served
        self._line_luck: list[list[float]] = []  # of all lines of the day

    def _with_phantoms(self) -> Ints:
        """What really lies there: some units of stores' books do not."""
        share = self.setting.phantom_share
        if not share:
            return self.level.copy()
        rng = stream(self.setting.seed, self.replication, "opening", 1)
        gone = rng.binomial(self.level, share) * self.stage.is_store
        real: Ints = self.level - gone
        return real

    def move(self, item: int, node: int, units: int) -> None:
        """Units come to a shelf, or leave it (negative), in the books and in truth."""
        self.book[item, node] += units
        self.real[item, node] += units
        if self.free is not self.book:
            self.free[item, node] += units

    def correct(self, item: int, node: int) -> None:
        """A picker found less than the books show: they say nothing lies there until the shelf is counted."""
        if self.free is not self.book:
            self.free[item, node] -= self.book[item, node]
        self.book[item, node] = 0
        self._counts[self._today + COUNT_DAYS].append((item, node))

    def count(self, item: int, node: int) -> None:
        """The books are set to what lies there."""
        if self.free is not self.book:
            self.free[item, node] += self.real[item, node] - self.book[item, node]
        self.book[item, node] = self.real[item, node]

    # A day

    def morning(self, number: int) -> None:
        """What arrives today is put away, what is shut today is shut, what is missing is ordered."""
        for items, nodes, units in self._supply.pop(number, []):
            for each in (self.book, self.real, *([self.free] if self.free is not self.book else [])):
                np.add.at(each, (items, nodes), units)
            np.subtract.at(self._ordered, (items, nodes), units)
        for node, item, many in self._back.pop(number, []):
            self.move(item, node, many)
        for item, node in self._counts.pop(number, []):
            self.count(item, node)
        self.chooser.shut(frozenset(
            self._node_of(outage) for outage in self.setting.outages
            if outage.day <= number < outage.day + outage.days
        ))  # fmt: skip
        if self.setting.replenished and number % self.setting.review_days == 0:
            self._order_up(number)

    def _node_of(self, outage: Outage) -> int:
        index = self.stage.atlas.index
        kinds: list[str] = self.stage.atlas.kinds.tolist()
        return index[outage.node] if outage.node in index else kinds.index(outage.node)

    def _order_up(self, number: int) -> None:
        """Order everything up to its level; the vendor is late with some of it."""
        missing = self.level - self.book - self._ordered
        items, nodes = np.nonzero(missing > 0)
        units = missing[items, nodes]
        rng = stream(self.setting.seed, self.replication, "vendors", number)
        late = rng.random(missing.shape)[items, nodes] < self.setting.vendor_late_share
        self._ordered[items, nodes] += units
        for part, days in ((~late, 0), (late, VENDOR_LATE_DAYS)):
            due = number + self.setting.lead_days + days
            self._supply[due].append((items[part], nodes[part], units[part]))

    def live(self, number: int, day: Day) -> None:
        """Serve the orders of a day, one after the other."""
        self.morning(number)
        kind, first = day.kind.tolist(), day.first.tolist()
        item, units, minute = day.item.tolist(), day.units.tolist(), day.minute.tolist()
        place, store = day.place.tolist(), day.store.tolist()
        luck, self._line_luck, self._today = day.luck.tolist(), day.line_luck.tolist(), number
        tally, price = self.tally, self._price
        tally.orders += len(kind)
        for order, way in enumerate(kind):
            lines = [(at, item[at], units[at]) for at in range(first[order], first[order + 1])]
            for _, wanted, many in lines:
                tally.wanted_units += many
                tally.lost += price[wanted] * many  # until it is sold
            self._luck = luck[order]
            if way == WALK_IN:
                lines = self._walk_in(store[order], lines)
            elif way == PICKUP:
                lines = self._pickup(store[order], lines)
            if lines:
                self._send(place[order], lines, minute[order])
        self._counters(number)

    def _sell(self, item: int, units: int, instead_of: int | None = None) -> None:
        self.tally.sold_units += units
        self.tally.revenue += self._price[item] * units
        self.tally.goods_cost += self._cost[item] * units
        self.tally.lost -= self._price[item if instead_of is None else instead_of] * units

    def _walk_in(self, store: int, lines: list[Line]) -> list[Line]:
        """Take from the shelf what lies there; what does not is sent, or another thing taken, or lost."""
        left: list[Line] = []
        for at, item, units in lines:
            if self.real[item, store] >= units and self.book[item, store] >= units:
                self.move(item, store, -units)
                self._sold((at, item, units), store, self.setting.return_share_walk_in)
            elif not self._substitute(at, item, units, store):
                left.append((at, item, units))
        if left and self.setting.endless_aisle and self._luck[SWITCH] < self.setting.switch_share:
            self.tally.switched += 1
            return left
        return []

    def _substitute(self, at: int, item: int, units: int, store: int) -> bool:
        """Whether the shopper takes the thing beside it, which is there."""
        other = item ^ 1
        if self._line_luck[at][SUBSTITUTE] >= self.setting.substitute_share or other >= len(self._price):
            return False
        if self.real[other, store] < units or self.book[other, store] < units:
            return False
        self.move(other, store, -units)
        self._sell(other, units, instead_of=item)
        self.tally.substituted += 1
        return True

    def _sold(self, line: Line, back_to: int, share: float, freight_minor: int = 0) -> None:
        """A line is sold; perhaps it comes back some days later."""
        at, item, units = line
        self._sell(item, units)
        if self._line_luck[at][GIVE_BACK] < share:
            low, high = RETURN_DAYS
            day = self._today + low + int(self._luck[RETURN_DAY] * (high - low))
            self._back[day].append((back_to, item, units))
            self.tally.returned_units += units
            self.tally.revenue -= self._price[item] * units
            self.tally.goods_cost -= self._cost[item] * units
            self.tally.returns_cost += PUT_AWAY_MINOR * units + freight_minor

    def _pickup(self, store: int, lines: list[Line]) -> list[Line]:
        """Stage it at the shopper's store, if it has all of it and finds it; else it may be sent."""
        setting = self.setting
        if setting.pickup and all(self.free[item, store] >= units for _, item, units in lines):
            missing = [
                line for line in lines if not self._picked(line, store, self._line_luck[line[0]][FIND])
            ]
            if not missing:
                for line in lines:
                    self.move(line[1], store, -line[2])
                    self._sold(line, store, setting.return_share_online)
                self.tally.counter_handling += COUNTER_MINOR * len(lines)
                self._fetched.append(store)
                return []
        if self._luck[SWITCH] < setting.switch_share:
            self.tally.switched += 1
            return lines
        return []

    def _picked(self, line: Line, node: int, luck: float) -> bool:
        """Whether a picker finds a line on the shelf; where not, the books are corrected."""
        _, item, units = line
        self.tally.picks += 1
        if luck < self._find[node] and self.real[item, node] >= units:
            return True
        self.tally.missed += 1
        self.correct(item, node)
        return False

    # What is sent

    def _send(self, place: int, lines: list[Line], minute: int) -> None:
        """Choose nodes, promise a day, pick (and choose once more where a pick is missed), send."""
        plan, lines = self._plan(place, lines)
        if not plan:
            return
        transit = self._towards(place)[1]
        leaves = 1 if minute > CUTOFF_MINUTE else 0
        promised = leaves + max(transit[node] for node, _, _ in plan) + self.setting.slack_days
        if promised > self.setting.patience_days * (0.5 + self._luck[PATIENCE]):
            self.tally.left += 1
            return
        found, missed = self._pick_all(plan, lines, FIND)
        days = leaves
        if missed:
            again, missed = self._plan(place, missed)
            more, _ = self._pick_all(again, missed, FIND_AGAIN)
            found += more
            days += 1
        if found:
            self._dispatch(place, found, days, promised)

    def _plan(self, place: int, lines: list[Line]) -> tuple[list[tuple[int, int, int]], list[Line]]:
        """The product's choice for these lines, without those of which there is not enough anywhere."""
        self.tally.decisions += 1
        items, units = self._columns(lines)
        plan = self.chooser.choose(place, items, units)
        if plan is None:
            gone = set(self.chooser.short(items, units).tolist())
            lines = [line for row, line in enumerate(lines) if row not in gone]
            plan = self.chooser.choose(place, *self._columns(lines)) if lines else []
        if self.keeps_plans:
            self.tally.kept_plans.append(
                tuple(sorted((node, lines[row][1], units) for node, row, units in plan or ()))
            )
        return plan or [], lines

    @staticmethod
    def _columns(lines: list[Line]) -> tuple[Ints, Ints]:
        table = np.array(lines, dtype=np.int64)
        return table[:, 1], table[:, 2]

    def _pick_all(
        self, plan: list[tuple[int, int, int]], lines: list[Line], which: int
    ) -> tuple[list[tuple[int, Line]], list[Line]]:
        """What is picked where, and what was not found."""
        found: list[tuple[int, Line]] = []
        missed: list[Line] = []
        for node, row, units in plan:
            at, item, _ = lines[row]
            line = (at, item, units)
            if self._picked(line, node, self._line_luck[at][which]):
                self.move(item, node, -units)
                found.append((node, line))
            else:
                missed.append(line)
        return found, missed

    def _towards(self, place: int) -> tuple[Field, list[int], list[float]]:
        known = self._fields.get(place)
        if known is None:
            field = self.stage.field(place, self._who)
            known = (field, self.stage.transit(place).tolist(), field.distance_km.tolist())
            self._fields[place] = known
        return known

    def _dispatch(self, place: int, found: list[tuple[int, Line]], leaves: int, promised: int) -> None:
        """A parcel from each node; the carrier is late with some, the last one counts."""
        setting, tally = self.setting, self.tally
        field, transit, apart_km = self._towards(place)
        mailed, home = setting.online_from == ("dc",), int(self.stage.nearest[place])
        boxes: dict[int, list[int]] = {}
        for node, (at, item, units) in found:
            box = boxes.setdefault(node, [0, 0])
            box[0] += units
            box[1] += units * self._grams[item]
            back_to, freight = (node, RETURN_FREIGHT_MINOR) if mailed else (home, 0)
            self._sold((at, item, units), back_to, setting.return_share_online, freight)
        late = 0
        if self._luck[CARRIER] < setting.late_share:
            late = 1 + int(self._luck[CARRIER] / setting.late_share * LATE_DAYS_MAX)
        for node, (units, grams) in boxes.items():
            cost = parcel_cost(field, node, weight_g=grams, units=units, split_minor=0)
            tally.freight += cost.freight_minor
            tally.handling += cost.handling_minor
            tally.km += apart_km[node]
            tally.sent_from[node] = tally.sent_from.get(node, 0) + 1
            tally.tonne_km += apart_km[node] * grams / 1e6
        tally.sent += 1
        tally.parcels += len(boxes)
        tally.split += len(boxes) > 1
        days = leaves + max(transit[node] for node in boxes) + late
        tally.door_days += days
        tally.kept += days <= promised

    # The end of a day, and of the world

    def _counters(self, number: int) -> None:
        """Who fetches an order today waits until an associate is free."""
        if not self._fetched:
            return
        rng = stream(self.setting.seed, self.replication, "counters", number)
        for many in np.bincount(self._fetched)[np.unique(self._fetched)].tolist():
            comes = np.sort(rng.uniform(*COUNTER_OPEN, many))
            takes = rng.exponential(self.setting.counter_minutes, many)
            self.tally.waited += float(waits(comes, takes, self.setting.counters).sum())
        self.tally.fetched += len(self._fetched)
        self._fetched.clear()

    def close(self) -> Tally:
        """The end: what is left is counted, and marked down where a season ends with it."""
        units = self.real.sum(axis=1)
        self.tally.stock = float(units @ self.stage.goods.cost_minor)
        if not self.setting.replenished:
            price = self.stage.goods.price_minor
            self.tally.markdowns = half_up(float(units @ price) * self.setting.markdown_share)
        return self.tally


def play(world: World, demand: Demand, told: Told = lambda _: None) -> Tally:
    """Play a world to its end; `told` hears the orders of each day."""
    for number in range(world.setting.days):
        day = demand(number)
        world.live(number, day)
        told(len(day.kind))
    return world.close()
