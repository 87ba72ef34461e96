"""A world played day by day, order by order: shelves, picks, parcels, shoppers' minds, supply."""

from collections import defaultdict
from typing import Final

import numpy as np

from anyshelf.simulator.model import PICKUP, RESERVE, WALK_IN, Outage, Setting
from anyshelf.simulator.world.choosing import Chooser
from anyshelf.simulator.world.counters import Counters
from anyshelf.simulator.world.dating import LATE_DAYS_MAX, Dates
from anyshelf.simulator.world.demand import Day, Demand
from anyshelf.simulator.world.shelves import Shelves
from anyshelf.simulator.world.stage import Ints, Stage
from anyshelf.simulator.world.supply import PLANNING, Supply
from anyshelf.simulator.world.tally import DAYS_TOLD, Tally, count_parcels
from anyshelf.simulator.world.valuing import PRICED_EVERY, Worth
from anyshelf.sourcing.model import LEAVE_ROOM, POLICIES, Field
from anyshelf.sourcing.rules.costs import half_up

PATIENCE, SWITCH, CARRIER, RETURN_DAY = range(4)
SUBSTITUTE, FIND, FIND_AGAIN, GIVE_BACK = range(4)
RETURN_DAYS: Final = (4, 18)
KEPT_DAYS: Final = 2
"""What is kept for a shopper who does not come is back on the shelf after so many days."""
PUT_AWAY_MINOR: Final = 60
RETURN_FREIGHT_MINOR: Final = 550
COUNTER_MINOR: Final = 60
COUNT_DAYS: Final = 3

Line = tuple[int, int, int]
"""The place of a line in its day, its item, and how many units."""
Plan = list[tuple[int, int, int]]
"""Who serves what: a node, the row of a line, units."""


class World:
    """Shelves as the books show them and as they are, what is on its way, and who is served how."""

    def __init__(self, stage: Stage, setting: Setting, level: Ints, replication: int = 0) -> None:
        self.stage, self.setting, self.replication = stage, setting, replication
        self.shelves = Shelves(stage, setting, level, replication)
        self.level, self.book = self.shelves.level, self.shelves.book
        self.real, self.free, self.move = self.shelves.real, self.shelves.free, self.shelves.move
        self.supply = Supply(stage, setting, self.shelves, replication)
        self.dates = Dates(stage, setting)
        self.counters = Counters(setting, self.dates, replication)
        self.tally = Tally()
        self.keeps_plans = False
        find = np.where(stage.is_store, setting.find_store, setting.find_dc)
        find[stage.atlas.kinds == "vendor"] = setting.find_vendor
        self._find: list[float] = find.tolist()
        kinds = frozenset(setting.online_from)
        self._who = stage.who(kinds)
        priced = setting.policy == LEAVE_ROOM.name
        self.worth = Worth(stage, setting, replication, kinds) if priced else None
        self.chooser = Chooser(
            stage, POLICIES[setting.policy], kinds, self.free,
            missing=1.0 - find if setting.weigh_finds else None,
            worth=self.worth.minor if self.worth else None,
        )  # fmt: skip
        self.back: dict[int, list[Line]] = defaultdict(list)
        self._counts: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._price: list[int] = stage.goods.price_minor.tolist()
        self._cost: list[int] = stage.goods.cost_minor.tolist()
        self._grams: list[int] = stage.goods.weight_g.tolist()
        self._fields: dict[int, tuple[Field, list[int], list[float]]] = {}
        self._shut: frozenset[int] = frozenset()
        self._centre = int(np.argmin(stage.is_store))
        self._returns_to = setting.returns_to
        if setting.returns_to == "usual":
            self._returns_to = "sender" if setting.online_from == ("dc",) else "anywhere"
        self._counts_wants = setting.restock == PLANNING
        self._today = self._minute = 0
        self._luck: list[float] = []  # of the order that is served
        self._line_luck: list[list[float]] = []  # of all lines of the day
        self._served: Plan = []  # of the order that is served: node, item, units

    # A day

    def morning(self, number: int) -> None:
        """What arrives today is put away, what is shut today is shut, what is missing is ordered."""
        self.supply.arrive(number)
        self.dates.dawn(number)
        for node, item, many in self.back.pop(number, []):
            self.move(item, node, many)
        for item, node in self._counts.pop(number, []):
            self.shelves.count(item, node)
        self._shut = frozenset(
            self._node_of(outage) for outage in self.setting.outages
            if outage.day <= number < outage.day + outage.days
        )  # fmt: skip
        self.chooser.shut(self._shut)
        if self.setting.replenished and number % self.setting.review_days == 0:
            self.supply.order(number)
        if self.worth and number % PRICED_EVERY == 0:
            self.worth.renew(number, self.free)

    def _node_of(self, outage: Outage) -> int:
        index = self.stage.atlas.index
        kinds: list[str] = self.stage.atlas.kinds.tolist()
        return index[outage.node] if outage.node in index else kinds.index(outage.node)

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
            self._luck, self._minute = luck[order], minute[order]
            if way == WALK_IN:
                lines = self._walk_in(store[order], lines)
            elif way == PICKUP:
                lines = self._pickup(store[order], lines)
            elif way == RESERVE:
                lines = self._reserve(store[order], lines)
            if lines:
                self._send(place[order], lines, store[order])
            if self.keeps_plans:
                tally.kept_plans.append(tuple(sorted(self._served)))
                self._served.clear()
        came, waited = self.counters.serve(number)
        tally.fetched += came
        tally.waited += waited

    # What is sold, and comes back

    def _sell(self, item: int, units: int, instead_of: int | None = None) -> None:
        self.tally.sold_units += units
        self.tally.revenue += self._price[item] * units
        self.tally.goods_cost += self._cost[item] * units
        self.tally.lost -= self._price[item if instead_of is None else instead_of] * units

    def _take(self, item: int, node: int, units: int) -> None:
        """Units leave a shelf for a shopper."""
        self.move(item, node, -units)
        if self._counts_wants:
            self.supply.wanted[item, node] += units
        if self.keeps_plans:
            self._served.append((node, item, units))

    def _sold(self, line: Line, back_to: int, share: float, freight_minor: int = 0) -> None:
        """A line is sold; perhaps it comes back some days later, fit to be sold again or not."""
        at, item, units = line
        self._sell(item, units)
        luck = self._line_luck[at][GIVE_BACK]
        if luck >= share:
            return
        tally, (low, high) = self.tally, RETURN_DAYS
        tally.returned_units += units
        tally.revenue -= self._price[item] * units
        tally.goods_cost -= self._cost[item] * units
        tally.returns_cost += PUT_AWAY_MINOR * units + freight_minor
        if luck < share * self.setting.resale_share:
            day = self._today + low + int(self._luck[RETURN_DAY] * (high - low))
            self.back[day].append((back_to, item, units))
        else:
            tally.written_off += self._cost[item] * units

    def _returned(self, sender: int, home: int) -> tuple[int, float, int]:
        """Where a line that `sender` sent is returned to, how often, and for what freight."""
        to = self._returns_to
        if to == "anywhere":
            return home, self.setting.return_share_online, 0
        back_to = self._centre if to == "dc" and self.stage.is_store[sender] else sender
        return back_to, self.setting.return_share_online, RETURN_FREIGHT_MINOR

    # At a store

    def _walk_in(self, store: int, lines: list[Line]) -> list[Line]:
        """Take from the shelf what lies there; what does not is sent, or another thing taken, or lost."""
        left: list[Line] = []
        for at, item, units in lines:
            if self.shelves.has(item, store, units):
                self._take(item, store, units)
                self._sold((at, item, units), store, self.setting.return_share_walk_in)
            elif not self._substitute(at, item, units, store):
                left.append((at, item, units))
        return left if left and self.setting.endless_aisle and self._switches() else []

    def _substitute(self, at: int, item: int, units: int, store: int) -> bool:
        """Whether the shopper takes the thing beside it, which is there."""
        other = item ^ 1
        if self._line_luck[at][SUBSTITUTE] >= self.setting.substitute_share or other >= len(self._price):
            return False
        if not self.shelves.has(other, store, units):
            return False
        self._take(other, store, units)
        self._sell(other, units, instead_of=item)
        self.tally.substituted += 1
        return True

    def _switches(self) -> bool:
        """Whether the shopper takes another way."""
        if self._luck[SWITCH] >= self.setting.switch_share:
            return False
        self.tally.switched += 1
        return True

    def _pickup(self, store: int, lines: list[Line]) -> list[Line]:
        """Stage it at the shopper's store; what that has not is sent there, or to the shopper, or lost."""
        if not self.setting.pickup:
            return lines if self._switches() else []
        if self._holds_all(store, lines):
            lines = self._stage(store, lines)
        if lines and self.setting.ship_to_store:
            self._to_store(store, lines)
            return []
        return lines if lines and self._switches() else []

    def _to_store(self, store: int, lines: list[Line]) -> None:
        """Have sent to a store what can be had of these lines; perhaps it has all that itself."""
        counter = self.stage.counter(store)
        gone = set(self.chooser.short(counter, *self._columns(lines)).tolist())
        lines = [line for row, line in enumerate(lines) if row not in gone]
        if gone and lines and self._holds_all(store, lines):
            self._stage(store, lines)
        elif lines:
            self._send(counter, lines, store)

    def _holds_all(self, store: int, lines: list[Line]) -> bool:
        return store not in self._shut and all(self.free[item, store] >= units for _, item, units in lines)

    def _stage(self, store: int, lines: list[Line], *, paid: bool = True) -> list[Line]:
        """Pick lines and keep them at the counter; what was not found of them."""
        missing = []
        for line in lines:
            at, item, units = line
            if not self._picked(line, store, self._line_luck[at][FIND]):
                missing.append(line)
                continue
            self._take(item, store, units)
            if paid:
                self._sold(line, store, self.setting.return_share_online)
        picked = len(lines) - len(missing)
        self.tally.counter_handling += COUNTER_MINOR * picked
        if picked:
            self.counters.expect(self._today + self.dates.behind(store), store)
        return missing

    def _reserve(self, store: int, lines: list[Line]) -> list[Line]:
        """Keep what the store has, unpaid; who does not come leaves it, and did not want it after all."""
        if not self.setting.reserve or store in self._shut:
            return lines if self._switches() else []
        there = [line for line in lines if self.free[line[1], store] >= line[2]]
        missing = self._stage(store, there, paid=False)
        kept = [line for line in there if line not in missing]
        comes = self._luck[CARRIER] >= self.setting.no_show_share
        for line in kept:
            _, item, units = line
            self.tally.reserved += units
            if comes:
                self._sold(line, store, self.setting.return_share_walk_in)
                continue
            self.tally.not_fetched += units
            self.tally.wanted_units -= units
            self.tally.lost -= self._price[item] * units
            self.back[self._today + KEPT_DAYS].append((store, item, units))
        left = [line for line in lines if line not in kept]
        return left if left and self._switches() else []

    def _picked(self, line: Line, node: int, luck: float) -> bool:
        """Whether a picker finds a line on the shelf; where not, the books are corrected."""
        _, item, units = line
        self.tally.picks += 1
        if self.dates.limited:
            self.dates.takes(node, 1)
        if luck < self._find[node] and self.real[item, node] >= units:
            return True
        self.tally.missed += 1
        self.shelves.correct(item, node)
        self._counts[self._today + COUNT_DAYS].append((item, node))
        return False

    # What is sent

    def _send(self, place: int, lines: list[Line], home: int) -> None:
        """Choose nodes, promise a day, pick (and choose once more where a pick is missed), send."""
        plan, lines = self._plan(place, lines)
        if not plan:
            return
        transit = self._towards(place)[1]
        nodes = {node for node, _, _ in plan}
        promised = self.dates.promised(nodes, place, transit, self._today, self._minute)
        if promised > self.setting.patience_days * (0.5 + self._luck[PATIENCE]):
            self._too_late(lines, home)
            return
        found, missed = self._pick_all(plan, lines, FIND)
        again = 0
        if missed:
            second, missed = self._plan(place, missed)
            more, _ = self._pick_all(second, missed, FIND_AGAIN)
            found += more
            again = 1
        if found:
            self._dispatch(place, found, home, again, promised)

    def _too_late(self, lines: list[Line], home: int) -> None:
        """Who would have to wait too long fetches it instead, where the store has it; or leaves."""
        if self.setting.pickup and self._holds_all(home, lines) and self._switches():
            self._stage(home, lines)
            return
        self.tally.left += 1

    def _plan(self, place: int, lines: list[Line]) -> tuple[Plan, list[Line]]:
        """The product's choice for these lines, without those of which there is not enough anywhere."""
        self.tally.decisions += 1
        items, units = self._columns(lines)
        plan = self.chooser.choose(place, items, units)
        if plan is None:
            gone = set(self.chooser.short(place, items, units).tolist())
            lines = [line for row, line in enumerate(lines) if row not in gone]
            plan = self.chooser.choose(place, *self._columns(lines)) if lines else []
        return plan or [], lines

    @staticmethod
    def _columns(lines: list[Line]) -> tuple[Ints, Ints]:
        table = np.array(lines, dtype=np.int64)
        return table[:, 1], table[:, 2]

    def _pick_all(
        self, plan: Plan, lines: list[Line], which: int
    ) -> tuple[list[tuple[int, Line]], list[Line]]:
        """What is picked where, and what was not found."""
        found: list[tuple[int, Line]] = []
        missed: list[Line] = []
        for node, row, units in plan:
            at, item, _ = lines[row]
            line = (at, item, units)
            if self._picked(line, node, self._line_luck[at][which]):
                self._take(item, node, units)
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

    def _dispatch(
        self, place: int, found: list[tuple[int, Line]], home: int, again: int, promised: int
    ) -> None:  # fmt: skip
        """A parcel from each node; the carrier is late with some, the last one counts."""
        setting, tally = self.setting, self.tally
        field, transit, apart_km = self._towards(place)
        boxes: dict[int, list[int]] = {}
        for node, (at, item, units) in found:
            box = boxes.setdefault(node, [0, 0])
            box[0] += units
            box[1] += units * self._grams[item]
            self._sold((at, item, units), *self._returned(node, home))
        late = again
        if self._luck[CARRIER] < setting.late_share:
            late += 1 + int(self._luck[CARRIER] / setting.late_share * LATE_DAYS_MAX)
        days = 0
        for node in boxes:
            days = max(days, self.dates.comes(node, place, transit, self._today, self._minute, late))
        count_parcels(tally, boxes, field, apart_km)
        tally.sent += 1
        tally.parcels += len(boxes)
        tally.split += len(boxes) > 1
        tally.door_days += days
        tally.by_days[min(days, DAYS_TOLD - 1)] += 1
        tally.kept += days <= promised
        if place >= len(self.stage.places):
            tally.sent_to_store += 1
            tally.counter_handling += COUNTER_MINOR
            self.counters.expect(self._today + days, home)

    def close(self) -> Tally:
        """The end: what is left is counted, and marked down where a season ends with it."""
        units = self.real.sum(axis=1)
        self.tally.stock = float(units @ self.stage.goods.cost_minor)
        if not self.setting.replenished:
            price = self.stage.goods.price_minor
            self.tally.markdowns = half_up(float(units @ price) * self.setting.markdown_share)
        return self.tally


def play(world: World, demand: Demand) -> Tally:
    """Play a world to its end."""
    for number in range(world.setting.days):
        world.live(number, demand(number))
    return world.close()
