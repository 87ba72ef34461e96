"""Taking a person out of their finished orders: what was sold stays, to whom does not."""

from psycopg.types.json import Jsonb

from anyshelf.ground.db import Tx, run
from anyshelf.orders import store
from anyshelf.orders.model import Order

AT_REST = ("delivered", "handed_over", "cancelled", "returned", "lost")


def forget_person(tx: Tx, order: Order) -> bool:
    """Take who they are, their address and their words out of an order; False while it is not finished.

    Of the address the country stays. The caller holds the order's lock.
    """
    if any(line.in_state(*AT_REST) != line.quantity for line in order.lines):
        return False
    where = order.destination or {}
    left = {name: where[name] for name in ("country",) if where.get(name)}
    run(
        tx, store.FORGET_PERSON_SQL, market=order.market, order_id=order.order_id,
        destination=Jsonb(left) if left else None,
    )  # fmt: skip
    return True


def forget_customer(tx: Tx, market: str, customer: str) -> int:
    """Take a customer number out of what was sold before Anyshelf kept the books; returns how many lines."""
    return run(tx, store.FORGET_CUSTOMER_SQL, market=market, customer=customer)
