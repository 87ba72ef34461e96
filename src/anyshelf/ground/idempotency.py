"""A request sent twice is carried out once, and answered twice with the same words."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, run, values
from anyshelf.ground.errors import Invalid

ASK_SQL = """
INSERT INTO idempotency_keys (market, asker, key, fingerprint, asked_at)
VALUES (%(market)s, %(asker)s, %(key)s, %(fingerprint)s, %(now)s)
ON CONFLICT DO NOTHING
"""

EARLIER_SQL = """
SELECT fingerprint, status, answer FROM idempotency_keys
WHERE market = %(market)s AND asker = %(asker)s AND key = %(key)s
"""

ANSWER_SQL = """
UPDATE idempotency_keys SET status = %(status)s, answer = %(answer)s
WHERE market = %(market)s AND asker = %(asker)s AND key = %(key)s
"""

ASK_ALL_SQL = """
INSERT INTO idempotency_keys (market, asker, key, fingerprint, asked_at)
SELECT %(market)s, a.asker, a.key, a.fingerprint, %(now)s::timestamptz
FROM unnest(%(askers)s::text[], %(keys)s::text[], %(fingerprints)s::bytea[]) AS a(asker, key, fingerprint)
ORDER BY a.asker, a.key
ON CONFLICT DO NOTHING
RETURNING asker, key
"""

EARLIER_ALL_SQL = """
SELECT k.asker, k.key, k.fingerprint, k.status, k.answer FROM idempotency_keys k
JOIN unnest(%(askers)s::text[], %(keys)s::text[]) AS a(asker, key) ON k.asker = a.asker AND k.key = a.key
WHERE k.market = %(market)s
"""

ANSWER_ALL_SQL = """
UPDATE idempotency_keys k SET status = a.status, answer = a.answer
FROM unnest(%(askers)s::text[], %(keys)s::text[], %(statuses)s::smallint[], %(answers)s::jsonb[])
    AS a(asker, key, status, answer)
WHERE k.market = %(market)s AND k.asker = a.asker AND k.key = a.key
"""

TAKE_BACK_SQL = """
DELETE FROM idempotency_keys k USING unnest(%(askers)s::text[], %(keys)s::text[]) AS a(asker, key)
WHERE k.market = %(market)s AND k.asker = a.asker AND k.key = a.key AND k.status IS NULL
"""

# By two clocks: a worker whose own has jumped ahead must not forget what may still be sent again.
FORGET_SQL = """
DELETE FROM idempotency_keys
WHERE market = %(market)s
  AND asked_at < least(%(now)s::timestamptz, clock_timestamp()) - %(kept_for)s::interval
"""

FORGET_ANSWERS_SQL = """
UPDATE idempotency_keys SET answer = jsonb_build_object('order_id', answer -> 'order_id', 'forgotten', true)
WHERE market = %(market)s AND answer ->> 'order_id' = ANY(%(orders)s::text[])
"""

KEPT_FOR = timedelta(days=7)


OTHER_BODY = Invalid(
    "This Idempotency-Key came before with another body; a new request needs a new key.",
    field="Idempotency-Key",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was told: an HTTP status and a JSON body."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request under its sender's key."""

    market: str
    asker: str
    key: str
    fingerprint: bytes

    def earlier_answer(self, tx: Tx, now: datetime) -> Answer | None:
        """What this request was told before, or None when it is new (then it is noted down).

        A request under the same key that is still under way is waited for, by the key's row.
        Raises Invalid when the key came with another body.
        """
        where = {"market": self.market, "asker": self.asker, "key": self.key}
        if run(tx, ASK_SQL, **where, fingerprint=self.fingerprint, now=now):
            return None
        return self.answer_so_far(tx)

    def answer_so_far(self, tx: Tx) -> Answer | None:
        """What this request was told before, with nothing noted and nobody waited for; raises as above."""
        where = {"market": self.market, "asker": self.asker, "key": self.key}
        earlier = row(tx, _Earlier, EARLIER_SQL, **where)
        if earlier is None or earlier.status is None:
            return None
        if bytes(earlier.fingerprint) != self.fingerprint:
            raise OTHER_BODY
        return Answer(status=earlier.status, body=earlier.answer)

    def remember(self, tx: Tx, answer: Answer) -> None:
        """Keep the answer in the transaction of what it tells of."""
        run(
            tx,
            ANSWER_SQL,
            market=self.market,
            asker=self.asker,
            key=self.key,
            status=answer.status,
            answer=Jsonb(answer.body),
        )


def earlier_answers(tx: Tx, market: str, asked: Sequence[Asked]) -> dict[Asked, Answer | Invalid]:
    """What those that came before were told; Invalid stands for a key that came with another body."""
    if not asked:
        return {}
    found = values(
        tx, EARLIER_ALL_SQL, market=market,
        askers=[each.asker for each in asked], keys=[each.key for each in asked],
    )  # fmt: skip
    by_key = {(each.asker, each.key): each for each in asked}
    told: dict[Asked, Answer | Invalid] = {}
    for asker, key, fingerprint, status, answer in found:
        if status is not None:
            each = by_key[asker, key]
            told[each] = Answer(status, answer) if bytes(fingerprint) == each.fingerprint else OTHER_BODY
    return told


def note_all(tx: Tx, market: str, asked: Sequence[Asked], now: datetime) -> set[Asked]:
    """Note requests down, in one order of keys so that nobody waits crosswise; returns those that are new."""
    if not asked:
        return set()
    new = values(
        tx, ASK_ALL_SQL, market=market, now=now,
        askers=[each.asker for each in asked], keys=[each.key for each in asked],
        fingerprints=[each.fingerprint for each in asked],
    )  # fmt: skip
    noted = {(asker, key) for asker, key in new}
    return {each for each in asked if (each.asker, each.key) in noted}


def remember_all(tx: Tx, market: str, answers: Mapping[Asked, Answer]) -> None:
    """Keep the answers in the transaction of what they tell of."""
    if answers:
        run(
            tx, ANSWER_ALL_SQL, market=market,
            askers=[each.asker for each in answers], keys=[each.key for each in answers],
            statuses=[answer.status for answer in answers.values()],
            answers=[Jsonb(answer.body) for answer in answers.values()],
        )  # fmt: skip


def take_back_all(tx: Tx, market: str, asked: Sequence[Asked]) -> None:
    """Forget requests that were refused: nothing has changed, and they may be sent again."""
    if asked:
        run(
            tx, TAKE_BACK_SQL, market=market,
            askers=[each.asker for each in asked], keys=[each.key for each in asked],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    fingerprint: bytes
    status: int | None
    answer: Any


def fingerprint_of(*parts: bytes) -> bytes:
    """The mark by which the same request is known again."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()


def forget_old(tx: Tx, market: str, now: datetime) -> int:
    """Drop keys nobody will send again: older than seven days by the caller's clock and the database's."""
    return run(tx, FORGET_SQL, market=market, now=now, kept_for=KEPT_FOR)


def forget_answers(tx: Tx, market: str, orders: Sequence[str]) -> int:
    """Take what was told of these orders out of the answers kept for repeats; twice stays once."""
    return run(tx, FORGET_ANSWERS_SQL, market=market, orders=list(orders))
