"""Whose order it is: those of their own channels, or, for who works in a store, of what is kept there."""

from anyshelf.ground.auth import Principal
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import Id
from anyshelf.orders import service
from anyshelf.orders.model import Order


def theirs(tx: Tx, principal: Principal, order_id: Id, *, at: str | None = None) -> Order:
    """The order, if they may see it; raises NotFound, or Forbidden where they do not work `at` that node."""
    order = service.find(tx, principal.market, order_id)
    if at is not None:
        principal.check_node(at)
    here = {line.node for line in order.lines} & set(principal.nodes)
    if principal.channels and order.channel not in principal.channels and not here:
        raise NotFound("There is no such order.")
    return order
