"""The SQL of promises: written once, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, row, run
from anyshelf.ground.ids import Id

WRITE_SQL = """
INSERT INTO promising_promises (market, promise_id, channel, wanted, options, made_at, expires_at)
SELECT %(market)s, p.promise_id, p.channel, p.wanted, p.options, p.made_at, p.expires_at
FROM unnest(%(promise_ids)s::uuid[], %(channels)s::text[], %(wanted)s::jsonb[], %(options)s::jsonb[],
            %(made_at)s::timestamptz[], %(expires_at)s::timestamptz[])
    AS p(promise_id, channel, wanted, options, made_at, expires_at)
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


def write(tx: Tx, market: str, kept: Sequence[Kept]) -> None:
    """Write promises down."""
    run(
        tx,
        WRITE_SQL,
        market=market,
        promise_ids=[each.promise_id for each in kept],
        channels=[each.channel for each in kept],
        wanted=[Jsonb(each.wanted) for each in kept],
        options=[Jsonb(each.options) for each in kept],
        made_at=[each.made_at for each in kept],
        expires_at=[each.expires_at for each in kept],
    )


def find(tx: Tx, market: str, promise_id: Id) -> Kept | None:
    """A promise by its id, or None."""
    return row(tx, Kept, FIND_SQL, market=market, promise_id=promise_id)
