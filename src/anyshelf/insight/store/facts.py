"""The SQL of facts: what an order was and how it went, built up event by event."""

from anyshelf.ground.db import Tx, row, run
from anyshelf.ground.ids import Id
from anyshelf.insight.model.facts import CameBack, KnownOrder, Placed, Progress
from anyshelf.insight.model.figures import Counted

PLACE_SQL = """
INSERT INTO insight_orders (market, order_id, channel, method, account, currency, total_minor, cost_minor,
                            freight_minor, handling_minor, lines, units, placed_at, promised_at)
VALUES (%(market)s, %(order_id)s, %(channel)s, %(method)s, %(account)s, %(currency)s, %(total_minor)s,
        %(cost_minor)s, %(freight_minor)s, %(handling_minor)s, %(lines)s, %(units)s, %(placed_at)s,
        %(promised_at)s)
ON CONFLICT DO NOTHING
"""

PLACE_LINES_SQL = """
INSERT INTO insight_lines (market, order_id, line, item, quantity, paid_minor, method, placed_at)
SELECT %(market)s, %(order_id)s, l.line, l.item, l.quantity, l.paid_minor, l.method, %(placed_at)s
FROM unnest(%(lines)s::int[], %(items)s::text[], %(quantities)s::int[], %(paid)s::bigint[],
            %(methods)s::text[]) AS l(line, item, quantity, paid_minor, method)
ON CONFLICT DO NOTHING
"""

PROGRESS_SQL = """
UPDATE insight_orders SET
    short_units = short_units + %(short)s, done_units = done_units + %(done)s,
    cancelled_units = cancelled_units + %(cancelled)s, lost_units = lost_units + %(lost)s,
    returned_units = returned_units + %(returned)s, damaged_units = damaged_units + %(damaged)s,
    shipments = shipments + %(shipments)s, repromised = repromised + %(repromised)s,
    refunded_minor = refunded_minor + %(refunded_minor)s,
    ready_at = CASE WHEN %(ready)s THEN coalesce(ready_at, %(happened_at)s) ELSE ready_at END,
    done_at = CASE WHEN done_at IS NULL AND done_units + %(done)s > 0
                        AND done_units + %(done)s + cancelled_units + %(cancelled)s >= units
                   THEN %(happened_at)s ELSE done_at END
WHERE market = %(market)s AND order_id = %(order_id)s
"""

PART_SQL = """
INSERT INTO insight_parts AS p (market, order_id, node, journey, released_at, due_at, units, short_units,
                                done_units, ready_at, arrived_at, left_at)
VALUES (%(market)s, %(order_id)s, %(node)s, %(journey)s,
        CASE WHEN %(released)s::int > 0 THEN %(happened_at)s::timestamptz END, %(due_at)s, %(released)s,
        %(short)s, %(done)s, CASE WHEN %(ready)s THEN %(happened_at)s::timestamptz END,
        CASE WHEN %(arrived)s THEN %(happened_at)s::timestamptz END,
        CASE WHEN %(left)s THEN %(happened_at)s::timestamptz END)
ON CONFLICT (market, order_id, node) DO UPDATE SET
    journey = CASE WHEN p.journey = '' THEN excluded.journey ELSE p.journey END,
    released_at = coalesce(p.released_at, excluded.released_at),
    due_at = coalesce(p.due_at, excluded.due_at),
    units = p.units + excluded.units, short_units = p.short_units + excluded.short_units,
    done_units = p.done_units + excluded.done_units,
    ready_at = coalesce(p.ready_at, excluded.ready_at),
    arrived_at = coalesce(p.arrived_at, excluded.arrived_at), left_at = coalesce(p.left_at, excluded.left_at)
"""

COUNT_SQL = """
INSERT INTO insight_counts (market, count_id, node, item, books, counted, counted_at)
VALUES (%(market)s, %(count_id)s, %(node)s, %(item)s, %(books)s, %(counted)s, %(counted_at)s)
ON CONFLICT (market, count_id) DO NOTHING
"""

CAME_BACK_SQL = """
INSERT INTO insight_returns AS r (market, return_id, order_id, journey, node, asked_at, received_at, units,
                                  resold_units, refunded_minor)
VALUES (%(market)s, %(return_id)s, %(order_id)s, %(journey)s, %(node)s, %(happened_at)s,
        CASE WHEN %(received)s THEN %(happened_at)s::timestamptz END, %(units)s, %(resold)s,
        %(refunded_minor)s)
ON CONFLICT (market, return_id) DO UPDATE SET
    journey = excluded.journey,
    node = CASE WHEN excluded.node <> '' THEN excluded.node ELSE r.node END,
    received_at = coalesce(r.received_at, excluded.received_at), units = r.units + excluded.units,
    resold_units = r.resold_units + excluded.resold_units,
    refunded_minor = r.refunded_minor + excluded.refunded_minor
"""

KNOWN_SQL = """
SELECT order_id, channel, method, account, currency, total_minor, placed_at FROM insight_orders
WHERE market = %(market)s AND order_id = %(order_id)s
"""


def place(tx: Tx, market: str, placed: Placed) -> None:
    """Write an order down; the same order again changes nothing."""
    where = {"market": market, "order_id": placed.order_id, "placed_at": placed.placed_at}
    run(
        tx,
        PLACE_SQL,
        **where,
        channel=placed.channel,
        method=placed.lines[0].method if placed.lines else "",
        account=placed.account,
        currency=placed.currency,
        total_minor=placed.total_minor,
        cost_minor=placed.cost_minor,
        freight_minor=placed.freight_minor,
        handling_minor=placed.handling_minor,
        lines=len(placed.lines),
        units=sum(line.quantity for line in placed.lines),
        promised_at=placed.promised_at,
    )
    run(
        tx,
        PLACE_LINES_SQL,
        **where,
        lines=[line.line for line in placed.lines],
        items=[line.item for line in placed.lines],
        quantities=[line.quantity for line in placed.lines],
        paid=[line.paid_minor for line in placed.lines],
        methods=[line.method for line in placed.lines],
    )


def progress(tx: Tx, market: str, step: Progress) -> None:
    """Add what an event says to the facts of its order, and of its node where it names one."""
    run(
        tx,
        PROGRESS_SQL,
        market=market,
        order_id=step.order_id,
        happened_at=step.happened_at,
        short=step.short,
        done=step.done,
        cancelled=step.cancelled,
        lost=step.lost,
        returned=step.returned,
        damaged=step.damaged,
        shipments=step.shipments,
        repromised=step.repromised,
        refunded_minor=step.refunded_minor,
        ready=step.ready,
    )
    if step.node:
        run(
            tx,
            PART_SQL,
            market=market,
            order_id=step.order_id,
            node=step.node,
            journey=step.journey,
            happened_at=step.happened_at,
            due_at=step.due_at,
            released=step.released,
            short=step.short,
            done=step.done,
            ready=step.ready,
            arrived=step.arrived,
            left=step.left,
        )


def came_back(tx: Tx, market: str, step: CameBack) -> None:
    """Add what an event says to the facts of its return."""
    run(
        tx,
        CAME_BACK_SQL,
        market=market,
        return_id=step.return_id,
        order_id=step.order_id,
        journey=step.journey,
        node=step.node,
        happened_at=step.happened_at,
        received=step.received,
        units=step.units,
        resold=step.resold,
        refunded_minor=step.refunded_minor,
    )


def known(tx: Tx, market: str, order_id: Id) -> KnownOrder | None:
    """What is known of an order, or None."""
    return row(tx, KnownOrder, KNOWN_SQL, market=market, order_id=order_id)


def count(tx: Tx, market: str, count_id: Id, found: Counted) -> None:
    """Write a count down; the same again changes nothing."""
    run(
        tx, COUNT_SQL, market=market, count_id=count_id, node=found.node, item=found.item, books=found.books,
        counted=found.counted, counted_at=found.counted_at,
    )  # fmt: skip
