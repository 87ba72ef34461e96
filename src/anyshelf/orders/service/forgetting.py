"""Taking a person out of their finished orders: what was sold stays, to whom does not."""

from msgspec.structs import replace

from anyshelf.ground.db import Tx
from anyshelf.orders.model import Order
from anyshelf.orders.service.steps import save_change

AT_REST = ("delivered", "handed_over", "cancelled", "returned", "lost")


def forget_person(tx: Tx, order: Order) -> bool:
    """Take name, address, e-mail and phone out of an order; False while something of it is still to be done.

    The caller holds the order's lock.
    """
    if any(line.in_state(*AT_REST) != line.quantity for line in order.lines):
        return False
    where = order.destination or {}
    left = {name: where[name] for name in ("country",) if where.get(name)}
    save_change(tx, replace(order, contact=None, destination=left or None, slot=None))
    return True
