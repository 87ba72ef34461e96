"""Placing an order: sourced, reserved and written in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from anyshelf.ground.db import Tx, rows
from anyshelf.ground.errors import Conflict, Invalid, Refusal, Shortage
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Claimant, Want
from anyshelf.network import service as network
from anyshelf.network.model import Atlas
from anyshelf.orders import rules, store
from anyshelf.orders.journeys import counters, finish_of, first_row, needs_code
from anyshelf.orders.model import NOWHERE, Draft, DraftLine, Order, Step
from anyshelf.orders.service.planned import Planned, Seen, planned_all
from anyshelf.orders.service.planning import reachable
from anyshelf.orders.service.promised import bind_all, with_milestones
from anyshelf.orders.service.reserving import replace_older, reserve_for_person
from anyshelf.orders.service.steps import advance, event
from anyshelf.orders.service.writing import write_orders
from anyshelf.payments import service as payments
from anyshelf.payments.model import Authorisation, NewPayment

TRIES = 4
"""How often an order is planned anew when others took the stock it was planned on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SentBefore:
    order_id: Id
    fingerprint: bytes | None
    channel: str
    external_id: str


def sent_before(tx: Tx, market: str, draft: Draft) -> Id | None:
    """The order this sender's id already made; raises Conflict when it was another order."""
    known = all_sent_before(tx, market, [draft]).get(0)
    if isinstance(known, Conflict):
        raise known
    return known


def all_sent_before(tx: Tx, market: str, drafts: Sequence[Draft]) -> dict[int, Id | Conflict]:
    """The orders that these senders' ids already made, by the place of the draft in the list.

    A Conflict stands for an id that came before with another order.
    """
    sent = {place_: draft for place_, draft in enumerate(drafts) if draft.external_id is not None}
    if not sent:
        return {}
    found = rows(
        tx, _SentBefore, store.SENT_BEFORE_SQL, market=market,
        channels=[draft.channel for draft in sent.values()],
        external_ids=[draft.external_id for draft in sent.values()],
    )  # fmt: skip
    known = {(each.channel, each.external_id): each for each in found}
    return {
        place_: _told_before(known[draft.channel, str(draft.external_id)], draft)
        for place_, draft in sent.items()
        if (draft.channel, draft.external_id) in known
    }


def _told_before(known: _SentBefore, draft: Draft) -> Id | Conflict:
    if known.fingerprint is None or bytes(known.fingerprint) == draft.fingerprint:
        return known.order_id
    return Conflict(
        f"Channel {draft.channel} sent {draft.external_id} before, with other contents.",
        order_id=str(known.order_id),
    )


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
    row_ = first_row(line.method)
    if line.node is not None:
        kinds = counters(line.method)
        kind = network.node(atlas, line.node, field="node").kind
        if kinds and kind not in kinds:
            raise Invalid(
                f"{line.node} is a {kind}; a {line.method} is asked of a {' or '.join(sorted(kinds))}.",
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
    paid = [line for line in draft.lines if not first_row(line.method).unpaid]
    return sum(line.paid_minor for line in paid) + (draft.shipping_minor if paid else 0)


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """An order on its way in: what is asked for, the id it will have, the money set aside for it."""

    draft: Draft
    order_id: Id
    pickup_code: str
    authorisation: Authorisation | None = None
    release_after: timedelta = timedelta(0)


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
    """Source, reserve and write one order, all or nothing, as `place_all`; raises its refusal."""
    asked = Placing(
        draft=draft, order_id=order_id, pickup_code=pickup_code, authorisation=authorisation,
        release_after=release_after,
    )  # fmt: skip
    (placed,) = place_all(tx, market, [asked], now)
    if isinstance(placed, Refusal):
        raise placed
    return placed


def place_all(
    tx: Tx, market: str, asked: Sequence[Placing], now: datetime, *, on: Seen | None = None,
    trusting: bool = False,
) -> list[Order | Refusal]:  # fmt: skip
    """Source, reserve and write orders that came together: each stands or falls alone, first come, first.

    Reservation sums demand by position and locks positions once, in (item, node) order; an order whose plan
    others overtook is planned anew. Planning begins on the shelves of `on`, where they were looked at a
    moment ago: reserving tells whether they still hold what was seen. With `trusting`, what stays where the
    shopper chose is planned without a look. With the shopper's consent what is
    short waits for supply on its way.
    Raises InFlight where one sender's id came twice at once, and the refusal of an order for which an older
    reservation was given back, since that may not stand either: take the orders one by one then.
    """
    given_back = [replace_older(tx, market, each.draft, now) for each in asked]
    if any(given_back):
        on = None  # it was not there yet when the shelves were looked at
    with network.pinned(tx, market) as atlas:
        outcomes = _reserved(tx, market, asked, now, on, trusting=trusting)
    for place_, outcome in sorted(outcomes.items()):
        if given_back[place_] and isinstance(outcome, Refusal):
            raise outcome
    orders = {
        place_: with_milestones(atlas, _order(market, asked[place_], planned, now))
        for place_, planned in sorted(outcomes.items())
        if isinstance(planned, Planned)
    }
    _write_all(tx, market, [(asked[place_], order) for place_, order in orders.items()], now)
    placed: list[Order | Refusal] = []
    for place_, each in enumerate(asked):
        outcome = outcomes[place_]
        if isinstance(outcome, Planned):
            placed.append(_followed_up(tx, orders[place_], each.draft, outcome, now))
        else:
            placed.append(outcome)
    return placed


def _reserved(
    tx: Tx, market: str, asked: Sequence[Placing], now: datetime, on: Seen | None, *, trusting: bool
) -> dict[int, Planned | Refusal]:
    """Plan and reserve; who was overtaken plans again on what is left.

    Decisions are explained before the stock is locked: others wait for what is locked.
    """
    outcomes: dict[int, Planned | Refusal] = {}
    doubts = inventory.doubts(tx, market, network.atlas(tx, market)) if trusting else None
    left = list(range(len(asked)))
    for attempt in range(1, TRIES + 1):
        drafts = [asked[place_].draft for place_ in left]
        plans = planned_all(tx, market, drafts, now, on=on, trusting=trusting, doubts=doubts)
        on, trusting = None, False
        able = [(place_, plan) for place_, plan in zip(left, plans, strict=True) if isinstance(plan, Planned)]
        claimants = [
            Claimant(cause=asked[place_].order_id, step=1, wants=plan.wants, holdback=plan.holdback)
            for place_, plan in able
        ]
        served = set(inventory.reserve_all(tx, market, claimants, now, doubts=doubts))
        for number, (place_, planned) in enumerate(able):
            outcomes[place_] = planned if number in served else _overtaken(planned)
        refused = zip(left, plans, strict=True)
        outcomes |= {place_: plan for place_, plan in refused if isinstance(plan, Refusal)}
        # Who was overtaken looks again; and so does who was short of what those then gave back.
        again = len(served) < len(able) and attempt < TRIES
        left = [place_ for place_ in left if again and isinstance(outcomes[place_], Shortage)]
        if not left:
            break
    return outcomes


def _overtaken(plan: Planned) -> Shortage:
    named = [
        {"line": want.line, "item": want.item, "wanted": want.quantity, "available": 0} for want in plan.wants
    ]
    items = ", ".join(sorted({want.item for want in plan.wants})[:5])
    return Shortage(f"Others were faster: not enough stock of {items}.", lines=named)


def _order(market: str, asked: Placing, planned: Planned, now: datetime) -> Order:
    draft = asked.draft
    return Order(
        market=market,
        order_id=asked.order_id,
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
        release_at=now + asked.release_after if asked.release_after else None,
        pickup_code=asked.pickup_code if any(needs_code(line.method) for line in draft.lines) else None,
        code_tries=0,
        promise=draft.promise,
        sourcing=list(planned.decisions),
        gift=draft.gift,
        slot=draft.slot,
        together=draft.together,
        placed_at=now,
        lines=planned.lines,
    )


def _write_all(tx: Tx, market: str, new: Sequence[tuple[Placing, Order]], now: datetime) -> None:
    if not new:
        return
    write_orders(tx, market, [(order, asked.draft.fingerprint) for asked, order in new])
    paid = [
        NewPayment(order_id=order.order_id, authorisation=asked.authorisation)
        for asked, order in new
        if asked.authorisation is not None
    ]
    payments.record_all(tx, market, paid, now)
    bind_all(tx, market, [order for _, order in new], now)
    tell(tx, market, [event(order, "OrderPlaced", _said(order), now) for _, order in new])


def _said(order: Order) -> dict[str, Any]:
    lines = [
        {"line": line.line, "item": line.item, "quantity": line.quantity, "method": line.method}
        for line in order.lines
    ]
    return {"external_id": order.external_id, "lines": lines, "total_minor": order.total_minor}


def _plain(order: Order) -> bool:
    """Whether an order needs nothing besides: paid for, reserved, and not handed over yet."""
    for line in order.lines:
        if (
            line.captured == "sourced"
            or first_row(line.method).unpaid
            or finish_of(line.journey) == "none"
            or line.in_state("backordered")
        ):
            return False
    return True


def _followed_up(tx: Tx, order: Order, draft: Draft, planned: Planned, now: datetime) -> Order:
    """What some orders need besides: supply to wait for, a person it is kept for, money and goods at once."""
    if _plain(order):
        return order
    for line in draft.lines:
        if planned.waits.get(line.line):
            want = Want(line=line.line, item=line.item, node=NOWHERE, quantity=planned.waits[line.line])
            nodes = reachable(tx, order.market, channel=draft.channel, method=line.method, node=line.node)
            inventory.wait_for(tx, order.market, [want], nodes=nodes, cause=order.order_id, now=now)
    reserve_for_person(tx, order, draft.person, now)
    earned = rules.earned_in_all_minor(order)
    if earned:
        cause = f"{order.order_id}/1/capture"
        payments.request_capture(tx, order.market, order.order_id, amount_minor=earned, cause=cause, now=now)
    return advance(tx, order, _carried_out(order), now)


def _carried_out(order: Order) -> list[Step]:
    """What needs no work in a node (carry-out) is handed over at once."""
    return [
        Step(line=line.line, node=node, before="sourced", after="handed_over", quantity=quantity)
        for line in order.lines
        if finish_of(line.journey) == "none"
        for (_, node), quantity in line.spread.items()
    ]
