"""How late something was that happened: what habits are learned from."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.promising.rules.dating import QUARTER_MINUTES
from anyshelf.promising.rules.habits import SLIP_MAX

QUARTERS_MAX = 240
QUARTER = timedelta(minutes=QUARTER_MINUTES)


def slip_of_leaving(atlas: Atlas, node: str, *, due_at: datetime, left_at: datetime) -> int:
    """How many open days of the node goods left late, SLIP_MAX at most; 0 on the day they were due."""
    tz = network.timezone_of(atlas, node)
    due, left = due_at.astimezone(tz).date(), left_at.astimezone(tz).date()
    days = [due + timedelta(days=step) for step in range(1, min((left - due).days, 2 * SLIP_MAX) + 1)]
    return min(sum(day == left or network.open_on(atlas, node, day) for day in days), SLIP_MAX)


def slip_of_ready(atlas: Atlas, node: str, *, due_at: datetime, ready_at: datetime) -> int:
    """How many quarters of an hour, while the node was open, goods stood ready late: begun ones count.

    Below 0 they were early by so many whole ones.
    """
    late = network.working_between(atlas, node, due_at, ready_at)
    early = network.working_between(atlas, node, ready_at, due_at)
    return min(-(-late // QUARTER), QUARTERS_MAX) - min(early // QUARTER, QUARTERS_MAX)


def slip_of_transit(
    atlas: Atlas,
    *,
    node: str,
    service: str,
    zone: int,
    dispatched_at: datetime,
    delivered_at: datetime,
    destination_tz: ZoneInfo,
) -> int:
    """How many working days more than the books say a carrier needed (fewer, below 0), SLIP_MAX at most."""
    days = network.transit_days(atlas, service, zone)
    for slip in range(-days, SLIP_MAX):
        there = network.arrival(
            atlas, node=node, dispatched_at=dispatched_at, service=service, days=days + slip,
            destination_tz=destination_tz,
        )  # fmt: skip
        if delivered_at <= there.latest:
            return slip
    return SLIP_MAX
