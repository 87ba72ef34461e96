"""The work of a store: what is to be done by when, one piece of work, and the label of its parcel."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item
from anyshelf.doors.web.drawing import qr
from anyshelf.doors.web.rendering import fragment, page
from anyshelf.doors.web.store.entering import Store, enter, store_page, theirs
from anyshelf.fulfilment import service as fulfilment
from anyshelf.fulfilment.model import Work
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.http import Here, analysing, reading, requires
from anyshelf.insight import service as insight
from anyshelf.orders import service as orders
from anyshelf.orders.model import Called, Order

router = APIRouter()

Works = Annotated[Principal, Depends(requires("work:read"))]

LISTED_MAX = 200
SIGNAL_DAYS = 90

SHORT_REASONS = ("not on the shelf", "damaged", "wrong item on the shelf", "on display only", "not enough")
"""Why somebody did not find what the books say is there."""

PICKUP_CODE = "anyshelf:pickup:"
"""How the QR code of a pickup begins; the order and its code follow."""

AT_COUNTER = ("hand_over", "till", "counter")
"""Work that ends with its shopper in the store."""

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
    what: str
    shopper: str
    here_at: str


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
    return page(request, "store/stores.html", visitor=principal, nodes=found, find=find, where="store")


@router.get("/store/{node}")
def work_list(node: str, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """What is to be done here, by deadline; what stands ready for its shopper."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        listed = _listed(tx, store)
    if request.headers.get("hx-request"):
        return fragment(request, "store/tasks.html", visitor=principal, node=store.node, zone=store.zone,
                        now=store.now, store=store, **listed)  # fmt: skip
    with analysing(here) as tx:
        since = store.now - timedelta(days=SIGNAL_DAYS)
        signal = insight.signal_of_nodes(tx, store.market, [node], since=since, until=store.now)
    return store_page(
        request, "work.html", principal, store, tab="work", signal=signal, signal_days=SIGNAL_DAYS, **listed
    )


@router.get("/store/{node}/counter")
def at_counter(
    node: str, request: Request, here: Here, principal: Works, code: Annotated[str, Query(max_length=200)]
) -> Response:
    """Who stands at the counter: by the QR code on their phone, their order's number, or their name."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        works = fulfilment.of_node(tx, store.market, node, unfinished=True, limit=LISTED_MAX)
        waiting = [work for work in works if _waits_for_shopper(work)]
        called = orders.called(tx, store.market, [work.order_id for work in waiting])
        found = next((work for work in waiting if _is_meant(called[work.order_id], code.strip())), None)
    if found is None:
        raise NotFound(f"Nothing stands ready here for {code[:60]}.", field="code")
    shown = code.strip().rpartition(":")[2] if code.startswith(PICKUP_CODE) else ""
    at = f"{request.scope.get('root_path', '')}/store/{node}/work/{found.work_id}"
    return RedirectResponse(f"{at}?code={quote(shown)}" if shown else at, status_code=303)


def _is_meant(called: Called, wanted: str) -> bool:
    """Whether this is the order somebody names: never by its code alone, which is to be shown."""
    if wanted.startswith(PICKUP_CODE):
        return str(called.order_id) in wanted
    return bool(wanted) and any(wanted.lower() in each.lower() for each in (called.number, called.shopper))


@router.get("/store/{node}/work/{work_id}")
def one_work(node: str, work_id: UUID, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """One piece of work, from the shelf to whoever takes it."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        work = _work_here(tx, store, work_id)
        order = orders.find(tx, store.market, work.order_id)
        items = catalogue.items(tx, store.market, [line.item for line in work.lines])
        bins = fulfilment.bins(tx, store.market, node, list(items))
    grams = sum(items[line.item].weight_g * line.quantity for line in work.lines if line.item in items)
    data = {
        "work": work.as_json(),
        "api": request.scope.get("root_path", ""),
        "node": node,
        "offered": work.node != node,
        "person": principal.name,
        "items": {
            code: {
                "name": item.name,
                "category": item.category,
                "gtin": item.gtin,
                "bin": bins.get(code, ""),
            }
            for code, item in items.items()
        },
        "form": {
            "tracking": label_number(work),
            "carrier": carriers_for(store, work)[0],
            "weight": max(1, grams),
            "shelf": work.shelf or "",
        },
    }
    return store_page(
        request, "one.html", principal, store, tab="work", work=work, order=order, data=data,
        doing=DOING[work.finish], shopper=shopper_of(order), carriers=carriers_for(store, work),
        reasons=SHORT_REASONS, items=items,
    )  # fmt: skip


def _work_here(tx: Tx, store: Store, work_id: UUID) -> Work:
    work = fulfilment.find(tx, store.market, work_id)
    if store.node.node not in fulfilment.claimable_at(tx, work):
        raise NotFound(f"{store.node.node} has no such work.", work_id=str(work_id))
    return work


def carriers_for(store: Store, work: Work) -> list[str]:
    """Who may take this parcel: who was promised to, then by the services the network knows."""
    known = {service.carrier or service.service for service in store.atlas.services.values()}
    promised = [work.carrier] if work.carrier else []
    return [*promised, *sorted(known - set(promised))] or ["carrier"]


def label_number(work: Work) -> str:
    """What stands on the label as its number: the same however often it is printed."""
    return f"AS{work.work_id.int % 10**12:012}"


@router.get("/store/{node}/work/{work_id}/label")
def label(node: str, work_id: UUID, request: Request, here: Here, principal: Works) -> HTMLResponse:
    """What is stuck on the parcel, or on the bag that waits at the counter, to print."""
    with reading(here) as tx:
        store = enter(tx, principal, node, here.clock.now())
        work = _work_here(tx, store, work_id)
        order = orders.find(tx, store.market, work.order_id)
        items = catalogue.items(tx, store.market, [line.item for line in work.lines])
    number = label_number(work)
    packages = work.packages or [{"tracking": number, "weight_g": None}]
    return store_page(
        request, "label.html", principal, store, work=work, order=order, items=items,
        shopper=shopper_of(order), to=store.node if work.finish in AT_COUNTER else None,
        to_name=store.name_of(work.to_node) if work.to_node else "", packages=packages,
        pictures=[qr(package["tracking"] or number) for package in packages],
    )  # fmt: skip


def _listed(tx: Tx, store: Store) -> dict[str, Any]:
    works = fulfilment.of_node(tx, store.market, store.node.node, unfinished=True, limit=LISTED_MAX)
    items = catalogue.items(tx, store.market, list({line.item for work in works for line in work.lines}))
    ready = [work for work in works if _waits_for_shopper(work)]
    todo = [work for work in works if not _waits_for_shopper(work)]
    called = orders.called(tx, store.market, [work.order_id for work in works])
    come = fulfilment.arrivals(tx, store.market, [work.order_id for work in works])

    def task(work: Work) -> Task:
        arrival = come.get((work.order_id, work.node))
        return _task(work, items, called[work.order_id].shopper, arrival.spot if arrival else "")

    tasks = [task(work) for work in todo]
    waiting = sorted((task(work) for work in ready), key=lambda each: not each.here_at)
    return {"todo": tasks, "ready": waiting, "most": LISTED_MAX}


def _waits_for_shopper(work: Work) -> bool:
    return work.state == "staged" and work.finish in AT_COUNTER


def _task(work: Work, items: dict[str, Item], shopper: str, here_at: str) -> Task:
    known = [items[line.item] for line in work.lines if line.item in items]
    what = (
        known[0].name
        if len(work.lines) == 1 and known
        else ", ".join(sorted({each.category for each in known}))
    )
    return Task(
        work=work,
        doing=DOING[work.finish],
        units=sum(line.quantity - line.cancelled - line.short for line in work.lines),
        what=what,
        shopper=shopper,
        here_at=here_at,
    )


def shopper_of(order: Order) -> str:
    """What to call the shopper at the counter."""
    known = (order.contact or {}).get("name") or (order.destination or {}).get("name")
    return str(known or order.customer or "")
