"""How nodes are chosen, over HTTP: the policies of a market, and what shadow policies would have done."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr

from anyshelf.catalogue import service as catalogue
from anyshelf.ground import deeds
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.sourcing import service
from anyshelf.sourcing.model import POLICIES, Standing

router = APIRouter(prefix="/v1", tags=["sourcing"])

MINOR_MAX = 1_000_000_000
REPORT_DAYS = 30

Reads = Annotated[Principal, Depends(requires("policies:read"))]
Writes = Annotated[Principal, Depends(requires("policies:write"))]
Name = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$")]
Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Minor = Annotated[StrictInt, Field(ge=0, le=MINOR_MAX)]
Weight = Annotated[StrictFloat | StrictInt, Field(ge=0, le=MINOR_MAX)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Weights(_Body):
    """What a plan is weighed by, in minor units; what is not named is as the program has it."""

    split_penalty_minor: Minor | None = None
    money_weight: Weight | None = None
    minor_per_km: Weight | None = None
    minor_per_parcel: Weight | None = None
    failure_minor: Minor | None = None
    late_minor_per_day: Minor | None = None
    late_days_max: Annotated[StrictInt, Field(ge=0, le=365)] | None = None
    load_minor: Minor | None = None
    store_unit_minor: Minor | None = None
    co2_minor_per_tonne_km: Weight | None = None
    relief_weight: Weight | None = None
    worth_weight: Weight | None = None


class PolicyIn(_Body):
    """Whom a policy is for, whether it decides or only looks on, and what it weighs."""

    mode: Literal["live", "shadow", "off"] = "live"
    priority: Annotated[StrictInt, Field(ge=0, le=1000)] = 0
    channels: Annotated[list[Code], Field(max_length=100)] = []
    segments: Annotated[list[Code], Field(max_length=100)] = []
    sample_percent: Annotated[StrictInt, Field(ge=0, le=100)] = 10
    offers: Annotated[StrictInt, Field(ge=1, le=10)] = 1
    weights: Weights = Weights()


class Relief(_Body):
    """What a unit of an item is about to lose by markdown where it lies."""

    item: Code
    relief: Annotated[StrictStr, Field(max_length=20, examples=["4.50"])]


class MarkdownsIn(_Body):
    """What is to be marked down at a node; a relief of 0 is nothing more."""

    items: Annotated[list[Relief], Field(min_length=1, max_length=10_000)]


@router.get("/policies")
def get_policies(here: Here, principal: Reads) -> dict[str, Any]:
    """The policies set up here, those that decide first; and those the program knows by name."""
    with reading(here) as tx:
        found = service.policies(tx, principal.market)
    ordered = sorted(found, key=lambda each: (each.mode != "live", -each.priority, each.policy.name))
    known = [service.weights_json(policy) | {"policy": policy.name} for policy in POLICIES.values()]
    return {"policies": [service.standing_json(each) for each in ordered], "known": known}


@router.put("/policies/{policy}")
def put_policy(policy: Name, body: PolicyIn, request: Request, here: Here, principal: Writes) -> Response:
    """Set a policy up, or over: it decides, looks on, or does nothing, from the next decision on."""
    given = body.weights.model_dump(exclude_none=True)
    standing = Standing(
        policy=service.weighed(policy, given), mode=body.mode, priority=body.priority,
        channels=tuple(body.channels), segments=tuple(body.segments), sample_percent=body.sample_percent,
        offers=body.offers,
    )  # fmt: skip

    def work(tx: Tx, now: datetime) -> Answer:
        atlas = network.atlas(tx, principal.market)
        for place, channel in enumerate(body.channels):
            network.channel(atlas, channel, field=f"channels.{place}")
        service.put_policy(tx, principal.market, standing, given, now)
        deeds.note(
            tx, principal.market, by=principal.name, did="policy set", about=policy,
            said=service.standing_json(standing), now=now,
        )  # fmt: skip
        return Answer(status=200, body=service.standing_json(standing))

    return writing(request, here, principal, work)


@router.get("/policies/{policy}/report")
def get_report(
    policy: Name, here: Here, principal: Reads, since: Annotated[AwareDatetime | None, Query()] = None
) -> dict[str, Any]:
    """What a shadow policy would have saved or cost on the orders it looked at; the last thirty days."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        if all(each.policy.name != policy for each in service.policies(tx, principal.market)):
            raise NotFound(f"There is no policy {policy} here.", field="policy")
        begin = since or here.clock.now() - timedelta(days=REPORT_DAYS)
        return service.report(tx, principal.market, policy, begin)


@router.get("/nodes/{node}/finds")
def get_finds(
    node: str, here: Here, principal: Annotated[Principal, Depends(requires("inventory:read"))]
) -> dict[str, Any]:
    """How sure it is that a node finds what its books show and takes on its work, and what follows."""
    here.catch_up(principal.market)
    principal.check_node(node)
    with reading(here) as tx:
        network.node(network.atlas(tx, principal.market), node)
        currency = network.currency(tx, principal.market)
        return service.finds_json(tx, principal.market, node, currency, here.clock.now())


@router.put("/nodes/{node}/markdowns")
def put_markdowns(node: str, body: MarkdownsIn, request: Request, here: Here, principal: Writes) -> Response:
    """Say what is to be marked down at a node: orders are served from there before it loses its price."""

    def work(tx: Tx, now: datetime) -> Answer:
        principal.check_node(node)
        network.node(network.atlas(tx, principal.market), node)
        currency = network.currency(tx, principal.market)
        known = catalogue.items(tx, principal.market, [each.item for each in body.items])
        reliefs: dict[tuple[str, str], int] = {}
        for place, each in enumerate(body.items):
            if each.item not in known:
                raise Invalid(f"There is no item {each.item}.", field=f"items.{place}.item")
            relief = Money.parse(each.relief, currency, field=f"items.{place}.relief")
            if not 0 <= relief.minor <= MINOR_MAX:
                raise Invalid("A relief is not below zero, and within reason.", field=f"items.{place}.relief")
            reliefs[each.item, node] = relief.minor
        changed = service.put_markdowns(tx, principal.market, reliefs, now)
        return Answer(status=200, body={"node": node, "changed": changed})

    return writing(request, here, principal, work)
