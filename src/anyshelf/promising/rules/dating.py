"""What a promise says: when goods leave and come, what it costs the shopper, which ways are worth telling.

A date is what the books say (hours, work, cutoff, working days) and as much later, or earlier, as one has to
be to be sure of it, going by what nodes and carriers did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import floor, prod
from zoneinfo import ZoneInfo

from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.network.model import Arrival, Atlas
from anyshelf.promising.model import (
    DELIVER,
    FEES,
    PICKUP,
    READY,
    RESERVE,
    SHIP,
    Known,
    Option,
    PromisedShipment,
    Slot,
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
)
from anyshelf.sourcing.model import Sourced, SourcedShipment

QUARTER_MINUTES = 15
EARLY = 0.05
"""A window begins where all but so few have not come yet."""
PACKING_SHARE = 0.25
"""How much of a node's work is left when everything has been picked."""
SLOTS_FROM, SLOTS_UNTIL, SLOT_HOURS = 9, 21, 3
SLOTS_TOLD = 6
SLOT_DAYS_MAX = 14
LOADING = timedelta(hours=1)
"""What stands ready so long before a slot goes with its van."""


def fee_minor(speed: str, goods: Money) -> int:
    """What the shopper pays for a way of delivery, given what the goods are worth."""
    fee = FEES[speed]
    free = fee.free_from_minor is not None and goods.minor >= fee.free_from_minor
    return 0 if free else fee.amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """Goods on their way from a node: when they leave by its books, and how late they may be."""

    atlas: Atlas
    shipment: SourcedShipment
    service: str
    leaves: datetime
    destination_tz: ZoneInfo
    days: int
    spread: Spread

    def comes(self, slip: int) -> Arrival:
        """When they come, so many working days later than the books say (earlier, below 0)."""
        return network.arrival(
            self.atlas,
            node=self.shipment.node,
            dispatched_at=self.leaves,
            service=self.service,
            days=max(0, self.days + slip),
            destination_tz=self.destination_tz,
        )


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
    leaves = network.dispatch_at(atlas, shipment.node, now, full=known.full_at(shipment.node))
    if leaves is None:
        return None
    kind = network.node(atlas, shipment.node).kind
    return _Leg(
        atlas=atlas,
        shipment=shipment,
        service=service,
        leaves=leaves,
        destination_tz=destination_tz,
        days=network.transit_days(atlas, service, shipment.zone),
        spread=way_spread(known.habits, shipment.node, kind, service, shipment.zone),
    )


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
    first = [leg.comes(least_slip(leg.spread, EARLY)).earliest for leg in legs]
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


def _surely(legs: Sequence[_Leg], sure: float) -> tuple[list[int], float]:
    """The least slips of several parcels with which they are surely there together, and how surely.

    A parcel that comes before the last one may be later for nothing; the one that is least sure gives way.
    """
    slips = [least_slip(leg.spread, sure) for leg in legs]
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
    while slip < SLIP_MAX and leg.comes(slip + 1).latest <= last:
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
    work_minutes = network.node(atlas, node).processing_minutes
    begins = now
    for day in sorted(known.full_at(node)):
        books = _open_after(atlas, node, begins, work_minutes)
        tz = network.timezone_of(atlas, node)
        if books is not None and books.astimezone(tz).date() == day:
            midnight = datetime.combine(day + timedelta(days=1), time(0), tzinfo=tz)
            begins = max(begins, midnight.astimezone(now.tzinfo))
    return _open_after(atlas, node, begins, max(0, work_minutes + QUARTER_MINUTES * slip))


def ready_by_the_books(atlas: Atlas, known: Known, node: str, now: datetime) -> datetime | None:
    """When goods asked for now can be fetched by the node's hours, its work and its full days."""
    return _ready(atlas, known, node, now, 0)


def _open_after(atlas: Atlas, node: str, start: datetime, minutes: int) -> datetime | None:
    ready = network.working_after(atlas, node, start, minutes)
    return None if ready is None else network.next_open(atlas, node, ready)


def _ready_spread(atlas: Atlas, known: Known, node: str) -> Spread:
    return node_spread(known.habits, READY, node, network.node(atlas, node).kind)


def picked_up(
    atlas: Atlas, known: Known, sourced: Sourced, *, node: str, goods: Money, now: datetime
) -> Option | None:
    """A plan to pick up at a node as an option without its id; None where a node of the plan never opens.

    Goods that come from other nodes are ready when the last of them has come and been set out.
    """
    sure = known.sure ** (1 / max(1, len(sourced.shipments)))
    found = [
        _brought(atlas, known, shipment, node=node, service=sourced.service, now=now, sure=sure)
        if shipment.node != node
        else _from_the_shelf(atlas, known, shipment, now=now, sure=sure)
        for shipment in sourced.shipments
    ]
    there = [each for each in found if each is not None]
    if not there or len(there) < len(found):
        return None
    ready = max(shipment.arrives_by for shipment, _ in there)
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
        confidence=_told(prod(sure for _, sure in there)),
        shipments=tuple(shipment for shipment, _ in there),
    )


def _from_the_shelf(
    atlas: Atlas, known: Known, shipment: SourcedShipment, *, now: datetime, sure: float
) -> tuple[PromisedShipment, float] | None:
    spread = _ready_spread(atlas, known, shipment.node)
    slip = least_slip(spread, sure)
    books, ready = (_ready(atlas, known, shipment.node, now, late) for late in (0, slip))
    if books is None or ready is None:
        return None
    return _promised(shipment, "", books, ready), sure_of(spread, slip)


def _brought(
    atlas: Atlas,
    known: Known,
    shipment: SourcedShipment,
    *,
    node: str,
    service: str,
    now: datetime,
    sure: float,
) -> tuple[PromisedShipment, float] | None:
    """Goods from another node, ready at a counter when they have come and been set out there.

    The earliest of: hardly a day to spare on the way and much time at the counter, or the other way round.
    """
    zone = network.timezone_of(atlas, node)
    leg = _leg(atlas, known, shipment, service=service, now=now, destination_tz=zone)
    if leg is None:
        return None
    spread, first = _ready_spread(atlas, known, node), least_slip(leg.spread, sure)
    best: tuple[datetime, float] | None = None
    for slip in (first, first + 1):
        on_time = sure_of(leg.spread, slip)
        last_step = least_slip(spread, min(1.0, sure / on_time))
        ready = _ready(atlas, known, node, leg.comes(slip).latest, last_step)
        if ready is not None and (best is None or ready < best[0]):
            best = ready, on_time * sure_of(spread, last_step)
    return None if best is None else (_promised(shipment, service, leg.leaves, best[0]), best[1])


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
    slip = least_slip(transit_spread(known.habits, service, zone), known.sure)
    return network.arrival(
        atlas,
        node=node,
        dispatched_at=leaves,
        service=service,
        days=max(0, network.transit_days(atlas, service, zone) + slip),
        destination_tz=destination_tz,
    ).latest
