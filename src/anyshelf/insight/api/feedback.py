"""Feedback over HTTP: surveys for whoever asks them elsewhere; reviews, and who may read them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from anyshelf.ground import idempotency
from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.http import Here, reading, requires, writing
from anyshelf.ground.ids import derived_id
from anyshelf.insight import service
from anyshelf.insight.model.feedback import Review

router = APIRouter(prefix="/v1", tags=["insight"])

Reads = Annotated[Principal, Depends(requires("insight:read"))]
Writes = Annotated[Principal, Depends(requires("insight:write"))]
Sends = Annotated[Principal, Depends(requires("journey:write"))]
Words = Annotated[StrictStr, Field(max_length=5000)]
Code = Annotated[StrictStr, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SurveyAnswer(_Body):
    """What a shopper says: a score, and why if they like."""

    score: Annotated[StrictInt, Field(ge=0, le=10)]
    words: Words = ""


class ReviewIn(_Body):
    """A review under its sender's own id."""

    external_id: Code
    item: Code
    order_id: UUID | None = None
    node: Annotated[StrictStr, Field(max_length=64)] = ""
    rating: Annotated[StrictInt, Field(ge=1, le=5)]
    words: Words
    written_at: AwareDatetime


class Decision(_Body):
    """Whether others may read a review, and why not."""

    publish: StrictBool
    reason: Annotated[StrictStr, Field(max_length=200)] = ""


@router.get("/surveys/{token}")
def get_survey(token: str, here: Here, principal: Reads) -> dict[str, Any]:
    """What a survey asks, for an app that asks it in its own way; /survey/TOKEN is the page for everybody."""
    with reading(here) as tx:
        return service.question(tx, principal.market, token, here.clock.now())


@router.post("/surveys/{token}")
def answer_survey(token: str, body: SurveyAnswer, here: Here, principal: Sends) -> dict[str, Any]:
    """Answer a survey, once; the same answer again changes nothing."""
    with here.database.transaction() as tx:
        service.answer(tx, principal.market, token, score=body.score, words=body.words, now=here.clock.now())
    return {"answered": True}


@router.post("/reviews")
def write_review(body: ReviewIn, request: Request, here: Here, principal: Writes) -> Response:
    """Take a review in; it waits for somebody to look at it, or is withheld at once with the reason."""

    def work(tx: Tx, now: datetime) -> idempotency.Answer:
        review = Review(
            review_id=derived_id("review", principal.market, principal.name, body.external_id),
            item=body.item,
            order_id=body.order_id,
            node=body.node,
            rating=body.rating,
            words=body.words,
            state="waiting",
            reason="",
            sentiment=None,
            written_at=min(body.written_at, now),
        )
        return idempotency.Answer(
            status=200, body=service.write_review(tx, principal.market, review).as_json()
        )

    return writing(request, here, principal, work)


@router.post("/reviews/{review_id}:decide")
def decide_review(
    review_id: UUID, body: Decision, request: Request, here: Here, principal: Writes
) -> Response:
    """Publish a review, or withhold it and say why."""
    return writing(
        request, here, principal,
        lambda tx, now: idempotency.Answer(  # noqa: ARG005  a decision needs no clock
            status=200,
            body=service.decide_review(
                tx, principal.market, review_id, publish=body.publish, reason=body.reason, by=principal.name
            ).as_json(),
        ),
    )  # fmt: skip


@router.get("/reviews")
def list_reviews(
    here: Here,
    principal: Reads,
    item: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["waiting", "published", "withheld"] = "published",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Reviews of an item or of all, newest first, with how their writers feel."""
    with reading(here) as tx:
        found = service.reviews(tx, principal.market, state=state, item=item, limit=limit)
    return {"reviews": [review.as_json() for review in found]}
