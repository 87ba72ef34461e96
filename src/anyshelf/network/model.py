"""Places, ways between them and the channels that draw on them, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from anyshelf.ground.ids import Id

NODE_KINDS = ("dc", "fc", "store", "dark_store", "vendor", "hub")
CHANNEL_KINDS = ("web", "app", "store", "marketplace", "call_centre")
MODES = ("parcel", "courier", "van", "transfer")
ANY_NODE = "*"

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Zones = npt.NDArray[np.int8]
Codes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A place that can hold, pick, hand over or receive stock.

    `hours` is written as in OpenStreetMap ("Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off", "24/7"); `cutoff`
    is the last local time at which an order still leaves today (none: goods leave as soon as they are ready);
    `processing_minutes` count while the node is open; `capacity_per_day` is orders a day (none: no limit);
    `groups` are the channels and distribution groups it serves.
    """

    node: str
    kind: str
    name: str
    lat: float
    lon: float
    country: str = ""
    postal_code: str = ""
    timezone: str = "UTC"
    hours: str = "24/7"
    cutoff: time | None = None
    processing_minutes: int = 0
    capacity_per_day: int | None = None
    capabilities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A named product of a carrier and the days it works, written as "Mo-Sa" or "Mo-Sa; PH off"."""

    service: str
    carrier: str = ""
    mode: str = "parcel"
    working_days: str = "Mo-Sa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A way from a node to a node ("*" is any): its days, and what it costs, so much and so much a kg."""

    origin: str
    destination: str
    mode: str
    service: str = ""
    transit_days: int
    cost_minor: int = 0
    cost_minor_per_kg: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What a service charges for a parcel of up to this weight into a zone.

    `transit_days` is how many of its working days it takes (none: by zone).
    """

    service: str
    zone: int
    weight_g_max: int
    amount_minor: int
    transit_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where demand arises, what it may draw on, and what each node keeps back from it."""

    channel: str
    kind: str = "web"
    currency: str
    nodes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    holdback_units: int = 0
    holdback_percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A supplier who ships in our name from a node of its own, and how long it has to say yes."""

    vendor: str
    name: str
    node: str
    ack_minutes: int = 240
    email: str = ""
    edi_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of opening, in minutes after the day's local midnight; it may end on the next day."""

    opens_minute: int
    closes_minute: int


DayOfYear = tuple[int, int]
"""A month and a day of it, in any year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A week of opening hours: the spans that begin on each day, Monday first, in order.

    On days of the year named in `dates` other hours hold; on public holidays of `country` those of
    `holidays` (None: as on any other day).
    """

    days: tuple[tuple[Span, ...], ...]
    always: bool = False
    dates: tuple[tuple[DayOfYear, tuple[Span, ...]], ...] = ()
    holidays: tuple[Span, ...] | None = None
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOff:
    """The days on which a carrier does not work although its week says so: days of the year, holidays."""

    dates: frozenset[DayOfYear] = frozenset()
    country: str = ""


NO_DAYS_OFF = DaysOff()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a service charges into one zone: weight steps in order, and the amount of each."""

    weights_g_max: tuple[int, ...]
    amounts_minor: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightLine:
    """A tariff as a straight line: so much a parcel, and so much a kilogram."""

    base_minor: float
    per_kg_minor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """When goods come: a day at the destination, and its delivery hours as moments in UTC."""

    day: date
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Atlas:
    """The whole network of a market as it stood at one version: never changed, shared by all threads.

    A node is known by its index: the same in `nodes` and in every array. Zone arrays are indexed by zone,
    1 to 99; 0 is "no zone known". Arrays cannot be written to.
    """

    market: str
    version: int
    stamp: Id | None

    nodes: tuple[Node, ...]
    index: Mapping[str, int]
    kinds: npt.NDArray[np.str_]
    active: Flags
    lat: Floats
    lon: Floats
    vectors: Floats
    calendars: tuple[Calendar, ...]
    timezones: tuple[ZoneInfo, ...]

    zone_matrix: Zones  # one row for each set of origins that is told apart, one column a destination prefix
    zone_rows: Indices  # each node's row
    zone_columns: Mapping[str, int]

    services: Mapping[str, Service]
    tariffs: Mapping[tuple[str, int], Tariff]
    freight: Mapping[str, tuple[Floats, Floats]]
    transit: Mapping[str, npt.NDArray[np.int16]]
    lanes: Mapping[tuple[str, str], tuple[Lane, ...]]

    channels: Mapping[str, Channel]
    reaches: Mapping[str, Indices]
    vendors: Mapping[str, Vendor]
