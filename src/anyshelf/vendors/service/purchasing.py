"""Purchase orders: how they come from a release, follow their order, and are found and watched."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.ground.timers import set_timer, stop_timer
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order
from anyshelf.vendors import rules, store
from anyshelf.vendors.model import UNFINISHED, Purchase, PurchaseLine, PurchaseOrder

ANSWER = "vendors.answer"
DATE = "vendors.date"


def take_on(tx: Tx, market: str, purchase: Purchase, now: datetime) -> None:
    """Turn a release into a purchase order to the vendor who ships from its node; twice is once.

    What the order has cancelled since is not asked for any more.
    """
    order = orders.lock(tx, market, purchase.order_id)
    po = _made(tx, market, purchase, now)
    if not store.make(tx, po):
        return
    for each in follow(tx, order, po.node):
        if each.po_id == po.po_id:
            watch(tx, each)
            told(tx, each, "PurchaseOrderMade", now)


def _made(tx: Tx, market: str, purchase: Purchase, now: datetime) -> PurchaseOrder:
    known = network.vendor_at(network.atlas(tx, market), purchase.node)
    items = catalogue.items(tx, market, sorted({item for _, item, _ in purchase.lines}))
    # How long this vendor has to answer is agreed with the vendor; where nothing is, the market's term holds.
    patience = timedelta(minutes=known.ack_minutes) if known else orders.terms(tx, market).vendor_answer
    return PurchaseOrder(
        market=market,
        po_id=_po_id(market, purchase),
        order_id=purchase.order_id,
        vendor=known.vendor if known else purchase.node,
        node=purchase.node,
        journey=purchase.journey,
        to_node=purchase.to_node,
        answer_by=now + patience,
        ship_by=purchase.ship_by,
        made_at=now,
        lines=tuple(
            PurchaseLine(
                line=line,
                item=item,
                quantity=quantity,
                cost_minor=items[item].cost_minor,
                currency=items[item].currency,
            )
            for line, item, quantity in purchase.lines
        ),
    )


def _po_id(market: str, purchase: Purchase) -> Id:
    return derived_id(
        "po", market, str(purchase.order_id), str(purchase.version), purchase.node, purchase.journey,
        purchase.to_node,
    )  # fmt: skip


def withdraw(tx: Tx, market: str, order_id: Id, nodes: Iterable[str]) -> None:
    """Take out of these nodes' purchase orders what the order no longer wants from them; twice is once."""
    atlas = network.atlas(tx, market)
    ours = [node for node in nodes if node in atlas.index and network.node(atlas, node).kind == "vendor"]
    if not ours:
        return
    order = orders.lock(tx, market, order_id)
    for node in ours:
        for po in follow(tx, order, node):
            watch(tx, po)


def follow(tx: Tx, order: Order, node: str) -> list[PurchaseOrder]:
    """All purchase orders of an order at a node, brought in line with the order; locks them."""
    pos = store.lock_of_order(tx, order.market, order.order_id, node)
    unfinished = [po for po in pos if po.state in UNFINISHED]
    followed = {po.po_id: po for po in rules.follow_order(unfinished, order)}
    for po in unfinished:
        if followed[po.po_id] != po:
            store.save(tx, followed[po.po_id])
    return [followed.get(po.po_id, po) for po in pos]


def locked(tx: Tx, market: str, po_id: Id) -> tuple[Order, PurchaseOrder]:
    """The order and the purchase order, both locked and in line with each other; raises NotFound."""
    known = find(tx, market, po_id)
    order = orders.lock(tx, market, known.order_id)
    pos = follow(tx, order, known.node)
    return order, next(po for po in pos if po.po_id == po_id)


def watch(tx: Tx, po: PurchaseOrder) -> None:
    """Have somebody look when the time to answer is over, and when a date the vendor gave has passed.

    Not for the handler of such a moment: a timer that rings does not stop itself.
    """
    date = rules.next_date(po)
    for kind, due_at in ((ANSWER, po.answer_by if po.unanswered else None), (DATE, date)):
        if due_at is None:
            stop_timer(tx, po.market, kind, str(po.po_id))
        else:
            set_timer(tx, po.market, kind, str(po.po_id), due_at)


def told(tx: Tx, po: PurchaseOrder, kind: str, now: datetime) -> None:
    """Tell what happened to a purchase order, as it now stands."""
    tell(tx, po.market, [Event(kind=kind, subject=str(po.po_id), data=po.as_json(), happened_at=now)])


def find(tx: Tx, market: str, po_id: Id) -> PurchaseOrder:
    """One purchase order; raises NotFound."""
    found = store.find(tx, market, po_id)
    if found is None:
        raise NotFound("There is no such purchase order.", po_id=str(po_id))
    return found


def of_vendor(
    tx: Tx, market: str, vendor: str, *, unfinished: bool, limit: int, after: Id | None = None
) -> list[PurchaseOrder]:
    """A vendor's purchase orders, oldest first: all there ever were, or only what is not finished."""
    return store.of_vendor(tx, market, vendor, unfinished=unfinished, limit=limit, after=after)


def node_of(tx: Tx, market: str, vendor: str) -> str:
    """The node a vendor ships from; a vendor's node that nobody described goes by its own name.

    Raises NotFound.
    """
    atlas = network.atlas(tx, market)
    if vendor in atlas.vendors or vendor not in atlas.index:
        return network.vendor(atlas, vendor).node
    bare = network.node(atlas, vendor).kind == "vendor" and network.vendor_at(atlas, vendor) is None
    return vendor if bare else network.vendor(atlas, vendor).node


def shown(tx: Tx, po: PurchaseOrder) -> dict[str, Any]:
    """The purchase order with all a vendor needs to send it, and all the vendor said of it.

    Whose parcel it is is shown only where there is one: the address is read from the order, never copied.
    """
    order = orders.find(tx, po.market, po.order_id)
    lines = po.lines
    return {
        **po.as_json(),
        "ship_to": None if po.state in ("closed", "cancelled") else _ship_to(tx, po, order),
        "gift": order.gift,
        "shipments": [notice.as_json() for notice in store.notices(tx, po.market, po.po_id)],
        "invoices": [
            invoice.as_json(lines[0].currency) for invoice in store.invoices(tx, po.market, po.po_id)
        ],
    }


def _ship_to(tx: Tx, po: PurchaseOrder, order: Order) -> dict[str, Any] | None:
    if po.to_node:
        shop = network.node(network.atlas(tx, po.market), po.to_node)
        return {
            "node": shop.node,
            "name": shop.name,
            "lat": shop.lat,
            "lon": shop.lon,
            "postal_code": shop.postal_code,
            "country": shop.country,
        }
    contact = order.contact or {}
    place = dict(order.destination or {})
    place["name"] = place.get("name") or contact.get("name", "")
    return {**place, "phone": contact.get("phone", "")}
