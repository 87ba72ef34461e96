"""The SQL of shipments and of what carriers say."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from anyshelf.delivery.model import Scan, Shipment
from anyshelf.ground.db import Tx, row, rows, run
from anyshelf.ground.ids import Id

MAKE_SQL = """
INSERT INTO delivery_shipments (market, shipment_id, order_id, node, carrier, tracking, state, lines,
                                dispatched_at)
VALUES (%(market)s, %(shipment_id)s, %(order_id)s, %(node)s, %(carrier)s, %(tracking)s, %(state)s, %(lines)s,
        %(dispatched_at)s)
ON CONFLICT (market, shipment_id) DO NOTHING
"""

FIND_SQL = """
SELECT market, shipment_id, order_id, node, carrier, tracking, state, lines, dispatched_at, delivered_at
FROM delivery_shipments WHERE market = %(market)s AND shipment_id = %(shipment_id)s
"""

LOCK_SQL = """
SELECT market, shipment_id, order_id, node, carrier, tracking, state, lines, dispatched_at, delivered_at
FROM delivery_shipments WHERE market = %(market)s AND shipment_id = %(shipment_id)s FOR UPDATE
"""

OF_ORDER_SQL = """
SELECT market, shipment_id, order_id, node, carrier, tracking, state, lines, dispatched_at, delivered_at
FROM delivery_shipments WHERE market = %(market)s AND order_id = %(order_id)s
ORDER BY dispatched_at, shipment_id
"""

NOTE_SCANS_SQL = """
INSERT INTO delivery_events (market, shipment_id, event_id, kind, place, happened_at, known_at)
SELECT %(market)s, %(shipment_id)s::uuid, s.event_id, s.kind, s.place, s.happened_at, %(now)s
FROM unnest(%(event_ids)s::text[], %(kinds)s::text[], %(places)s::text[], %(happened)s::timestamptz[])
    AS s(event_id, kind, place, happened_at)
ON CONFLICT (market, shipment_id, event_id) DO NOTHING
"""

SCANS_SQL = """
SELECT event_id, kind, happened_at, place FROM delivery_events
WHERE market = %(market)s AND shipment_id = %(shipment_id)s ORDER BY happened_at, event_id
"""

SAVE_SQL = """
UPDATE delivery_shipments SET state = %(state)s, delivered_at = %(delivered_at)s
WHERE market = %(market)s AND shipment_id = %(shipment_id)s
"""


def make(tx: Tx, shipment: Shipment) -> bool:
    """Write a shipment down; False when it is there already."""
    made = run(
        tx,
        MAKE_SQL,
        market=shipment.market,
        shipment_id=shipment.shipment_id,
        order_id=shipment.order_id,
        node=shipment.node,
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        state=shipment.state,
        lines=Jsonb(shipment.lines),
        dispatched_at=shipment.dispatched_at,
    )
    return bool(made)


def find(tx: Tx, market: str, shipment_id: Id) -> Shipment | None:
    """One shipment, or None."""
    return row(tx, Shipment, FIND_SQL, market=market, shipment_id=shipment_id)


def lock(tx: Tx, market: str, shipment_id: Id) -> Shipment | None:
    """One shipment, locked, or None."""
    return row(tx, Shipment, LOCK_SQL, market=market, shipment_id=shipment_id)


def of_order(tx: Tx, market: str, order_id: Id) -> list[Shipment]:
    """The shipments of an order, in the order in which they left."""
    return rows(tx, Shipment, OF_ORDER_SQL, market=market, order_id=order_id)


def note_scans(tx: Tx, market: str, shipment_id: Id, scans: Sequence[Scan], now: datetime) -> int:
    """Write down what the carrier says; what it said before is passed over. Returns how many are new."""
    return run(
        tx,
        NOTE_SCANS_SQL,
        market=market,
        shipment_id=shipment_id,
        event_ids=[scan.event_id for scan in scans],
        kinds=[scan.kind for scan in scans],
        places=[scan.place for scan in scans],
        happened=[scan.happened_at for scan in scans],
        now=now,
    )


def scans(tx: Tx, market: str, shipment_id: Id) -> list[Scan]:
    """Everything the carrier has said of a shipment, by when it happened."""
    return rows(tx, Scan, SCANS_SQL, market=market, shipment_id=shipment_id)


def save(tx: Tx, shipment: Shipment) -> None:
    """Write down where a shipment stands."""
    run(
        tx,
        SAVE_SQL,
        market=shipment.market,
        shipment_id=shipment.shipment_id,
        state=shipment.state,
        delivered_at=shipment.delivered_at,
    )
