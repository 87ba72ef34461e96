"""The pages of a vendor: its own orders to confirm and send, what it has, and how well it serves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from anyshelf.catalogue import service as catalogue
from anyshelf.doors.web.forms import Form, form_of
from anyshelf.doors.web.rendering import page
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx, retrying
from anyshelf.ground.http import Here, House, reading, requires
from anyshelf.ground.ids import derived_id
from anyshelf.insight import service as insight
from anyshelf.network import service as network
from anyshelf.vendors import service as vendors
from anyshelf.vendors.model import Answer, Feed, Notice, PurchaseOrder

router = APIRouter(include_in_schema=False)

Reads = Annotated[Principal, Depends(requires("vendors:read"))]
Writes = Annotated[Principal, Depends(requires("vendors:write"))]

LISTED_MAX: Final = 100
SCORED_DAYS: Final = 90


@router.get("/vendor")
def which(request: Request, here: Here, principal: Reads) -> Response:
    """Straight to their own orders for who works for one vendor; else the vendors to choose from."""
    with reading(here) as tx:
        known = sorted(network.atlas(tx, principal.market).vendors)
    theirs = list(principal.vendors) or known
    if len(theirs) == 1:
        return RedirectResponse(f"/vendor/{theirs[0]}", status_code=303)
    return page(request, "vendor/vendors.html", visitor=principal, vendors=theirs)


@router.get("/vendor/{vendor}")
def desk(vendor: str, request: Request, here: Here, principal: Reads) -> HTMLResponse:
    """What is to be confirmed and sent, soonest due first; the scorecard beside it."""
    principal.check_vendor(vendor)
    here.catch_up(principal.market)
    now = here.clock.now()
    with reading(here) as tx:
        node = vendors.node_of(tx, principal.market, vendor)
        found = vendors.of_vendor(tx, principal.market, vendor, unfinished=True, limit=LISTED_MAX)
        todo = [(po, vendors.shown(tx, po)) for po in sorted(found, key=lambda po: po.ship_by)]
        items = catalogue.items(tx, principal.market, [line.item for po in found for line in po.lines])
        card = vendors.scorecard(tx, principal.market, vendor, days=SCORED_DAYS, now=now)
        zone = network.timezone_of(network.atlas(tx, principal.market), node)
        signal = insight.signal_of_vendor(
            tx, principal.market, vendor, since=now - timedelta(days=SCORED_DAYS), until=now
        )
    return page(
        request, "vendor/desk.html", visitor=principal, vendor=vendor, todo=todo, items=items, card=card,
        days=SCORED_DAYS, now=now, zone=zone, signal=signal,
    )  # fmt: skip


@router.post("/vendor/orders/{po_id}/confirm")
def confirm(po_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """All of it comes."""
    return _said(request, here, principal, po_id, _accepts)


def _accepts(tx: Tx, po: PurchaseOrder, here: House) -> None:
    answers = [
        Answer(line=line.line, accept=line.quantity - line.rejected - line.cancelled) for line in po.lines
    ]
    vendors.acknowledge(tx, po.market, po.po_id, answers, here.clock.now())


@router.post("/vendor/orders/{po_id}/reject")
def reject(po_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """What was not confirmed does not come: somebody else is asked at once."""
    reason = form_of(request).needed("reason", longest=200)

    def rejects(tx: Tx, po: PurchaseOrder, here: House) -> None:
        answers = [
            Answer(
                line=line.line, accept=line.accepted,
                backorder=line.backordered, expected_at=line.expected_at,
                reject=line.rejected + line.unanswered, reason=reason,
            )
            for line in po.lines
            if line.unanswered
        ]  # fmt: skip
        vendors.acknowledge(tx, po.market, po.po_id, answers, here.clock.now())

    return _said(request, here, principal, po_id, rejects)


@router.post("/vendor/orders/{po_id}/ship")
def ship(po_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """What is left of it has gone, in one parcel; the same tracking number again changes nothing."""
    form = form_of(request)
    carrier, tracking = form.needed("carrier", longest=64), form.needed("tracking", longest=200)

    def ships(tx: Tx, po: PurchaseOrder, here: House) -> None:
        now = here.clock.now()
        asn = f"web-{derived_id('asn', str(po.po_id), carrier, tracking)}"
        lines = {line.line: line.to_ship for line in po.lines if line.to_ship}
        notice = Notice(asn=asn, carrier=carrier, tracking=tracking, shipped_at=now, lines=lines)
        vendors.ship(tx, po.market, po.po_id, notice, now)

    return _said(request, here, principal, po_id, ships)


@router.post("/vendor/{vendor}/stock")
def stock(vendor: str, request: Request, here: Here, principal: Writes) -> Response:
    """How many of an item lie with the vendor now, those promised to our orders included."""
    principal.check_vendor(vendor)
    form = form_of(request)

    def work(tx: Tx) -> dict[str, Any]:
        return vendors.take_feed(tx, principal.market, vendor, _feed(form, here), here.clock.now())

    retrying(here.database, work)
    return _back(request, here, vendor)


def _feed(form: Form, here: House) -> Feed:
    item, units, now = form.needed("item", longest=64), form.number("quantity"), here.clock.now()
    told = str(derived_id("feed", item, str(units), now.isoformat()))
    return Feed(feed_id=f"web-{told}", as_of=now, figures={item: units})


def _said(
    request: Request,
    here: House,
    principal: Principal,
    po_id: UUID,
    saying: Callable[[Tx, PurchaseOrder, House], None],
) -> Response:
    """Take in what a vendor says of one of its own orders, and show its orders again."""

    def work(tx: Tx) -> str:
        po = vendors.find(tx, principal.market, po_id)
        principal.check_vendor(po.vendor)
        saying(tx, po, here)
        return po.vendor

    return _back(request, here, retrying(here.database, work))


def _back(request: Request, here: House, vendor: str) -> Response:
    here.wake.set()
    return RedirectResponse(f"{request.scope.get('root_path', '')}/vendor/{vendor}", status_code=303)
