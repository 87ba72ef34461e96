"""Planning over HTTP: suggestions to decide on, alerts, forecasts, the terms planning goes by."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, House, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.planning import jobs, service
from anyshelf.planning.model import TERM_MAX, Automation, Suggestion

router = APIRouter(prefix="/v1/planning", tags=["planning"])

QUANTITY_MAX = 1_000_000
MONEY_MAX = 10**12
ITEMS_AT_ONCE = 500

Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Quantity = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]
Term = Annotated[StrictInt, Field(ge=0, le=TERM_MAX)]
Kind = Literal["replenish", "purchase", "rebalance"]
State = Literal["open", "accepted", "dispatched", "received", "dismissed", "replaced"]
Reads = Annotated[Principal, Depends(requires("planning:read"))]
Writes = Annotated[Principal, Depends(requires("planning:write"))]
Works = Annotated[Principal, Depends(requires("inventory:write"))]
Doing = Callable[[Tx, Suggestion, datetime], Suggestion]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Accepting(_Body):
    """How many, where it is another number than was suggested."""

    quantity: Quantity | None = None


class Editing(_Body):
    """The number to suggest instead."""

    quantity: Quantity


class Dismissing(_Body):
    """Why not."""

    reason: Annotated[StrictStr, Field(min_length=1, max_length=500)]


class Receiving(_Body):
    """How many have come, where it is not all of them."""

    quantity: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)] | None = None


class Planning(_Body):
    """The items to plan; without them all are planned, where they are few enough."""

    items: Annotated[list[Code], Field(min_length=1, max_length=ITEMS_AT_ONCE)] | None = None


class NewTerms(_Body):
    """The terms to change; what is not named stays as it is."""

    period_days: Annotated[StrictInt, Field(ge=1, le=28)] | None = None
    periods: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    holding_percent: Term | None = None
    goodwill_percent: Term | None = None
    store_lead_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = None
    vendor_lead_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = None
    transfer_minor: Term | None = None
    transfer_minor_per_unit: Term | None = None
    overstock_days: Term | None = None
    slow_days: Term | None = None


class Automating(_Body):
    """Up to which size and value suggestions of a kind are accepted by themselves; 0 accepts none."""

    quantity_max: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)]
    value_max_minor: Annotated[StrictInt, Field(ge=0, le=MONEY_MAX)]


@router.get("/suggestions")
def list_suggestions(
    here: Here,
    principal: Reads,
    state: State = "open",
    kind: Kind | None = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What planning suggests, the most worth first, each with its reasons."""
    with reading(here) as tx:
        found = service.suggestions(
            tx, principal.market, state=state, kind=kind, item=item, nodes=_nodes(principal, node),
            after=after, limit=limit,
        )  # fmt: skip
    more = str(found[-1].suggestion_id) if len(found) == limit else None
    return {"suggestions": [each.as_json() for each in found], "next": more}


def _nodes(principal: Principal, node: str | None) -> tuple[str, ...] | None:
    """The nodes to look at: the one named, else those the asker works at, else all."""
    if node is not None:
        principal.check_node(node)
        return (node,)
    return tuple(principal.nodes) or None


@router.post("/suggestions/{suggestion_id}:accept")
def accept(
    suggestion_id: UUID, request: Request, here: Here, principal: Writes, body: Accepting | None = None
) -> Response:
    """Do as suggested: the books expect the goods and keep them where they come from until they leave."""
    quantity = body.quantity if body else None

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        return service.accept(
            tx, principal.market, known.suggestion_id, by=principal.name, now=now, quantity=quantity
        )

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:edit")
def edit(suggestion_id: UUID, body: Editing, request: Request, here: Here, principal: Writes) -> Response:
    """Suggest another number; it stays open."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        return service.edit(
            tx, principal.market, known.suggestion_id, quantity=body.quantity, by=principal.name, now=now
        )

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:dismiss")
def dismiss(
    suggestion_id: UUID, body: Dismissing, request: Request, here: Here, principal: Writes
) -> Response:
    """Do not do it, and say why."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        return service.dismiss(
            tx, principal.market, known.suggestion_id, reason=body.reason, by=principal.name, now=now
        )

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:dispatch")
def dispatch(suggestion_id: UUID, request: Request, here: Here, principal: Works) -> Response:
    """An accepted transfer leaves its node."""

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        principal.check_node(known.from_node or known.node)
        return service.dispatch(tx, principal.market, known.suggestion_id, now=now)

    return _do(request, here, principal, suggestion_id, doing)


@router.post("/suggestions/{suggestion_id}:receive")
def receive(
    suggestion_id: UUID, request: Request, here: Here, principal: Works, body: Receiving | None = None
) -> Response:
    """The goods have come; what is missing of a transfer is lost."""
    quantity = body.quantity if body else None

    def doing(tx: Tx, known: Suggestion, now: datetime) -> Suggestion:
        principal.check_node(known.node)
        return service.receive(tx, principal.market, known.suggestion_id, now=now, quantity=quantity)

    return _do(request, here, principal, suggestion_id, doing)


def _do(request: Request, here: House, principal: Principal, suggestion_id: UUID, doing: Doing) -> Response:
    """One decision in a transaction of its own, and the suggestion as it stands after it."""

    def work(tx: Tx, now: datetime) -> Answer:
        known = service.found(tx, principal.market, suggestion_id)
        if principal.nodes and known.from_node not in principal.nodes:
            principal.check_node(known.node)
        return Answer(status=200, body=doing(tx, known, now).as_json())

    return writing(request, here, principal, work)


@router.get("/alerts")
def list_alerts(
    here: Here,
    principal: Reads,
    kind: Literal["stockout", "overstock", "slow_mover", "phantom_stock"] | None = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What threatens, the dearest first, with the days of supply and the money at stake."""
    with reading(here) as tx:
        found = service.alerts(
            tx, principal.market, kind=kind, nodes=_nodes(principal, node), after=after, limit=limit
        )
    more = str(found[-1].alert_id) if len(found) == limit else None
    return {"alerts": [each.as_json() for each in found], "next": more}


@router.get("/forecasts")
def list_forecasts(
    here: Here,
    principal: Reads,
    item: Annotated[str | None, Query(max_length=64)] = None,
    node: Annotated[str | None, Query(max_length=64)] = None,
    after: Annotated[str | None, Query(max_length=140)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """What is expected of items at nodes, period by period, with its spread."""
    if node is not None:
        principal.check_node(node)
    elif principal.nodes:
        raise Invalid(f"Name the node: {', '.join(principal.nodes)}.", field="node")
    code, _, at = (after or "").partition("|")
    with reading(here) as tx:
        found = service.forecasts(tx, principal.market, item=item, node=node, after=(code, at), limit=limit)
    more = f"{found[-1]['item']}|{found[-1]['node']}" if len(found) == limit else None
    return {"forecasts": found, "next": more}


@router.post("/runs", status_code=201)
def run_now(here: Here, principal: Writes, body: Planning | None = None) -> dict[str, Any]:
    """Plan these items now; a whole market is planned by `anyshelf plan run`."""
    if principal.nodes:
        raise Invalid("Planning looks at all nodes; ask somebody who may.", field="items")
    items = body.items if body else None
    with reading(here) as tx:
        few = sum(len(part) for part in service.parts(tx, principal.market, items)) <= ITEMS_AT_ONCE
    if not few:
        raise Invalid(
            f"Name at most {ITEMS_AT_ONCE} items, or run `anyshelf plan run` for all.", field="items"
        )
    return jobs.plan(here.database, principal.market, here.clock.now(), items=items).as_json()


@router.get("/terms")
def get_terms(here: Here, principal: Reads) -> dict[str, Any]:
    """What planning goes by in this market, and what is accepted by itself."""
    with reading(here) as tx:
        return _terms(tx, principal.market)


@router.put("/terms")
def put_terms(body: NewTerms, request: Request, here: Here, principal: Writes) -> Response:
    """Change what planning goes by."""

    def work(tx: Tx, _: datetime) -> Answer:
        service.change_terms(tx, principal.market, body.model_dump(exclude_none=True))
        return Answer(status=200, body=_terms(tx, principal.market))

    return writing(request, here, principal, work)


@router.put("/automation/{kind}")
def put_automation(kind: Kind, body: Automating, request: Request, here: Here, principal: Writes) -> Response:
    """Accept suggestions of a kind by themselves from the next run on."""

    def work(tx: Tx, now: datetime) -> Answer:
        rule = Automation(kind=kind, quantity_max=body.quantity_max, value_max_minor=body.value_max_minor)
        service.automate(tx, principal.market, rule, by=principal.name, now=now)
        return Answer(status=200, body=_terms(tx, principal.market))

    return writing(request, here, principal, work)


def _terms(tx: Tx, market: str) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(service.terms(tx, market))
    rules = [msgspec.to_builtins(rule) for rule in service.automation(tx, market)]
    return {**said, "automation": rules}
