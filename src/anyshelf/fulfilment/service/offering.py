"""Work offered to several nodes: it lies at the best one, and goes with its stock to whoever claims it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from anyshelf.fulfilment import store
from anyshelf.fulfilment.model import Work
from anyshelf.ground.db import Tx, run
from anyshelf.ground.errors import Conflict
from anyshelf.ground.events import Event
from anyshelf.ground.outbox import tell
from anyshelf.inventory import service as inventory
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.promising import service as promising

OFFERED_METHOD = "ship"
"""Only parcels to the shopper may come from any node as well as from another."""


def offer(tx: Tx, order: Order, work: Work, now: datetime) -> None:
    """Offer new work to as many nodes as the order's policy says, the best first."""
    count = orders.policy_of(tx, order.market, order).offers - 1
    if count < 1 or work.finish != "dispatch" or work.method != OFFERED_METHOD or work.state != "open":
        return
    others = orders.alternatives(tx, order, node=work.node, lines=open_lines(work), count=count, now=now)
    if others:
        run(
            tx, store.OFFER_SQL, market=work.market, work_id=work.work_id, nodes=[work.node, *others], now=now
        )
        told = {"work_id": str(work.work_id), "order_id": str(work.order_id), "nodes": [work.node, *others]}
        tell(tx, work.market, [_event("WorkOffered", work, told, now)])


def open_lines(work: Work) -> dict[int, int]:
    """What of each line nobody has looked for yet."""
    return {line.line: line.remaining for line in work.lines if line.remaining}


def claimable_at(tx: Tx, work: Work) -> list[str]:
    """The nodes that may claim a piece of work: its own, and those it is offered to while it is open."""
    return [work.node, *(store.offers(tx, work) if work.state == "open" else [])]


def hand_on(tx: Tx, order: Order, work: Work, *, to: str, now: datetime) -> tuple[Order, Work]:
    """Open work goes to another node it was offered to, with the stock for it, in the caller's transaction.

    Raises Conflict where it was not offered there or is no longer open, Shortage where the goods are gone.
    """
    if to not in store.offers(tx, work):
        raise Conflict(f"This work is not offered to {to} any more.", node=to)
    if work.state != "open":
        raise Conflict(f"{work.node} has claimed this work already.", claimed_by=work.claimed_by)
    moved = run(
        tx, store.HAND_ON_SQL, market=work.market, work_id=work.work_id, node=work.node, to=to, now=now
    )
    if not moved:
        raise Conflict("Somebody else has claimed this work already.")
    after, due_at = orders.hand_on(
        tx, order, node=work.node, to=to, finish=work.finish, lines=open_lines(work),
        reason=f"claimed by {to}", now=now,
    )  # fmt: skip
    run(tx, store.DUE_AT_SQL, market=work.market, work_id=work.work_id, due_at=due_at)
    told = {"work_id": str(work.work_id), "order_id": str(work.order_id), "node": work.node, "to_node": to}
    tell(tx, work.market, [_event("WorkHandedOn", work, told, now)])
    promising.give_back(tx, network.atlas(tx, work.market), work.node, work.due_at)
    return after, replace(work, node=to, due_at=due_at)


def next_with_the_goods(tx: Tx, work: Work) -> str | None:
    """The best node the work is still offered to that has all of it free; None where there is none."""
    wanted: dict[str, int] = {}
    for line in work.lines:
        wanted[line.item] = wanted.get(line.item, 0) + line.remaining
    nodes = store.offers(tx, work)
    free: dict[str, dict[str, int]] = {node: {} for node in nodes}
    for position in inventory.positions_at(tx, work.market, sorted(wanted), nodes):
        free[position.node][position.item] = position.free
    return next((node for node in nodes if _has_all(free[node], wanted)), None)


def _has_all(free: Mapping[str, int], wanted: Mapping[str, int]) -> bool:
    return all(free.get(item, 0) >= quantity for item, quantity in wanted.items())


def decline(
    tx: Tx, order: Order, work: Work, node: str, now: datetime, *, reason: str, kind: str = "rejected"
) -> None:
    """A node will not claim what it was offered: it is off its list and asked no more, the others are."""
    if not run(tx, store.DECLINE_SQL, market=work.market, work_id=work.work_id, node=node):
        return
    told = {"work_id": str(work.work_id), "order_id": str(work.order_id), "node": node, "reason": reason}
    tell(tx, work.market, [_event("OfferDeclined", work, told, now)])
    orders.note_exception(
        tx, order, kind, cause=f"{work.work_id} {node}", said=f"{node} will not serve it: {reason}.",
        done="It is still offered to others, or sourced from elsewhere.", node=node, lines=open_lines(work),
        now=now,
    )  # fmt: skip


def _event(kind: str, work: Work, data: Mapping[str, object], now: datetime) -> Event:
    return Event(kind=kind, subject=str(work.work_id), data=dict(data), happened_at=now)
