"""What a promise says: when goods leave and come, what it costs the shopper, which ways are worth telling.

A date is what the books say (hours, work, cutoff, working days) and as much later, or earlier, as one has to
be to be sure of it, going by what nodes and carriers did.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from math import floor, prod
from zoneinfo import ZoneInfo

from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.network.model import Arrival, Atlas
from anyshelf.promising.model import (
    FEES,
    PICKUP,
    READY,
    SHIP,
    Known,
    Option,
    PromisedShipment,
    Spread,
)
from anyshelf.promising.rules.habits import (
    ALMOST,
    SLIP_MAX,
    least_slip,
    node_spread,
    sure_of,
    transit_spread,
    way_spread,
    worthwhile_slip,
)
from anyshelf.sourcing.model import Sourced, SourcedShipment

QUARTER_MINUTES = 15
EARLY = 0.05
"""A window begins where all but so few have not come yet."""
PACKING_SHARE = 0.25
"""How much of a node's work is left when everything has been picked."""


def fee_minor(speed: str, goods: Money) -> int:
    """What the shopper pays for a way of delivery, given what the goods are worth."""
    fee = FEES[speed]
    free = fee.free_from_minor is not None and goods.minor >= fee.free_from_minor
    return 0 if free else fee.amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """Goods on their way from a node: when they leave by its books, and how late they may be."""

    shipment: SourcedShipment
    service: str
    leaves: datetime
    days: int
    by_days: Callable[[int], Arrival]
    spread: Spread
    worked_out: dict[int, Arrival] = field(default_factory=dict)

    def comes(self, slip: int) -> Arrival:
        """When they come, so many working days later than the books say (earlier, below 0)."""
        if slip not in self.worked_out:
            self.worked_out[slip] = self.by_days(max(0, self.days + slip))
        return self.worked_out[slip]


def _leg(
    atlas: Atlas,
    known: Known,
    shipment: SourcedShipment,
    *,
    service: str,
    now: datetime,
    destination_tz: ZoneInfo,
) -> _Leg | None:
    """Goods ordered now on their way; None if the node never opens.

    Leaving follows the node's hours, work, cutoff and full days in its own time zone; coming, the working
    days of the carrier and the time zone of the destination.
    """
    leaves = _leaves(atlas, known, shipment.node, now)
    if leaves is None:
        return None
    kind = network.node(atlas, shipment.node).kind
    return _Leg(
        shipment=shipment,
        service=service,
        leaves=leaves,
        days=network.transit_days(atlas, service, shipment.zone),
        by_days=network.arrivals(
            atlas, node=shipment.node, dispatched_at=leaves, service=service, destination_tz=destination_tz
        ),
        spread=way_spread(known.habits, shipment.node, kind, service, shipment.zone),
    )


def _leaves(atlas: Atlas, known: Known, node: str, now: datetime) -> datetime | None:
    key = (node, now, None)
    if key not in known.worked_out:
        full = known.full_at(node)
        known.worked_out[key] = network.dispatch_at(atlas, node, now, full=full)
    return known.worked_out[key]


def shipped(
    atlas: Atlas, known: Known, sourced: Sourced, *, goods: Money, now: datetime, destination_tz: ZoneInfo
) -> Option | None:
    """A plan to ship as an option without its id; None where a node of the plan never opens."""
    found = [
        _leg(atlas, known, shipment, service=sourced.service, now=now, destination_tz=destination_tz)
        for shipment in sourced.shipments
    ]
    legs = [leg for leg in found if leg is not None]
    if not legs or len(legs) < len(found):
        return None
    slips, confidence = _surely(legs, known.sure)
    there = [leg.comes(slip) for leg, slip in zip(legs, slips, strict=True)]
    first = [_first(leg, slip, arrival) for leg, slip, arrival in zip(legs, slips, there, strict=True)]
    return Option(
        option_id="",
        method=SHIP,
        speed="standard",
        arrives_from=min(first),
        arrives_by=max(arrival.latest for arrival in there),
        currency=goods.currency,
        fee_minor=fee_minor("standard", goods),
        cost_minor=sourced.cost_minor,
        confidence=_told(confidence),
        shipments=tuple(
            _promised(leg.shipment, leg.service, leg.leaves, arrival.latest)
            for leg, arrival in zip(legs, there, strict=True)
        ),
    )


def _first(leg: _Leg, slip: int, there: Arrival) -> datetime:
    """The earliest a parcel may well be there."""
    early = least_slip(leg.spread, EARLY)
    return (there if early == slip else leg.comes(early)).earliest


def _surely(legs: Sequence[_Leg], sure: float) -> tuple[list[int], float]:
    """The slips of several parcels with which they are surely there together, and how surely.

    A parcel that comes before the last one may be later for nothing; the one that is least sure gives way.
    """
    slips = [worthwhile_slip(leg.spread, sure) for leg in legs]
    if len(legs) == 1:
        return slips, sure_of(legs[0].spread, slips[0])
    together = 0.0
    for _ in range(SLIP_MAX):
        last = max(leg.comes(slip).latest for leg, slip in zip(legs, slips, strict=True))
        each = [_sure_by(leg, slip, last) for leg, slip in zip(legs, slips, strict=True)]
        together = prod(each)
        if together >= sure - ALMOST:
            break
        slips[each.index(min(each))] += 1
    return slips, together


def _sure_by(leg: _Leg, slip: int, last: datetime) -> float:
    """How surely a parcel is there by a moment that is not before it comes with this slip."""
    while slip < SLIP_MAX and leg.comes(slip).latest < last and leg.comes(slip + 1).latest <= last:
        slip += 1
    return sure_of(leg.spread, slip)


def _told(confidence: float) -> float:
    """A confidence as it is told: in thousandths, and never more than it is."""
    return floor(confidence * 1000 + ALMOST) / 1000


def _promised(
    shipment: SourcedShipment, service: str, dispatch_by: datetime, arrives_by: datetime
) -> PromisedShipment:
    return PromisedShipment(
        node=shipment.node,
        lines=shipment.lines,
        service=service,
        dispatch_by=dispatch_by,
        arrives_by=arrives_by,
        cost_minor=shipment.cost_minor,
    )


# Ready at a counter


def _ready(atlas: Atlas, known: Known, node: str, now: datetime, slip: int) -> datetime | None:
    """When goods ordered now can be fetched, so many quarters of an hour later than the books say.

    After the node's work, while it is open, and not on a day that is full; None if it never is. Work that
    ends as the node closes can be fetched when it opens again.
    """
    key = (node, now, slip)
    if key not in known.worked_out:
        known.worked_out[key] = _worked_until(atlas, known, node, now, slip)
    return known.worked_out[key]


def _worked_until(atlas: Atlas, known: Known, node: str, now: datetime, slip: int) -> datetime | None:
    work_minutes = network.node(atlas, node).processing_minutes
    begins = now
    for day in sorted(known.full_at(node)):
        books = network.open_after(atlas, node, begins, work_minutes)
        tz = network.timezone_of(atlas, node)
        if books is not None and books.astimezone(tz).date() == day:
            midnight = datetime.combine(day + timedelta(days=1), time(0), tzinfo=tz)
            begins = max(begins, midnight.astimezone(now.tzinfo))
    return network.open_after(atlas, node, begins, max(0, work_minutes + QUARTER_MINUTES * slip))


def ready_by_the_books(atlas: Atlas, known: Known, node: str, now: datetime) -> datetime | None:
    """When goods asked for now can be fetched by the node's hours, its work and its full days."""
    return _ready(atlas, known, node, now, 0)


def _ready_spread(atlas: Atlas, known: Known, node: str) -> Spread:
    return node_spread(known.habits, READY, node, network.node(atlas, node).kind)


def picked_up(
    atlas: Atlas, known: Known, sourced: Sourced, *, node: str, goods: Money, now: datetime
) -> Option | None:
    """A plan to pick up at a node as an option without its id; None where a node of the plan never opens.

    Goods that come from other nodes are ready when the last of them has come and been set out.
    """
    there = _at_the_counter(atlas, known, sourced, node=node, now=now)
    if there is None:
        return None
    ready, confidence, shipments = there
    return Option(
        option_id="",
        method=PICKUP,
        speed=PICKUP,
        node=node,
        ready_from=ready,
        arrives_from=ready,
        arrives_by=ready,
        currency=goods.currency,
        fee_minor=fee_minor(PICKUP, goods),
        cost_minor=sourced.cost_minor,
        confidence=_told(confidence),
        shipments=shipments,
    )


_There = tuple[datetime, float, tuple[PromisedShipment, ...]]
"""When goods are surely ready, how surely, and who sends what of them."""


def _at_the_counter(
    atlas: Atlas, known: Known, sourced: Sourced, *, node: str, now: datetime
) -> _There | None:
    zone = network.timezone_of(atlas, node)
    away = [each for each in sourced.shipments if each.node != node]
    found = [_leg(atlas, known, each, service=sourced.service, now=now, destination_tz=zone) for each in away]
    legs = [leg for leg in found if leg is not None]
    shelf = _from_the_shelf(atlas, known, node, now)
    if shelf is None or len(legs) < len(found) or not sourced.shipments:
        return None
    books, ready, confidence = shelf
    if legs:
        brought = _brought(atlas, known, legs, node)
        if brought is None:
            return None
        ready, confidence = max(ready, brought[0]), brought[1]
    leaves = {leg.shipment.node: leg.leaves for leg in legs}
    return ready, confidence, tuple(
        _promised(each, "" if each.node == node else sourced.service, leaves.get(each.node, books), ready)
        for each in sourced.shipments
    )  # fmt: skip


def _from_the_shelf(
    atlas: Atlas, known: Known, node: str, now: datetime
) -> tuple[datetime, datetime, float] | None:
    """When a node's own goods are ready by its books, when surely, and how surely; None if it never opens."""
    spread = _ready_spread(atlas, known, node)
    slip = worthwhile_slip(spread, known.sure)
    books = _ready(atlas, known, node, now, 0)
    ready = _ready(atlas, known, node, now, slip) if slip else books
    return None if books is None or ready is None else (books, ready, sure_of(spread, slip))


def _brought(atlas: Atlas, known: Known, legs: Sequence[_Leg], node: str) -> tuple[datetime, float] | None:
    """When goods from other nodes are ready at a counter: all have come, and were set out there.

    The earliest of: hardly a day to spare on the way and much time at the counter, or the other way round.
    """
    spread = _ready_spread(atlas, known, node)
    found = []
    for sure in (known.sure, (1 + known.sure) / 2):
        slips, on_time = _surely(legs, sure)
        last = max(leg.comes(slip).latest for leg, slip in zip(legs, slips, strict=True))
        step = worthwhile_slip(spread, min(1.0, known.sure / on_time))
        ready = _ready(atlas, known, node, last, step)
        if ready is not None:
            found.append((ready, on_time * sure_of(spread, step)))
    return min(found, key=lambda each: each[0], default=None)


# Told, kept and told anew


def worth_telling(options: Sequence[Option], goods: Money) -> list[Option]:
    """Of the ways to ship: the cheapest, and as express the fastest where it is there earlier."""
    if not options:
        return []
    cheapest = min(options, key=lambda option: (option.cost_minor, option.arrives_by))
    fastest = min(options, key=lambda option: (option.arrives_by, option.cost_minor))
    if fastest.arrives_by >= cheapest.arrives_by:
        return [cheapest]
    return [cheapest, replace(fastest, speed="express", fee_minor=fee_minor("express", goods))]


def milestones(atlas: Atlas, node: str, dispatch_by: datetime) -> tuple[datetime, datetime]:
    """When a node must have its work, and when it must have picked it, to be done by a moment.

    Backwards from that moment through the hours the node is open.
    """
    minutes = network.node(atlas, node).processing_minutes
    packing = floor(minutes * PACKING_SHARE)
    release_by = network.working_before(atlas, node, dispatch_by, minutes) or dispatch_by
    return release_by, network.working_before(atlas, node, dispatch_by, packing) or dispatch_by


def arrival_from(
    atlas: Atlas,
    known: Known,
    *,
    node: str,
    leaves: datetime,
    service: str,
    zone: int,
    destination_tz: ZoneInfo,
) -> datetime:
    """When goods are surely there that leave a node at a moment, whatever was promised of them."""
    slip = worthwhile_slip(transit_spread(known.habits, service, zone), known.sure)
    return network.arrival(
        atlas,
        node=node,
        dispatched_at=leaves,
        service=service,
        days=max(0, network.transit_days(atlas, service, zone) + slip),
        destination_tz=destination_tz,
    ).latest
