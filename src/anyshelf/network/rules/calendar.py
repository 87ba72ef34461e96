"""When places are open, when goods leave them and when they come.

Moments are aware and in UTC; hours are wall-clock time of a place's own zone. A wall-clock time that a
spring night leaves out is read as if the clock had not been changed yet; one that an autumn night has twice
is its first occurrence. How hours are read from text is said in `hours.py`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anyshelf.ground.errors import Invalid
from anyshelf.network.model import NO_DAYS_OFF, Arrival, Calendar, DaysOff, Span
from anyshelf.network.rules.holidays import is_holiday
from anyshelf.network.rules.hours import ALWAYS, parse_days, parse_days_off, parse_hours

__all__ = [
    "ALWAYS",
    "add_transit_days",
    "days_until",
    "dispatch_at",
    "next_open",
    "open_after",
    "openings",
    "parse_days",
    "parse_days_off",
    "parse_hours",
    "working_after",
    "working_before",
    "working_between",
    "zone_named",
]

DELIVERY_FROM = time(8)
DELIVERY_UNTIL = time(20)
HORIZON_DAYS = 740
"""Who is closed for two years never opens again."""
YEAR_DAYS = 366
LOOKS_BACK_DAYS = (3, 16, 120, HORIZON_DAYS)
NONE_FULL: frozenset[date] = frozenset()

MOMENTS_KEPT = 10_000
"""The same few days, hours and zones are asked for by everybody."""


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """A time zone by its IANA name, such as Europe/Berlin; raises Invalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"'{name}' is not a time zone such as America/Chicago.", field="timezone") from None


@lru_cache(maxsize=MOMENTS_KEPT)
def _moment(day: date, minute: int, tz: ZoneInfo) -> datetime:
    wall = datetime(day.year, day.month, day.day, tzinfo=tz) + timedelta(minutes=minute)  # wall-clock sum
    return wall.astimezone(UTC)


@lru_cache(maxsize=MOMENTS_KEPT)
def _wall(day: date, at: time, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=tz).astimezone(UTC)


def spans_on(calendar: Calendar, day: date) -> tuple[Span, ...]:
    """The spans that begin on a day: those of the day of the year, else of a holiday, else of the week."""
    for dated, spans in calendar.dates:
        if dated == (day.month, day.day):
            return spans
    if calendar.holidays is not None and is_holiday(day, calendar.country):
        return calendar.holidays
    return calendar.days[day.weekday()]


def openings(calendar: Calendar, first: date, tz: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The stretches a place is open from a local day on, for two years, never overlapping."""
    if not any(calendar.days):
        return
    until = datetime.min.replace(tzinfo=UTC)
    for step in range(HORIZON_DAYS):
        day = first + timedelta(days=step)
        for span in spans_on(calendar, day):
            opens = max(_moment(day, span.opens_minute, tz), until)
            closes = _moment(day, span.closes_minute, tz)
            if closes > opens:  # a span can vanish in a spring night
                yield opens, closes
                until = closes


def working_after(calendar: Calendar, start: datetime, minutes: int, tz: ZoneInfo) -> datetime | None:
    """The moment by which so many minutes of opening have passed; None if the place never opens."""
    left = timedelta(minutes=minutes)
    if calendar.always:
        return start + left
    # The day before may still be open past midnight.
    first = start.astimezone(tz).date() - timedelta(days=1)
    for opens, closes in openings(calendar, first, tz):
        begins = max(opens, start)
        if closes <= begins:
            continue
        if begins + left <= closes:
            return begins + left
        left -= closes - begins
    return None


def open_after(calendar: Calendar, start: datetime, minutes: int, tz: ZoneInfo) -> datetime | None:
    """The first moment at which the place is open and so many minutes of opening have passed.

    Work that ends as the place closes is there when it opens again.
    """
    left = timedelta(minutes=minutes)
    if calendar.always:
        return start + left
    for opens, closes in openings(calendar, start.astimezone(tz).date() - timedelta(days=1), tz):
        begins = max(opens, start)
        if begins + left < closes:
            return begins + left
        left -= max(closes - begins, timedelta(0))
    return None


def working_before(calendar: Calendar, end: datetime, minutes: int, tz: ZoneInfo) -> datetime | None:
    """The last moment at which work of so many minutes of opening must begin to be done by `end`.

    None if the place was not open for so long in two years.
    """
    if calendar.always:
        return end - timedelta(minutes=minutes)
    for back in LOOKS_BACK_DAYS:
        left = timedelta(minutes=minutes)
        for opens, closes in reversed(_openings_until(calendar, end, back, tz)):
            if left <= closes - opens:
                return closes - left
            left -= closes - opens
    return None


def _openings_until(
    calendar: Calendar, end: datetime, back_days: int, tz: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    found = []
    for opens, closes in openings(calendar, end.astimezone(tz).date() - timedelta(days=back_days), tz):
        if opens >= end:
            break
        found.append((opens, min(closes, end)))
    return found


def working_between(calendar: Calendar, start: datetime, end: datetime, tz: ZoneInfo) -> timedelta:
    """How long a place is open between two moments: nothing where the second is not the later one."""
    if calendar.always or end <= start:
        return max(end - start, timedelta(0))
    open_for = timedelta(0)
    for opens, closes in openings(calendar, start.astimezone(tz).date() - timedelta(days=1), tz):
        if opens >= end:
            break
        open_for += max(min(closes, end) - max(opens, start), timedelta(0))
    return open_for


def next_open(calendar: Calendar, at: datetime, tz: ZoneInfo) -> datetime | None:
    """The first moment from `at` on at which the place is open: `at` itself if it is; None if it never is."""
    return working_after(calendar, at, 0, tz)


def dispatch_at(
    calendar: Calendar,
    *,
    cutoff: time | None,
    processing_minutes: int,
    now: datetime,
    tz: ZoneInfo,
    full: frozenset[date] = NONE_FULL,
) -> datetime | None:
    """The moment goods ordered now leave a node; None if it never opens.

    They are ready when the processing minutes have passed while the node is open. Where there is a cutoff,
    they leave with the collection of the first open day whose cutoff is not over yet, or when they are
    ready if that is later. On a local day in `full` the node takes no more: who would leave on it leaves as
    if ordered when the next day begins.
    """
    for _ in range(HORIZON_DAYS):
        leaves = _dispatch_at(calendar, cutoff, processing_minutes, now, tz)
        if leaves is None or not full:
            return leaves
        day = leaves.astimezone(tz).date()
        if day not in full:
            return leaves
        now = max(now, _moment(day + timedelta(days=1), 0, tz))
    return None


def _dispatch_at(
    calendar: Calendar, cutoff: time | None, processing_minutes: int, now: datetime, tz: ZoneInfo
) -> datetime | None:
    ready = working_after(calendar, now, processing_minutes, tz)
    if cutoff is None or ready is None:
        return ready
    day = now.astimezone(tz).date()
    for _ in range(HORIZON_DAYS):
        if spans_on(calendar, day) and _wall(day, cutoff, tz) >= now:
            return max(_wall(day, cutoff, tz), ready)
        day += timedelta(days=1)
    return None


def add_transit_days(
    dispatched_at: datetime,
    days: int,
    *,
    working_days: frozenset[int],
    origin_tz: ZoneInfo,
    destination_tz: ZoneInfo,
    off: DaysOff = NO_DAYS_OFF,
) -> Arrival:
    """When goods that leave at a moment arrive, after so many working days of the carrier.

    The day the carrier takes them (the day of dispatch in the origin's zone, or its next working day) does
    not count. They come between 8 and 20 o'clock where they go to; 0 days is the same day while that lasts.
    """
    day = _after_days(dispatched_at.astimezone(origin_tz).date(), days, working_days, off)
    while _wall(day, DELIVERY_UNTIL, destination_tz) <= dispatched_at:
        day = _working(day + timedelta(days=1), working_days, off)
    earliest = max(_wall(day, DELIVERY_FROM, destination_tz), dispatched_at)
    return Arrival(day=day, earliest=earliest, latest=_wall(day, DELIVERY_UNTIL, destination_tz))


@lru_cache(maxsize=MOMENTS_KEPT)
def _after_days(day: date, days: int, working_days: frozenset[int], off: DaysOff) -> date:
    day = _working(day, working_days, off)
    for _ in range(days):
        day = _working(day + timedelta(days=1), working_days, off)
    return day


def days_until(day: date, working_days: frozenset[int], off: DaysOff) -> int | None:
    """How many days from this one on until a working day, 0 where it is one; None for none within a year."""
    for step in range(YEAR_DAYS):
        found = day + timedelta(days=step)
        if found.weekday() in working_days and not _is_off(found, off):
            return step
    return None


def _working(day: date, working_days: frozenset[int], off: DaysOff) -> date:
    """The first day from this one on that the carrier works; who is off for two years works all the same."""
    for step in range(HORIZON_DAYS):
        found = day + timedelta(days=step)
        if found.weekday() in working_days and not _is_off(found, off):
            return found
    return day


def _is_off(day: date, off: DaysOff) -> bool:
    return (day.month, day.day) in off.dates or is_holiday(day, off.country)
