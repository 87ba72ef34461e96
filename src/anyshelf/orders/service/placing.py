"""Placing an order: sourced, reserved and written in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, run
from anyshelf.ground.errors import Conflict, InFlight, Invalid, Shortage
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Want
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import NOWHERE, Draft, DraftLine, Line, Order, Step
from anyshelf.orders.service.planning import plan_for, reachable
from anyshelf.orders.service.reserving import replace_older, reserve_for_person
from anyshelf.orders.service.steps import advance, event, save_allocations
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation
from anyshelf.sourcing.model import Sourced

TRIES = 4
"""How often an order is planned anew when others took the stock it was planned on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SentBefore:
    order_id: Id
    fingerprint: bytes | None


def sent_before(tx: Tx, market: str, draft: Draft) -> Id | None:
    """The order this sender's id already made; raises Conflict when it was another order."""
    if draft.external_id is None:
        return None
    found = row(
        tx, _SentBefore, store.SENT_BEFORE_SQL,
        market=market, channel=draft.channel, external_id=draft.external_id,
    )  # fmt: skip
    if found is None:
        return None
    if found.fingerprint is not None and bytes(found.fingerprint) != draft.fingerprint:
        raise Conflict(
            f"Channel {draft.channel} sent {draft.external_id} before, with other contents.",
            order_id=str(found.order_id),
        )
    return found.order_id


def check(tx: Tx, market: str, draft: Draft) -> None:
    """Raises Invalid or NotFound naming the first thing no order may ask for."""
    atlas = network.atlas(tx, market)
    channel = network.channel(atlas, draft.channel)
    if draft.currency != channel.currency:
        raise Invalid(f"{draft.channel} sells in {channel.currency}, not {draft.currency}.", field="currency")
    for line in draft.lines:
        check_line(atlas, line, destination=draft.destination, person=draft.person)


def check_line(atlas: Atlas, line: DraftLine, *, destination: dict[str, Any] | None, person: str) -> None:
    """Raises Invalid or NotFound naming the first thing no line may ask for."""
    row_ = rules.first_of(journeys(), line.method)
    if line.node is not None:
        counters = rules.counters_of(journeys(), line.method)
        kind = network.node(atlas, line.node, field="node").kind
        if counters and kind not in counters:
            raise Invalid(
                f"{line.node} is a {kind}; a {line.method} is asked of a {' or '.join(sorted(counters))}.",
                field="node",
            )
    elif row_.chosen or row_.prefers:
        raise Invalid(f"Line {line.line} needs the node of its {line.method}.", field="node")
    if "dispatched" in row_.steps and not destination:
        raise Invalid("A shipment needs a destination.", field="destination")
    if row_.unpaid and not person:
        raise Invalid("Goods are kept for somebody: name the customer or a contact.", field="customer")
    if line.discount_minor > line.unit_price_minor * line.quantity:
        raise Invalid(f"The discount of line {line.line} is above its price.", field="discount")


def to_authorise_minor(draft: Draft) -> int:
    """What is to be set aside for an order: all of it, but for what is paid at the till."""
    paid = [line for line in draft.lines if not rules.first_of(journeys(), line.method).unpaid]
    return sum(line.paid_minor for line in paid) + (draft.shipping_minor if paid else 0)


def place(
    tx: Tx,
    market: str,
    draft: Draft,
    authorisation: Authorisation | None,
    now: datetime,
    *,
    order_id: Id,
    pickup_code: str,
    release_after: timedelta = timedelta(0),
) -> Order:
    """Source, reserve and write the order, all or nothing; raises Shortage naming every line that is short.

    Reservation locks positions in (item, node) order; a plan overtaken by others is made anew. With the
    shopper's consent what is short waits for supply on its way.
    """
    replace_older(tx, market, draft, now)
    lines, decisions = _reserved(tx, market, draft, order_id, now)
    order = Order(
        market=market,
        order_id=order_id,
        version=1,
        channel=draft.channel,
        external_id=draft.external_id,
        customer=draft.customer,
        contact=draft.contact,
        destination=draft.destination,
        currency=draft.currency,
        goods_minor=draft.goods_minor,
        shipping_minor=draft.shipping_minor,
        held=draft.held,
        release_at=now + release_after if release_after else None,
        pickup_code=pickup_code if rules.fetched(journeys(), draft.lines) else None,
        code_tries=0,
        promise=draft.promise,
        sourcing=decisions,
        gift=draft.gift,
        slot=draft.slot,
        together=draft.together,
        placed_at=now,
        lines=lines,
    )
    _write(tx, order, draft.fingerprint)
    reserve_for_person(tx, order, draft.person, now)
    if authorisation is not None:
        payments.record(tx, market, order_id, authorisation, draft.currency, now)
    tell(tx, market, [event(order, "OrderPlaced", _said(order), now)])
    return _carried_out(tx, _paid_at_once(tx, order, now), now)


def _said(order: Order) -> dict[str, Any]:
    lines = [
        {"line": line.line, "item": line.item, "quantity": line.quantity, "method": line.method}
        for line in order.lines
    ]
    return {"external_id": order.external_id, "lines": lines, "total_minor": order.total_minor}


def _reserved(
    tx: Tx, market: str, draft: Draft, order_id: Id, now: datetime
) -> tuple[tuple[Line, ...], list[dict[str, Any]]]:
    """Plan and reserve; when others were faster, plan again on what is left.

    The decision is explained before the stock is locked: others wait for what is locked.
    """
    for attempt in range(1, TRIES + 1):
        found, waits = _plans(tx, market, draft, now)
        lines, wants = _lines(tx, market, draft, found, waits)
        decisions = [sourced.explain_json() for sourced in found]
        try:
            inventory.reserve(tx, market, wants, cause=order_id, step=1, now=now)
        except Shortage:
            if attempt == TRIES:
                raise
        else:
            _wait(tx, market, draft, waits, order_id, now)
            return lines, decisions
    raise AssertionError("unreachable: the last attempt returns or raises")


def _plans(tx: Tx, market: str, draft: Draft, now: datetime) -> tuple[list[Sourced], dict[int, int]]:
    """A plan for each way of serving in the order, and how many units of each line must wait.

    Raises Shortage with every short line of all of them, unless the shopper agreed to wait.
    """
    groups: dict[tuple[str, str | None], list[DraftLine]] = defaultdict(list)
    for line in draft.lines:
        groups[line.method, line.node].append(line)
    found = [
        plan_for(tx, market, draft, lines, method=method, node=node, now=now, partly=draft.may_wait)
        for (method, node), lines in sorted(groups.items(), key=str)
    ]
    short = [each for sourced in found for each in sourced.plan.short]
    if draft.may_wait:
        return found, {each.line: each.wanted - each.available for each in short}
    if short:
        named = [
            {"line": each.line, "item": each.item, "wanted": each.wanted, "available": each.available}
            for each in short
        ]
        raise Shortage(f"Not enough stock of {', '.join(each.item for each in short[:5])}.", lines=named)
    return found, {}


def _wait(tx: Tx, market: str, draft: Draft, waits: Mapping[int, int], order_id: Id, now: datetime) -> None:
    """Promise supply on its way to what must wait for it."""
    for line in draft.lines:
        if waits.get(line.line):
            want = Want(line=line.line, item=line.item, node=NOWHERE, quantity=waits[line.line])
            nodes = reachable(tx, market, channel=draft.channel, method=line.method, node=line.node)
            inventory.wait_for(tx, market, [want], nodes=nodes, cause=order_id, now=now)


def _lines(
    tx: Tx, market: str, draft: Draft, found: Sequence[Sourced], waits: Mapping[int, int]
) -> tuple[tuple[Line, ...], list[Want]]:
    """The lines as planned, and what to reserve for them."""
    spread: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    wants = [
        Want(line=part.line, item=part.item, node=shipment.node, quantity=part.quantity)
        for sourced in found
        for shipment in sourced.plan.shipments
        for part in shipment.lines
    ]
    for want in wants:
        place_ = ("sourced", want.node)
        spread[want.line][place_] = spread[want.line].get(place_, 0) + want.quantity
    for line, quantity in waits.items():
        spread[line]["backordered", NOWHERE] = quantity
    atlas = network.atlas(tx, market)
    kinds = {want.node: network.node(atlas, want.node).kind for want in wants}
    return tuple(line_of(line, spread[line.line], kinds) for line in draft.lines), wants


def line_of(line: DraftLine, spread: Mapping[tuple[str, str], int], kinds: Mapping[str, str]) -> Line:
    """A line as it is written: on the journey of the first node that serves it."""
    first = rules.first_of(journeys(), line.method)
    node = next((at for _, at in spread if at), None)
    journey = node and rules.journey_for(
        journeys(), method=line.method, kind=kinds[node], chosen=node == line.node
    )
    return Line(
        line=line.line,
        item=line.item,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        method=line.method,
        node=line.node or "",
        journey=journey.name if journey else first.name,
        captured=first.captured,
        kit=line.kit,
        kit_line=line.kit_line,
        kit_units=line.kit_units,
        replaces=line.replaces,
        spread=spread,
    )


def _write(tx: Tx, order: Order, fingerprint: bytes) -> None:
    """Write the order whole; raises InFlight when the same sender's id was written a moment ago."""
    written = run(
        tx,
        store.WRITE_ORDER_SQL,
        market=order.market,
        order_id=order.order_id,
        channel=order.channel,
        external_id=order.external_id,
        fingerprint=fingerprint,
        customer=order.customer,
        contact=Jsonb(order.contact) if order.contact else None,
        destination=Jsonb(order.destination) if order.destination else None,
        currency=order.currency,
        goods_minor=order.goods_minor,
        shipping_minor=order.shipping_minor,
        held=order.held,
        release_at=order.release_at,
        pickup_code=order.pickup_code,
        promise=Jsonb(order.promise) if order.promise else None,
        sourcing=Jsonb(order.sourcing),
        gift=Jsonb(order.gift) if order.gift else None,
        slot=Jsonb(order.slot) if order.slot else None,
        together=order.together,
        placed_at=order.placed_at,
    )
    if not written:
        raise InFlight(f"{order.channel} sent {order.external_id} twice at once; send it again to see it.")
    write_lines(tx, order, order.lines)
    save_allocations(tx, order)


def write_lines(tx: Tx, order: Order, lines: Sequence[Line]) -> None:
    """Write new lines of an order."""
    run(
        tx,
        store.WRITE_LINES_SQL,
        market=order.market,
        order_id=order.order_id,
        lines=[line.line for line in lines],
        items=[line.item for line in lines],
        quantities=[line.quantity for line in lines],
        prices=[line.unit_price_minor for line in lines],
        discounts=[line.discount_minor for line in lines],
        taxes=[line.tax_minor for line in lines],
        methods=[line.method for line in lines],
        nodes=[line.node for line in lines],
        journeys=[line.journey for line in lines],
        captured=[line.captured for line in lines],
        kits=[line.kit for line in lines],
        kit_lines=[line.kit_line for line in lines],
        kit_units=[line.kit_units for line in lines],
        replaces=[line.replaces for line in lines],
        open=[line.in_state("open") for line in lines],
        backordered=[line.in_state("backordered") for line in lines],
    )


def _paid_at_once(tx: Tx, order: Order, now: datetime) -> Order:
    """What is paid for as soon as it is sold (at a till) is asked for now."""
    earned = rules.earned_in_all_minor(order)
    if earned:
        payments.request_capture(
            tx,
            order.market,
            order.order_id,
            amount_minor=earned,
            cause=f"{order.order_id}/1/capture",
            now=now,
        )
    return order


def _carried_out(tx: Tx, order: Order, now: datetime) -> Order:
    """What needs no work in a node (carry-out) is handed over at once."""
    finish = {row.name: row.finish for row in journeys()}
    steps = [
        Step(line=line.line, node=node, before="sourced", after="handed_over", quantity=quantity)
        for line in order.lines
        if finish.get(line.journey) == "none"
        for (_, node), quantity in line.spread.items()
    ]
    return advance(tx, order, steps, now)
