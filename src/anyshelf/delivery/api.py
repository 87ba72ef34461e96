"""Shipments over HTTP: where they are, and what their carriers say."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.delivery import service
from anyshelf.delivery.model import Arrived, Scan, Shipment, Transferred
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.orders import service as orders

router = APIRouter(prefix="/v1", tags=["delivery"])

Reads = Annotated[Principal, Depends(requires("orders:read"))]
Tells = Annotated[Principal, Depends(requires("shipments:write"))]
Unpacks = Annotated[Principal, Depends(requires("work:read"))]
Receives = Annotated[Principal, Depends(requires("work:write"))]
Changes = Annotated[Principal, Depends(requires("orders:write"))]


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("no parcel was on its way then")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Proof(_Body):
    """What shows that somebody took it: their name, and where a signature or a picture is kept."""

    name: Annotated[StrictStr, Field(max_length=200)] = ""
    reference: Annotated[StrictStr, Field(max_length=500)] = ""


class Slot(_Body):
    """When the shopper is at home."""

    from_: Annotated[Moment, Field(alias="from")]
    to: Moment


class BoxLine(_Body):
    """What a store found of a line: so many good, broken and not there at all."""

    line: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    received: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 0
    damaged: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 0
    missing: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 0


class Box(_Body):
    """What a store found in a box; without lines everything came as it was sent."""

    lines: Annotated[list[BoxLine], Field(max_length=2000)] | None = None


class ScanIn(_Body):
    """Something that happened to a shipment, under the carrier's own id: the same id twice is once."""

    event_id: Annotated[StrictStr, Field(min_length=1, max_length=128)]
    kind: Literal[
        "dispatched", "in_transit", "out_for_delivery", "delivered", "failed", "refused", "lost", "returning"
    ]
    happened_at: Moment
    place: Annotated[StrictStr, Field(max_length=200)] | None = None
    proof: Proof | None = None


class ScansIn(_Body):
    """What a carrier has to say, in any order."""

    events: Annotated[list[ScanIn], Field(min_length=1, max_length=500)]


@router.post("/shipments/{shipment_id}:events")
def hear(shipment_id: UUID, body: ScansIn, request: Request, here: Here, principal: Tells) -> Response:
    """Take in what a carrier says of a shipment: in any order, repeated or late."""
    said = [
        Scan(
            event_id=scan.event_id,
            kind=scan.kind,
            happened_at=scan.happened_at,
            place=scan.place,
            proof=scan.proof.model_dump() if scan.proof else None,
        )
        for scan in body.events
    ]

    def work(tx: Tx, now: datetime) -> Answer:
        shipment = service.hear(tx, principal.market, shipment_id, said, now)
        return Answer(status=200, body=_as_json(tx, shipment))

    return writing(request, here, principal, work)


@router.post("/shipments/{shipment_id}:receive")
def receive(
    shipment_id: UUID, request: Request, here: Here, principal: Receives, body: Box | None = None
) -> Response:
    """Open a box that another node sent to this store: what came is set ready, the rest is sourced again."""

    def work(tx: Tx, now: datetime) -> Answer:
        shipment = service.ensure(tx, principal.market, shipment_id)
        principal.check_node(shipment.to_node)
        found = _found(service.transfer(tx, shipment), body)
        return Answer(
            status=200, body=_as_json(tx, service.receive(tx, principal.market, shipment_id, found, now))
        )

    return writing(request, here, principal, work)


def _found(sent: list[Transferred], body: Box | None) -> list[Arrived]:
    if body is None or body.lines is None:
        return [Arrived(line=line.line, received=line.outstanding) for line in sent if line.outstanding]
    return [Arrived(**line.model_dump()) for line in body.lines]


@router.post("/shipments/{shipment_id}:reschedule")
def reschedule(shipment_id: UUID, body: Slot, request: Request, here: Here, principal: Changes) -> Response:
    """Choose another slot for a delivery that failed, or has not been tried yet."""
    slot = {"from": body.from_.isoformat(), "to": body.to.isoformat()}

    def work(tx: Tx, now: datetime) -> Answer:
        _check(tx, principal, service.ensure(tx, principal.market, shipment_id).order_id)
        shipment = service.reschedule(tx, principal.market, shipment_id, slot, now)
        return Answer(status=200, body=_as_json(tx, shipment))

    return writing(request, here, principal, work)


@router.get("/nodes/{node}/arrivals")
def arrivals(
    node: str, here: Here, principal: Annotated[Principal, Depends(requires("work:read"))]
) -> dict[str, Any]:
    """What is on its way to a store from other nodes, what left first first."""
    principal.check_node(node)
    here.catch_up(principal.market)
    with reading(here) as tx:
        found = service.coming(tx, principal.market, node)
        return {"node": node, "shipments": [_as_json(tx, shipment) for shipment in found]}


@router.get("/shipments/{shipment_id}")
def get_shipment(shipment_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """Where a shipment is, and everything its carrier said of it."""
    with reading(here) as tx:
        shipment = service.ensure(tx, principal.market, shipment_id)
        _check(tx, principal, shipment.order_id)
        return _as_json(tx, shipment)


@router.get("/orders/{order_id}/shipments")
def shipments_of_order(order_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """The shipments of an order, in the order in which they left."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        _check(tx, principal, order_id)
        found = service.of_order(tx, principal.market, order_id)
        return {"shipments": [_as_json(tx, shipment) for shipment in found]}


def _check(tx: Tx, principal: Principal, order_id: UUID) -> None:
    """Raises NotFound or Forbidden when this order is not theirs to look at."""
    principal.check_channel(orders.find(tx, principal.market, order_id).channel)


def _as_json(tx: Tx, shipment: Shipment) -> dict[str, Any]:
    said = service.scans(tx, shipment.market, shipment.shipment_id)
    told = {**shipment.as_json(), "events": [scan.as_json() for scan in said]}
    if shipment.to_node:
        told["transfer"] = [msgspec.to_builtins(line) for line in service.transfer(tx, shipment)]
    return told
