"""Shipments over HTTP: where they are, and what their carriers say."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictStr

from anyshelf.delivery import service
from anyshelf.delivery.model import Scan, Shipment
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.orders import service as orders

router = APIRouter(prefix="/v1", tags=["delivery"])

Reads = Annotated[Principal, Depends(requires("orders:read"))]
Tells = Annotated[Principal, Depends(requires("shipments:write"))]


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("no parcel was on its way then")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScanIn(_Body):
    """Something that happened to a shipment, under the carrier's own id: the same id twice is once."""

    event_id: Annotated[StrictStr, Field(min_length=1, max_length=128)]
    kind: Literal["dispatched", "in_transit", "out_for_delivery", "delivered", "failed", "lost", "returning"]
    happened_at: Moment
    place: Annotated[StrictStr, Field(max_length=200)] | None = None


class ScansIn(_Body):
    """What a carrier has to say, in any order."""

    events: Annotated[list[ScanIn], Field(min_length=1, max_length=500)]


@router.post("/shipments/{shipment_id}:events")
def hear(shipment_id: UUID, body: ScansIn, request: Request, here: Here, principal: Tells) -> Response:
    """Take in what a carrier says of a shipment: in any order, repeated or late."""
    said = [
        Scan(event_id=scan.event_id, kind=scan.kind, happened_at=scan.happened_at, place=scan.place)
        for scan in body.events
    ]

    def work(tx: Tx, now: datetime) -> Answer:
        shipment = service.hear(tx, principal.market, shipment_id, said, now)
        return Answer(status=200, body=_as_json(tx, shipment))

    return writing(request, here, principal, work)


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
    return {**shipment.as_json(), "events": [scan.as_json() for scan in said]}
