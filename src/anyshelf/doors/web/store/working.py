"""The work of a store: what is to be done by when, one piece of work, and the label of its parcel."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.rendering import fragment, page
from anyshelf.doors.web.store.entering import Store, enter, store_page, theirs
from anyshelf.fulfilment import service as fulfilment
from anyshelf.fulfilment.model import Work
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires
from anyshelf.orders import service as orders
from anyshelf.orders.model import Order

router = APIRouter()

Works = Annotated[Principal, Depends(requires("work:read"))]

LISTED_MAX = 200
NAMED_MAX = 60

SHORT_REASONS = ("not on the shelf", "damaged", "wrong item on the shelf", "on display only", "not enough")
"""Why somebody did not find what the books say is there."""

DOING = {
    "hand_over": "Pickup", "till": "Reserved", "dispatch": "Ship", "transfer": "To another store",
    "counter": "Arrived for pickup",
}  # fmt: skip
"""What work is called, by how its node is done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A piece of work as one row of the list."""

    work: Work
    doing: str
    units: int
    shelves: str
    shopper: str
    here_at: str = ""


@router.get("/store")
def stores(
    request: Request, here: Here, principal: Works, find: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Which store? Straight in for who works in one alone."""
    with reading(here) as tx:
        nodes = theirs(tx, principal)
    if len(nodes) == 1:
        return RedirectResponse(f"/store/{nodes[0].node}", status_code=303)
    found = [each for each in nodes if find.lower() in f"{each.name} {each.node} {each.postal_code}".lower()]
    return page(request, "store/stores.html", visitor=principal, nodes=found, find=find)


@router.get("/store/{node}")
def work_list(node: str, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """What is to be done here, by deadline; what stands ready for its shopper."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        listed = _listed(tx, store)
    if request.headers.get("hx-request"):
        return fragment(request, "store/tasks.html", visitor=principal, node=store.node, zone=store.zone,
                        now=store.now, store=store, **listed)  # fmt: skip
    return store_page(request, "work.html", principal, store, tab="work", **listed)


def _listed(tx: Tx, store: Store) -> dict[str, Any]:
    works = fulfilment.of_node(tx, store.market, store.node.node, unfinished=True, limit=LISTED_MAX)
    items = catalogue.items(tx, store.market, list({line.item for work in works for line in work.lines}))
    ready = [work for work in works if _waits_for_shopper(work)]
    todo = [work for work in works if not _waits_for_shopper(work)]
    named = {work.order_id for work in (*ready[:NAMED_MAX], *todo[:NAMED_MAX])}
    shoppers = {order_id: shopper_of(orders.find(tx, store.market, order_id)) for order_id in named}
    tasks = [_task(work, items, shoppers.get(work.order_id, "")) for work in todo]
    waiting = [_task(work, items, shoppers.get(work.order_id, "")) for work in ready]
    return {"todo": tasks, "ready": waiting}


def _waits_for_shopper(work: Work) -> bool:
    return work.state == "staged" and work.finish in ("hand_over", "till", "counter")


def _task(work: Work, items: dict[str, Item], shopper: str) -> Task:
    shelves = {items[line.item].category for line in work.lines if line.item in items}
    return Task(
        work=work,
        doing=DOING[work.finish],
        units=sum(line.quantity - line.cancelled - line.short for line in work.lines),
        shelves=", ".join(sorted(shelves)),
        shopper=shopper,
    )


def shopper_of(order: Order) -> str:
    """What to call the shopper at the counter."""
    known = (order.contact or {}).get("name") or (order.destination or {}).get("name")
    return str(known or order.customer or "")
