"""The SQL of shipments and of what carriers say."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from anyshelf.delivery.model import Scan, Shipment, Transferred
from anyshelf.ground.db import Tx, row, rows, run
from anyshelf.ground.ids import Id

MAKE_SQL = """
INSERT INTO delivery_shipments (market, shipment_id, order_id, node, to_node, slot, carrier, tracking, state,
                                lines, dispatched_at)
VALUES (%(market)s, %(shipment_id)s, %(order_id)s, %(node)s, %(to_node)s, %(slot)s, %(carrier)s, %(tracking)s,
        %(state)s, %(lines)s, %(dispatched_at)s)
ON CONFLICT (market, shipment_id) DO NOTHING
"""

FIND_SQL = """
SELECT market, shipment_id, order_id, node, to_node, slot, carrier, tracking, state, lines, dispatched_at,
       delivered_at
FROM delivery_shipments WHERE market = %(market)s AND shipment_id = %(shipment_id)s
"""

LOCK_SQL = """
SELECT market, shipment_id, order_id, node, to_node, slot, carrier, tracking, state, lines, dispatched_at,
       delivered_at
FROM delivery_shipments WHERE market = %(market)s AND shipment_id = %(shipment_id)s FOR UPDATE
"""

OF_ORDER_SQL = """
SELECT market, shipment_id, order_id, node, to_node, slot, carrier, tracking, state, lines, dispatched_at,
       delivered_at
FROM delivery_shipments WHERE market = %(market)s AND order_id = %(order_id)s
ORDER BY dispatched_at, shipment_id
"""

TRACKED_SQL = """
SELECT DISTINCT order_id FROM (
    SELECT order_id FROM delivery_shipments
    WHERE market = %(market)s AND lower(tracking) = lower(%(tracking)s)
    ORDER BY dispatched_at DESC LIMIT %(limit)s) AS newest
"""

NOTE_SCANS_SQL = """
INSERT INTO delivery_events (market, shipment_id, event_id, kind, place, happened_at, known_at)
SELECT %(market)s, %(shipment_id)s::uuid, s.event_id, s.kind, s.place, s.happened_at, %(now)s
FROM unnest(%(event_ids)s::text[], %(kinds)s::text[], %(places)s::text[], %(happened)s::timestamptz[])
    AS s(event_id, kind, place, happened_at)
ON CONFLICT (market, shipment_id, event_id) DO NOTHING
"""

NOTE_PROOFS_SQL = """
INSERT INTO delivery_proofs (market, shipment_id, event_id, proof)
SELECT %(market)s, %(shipment_id)s::uuid, s.event_id, s.proof
FROM unnest(%(event_ids)s::text[], %(proofs)s::jsonb[]) AS s(event_id, proof)
ON CONFLICT (market, shipment_id, event_id) DO NOTHING
"""

SCANS_SQL = """
SELECT e.event_id, e.kind, e.happened_at, e.place, p.proof FROM delivery_events e
LEFT JOIN delivery_proofs p
    ON p.market = e.market AND p.shipment_id = e.shipment_id AND p.event_id = e.event_id
WHERE e.market = %(market)s AND e.shipment_id = %(shipment_id)s ORDER BY e.happened_at, e.event_id
"""

FORGET_PROOFS_SQL = """
UPDATE delivery_proofs p SET proof = NULL FROM delivery_shipments s
WHERE s.market = %(market)s AND s.order_id = %(order_id)s AND p.market = s.market
  AND p.shipment_id = s.shipment_id AND p.proof IS NOT NULL
"""

SAVE_SQL = """
UPDATE delivery_shipments SET state = %(state)s, delivered_at = %(delivered_at)s, slot = %(slot)s
WHERE market = %(market)s AND shipment_id = %(shipment_id)s
"""


MAKE_TRANSFER_SQL = """
INSERT INTO delivery_transfers (market, shipment_id, line, item, quantity)
SELECT %(market)s, %(shipment_id)s::uuid, t.line, t.item, t.quantity
FROM unnest(%(lines)s::int[], %(items)s::text[], %(quantities)s::int[]) AS t(line, item, quantity)
"""

TRANSFER_SQL = """
SELECT line, item, quantity, received, damaged, missing FROM delivery_transfers
WHERE market = %(market)s AND shipment_id = %(shipment_id)s ORDER BY line
"""

SAVE_TRANSFER_SQL = """
UPDATE delivery_transfers d SET received = t.received, damaged = t.damaged, missing = t.missing
FROM unnest(%(lines)s::int[], %(received)s::int[], %(damaged)s::int[], %(missing)s::int[])
    AS t(line, received, damaged, missing)
WHERE d.market = %(market)s AND d.shipment_id = %(shipment_id)s AND d.line = t.line
"""

COMING_SQL = """
SELECT market, shipment_id, order_id, node, to_node, slot, carrier, tracking, state, lines, dispatched_at,
       delivered_at
FROM delivery_shipments
WHERE market = %(market)s AND to_node = %(node)s AND state NOT IN ('received', 'lost')
ORDER BY dispatched_at, shipment_id LIMIT 500
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
        to_node=shipment.to_node,
        slot=None if shipment.slot is None else Jsonb(shipment.slot),
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        state=shipment.state,
        lines=Jsonb(shipment.lines),
        dispatched_at=shipment.dispatched_at,
    )
    if made and shipment.to_node:
        run(
            tx,
            MAKE_TRANSFER_SQL,
            market=shipment.market,
            shipment_id=shipment.shipment_id,
            lines=[line["line"] for line in shipment.lines],
            items=[line["item"] for line in shipment.lines],
            quantities=[line["quantity"] for line in shipment.lines],
        )
    return bool(made)


def transfer(tx: Tx, market: str, shipment_id: Id) -> list[Transferred]:
    """What a transfer carries, and what the store said of it."""
    return rows(tx, Transferred, TRANSFER_SQL, market=market, shipment_id=shipment_id)


def save_transfer(tx: Tx, market: str, shipment_id: Id, lines: Sequence[Transferred]) -> None:
    """Write down what the store said of a transfer."""
    run(
        tx,
        SAVE_TRANSFER_SQL,
        market=market,
        shipment_id=shipment_id,
        lines=[line.line for line in lines],
        received=[line.received for line in lines],
        damaged=[line.damaged for line in lines],
        missing=[line.missing for line in lines],
    )


def coming(tx: Tx, market: str, node: str) -> list[Shipment]:
    """The transfers on their way to a store, what left first first; at most 500."""
    return rows(tx, Shipment, COMING_SQL, market=market, node=node)


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
    new = run(
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
    proofs = {scan.event_id: Jsonb(scan.proof) for scan in reversed(scans) if scan.proof is not None}
    if proofs:
        run(
            tx, NOTE_PROOFS_SQL, market=market, shipment_id=shipment_id, event_ids=list(proofs),
            proofs=list(proofs.values()),
        )  # fmt: skip
    return new


def forget_proofs(tx: Tx, market: str, order_id: Id) -> int:
    """Take out who took the parcels of an order; returns of how many scans."""
    return run(tx, FORGET_PROOFS_SQL, market=market, order_id=order_id)


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
        slot=None if shipment.slot is None else Jsonb(shipment.slot),
    )
