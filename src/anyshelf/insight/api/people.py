"""People over HTTP: who somebody is, what they did, and how a wrong joining is undone."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from anyshelf.ground import idempotency
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.insight import service

router = APIRouter(prefix="/v1/people", tags=["insight"])

Reads = Annotated[Principal, Depends(requires("people:read"))]
Writes = Annotated[Principal, Depends(requires("people:write"))]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LookUp(_Body):
    """What names a person; it travels in a body, so that no address with it ends up in a log."""

    kind: Literal["account", "email", "phone", "loyalty", "card", "device"]
    value: Annotated[StrictStr, Field(min_length=1, max_length=320)]


class Where(_Body):
    """A place on the map."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Wish(_Body):
    """How many items to show, and near which place they are to lie."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)] = 10
    near: Where | None = None


class Pair(_Body):
    """Two people, and whether they are one."""

    one: UUID
    other: UUID
    same: StrictBool = True


@router.post(":find")
def find_person(
    body: LookUp, here: Here, principal: Annotated[Principal, Depends(requires("people:write"))]
) -> dict[str, Any]:
    """The person behind an account, e-mail, phone or number."""
    with reading(here) as tx:
        secret = service.secret_of(tx, principal.market)
        found = service.look_up(tx, principal.market, secret, body.kind, body.value)
        return service.person(tx, principal.market, found).as_json()


@router.get("/suggestions")
def list_suggestions(
    here: Here, principal: Reads, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> dict[str, Any]:
    """Pairs of people who may be one, the likeliest first, with what speaks for it."""
    with reading(here) as tx:
        found = service.suggestions(tx, principal.market, limit=limit)
    return {"suggestions": [each.as_json() for each in found]}


@router.post("/suggestions:decide")
def decide(body: Pair, request: Request, here: Here, principal: Writes) -> Response:
    """Say whether two people are one; a merge can be undone, a no holds against every rule."""

    def work(tx: Tx, now: datetime) -> idempotency.Answer:
        service.accept(
            tx, principal.market, body.one, body.other, accepted=body.same, by=principal.name, now=now
        )
        return idempotency.Answer(
            status=200, body={"one": str(body.one), "other": str(body.other), "same": body.same}
        )

    return writing(request, here, principal, work)


@router.post("/merges/{merge_id}:undo")
def undo_merge(merge_id: UUID, request: Request, here: Here, principal: Writes) -> Response:
    """Give everybody back what was theirs before a merge."""
    return writing(
        request, here, principal,
        lambda tx, now: idempotency.Answer(
            status=200,
            body=service.unmerge(tx, principal.market, merge_id, by=principal.name, now=now).as_json(),
        ),
    )  # fmt: skip


@router.get("/{person_id}")
def get_person(person_id: UUID, here: Here, principal: Reads) -> dict[str, Any]:
    """Who a person is by now: handles, merges, what they prefer, what they are worth, whether they leave."""
    with reading(here) as tx:
        return service.profile(tx, principal.market, person_id, here.clock.now())


@router.post("/{person_id}:recommend")
def recommend(person_id: UUID, body: Wish, request: Request, here: Here, principal: Writes) -> Response:
    """What to show somebody of what lies on shelves near them; one person in ten is held out."""
    near = (body.near.lat, body.near.lon) if body.near else None
    return writing(
        request, here, principal,
        lambda tx, now: idempotency.Answer(
            status=200,
            body=service.recommend(tx, principal.market, person_id, near=near, limit=body.limit, now=now),
        ),
    )  # fmt: skip


@router.get("/{person_id}/timeline")
def get_timeline(
    person_id: UUID,
    here: Here,
    principal: Reads,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What a person did and what happened to their orders, newest first.

    `next` of one page is `after` of the following one.
    """
    with reading(here) as tx:
        found = service.timeline(tx, principal.market, person_id, after=after, limit=limit)
    more = str(found[-1].message_id) if len(found) == limit else None
    return {"person": str(person_id), "steps": [step.as_json() for step in found], "next": more}
