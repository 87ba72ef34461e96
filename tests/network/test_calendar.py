"""Opening hours, cutoffs and transit days, against a slow and obvious reference."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from anyshelf.ground.errors import Invalid
from anyshelf.network.model import Calendar, DaysOff, Span
from anyshelf.network.rules.calendar import (
    ALWAYS,
    add_transit_days,
    dispatch_at,
    next_open,
    open_after,
    parse_days,
    parse_days_off,
    parse_hours,
    working_after,
    working_before,
    working_between,
    zone_named,
)
from anyshelf.network.rules.hours import MONTH_DAYS_MAX, MONTHS

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")
SHOP = parse_hours("Mo-Fr 09:00-18:00; Sa 10:00-16:00")
MINUTE = timedelta(minutes=1)


def local(text: str, tz: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=tz).astimezone(UTC)


# Reading hours


def test_hours_are_read_as_in_openstreetmap() -> None:
    week = Span(opens_minute=540, closes_minute=1080)
    assert SHOP.days == ((week,),) * 5 + ((Span(opens_minute=600, closes_minute=960),), ())


def test_a_later_part_takes_the_place_of_an_earlier_one() -> None:
    calendar = parse_hours("Mo-Su 08:00-20:00; Su off; We 08:00-12:00,13:00-15:00")
    assert calendar.days[6] == ()
    assert calendar.days[2] == (
        Span(opens_minute=480, closes_minute=720),
        Span(opens_minute=780, closes_minute=900),
    )


@pytest.mark.parametrize("hours", ["", "24/7", " 24/7 ", "00:00-24:00", "Mo-Su 00:00-24:00"])
def test_some_places_never_close(hours: str) -> None:
    assert parse_hours(hours).always


def test_days_may_run_over_the_end_of_the_week_and_spans_over_midnight() -> None:
    calendar = parse_hours("Sa-Mo 22:00-02:00")
    assert [bool(spans) for spans in calendar.days] == [True, False, False, False, False, True, True]
    assert calendar.days[0] == (Span(opens_minute=1320, closes_minute=1560),)


def test_public_holidays_have_hours_of_their_own() -> None:
    short = (Span(opens_minute=600, closes_minute=960),)
    assert parse_hours("Mo-Fr 09:00-18:00; Sa 10:00-16:00").holidays is None
    assert parse_hours("Mo-Fr 09:00-18:00; PH off").holidays == ()
    assert parse_hours("Mo-Sa 09:00-18:00; Su,PH 10:00-16:00").holidays == short
    assert not parse_hours("24/7; PH off").always


def test_days_of_the_year_have_hours_of_their_own() -> None:
    calendar = parse_hours("Mo-Fr 09:00-18:00; Dec 24-26 off; Dec 24 09:00-12:00")
    assert dict(calendar.dates) == {
        (12, 24): (Span(opens_minute=540, closes_minute=720),), (12, 25): (), (12, 26): (),
    }  # fmt: skip


def test_a_shop_keeps_the_holidays_of_its_country() -> None:
    shop = replace(parse_hours("Mo-Fr 09:00-18:00; PH off; Nov 27 10:00-14:00"), country="US")
    thanksgiving_eve = local("2026-11-25T17:30")
    assert working_after(shop, thanksgiving_eve, 60, NEW_YORK) == local("2026-11-27T10:30")
    abroad = replace(shop, country="DE")
    assert working_after(abroad, thanksgiving_eve, 60, NEW_YORK) == local("2026-11-26T09:30")
    nowhere = replace(shop, country="XX")
    assert working_after(nowhere, thanksgiving_eve, 60, NEW_YORK) == local("2026-11-26T09:30")


def test_a_place_that_is_off_every_day_of_the_year_never_opens() -> None:
    months = "; ".join(f"{month} 1-{days} off" for month, days in zip(MONTHS, MONTH_DAYS_MAX, strict=True))
    shut = parse_hours(f"Mo-Su 09:00-18:00; {months}")
    noon = local("2026-03-06T12:00")
    assert working_after(shut, noon, 1, NEW_YORK) is None
    assert working_before(shut, noon, 1, NEW_YORK) is None
    assert dispatch_at(shut, cutoff=time(9), processing_minutes=0, now=noon, tz=NEW_YORK) is None


@pytest.mark.parametrize(
    "hours",
    [
        "Dec 32 off",
        "Dez 25 off",
        "Feb 30 off",
        "Dec 26-24 off",
        "Mo-Fr",
        "9-5",
        "Mo-Xx 09:00-18:00",
        "Mo 25:00-26:00",
        "Mo 09:60-10:00",
        "whenever",
        "Mo 09:00-18:00 x",
    ],
)
def test_hours_nobody_can_read_are_refused_with_the_part(hours: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_hours(hours)
    assert refused.value.extra["field"] == "hours"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        calendar = parse_hours(text)
    except Invalid:
        return
    assert len(calendar.days) == 7


def test_working_days_need_a_day() -> None:
    assert parse_days("Mo-Sa") == frozenset(range(6))
    with pytest.raises(Invalid):
        parse_days("PH")


def test_a_carrier_has_days_off() -> None:
    days = "Mo-Sa; PH off; Dec 24-25 off"
    assert parse_days(days) == frozenset(range(6))
    assert parse_days_off(days, "US") == DaysOff(dates=frozenset({(12, 24), (12, 25)}), country="US")
    assert parse_days_off("Mo-Sa; Dec 24 off", "US").country == "", "it does not speak of holidays"


@pytest.mark.parametrize(
    "days", ["Mo-Sa; PH", "Mo-Sa; Su off", "Mo-Sa; Dec 25 10:00-12:00", "Mo; PH 09:00-10:00"]
)
def test_days_off_nobody_can_read_are_refused(days: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_days(days)
    assert refused.value.extra["field"] == "working_days"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime"])
def test_a_time_zone_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        zone_named(name)


# Leaving


def test_an_order_before_the_cutoff_leaves_today() -> None:
    leaves = dispatch_at(
        SHOP, cutoff=time(16), processing_minutes=60, now=local("2026-03-04T10:00"), tz=NEW_YORK
    )
    assert leaves == local("2026-03-04T16:00")


def test_an_order_at_the_cutoff_leaves_when_it_is_ready_and_one_after_it_tomorrow() -> None:
    at = local("2026-03-04T16:00")
    assert dispatch_at(SHOP, cutoff=time(16), processing_minutes=60, now=at, tz=NEW_YORK) == at + 60 * MINUTE
    late = dispatch_at(SHOP, cutoff=time(16), processing_minutes=60, now=at + MINUTE, tz=NEW_YORK)
    assert late == local("2026-03-05T16:00")


def test_an_order_on_saturday_night_waits_for_monday() -> None:
    leaves = dispatch_at(SHOP, cutoff=None, processing_minutes=90, now=local("2026-03-07T23:00"), tz=NEW_YORK)
    assert leaves == local("2026-03-09T10:30")  # the clock was changed on Sunday


def test_processing_counts_only_while_the_node_is_open() -> None:
    leaves = dispatch_at(
        SHOP, cutoff=None, processing_minutes=120, now=local("2026-03-06T17:00"), tz=NEW_YORK
    )
    assert leaves == local("2026-03-07T11:00")


def test_a_place_that_never_opens_never_sends() -> None:
    shut = parse_hours("off")
    assert next_open(shut, local("2026-03-06T17:00"), NEW_YORK) is None
    assert (
        dispatch_at(shut, cutoff=time(9), processing_minutes=0, now=local("2026-03-06T17:00"), tz=BERLIN)
        is None
    )


def test_a_night_shift_is_an_hour_shorter_when_the_clock_is_put_forward() -> None:
    night = parse_hours("22:00-06:00")
    start = local("2026-03-07T22:00")
    assert working_after(night, start, 7 * 60, NEW_YORK) == local("2026-03-08T06:00")
    assert working_after(night, start, 7 * 60 + 1, NEW_YORK) == local("2026-03-08T22:01")


def test_a_night_shift_is_an_hour_longer_when_the_clock_is_put_back() -> None:
    night = parse_hours("22:00-06:00")
    assert working_after(night, local("2026-10-31T22:00"), 9 * 60, NEW_YORK) == local("2026-11-01T06:00")


# The slow reference: minute by minute, asking the wall clock.

spans = st.tuples(st.integers(0, 47), st.integers(1, 40)).map(
    lambda drawn: Span(opens_minute=drawn[0] * 30, closes_minute=min(drawn[0] * 30 + drawn[1] * 30, 2880))
)
some_spans = st.one_of(st.just(()), spans.map(lambda span: (span,)))
# Days of the year around those nights, and public holidays among them.
days_of_the_year = st.sampled_from([(3, 8), (3, 9), (3, 29), (10, 25), (10, 26), (11, 1), (11, 2), (7, 2)])
calendars = st.builds(
    lambda days, dates, holidays, country: Calendar(
        days=tuple(days), dates=tuple(sorted(dates.items())), holidays=holidays, country=country
    ),
    st.lists(some_spans, min_size=7, max_size=7),
    st.dictionaries(days_of_the_year, some_spans, max_size=3),
    st.one_of(st.none(), some_spans),
    st.sampled_from(["", "US", "DE", "AU"]),
)
zones = st.sampled_from([NEW_YORK, BERLIN, TOKYO, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
# Around nights in which clocks change somewhere, and one in which none does.
days_around = st.sampled_from(
    [
        date(2026, 3, 7),
        date(2026, 3, 28),
        date(2026, 4, 4),
        date(2026, 10, 3),
        date(2026, 10, 24),
        date(2026, 10, 31),
        date(2026, 7, 1),
    ]
)
moments = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    days_around,
    st.integers(0, 3 * 24 * 60),
)


@cache
def kept_in(country: str) -> set[date]:
    return set(country_holidays(country, years=range(2025, 2028)))


def hours_of(calendar: Calendar, day: date) -> tuple[Span, ...]:
    """The hours of a day, asked of the calendar and of the list of holidays by somebody who knows neither."""
    if (day.month, day.day) in dict(calendar.dates):
        return dict(calendar.dates)[day.month, day.day]
    known = calendar.country and day in kept_in(calendar.country)
    if known and calendar.holidays is not None:
        return calendar.holidays
    return calendar.days[day.weekday()]


def open_by_the_wall(calendar: Calendar, at: datetime, tz: ZoneInfo) -> bool:
    """Open if some span that began today or yesterday has opened and has not closed yet."""
    today = at.astimezone(tz).date()
    for day in (today - timedelta(days=1), today):
        midnight = datetime(day.year, day.month, day.day, tzinfo=tz)
        for span in hours_of(calendar, day):
            opens = (midnight + timedelta(minutes=span.opens_minute)).astimezone(UTC)
            closes = (midnight + timedelta(minutes=span.closes_minute)).astimezone(UTC)
            if opens <= at < closes:
                return True
    return False


def slowly_after(calendar: Calendar, start: datetime, minutes: int, tz: ZoneInfo) -> datetime | None:
    """Count open minutes one by one; None after nine days."""
    at = start
    for _ in range(9 * 24 * 60):
        is_open = open_by_the_wall(calendar, at, tz)
        if is_open and minutes == 0:
            return at
        at += MINUTE
        if is_open:
            minutes -= 1
            if minutes == 0:
                return at
    return None


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(0, 200), zones)
def test_working_time_is_what_counting_minutes_gives(
    calendar: Calendar, start: datetime, minutes: int, tz: ZoneInfo
) -> None:
    slow = slowly_after(calendar, start, minutes, tz)
    if slow is not None:
        assert working_after(calendar, start, minutes, tz) == slow


cutoffs = st.builds(time, st.integers(4, 23), st.sampled_from([0, 30]))


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(0, 200), zones, cutoffs)
def test_goods_leave_with_the_first_cutoff_that_is_not_over(
    calendar: Calendar, now: datetime, minutes: int, tz: ZoneInfo, cutoff: time
) -> None:
    leaves = dispatch_at(calendar, cutoff=cutoff, processing_minutes=minutes, now=now, tz=tz)
    ready = slowly_after(calendar, now, minutes, tz)
    if ready is None or leaves is None:
        return
    at = now
    while not (at.astimezone(tz).time() == cutoff and hours_of(calendar, at.astimezone(tz).date())):
        at += MINUTE
    assert leaves == max(at, ready)


full_days = st.sets(st.integers(0, 6), max_size=4)


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(0, 200), zones, cutoffs, full_days)
def test_a_full_day_is_passed_over_as_if_ordered_when_the_next_begins(
    calendar: Calendar, now: datetime, minutes: int, tz: ZoneInfo, cutoff: time, taken: set[int]
) -> None:
    full = frozenset(now.astimezone(tz).date() + timedelta(days=days) for days in taken)

    def leaves(at: datetime, full: frozenset[date] = frozenset()) -> datetime | None:
        return dispatch_at(calendar, cutoff=cutoff, processing_minutes=minutes, now=at, tz=tz, full=full)

    at, found = now, leaves(now)
    while found is not None and found.astimezone(tz).date() in full:
        at += MINUTE  # minute by minute, who is told a full day waits for the next one to begin
        if at.astimezone(tz).date() > found.astimezone(tz).date():
            found = leaves(at)
    assert leaves(now, full) == found


@settings(max_examples=40, deadline=None)
@given(calendars, moments, st.integers(0, 200), zones)
def test_what_is_done_as_a_place_closes_is_there_when_it_opens_again(
    calendar: Calendar, start: datetime, minutes: int, tz: ZoneInfo
) -> None:
    done = working_after(calendar, start, minutes, tz)
    there = None if done is None else next_open(calendar, done, tz)
    assert open_after(calendar, start, minutes, tz) == there


@settings(max_examples=40, deadline=None)
@given(calendars, moments, st.integers(0, 300), zones)
def test_open_time_between_two_moments_is_what_counting_minutes_gives(
    calendar: Calendar, start: datetime, minutes: int, tz: ZoneInfo
) -> None:
    counted = sum(open_by_the_wall(calendar, start + step * MINUTE, tz) for step in range(minutes))
    assert working_between(calendar, start, start + minutes * MINUTE, tz) == counted * MINUTE
    assert working_between(calendar, start, start - minutes * MINUTE, tz) == timedelta(0)


@settings(max_examples=40, deadline=None)
@given(calendars, moments, st.integers(1, 200), zones)
def test_work_that_begins_at_the_last_moment_is_done_in_time_and_a_minute_later_is_not(
    calendar: Calendar, end: datetime, minutes: int, tz: ZoneInfo
) -> None:
    begins = working_before(calendar, end, minutes, tz)
    if begins is None:
        assert slowly_after(calendar, end - timedelta(days=6), minutes, tz) is None
        return
    done = working_after(calendar, begins, minutes, tz)
    later = working_after(calendar, begins + MINUTE, minutes, tz)
    assert done is not None
    assert done <= end
    assert later is None or later > end


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(0, 3000), st.integers(1, 500), zones, cutoffs)
def test_who_orders_later_is_never_served_earlier(
    calendar: Calendar, now: datetime, minutes: int, later: int, tz: ZoneInfo, cutoff: time
) -> None:
    def leaves(at: datetime) -> datetime | None:
        return dispatch_at(calendar, cutoff=cutoff, processing_minutes=minutes, now=at, tz=tz)

    first, second = leaves(now), leaves(now + later * MINUTE)
    assert (first is None) == (second is None)
    if first and second:
        assert now <= first <= second


def test_always_is_what_seven_full_days_give() -> None:
    full = Calendar(days=ALWAYS.days)
    start = local("2026-03-07T12:34")
    assert working_after(full, start, 5000, NEW_YORK) == working_after(ALWAYS, start, 5000, NEW_YORK)


# Arriving

MO_TO_SA, MO_TO_SU = parse_days("Mo-Sa"), parse_days("Mo-Su")


def arrives(dispatched: datetime, days: int, working: frozenset[int]) -> date:
    arrival = add_transit_days(
        dispatched,
        days,
        working_days=working,
        origin_tz=NEW_YORK,
        destination_tz=ZoneInfo("America/Los_Angeles"),
    )
    assert arrival.earliest < arrival.latest
    assert arrival.earliest >= dispatched
    return arrival.day


def test_goods_sent_on_friday_travel_over_sunday_only_with_who_works_on_it() -> None:
    friday = local("2026-03-06T16:00")
    assert arrives(friday, 2, MO_TO_SA) == date(2026, 3, 9)
    assert arrives(friday, 2, MO_TO_SU) == date(2026, 3, 8)


def test_goods_sent_on_sunday_are_taken_on_monday() -> None:
    assert arrives(local("2026-03-08T12:00"), 1, MO_TO_SA) == date(2026, 3, 10)


def test_same_day_is_the_same_day_while_it_lasts() -> None:
    noon, night = local("2026-03-04T12:00"), local("2026-03-04T23:30")
    assert arrives(noon, 0, MO_TO_SU) == date(2026, 3, 4)
    assert arrives(night, 0, MO_TO_SU) == date(2026, 3, 5)  # it is 20:30 in Los Angeles


def test_the_window_is_in_the_time_of_where_goods_go_to() -> None:
    arrival = add_transit_days(
        local("2026-03-06T16:00"), 2, working_days=MO_TO_SA, origin_tz=NEW_YORK, destination_tz=BERLIN
    )
    assert (arrival.earliest, arrival.latest) == (
        local("2026-03-09T08:00", BERLIN),
        local("2026-03-09T20:00", BERLIN),
    )


off_days = st.builds(
    DaysOff, dates=st.frozensets(days_of_the_year, max_size=3), country=st.sampled_from(["", "US", "DE"])
)


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(0, 6), st.frozensets(st.integers(0, 6), min_size=2), zones, zones, off_days)
def test_goods_come_when_somebody_who_watches_the_clock_sees_them_come(
    dispatched: datetime, days: int, working: frozenset[int], origin: ZoneInfo, end: ZoneInfo, off: DaysOff
) -> None:
    arrival = add_transit_days(
        dispatched, days, working_days=working, origin_tz=origin, destination_tz=end, off=off
    )

    def works(day: date) -> bool:
        holiday = bool(off.country) and day in kept_in(off.country)
        return day.weekday() in working and (day.month, day.day) not in off.dates and not holiday

    at, left, seen = dispatched, days + 1, None
    while left:  # the day it is taken on, and then so many more, by the clock of where it came from
        day = at.astimezone(origin).date()
        if day != seen and works(day):
            left -= 1
        seen = day
        at += MINUTE
    assert seen is not None
    while not (works(seen) and datetime.combine(seen, time(20), tzinfo=end) > dispatched):
        seen += timedelta(days=1)
    assert arrival.day == seen
    assert arrival.latest.astimezone(end).time() == time(20)
    assert arrival.latest.astimezone(end).date() == seen
    assert dispatched <= arrival.earliest < arrival.latest


def test_a_parcel_waits_out_thanksgiving() -> None:
    arrival = add_transit_days(
        local("2026-11-25T16:00"), 2, working_days=MO_TO_SA, origin_tz=NEW_YORK, destination_tz=NEW_YORK,
        off=DaysOff(country="US"),
    )  # fmt: skip
    assert arrival.day == date(2026, 11, 28)
    assert arrives(local("2026-11-25T16:00"), 2, MO_TO_SA) == date(2026, 11, 27)
