"""When a market is planned by itself."""

from datetime import UTC, datetime, timedelta

NEVER = 24
"""An hour no day has: nothing is planned unless somebody asks."""


def is_due(nights_from: datetime, now: datetime, hour: int) -> bool:
    """Whether an hour for planning (UTC) has come after `nights_from` and is not later than now."""
    if hour >= NEVER:
        return False
    latest = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    if latest > now:
        latest -= timedelta(days=1)
    return latest > nights_from


def next_night(now: datetime, hour: int) -> datetime | None:
    """The next hour for planning after now; None where there is none."""
    if hour >= NEVER:
        return None
    coming = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return coming if coming > now else coming + timedelta(days=1)
