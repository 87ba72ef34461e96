"""The SQL of taste: baskets of a year, what was learned of them, and what one person bought."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.ids import Id

BASKETS_SQL = """
SELECT o.account, o.placed_at::date, array_agg(DISTINCT l.item)
FROM insight_orders o JOIN insight_lines l ON l.market = o.market AND l.order_id = o.order_id
WHERE o.market = %(market)s AND o.placed_at >= %(since)s
GROUP BY o.order_id, o.account, o.placed_at ORDER BY o.placed_at DESC LIMIT %(limit)s
"""

KEEP_SQL = """
INSERT INTO insight_taste (market, item, popular, again, beside, learned_at)
SELECT %(market)s, t.item, t.popular, t.again, t.beside, %(now)s
FROM ROWS FROM (
    unnest(%(items)s::text[]), unnest(%(popular)s::float8[]), unnest(%(again)s::float8[]),
    jsonb_array_elements(%(beside)s::text::jsonb)
) AS t(item, popular, again, beside)
ORDER BY t.item
ON CONFLICT (market, item) DO UPDATE SET popular = excluded.popular, again = excluded.again,
    beside = excluded.beside, learned_at = excluded.learned_at
"""

OF_ITEMS_SQL = """
SELECT item, popular, again, beside FROM insight_taste
WHERE market = %(market)s AND item = ANY(%(items)s::text[])
  AND learned_at = (SELECT max(looked_at) FROM insight_looks WHERE market = %(market)s AND what = 'taste')
"""

POPULAR_SQL = """
SELECT item, popular, again, '[]'::jsonb AS beside FROM insight_taste
WHERE market = %(market)s
  AND learned_at = (SELECT max(looked_at) FROM insight_looks WHERE market = %(market)s AND what = 'taste')
ORDER BY popular DESC, item LIMIT %(limit)s
"""

HISTORY_SQL = """
SELECT o.placed_at::date, array_agg(DISTINCT l.item)
FROM insight_orders o JOIN insight_lines l ON l.market = o.market AND l.order_id = o.order_id
WHERE o.market = %(market)s AND o.account = ANY(%(handles)s::uuid[]) AND o.placed_at >= %(since)s
GROUP BY o.order_id, o.placed_at ORDER BY o.placed_at DESC LIMIT %(limit)s
"""

Row = tuple[str, float, float, Sequence[tuple[str, float]]]
"""Of an item: its code, how popular it is, how often it is bought again, what goes with it how closely."""
ROWS_AT_ONCE = 5000


def baskets(tx: Tx, market: str, since: datetime, *, limit: int) -> list[tuple[Id | None, date, list[str]]]:
    """Whose orders held what on which day, the newest first."""
    return values(tx, BASKETS_SQL, market=market, since=since, limit=limit)


def keep(tx: Tx, market: str, learned: Sequence[Row], now: datetime) -> None:
    """Write down what was learned of items."""
    for start in range(0, len(learned), ROWS_AT_ONCE):
        part = learned[start : start + ROWS_AT_ONCE]
        run(
            tx, KEEP_SQL, market=market, now=now,
            items=[item for item, _, _, _ in part], popular=[popular for _, popular, _, _ in part],
            again=[again for _, _, again, _ in part],
            beside=msgspec.json.encode([beside for _, _, _, beside in part]).decode(),
        )  # fmt: skip


def of_items(tx: Tx, market: str, items: Iterable[str]) -> list[Row]:
    """What the last look taught of these items."""
    return _rows(values(tx, OF_ITEMS_SQL, market=market, items=sorted(set(items))))


def popular(tx: Tx, market: str, *, limit: int) -> list[Row]:
    """What is in the most orders, without what goes with it."""
    return _rows(values(tx, POPULAR_SQL, market=market, limit=limit))


def _rows(found: Sequence[tuple[Any, ...]]) -> list[Row]:
    return [
        (item, popular, again, [(str(other), float(close)) for other, close in beside])
        for item, popular, again, beside in found
    ]


def history(
    tx: Tx, market: str, handles: Sequence[Id], since: datetime, *, limit: int
) -> list[tuple[date, list[str]]]:
    """What was ordered under these handles, order by order, the oldest first."""
    found = values(tx, HISTORY_SQL, market=market, handles=list(handles), since=since, limit=limit)
    return [(day, items) for day, items in reversed(found)]
