"""Feedback: surveys after what matters, answered by link; unhappy shoppers become work; reviews moderated."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Invalid, NotFound, OutOfTurn, SetupProblem
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id, derived_id
from anyshelf.ground.outbox import tell
from anyshelf.insight.model.facts import KnownOrder
from anyshelf.insight.model.feedback import Review, Said, Survey
from anyshelf.insight.rules import feedback as rules
from anyshelf.insight.rules import learned
from anyshelf.insight.service.collecting import secret_of
from anyshelf.insight.store import feedback as store
from anyshelf.insight.store import people
from anyshelf.orders import service as orders

LINK_BYTES = 20
TOPICS = 6
TOPICS_FROM_MIN, TOPICS_FROM_MAX = 30, 5000


def ask_after(tx: Tx, market: str, known: KnownOrder, step: str, now: datetime) -> None:
    """Send the survey that a step of an order calls for, unless its person was asked of late or wants none.

    The link is told as `SurveyAsked`; whoever writes to shoppers sends it. Of the link only a hash is kept.
    """
    kind = rules.ASK_AFTER.get(step)
    if kind is None or known.account is None or store.refuses_marketing(tx, market, known.account):
        return
    whose = people.holders(tx, market, [known.account]).get(known.account, [known.account])
    if store.asked_since(tx, market, whose, now - rules.PAUSE):
        return
    survey = Survey(
        survey_id=derived_id("survey", market, str(known.order_id), kind),
        kind=kind,
        order_id=known.order_id,
        person=whose[0] if len(whose) == 1 else None,
        cause=step,
        asked_at=now,
        expires_at=now + rules.OPEN_FOR,
    )
    token = _token(secret_of(tx, market), survey.survey_id)
    if store.ask(tx, market, survey, _hashed(token)):
        _tell(tx, market, survey, "SurveyAsked", {"link": f"/survey/{token}"}, now)


def _token(secret: bytes, survey_id: Id) -> str:
    return hmac.digest(secret, b"survey" + survey_id.bytes, "sha256")[:LINK_BYTES].hex()


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _tell(tx: Tx, market: str, survey: Survey, what: str, more: dict[str, Any], now: datetime) -> None:
    data = {"order_id": str(survey.order_id), "survey_id": str(survey.survey_id), "kind": survey.kind, **more}
    tell(tx, market, [Event(kind=what, subject=str(survey.order_id), data=data, happened_at=now)])


def question(tx: Tx, market: str, token: str, now: datetime) -> dict[str, Any]:
    """What a link asks; raises NotFound for none of ours, OutOfTurn when its time is over."""
    return _put(_open(tx, market, token, now))


def due(tx: Tx, market: str, order_id: Id, now: datetime) -> tuple[str, dict[str, Any]] | None:
    """What an order's shopper is asked, as `question`, with its link's token; None where nothing is.

    Only for whoever may see the order: the token is what its link would hold.
    """
    survey = store.of_order(tx, market, order_id, now)
    return (_token(secret_of(tx, market), survey.survey_id), _put(survey)) if survey else None


def _put(survey: Survey) -> dict[str, Any]:
    asked = rules.QUESTIONS[survey.kind]
    return {
        "kind": survey.kind,
        "question": asked.says,
        "least": asked.least,
        "most": asked.most,
        "low": asked.low,
        "high": asked.high,
        "state": survey.state,
        "expires_at": survey.expires_at.isoformat(),
    }


def _open(tx: Tx, market: str, token: str, now: datetime) -> Survey:
    survey = store.by_link(tx, market, _hashed(token))
    if survey is None:
        raise NotFound("There is no such survey.")
    if survey.state != "answered" and survey.expires_at <= now:
        raise OutOfTurn("The time to answer this survey is over.")
    return survey


def answer(tx: Tx, market: str, token: str, *, score: int, words: str, now: datetime) -> None:
    """Take an answer in, once; who is unhappy becomes an exception of the order for somebody to work on.

    The same answer again changes nothing. Raises NotFound, Invalid naming the field, OutOfTurn.
    """
    survey = _open(tx, market, token, now)
    asked = rules.QUESTIONS[survey.kind]
    if not asked.least <= score <= asked.most:
        raise Invalid(f"A score is from {asked.least} to {asked.most}.", field="score")
    if survey.state == "answered":
        if (survey.score, survey.words) != (score, words):
            raise OutOfTurn("This survey was answered before.")
        return
    store.answer(tx, market, survey, score=score, words=words, sentiment=feeling(words), now=now)
    _tell(tx, market, survey, "SurveyAnswered", {"score": score}, now)
    if asked.unhappy(score):
        order = orders.lock(tx, market, survey.order_id)
        orders.note_exception(
            tx,
            order,
            "unhappy_shopper",
            cause=str(survey.survey_id),
            said=f"The shopper answered {score} of {asked.most} to: {asked.says}",
            done="",
            todo="Get in touch with the shopper.",
            now=now,
        )


def feeling(words: str) -> float | None:
    """How somebody feels who writes this; None where there are no words, or no library to read them."""
    if not words.strip():
        return None
    try:
        return learned.sentiment(words)
    except SetupProblem:
        return None


def summary(tx: Tx, market: str, *, by: str, since: datetime, until: datetime) -> dict[str, Any]:
    """NPS, CSAT and effort of a span of time, by channel, method, node or week."""
    groups: dict[str, list[Any]] = {}
    for each in store.answered(tx, market, by=by, since=since, until=until):
        groups.setdefault(each.group, []).append(each)
    return {group: rules.summary(answers) for group, answers in groups.items()}


def said(tx: Tx, market: str, *, since: datetime, until: datetime, limit: int) -> list[Said]:
    """What shoppers wrote in their answers, the newest first, addresses and phone numbers blacked out."""
    found = store.said(tx, market, since=since, until=until, limit=limit)
    return [replace(each, words=rules.without_addresses(each.words)) for each in found]


def forget_words(tx: Tx, market: str, orders: Sequence[Id]) -> int:
    """Take out what a person wrote of their orders: scores and stars stay. Returns how many."""
    return store.forget_words(tx, market, orders)


def write_review(tx: Tx, market: str, given: Review) -> Review:
    """Take a review in: withheld where it breaks a rule, else it waits for a look. Twice is once."""
    reason = rules.why_withheld(given.words)
    store.write_review(
        tx,
        market,
        Review(
            review_id=given.review_id,
            item=given.item,
            order_id=given.order_id,
            node=given.node,
            rating=given.rating,
            words=given.words,
            state="withheld" if reason else "waiting",
            reason=reason,
            sentiment=feeling(given.words),
            written_at=given.written_at,
        ),
    )
    return _review(tx, market, given.review_id)


def _review(tx: Tx, market: str, review_id: Id) -> Review:
    found = store.review(tx, market, review_id)
    if found is None:
        raise NotFound("There is no such review.")
    return found


def decide_review(tx: Tx, market: str, review_id: Id, *, publish: bool, reason: str, by: str) -> Review:
    """Let others read a review, or not; raises NotFound."""
    _review(tx, market, review_id)
    state = "published" if publish else "withheld"
    store.decide_review(tx, market, review_id, state=state, reason="" if publish else reason, by=by)
    return _review(tx, market, review_id)


def reviews(tx: Tx, market: str, *, state: str, item: str | None, limit: int) -> list[Review]:
    """Reviews in a state, of an item or all, newest first."""
    return store.reviews(tx, market, state=state, item=item, limit=limit)


def topics(tx: Tx, market: str, *, item: str | None) -> dict[str, Any]:
    """What published reviews are about: the words of each topic, how many are mostly of it, and their stars.

    Says so where there are too few to tell, or no library to read them.
    """
    found = store.reviews(tx, market, state="published", item=item, limit=TOPICS_FROM_MAX)
    if len(found) < TOPICS_FROM_MIN:
        return {"topics": [], "note": f"Topics are told from {TOPICS_FROM_MIN} published reviews on."}
    try:
        words, shares = learned.topics([each.words for each in found], count=TOPICS)
    except SetupProblem as missing:
        return {"topics": [], "note": str(missing)}
    mostly = [int(share.argmax()) if share.any() else -1 for share in shares]
    return {
        "topics": [
            {"words": named, "reviews": len(stars), "rating": round(sum(stars) / len(stars), 2)}
            for topic, named in enumerate(words)
            if (stars := [each.rating for each, its in zip(found, mostly, strict=True) if its == topic])
        ],
        "note": "",
    }
