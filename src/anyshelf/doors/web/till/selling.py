"""The till of a store: sell what lies on the counter, send what is not there, settle what was kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.rendering import page
from anyshelf.doors.web.shop.entering import ShopPlace, places
from anyshelf.doors.web.store.entering import COUNTERS, Store, enter, store_page, theirs
from anyshelf.doors.web.store.working import shopper_of
from anyshelf.fulfilment import service as fulfilment
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, reading, requires
from anyshelf.inventory import service as inventory
from anyshelf.orders import service as orders
from anyshelf.orders.model import Line, Order

router = APIRouter()

Sells = Annotated[Principal, Depends(requires("orders:write"))]

CHANNEL: Final = "till"
ITEMS_MAX: Final = 1000
KEPT_MAX: Final = 100
KEPT_STATES: Final = ("staged", "picked", "released", "sourced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A reservation whose shopper may come to the till: whose, and how many of each line are kept."""

    order: Order
    shopper: str
    lines: Sequence[tuple[Line, int]]


@router.get("/till")
def tills(
    request: Request, here: Here, principal: Sells, find: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Which store's till? Straight in for who works in one alone."""
    with reading(here) as tx:
        nodes = [node for node in theirs(tx, principal) if node.kind in COUNTERS]
    if len(nodes) == 1:
        return RedirectResponse(f"/till/{nodes[0].node}", status_code=303)
    found = [each for each in nodes if find.lower() in f"{each.name} {each.node} {each.postal_code}".lower()]
    return page(request, "store/stores.html", visitor=principal, nodes=found, find=find, where="till")


@router.get("/till/{node}")
def till(node: str, request: Request, here: Here, principal: Sells) -> HTMLResponse:
    """Everything a till needs to go on without a connection: goods, prices, and where things may be sent."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        if not store.has_counter:
            raise NotFound(f"{node} has no counter, so it has no till.", field="node")
        data = _data(tx, request, store, principal)
    return store_page(request, "till.html", principal, store, tab="till", data=data, towns=data["towns"])


def _data(tx: Tx, request: Request, store: Store, principal: Principal) -> dict[str, Any]:
    return {
        "api": request.scope.get("root_path", ""),
        "node": store.node.node,
        "channel": CHANNEL,
        "person": principal.name,
        "items": everything_sold(tx, store),
        "towns": [_town(each) for each in places(store.atlas)],
    }


def everything_sold(tx: Tx, store: Store) -> list[dict[str, Any]]:
    """What a till of this store knows by code and price: all that lies here."""
    lying = inventory.positions(tx, store.market, item=None, node=store.node.node, limit=ITEMS_MAX)
    items = catalogue.items(tx, store.market, [position.item for position in lying])
    return [_item(item) for item in items.values()]


def _item(item: Item) -> dict[str, Any]:
    return {
        "item": item.item, "name": item.name, "gtin": item.gtin or "", "minor": item.price_minor,
        "currency": item.currency,
    }  # fmt: skip


def _town(place: ShopPlace) -> dict[str, Any]:
    return {
        "postal_code": place.postal_code, "name": place.name, "lat": place.lat, "lon": place.lon,
        "country": place.country,
    }  # fmt: skip


@router.get("/till/{node}/kept")
def kept(
    node: str,
    request: Request,
    here: Here,
    principal: Sells,
    find: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """What is kept here for somebody without payment, to be settled line by line."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        found = [each for each in _kept(tx, store) if _is_meant(each, find.strip().lower())]
        items = catalogue.items(tx, store.market, [line.item for each in found for line, _ in each.lines])
    return store_page(request, "kept.html", principal, store, tab="till", found=found, find=find, items=items)


def _kept(tx: Tx, store: Store) -> list[Kept]:
    node = store.node.node
    works = fulfilment.of_node(tx, store.market, node, unfinished=True, limit=KEPT_MAX)
    ids = list(dict.fromkeys(work.order_id for work in works if work.finish == "till"))
    kept_ = []
    for order in (orders.find(tx, store.market, order_id) for order_id in ids):
        lines = [
            (line, units)
            for line in order.lines
            if line.method == "reserve" and (units := line.in_state(*KEPT_STATES, node=node))
        ]
        kept_.append(Kept(order=order, shopper=shopper_of(order), lines=lines))
    return [each for each in kept_ if each.lines]


def _is_meant(each: Kept, wanted: str) -> bool:
    return any(wanted in (known or "").lower() for known in (each.shopper, each.order.external_id))
