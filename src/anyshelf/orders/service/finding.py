"""Reading orders, with and without a lock."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from anyshelf.ground.db import Tx, row, rows, values
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import Id
from anyshelf.network import service as network
from anyshelf.orders import store
from anyshelf.orders.model import Called, Line, Order
from anyshelf.payments import service as payments

LAST_ID = Id(int=2**128 - 1)
NEWEST: Final = 50_000
"""Among so many orders one is looked for by the end of its id."""
ID_TAIL: Final = re.compile("[0-9a-fA-F]{8}")
PHONE_DIGITS_MIN: Final = 5


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


def find_any(
    tx: Tx,
    market: str,
    what: str,
    *,
    channels: Sequence[str] = (),
    these: Sequence[Id] = (),
    before: Id | None = None,
    limit: int = 20,
) -> list[Order]:
    """The orders somebody may mean, newest first, a page at a time: by whatever a shopper can tell.

    By its id or the end of it, the channel's number, the customer, e-mail, phone, family name or whole name,
    the last four digits of the card that paid; and `these`, which other rooms know by what was said. For who
    sells through some channels only, those of theirs.
    """
    said = " ".join(what.split())
    if not said:
        return []
    own = list(channels) or sorted(network.atlas(tx, market).channels)
    known = [*these, *_ids(said), *payments.orders_of_last_four(tx, market, said)]
    found = values(
        tx, store.FOUND_SQL, market=market, channels=own, what=said, digits=_phone(said), names=_names(said),
        these=known, tail=said.lower() if ID_TAIL.fullmatch(said) else "", newest=NEWEST, limit=limit,
        before=before or LAST_ID,
    )  # fmt: skip
    ordered = [find(tx, market, order_id) for (order_id,) in found]
    return [order for order in ordered if not channels or order.channel in channels]


def _ids(said: str) -> list[Id]:
    try:
        return [Id(said)]
    except ValueError:
        return []


def _phone(said: str) -> str:
    """The digits of what may be a telephone number; of a short number that may be something else: none."""
    digits = re.sub("[^0-9]", "", said)
    return digits if len(digits) >= PHONE_DIGITS_MIN and not re.search("[A-Za-z@]", said) else ""


def _names(said: str) -> list[str]:
    """How a name may lie in the index, the family first: as said, and with what was said last in front."""
    *given, family = said.split()
    return sorted({said, " ".join([family, *given])})


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
