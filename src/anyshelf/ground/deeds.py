"""Who did what: a book of what changes how the house is run. It is added to and never changed.

The database lets the application insert and read, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, rows, run
from anyshelf.ground.ids import Id, new_id

NOTE_SQL = """
INSERT INTO deeds (market, deed_id, by, did, about, said, done_at)
VALUES (%(market)s, %(deed_id)s, %(by)s, %(did)s, %(about)s, %(said)s, %(now)s)
"""

LATEST_SQL = """
SELECT deed_id, by, did, about, said, done_at FROM deeds
WHERE market = %(market)s AND (%(about)s::text = '' OR about = %(about)s)
  AND (%(by)s::text = '' OR by = %(by)s)
ORDER BY done_at DESC, deed_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something somebody did: `did` is past tense (`key revoked`), `about` whom or what, `said` the rest."""

    deed_id: Id
    by: str
    did: str
    about: str
    said: dict[str, Any]
    done_at: datetime


def note(
    tx: Tx,
    market: str,
    *,
    by: str,
    did: str,
    about: str,
    now: datetime,
    said: Mapping[str, Any] | None = None,
) -> None:
    """Write down who did what, in the transaction in which it is done. Never a secret in `said`."""
    run(
        tx, NOTE_SQL,
        market=market, deed_id=new_id(), by=by, did=did, about=about, said=Jsonb(dict(said or {})), now=now,
    )  # fmt: skip


def latest(tx: Tx, market: str, *, by: str = "", about: str = "", limit: int = 100) -> list[Deed]:
    """What was done, the newest first: all of it, by one, or about one."""
    return rows(tx, Deed, LATEST_SQL, market=market, by=by, about=about, limit=limit)
