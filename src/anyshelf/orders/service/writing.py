"""Orders written down, many in one statement."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, later
from anyshelf.ground.errors import InFlight
from anyshelf.ground.ids import Id
from anyshelf.orders import store
from anyshelf.orders.model import Line, Order


def write_orders(tx: Tx, market: str, new: Sequence[tuple[Order, bytes | None]]) -> None:
    """Write orders whole, each with the fingerprint of what was sent, if its sender gave it an id.

    They are sent with whatever is asked next, or with the commit; raises InFlight there when the same
    sender's id was written a moment ago.
    """
    orders = [order for order, _ in new]
    later(
        tx,
        store.WRITE_ORDERS_SQL,
        twice=InFlight("The same order was sent twice at once; send it again to see it."),
        market=market,
        order_ids=[order.order_id for order in orders],
        channels=[order.channel for order in orders],
        external_ids=[order.external_id for order in orders],
        fingerprints=[fingerprint for _, fingerprint in new],
        customers=[order.customer for order in orders],
        contacts=[_json(order.contact) for order in orders],
        destinations=[_json(order.destination) for order in orders],
        currencies=[order.currency for order in orders],
        goods=[order.goods_minor for order in orders],
        shipping=[order.shipping_minor for order in orders],
        held=[order.held for order in orders],
        release_at=[order.release_at for order in orders],
        pickup_codes=[order.pickup_code for order in orders],
        promises=[_json(order.promise) for order in orders],
        sourcing=[_json(order.sourcing) for order in orders],
        gifts=[_json(order.gift) for order in orders],
        slots=[_json(order.slot) for order in orders],
        together=[order.together for order in orders],
        placed_at=[order.placed_at for order in orders],
    )
    write_lines(tx, market, [(order.order_id, line) for order in orders for line in order.lines])


def _json(value: Any) -> Jsonb | None:
    return Jsonb(value) if value else None


def write_lines(tx: Tx, market: str, new: Sequence[tuple[Id, Line]]) -> None:
    """Write new lines of orders."""
    lines = [line for _, line in new]
    later(
        tx,
        store.WRITE_LINES_SQL,
        market=market,
        order_ids=[order_id for order_id, _ in new],
        lines=[line.line for line in lines],
        items=[line.item for line in lines],
        quantities=[line.quantity for line in lines],
        prices=[line.unit_price_minor for line in lines],
        discounts=[line.discount_minor for line in lines],
        taxes=[line.tax_minor for line in lines],
        methods=[line.method for line in lines],
        nodes=[line.node for line in lines],
        journeys=[line.journey for line in lines],
        captured=[line.captured for line in lines],
        kits=[line.kit for line in lines],
        kit_lines=[line.kit_line for line in lines],
        kit_units=[line.kit_units for line in lines],
        replaces=[line.replaces for line in lines],
        open=[line.in_state("open") for line in lines],
        backordered=[line.in_state("backordered") for line in lines],
        stands=[stands(line) for line in lines],
    )


def stands(line: Line) -> Jsonb:
    """Where each part of a line stands, as it is kept: [[state, node, quantity], ...]."""
    return Jsonb(
        [[state, node, quantity] for (state, node), quantity in sorted(line.spread.items()) if quantity]
    )
