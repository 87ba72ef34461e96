"""The SQL of the figures: sums over facts, never over the tables that serve orders."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from anyshelf.ground.db import Tx, rows, values
from anyshelf.ground.ids import Id
from anyshelf.insight.model.figures import Counted, Group

# An order has ended when all that was not cancelled is done. It is perfect when it came in time, in full,
# whole, at once found, promised once and not sent back damaged.
ORDERS_SQL = """
SELECT CASE %(by)s WHEN 'channel' THEN channel WHEN 'method' THEN method
                   WHEN 'day' THEN (placed_at AT TIME ZONE 'UTC')::date::text ELSE '' END AS "group",
       count(*) AS orders, sum(total_minor) AS total_minor,
       count(*) FILTER (WHERE done_at IS NOT NULL OR cancelled_units >= units) AS ended,
       count(*) FILTER (WHERE done_at IS NOT NULL AND done_at <= coalesce(promised_at, 'infinity')
                        AND cancelled_units = 0 AND short_units = 0 AND lost_units = 0 AND damaged_units = 0
                        AND repromised = 0) AS perfect,
       count(*) FILTER (WHERE promised_at IS NOT NULL AND (done_at IS NOT NULL OR ready_at IS NOT NULL))
           AS promised_ended,
       count(*) FILTER (WHERE promised_at IS NOT NULL AND coalesce(ready_at, done_at) <= promised_at)
           AS on_time,
       count(*) FILTER (WHERE promised_at IS NOT NULL AND coalesce(ready_at, done_at) <= promised_at
                        AND repromised = 0) AS kept,
       sum(done_units) FILTER (WHERE done_at IS NOT NULL OR cancelled_units >= units) AS done_units,
       sum(units) FILTER (WHERE done_at IS NOT NULL OR cancelled_units >= units) AS ended_units,
       count(*) FILTER (WHERE shipments > 0) AS shipped, count(*) FILTER (WHERE shipments > 1) AS split,
       sum(extract(epoch FROM done_at - placed_at)) / 3600 AS cycle_hours, count(done_at) AS done_orders,
       sum(cost_minor) AS cost_minor, count(cost_minor) AS costed, sum(freight_minor) AS freight_minor,
       sum(handling_minor) AS handling_minor, count(freight_minor) AS parted,
       count(*) FILTER (WHERE repromised > 0) AS repromised, sum(returned_units) AS returned_units,
       sum(refunded_minor) AS refunded_minor
FROM insight_orders
WHERE market = %(market)s AND placed_at >= %(since)s AND placed_at < %(until)s
  AND (cardinality(%(channels)s::text[]) = 0 OR channel = ANY(%(channels)s::text[]))
GROUP BY 1 ORDER BY 1
"""

PARTS_SQL = """
SELECT CASE %(by)s WHEN 'node' THEN p.node WHEN 'journey' THEN p.journey WHEN 'channel' THEN o.channel
                   WHEN 'day' THEN (p.released_at AT TIME ZONE 'UTC')::date::text ELSE '' END AS "group",
       count(*) AS parts, sum(p.units) AS units, sum(p.short_units) AS short_units,
       sum(extract(epoch FROM p.ready_at - p.released_at)) / 3600 AS ready_hours, count(p.ready_at) AS ready,
       sum(extract(epoch FROM p.left_at - p.arrived_at)) FILTER (WHERE p.arrived_at <= p.left_at) / 3600
           AS wait_hours,
       count(*) FILTER (WHERE p.arrived_at <= p.left_at) AS waited,
       count(*) FILTER (WHERE p.ready_at IS NOT NULL AND p.left_at IS NOT NULL) AS collected,
       count(*) FILTER (WHERE p.ready_at IS NOT NULL AND p.left_at IS NOT NULL AND p.short_units = 0
                        AND p.ready_at <= coalesce(p.due_at, 'infinity')) AS smooth,
       count(*) FILTER (WHERE p.left_at IS NOT NULL AND p.due_at IS NOT NULL AND p.ready_at IS NULL)
           AS left_due,
       count(*) FILTER (WHERE p.left_at <= p.due_at AND p.ready_at IS NULL) AS left_on_time
FROM insight_parts p JOIN insight_orders o ON o.market = p.market AND o.order_id = p.order_id
WHERE p.market = %(market)s AND p.released_at >= %(since)s AND p.released_at < %(until)s
  AND (cardinality(%(channels)s::text[]) = 0 OR o.channel = ANY(%(channels)s::text[]))
  AND (cardinality(%(nodes)s::text[]) = 0 OR p.node = ANY(%(nodes)s::text[]))
GROUP BY 1 ORDER BY 1
"""

RETURNS_SQL = """
SELECT CASE %(by)s WHEN 'node' THEN r.node WHEN 'journey' THEN r.journey WHEN 'channel' THEN o.channel
                   WHEN 'day' THEN (r.asked_at AT TIME ZONE 'UTC')::date::text ELSE '' END AS "group",
       count(*) AS returns, sum(r.units) AS units, sum(r.resold_units) AS resold_units,
       sum(extract(epoch FROM r.received_at - r.asked_at)) FILTER (WHERE r.resold_units > 0) / 3600
           AS shelf_hours,
       count(*) FILTER (WHERE r.resold_units > 0) AS back_on_shelf
FROM insight_returns r JOIN insight_orders o ON o.market = r.market AND o.order_id = r.order_id
WHERE r.market = %(market)s AND r.asked_at >= %(since)s AND r.asked_at < %(until)s
  AND (cardinality(%(channels)s::text[]) = 0 OR o.channel = ANY(%(channels)s::text[]))
  AND (cardinality(%(nodes)s::text[]) = 0 OR r.node = ANY(%(nodes)s::text[]))
GROUP BY 1 ORDER BY 1
"""

SOLD_SQL = """
SELECT item, sum(quantity)::bigint FROM insight_lines
WHERE market = %(market)s AND placed_at >= %(since)s AND placed_at < %(until)s
  AND item = ANY(%(items)s::text[])
GROUP BY item
"""

OF_ITEM_SQL = """
SELECT order_id FROM insight_lines WHERE market = %(market)s AND item = %(item)s
ORDER BY placed_at DESC LIMIT %(limit)s
"""

COUNTS_SQL = """
SELECT CASE %(by)s WHEN 'node' THEN node
                   WHEN 'day' THEN (counted_at AT TIME ZONE 'UTC')::date::text ELSE '' END AS "group",
       count(*) AS counts, count(*) FILTER (WHERE counted = books) AS matched
FROM insight_counts
WHERE market = %(market)s AND counted_at >= %(since)s AND counted_at < %(until)s
  AND cardinality(%(channels)s::text[]) = 0
  AND (cardinality(%(nodes)s::text[]) = 0 OR node = ANY(%(nodes)s::text[]))
GROUP BY 1 ORDER BY 1
"""

MISCOUNTED_SQL = """
SELECT item, node, books, counted, counted_at FROM insight_counts
WHERE market = %(market)s AND counted_at >= %(since)s AND counted_at < %(until)s AND counted <> books
ORDER BY counted_at DESC, count_id LIMIT %(limit)s
"""

SOLD_IN_ALL_SQL = """
SELECT coalesce(sum(quantity), 0)::bigint FROM insight_lines
WHERE market = %(market)s AND placed_at >= %(since)s AND placed_at < %(until)s
"""

SELLING_SQL = """
SELECT item FROM insight_lines
WHERE market = %(market)s AND placed_at >= %(since)s AND placed_at < %(until)s
GROUP BY item ORDER BY sum(quantity) DESC, item LIMIT %(limit)s
"""

# The orders that a figure would be better without; of a plain sum, those it is the sum of. Each looks at the
# same rows as the figure: orders by when they were placed, parts by their release, returns by when they were
# asked for.
BEHIND_ORDERS_SQL = """
SELECT o.order_id FROM insight_orders o
WHERE o.market = %(market)s AND o.placed_at >= %(since)s AND o.placed_at < %(until)s
  AND o.order_id < %(before)s::uuid
  AND (%(channel)s = '' OR o.channel = %(channel)s) AND (%(method)s = '' OR o.method = %(method)s)
  AND CASE %(figure)s
      WHEN 'on_time' THEN o.promised_at < coalesce(o.ready_at, o.done_at)
      WHEN 'promise_kept' THEN o.promised_at < coalesce(o.ready_at, o.done_at)
          OR (o.promised_at IS NOT NULL AND o.repromised > 0 AND coalesce(o.ready_at, o.done_at) IS NOT NULL)
      WHEN 'perfect_order' THEN (o.done_at IS NOT NULL OR o.cancelled_units >= o.units)
          AND (o.done_at IS NULL OR o.done_at > coalesce(o.promised_at, 'infinity') OR o.repromised > 0
               OR o.cancelled_units + o.short_units + o.lost_units + o.damaged_units > 0)
      WHEN 'fill_rate' THEN (o.done_at IS NOT NULL OR o.cancelled_units >= o.units)
          AND o.done_units < o.units
      WHEN 'split_rate' THEN o.shipments > 1
      WHEN 'repromised' THEN o.repromised > 0
      WHEN 'return_rate' THEN o.returned_units > 0
      WHEN 'refunded' THEN o.refunded_minor > 0
      WHEN 'cost_per_order' THEN o.cost_minor IS NOT NULL
      WHEN 'freight_per_order' THEN o.freight_minor IS NOT NULL
      WHEN 'labour_per_order' THEN o.freight_minor IS NOT NULL
      WHEN 'order_cycle_time' THEN o.done_at IS NOT NULL
      ELSE true END
ORDER BY o.order_id DESC LIMIT %(limit)s
"""

BEHIND_PARTS_SQL = """
SELECT DISTINCT p.order_id FROM insight_parts p
JOIN insight_orders o ON o.market = p.market AND o.order_id = p.order_id
WHERE p.market = %(market)s AND p.released_at >= %(since)s AND p.released_at < %(until)s
  AND p.order_id < %(before)s::uuid
  AND (%(channel)s = '' OR o.channel = %(channel)s) AND (%(node)s = '' OR p.node = %(node)s)
  AND (%(journey)s = '' OR p.journey = %(journey)s)
  AND CASE %(figure)s
      WHEN 'short_pick_rate' THEN p.short_units > 0
      WHEN 'pickup_ready_time' THEN p.ready_at IS NOT NULL
      WHEN 'pickup_wait' THEN p.arrived_at <= p.left_at
      WHEN 'pickup_without_issue' THEN p.ready_at IS NOT NULL AND p.left_at IS NOT NULL
          AND (p.short_units > 0 OR p.ready_at > coalesce(p.due_at, 'infinity'))
      WHEN 'left_on_time' THEN p.ready_at IS NULL AND p.left_at > p.due_at
      ELSE true END
ORDER BY p.order_id DESC LIMIT %(limit)s
"""

BEHIND_RETURNS_SQL = """
SELECT DISTINCT r.order_id FROM insight_returns r
JOIN insight_orders o ON o.market = r.market AND o.order_id = r.order_id
WHERE r.market = %(market)s AND r.asked_at >= %(since)s AND r.asked_at < %(until)s
  AND r.order_id < %(before)s::uuid
  AND (%(channel)s = '' OR o.channel = %(channel)s) AND (%(node)s = '' OR r.node = %(node)s)
  AND (%(journey)s = '' OR r.journey = %(journey)s)
  AND CASE %(figure)s
      WHEN 'return_to_shelf_time' THEN r.resold_units > 0
      WHEN 'resold_share' THEN r.resold_units < r.units
      ELSE true END
ORDER BY r.order_id DESC LIMIT %(limit)s
"""


def groups(
    tx: Tx,
    market: str,
    what: str,
    *,
    by: str,
    since: datetime,
    until: datetime,
    channels: Sequence[str] = (),
    nodes: Sequence[str] = (),
) -> list[Group]:
    """The sums of orders, parts or returns of a span of time, by channel, node, journey, method or day."""
    asked = {
        "market": market,
        "by": by,
        "since": since,
        "until": until,
        "channels": list(channels),
        "nodes": list(nodes),
    }
    statement = {"orders": ORDERS_SQL, "parts": PARTS_SQL, "returns": RETURNS_SQL, "counts": COUNTS_SQL}[what]
    with tx.cursor(row_factory=dict_row) as cursor:
        found: list[dict[str, Any]] = cursor.execute(statement, asked).fetchall()
    return [Group(group=sums.pop("group"), sums=sums) for sums in found]


def behind(
    tx: Tx, market: str, what: str, figure: str, *, span: tuple[datetime, datetime],
    narrowed: Mapping[str, str], before: Id, limit: int,
) -> list[Id]:  # fmt: skip
    """The orders behind a figure of orders, parts or returns, newest first."""
    statement = {
        "orders": BEHIND_ORDERS_SQL, "parts": BEHIND_PARTS_SQL, "returns": BEHIND_RETURNS_SQL,
    }[what]  # fmt: skip
    asked = {"channel": "", "node": "", "journey": "", "method": ""} | dict(narrowed)
    found = values(
        tx, statement, market=market, figure=figure, since=span[0], until=span[1], before=before, limit=limit,
        **asked,
    )  # fmt: skip
    return [order_id for (order_id,) in found]


def miscounted(tx: Tx, market: str, *, since: datetime, until: datetime, limit: int) -> list[Counted]:
    """The counts that found something else than the books, newest first."""
    return rows(tx, Counted, MISCOUNTED_SQL, market=market, since=since, until=until, limit=limit)


def sold_in_all(tx: Tx, market: str, *, since: datetime, until: datetime) -> int:
    """How many units were ordered in a span of time."""
    ((units,),) = values(tx, SOLD_IN_ALL_SQL, market=market, since=since, until=until)
    return int(units)


def selling(tx: Tx, market: str, *, since: datetime, until: datetime, limit: int) -> list[str]:
    """The items most ordered in a span of time."""
    found = values(tx, SELLING_SQL, market=market, since=since, until=until, limit=limit)
    return [item for (item,) in found]


def of_item(tx: Tx, market: str, item: str, *, limit: int) -> list[Id]:
    """The newest orders of an item."""
    return [order_id for (order_id,) in values(tx, OF_ITEM_SQL, market=market, item=item, limit=limit)]


def sold(tx: Tx, market: str, items: Sequence[str], *, since: datetime, until: datetime) -> dict[str, int]:
    """How many units of each item were ordered in a span of time."""
    return dict(values(tx, SOLD_SQL, market=market, items=list(items), since=since, until=until))
