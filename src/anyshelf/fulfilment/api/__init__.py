"""Work in nodes over HTTP: the task list, and every step from claim to hand-over."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.fulfilment import service
from anyshelf.fulfilment.api import floor
from anyshelf.fulfilment.model import Package, Pick, Work
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Conflict, Forbidden, Refusal
from anyshelf.ground.http import Here, House, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.network import service as network

router = APIRouter(prefix="/v1", tags=["fulfilment"])
router.include_router(floor.router)

QUANTITY_MAX = 1_000_000
Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Words = Annotated[StrictStr, Field(min_length=1, max_length=200)]
Reads = Annotated[Principal, Depends(requires("work:read"))]
Writes = Annotated[Principal, Depends(requires("work:write"))]
Doing = Callable[[Tx, Work, datetime], Work | Refusal]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PickedLine(_Body):
    """What was found of a line; with `short_reason` the rest is not there, without it is left for later."""

    line: Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]
    quantity: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)]
    short_reason: Words | None = None


class Picked(_Body):
    """What somebody found on the shelf."""

    lines: Annotated[list[PickedLine], Field(min_length=1, max_length=2000)]


class Parcel(_Body):
    """A parcel: its weight and its own tracking number, where they are known."""

    weight_g: Annotated[StrictInt, Field(ge=1, le=10_000_000)] | None = None
    tracking: Words | None = None


class Packed(_Body):
    """The parcels the goods went into; one, when none is named."""

    packages: Annotated[list[Parcel], Field(max_length=200)] = Field(default_factory=list)


class Staged(_Body):
    """Where the goods wait."""

    shelf: Code | None = None


class Dispatched(_Body):
    """Who took the parcels; the tracking number of a package serves where none is given."""

    carrier: Code
    tracking: Words | None = None


class HandedOver(_Body):
    """What the shopper showed."""

    code: Code


class Claimed(_Body):
    """The node that claims work it is offered; whoever works at one only need not say."""

    node: Code | None = None


class Rejected(_Body):
    """Why the node will not do this."""

    reason: Words = "rejected"
    node: Code | None = None


@router.get("/nodes/{node}/work")
def list_work(
    node: str,
    here: Here,
    principal: Reads,
    state: Literal["open", "all"] = "open",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: UUID | None = None,
) -> dict[str, Any]:
    """What a node has to do, the most urgent first: unfinished work, or all there ever was.

    `next` of one page is `after` of the following one.
    """
    here.catch_up(principal.market)
    with reading(here) as tx:
        _check_place(tx, principal, node)
        network.node(network.atlas(tx, principal.market), node)
        found = service.of_node(
            tx, principal.market, node, unfinished=state == "open", limit=limit, after=after
        )
    more = str(found[-1].work_id) if len(found) == limit else None
    return {"node": node, "work": [_listed(work, node) for work in found], "next": more}


def _listed(work: Work, node: str) -> dict[str, Any]:
    """Work as a node's list shows it: what lies at another node is only offered."""
    return work.as_json() | ({"offered": True} if work.node != node else {})


@router.get("/work/{work_id}")
def get_work(work_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """One piece of work."""
    with reading(here) as tx:
        return _theirs(tx, principal, work_id, offered=True).as_json()


@router.post("/work/{work_id}:claim")
def claim(
    work_id: UUID, request: Request, here: Here, principal: Writes, body: Claimed | None = None
) -> Response:
    """Take the work on: the first claim wins, and offered work comes to the node that claims it."""
    asked = body.node if body else None
    return _do(
        request, here, principal, work_id,
        lambda tx, work, now: service.claim(
            tx, work.market, work.work_id, by=principal.name, now=now,
            node=_claiming(tx, principal, work, asked),
        ),
        offered=True,
    )  # fmt: skip


@router.post("/work/{work_id}:pick")
def pick(work_id: UUID, body: Picked, request: Request, here: Here, principal: Writes) -> Response:
    """Write down what was found on the shelf; what is short is sourced anew at once."""
    picks = [
        Pick(line=line.line, quantity=line.quantity, short_reason=line.short_reason) for line in body.lines
    ]
    return _do(
        request, here, principal, work_id,
        lambda tx, work, now: service.pick(
            tx, work.market, work.work_id, picks, by=principal.name, now=now
        ),
    )  # fmt: skip


@router.post("/work/{work_id}:pack")
def pack(
    work_id: UUID, request: Request, here: Here, principal: Writes, body: Packed | None = None
) -> Response:
    """Put what was picked into parcels."""
    packages = [
        Package(weight_g=parcel.weight_g, tracking=parcel.tracking)
        for parcel in (body.packages if body else [])
    ]
    return _do(
        request, here, principal, work_id,
        lambda tx, work, now: service.pack(tx, work.market, work.work_id, packages, now),
    )  # fmt: skip


@router.post("/work/{work_id}:stage")
def stage(
    work_id: UUID, request: Request, here: Here, principal: Writes, body: Staged | None = None
) -> Response:
    """Set the goods ready, for the counter or for the carrier."""
    shelf = body.shelf if body else None
    return _do(
        request, here, principal, work_id,
        lambda tx, work, now: service.stage(tx, work.market, work.work_id, shelf=shelf, now=now),
    )  # fmt: skip


@router.post("/work/{work_id}:dispatch")
def dispatch(work_id: UUID, body: Dispatched, request: Request, here: Here, principal: Writes) -> Response:
    """The parcels leave with a carrier; the shipment bears the id of the work."""
    return _do(
        request, here, principal, work_id,
        lambda tx, work, now: service.dispatch(
            tx, work.market, work.work_id, carrier=body.carrier, tracking=body.tracking, now=now
        ),
    )  # fmt: skip


@router.post("/work/{work_id}:hand_over")
def hand_over(work_id: UUID, body: HandedOver, request: Request, here: Here, principal: Writes) -> Response:
    """Give the goods to whoever shows the code of the order."""
    tries_max = here.settings.code_tries_max
    return _do(
        request, here, principal, work_id,
        lambda tx, work, now: service.hand_over(
            tx, work.market, work.work_id, code=body.code, tries_max=tries_max, now=now
        ),
    )  # fmt: skip


@router.post("/work/{work_id}:reject")
def reject(
    work_id: UUID, request: Request, here: Here, principal: Writes, body: Rejected | None = None
) -> Response:
    """The node will not do this work: it is sourced anew, from elsewhere."""
    said = body or Rejected()
    return _do(
        request, here, principal, work_id,
        lambda tx, work, now: service.reject(
            tx, work.market, work.work_id, reason=said.reason, now=now,
            node=_claiming(tx, principal, work, said.node),
        ),
        offered=True,
    )  # fmt: skip


def _claiming(tx: Tx, principal: Principal, work: Work, asked: str | None) -> str | None:
    """The node that claims or rejects: the one that is named, else theirs. None: the work's own."""
    if asked is not None:
        _check_place(tx, principal, asked)
        if asked not in service.claimable_at(tx, work):
            raise Conflict(f"This work is not offered to {asked} any more.", field="node")
        return asked
    if not principal.nodes or work.node in principal.nodes:
        return None
    return next((node for node in service.claimable_at(tx, work) if node in principal.nodes), None)


def _do(
    request: Request,
    here: House,
    principal: Principal,
    work_id: UUID,
    doing: Doing,
    *,
    offered: bool = False,
) -> Response:
    """Take one step of work in a transaction of its own; a refusal that is a value is kept, then told."""

    def work(tx: Tx, now: datetime) -> Answer:
        done = doing(tx, _theirs(tx, principal, work_id, offered=offered), now)
        if isinstance(done, Refusal):
            return Answer(status=done.status, body=done.as_problem())
        return Answer(status=200, body=done.as_json())

    response = writing(request, here, principal, work)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        response.headers["content-type"] = "application/problem+json"
    return response


def _theirs(tx: Tx, principal: Principal, work_id: UUID, *, offered: bool = False) -> Work:
    """The work, if it lies at a node of theirs, or may be `offered` there; raises NotFound or Forbidden."""
    found = service.find(tx, principal.market, work_id)
    if offered and not set(principal.nodes).isdisjoint(service.claimable_at(tx, found)):
        return found
    _check_place(tx, principal, found.node)
    return found


def _check_place(tx: Tx, principal: Principal, node: str) -> None:
    """Raises Forbidden when this node, or the vendor who ships from it, is not theirs."""
    principal.check_node(node)
    if principal.vendors:
        vendor = network.vendor_at(network.atlas(tx, principal.market), node)
        if vendor is None or vendor.vendor not in principal.vendors:
            raise Forbidden(f"{principal.name} works for {', '.join(principal.vendors)}, not at {node}.")
