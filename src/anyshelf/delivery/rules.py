"""Where a shipment stands, whatever the order in which its carrier told us. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from anyshelf.delivery.model import Arrived, Scan, Transferred
from anyshelf.ground.errors import Conflict, Invalid
from anyshelf.orders.model import Order, Step

# How far along each kind is. A failed attempt and the next one are equally far, as are a parcel that is lost
# and one on its way back: of these the later one counts. Nothing goes beyond delivered.
RANKS = {
    "dispatched": 0,
    "in_transit": 1,
    "out_for_delivery": 2,
    "failed": 2,
    "refused": 3,
    "returning": 3,
    "lost": 3,
    "delivered": 4,
}


def standing(scans: Iterable[Scan]) -> str:
    """The state these scans amount to, in whatever order they came; a shipment without any is dispatched."""
    furthest = max(scans, key=lambda scan: (RANKS[scan.kind], scan.happened_at, scan.kind), default=None)
    return furthest.kind if furthest else "dispatched"


def delivered_at(scans: Iterable[Scan]) -> Scan | None:
    """The first scan that says it was delivered, or None."""
    return min(
        (scan for scan in scans if scan.kind == "delivered"),
        key=lambda scan: (scan.happened_at, scan.event_id),
        default=None,
    )


def checked(scans: Sequence[Scan]) -> list[Scan]:
    """The scans, each once; raises Invalid when one id stands for two different scans in one message."""
    by_id: dict[str, Scan] = {}
    for place, scan in enumerate(scans):
        if by_id.setdefault(scan.event_id, scan) != scan:
            raise Invalid(
                f"Event '{scan.event_id}' is given twice with different words.",
                field=f"events.{place}.event_id",
            )
    return list(by_id.values())


def steps_of_delivery(order: Order, *, node: str, lines: Iterable[tuple[int, int]]) -> list[Step]:
    """The steps that make a shipment's (line, quantity) delivered, as far as they are still on the way."""
    wanted = ((order.line(number), quantity) for number, quantity in lines)
    return [
        Step(line=line.line, node=node, before="dispatched", after="delivered", quantity=moving)
        for line, quantity in wanted
        if line and (moving := min(quantity, line.in_state("dispatched", node=node)))
    ]


def opened(sent: Sequence[Transferred], found: Sequence[Arrived]) -> list[Transferred]:
    """The lines of a transfer after a box was opened; raises Invalid or Conflict naming what cannot be."""
    lines = {line.line: line for line in sent}
    for place, each in enumerate(found):
        line = lines.get(each.line)
        if line is None:
            raise Invalid(f"This transfer has no line {each.line}.", field=f"lines.{place}.line")
        told = each.received + each.damaged + each.missing
        if told > line.outstanding:
            raise Conflict(
                f"Line {each.line} of this transfer has {line.outstanding} units to account for, not {told}.",
                field=f"lines.{place}",
                outstanding=line.outstanding,
            )
        lines[each.line] = replace(
            line,
            received=line.received + each.received,
            damaged=line.damaged + each.damaged,
            missing=line.missing + each.missing,
        )
    return list(lines.values())


def still_wanted(order: Order, *, node: str, line: int, quantity: int) -> int:
    """How many of the units that travel to a store the order still waits for: the rest was cancelled."""
    found = order.line(line)
    return min(quantity, found.in_state("in_transit", node=node)) if found else 0
