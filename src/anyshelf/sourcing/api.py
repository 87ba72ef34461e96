"""How nodes are chosen, over HTTP: the policies of a market, and what shadow policies would have done."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid
from anyshelf.ground.http import Here, House, reading, requires, writing
from anyshelf.ground.idempotency import Answer
from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.sourcing import service
from anyshelf.sourcing.model import POLICIES, Standing

router = APIRouter(prefix="/v1", tags=["sourcing"])

MINOR_MAX = 1_000_000_000
REPORT_DAYS = 30
VERSION_MAX = 1_000_000

Reads = Annotated[Principal, Depends(requires("policies:read"))]
Writes = Annotated[Principal, Depends(requires("policies:write"))]
Name = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$")]
Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Minor = Annotated[StrictInt, Field(ge=0, le=MINOR_MAX)]
Why = Annotated[StrictStr, Field(max_length=200)]
Version = Annotated[StrictInt, Field(ge=0, le=VERSION_MAX)]
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
    why: Why = ""
    version: Version | None = None


class Then(_Body):
    """The version of a policy that is meant; and the one that holds, as far as its sender knows."""

    version: Annotated[StrictInt, Field(ge=1, le=VERSION_MAX)]
    holds: Version | None = None


class Now(_Body):
    """The version of a policy that holds, as far as its sender knows; another one is refused."""

    version: Version | None = None


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
        found = service.newest(tx, principal.market)
        decided = service.decided_where(tx, principal.market)
    ordered = sorted(
        found,
        key=lambda each: (each.standing.mode != "live", -each.standing.priority, each.standing.policy.name),
    )
    known = [service.weights_json(policy) | {"policy": policy.name} for policy in POLICIES.values()]
    return {
        "policies": [service.edition_json(each) for each in ordered],
        "known": known,
        "decides": [
            {"policy": policy, "channel": channel, "segment": segment or None}
            for policy, places in decided.items()
            for channel, segment in places
        ],
    }


@router.get("/policies/{policy}")
def get_policy(policy: Name, here: Here, principal: Reads) -> dict[str, Any]:
    """A policy as it stands, and its earlier versions, the newest first."""
    with reading(here) as tx:
        known = service.known_policy(tx, principal.market, policy)
        versions = service.editions(tx, principal.market, policy)
    return {**service.edition_json(known), "versions": [service.edition_json(each) for each in versions]}


@router.put("/policies/{policy}")
def put_policy(policy: Name, body: PolicyIn, request: Request, here: Here, principal: Writes) -> Response:
    """Set a policy up, or over: it decides, looks on, or does nothing, from the next decision on.

    Every change is a version. Named the `version` that its sender has looked at (0: none), a change is
    refused with 409 where another one holds by now.
    """
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
        put = service.put_policy(
            tx, principal.market, standing, given, now, by=principal.name, why=body.why,
            expected=body.version,
        )  # fmt: skip
        return Answer(status=200, body=service.edition_json(put))

    return writing(request, here, principal, work)


@router.post("/policies/{policy}:rule")
def rule(policy: Name, request: Request, here: Here, principal: Writes, body: Now | None = None) -> Response:
    """Let a policy decide wherever it is meant to, before all others: a shadow that has proved itself."""

    def work(tx: Tx, now: datetime) -> Answer:
        put = service.let_rule(
            tx, principal.market, policy, now, by=principal.name, expected=(body or Now()).version
        )
        return Answer(status=200, body=service.edition_json(put))

    return writing(request, here, principal, work)


@router.post("/policies/{policy}:restore")
def restore(policy: Name, body: Then, request: Request, here: Here, principal: Writes) -> Response:
    """Let an earlier version of a policy hold again; done with the version before, it undoes a change."""

    def work(tx: Tx, now: datetime) -> Answer:
        put = service.restore(
            tx, principal.market, policy, body.version, now, by=principal.name, expected=body.holds
        )
        return Answer(status=200, body=service.edition_json(put))

    return writing(request, here, principal, work)


@router.get("/policies/{policy}/report")
def get_report(
    policy: Name, here: Here, principal: Reads, since: Annotated[AwareDatetime | None, Query()] = None
) -> dict[str, Any]:
    """What a shadow policy would have saved or cost on the orders it looked at: of the last thirty days.

    What it weighed before it was last changed is left out, unless `since` says otherwise.
    """
    here.catch_up(principal.market)
    with reading(here) as tx:
        return service.report(tx, principal.market, policy, _begin(tx, here, principal, policy, since))


@router.get("/policies/{policy}/otherwise")
def get_otherwise(
    policy: Name,
    here: Here,
    principal: Reads,
    since: Annotated[AwareDatetime | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """The orders a shadow policy would have served otherwise, newest first, and what it would have saved."""
    here.catch_up(principal.market)
    with reading(here) as tx:
        begin = _begin(tx, here, principal, policy, since)
        found = service.otherwise(tx, principal.market, policy, begin, limit=limit)
        currency = network.currency(tx, principal.market)
    return {
        "policy": policy,
        "since": begin.isoformat(),
        "orders": [
            {
                "order_id": str(each.order_id), "saved": Money(each.saved_minor, currency).as_json(),
                "live": each.live, "shadow": each.shadow, "judged_at": each.judged_at.isoformat(),
            }
            for each in found
        ],
    }  # fmt: skip


def _begin(tx: Tx, here: House, principal: Principal, policy: str, since: datetime | None) -> datetime:
    """Since when a policy is reported on; raises NotFound where nobody has set it up."""
    service.known_policy(tx, principal.market, policy)
    month = here.clock.now() - timedelta(days=REPORT_DAYS)
    return since or max(month, service.judged_since(tx, principal.market, policy) or month)


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
