"""The network that promises, its shoppers, and what really happens to what it promised.

Nodes are a cut of the real chain's stores, the eight centres and three vendors. What happens is drawn from a
seed: each carrier is on time as often as was published of one like it (December 2025), more in some zones
than in others; each node leaves late, sets out slowly and does not find goods as often as it does; storms
keep back a region's parcels for a day; and in the time that is tested everybody is somewhat worse than in
the time that was learned from. Vendors are late as suppliers were in a public record of shipments.
"""

import csv
import gzip
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Database
from anyshelf.ground.ids import new_id
from anyshelf.ground.markets import open_market
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node, Rate, Service
from asking.world import MARKET, SHARED, the_world

ON_TIME = {"ground": 0.953, "saver": 0.941, "air": 0.972}
"""Published shares on time, December 2025: FedEx, USPS, UPS."""
WORSE_LATER = 1.25
"""By how much the odds of being late grow from the time that is learned from to the time that is tested."""
EARLY = 0.12
STORM = 0.015
REGIONS = 5
STOCK_SHARE = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How a node really is."""

    late: float
    short: float
    pace: float


@dataclass(slots=True, kw_only=True)
class Truth:
    """What really happens, drawn as it is asked for."""

    seed: int
    tested_from: datetime
    vendor_days: Sequence[int]
    draw: random.Random = field(init=False)
    tempers: dict[str, Temper] = field(default_factory=dict)
    zones: dict[tuple[str, int], float] = field(default_factory=dict)
    storms: dict[tuple[date, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)

    def temper(self, node: str) -> Temper:
        """How a node really is: drawn when it is first met."""
        if node not in self.tempers:
            late, short = self.draw.betavariate(1.2, 45), self.draw.betavariate(1.0, 70)
            self.tempers[node] = Temper(late=late, short=short, pace=self.draw.gauss(-0.25, 0.15))
        return self.tempers[node]

    def _worse(self, chance: float, at: datetime) -> float:
        odds = chance / (1 - chance) * (WORSE_LATER if at >= self.tested_from else 1.0)
        return odds / (1 + odds)

    def days_late_leaving(self, node: str, kind: str, at: datetime) -> int:
        """How many collections goods of a node miss."""
        if kind == "vendor":
            return self.draw.choice(self.vendor_days)
        return self._tail() if self.draw.random() < self._worse(self.temper(node).late, at) else 0

    def finds(self, node: str, at: datetime) -> bool:
        """Whether what the books show is on the shelf."""
        return self.draw.random() >= self._worse(self.temper(node).short, at)

    def work_minutes(self, node: str, minutes: int) -> int:
        """How long a node needs for what the books give so many minutes."""
        return max(1, round(minutes * math.exp(self.draw.gauss(self.temper(node).pace, 0.35))))

    def days_late(self, service: str, zone: int, lon: float, left_at: datetime) -> int:
        """How many working days a parcel is late; below 0 it is early."""
        if (service, zone) not in self.zones:
            self.zones[service, zone] = self.draw.gauss(0, 0.4)
        on_time = ON_TIME[service]
        odds = (1 - on_time) / on_time * math.exp(self.zones[service, zone])
        late = self._tail() if self.draw.random() < self._worse(odds / (1 + odds), left_at) else 0
        early = -1 if not late and zone > 3 and self.draw.random() < EARLY else 0  # noqa: PLR2004  next door
        return late + early + self._storm(left_at.date(), lon)

    def _storm(self, day: date, lon: float) -> int:
        region = int((lon + 125) / (60 / REGIONS))
        key = (day, region)
        if key not in self.storms:
            self.storms[key] = random.Random(f"{self.seed} {key}").random() < STORM
        return int(self.storms[key])

    def _tail(self) -> int:
        days = 1
        while self.draw.random() < 0.3 and days < 8:  # noqa: PLR2004  a day mostly, a week at most
            days += 1
        return days


def vendor_days() -> tuple[list[int], str]:
    """How late suppliers were who shipped directly, a week of theirs as a day, and whose they are."""
    file = SHARED / "usaid_scms" / "SCMS_Delivery_History_Dataset.csv.gz"
    if not file.is_file():
        return [0] * 88 + [1] * 8 + [2] * 3 + [3], "vendors' delays generated: usaid_scms is not here"
    with gzip.open(file, "rt", encoding="utf-8") as source:
        late = [
            (date.fromisoformat(row["Delivered to Client Date"])
             - date.fromisoformat(row["Scheduled Delivery Date"])).days
            for row in csv.DictReader(source)
            if row["Fulfill Via"] == "Direct Drop"
        ]  # fmt: skip
    weeks = [min(max(0, math.ceil(days / 7)), 10) for days in late]
    return weeks, "vendors' delays of usaid_scms, a week as a day"


def nodes(count: int) -> tuple[list[Node], Sequence[tuple[float, float, str]], str]:
    """So many stores, the centres and three vendors; the shoppers' addresses; and whose they are."""
    world = the_world()
    stores = [node for node in world.nodes if node.kind == "store"]
    chosen = [
        replace(
            node, capacity_per_day=12, processing_minutes=90,
            capabilities=("ship", "pickup", "reserve", "deliver") if place % 3 else ("ship", "pickup"),
        )
        for place, node in enumerate(stores[:: max(1, len(stores) // count)][:count])
    ]  # fmt: skip
    centres = [
        replace(node, hours="Mo-Sa 06:00-22:00; PH off", processing_minutes=180)
        for node in world.nodes
        if node.kind == "dc"
    ]
    vendors = [
        Node(node=f"V{place}", kind="vendor", name=f"Vendor {place}", lat=lat, lon=lon, country="US",
             timezone="America/Chicago", hours="Mo-Fr 08:00-17:00; PH off", processing_minutes=480,
             capabilities=("ship",))
        for place, (lat, lon) in enumerate(((35.1, -90.0), (40.4, -80.0), (39.1, -94.6)), 1)
    ]  # fmt: skip
    return chosen + centres + vendors, world.shoppers, world.data


def settle(
    database: Database, places: Sequence[Node], items: Sequence[str], seed: int, now: datetime
) -> None:
    """Write the network, and stock enough that nothing runs out."""
    draw = random.Random(seed)
    working = {"ground": "Mo-Sa; PH off", "saver": "Mo-Sa; PH off", "air": "Mo-Fr; PH off"}
    with database.transaction() as tx:
        open_market(tx, MARKET, currency="USD")
        network.save_channels(tx, MARKET, [Channel(channel="web", currency="USD")])
        network.save_nodes(tx, MARKET, places)
        network.save_services(
            tx, MARKET, [Service(service=name, working_days=days) for name, days in working.items()]
        )
        network.save_rates(tx, MARKET, _rates())
        catalogue.save_items(tx, MARKET, [_item(item, draw) for item in items])
        stock = [(node.node, item, 1_000_000) for node in places for item in _held(node, items, draw)]
        inventory.receive_opening(tx, MARKET, stock, cause=new_id(), now=now)


def _held(node: Node, items: Sequence[str], draw: random.Random) -> list[str]:
    if node.kind == "vendor":
        return [item for place, item in enumerate(items) if place % 8 == 0]
    return [item for place, item in enumerate(items) if place % 8 and draw.random() < STOCK_SHARE]


def _item(code: str, draw: random.Random) -> Item:
    price_minor, weight_g = draw.randrange(900, 9000), draw.randrange(200, 3000)
    return Item(item=code, name=code, currency="USD", price_minor=price_minor, weight_g=weight_g)


def _rates() -> list[Rate]:
    services = (("ground", 600, 60, None), ("saver", 520, 75, None), ("air", 2200, 60, 1))
    return [
        Rate(
            service=service, zone=zone, weight_g_max=step * 1000, transit_days=days or zone - 1,
            amount_minor=base + slope * zone + 40 * step,
        )
        for service, base, slope, days in services
        for zone in range(2, 9)
        for step in (1, 2, 5, 10, 30)
    ]  # fmt: skip
