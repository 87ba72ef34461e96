"""The files of orders: those still to be served, and those from before Anyshelf kept the books."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyshelf.doors.files import cells
from anyshelf.doors.files.rows import Cells, Column, Shape
from anyshelf.ground.errors import Invalid
from anyshelf.ground.money import Money

STATES = ("done", "open")
QUANTITY_MAX = 1_000_000
LINE_MAX = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order without its lines; `place` is where it goes, None for what is fetched or not known."""

    order: str
    channel: str
    state: str
    placed_at: datetime
    customer: str | None
    contact: dict[str, str] | None
    method: str
    node: str
    place: dict[str, Any] | None
    currency: str
    shipping: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRow:
    """A line of an order: numbered as it stands where it has no number; no price is the catalogue's."""

    order: str
    line: int | None
    item: str
    quantity: int
    unit_price: str | None
    discount: str | None
    method: str
    node: str


def _order(read: Cells, currency: str) -> OrderRow:
    paid_in = read["currency"] or currency
    if read["shipping"] is not None:
        Money.parse(read["shipping"], paid_in, field="shipping")
    if (read["lat"] is None) != (read["lon"] is None):
        raise Invalid("latitude and longitude go together", field="lat")
    contact = {name: read[name] for name in ("name", "email", "phone") if read[name]}
    return OrderRow(
        order=read["order"], channel=read["channel"], state=read["state"], placed_at=read["placed_at"],
        customer=read["customer"], contact=contact or None, method=read["method"], node=read["node"],
        place=_place(read), currency=paid_in, shipping=read["shipping"],
    )  # fmt: skip


def _place(read: Cells) -> dict[str, Any] | None:
    if read["lat"] is None:
        return None
    place = {name: read[name] for name in ("lat", "lon", "postal_code", "name", "street", "city")}
    return place | ({"country": read["country"]} if read["country"] else {})


ORDERS = Shape(
    name="orders",
    columns=(
        Column(name="order", read=cells.code, also=("external_id", "order_id"), required=True),
        Column(name="channel", read=cells.code, required=True),
        Column(name="placed_at", read=cells.moment, also=("ordered_at", "date"), required=True),
        Column(name="state", read=cells.choice(STATES), also=("status",), empty="done"),
        Column(name="customer", read=cells.code),
        Column(name="name", read=cells.words(200), empty=""),
        Column(name="email", read=cells.words(320), empty=""),
        Column(name="phone", read=cells.words(40), empty=""),
        Column(name="method", read=cells.code, empty="ship"),
        Column(name="node", read=cells.code, empty=""),
        Column(name="lat", read=cells.degrees(90)),
        Column(name="lon", read=cells.degrees(180)),
        Column(name="postal_code", read=cells.words(16), empty=""),
        Column(name="country", read=cells.country, empty=""),
        Column(name="street", read=cells.words(300), empty=""),
        Column(name="city", read=cells.words(200), empty=""),
        Column(name="currency", read=cells.currency),
        Column(name="shipping", read=cells.amount),
    ),
    make=_order,
    key=lambda row: row.order,
)

ORDER_LINES = Shape(
    name="order_lines",
    columns=(
        Column(name="order", read=cells.code, also=("external_id", "order_id"), required=True),
        Column(name="line", read=cells.integer(1, LINE_MAX)),
        Column(name="item", read=cells.code, required=True),
        Column(name="quantity", read=cells.integer(1, QUANTITY_MAX), required=True),
        Column(name="unit_price", read=cells.amount, also=("price",)),
        Column(name="discount", read=cells.amount),
        Column(name="method", read=cells.code, empty=""),
        Column(name="node", read=cells.code, empty=""),
    ),
    make=lambda read, _: OrderLineRow(**read),
    key=lambda row: (row.order, row.line),
)
