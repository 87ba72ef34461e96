"""What the demo's carriers charge: invented round figures in the shape of a zoned parcel tariff."""

import math
from collections.abc import Iterator, Sequence

from anyshelf.ground.money import Money
from anyshelf.network.model import Node
from anyshelf.simulator.demo.goods import CURRENCY
from anyshelf.simulator.demo.places import KM_PER_DEGREE

WEIGHT_STEPS_G = (250, 500, 1000, 2000, 3000, 5000, 8000, 12000, 20000, 30000, 50000)
NEAREST_ZONE = 2
GROUND_DAYS = {2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5}
EXPRESS_DAYS = {2: 1, 3: 1, 4: 1, 5: 2, 6: 2, 7: 2, 8: 2}
EXPRESS_TIMES_GROUND = 3
TRUCK_KM_PER_DAY = 700
TRUCK_COST_RULE = "6.00 + 0.15/kg"


def rates() -> Iterator[tuple[str, int, int, Money, int]]:
    """Every service, zone and weight step, with its amount and its working days."""
    for service, times, days in (("ground", 1, GROUND_DAYS), ("express", EXPRESS_TIMES_GROUND, EXPRESS_DAYS)):
        for zone, transit_days in days.items():
            for weight_g in WEIGHT_STEPS_G:
                amount = Money(times * ground_minor(zone, weight_g), CURRENCY)
                yield service, zone, weight_g, amount, transit_days


def ground_minor(zone: int, weight_g: int) -> int:
    """What a ground parcel costs in cents: so much a parcel and a kilogram, both growing with the zone."""
    beyond, kg = zone - NEAREST_ZONE, weight_g / 1000
    return round((450 + 25 * beyond + (38 + 14 * beyond) * kg) / 5) * 5


def lanes(nodes: Sequence[Node]) -> Iterator[tuple[str, str, str, str, int, str]]:
    """The own trucks: from every store's nearest centre to the store."""
    centres = [node for node in nodes if node.kind == "dc"]
    for store in nodes:
        if store.kind == "store":
            apart_km, centre = min((_apart_km(centre, store), centre.node) for centre in centres)
            days = 1 + int(apart_km // TRUCK_KM_PER_DAY)
            yield centre, store.node, "transfer", "truck", days, TRUCK_COST_RULE


def _apart_km(one: Node, other: Node) -> float:
    """Roughly how far two places are apart, on a flat map: good enough for a truck's day."""
    shrink = math.cos(math.radians((one.lat + other.lat) / 2))
    return KM_PER_DEGREE * math.hypot(one.lat - other.lat, (one.lon - other.lon) * shrink)
