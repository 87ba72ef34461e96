"""Opening hours and working days, read from the way they are written in OpenStreetMap."""

import re
from functools import lru_cache

from anyshelf.ground.errors import Invalid
from anyshelf.network.model import Calendar, DayOfYear, DaysOff, Span

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_DAYS_MAX = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
WEEK = 7
HOURS_LENGTH_MAX = 500

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_RULE = re.compile(r"(?:(?P<days>[A-Z][A-Za-z, -]*?) +)?(?P<hours>[0-9].*|off|closed)")
_DATE = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) +(?P<first>\d{1,2})(?:-(?P<last>\d{1,2}))? +(?P<hours>[0-9].*|off|closed)"
)
_ALL_DAY = (Span(opens_minute=0, closes_minute=DAY_MINUTES),)
ALWAYS = Calendar(days=(_ALL_DAY,) * WEEK, always=True)


@lru_cache(maxsize=4096)
def parse_hours(hours: str) -> Calendar:
    """Opening hours as in OpenStreetMap, as a calendar; raises Invalid with the part that cannot be read.

    Read: "24/7", "Mo-Fr 09:00-18:00; Sa 10:00-16:00", several spans ("09:00-12:00,13:00-18:00"), spans past
    midnight ("18:00-02:00"), "Su off", public holidays ("PH off", "Su,PH 10:00-16:00"), days of the year
    ("Dec 25 off", "Dec 24-26 10:00-14:00"). A later part takes the place of an earlier one for its days; a
    day of the year counts before a holiday, a holiday before the day of the week. Empty hours are "24/7".
    """
    if len(hours) > HOURS_LENGTH_MAX:
        raise Invalid(f"Opening hours have at most {HOURS_LENGTH_MAX} letters.", field="hours")
    if hours.strip() in ("", "24/7"):
        return ALWAYS
    days: list[tuple[Span, ...]] = [()] * WEEK
    dates: dict[DayOfYear, tuple[Span, ...]] = {}
    holidays: tuple[Span, ...] | None = None
    for part in filter(None, (part.strip() for part in hours.split(";"))):
        dated = _DATE.fullmatch(part)
        if dated:
            dates |= dict.fromkeys(_dates(part, dated), _spans(dated["hours"]))
            continue
        named, spans = _rule(part)
        for day in _days(named):
            days[day] = spans
        if _names_holidays(named):
            holidays = spans
    always = not dates and holidays is None and all(spans == _ALL_DAY for spans in days)
    return Calendar(days=tuple(days), always=always, dates=tuple(sorted(dates.items())), holidays=holidays)


def _rule(part: str) -> tuple[str, tuple[Span, ...]]:
    """The days a part names, and their hours."""
    found = _RULE.fullmatch(part)
    if found is None:
        raise Invalid(f"'{part}' cannot be read as opening hours such as 'Mo-Fr 09:00-18:00'.", field="hours")
    named = found["days"] or "Mo-Su"
    _days(named)
    return named, _spans(found["hours"])


def _dates(part: str, dated: re.Match[str]) -> list[DayOfYear]:
    first, last = int(dated["first"]), int(dated["last"] or dated["first"])
    month = MONTHS.index(dated["month"]) + 1 if dated["month"] in MONTHS else 0
    if not month or not 1 <= first <= last <= MONTH_DAYS_MAX[month - 1]:
        raise Invalid(f"'{part}' does not begin with days of a month such as Dec 24-26.", field="hours")
    return [(month, day) for day in range(first, last + 1)]


def _names_holidays(days: str) -> bool:
    return "PH" in (name.strip() for name in days.split(","))


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
    """Working days such as "Mo-Sa" or "Mo,We,Fr" as numbers, Monday 0; raises Invalid.

    The days off that may follow ("Mo-Sa; PH off; Dec 24 off") are read by `parse_days_off`.
    """
    week, _, off = days.partition(";")
    found = _days(week)
    if not found:
        raise Invalid(f"'{days}' names no day of the week.", field="working_days")
    _days_off(off)
    return found


@lru_cache(maxsize=4096)
def parse_days_off(days: str, country: str) -> DaysOff:
    """The days off in working days such as "Mo-Sa; PH off; Dec 24 off", in a country; raises Invalid."""
    dates, holidays = _days_off(days.partition(";")[2])
    return DaysOff(dates=frozenset(dates), country=country if holidays else "")


def _days_off(text: str) -> tuple[set[DayOfYear], bool]:
    dates: set[DayOfYear] = set()
    holidays = False
    for part in filter(None, (part.strip() for part in text.split(";"))):
        dated = _DATE.fullmatch(part)
        if dated and not _spans(dated["hours"]):
            dates.update(_dates(part, dated))
        elif part == "PH off":
            holidays = True
        else:
            raise Invalid(
                f"'{part}' is not a day off such as 'PH off' or 'Dec 25 off'.", field="working_days"
            )
    return dates, holidays


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
