"""Tills over HTTP: their lease of stock, and what they sell with or without it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires, told_before, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.ids import new_code, new_id
from anyshelf.network import service as network
from anyshelf.orders import service
from anyshelf.orders.api.bodies import Fulfilment, OrderLine, PlaceOrder, Sale
from anyshelf.orders.api.drafting import draft_of
from anyshelf.orders.api.kits import named
from anyshelf.orders.api.paid import Paying
from anyshelf.orders.api.shown import as_json
from anyshelf.orders.model import Draft

router = APIRouter()

Writes = Annotated[Principal, Depends(requires("orders:write"))]
Till = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@router.get("/nodes/{node}/tills")
def list_tills(node: str, here: Here, principal: Writes) -> dict[str, Any]:
    """The tills of a node that have leased something: how much, and when each was last heard of."""
    principal.check_node(node)
    with reading(here) as tx:
        network.node(network.atlas(tx, principal.market), node)
        found = service.tills(tx, principal.market, node)
    return {
        "node": node,
        "tills": [
            {
                "till": each.till,
                "items": each.items,
                "units": each.units,
                "heard_of_at": each.heard_of_at.isoformat(),
            }
            for each in found
        ],
    }


@router.put("/nodes/{node}/tills/{till}/lease")
def put_lease(node: str, till: Till, request: Request, here: Here, principal: Writes) -> Response:
    """Renew the units a till may sell when it is cut off, and fill them up from what is free.

    They are held: no other channel sells them meanwhile. The till may sell them for `sells_for_seconds`
    without a word from us; they stay held until `kept_until` for what it sold and has not told yet.
    """
    principal.check_node(node)

    def work(tx: Tx, now: datetime) -> Answer:
        network.node(network.atlas(tx, principal.market), node)
        lease = service.lease(tx, principal.market, node, till, now)
        return Answer(status=200, body=_lease_json(lease, now))

    return writing(request, here, principal, work)


def _lease_json(lease: service.Lease, now: datetime) -> dict[str, Any]:
    return {
        "items": [{"item": item, "quantity": units} for item, units in sorted(lease.items.items())],
        "sells_for_seconds": int((lease.sells_until - now).total_seconds()),
        "kept_until": lease.kept_until.isoformat(),
    }


@router.delete("/nodes/{node}/tills/{till}/lease")
def delete_lease(node: str, till: Till, request: Request, here: Here, principal: Writes) -> Response:
    """Close a till, at the end of its day or when it is lost: what it leased is for everybody again.

    What it sold before and tells later is still taken, up to what it had leased.
    """
    principal.check_node(node)

    def work(tx: Tx, now: datetime) -> Answer:
        units = service.end_lease(tx, principal.market, node, till, now, by=principal.name)
        return Answer(status=200, body={"items": [], "units_freed": units})

    return writing(request, here, principal, work)


@router.post("/nodes/{node}/tills/{till}/sales", status_code=201)
def sell(node: str, till: Till, body: Sale, request: Request, here: Here, principal: Writes) -> Response:
    """Sell over the counter, now or, out of the lease, some time ago: the same receipt twice is one sale."""
    principal.check_node(node)
    principal.check_channel(body.channel)
    earlier = told_before(request, here, principal)
    if earlier is not None:
        return earlier
    with reading(here) as tx:
        draft = _draft(tx, principal.market, node, body, here.clock.now())
        known = service.sent_before(tx, principal.market, draft)
    due = 0 if known else service.to_authorise_minor(draft)
    paying = Paying(due, body.tender, draft.currency, field="tender")
    order_id, code = new_id(), new_code()

    def work(tx: Tx, now: datetime) -> Answer:
        with named(draft.lines):
            sold, paying.used = service.sell(
                tx, principal.market, node, till, draft, paying.authorisation, now, order_id=order_id,
                pickup_code=code,
            )  # fmt: skip
        return Answer(status=201, body=as_json(tx, sold))

    return paying.through(lambda: writing(request, here, principal, work))


def _draft(tx: Tx, market: str, node: str, body: Sale, now: datetime) -> Draft:
    """The sale as an order that is taken along at once; raises as every order does."""
    asked = PlaceOrder(
        channel=body.channel,
        external_id=body.external_id,
        customer=body.customer,
        contact=body.contact,
        lines=[
            OrderLine(item=line.item, quantity=line.quantity, unit_price=line.unit_price)
            for line in body.lines
        ],
        fulfilment=Fulfilment(method="carry_out", node=node),
    )
    draft = draft_of(tx, market, asked, now)
    service.check(tx, market, draft)
    return draft
