"""The files `load` reads: a table of columns for each, and what a row of it becomes."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item, KitPart
from anyshelf.doors.files import cells
from anyshelf.ground.errors import Refusal
from anyshelf.ground.money import Money
from anyshelf.network import service as network
from anyshelf.network.model import (
    CHANNEL_KINDS,
    MODES,
    NODE_KINDS,
    Channel,
    Lane,
    Node,
    Rate,
    Service,
    Vendor,
)

T = TypeVar("T")
Cells = Mapping[str, Any]
Faults = list[tuple[str, str]]

QUANTITY_MAX = 1_000_000_000
MEASURE_MM_MAX = 100_000
WEIGHT_G_MAX = 50_000_000
MONTH_MINUTES = 43_200


class Faulty(Exception):
    """A row that cannot be taken, with everything that is wrong with it."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name, other names it goes by, how a cell is read, and what an empty cell stands for.

    A required cell may not be empty. `absent` is the value where a required column is not in the file at all.
    """

    name: str
    read: Callable[[str], Any]
    also: tuple[str, ...] = ()
    required: bool = False
    empty: Any = None
    absent: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Generic[T]):
    """A file: its columns, how its cells make a value (given the market's currency), and what names a row."""

    name: str
    columns: tuple[Column, ...]
    make: Callable[[Cells, str], T]
    key: Callable[[T], Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Generic[T]):
    """A shape found in a header: where each column stands (None: it is not in the file)."""

    shape: Shape[T]
    places: tuple[tuple[Column, int | None], ...]
    width: int
    currency: str


def lay_out(shape: Shape[T], header: Sequence[str], currency: str) -> tuple[Layout[T], Faults, list[str]]:
    """Find a shape's columns in a header: the layout, what is wrong with the header, and what is odd."""
    faults: Faults = [(name, "stands twice in the header") for name in _twice(header)]
    odd: list[str] = []
    places: list[tuple[Column, int | None]] = []
    taken: set[str] = set()
    for column in shape.columns:
        name = next((name for name in (column.name, *column.also) if name in header), None)
        places.append((column, None if name is None else header.index(name)))
        taken.add(name or "")
        if name is None and column.required and column.absent is None:
            faults.append((column.name, "is missing: the file has no such column"))
        elif name is None and column.required:
            odd.append(f"has no column {column.name}: {column.absent} is used")
    odd += [f"has a column {name} that is not read" for name in header if name not in taken and name]
    layout = Layout(shape=shape, places=tuple(places), width=len(header), currency=currency)
    return layout, faults, odd


def _twice(header: Sequence[str]) -> list[str]:
    return sorted({name for name in header if name and header.count(name) > 1})


def convert(layout: Layout[T], row: list[str] | str) -> T:
    """What a row says; raises Faulty with everything that is wrong with it."""
    if isinstance(row, str):
        raise Faulty([("", row)])
    if len(row) != layout.width:
        raise Faulty([("", f"has {len(row)} cells where the header has {layout.width}")])
    read: dict[str, Any] = {}
    faults: Faults = []
    for column, place in layout.places:
        try:
            read[column.name] = _cell(column, "" if place is None else row[place].strip(), place)
        except Refusal as refusal:
            faults.append((column.name, refusal.detail))
        except ValueError as error:
            faults.append((column.name, str(error)))
    if faults:
        raise Faulty(faults)
    try:
        return layout.shape.make(read, layout.currency)
    except Refusal as refusal:
        raise Faulty([(str(refusal.extra.get("field", "")), refusal.detail)]) from None


def _cell(column: Column, text: str, place: int | None) -> Any:
    if text:
        return column.read(text)
    if column.required and place is not None:
        raise ValueError("is empty")
    return column.absent if column.required else column.empty


# What rows become


def _node(read: Cells, _: str) -> tuple[Node, tuple[str, ...]]:
    channels, groups = read["channels"], read["groups"]
    rest = {name: cell for name, cell in read.items() if name not in ("channels", "groups")}
    rest["name"] = rest["name"] or rest["node"]
    return Node(**rest, groups=tuple(dict.fromkeys(channels + groups))), channels


def _item(read: Cells, currency: str) -> Item:
    paid_in = read["currency"] or currency
    rest = {name: cell for name, cell in read.items() if name not in ("price", "cost", "currency")}
    rest["name"] = rest["name"] or rest["item"]
    price = Money.parse(read["price"], paid_in, field="price")
    cost = Money.parse(read["cost"], paid_in, field="cost")
    return Item(**rest, price_minor=price.minor, cost_minor=cost.minor, currency=paid_in)


def _lane(read: Cells, currency: str) -> Lane:
    base, per_kg = read["cost_rule"] or (read["cost"], read["cost_per_kg"])
    return Lane(
        origin=read["from"],
        destination=read["to"],
        mode=read["mode"],
        service=read["service"],
        transit_days=read["transit_days"],
        cost_minor=Money.parse(base, currency, field="cost").minor,
        cost_minor_per_kg=Money.parse(per_kg, currency, field="cost_per_kg").minor,
    )


def _rate(read: Cells, currency: str) -> Rate:
    minor = Money.parse(read["amount"], currency, field="amount").minor
    rest = {name: cell for name, cell in read.items() if name != "amount"}
    return Rate(**rest, amount_minor=minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """A channel as its file tells of it: `either` are codes of nodes or of groups."""

    channel: Channel
    either: tuple[str, ...]


def kind_of_channel(code: str) -> str:
    """What kind of channel a code sounds like: `app` is an app, anything unknown is web."""
    return code if code in CHANNEL_KINDS else "web"


def _channel(read: Cells, currency: str) -> ChannelRow:
    units, percent = read["holdback"]
    channel = Channel(
        channel=read["channel"],
        kind=read["kind"] or kind_of_channel(read["channel"]),
        currency=read["currency"] or currency,
        nodes=read["nodes"],
        groups=read["groups"],
        holdback_units=units or read["holdback_units"],
        holdback_percent=percent or read["holdback_percent"],
    )
    return ChannelRow(channel=channel, either=read["nodes_or_groups"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRow:
    """Supply on its way to a node."""

    node: str
    item: str
    quantity: int
    arrives_at: datetime
    reference: str


NODES = Shape(
    name="nodes",
    columns=(
        Column(name="node", read=cells.code, required=True),
        Column(name="kind", read=cells.choice(NODE_KINDS), required=True),
        Column(name="name", read=cells.words(500), empty=""),
        Column(name="lat", read=cells.degrees(90), required=True),
        Column(name="lon", read=cells.degrees(180), required=True),
        Column(name="country", read=cells.country, empty=""),
        Column(name="postal_code", read=cells.words(16), empty=""),
        Column(name="timezone", read=network.checked_timezone, required=True, absent="UTC"),
        Column(name="hours", read=network.checked_hours, empty="24/7"),
        Column(name="cutoff", read=cells.local_time),
        Column(name="processing_minutes", read=cells.integer(0, MONTH_MINUTES), empty=0),
        Column(name="capacity_per_day", read=cells.integer(0, QUANTITY_MAX)),
        Column(name="capabilities", read=cells.codes, empty=()),
        Column(name="channels", read=cells.codes, empty=()),
        Column(name="groups", read=cells.codes, empty=()),
        Column(name="active", read=cells.yes_or_no, empty=True),
    ),
    make=_node,
    key=lambda row: row[0].node,
)

ITEMS = Shape(
    name="items",
    columns=(
        Column(name="item", read=cells.code, required=True),
        Column(name="name", read=cells.words(500), empty=""),
        Column(name="gtin", read=catalogue.checked_gtin),
        Column(name="category", read=cells.words(200), empty=""),
        Column(name="weight_g", read=cells.integer(0, WEIGHT_G_MAX), empty=0),
        Column(name="length_mm", read=cells.integer(0, MEASURE_MM_MAX), empty=0),
        Column(name="width_mm", read=cells.integer(0, MEASURE_MM_MAX), empty=0),
        Column(name="height_mm", read=cells.integer(0, MEASURE_MM_MAX), empty=0),
        Column(name="price", read=cells.amount, empty="0"),
        Column(name="cost", read=cells.amount, empty="0"),
        Column(name="currency", read=cells.currency),
        Column(name="flags", read=cells.codes, empty=()),
    ),
    make=_item,
    key=lambda row: row.item,
)

KITS = Shape(
    name="kits",
    columns=(
        Column(name="kit", read=cells.code, required=True),
        Column(name="item", read=cells.code, also=("component", "part"), required=True),
        Column(name="quantity", read=cells.integer(1, 100_000), required=True, absent=1),
    ),
    make=lambda read, _: KitPart(**read),
    key=lambda row: (row.kit, row.item),
)

SERVICES = Shape(
    name="services",
    columns=(
        Column(name="service", read=cells.code, required=True),
        Column(name="carrier", read=cells.words(200), empty=""),
        Column(name="mode", read=cells.choice(MODES), empty="parcel"),
        Column(name="working_days", read=network.checked_days, empty="Mo-Sa"),
    ),
    make=lambda read, _: Service(**read),
    key=lambda row: row.service,
)

LANES = Shape(
    name="lanes",
    columns=(
        Column(name="from", read=cells.code, also=("origin",), required=True),
        Column(name="to", read=cells.code, also=("destination",), required=True),
        Column(name="mode", read=cells.choice(MODES), empty="parcel"),
        Column(name="service", read=cells.code, empty=""),
        Column(name="transit_days", read=cells.integer(0, 365), required=True),
        Column(name="cost", read=cells.amount, empty="0"),
        Column(name="cost_per_kg", read=cells.amount, empty="0"),
        Column(name="cost_rule", read=cells.cost_rule),
    ),
    make=_lane,
    key=lambda row: (row.origin, row.destination, row.mode, row.service),
)

RATES = Shape(
    name="rates",
    columns=(
        Column(name="service", read=cells.code, required=True),
        Column(name="zone", read=cells.integer(1, 99), required=True),
        Column(name="weight_g_max", read=cells.integer(1, WEIGHT_G_MAX), required=True),
        Column(name="amount", read=cells.amount, required=True),
        Column(name="transit_days", read=cells.integer(0, 365)),
    ),
    make=_rate,
    key=lambda row: (row.service, row.zone, row.weight_g_max),
)


def _prefix(text: str) -> str:
    key = network.postal_key(cells.words(16)(text))
    if not key:
        raise ValueError(f"'{text}' is not the beginning of a postal code")
    return key


ZONES = Shape(
    name="zones",
    columns=(
        Column(name="origin_prefix", read=_prefix, also=("origin_postal_prefix", "origin"), required=True),
        Column(
            name="destination_prefix",
            read=_prefix,
            also=("destination_postal_prefix", "destination"),
            required=True,
        ),
        Column(name="zone", read=cells.integer(1, 99), required=True),
    ),
    make=lambda read, _: (read["origin_prefix"], read["destination_prefix"], read["zone"]),
    key=lambda row: f"{row[0]}\x1f{row[1]}",
)

CHANNELS = Shape(
    name="channels",
    columns=(
        Column(name="channel", read=cells.code, required=True),
        Column(name="kind", read=cells.choice(CHANNEL_KINDS)),
        Column(name="currency", read=cells.currency),
        Column(name="nodes", read=cells.codes, empty=()),
        Column(name="groups", read=cells.codes, empty=()),
        Column(name="nodes_or_groups", read=cells.codes, empty=()),
        Column(name="holdback", read=cells.holdback, empty=(0, 0)),
        Column(name="holdback_units", read=cells.integer(0, QUANTITY_MAX), empty=0),
        Column(name="holdback_percent", read=cells.integer(0, 100), empty=0),
    ),
    make=_channel,
    key=lambda row: row.channel.channel,
)

VENDORS = Shape(
    name="vendors",
    columns=(
        Column(name="vendor", read=cells.code, required=True),
        Column(name="name", read=cells.words(500), empty=""),
        Column(name="node", read=cells.code, required=True),
        Column(name="ack_minutes", read=cells.integer(1, MONTH_MINUTES), empty=240),
        Column(name="email", read=cells.words(254), empty=""),
        Column(name="edi_id", read=cells.words(64), empty=""),
    ),
    make=lambda read, _: Vendor(**{**read, "name": read["name"] or read["vendor"]}),
    key=lambda row: row.vendor,
)

STOCK = Shape(
    name="stock",
    columns=(
        Column(name="node", read=cells.code, required=True),
        Column(name="item", read=cells.code, required=True),
        Column(name="on_hand", read=cells.integer(0, QUANTITY_MAX), required=True),
    ),
    make=lambda read, _: (read["node"], read["item"], read["on_hand"]),
    key=lambda row: row[:2],
)

EXPECTED = Shape(
    name="expected",
    columns=(
        Column(name="node", read=cells.code, required=True),
        Column(name="item", read=cells.code, required=True),
        Column(name="quantity", read=cells.integer(1, QUANTITY_MAX), required=True),
        Column(name="arrives_at", read=cells.moment, required=True),
        Column(name="reference", read=cells.code, required=True),
    ),
    make=lambda read, _: ExpectedRow(**read),
    key=lambda row: (row.reference, row.item, row.node),
)
