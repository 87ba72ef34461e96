"""What a promise says: when goods leave and come, what it costs the shopper, which ways are worth telling."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.network.model import Arrival, Atlas
from anyshelf.promising.model import CONFIDENCE, FEES, PICKUP, SHIP, Option, PromisedShipment
from anyshelf.sourcing.model import Sourced, SourcedShipment

Parcel = tuple[PromisedShipment, datetime]
"""A shipment, and the earliest moment it can be there."""


def fee_minor(speed: str, goods: Money) -> int:
    """What the shopper pays for a way of delivery, given what the goods are worth."""
    fee = FEES[speed]
    free = fee.free_from_minor is not None and goods.minor >= fee.free_from_minor
    return 0 if free else fee.amount_minor


def parcel(
    atlas: Atlas, shipment: SourcedShipment, *, service: str, now: datetime, destination_tz: ZoneInfo
) -> Parcel | None:
    """When a parcel ordered now leaves its node and comes; None if the node never opens.

    Leaving follows the node's hours, work and cutoff in its own time zone; coming, the working days of the
    carrier and the time zone of the destination.
    """
    leaves = network.dispatch_at(atlas, shipment.node, now)
    if leaves is None:
        return None
    days = network.transit_days(atlas, service, shipment.zone)
    comes: Arrival = network.arrival(
        atlas,
        node=shipment.node,
        dispatched_at=leaves,
        service=service,
        days=days,
        destination_tz=destination_tz,
    )
    promised = PromisedShipment(
        node=shipment.node,
        lines=shipment.lines,
        service=service,
        dispatch_by=leaves,
        arrives_by=comes.latest,
        cost_minor=shipment.cost_minor,
    )
    return promised, comes.earliest


def shipped(
    atlas: Atlas, sourced: Sourced, *, goods: Money, now: datetime, destination_tz: ZoneInfo
) -> Option | None:
    """A plan to ship as an option without its id; None where a node of the plan never opens."""
    parcels = [
        parcel(atlas, shipment, service=sourced.service, now=now, destination_tz=destination_tz)
        for shipment in sourced.shipments
    ]
    there = [found for found in parcels if found is not None]
    if not there or len(there) < len(parcels):
        return None
    return Option(
        option_id="",
        method=SHIP,
        speed="standard",
        arrives_from=min(earliest for _, earliest in there),
        arrives_by=max(promised.arrives_by for promised, _ in there),
        currency=goods.currency,
        fee_minor=fee_minor("standard", goods),
        cost_minor=sourced.cost_minor,
        confidence=CONFIDENCE[SHIP],
        shipments=tuple(promised for promised, _ in there),
    )


def ready_at(atlas: Atlas, node: str, now: datetime) -> datetime | None:
    """When goods ordered now can be fetched: after the node's work, while it is open; None if it never is.

    Work that ends as the node closes can be fetched when it opens again.
    """
    minutes = network.node(atlas, node).processing_minutes
    ready = network.working_after(atlas, node, now, minutes)
    return None if ready is None else network.next_open(atlas, node, ready)


def picked_up(atlas: Atlas, sourced: Sourced, *, node: str, goods: Money, now: datetime) -> Option | None:
    """A plan to pick up at a node as an option without its id; None where a node of the plan never opens.

    Goods that come from other nodes are ready when the last of them has come and been set out.
    """
    there = [
        brought(atlas, shipment, node=node, service=sourced.service, now=now)
        for shipment in sourced.shipments
    ]
    promised = tuple(shipment for shipment in there if shipment is not None)
    if not promised or len(promised) < len(there):
        return None
    ready = max(shipment.arrives_by for shipment in promised)
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
        confidence=CONFIDENCE[PICKUP],
        shipments=promised,
    )


def brought(
    atlas: Atlas, shipment: SourcedShipment, *, node: str, service: str, now: datetime
) -> PromisedShipment | None:
    """When goods are ready at a counter, from its own shelf or another node; None if either never opens."""
    if shipment.node == node:
        ready = leaves = ready_at(atlas, node, now)
    else:
        zone = network.timezone_of(atlas, node)
        travels = parcel(atlas, shipment, service=service, now=now, destination_tz=zone)
        leaves = travels[0].dispatch_by if travels else None
        ready = ready_at(atlas, node, travels[0].arrives_by) if travels else None
    if ready is None or leaves is None:
        return None
    return PromisedShipment(
        node=shipment.node,
        lines=shipment.lines,
        service="" if shipment.node == node else service,
        dispatch_by=leaves,
        arrives_by=ready,
        cost_minor=shipment.cost_minor,
    )


def worth_telling(options: Sequence[Option], goods: Money) -> list[Option]:
    """Of the ways to ship: the cheapest, and as express the fastest where it is there earlier."""
    if not options:
        return []
    cheapest = min(options, key=lambda option: (option.cost_minor, option.arrives_by))
    fastest = min(options, key=lambda option: (option.arrives_by, option.cost_minor))
    if fastest.arrives_by >= cheapest.arrives_by:
        return [cheapest]
    return [cheapest, replace(fastest, speed="express", fee_minor=fee_minor("express", goods))]
