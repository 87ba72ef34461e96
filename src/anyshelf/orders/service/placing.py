"""Placing an order: sourced, reserved and written in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx, row, run
from anyshelf.ground.errors import Conflict, InFlight, Invalid, Shortage
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Want
from anyshelf.network import service as network
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import Draft, DraftLine, Line, Order, Step
from anyshelf.orders.service.steps import advance, event, save_allocations
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation
from anyshelf.sourcing import service as sourcing
from anyshelf.sourcing.model import Ask, Destination, Sourced

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
        rules.may_source(journeys(), line.method)
        if line.node is not None:
            network.node(atlas, line.node, field="node")
        elif line.method in ("pickup", "carry_out"):
            raise Invalid(f"Line {line.line} needs the node of its {line.method}.", field="node")
        if line.method == "ship" and not draft.destination:
            raise Invalid("A shipment needs a destination.", field="fulfilment.destination")
        if line.discount_minor > line.unit_price_minor * line.quantity:
            raise Invalid(f"The discount of line {line.line} is above its price.", field="discount")


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

    Reservation locks positions in (item, node) order; a plan overtaken by others is made anew.
    """
    lines, decisions = _reserved(tx, market, draft, order_id, now)
    pickup = any(line.method in ("pickup", "reserve") for line in lines)
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
        pickup_code=pickup_code if pickup else None,
        code_tries=0,
        promise=draft.promise,
        sourcing=decisions,
        placed_at=now,
        lines=lines,
    )
    _write(tx, order, draft.fingerprint)
    if authorisation is not None:
        payments.record(tx, market, order_id, authorisation, draft.currency, now)
    tell(tx, market, [event(order, "OrderPlaced", _said(order), now)])
    return _carried_out(tx, order, now)


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
        found = _plans(tx, market, draft, now)
        lines, wants = _lines(tx, market, draft, found)
        decisions = [sourced.explain_json() for sourced in found]
        try:
            inventory.reserve(tx, market, wants, cause=order_id, step=1, now=now)
        except Shortage:
            if attempt == TRIES:
                raise
        else:
            return lines, decisions
    raise AssertionError("unreachable: the last attempt returns or raises")


def _plans(tx: Tx, market: str, draft: Draft, now: datetime) -> list[Sourced]:
    """A plan for each way of serving in the order; raises Shortage with every short line of all of them."""
    groups: dict[tuple[str, str | None], list[DraftLine]] = defaultdict(list)
    for line in draft.lines:
        groups[line.method, line.node].append(line)
    found = [
        plan_for(tx, market, draft, lines, method=method, node=node, now=now)
        for (method, node), lines in sorted(groups.items(), key=str)
    ]
    short = [each for sourced in found for each in sourced.plan.short]
    if short:
        named = [
            {"line": each.line, "item": each.item, "wanted": each.wanted, "available": each.available}
            for each in short
        ]
        raise Shortage(f"Not enough stock of {', '.join(each.item for each in short[:5])}.", lines=named)
    return found


def plan_for(
    tx: Tx,
    market: str,
    wanted: Draft | Order,
    lines: Sequence[DraftLine | Line],
    *,
    method: str,
    node: str | None,
    now: datetime,
    excluded: frozenset[str] = frozenset(),
) -> Sourced:
    """The plan for lines of one method: the same function that quotes a promise."""
    known = catalogue.items(tx, market, [line.item for line in lines])
    for line in lines:
        if line.item not in known:
            raise Invalid(f"There is no item {line.item}.", field="item")
    asks = [
        Ask(line=line.line, item=line.item, quantity=line.quantity, weight_g=known[line.item].weight_g)
        for line in lines
    ]
    return sourcing.plan(
        tx,
        market,
        channel=wanted.channel,
        asks=asks,
        method=method,
        destination=_destination(wanted.destination),
        node=node,
        kinds=rules.may_source(journeys(), method),
        excluded=excluded,
        service=_service(wanted.promise),
        now=now,
    )


def _service(promise: dict[str, Any] | None) -> str:
    """The carrier service that was promised, or the plain one."""
    shipments = promise.get("shipments") if promise else None
    return str(shipments[0]["service"]) or sourcing.GROUND if shipments else sourcing.GROUND


def _destination(place: dict[str, Any] | None) -> Destination | None:
    if not place:
        return None
    return Destination(
        lat=place["lat"], lon=place["lon"], postal_code=place["postal_code"], country=place["country"]
    )


def _lines(
    tx: Tx, market: str, draft: Draft, found: Sequence[Sourced]
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
    atlas = network.atlas(tx, market)
    kinds = {want.node: network.node(atlas, want.node).kind for want in wants}
    return tuple(_line(line, spread[line.line], kinds) for line in draft.lines), wants


def _line(line: DraftLine, spread: Mapping[tuple[str, str], int], kinds: Mapping[str, str]) -> Line:
    first = next(iter(spread))[1]
    journey = rules.journey_for(journeys(), method=line.method, kind=kinds[first])
    return Line(
        line=line.line,
        item=line.item,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        method=line.method,
        journey=journey.name if journey else "",
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
        placed_at=order.placed_at,
    )
    if not written:
        raise InFlight(f"{order.channel} sent {order.external_id} twice at once; send it again to see it.")
    _write_lines(tx, order)
    save_allocations(tx, order)


def _write_lines(tx: Tx, order: Order) -> None:
    run(
        tx,
        store.WRITE_LINES_SQL,
        market=order.market,
        order_id=order.order_id,
        lines=[line.line for line in order.lines],
        items=[line.item for line in order.lines],
        quantities=[line.quantity for line in order.lines],
        prices=[line.unit_price_minor for line in order.lines],
        discounts=[line.discount_minor for line in order.lines],
        taxes=[line.tax_minor for line in order.lines],
        methods=[line.method for line in order.lines],
        journeys=[line.journey for line in order.lines],
    )


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
