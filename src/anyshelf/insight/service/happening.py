"""What happens to orders, heard from the other rooms: steps of their shopper's journey, facts for figures."""

from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.events import Told
from anyshelf.ground.ids import Id
from anyshelf.ground.money import Money
from anyshelf.insight.model import Entry, Sighting
from anyshelf.insight.model.facts import KnownOrder, Placed, PlacedLine
from anyshelf.insight.model.figures import Counted
from anyshelf.insight.rules import handles, happening
from anyshelf.insight.service.collecting import secret_of
from anyshelf.insight.service.feedback import ask_after
from anyshelf.insight.service.people import see
from anyshelf.insight.store import entries, facts
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.sourcing import service as sourcing

LISTENS_TO = tuple(happening.NAMES)
COUNTS_FROM = "StockMoved"
ORDER_KINDS = ("account", "loyalty", "email", "phone")
"""Under which of their handles an order is kept: the first that was given."""


def hear(tx: Tx, told: Told) -> None:
    """Take in what happened to an order; heard twice, it is kept once."""
    if "order_id" not in told.data:
        return
    order_id = Id(told.data["order_id"])
    known = facts.known(tx, told.market, order_id) or _place(tx, told, order_id)
    if not entries.keep(tx, told.market, [_entry(told, known)], told.happened_at):
        return
    for step in happening.progress(told.kind, told.data, told.happened_at):
        facts.progress(tx, told.market, step)
    back = happening.came_back(told.kind, told.data, told.happened_at)
    if back is not None:
        facts.came_back(tx, told.market, back)
    ask_after(tx, told.market, known, happening.name_of(told.kind, told.data, known.method), told.happened_at)


def hear_count(tx: Tx, told: Told) -> None:
    """Take in what a count found beside the books; heard twice, it is kept once."""
    data = told.data
    if data.get("kind") == "count" and "on_hand_before" in data:
        found = Counted(
            item=data["item"], node=data["node"], books=data["on_hand_before"], counted=data["quantity"],
            counted_at=told.happened_at,
        )  # fmt: skip
        facts.count(tx, told.market, told.event_id, found)


def _entry(told: Told, known: KnownOrder) -> Entry:
    placed = told.kind == "OrderPlaced"
    name = happening.name_of(told.kind, told.data, known.method)
    return Entry(
        message_id=told.event_id,
        name=name or told.kind,
        happened_at=told.happened_at,
        account=known.account if name else None,
        channel=known.channel,
        node=happening.node_of(told.data),
        order_id=known.order_id,
        value_minor=known.total_minor if placed else 0,
        currency=known.currency if placed else "",
        properties=happening.properties_of(told.data),
    )


def _place(tx: Tx, told: Told, order_id: Id) -> KnownOrder:
    """Write down an order heard of for the first time, and who placed it."""
    order = orders.find(tx, told.market, order_id)
    sighting = _sighting(secret_of(tx, told.market), order, told.happened_at)
    by_kind = {kind: handle for handle, kind in sighting.handles.items()}
    account = next((by_kind[kind] for kind in ORDER_KINDS if kind in by_kind), None)
    refused = entries.refused(tx, told.market, list(sighting.handles))
    placed = _placed(order, None if refused else account)
    facts.place(tx, told.market, placed)
    if not refused:
        see(tx, told.market, [sighting], told.happened_at)
    return KnownOrder(
        order_id=order_id,
        channel=placed.channel,
        method=placed.lines[0].method if placed.lines else "",
        account=placed.account,
        currency=placed.currency,
        total_minor=placed.total_minor,
        placed_at=placed.placed_at,
    )


def _sighting(secret: bytes, order: Order, seen_at: datetime) -> Sighting:
    contact, where = order.contact or {}, order.destination or {}
    given, family = handles.names_of(str(contact.get("name") or where.get("name") or ""))
    said = {
        "account": order.customer,
        "email": contact.get("email"),
        "phone": contact.get("phone"),
        "given": given,
        "family": family,
    }
    return handles.sighting(secret, said, seen_at)


def _placed(order: Order, account: Id | None) -> Placed:
    promise = order.promise or {}
    cost_minor = _minor(promise.get("cost"), order.currency)
    freight_minor, handling_minor = _parts(order, cost_minor)
    return Placed(
        order_id=order.order_id,
        channel=order.channel,
        account=account,
        currency=order.currency,
        total_minor=order.total_minor,
        cost_minor=cost_minor,
        freight_minor=freight_minor,
        handling_minor=handling_minor,
        promised_at=_moment(promise.get("ready_from") or promise.get("arrives_by")),
        placed_at=order.placed_at,
        lines=[
            PlacedLine(
                line=line.line,
                item=line.item,
                quantity=line.quantity,
                paid_minor=line.paid_minor,
                method=line.method,
            )
            for line in order.lines
        ],
    )


def _parts(order: Order, cost_minor: int | None) -> tuple[int | None, int | None]:
    """What of the cost that was promised goes to carriers, and what to picking and packing, in minor units.

    A decision says what labour and split parcels weigh; the rest of the cost is freight.
    """
    terms = [sourcing.in_full(kept).get("terms", {}) for kept in order.sourcing or []]
    if cost_minor is None or not terms:
        return None, None
    handling_minor, split_minor = (sum(each.get(name, 0) for each in terms) for name in ("handling", "split"))
    return cost_minor - handling_minor - split_minor, handling_minor


def _minor(amount: Any, currency: str) -> int | None:
    if not isinstance(amount, dict):
        return None
    return Money.parse(str(amount["amount"]), currency).minor


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
