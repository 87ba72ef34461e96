"""What speaks for or against each node in one decision, beside what is paid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from anyshelf.network import service as network
from anyshelf.network.model import Atlas, Zones
from anyshelf.sourcing.model import Destination, FloatArray, IntArray, Leanings, Plan, Policy, Way
from anyshelf.sourcing.service.shelves import Grounds

NEVER_DAYS: Final = 365.0
ONE_DAY: Final = timedelta(days=1)


def leanings_for(
    grounds: Grounds,
    way: Way,
    policy: Policy,
    *,
    barred: IntArray,
    loads: FloatArray | None,
    carrier: str,
    zones: Zones,
    now: datetime,
) -> Leanings:
    """What is known of the shelves, and what this policy asks besides: shops spared, days even, in time."""
    atlas, found = grounds.atlas, grounds.leanings
    if loads is not None and policy.load_minor:
        found = replace(found, load=np.minimum(loads, 1.0))
    if policy.store_unit_minor:
        found = replace(found, shops=network.remembered(atlas, "shops", lambda: _shops(atlas)))
    minds = policy.late_minor_per_day > 0 or policy.late_days_max is not None
    if way.wanted_by is not None and carrier and minds:
        able = np.flatnonzero((barred == 0) & (grounds.stock > 0).any(axis=1)).tolist()
        late = _late_days(atlas, able, way, way.wanted_by, carrier, zones, now)
        found = replace(found, late_days=late)
    return found


def loads_of(atlas: Atlas, way: Way, now: datetime) -> FloatArray | None:
    """How full each node is on the day on which this order would leave it; None where nothing is booked."""
    if not way.booked:
        return None
    loads = np.zeros(len(atlas.nodes))
    leaving: dict[tuple[object, ...], date | None] = {}
    for name, days in way.booked.items():
        place = atlas.index.get(name)
        if place is None:
            continue
        node = atlas.nodes[place]
        alike = (node.hours, node.timezone, node.cutoff, node.processing_minutes, node.country)
        if alike not in leaving:
            leaves = network.dispatch_at(atlas, name, now)
            leaving[alike] = leaves and leaves.astimezone(atlas.timezones[place]).date()
        day = leaving[alike]
        loads[place] = days.get(day, 0.0) if day else 0.0
    return loads if loads.any() else None


def _zone_at(atlas: Atlas, place: Destination | None) -> ZoneInfo:
    """The time zone of the address; UTC where nobody knows where it lies."""
    if place is None or place.lat is None or place.lon is None:
        return ZoneInfo("UTC")
    return network.timezone_near(atlas, place.lat, place.lon)


def _shops(atlas: Atlas) -> FloatArray:
    """1 where shoppers walk in."""
    shops: FloatArray = (atlas.kinds == "store").astype(np.float64)
    return shops


def _late_days(
    atlas: Atlas,
    able: Sequence[int],
    way: Way,
    wanted_by: datetime,
    carrier: str,
    zones: Zones,
    now: datetime,
) -> FloatArray | None:
    """How many days too late goods from each of these nodes would come, by its hours, cutoff and carrier.

    Nodes that keep the same hours in the same zone are asked once. None where all are in time.
    """
    late = np.zeros(len(atlas.nodes))
    known: dict[tuple[object, ...], float] = {}
    here = _zone_at(atlas, way.destination)
    for index in able:
        node, zone = atlas.nodes[index], int(zones[index])
        full = frozenset(day for day, share in way.booked.get(node.node, {}).items() if share >= 1)
        alike = (node.hours, node.timezone, node.cutoff, node.processing_minutes, node.country, zone, full)
        if alike not in known:
            leaves = network.dispatch_at(atlas, node.node, now, full=full)
            days = network.transit_days(atlas, carrier, zone)
            comes = (
                leaves
                and network.arrival(
                    atlas,
                    node=node.node,
                    dispatched_at=leaves,
                    service=carrier,
                    days=days,
                    destination_tz=here,
                ).latest
            )
            known[alike] = float(max(0, -((wanted_by - comes) // ONE_DAY))) if comes else NEVER_DAYS
        late[index] = known[alike]
    return late if late.any() else None


def chance_of(plan: Plan, grounds: Grounds) -> float:
    """How likely it is that every node of a plan takes its part on and finds all of it."""
    refusing, missing = grounds.leanings.refusing, grounds.leanings.missing
    if refusing is None or missing is None:
        return 1.0
    column = {ask.line: place for place, ask in enumerate(grounds.asks)}
    chance = 1.0
    for shipment in plan.shipments:
        node = grounds.atlas.index[shipment.node]
        chance *= 1 - float(refusing[node])
        for line in shipment.lines:
            chance *= 1 - float(missing[node, column[line.line]])
    return chance
