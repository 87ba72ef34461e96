"""Orders from files: open ones are placed as a channel would place them, done ones are kept as history."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from anyshelf.doors.files.known import Known
from anyshelf.doors.files.order_rows import OrderLineRow, OrderRow
from anyshelf.doors.files.rows import Faults, Faulty
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import Refusal
from anyshelf.ground.ids import new_code, new_id
from anyshelf.ground.money import Money
from anyshelf.orders import service
from anyshelf.orders.api.bodies import PlaceOrder
from anyshelf.orders.api.drafting import draft_of
from anyshelf.orders.model import PastLine
from anyshelf.orders.service import Placing

PLACED_AT_ONCE: Final = 200
Refuse = Callable[[int, Faults], None]


@dataclass(slots=True, kw_only=True)
class _Told:
    """An order of the file: where it stands in it, and which numbers its lines have (a bit each)."""

    at: int
    row: OrderRow
    numbers: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)

    def number(self, given: int | None) -> int:
        """The number of its next line; raises Faulty for one it has."""
        number = given or self.numbers.bit_length() or 1
        if self.numbers >> number & 1:
            raise Faulty([("line", f"order '{self.row.order}' has a line {number} already")])
        self.numbers |= 1 << number
        return number


class Orders:
    """The orders of a folder: their heads in memory, lines of those that are done on their way through."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.heads: dict[str, _Told] = {}

    def note(self, line: int, row: OrderRow) -> None:
        """Take an order; raises Faulty with everything that is wrong with it."""
        faults: Faults = []
        if row.order in self.heads:
            faults.append(("order", f"'{row.order}' is in the file twice"))
        if row.channel not in self.known.channels:
            faults.append(("channel", f"there is no channel '{row.channel}'"))
        faults += self._no_node(row.node)
        if faults:
            raise Faulty(faults)
        self.heads[row.order] = _Told(at=line, row=row)

    def _no_node(self, node: str) -> Faults:
        return [("node", f"there is no node '{node}'")] if node and node not in self.known.nodes else []

    def line(self, _: int, row: OrderLineRow) -> PastLine | None:
        """A line of an order that is done; None for one of an open order, which is kept. Raises Faulty."""
        told = self.heads.get(row.order)
        faults = self._no_node(row.node)
        if row.item not in self.known.items:
            faults.append(("item", f"there is no item '{row.item}'"))
        if told is None:
            raise Faulty([*faults, ("order", f"the orders have no '{row.order}'")])
        if faults:
            raise Faulty(faults)
        number = told.number(row.line)
        if told.row.state == "open":
            told.lines.append(_asked(row, number, told.row.currency))
            return None
        return _past(told.row, row, number)

    def open(self) -> Iterator[_Told]:
        """The orders still to be served."""
        return (told for told in self.heads.values() if told.row.state == "open")


def _asked(row: OrderLineRow, number: int, currency: str) -> dict[str, Any]:
    """A line as a channel would send it."""
    money = {"unit_price": row.unit_price, "discount": row.discount}
    prices = {name: {"amount": each, "currency": currency} for name, each in money.items() if each}
    way = {name: each for name, each in (("method", row.method), ("node", row.node)) if each}
    return {"line": number, "item": row.item, "quantity": row.quantity, **prices, **way}


def _past(order: OrderRow, row: OrderLineRow, number: int) -> PastLine:
    place: Mapping[str, Any] = order.place or {}
    price, discount = _minor("unit_price", row.unit_price, order), _minor("discount", row.discount, order)
    return PastLine(
        channel=order.channel, external_id=order.order, line=number, item=row.item, quantity=row.quantity,
        unit_price_minor=price, discount_minor=discount, currency=order.currency,
        method=row.method or order.method, node=row.node or order.node, customer=order.customer,
        postal_code=place.get("postal_code", ""), lat=place.get("lat"), lon=place.get("lon"),
        placed_at=order.placed_at,
    )  # fmt: skip


def _minor(column: str, text: str | None, order: OrderRow) -> int:
    try:
        return Money.parse(text or "0", order.currency).minor
    except Refusal as refused:
        raise Faulty([(column, refused.detail)]) from None


def place_open(tx: Tx, market: str, orders: Orders, refuse: Refuse, now: datetime) -> None:
    """Place the open orders, first come first; what cannot be placed goes to `refuse` with its reason.

    An order its channel sent before is left as it is.
    """
    waiting = orders.open()
    while some := list(islice(waiting, PLACED_AT_ONCE)):
        _place(tx, market, some, refuse, now)


def _place(tx: Tx, market: str, some: Sequence[_Told], refuse: Refuse, now: datetime) -> None:
    ready: list[tuple[_Told, Placing]] = []
    for told in some:
        try:
            placing = _placing(tx, market, told, now)
        except Refusal as refused:
            refuse(told.at, [(str(refused.extra.get("field", "")), refused.detail)])
        except ValidationError as wrong:
            refuse(told.at, [(".".join(map(str, each["loc"])), each["msg"]) for each in wrong.errors()])
        else:
            ready.append((told, placing))
    before = service.all_sent_before(tx, market, [placing.draft for _, placing in ready])
    for place, (told, _) in enumerate(ready):
        other = before.get(place)
        if isinstance(other, Refusal):
            refuse(told.at, [("order", other.detail)])
    new = [each for place, each in enumerate(ready) if place not in before]
    placed = service.place_all(tx, market, [placing for _, placing in new], now) if new else []
    for (told, _), outcome in zip(new, placed, strict=True):
        if isinstance(outcome, Refusal):
            refuse(told.at, [("", outcome.detail)])


def _placing(tx: Tx, market: str, told: _Told, now: datetime) -> Placing:
    """An open order as its channel would have sent it; its money was taken elsewhere."""
    row = told.row
    body = PlaceOrder.model_validate({
        "channel": row.channel, "external_id": row.order, "customer": row.customer, "contact": row.contact,
        "currency": row.currency, "lines": told.lines,
        "fulfilment": {"method": row.method, "node": row.node or None, "destination": row.place},
        "shipping": {"amount": row.shipping, "currency": row.currency} if row.shipping else None,
    })  # fmt: skip
    draft = draft_of(tx, market, body, now)
    service.check(tx, market, draft)
    return Placing(draft=draft, order_id=new_id(), pickup_code=new_code())
