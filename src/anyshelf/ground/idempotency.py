"""A request sent twice is carried out once, and answered twice with the same words."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, run
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

FORGET_SQL = "DELETE FROM idempotency_keys WHERE market = %(market)s AND asked_at < %(before)s"

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
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
            raise Invalid(
                "This Idempotency-Key came before with another body; a new request needs a new key.",
                field="Idempotency-Key",
            )
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
    """Drop keys nobody will send again (older than seven days)."""
    return run(tx, FORGET_SQL, market=market, before=now - KEPT_FOR)
