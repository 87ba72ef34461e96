"""Who walks for what: work grouped into waves, and the way through the shelves of one of them. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from anyshelf.fulfilment.model import Put, Stop, Tote, Waiting, Work
from anyshelf.ground.errors import OutOfTurn

PARCELS: Final = ("dispatch", "transfer")
"""Work that ends on a carrier's or on our own van."""
TO_LOAD: Final = ("packed", "staged")
DIGITS: Final = re.compile(r"(\d+)")


def waiting(works: Sequence[Work]) -> list[Waiting]:
    """Work by who takes it and by the hour it is due, the most urgent first."""
    groups: dict[tuple[str, datetime], list[Work]] = {}
    for work in works:
        hour = work.due_at.replace(minute=0, second=0, microsecond=0)
        groups.setdefault((work.carrier, hour), []).append(work)
    found = [
        Waiting(
            carrier=carrier,
            leaves_at=min(work.due_at for work in group),
            leaves_by=max(work.due_at for work in group),
            orders=len(group),
            units=sum(work.remaining for work in group),
        )
        for (carrier, _), group in groups.items()
    ]
    return sorted(found, key=lambda each: (each.leaves_at, each.carrier))


def chosen(
    works: Sequence[Work], *, carrier: str | None, leaves_by: datetime | None, most: int
) -> list[Work]:
    """The work of a new wave: of one carrier, due by then (none: any), the most urgent first."""
    fitting = [
        work
        for work in works
        if (carrier is None or work.carrier == carrier) and (leaves_by is None or work.due_at <= leaves_by)
    ]
    return sorted(fitting, key=lambda work: (work.due_at, work.work_id))[:most]


def walk(totes: Sequence[Tote], bins: Mapping[str, str]) -> list[Stop]:
    """The stops of one walk for all these totes, in the order of the shelves; unknown places come last."""
    puts: dict[str, list[Put]] = {}
    for tote in sorted(totes, key=lambda each: each.tote):
        if tote.work.state not in ("open", "claimed"):
            continue
        for line in tote.work.lines:
            if line.remaining:
                put = Put(tote=tote.tote, work_id=tote.work.work_id, line=line.line, quantity=line.remaining)
                puts.setdefault(line.item, []).append(put)
    stops = [Stop(bin=bins.get(item, ""), item=item, puts=tuple(each)) for item, each in puts.items()]
    return sorted(stops, key=lambda stop: (not stop.bin, as_read(stop.bin), stop.item))


def as_read(place: str) -> tuple[tuple[int, int, str], ...]:
    """A place as people count: A-2 comes before A-10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in DIGITS.split(place)
    )


def check_loadable(work: Work) -> None:
    """Raises OutOfTurn for work that is no packed parcel."""
    if work.finish not in PARCELS:
        raise OutOfTurn("This is fetched at the counter; no carrier takes it.", state=work.state)
    if work.state not in TO_LOAD:
        raise OutOfTurn(
            f"This work is {work.state}; only a packed parcel goes on a manifest.", state=work.state
        )
