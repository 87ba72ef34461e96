"""When places are open, when goods leave them and when they come.

Moments are aware and in UTC; hours are wall-clock time of a place's own zone. A wall-clock time that a
spring night leaves out is read as if the clock had not been changed yet; one that an autumn night has twice
is its first occurrence.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anyshelf.ground.errors import Invalid
from anyshelf.network.model import Arrival, Calendar, Span

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
WEEK = 7
DELIVERY_FROM = time(8)
DELIVERY_UNTIL = time(20)
HOURS_LENGTH_MAX = 500

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_RULE = re.compile(r"(?:(?P<days>[A-Z][A-Za-z, -]*?) +)?(?P<hours>[0-9].*|off|closed)")
_ALL_DAY = (Span(opens_minute=0, closes_minute=DAY_MINUTES),)
ALWAYS = Calendar(days=(_ALL_DAY,) * WEEK, always=True)


@lru_cache(maxsize=4096)
def parse_hours(hours: str) -> Calendar:
    """Opening hours as in OpenStreetMap, as a calendar; raises Invalid with the part that cannot be read.

    Read: "24/7", "Mo-Fr 09:00-18:00; Sa 10:00-16:00", several spans ("09:00-12:00,13:00-18:00"), spans past
    midnight ("18:00-02:00"), "Su off". A later part takes the place of an earlier one for its days.
    "PH" (public holidays) is passed over: it needs a list of holidays. Empty hours are "24/7".
    """
    if len(hours) > HOURS_LENGTH_MAX:
        raise Invalid(f"Opening hours have at most {HOURS_LENGTH_MAX} letters.", field="hours")
    if hours.strip() in ("", "24/7"):
        return ALWAYS
    days: list[tuple[Span, ...]] = [()] * WEEK
    for part in filter(None, (part.strip() for part in hours.split(";"))):
        for day, spans in _rule(part):
            days[day] = spans
    return Calendar(days=tuple(days), always=all(spans == _ALL_DAY for spans in days))


def _rule(part: str) -> list[tuple[int, tuple[Span, ...]]]:
    found = _RULE.fullmatch(part)
    if found is None:
        raise Invalid(f"'{part}' cannot be read as opening hours such as 'Mo-Fr 09:00-18:00'.", field="hours")
    days = _days(found["days"] or "Mo-Su")
    spans = _spans(found["hours"])
    return [(day, spans) for day in sorted(days)]


def _spans(text: str) -> tuple[Span, ...]:
    if text in ("off", "closed"):
        return ()
    if text == "24/7":
        return _ALL_DAY
    spans = [_span(part.strip()) for part in text.split(",")]
    return _merged(sorted(spans, key=lambda span: span.opens_minute))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Invalid(f"'{text}' is not a span of hours such as 09:00-18:00.", field="hours")
    opens, closes = (int(found[hour]) * HOUR_MINUTES + int(found[hour + 1]) for hour in (1, 3))
    past_the_hour = max(int(found[2]), int(found[4]))
    if past_the_hour >= HOUR_MINUTES or opens >= DAY_MINUTES or closes > 2 * DAY_MINUTES:
        raise Invalid(f"'{text}' is not a span of hours such as 09:00-18:00.", field="hours")
    if closes <= opens:  # past midnight
        closes += DAY_MINUTES
    return Span(opens_minute=opens, closes_minute=closes)


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in spans:
        if merged and span.opens_minute <= merged[-1].closes_minute:
            closes = max(merged[-1].closes_minute, span.closes_minute)
            merged[-1] = Span(opens_minute=merged[-1].opens_minute, closes_minute=closes)
        else:
            merged.append(span)
    return tuple(merged)


@lru_cache(maxsize=1024)
def parse_days(days: str) -> frozenset[int]:
    """Working days such as "Mo-Sa" or "Mo,We,Fr" as numbers, Monday 0; raises Invalid."""
    found = _days(days)
    if not found:
        raise Invalid(f"'{days}' names no day of the week.", field="working_days")
    return found


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (name.strip() for name in part.partition("-"))
        if first == "PH" and not dash:
            continue
        if first not in DAYS or (dash and last not in DAYS):
            raise Invalid(f"'{part.strip()}' is not a day or days such as Mo or Mo-Fr.", field="hours")
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % WEEK if dash else 0
        found.update((start + step) % WEEK for step in range(length + 1))
    return frozenset(found)


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


def openings(calendar: Calendar, first: date, tz: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The stretches a place is open from a local day on, without end and never overlapping."""
    until = datetime.min.replace(tzinfo=UTC)
    day = first
    while any(calendar.days):
        for span in calendar.days[day.weekday()]:
            opens = max(_moment(day, span.opens_minute, tz), until)
            closes = _moment(day, span.closes_minute, tz)
            if closes > opens:  # a span can vanish in a spring night
                yield opens, closes
                until = closes
        day += timedelta(days=1)


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


def next_open(calendar: Calendar, at: datetime, tz: ZoneInfo) -> datetime | None:
    """The first moment from `at` on at which the place is open: `at` itself if it is; None if it never is."""
    return working_after(calendar, at, 0, tz)


def dispatch_at(
    calendar: Calendar, *, cutoff: time | None, processing_minutes: int, now: datetime, tz: ZoneInfo
) -> datetime | None:
    """The moment goods ordered now leave a node; None if it never opens.

    They are ready when the processing minutes have passed while the node is open. Where there is a cutoff,
    they leave with the collection of the first open day whose cutoff is not over yet, or when they are
    ready if that is later.
    """
    ready = working_after(calendar, now, processing_minutes, tz)
    if cutoff is None or ready is None:
        return ready
    day = now.astimezone(tz).date()
    while not calendar.days[day.weekday()] or _wall(day, cutoff, tz) < now:
        day += timedelta(days=1)
    return max(_wall(day, cutoff, tz), ready)


def add_transit_days(
    dispatched_at: datetime,
    days: int,
    *,
    working_days: frozenset[int],
    origin_tz: ZoneInfo,
    destination_tz: ZoneInfo,
) -> Arrival:
    """When goods that leave at a moment arrive, after so many working days of the carrier.

    The day the carrier takes them (the day of dispatch in the origin's zone, or its next working day) does
    not count. They come between 8 and 20 o'clock where they go to; 0 days is the same day while that lasts.
    """
    day = _working(dispatched_at.astimezone(origin_tz).date(), working_days)
    for _ in range(days):
        day = _working(day + timedelta(days=1), working_days)
    while _wall(day, DELIVERY_UNTIL, destination_tz) <= dispatched_at:
        day = _working(day + timedelta(days=1), working_days)
    earliest = max(_wall(day, DELIVERY_FROM, destination_tz), dispatched_at)
    return Arrival(day=day, earliest=earliest, latest=_wall(day, DELIVERY_UNTIL, destination_tz))


def _working(day: date, working_days: frozenset[int]) -> date:
    while day.weekday() not in working_days:
        day += timedelta(days=1)
    return day
