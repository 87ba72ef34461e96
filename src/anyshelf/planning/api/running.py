"""Planning over HTTP beside suggestions: alerts, forecasts, runs, and what planning goes by."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, StrictInt

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, reading, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.planning import jobs, service
from anyshelf.planning.api.asking import (
    ITEMS_AT_ONCE,
    MONEY_MAX,
    QUANTITY_MAX,
    Body,
    Code,
    Kind,
    Reads,
    Term,
    Writes,
    nodes_of,
)
from anyshelf.planning.model import Automation, SupplyRule

router = APIRouter()


class Planning(Body):
    """The items to plan; without them all are planned, where they are few enough."""

    items: Annotated[list[Code], Field(min_length=1, max_length=ITEMS_AT_ONCE)] | None = None
    soon: bool = False


class NewTerms(Body):
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
    plan_hour: Annotated[StrictInt, Field(ge=0, le=24)] | None = None


class Automating(Body):
    """Up to which size and value suggestions of a kind are accepted by themselves; 0 accepts none."""

    quantity_max: Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)]
    value_max_minor: Annotated[StrictInt, Field(ge=0, le=MONEY_MAX)]


Count = Annotated[StrictInt, Field(ge=0, le=QUANTITY_MAX)]
Some = Annotated[StrictInt, Field(ge=1, le=QUANTITY_MAX)]


class Rule(Body):
    """How goods may be ordered at a node and of an item; empty is any."""

    node: Annotated[str, Field(max_length=64)] = ""
    item: Annotated[str, Field(max_length=64)] = ""
    order_days: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    lead_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = None
    truck_kg: Some | None = None
    pack: Some | None = None
    minimum: Count | None = None
    shelf: Count | None = None


class Ordering(Body):
    """Rules of ordering; each is written over the one of its node and item."""

    rules: Annotated[list[Rule], Field(min_length=1, max_length=1000)]


class Inbound(Body):
    """So many units of an item come to a centre, fewer than are wanted; `suggest`: suggest the shares."""

    item: Code
    node: Code
    quantity: Some
    suggest: bool = False


@router.post("/allocations")
def allocate(body: Inbound, request: Request, here: Here, principal: Writes) -> Response:
    """Share a short inbound out over the stores a centre feeds and over channels."""
    principal.check_node(body.node)

    def work(tx: Tx, now: datetime) -> Answer:
        found = service.share_out(tx, principal.market, body.item, body.node, body.quantity, now)
        if body.suggest:
            service.suggest_shares(tx, principal.market, body.item, body.node, found, now)
        shares = [
            {"node": each.node, "quantity": each.quantity, "reasons": list(each.reasons)}
            for each in found.proposals
        ]
        return Answer(
            status=200, body={"shares": shares, "channels": dict(found.channels), "left": found.left}
        )

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
            tx, principal.market, kind=kind, nodes=nodes_of(principal, node), after=after, limit=limit
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


@router.get("/runs")
def list_runs(
    here: Here, principal: Reads, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> dict[str, Any]:
    """The latest runs with how far they are, and whether one is under way or asked for."""
    with reading(here) as tx:
        found = service.runs(tx, principal.market, limit)
        turn = service.turn(tx, principal.market)
    under_way = turn is not None and (turn.taken(here.clock.now()) or turn.night is not None)
    return {
        "runs": [each.as_json() for each in found], "under_way": under_way,
        "asked": turn is not None and turn.asked,
    }  # fmt: skip


@router.post("/runs", status_code=201)
def run_now(
    here: Here, principal: Writes, response: Response, body: Planning | None = None
) -> dict[str, Any]:
    """Plan these items now; with `soon` the whole market is planned by the worker, as every night."""
    if principal.nodes:
        raise Invalid("Planning looks at all nodes; ask somebody who may.", field="items")
    items = body.items if body else None
    if body and body.soon:
        if items is not None:
            raise Invalid("The worker plans all items: name some, or say soon, not both.", field="soon")
        with here.database.transaction() as tx:
            service.plan_soon(tx, principal.market, here.clock.now())
        here.wake.set()
        response.status_code = 202
        return {"asked": True}
    with reading(here) as tx:
        few = len(service.items_of(tx, principal.market, items)) <= ITEMS_AT_ONCE
    if not few:
        raise Invalid(
            f"Name at most {ITEMS_AT_ONCE} items, or have all planned by the worker with soon.", field="items"
        )
    return jobs.plan(here.database, principal.market, here.clock, items=items).as_json()


@router.get("/supply")
def get_supply(here: Here, principal: Reads) -> dict[str, Any]:
    """How goods may be ordered: days, lead times, trucks, packs, minimums, shelves."""
    with reading(here) as tx:
        return _supply(tx, principal.market)


@router.put("/supply")
def put_supply(body: Ordering, request: Request, here: Here, principal: Writes) -> Response:
    """Say how goods may be ordered, over what was said of the same node and item."""
    if principal.nodes:
        raise Invalid("These rules are the whole network's; ask somebody who may.", field="rules")

    def work(tx: Tx, _: datetime) -> Answer:
        rules = [SupplyRule(**each.model_dump()) for each in body.rules]
        service.check_supply_rules(tx, principal.market, rules)
        service.save_supply_rules(tx, principal.market, rules)
        return Answer(status=200, body=_supply(tx, principal.market))

    return writing(request, here, principal, work)


def _supply(tx: Tx, market: str) -> dict[str, Any]:
    return {"rules": [msgspec.to_builtins(rule) for rule in service.supply_rules(tx, market)]}


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
