"""What else a store does with goods that are ready there: keep them unpaid, or bring them by its own van."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.promising.model import DELIVER, RESERVE, Known, Option, Slot
from anyshelf.promising.rules.dating import fee_minor

SLOTS_FROM, SLOTS_UNTIL, SLOT_HOURS = 9, 21, 3
SLOTS_TOLD = 6
SLOT_DAYS_MAX = 14
LOADING = timedelta(hours=1)
"""What stands ready so long before a slot goes with its van."""


def kept_unpaid(picked: Option, goods: Money) -> Option:
    """What can be fetched from a store's own shelf can be kept there unpaid as well."""
    return replace(picked, method=RESERVE, speed=RESERVE, fee_minor=fee_minor(RESERVE, goods))


def delivered_by_van(atlas: Atlas, known: Known, picked: Option, *, goods: Money) -> Option | None:
    """What stands ready at a store, brought by its own van in a slot; None where it has none to offer."""
    node = str(picked.node)
    slots = _slots(atlas, known, node, ready=picked.arrives_by + LOADING)
    if not slots:
        return None
    return replace(
        picked,
        method=DELIVER,
        speed=DELIVER,
        ready_from=None,
        arrives_from=slots[0].opens_at,
        arrives_by=slots[0].closes_at,
        fee_minor=fee_minor(DELIVER, goods),
        slots=tuple(slots),
    )


def _slots(atlas: Atlas, known: Known, node: str, *, ready: datetime) -> list[Slot]:
    """The next slots of a store's van that begin once goods are loaded, on days it opens and is not full."""
    tz, full = network.timezone_of(atlas, node), known.full_at(node)
    first = ready.astimezone(tz).date()
    found: list[Slot] = []
    for day in (first + timedelta(days=step) for step in range(SLOT_DAYS_MAX)):
        if day in full or not network.open_on(atlas, node, day):
            continue
        for hour in range(SLOTS_FROM, SLOTS_UNTIL, SLOT_HOURS):
            opens, closes = (
                datetime.combine(day, time(at), tzinfo=tz).astimezone(ready.tzinfo)
                for at in (hour, hour + SLOT_HOURS)
            )
            if opens >= ready and len(found) < SLOTS_TOLD:
                found.append(Slot(opens_at=opens, closes_at=closes))
    return found
