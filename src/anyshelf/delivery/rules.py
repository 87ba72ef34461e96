"""Where a shipment stands, whatever the order in which its carrier told us. Pure."""

from collections.abc import Iterable, Sequence

from anyshelf.delivery.model import Scan
from anyshelf.ground.errors import Invalid
from anyshelf.orders.model import Order, Step

# How far along each kind is. A failed attempt and the next one are equally far, as are a parcel that is lost
# and one on its way back: of these the later one counts. Nothing goes beyond delivered.
RANKS = {
    "dispatched": 0,
    "in_transit": 1,
    "out_for_delivery": 2,
    "failed": 2,
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
