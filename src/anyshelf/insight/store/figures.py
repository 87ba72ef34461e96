"""The SQL of the figures: sums over facts, never over the tables that serve orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from anyshelf.ground.db import Tx, values
from anyshelf.ground.ids import Id
from anyshelf.insight.model.figures import Group

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
       sum(done_units) FILTER (WHERE done_at IS NOT NULL OR cancelled_units >= units) AS done_units,
       sum(units) FILTER (WHERE done_at IS NOT NULL OR cancelled_units >= units) AS ended_units,
       count(*) FILTER (WHERE shipments > 0) AS shipped, count(*) FILTER (WHERE shipments > 1) AS split,
       sum(extract(epoch FROM done_at - placed_at)) / 3600 AS cycle_hours, count(done_at) AS done_orders,
       sum(cost_minor) AS cost_minor, count(cost_minor) AS costed,
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

# The orders that a figure would be better without; of a plain sum, those it is the sum of.
BEHIND_SQL = """
SELECT o.order_id FROM insight_orders o
WHERE o.market = %(market)s AND o.placed_at >= %(since)s AND o.placed_at < %(until)s
  AND o.order_id < %(before)s::uuid
  AND CASE %(figure)s
      WHEN 'on_time' THEN o.promised_at < coalesce(o.ready_at, o.done_at)
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
      WHEN 'order_cycle_time' THEN o.done_at IS NOT NULL
      WHEN 'short_pick_rate' THEN o.short_units > 0
      WHEN 'pickup_ready_time' THEN EXISTS (SELECT FROM insight_parts p
          WHERE p.market = o.market AND p.order_id = o.order_id AND p.ready_at IS NOT NULL)
      WHEN 'pickup_without_issue' THEN EXISTS (SELECT FROM insight_parts p
          WHERE p.market = o.market AND p.order_id = o.order_id AND p.ready_at IS NOT NULL
            AND p.left_at IS NOT NULL
            AND (p.short_units > 0 OR p.ready_at > coalesce(p.due_at, 'infinity')))
      WHEN 'left_on_time' THEN EXISTS (SELECT FROM insight_parts p
          WHERE p.market = o.market AND p.order_id = o.order_id AND p.ready_at IS NULL
            AND p.left_at > p.due_at)
      ELSE true END
ORDER BY o.order_id DESC LIMIT %(limit)s
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
    statement = {"orders": ORDERS_SQL, "parts": PARTS_SQL, "returns": RETURNS_SQL}[what]
    with tx.cursor(row_factory=dict_row) as cursor:
        found: list[dict[str, Any]] = cursor.execute(statement, asked).fetchall()
    return [Group(group=sums.pop("group"), sums=sums) for sums in found]


def behind(
    tx: Tx, market: str, figure: str, *, since: datetime, until: datetime, before: Id, limit: int
) -> list[Id]:
    """The orders behind a figure, newest first."""
    found = values(
        tx, BEHIND_SQL, market=market, figure=figure, since=since, until=until, before=before, limit=limit
    )
    return [order_id for (order_id,) in found]


def sold(tx: Tx, market: str, items: Sequence[str], *, since: datetime, until: datetime) -> dict[str, int]:
    """How many units of each item were ordered in a span of time."""
    return dict(values(tx, SOLD_SQL, market=market, items=list(items), since=since, until=until))
