"""When goods leave a node and come."""

from datetime import datetime
from zoneinfo import ZoneInfo

from anyshelf.network.model import (
    Arrival,
    Atlas,
)
from anyshelf.network.rules import calendar
from anyshelf.network.service.places import node_index
from anyshelf.network.service.ways import service


def next_open(atlas: Atlas, node: str, at: datetime) -> datetime | None:
    """The first moment from `at` on at which a node is open (`at` itself if it is); None if it never is."""
    place = node_index(atlas, node)
    return calendar.next_open(atlas.calendars[place], at, atlas.timezones[place])


def working_after(atlas: Atlas, node: str, start: datetime, minutes: int) -> datetime | None:
    """The moment by which a node has been open for so many minutes; None if it never opens."""
    place = node_index(atlas, node)
    return calendar.working_after(atlas.calendars[place], start, minutes, atlas.timezones[place])


def dispatch_at(atlas: Atlas, node: str, now: datetime) -> datetime | None:
    """The moment goods ordered now leave a node, by hours, cutoff and processing; None if it never opens."""
    place = node_index(atlas, node)
    found = atlas.nodes[place]
    return calendar.dispatch_at(
        atlas.calendars[place],
        cutoff=found.cutoff,
        processing_minutes=found.processing_minutes,
        now=now,
        tz=atlas.timezones[place],
    )


def _working_days(atlas: Atlas, code: str) -> frozenset[int]:
    return calendar.parse_days(service(atlas, code).working_days)


def arrival(
    atlas: Atlas, *, node: str, dispatched_at: datetime, service: str, days: int, destination_tz: ZoneInfo
) -> Arrival:
    """When goods that leave a node with a service come, after so many working days; raises NotFound."""
    working = _working_days(atlas, service)
    origin_tz = atlas.timezones[node_index(atlas, node)]
    return calendar.add_transit_days(
        dispatched_at, days, working_days=working, origin_tz=origin_tz, destination_tz=destination_tz
    )
