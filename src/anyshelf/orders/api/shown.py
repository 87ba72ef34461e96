"""Orders as the outside sees them."""

from collections.abc import Sequence
from typing import Any

from anyshelf.ground.db import Tx
from anyshelf.ground.money import amount_json
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Waiting
from anyshelf.orders import service
from anyshelf.orders.model import Line, Order
from anyshelf.payments import service as payments
from anyshelf.payments.model import Paid


def as_json(tx: Tx, order: Order, paid: Paid | None = None) -> dict[str, Any]:
    """The order as the API shows it; `paid` where it is known how it stands in money."""
    paid = paid or payments.summary(tx, order.market, order.order_id)
    awaited = _awaited(tx, order)
    currency = order.currency
    money = {
        "authorised": amount_json(paid.authorised_minor, currency),
        "captured": amount_json(paid.captured_minor, currency),
        "refunded": amount_json(paid.refunded_minor, currency),
        "voided": amount_json(paid.voided_minor, currency),
    }
    return {
        "order_id": str(order.order_id),
        "external_id": order.external_id,
        "channel": order.channel,
        "customer": order.customer,
        "status": service.status_of(order),
        "version": order.version,
        "held": order.held,
        "placed_at": order.placed_at.isoformat(),
        "total": amount_json(order.total_minor, currency),
        "shipping": amount_json(order.shipping_minor, currency),
        "payment": money,
        "promise": order.promise,
        "gift": order.gift,
        "slot": order.slot,
        "together": order.together,
        "pickup_code": order.pickup_code,
        "lines": [_line_json(line, currency, awaited) for line in order.lines],
    }


def _awaited(tx: Tx, order: Order) -> list[Waiting]:
    """What the order waits for; nothing is asked where it does not."""
    if not any(line.in_state("backordered") for line in order.lines):
        return []
    return inventory.waiting_of(tx, order.market, order.order_id)


def _line_json(line: Line, currency: str, awaited: Sequence[Waiting]) -> dict[str, Any]:
    stands = sorted(line.spread.items())
    states: dict[str, int] = {}
    for (state, _), quantity in stands:
        if quantity:
            states[state] = states.get(state, 0) + quantity
    told: dict[str, Any] = {
        "line": line.line,
        "item": line.item,
        "quantity": line.quantity,
        "unit_price": amount_json(line.unit_price_minor, currency),
        "method": line.method,
        "node": line.node or None,
        "journey": line.journey,
        "states": states,
        "allocations": [
            {"node": node, "state": state, "quantity": quantity}
            for (state, node), quantity in stands
            if node and quantity
        ],
    }
    if line.kit:
        told["kit"] = {"kit": line.kit, "line": line.kit_line, "units": line.kit_units}
    if line.replaces:
        told["replaces"] = line.replaces
    expected = [
        {"at": each.arrives_at.isoformat(), "quantity": each.quantity}
        for each in reversed(awaited)
        if each.line == line.line
    ]
    if expected:
        told["expected"] = expected
    return told
