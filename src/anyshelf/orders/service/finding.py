"""Reading orders, with and without a lock."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from anyshelf.ground.db import Tx, row, rows, values
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import Id
from anyshelf.orders import store
from anyshelf.orders.model import Called, Line, Order
from anyshelf.payments import service as payments

LAST_ID = Id(int=2**128 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    order_id: Id
    line: int
    item: str
    quantity: int
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    method: str
    node: str
    journey: str
    captured: str
    kit: str | None
    kit_line: int | None
    kit_units: int | None
    replaces: int | None
    stands: list[list[Any]]

    def as_line(self) -> Line:
        return Line(
            line=self.line,
            item=self.item,
            quantity=self.quantity,
            unit_price_minor=self.unit_price_minor,
            discount_minor=self.discount_minor,
            tax_minor=self.tax_minor,
            method=self.method,
            node=self.node,
            journey=self.journey,
            captured=self.captured,
            kit=self.kit,
            kit_line=self.kit_line,
            kit_units=self.kit_units,
            replaces=self.replaces,
            spread={(state, node): quantity for state, node, quantity in self.stands},
        )


def find(tx: Tx, market: str, order_id: Id) -> Order:
    """The order of this id; raises NotFound."""
    return _whole(tx, row(tx, Order, store.FIND_SQL, market=market, order_id=order_id))


def called(tx: Tx, market: str, order_ids: Sequence[Id]) -> dict[Id, Called]:
    """What these orders and their shoppers are called, by order. One query."""
    found = rows(tx, Called, store.CALLED_SQL, market=market, order_ids=list(order_ids))
    return {each.order_id: each for each in found}


def lock(tx: Tx, market: str, order_id: Id) -> Order:
    """The order of this id, its row locked until the transaction ends: the first lock of all its work."""
    return _whole(tx, row(tx, Order, store.LOCK_SQL, market=market, order_id=order_id))


def _whole(tx: Tx, order: Order | None) -> Order:
    if order is None:
        raise NotFound("There is no such order.")
    return whole(tx, [order])[0]


def whole(tx: Tx, orders: Sequence[Order]) -> list[Order]:
    """Orders of one market with their lines, read in one go."""
    if not orders:
        return []
    found = rows(
        tx, _Row, store.LINES_SQL, market=orders[0].market,
        order_ids=[order.order_id for order in orders],
    )  # fmt: skip
    lines: dict[Id, list[Line]] = defaultdict(list)
    for line in found:
        lines[line.order_id].append(line.as_line())
    return [replace(order, lines=tuple(lines[order.order_id])) for order in orders]


def forgiven_minor(tx: Tx, order: Order) -> int:
    """What was given back for the shopper's trouble, beside any return."""
    found = values(tx, store.APPEASED_SQL, market=order.market, order_id=order.order_id)
    return sum(amount_minor for (amount_minor,) in found)


def recent(  # noqa: PLR0913  every way to look for an order
    tx: Tx,
    market: str,
    *,
    channels: Sequence[str] = (),
    customer: str | None = None,
    external_id: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    card: str | None = None,
    before: Id | None = None,
    limit: int = 20,
) -> list[Order]:
    """The newest orders first, a page at a time; `card` is the fingerprint of the card that paid."""
    found = values(
        tx,
        store.RECENT_SQL,
        market=market,
        channels=list(channels),
        customer=customer,
        external_id=external_id,
        email=email,
        phone=phone,
        these=None if card is None else payments.orders_of_card(tx, market, card),
        before=before or LAST_ID,
        limit=limit,
    )
    return [find(tx, market, order_id) for (order_id,) in found]
