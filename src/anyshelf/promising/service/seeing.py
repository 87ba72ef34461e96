"""What is seen of nodes and carriers while orders go their way, and what it amounts to."""

from collections import defaultdict
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx
from anyshelf.ground.ids import Id
from anyshelf.network import service as network
from anyshelf.promising import rules, store
from anyshelf.promising.model import LEAVING, READY, TRANSIT
from anyshelf.promising.service.knowing import time_zone_at
from anyshelf.sourcing.model import Destination

MEMORY = timedelta(days=180)
"""What is older is forgotten."""
HALF_LIFE = timedelta(days=45)
"""What is so old counts half: carriers change, and nodes get new people."""


def saw_leaving(tx: Tx, market: str, subject: Id, node: str, *, due_at: datetime, left_at: datetime) -> None:
    """Goods have left a node, in time or not; the same work is seen once."""
    atlas = network.atlas(tx, market)
    slip = rules.slip_of_leaving(atlas, node, due_at=due_at, left_at=left_at)
    store.note(tx, market, store.Seen(
        kind=LEAVING, subject=subject, place=node, slip=slip, happened_at=left_at,
    ))  # fmt: skip


def saw_ready(tx: Tx, market: str, subject: Id, node: str, *, due_at: datetime, ready_at: datetime) -> None:
    """Goods stand ready at a counter, in time or not; the same work is seen once."""
    atlas = network.atlas(tx, market)
    slip = rules.slip_of_ready(atlas, node, due_at=due_at, ready_at=ready_at)
    store.note(tx, market, store.Seen(
        kind=READY, subject=subject, place=node, slip=slip, happened_at=ready_at,
    ))  # fmt: skip


def not_from_here(
    tx: Tx, market: str, subject: Id, node: str, *, due_at: datetime, instead_at: datetime | None,
    stays: bool, now: datetime,
) -> None:  # fmt: skip
    """A node did not have what it was asked for: it is as late as the node that sends it instead.

    Where nobody does (None) it is as late as can be.
    """
    atlas = network.atlas(tx, market)
    then = instead_at or due_at + timedelta(days=365)
    if stays:
        slip = rules.slip_of_ready(atlas, node, due_at=due_at, ready_at=then)
    else:
        slip = max(1, rules.slip_of_leaving(atlas, node, due_at=due_at, left_at=then))
    kind = READY if stays else LEAVING
    seen = store.Seen(kind=kind, subject=subject, place=node, slip=slip, happened_at=now)
    store.note(tx, market, seen)


def saw_transit(
    tx: Tx,
    market: str,
    subject: Id,
    *,
    node: str,
    service: str,
    destination: Destination | None,
    dispatched_at: datetime,
    delivered_at: datetime,
) -> None:
    """A parcel has come, in time or not; the same shipment is seen once.

    Nothing is learned of a service we have no rates for, or of a parcel that came before it left.
    """
    atlas = network.atlas(tx, market)
    if service not in atlas.freight or destination is None or delivered_at < dispatched_at:
        return
    zone = network.zone_between(atlas, node, destination.postal_code, destination.lat, destination.lon)
    slip = rules.slip_of_transit(
        atlas, node=node, service=service, zone=zone, dispatched_at=dispatched_at, delivered_at=delivered_at,
        destination_tz=time_zone_at(atlas, destination),
    )  # fmt: skip
    store.note(tx, market, store.Seen(
        kind=TRANSIT, subject=subject, place=service, zone=zone, slip=slip, happened_at=delivered_at,
    ))  # fmt: skip


def refresh(tx: Tx, market: str, now: datetime) -> int:
    """Put together what was seen, newer sightings counting more; returns of how many places.

    A place of which nothing was seen for long is thought of as its group is.
    """
    slips: dict[tuple[str, str, int], dict[str, float]] = defaultdict(dict)
    for kind, place, zone, slip, times in store.weighed(tx, market, now, memory=MEMORY, half_life=HALF_LIFE):
        slips[kind, place, zone][str(slip)] = round(times, 4)
    for each in store.spreads(tx, market):
        if (each.kind, each.place, each.zone) not in slips:
            slips[each.kind, each.place, each.zone] = {}
    store.save_spreads(tx, market, slips, now)
    return len(slips)
