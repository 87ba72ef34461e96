"""The parcel on its way back: which way costs least, its label, and what its carrier says of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import segno

from anyshelf.catalogue.model import Item
from anyshelf.delivery.model import Scan
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.ground.ids import Id
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.returns import rules, store
from anyshelf.returns.journeys import journey
from anyshelf.returns.model import Offer, Policy, Return, ReturnLine, Sender
from anyshelf.returns.service.finding import find, locked, record_of
from anyshelf.returns.service.settling import LOST, POLICY, pay
from anyshelf.returns.service.telling import told
from anyshelf.sourcing import service as sourcing


def sender_of(order: Order, given: Sender | None) -> Sender:
    """Where the parcel comes from: as given, or where the order went; raises Invalid where nobody knows."""
    if given is not None:
        return given
    place = order.destination
    if not place:
        raise Invalid(
            "The order went to no address; say in 'from' where the parcel comes from.", field="from"
        )
    return Sender(
        lat=place.get("lat"),
        lon=place.get("lon"),
        postal_code=str(place.get("postal_code", "")),
        country=str(place.get("country", "")),
    )


def ways_back(
    atlas: Atlas,
    sender: Sender,
    lines: Sequence[ReturnLine],
    items: Mapping[str, Item],
    *,
    kinds: frozenset[str],
    among: frozenset[str] | None,
    policy: Policy,
) -> Iterator[Offer]:
    """What a parcel costs to each node that may take it, by every service; a way back costs as one there."""
    weight_g = sum(line.quantity * items[line.item].weight_g for line in lines if line.item in items)
    handling_minor = policy.parcel_minor + policy.unit_minor * sum(line.quantity for line in lines)
    zones = network.zones_to(atlas, sender.postal_code, sender.lat, sender.lon)
    known: dict[tuple[str, int], int | None] = {}
    for place in _desks(atlas, kinds, among):
        for service in sourcing.parcel_services(atlas):
            key = (service, int(zones[place]))
            if key not in known:
                known[key] = _freight(atlas, *key, weight_g)
            freight_minor = known[key]
            if freight_minor is not None:
                yield Offer(
                    node=atlas.nodes[place].node,
                    service=service,
                    freight_minor=freight_minor,
                    handling_minor=handling_minor,
                )


def _desks(atlas: Atlas, kinds: frozenset[str], among: frozenset[str] | None) -> list[int]:
    """The nodes a parcel may go to: those named, else those of these kinds that take back, else all."""
    if among is not None:
        return [atlas.index[node] for node in sorted(among)]
    desks = [
        place for place, node in enumerate(atlas.nodes) if rules.takes_back(node) and node.kind != "vendor"
    ]
    return [place for place in desks if atlas.nodes[place].kind in kinds] or desks


def _freight(atlas: Atlas, service: str, zone: int, weight_g: int) -> int | None:
    try:
        return network.tariff_minor(atlas, service, zone, weight_g)
    except NotFound:
        return None


def label_for(atlas: Atlas, return_id: Id, offer: Offer) -> dict[str, Any]:
    """What stands on the label of a parcel coming back."""
    node = network.node(atlas, offer.node)
    tracking = rules.tracking_of(return_id)
    to = {"node": node.node, "name": node.name, "postal_code": node.postal_code, "country": node.country}
    return {
        "service": offer.service,
        "tracking": tracking,
        "to": to,
        "qr": f"anyshelf:return:{return_id}:{tracking}",
    }


def label_page(known: Return) -> str:
    """The label as a page to print, with its QR code; raises NotFound for a return that travels without."""
    if known.label is None:
        raise NotFound(f"A return by {known.journey} travels without a label of ours.")
    picture = segno.make(known.label["qr"], error="m", micro=False).svg_inline(scale=5)
    return rules.label_page(known.label, picture)


def scans(tx: Tx, market: str, return_id: Id) -> list[Scan]:
    """Everything a carrier has said of a parcel coming back, by when it happened."""
    find(tx, market, return_id)
    return store.scans(tx, market, return_id)


def hear(
    tx: Tx, market: str, return_id: Id, said: Sequence[Scan], now: datetime, *, policy: Policy = POLICY
) -> Return:
    """Take in what a carrier says of a parcel coming back, in any order, repeated or late.

    A good customer is paid as soon as the carrier has it. A parcel that is lost is listed.
    """
    fresh = rules.news(said)
    order, before = locked(tx, market, return_id)
    if not store.note_scans(tx, market, return_id, fresh, now):
        return before
    known = replace(before, carried=rules.carried(store.scans(tx, market, return_id)))
    after = _paid_early(tx, order, known, now, policy)
    store.save(tx, after)
    if after.carried != before.carried:
        told(tx, after, "ReturnProgressed", now, before=before.carried, carried=after.carried)
    if after.carried == "lost" != before.carried:
        _lost(tx, order, after, now)
    return after


def _paid_early(tx: Tx, order: Order, known: Return, now: datetime, policy: Policy) -> Return:
    """The return, paid if its journey pays early and its shopper is a good customer."""
    portions = rules.owed(known, before_receipt=True)
    if known.state != "authorised" or not journey(known.journey).early or not portions:
        return known
    record = record_of(tx, order, policy, now, apart=known.return_id)
    if not rules.good_customer(record, tuple(known.signals), policy):
        return known
    paid, money = pay(tx, order, replace(known, version=known.version + 1), portions, now, policy)
    told(tx, paid, "ReturnSettled", now, refund_minor=money.total_minor, currency=paid.currency)
    return paid


def _lost(tx: Tx, order: Order, known: Return, now: datetime) -> None:
    paid = all(line.paid for line in known.lines)
    orders.note_exception(
        tx, order, LOST,
        cause=f"return {known.return_id}", said="The carrier lost a parcel on its way back.",
        done="It was paid before." if paid else "Nothing was paid.",
        todo="Claim it from the carrier." if paid else
             f"Settle return {known.return_id} before receipt, and claim it from the carrier.",
        node=known.came_to, lines=[line.line for line in known.lines], now=now,
    )  # fmt: skip
