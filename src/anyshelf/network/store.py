"""The SQL of nodes, channels and the ways between them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import msgspec

from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.ids import Id
from anyshelf.network.model import Channel, Lane, Node, Rate, Service, Vendor

VERSION_SQL = "SELECT version, stamp FROM network_version WHERE market = %(market)s"

BUMP_SQL = """
INSERT INTO network_version (market, version, stamp) VALUES (%(market)s, 1, %(stamp)s::uuid)
ON CONFLICT (market) DO UPDATE SET version = network_version.version + 1, stamp = excluded.stamp
"""

CURRENCY_SQL = "SELECT currency FROM markets WHERE market = %(market)s"

NODES_SQL = """
SELECT node, kind, name, lat, lon, country, postal_code, timezone, hours, cutoff, processing_minutes,
       capacity_per_day, capabilities, groups, active
FROM nodes WHERE market = %(market)s ORDER BY node
"""

NODE_CODES_SQL = "SELECT node FROM nodes WHERE market = %(market)s"

SERVICES_SQL = """
SELECT service, carrier, mode, working_days FROM services WHERE market = %(market)s ORDER BY service
"""

LANES_SQL = """
SELECT origin, destination, mode, service, transit_days, cost_minor, cost_minor_per_kg
FROM lanes WHERE market = %(market)s ORDER BY origin, destination, mode, service
"""

RATES_SQL = """
SELECT service, zone, weight_g_max, amount_minor, transit_days
FROM rates WHERE market = %(market)s ORDER BY service, zone, weight_g_max
"""

ZONES_SQL = """
SELECT origin_prefix, array_agg(destination_prefix), array_agg(zone)
FROM zones WHERE market = %(market)s GROUP BY origin_prefix
"""

CHANNELS_SQL = """
SELECT channel, kind, currency, nodes, groups, holdback_units, holdback_percent
FROM channels WHERE market = %(market)s ORDER BY channel
"""

VENDORS_SQL = """
SELECT vendor, name, node, ack_minutes, email, edi_id FROM vendors WHERE market = %(market)s ORDER BY vendor
"""

SAVE_NODES_SQL = """
INSERT INTO nodes (market, node, kind, name, lat, lon, country, postal_code, timezone, hours, cutoff,
                   processing_minutes, capacity_per_day, capabilities, groups, active)
SELECT %(market)s, node, kind, name, lat, lon, country, postal_code, timezone, hours, cutoff,
       processing_minutes, capacity_per_day, capabilities, groups, active
FROM json_to_recordset(%(nodes)s::json) AS new (
    node text, kind text, name text, lat double precision, lon double precision, country text,
    postal_code text, timezone text, hours text, cutoff time, processing_minutes integer,
    capacity_per_day integer, capabilities text[], groups text[], active boolean)
ON CONFLICT (market, node) DO UPDATE SET
    kind = excluded.kind, name = excluded.name, lat = excluded.lat, lon = excluded.lon,
    country = excluded.country, postal_code = excluded.postal_code, timezone = excluded.timezone,
    hours = excluded.hours, cutoff = excluded.cutoff, processing_minutes = excluded.processing_minutes,
    capacity_per_day = excluded.capacity_per_day, capabilities = excluded.capabilities,
    groups = excluded.groups, active = excluded.active
"""

SAVE_SERVICES_SQL = """
INSERT INTO services (market, service, carrier, mode, working_days)
SELECT %(market)s, service, carrier, mode, working_days
FROM json_to_recordset(%(services)s::json) AS new (service text, carrier text, mode text, working_days text)
ON CONFLICT (market, service) DO UPDATE SET
    carrier = excluded.carrier, mode = excluded.mode, working_days = excluded.working_days
"""

SAVE_LANES_SQL = """
INSERT INTO lanes (market, origin, destination, mode, service, transit_days, cost_minor, cost_minor_per_kg)
SELECT %(market)s, origin, destination, mode, service, transit_days, cost_minor, cost_minor_per_kg
FROM json_to_recordset(%(lanes)s::json) AS new (
    origin text, destination text, mode text, service text, transit_days integer, cost_minor bigint,
    cost_minor_per_kg bigint)
ON CONFLICT (market, origin, destination, mode, service) DO UPDATE SET
    transit_days = excluded.transit_days, cost_minor = excluded.cost_minor,
    cost_minor_per_kg = excluded.cost_minor_per_kg
"""

FORGET_RATES_SQL = "DELETE FROM rates WHERE market = %(market)s AND service = ANY(%(services)s::text[])"

SAVE_RATES_SQL = """
INSERT INTO rates (market, service, zone, weight_g_max, amount_minor, transit_days)
SELECT %(market)s, service, zone, weight_g_max, amount_minor, transit_days
FROM json_to_recordset(%(rates)s::json) AS new (
    service text, zone smallint, weight_g_max integer, amount_minor bigint, transit_days integer)
ON CONFLICT (market, service, zone, weight_g_max) DO UPDATE SET
    amount_minor = excluded.amount_minor, transit_days = excluded.transit_days
"""

SAVE_ZONES_SQL = """
INSERT INTO zones (market, origin_prefix, destination_prefix, zone)
SELECT %(market)s, new.origin_prefix, new.destination_prefix, new.zone
FROM unnest(%(origins)s::text[], %(destinations)s::text[], %(zones)s::smallint[])
    AS new (origin_prefix, destination_prefix, zone)
ON CONFLICT (market, origin_prefix, destination_prefix) DO UPDATE SET zone = excluded.zone
"""

SAVE_CHANNELS_SQL = """
INSERT INTO channels (market, channel, kind, currency, nodes, groups, holdback_units, holdback_percent)
SELECT %(market)s, channel, kind, currency, nodes, groups, holdback_units, holdback_percent
FROM json_to_recordset(%(channels)s::json) AS new (
    channel text, kind text, currency text, nodes text[], groups text[], holdback_units integer,
    holdback_percent integer)
ON CONFLICT (market, channel) DO UPDATE SET
    kind = excluded.kind, currency = excluded.currency, nodes = excluded.nodes, groups = excluded.groups,
    holdback_units = excluded.holdback_units, holdback_percent = excluded.holdback_percent
"""

SAVE_VENDORS_SQL = """
INSERT INTO vendors (market, vendor, name, node, ack_minutes, email, edi_id)
SELECT %(market)s, vendor, name, node, ack_minutes, email, edi_id
FROM json_to_recordset(%(vendors)s::json) AS new (
    vendor text, name text, node text, ack_minutes integer, email text, edi_id text)
ON CONFLICT (market, vendor) DO UPDATE SET
    name = excluded.name, node = excluded.node, ack_minutes = excluded.ack_minutes, email = excluded.email,
    edi_id = excluded.edi_id
"""


def _read(tx: Tx, kind: type[Any], sql: str, market: str) -> list[Any]:
    """Rows as values of a kind, lists as tuples."""
    names = [field.name for field in fields(kind)]
    return [
        kind(**dict(zip(names, map(_frozen, found), strict=True))) for found in values(tx, sql, market=market)
    ]


def _frozen(cell: Any) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell


def _json(new: Sequence[Any]) -> str:
    return msgspec.json.encode(new).decode()


def version(tx: Tx, market: str) -> tuple[int, Id | None]:
    """How often the network has been changed, and the stamp of the last change."""
    found = values(tx, VERSION_SQL, market=market)
    return (found[0][0], found[0][1]) if found else (0, None)


def bump(tx: Tx, market: str, stamp: Id) -> None:
    """Count one change."""
    run(tx, BUMP_SQL, market=market, stamp=stamp)


def currency(tx: Tx, market: str) -> str | None:
    """The currency of a market, if there is such a market."""
    found = values(tx, CURRENCY_SQL, market=market)
    return found[0][0] if found else None


def nodes(tx: Tx, market: str) -> list[Node]:
    """All nodes, by code."""
    return _read(tx, Node, NODES_SQL, market)


def node_codes(tx: Tx, market: str) -> list[str]:
    """The codes of all nodes."""
    return [found[0] for found in values(tx, NODE_CODES_SQL, market=market)]


def services(tx: Tx, market: str) -> list[Service]:
    """All carrier services."""
    return _read(tx, Service, SERVICES_SQL, market)


def lanes(tx: Tx, market: str) -> list[Lane]:
    """All lanes."""
    return _read(tx, Lane, LANES_SQL, market)


def rates(tx: Tx, market: str) -> list[Rate]:
    """All rates, in order of service, zone and weight."""
    return _read(tx, Rate, RATES_SQL, market)


def zones(tx: Tx, market: str) -> list[tuple[str, list[str], list[int]]]:
    """The zone table, one row an origin prefix: its destination prefixes and their zones."""
    return [(origin, ends, between) for origin, ends, between in values(tx, ZONES_SQL, market=market)]


def channels(tx: Tx, market: str) -> list[Channel]:
    """All channels."""
    return _read(tx, Channel, CHANNELS_SQL, market)


def vendors(tx: Tx, market: str) -> list[Vendor]:
    """All vendors."""
    return _read(tx, Vendor, VENDORS_SQL, market)


def save_nodes(tx: Tx, market: str, new: Sequence[Node]) -> int:
    """Write nodes over what was there."""
    return run(tx, SAVE_NODES_SQL, market=market, nodes=_json(new))


def save_services(tx: Tx, market: str, new: Sequence[Service]) -> int:
    """Write carrier services over what was there."""
    return run(tx, SAVE_SERVICES_SQL, market=market, services=_json(new))


def save_lanes(tx: Tx, market: str, new: Sequence[Lane]) -> int:
    """Write lanes over what was there."""
    return run(tx, SAVE_LANES_SQL, market=market, lanes=_json(new))


def forget_rates(tx: Tx, market: str, services: Sequence[str]) -> None:
    """Take the rates of these services out."""
    run(tx, FORGET_RATES_SQL, market=market, services=list(services))


def save_rates(tx: Tx, market: str, new: Sequence[Rate]) -> int:
    """Write rates over what was there."""
    return run(tx, SAVE_RATES_SQL, market=market, rates=_json(new))


def save_zones(tx: Tx, market: str, new: Sequence[tuple[str, str, int]]) -> int:
    """Write (origin prefix, destination prefix, zone) over what was there."""
    origins, destinations, between = zip(*new, strict=True)
    return run(
        tx,
        SAVE_ZONES_SQL,
        market=market,
        origins=list(origins),
        destinations=list(destinations),
        zones=list(between),
    )


def save_channels(tx: Tx, market: str, new: Sequence[Channel]) -> int:
    """Write channels over what was there."""
    return run(tx, SAVE_CHANNELS_SQL, market=market, channels=_json(new))


def save_vendors(tx: Tx, market: str, new: Sequence[Vendor]) -> int:
    """Write vendors over what was there."""
    return run(tx, SAVE_VENDORS_SQL, market=market, vendors=_json(new))
