"""When goods leave a node and come."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from anyshelf.network.model import (
    Arrival,
    Atlas,
)
from anyshelf.network.rules import calendar
from anyshelf.network.service.places import node_index
from anyshelf.network.service.ways import service as service_named


def next_open(atlas: Atlas, node: str, at: datetime) -> datetime | None:
    """The first moment from `at` on at which a node is open (`at` itself if it is); None if it never is."""
    place = node_index(atlas, node)
    return calendar.next_open(atlas.calendars[place], at, atlas.timezones[place])


def working_after(atlas: Atlas, node: str, start: datetime, minutes: int) -> datetime | None:
    """The moment by which a node has been open for so many minutes; None if it never opens."""
    place = node_index(atlas, node)
    return calendar.working_after(atlas.calendars[place], start, minutes, atlas.timezones[place])


def open_after(atlas: Atlas, node: str, start: datetime, minutes: int) -> datetime | None:
    """The first moment at which a node is open, and has been for so many minutes; None if it never is."""
    place = node_index(atlas, node)
    return calendar.open_after(atlas.calendars[place], start, minutes, atlas.timezones[place])


def working_before(atlas: Atlas, node: str, end: datetime, minutes: int) -> datetime | None:
    """The last moment at which work of so many minutes must begin at a node to be done by `end`."""
    place = node_index(atlas, node)
    return calendar.working_before(atlas.calendars[place], end, minutes, atlas.timezones[place])


def working_between(atlas: Atlas, node: str, start: datetime, end: datetime) -> timedelta:
    """How long a node is open between two moments."""
    place = node_index(atlas, node)
    return calendar.working_between(atlas.calendars[place], start, end, atlas.timezones[place])


def open_on(atlas: Atlas, node: str, day: date) -> bool:
    """Whether a node opens at all on a local day."""
    return bool(calendar.spans_on(atlas.calendars[node_index(atlas, node)], day))


def days_until(atlas: Atlas, node: str, working_days: str, day: date) -> int | None:
    """How many days from a day on until one of these working days ("Tu,Th; PH off") of a node's country.

    0 where that day is one of them; None where none comes within a year.
    """
    week = calendar.parse_days(working_days)
    off = calendar.parse_days_off(working_days, atlas.nodes[node_index(atlas, node)].country)
    return calendar.days_until(day, week, off)


def dispatch_at(
    atlas: Atlas, node: str, now: datetime, *, full: frozenset[date] = calendar.NONE_FULL
) -> datetime | None:
    """The moment goods ordered now leave a node, by hours, cutoff and processing; None if it never opens.

    `full` are the node's local days on which it takes no more.
    """
    place = node_index(atlas, node)
    found = atlas.nodes[place]
    return calendar.dispatch_at(
        atlas.calendars[place],
        cutoff=found.cutoff,
        processing_minutes=found.processing_minutes,
        now=now,
        tz=atlas.timezones[place],
        full=full,
    )


def arrivals(
    atlas: Atlas, *, node: str, dispatched_at: datetime, service: str, destination_tz: ZoneInfo
) -> Callable[[int], Arrival]:
    """When goods that leave a node with a service come, by how many working days they take; raises NotFound.

    The carrier keeps the holidays of the node's country, where its working days speak of them.
    """
    place = node_index(atlas, node)
    working = service_named(atlas, service).working_days
    return partial(
        calendar.add_transit_days,
        dispatched_at,
        working_days=calendar.parse_days(working),
        origin_tz=atlas.timezones[place],
        destination_tz=destination_tz,
        off=calendar.parse_days_off(working, atlas.nodes[place].country),
    )


def arrival(
    atlas: Atlas, *, node: str, dispatched_at: datetime, service: str, days: int, destination_tz: ZoneInfo
) -> Arrival:
    """When goods that leave a node with a service come, after so many working days; as `arrivals`."""
    by_days = arrivals(
        atlas, node=node, dispatched_at=dispatched_at, service=service, destination_tz=destination_tz
    )
    return by_days(days)
