"""The SQL of promises: written once, never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, run
from anyshelf.ground.ids import Id

WRITE_SQL = """
INSERT INTO promising_promises (market, promise_id, channel, wanted, options, made_at, expires_at)
VALUES (%(market)s, %(promise_id)s, %(channel)s, %(wanted)s, %(options)s, %(made_at)s, %(expires_at)s)
"""

FIND_SQL = """
SELECT promise_id, channel, wanted, options, made_at, expires_at
FROM promising_promises WHERE market = %(market)s AND promise_id = %(promise_id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A promise as it was written down: the basket and the options as JSON values."""

    promise_id: Id
    channel: str
    wanted: Any
    options: Any
    made_at: datetime
    expires_at: datetime


def write(tx: Tx, market: str, kept: Kept) -> None:
    """Write a promise down."""
    run(
        tx,
        WRITE_SQL,
        market=market,
        promise_id=kept.promise_id,
        channel=kept.channel,
        wanted=Jsonb(kept.wanted),
        options=Jsonb(kept.options),
        made_at=kept.made_at,
        expires_at=kept.expires_at,
    )


def find(tx: Tx, market: str, promise_id: Id) -> Kept | None:
    """A promise by its id, or None."""
    return row(tx, Kept, FIND_SQL, market=market, promise_id=promise_id)
