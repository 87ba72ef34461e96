"""Permission to bring goods back: who may, which way they go, and when the permission runs out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, OutOfTurn
from anyshelf.ground.ids import Id, new_id
from anyshelf.ground.timers import set_timer, stop_timer
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.returns import rules, store
from anyshelf.returns.journeys import asked as asked_as
from anyshelf.returns.journeys import journey
from anyshelf.returns.model import (
    MAIL,
    VENDOR,
    Asked,
    Brought,
    Journey,
    Offer,
    Policy,
    Return,
    ReturnLine,
    Sender,
)
from anyshelf.returns.service.carriage import label_for, sender_of, ways_back
from anyshelf.returns.service.finding import books_of, locked, person_of, record_of
from anyshelf.returns.service.settling import POLICY, never_came, overpaid, pay
from anyshelf.returns.service.telling import asked_for, told

EXPIRY_TIMER = "returns.expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """By which journey goods come back, to which node, and as what parcel where they travel."""

    journey: Journey
    node: str
    offer: Offer | None = None


def authorise(
    tx: Tx,
    market: str,
    order_id: Id,
    asked: Sequence[Asked],
    *,
    at: str,
    sender: Sender | None = None,
    now: datetime,
    policy: Policy = POLICY,
) -> Return:
    """Allow goods of an order to come back; no unit may be allowed twice. Raises as `rules.authorised`.

    `at` is a node, "mail" or "vendor". What is not worth its way back by mail the shopper keeps, and is paid
    at once.
    """
    wanted = asked_as(at if at in (MAIL, VENDOR) else "node")
    if wanted.asked == "node":
        _check_desk(tx, market, at)
    order = orders.lock(tx, market, order_id)
    promised = store.promised(tx, market, order_id)
    items = catalogue.items(tx, market, [line.item for line in order.lines])
    lines = rules.authorised(order, asked, promised, wanted, items, now, policy)
    signals = rules.signals_of(
        record_of(tx, order, policy, now, apart=None),
        policy,
        never_delivered=rules.on_the_way(order, lines, promised),
    )
    way = _way(tx, order, wanted, lines, items, at=at, sender=sender, policy=policy)
    way = _or_kept(tx, order, way, lines, signals)
    new = _written(tx, order, way, lines, signals, new_id(), now)
    set_timer(tx, market, EXPIRY_TIMER, str(new.return_id), now + policy.come_within)
    return _kept(tx, order, new, now, policy) if way.journey.refunded == "asking" else new


def _check_desk(tx: Tx, market: str, at: str) -> None:
    if not rules.takes_back(network.node(network.atlas(tx, market), at, field="at")):
        raise Invalid(f"{at} takes nothing back; bring it to a store.", field="at", node=at)


def _way(
    tx: Tx,
    order: Order,
    wanted: Journey,
    lines: Sequence[ReturnLine],
    items: Mapping[str, Item],
    *,
    at: str,
    sender: Sender | None,
    policy: Policy,
) -> _Way:
    """Where the goods go: as asked, or by what it costs."""
    if wanted.comes_to == "named":
        return _Way(journey=wanted, node=at)
    atlas = network.atlas(tx, order.market)
    among = _vendors_of(order, lines, atlas.nodes) if wanted.comes_to == "vendor" else None
    offer = rules.cheapest(
        ways_back(
            atlas, sender_of(order, sender), lines, items, kinds=wanted.kinds, among=among, policy=policy
        )
    )
    if offer is None:
        raise Invalid("No carrier brings it back from there; bring it to a store.", field="at")
    return _Way(journey=wanted, node=offer.node, offer=offer)


def _vendors_of(order: Order, lines: Sequence[ReturnLine], nodes: Sequence[object]) -> frozenset[str]:
    """The one vendor's node that shipped all these lines; raises Invalid where there is none such."""
    vendors = {getattr(node, "node", "") for node in nodes if getattr(node, "kind", "") == "vendor"}
    shipped: frozenset[str] | None = None
    for back in lines:
        line = order.line(back.line)
        here = (
            frozenset(node for (_, node), there in (line.spread if line else {}).items() if there) & vendors
        )
        shipped = here if shipped is None else shipped & here
    if not shipped:
        raise Invalid("No one vendor shipped all of this; return it by mail or to a store.", field="at")
    return shipped


def _or_kept(tx: Tx, order: Order, way: _Way, lines: Sequence[ReturnLine], signals: Sequence[str]) -> _Way:
    """The way as found, or none: what is worth little, and less than its way back, stays with the shopper."""
    if way.offer is None or not way.journey.instead:
        return way
    portions = [rules.Portion(line=line.line, quantity=line.quantity) for line in lines]
    value_minor = sum(rules.amounts_due(order, portions, books_of(tx, order)))
    up_to_minor = orders.terms(tx, order.market).keep_it_minor
    if not rules.stays(way.offer, value_minor=value_minor, up_to_minor=up_to_minor, signals=signals):
        return way
    return _Way(journey=journey(way.journey.instead), node="")


def _written(
    tx: Tx,
    order: Order,
    way: _Way,
    lines: tuple[ReturnLine, ...],
    signals: Sequence[str],
    return_id: Id,
    now: datetime,
) -> Return:
    atlas = network.atlas(tx, order.market)
    label = label_for(atlas, return_id, way.offer) if way.offer and way.journey.label else None
    new = Return(
        market=order.market,
        return_id=return_id,
        order_id=order.order_id,
        journey=way.journey.name,
        came_to=way.node,
        state="authorised",
        version=1,
        currency=order.currency,
        person=person_of(order),
        signals=tuple(signals),
        label=label,
        authorised_at=now,
        lines=lines,
    )
    store.make(tx, new)
    told(tx, new, "ReturnAuthorised", now, at=new.came_to, lines=asked_for(lines))
    return new


def _kept(tx: Tx, order: Order, new: Return, now: datetime, policy: Policy) -> Return:
    """The goods stay where they are and count as returned; nothing comes to any shelf."""
    way = journey(new.journey)
    brought = [Brought(line=line.line, quantity=line.quantity, grade="used") for line in new.lines]
    parts = rules.parts_back(order, brought, way, meant_for="")
    after = orders.advance(tx, order, rules.steps_of(parts), now, reason="kept by the shopper")
    counted = rules.counted(new, brought, ())
    paid, money = pay(tx, after, counted, rules.portions_of(counted, parts), now, policy)
    store.save(tx, paid)
    stop_timer(tx, new.market, EXPIRY_TIMER, str(new.return_id))
    told(tx, paid, "ReturnSettled", now, refund_minor=money.total_minor, currency=paid.currency)
    return paid


def made_for(tx: Tx, order: Order, way: Journey, lines: tuple[ReturnLine, ...], *, node: str, return_id: Id,
             now: datetime) -> Return:  # fmt: skip
    """A return that nobody asked for: what a carrier brings back, to a node."""
    new = _written(tx, order, _Way(journey=way, node=node), lines, (), return_id, now)
    set_timer(tx, order.market, EXPIRY_TIMER, str(return_id), now + POLICY.come_within)
    return new


def cancel(tx: Tx, market: str, return_id: Id, now: datetime) -> Return:
    """Withdraw a return of which nothing has come; twice is once. Its units may be asked for anew."""
    _, known = locked(tx, market, return_id)
    if known.state == "cancelled":
        return known
    if known.state != "authorised":
        raise OutOfTurn(f"This return is {known.state}; it is not cancelled any more.", state=known.state)
    if any(line.paid for line in known.lines):
        raise OutOfTurn(
            "This return was paid before it came; it is not cancelled any more.", state=known.state
        )
    stop_timer(tx, market, EXPIRY_TIMER, str(return_id))
    return _cancelled(tx, known, now)


def _cancelled(tx: Tx, known: Return, now: datetime) -> Return:
    after = replace(known, state="cancelled", version=known.version + 1)
    store.save(tx, after)
    told(tx, after, "ReturnCancelled", now)
    return after


def expired(tx: Tx, market: str, return_id: Id, now: datetime) -> Return:
    """What has not come for so long will not: the permission ends, and what somebody is owed is listed."""
    order, known = locked(tx, market, return_id)
    if not any(line.outstanding for line in known.lines) or known.state == "cancelled":
        return known
    if any(line.paid > line.received - line.missing for line in known.lines):
        overpaid(tx, order, known, known.came_to or None, now)
    elif journey(known.journey).asked == "carrier":
        never_came(tx, order, known, now)
    elif known.state == "authorised":
        return _cancelled(tx, known, now)
    return known
