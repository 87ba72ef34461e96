"""How pages say things: money, days and hours where somebody lives, states and roles in plain words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from anyshelf.ground.money import Money
from anyshelf.orders.model import STATES as ALL_STATES
from anyshelf.orders.model import Line

SIGNS: Final[Mapping[str, str]] = {"USD": "$", "EUR": "€", "GBP": "£"}
HUES = 6
SOON = timedelta(hours=1)

ROLES: Final[Mapping[str, str]] = {"customer_service": "customer service"}

STATES: Final[Mapping[str, str]] = {
    "open": "being arranged",
    "sourced": "confirmed",
    "released": "being prepared",
    "picked": "being prepared",
    "packed": "packed",
    "in_transit": "on its way to the store",
    "received": "at the store",
    "staged": "ready to collect",
    "dispatched": "on its way",
    "delivered": "delivered",
    "handed_over": "collected",
    "backordered": "waiting for stock",
    "cancelled": "cancelled",
    "returned": "returned",
    "lost": "lost on the way",
}
"""What a shopper is told of a unit in each state."""

TONES: Final[Mapping[str, str]] = {
    "staged": "good", "delivered": "good", "handed_over": "good", "received": "info", "dispatched": "info",
    "in_transit": "info", "backordered": "warn", "lost": "bad", "picked": "info", "packed": "info",
    "claimed": "info", "settled": "good",
}  # fmt: skip
"""How a state looks; whatever is not named looks quiet."""


def moment(text: str) -> datetime:
    """A moment as it is kept in JSON."""
    return datetime.fromisoformat(text)


def units_by_state(line: Line) -> list[tuple[str, int]]:
    """Where the units of a line stand, and how many in each state."""
    return [(state, units) for state in ALL_STATES if (units := line.in_state(state))]


def money(minor: int, currency: str) -> str:
    """An amount as it stands on a price tag."""
    whole, point, rest = str(Money(abs(minor), currency)).partition(".")
    amount = f"{int(whole):,}{point}{rest}"
    sign = "-" if minor < 0 else ""
    return f"{sign}{SIGNS[currency]}{amount}" if currency in SIGNS else f"{sign}{amount} {currency}"


def day(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A day as one says it: today, tomorrow, Friday, or with its date."""
    there, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    ahead = (there - today).days
    if ahead in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[ahead + 1]
    return f"{there:%A}" if 1 < ahead < 7 else f"{there:%a} {there.day} {there:%b}"  # noqa: PLR2004  a week


def day_and_time(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A day and a time of day, in the zone of the place."""
    return f"{day(moment, zone, now)}, {moment.astimezone(zone):%H:%M}"


def until(due: datetime, now: datetime) -> str:
    """How long there is until something is due, or since when it was."""
    minutes = round((due - now).total_seconds() / 60)
    return f"{_span(minutes)} left" if minutes >= 0 else f"{_span(-minutes)} late"


def _span(minutes: int) -> str:
    if minutes < 60:  # noqa: PLR2004  an hour
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes // (24 * 60)} days"


def urgency(due: datetime, now: datetime) -> str:
    """How a deadline looks: late is bad, within the hour is a warning."""
    if due < now:
        return "bad"
    return "warn" if due - now < SOON else ""


def distance(km: float) -> str:
    """How far it is, as one says it."""
    if km < 1:
        return "under 1 km"
    return f"{km:.1f} km" if km < 10 else f"{km:.0f} km"  # noqa: PLR2004  finer is of no use


def state_name(state: str) -> str:
    """A state in a shopper's words."""
    return STATES.get(state, state.replace("_", " "))


def tone(state: str) -> str:
    """How a state looks."""
    return TONES.get(state, "")


def plain(word: str) -> str:
    """A word of ours as people read it."""
    return word.replace("_", " ")


def role_name(role: str) -> str:
    """A role in plain words."""
    return ROLES.get(role, role)


def hue(category: str) -> int:
    """The ground a category's picture stands on: always the same."""
    return crc32(category.encode()) % HUES
