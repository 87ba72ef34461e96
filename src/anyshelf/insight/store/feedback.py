"""The SQL of feedback: surveys with their links, reviews with their moderation."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.db import Tx, row, rows, run, values
from anyshelf.ground.ids import Id
from anyshelf.insight.model.feedback import Answered, Review, Said, Survey

ASK_SQL = """
INSERT INTO insight_surveys (market, survey_id, kind, order_id, person, token_hash, state, cause, asked_at,
                             expires_at)
VALUES (%(market)s, %(survey_id)s, %(kind)s, %(order_id)s, %(person)s, %(token_hash)s, 'asked', %(cause)s,
        %(now)s, %(expires_at)s)
ON CONFLICT DO NOTHING
"""

ASKED_SINCE_SQL = """
SELECT 1 FROM insight_surveys
WHERE market = %(market)s AND person = ANY(%(people)s::uuid[]) AND asked_at > %(since)s LIMIT 1
"""

BY_LINK_SQL = """
SELECT survey_id, kind, order_id, person, state, cause, asked_at, expires_at, answered_at, score, words,
       sentiment
FROM insight_surveys WHERE market = %(market)s AND token_hash = %(token_hash)s FOR UPDATE
"""

OF_ORDER_SQL = """
SELECT survey_id, kind, order_id, person, state, cause, asked_at, expires_at, answered_at, score, words,
       sentiment
FROM insight_surveys
WHERE market = %(market)s AND order_id = %(order_id)s AND (state = 'answered' OR expires_at > %(now)s)
ORDER BY asked_at DESC, survey_id LIMIT 1
"""

ANSWER_SQL = """
UPDATE insight_surveys SET state = 'answered', score = %(score)s, words = %(words)s,
    sentiment = %(sentiment)s::real, answered_at = %(now)s
WHERE market = %(market)s AND survey_id = %(survey_id)s
"""

ANSWERED_SQL = """
SELECT s.kind, s.score, CASE %(by)s WHEN 'channel' THEN o.channel WHEN 'method' THEN o.method
       WHEN 'week' THEN date_trunc('week', s.answered_at AT TIME ZONE 'UTC')::date::text
       WHEN 'node' THEN coalesce((SELECT p.node FROM insight_parts p WHERE p.market = o.market
           AND p.order_id = o.order_id ORDER BY p.done_units DESC, p.node LIMIT 1), '') ELSE '' END AS "group"
FROM insight_surveys s JOIN insight_orders o ON o.market = s.market AND o.order_id = s.order_id
WHERE s.market = %(market)s AND s.asked_at >= %(since)s AND s.asked_at < %(until)s AND s.state = 'answered'
ORDER BY 3, 1 LIMIT 200000
"""

OF_NODES_SQL = """
SELECT s.kind, s.score, '' AS "group" FROM insight_surveys s
WHERE s.market = %(market)s AND s.asked_at >= %(since)s AND s.asked_at < %(until)s AND s.state = 'answered'
  AND EXISTS (SELECT FROM insight_parts p WHERE p.market = s.market AND p.order_id = s.order_id
              AND p.node = ANY(%(nodes)s::text[]))
LIMIT 200000
"""

STARS_SQL = """
SELECT count(*)::int, avg(rating)::float, avg(sentiment)::float FROM insight_reviews
WHERE market = %(market)s AND item = %(item)s AND state = 'published'
"""

SAID_SQL = """
SELECT kind, score, words, sentiment, order_id, answered_at FROM insight_surveys
WHERE market = %(market)s AND asked_at >= %(since)s AND asked_at < %(until)s AND state = 'answered'
  AND words <> ''
ORDER BY answered_at DESC, survey_id LIMIT %(limit)s
"""

WRITE_REVIEW_SQL = """
INSERT INTO insight_reviews (market, review_id, item, order_id, node, rating, words, state, reason, sentiment,
                             written_at)
VALUES (%(market)s, %(review_id)s, %(item)s, %(order_id)s, %(node)s, %(rating)s, %(words)s, %(state)s,
        %(reason)s, %(sentiment)s::real, %(written_at)s)
ON CONFLICT DO NOTHING
"""

REVIEW_SQL = """
SELECT review_id, item, order_id, node, rating, words, state, reason, sentiment, written_at
FROM insight_reviews WHERE market = %(market)s AND review_id = %(review_id)s
"""

REVIEWS_SQL = """
SELECT review_id, item, order_id, node, rating, words, state, reason, sentiment, written_at
FROM insight_reviews
WHERE market = %(market)s AND state = %(state)s AND (%(item)s::text IS NULL OR item = %(item)s::text)
ORDER BY written_at DESC, review_id LIMIT %(limit)s
"""

DECIDE_REVIEW_SQL = """
UPDATE insight_reviews SET state = %(state)s, reason = %(reason)s, decided_by = %(by)s
WHERE market = %(market)s AND review_id = %(review_id)s
"""

FORGET_SURVEYS_SQL = """
UPDATE insight_surveys SET person = NULL, words = NULL
WHERE market = %(market)s AND person = ANY(%(people)s::uuid[])
"""

FORGET_ANSWERS_SQL = """
UPDATE insight_surveys SET person = NULL, words = NULL
WHERE market = %(market)s AND order_id = ANY(%(orders)s::uuid[])
"""

FORGET_REVIEWS_SQL = """
UPDATE insight_reviews
SET words = '', order_id = NULL, state = 'withheld', reason = 'its writer was forgotten'
WHERE market = %(market)s AND order_id = ANY(%(orders)s::uuid[])
"""

REFUSES_MARKETING_SQL = """
SELECT 1 FROM insight_consents
WHERE market = %(market)s AND handle = %(handle)s AND purpose = 'marketing' AND NOT given
"""


def ask(tx: Tx, market: str, survey: Survey, token_hash: bytes) -> bool:
    """Write down that a survey was sent; False when it was before."""
    return bool(
        run(
            tx,
            ASK_SQL,
            market=market,
            survey_id=survey.survey_id,
            kind=survey.kind,
            order_id=survey.order_id,
            person=survey.person,
            token_hash=token_hash,
            cause=survey.cause,
            now=survey.asked_at,
            expires_at=survey.expires_at,
        )
    )


def asked_since(tx: Tx, market: str, people: Sequence[Id], since: datetime) -> bool:
    """Whether a person was asked anything after a moment."""
    return bool(values(tx, ASKED_SINCE_SQL, market=market, people=list(people), since=since))


def refuses_marketing(tx: Tx, market: str, handle: Id) -> bool:
    """Whether somebody has said that they want no messages."""
    return bool(values(tx, REFUSES_MARKETING_SQL, market=market, handle=handle))


def of_order(tx: Tx, market: str, order_id: Id, now: datetime) -> Survey | None:
    """The latest survey about an order that was answered or still may be."""
    return row(tx, Survey, OF_ORDER_SQL, market=market, order_id=order_id, now=now)


def by_link(tx: Tx, market: str, token_hash: bytes) -> Survey | None:
    """The survey behind a link, locked, or None."""
    return row(tx, Survey, BY_LINK_SQL, market=market, token_hash=token_hash)


def answer(
    tx: Tx, market: str, survey: Survey, *, score: int, words: str, sentiment: float | None, now: datetime
) -> None:
    """Keep what was answered."""
    run(
        tx,
        ANSWER_SQL,
        market=market,
        survey_id=survey.survey_id,
        score=score,
        words=words,
        sentiment=sentiment,
        now=now,
    )


def answered(tx: Tx, market: str, *, by: str, since: datetime, until: datetime) -> list[Answered]:
    """The answers of a span of time, each with its channel, method, node or week."""
    return rows(tx, Answered, ANSWERED_SQL, market=market, by=by, since=since, until=until)


def of_nodes(
    tx: Tx, market: str, nodes: Sequence[str], *, since: datetime, until: datetime
) -> list[Answered]:
    """The answers about orders that these nodes had a part in."""
    return rows(tx, Answered, OF_NODES_SQL, market=market, nodes=list(nodes), since=since, until=until)


def stars(tx: Tx, market: str, item: str) -> tuple[int, float | None, float | None]:
    """Of an item's published reviews: how many, their mean rating, and how they read on average."""
    found: list[tuple[int, float | None, float | None]] = values(tx, STARS_SQL, market=market, item=item)
    return found[0]


def said(tx: Tx, market: str, *, since: datetime, until: datetime, limit: int) -> list[Said]:
    """What was written in answers, the newest first."""
    return rows(tx, Said, SAID_SQL, market=market, since=since, until=until, limit=limit)


def write_review(tx: Tx, market: str, review: Review) -> None:
    """Keep a review; the same one again changes nothing."""
    run(
        tx,
        WRITE_REVIEW_SQL,
        market=market,
        review_id=review.review_id,
        item=review.item,
        order_id=review.order_id,
        node=review.node,
        rating=review.rating,
        words=review.words,
        state=review.state,
        reason=review.reason,
        sentiment=review.sentiment,
        written_at=review.written_at,
    )


def review(tx: Tx, market: str, review_id: Id) -> Review | None:
    """One review, or None."""
    return row(tx, Review, REVIEW_SQL, market=market, review_id=review_id)


def reviews(tx: Tx, market: str, *, state: str, item: str | None, limit: int) -> list[Review]:
    """Reviews in a state, of an item or all, newest first."""
    return rows(tx, Review, REVIEWS_SQL, market=market, state=state, item=item, limit=limit)


def decide_review(tx: Tx, market: str, review_id: Id, *, state: str, reason: str, by: str) -> None:
    """Keep what somebody decided of a review."""
    run(tx, DECIDE_REVIEW_SQL, market=market, review_id=review_id, state=state, reason=reason, by=by)


def forget(tx: Tx, market: str, people: Sequence[Id]) -> int:
    """Take a person out of their surveys, and what they wrote; returns how many."""
    return run(tx, FORGET_SURVEYS_SQL, market=market, people=list(people))


def forget_words(tx: Tx, market: str, orders: Sequence[Id]) -> int:
    """Take out what was written of these orders, in surveys and reviews; returns how many."""
    return sum(
        run(tx, statement, market=market, orders=list(orders))
        for statement in (FORGET_ANSWERS_SQL, FORGET_REVIEWS_SQL)
    )
