"""What is played: the setting of a world, and the variants of a scenario."""

from dataclasses import dataclass
from typing import Final

from anyshelf.network.model import Node, Rate

WALK_IN: Final = 0
SHIP: Final = 1
PICKUP: Final = 2
RESERVE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Days on which shoppers come so many times as often (day 0 is the first)."""

    day: int
    days: int = 1
    times: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Days on which a node (its code, or "dc" or "store" for the first of that kind) sends nothing.

    Its tills go on selling what lies there.
    """

    node: str
    day: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """Days on which so many times as many people pick and stand at counters, at nodes of one kind."""

    kind: str = "store"
    day: int
    days: int = 1
    times: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A node that is added to the network: where it lies, and what it is."""

    node: str
    kind: str = "dc"
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything a world is made of; `SETTINGS` says what each means and stands for a page's labels.

    Shares and probabilities are between 0 and 1.
    """

    stores: int = 100
    vendors: int = 0
    items: int = 100
    days: int = 28
    seed: int = 7
    orders_per_day: float = 1000.0
    walk_in_share: float = 0.6
    pickup_share: float = 0.1
    reserve_share: float = 0.0
    lines_more: float = 0.5
    online_from: tuple[str, ...] = ("dc", "store")
    pickup: bool = True
    reserve: bool = True
    ship_to_store: bool = True
    endless_aisle: bool = True
    policy: str = "cheapest"
    promise: str = "days"
    holdback_units: int = 0
    find_store: float = 0.95
    find_dc: float = 0.995
    find_vendor: float = 0.97
    phantom_share: float = 0.0
    weigh_finds: bool = False
    switch_share: float = 0.5
    substitute_share: float = 0.1
    patience_days: float = 8.0
    no_show_share: float = 0.1
    late_share: float = 0.06
    slack_days: int = 1
    store_cutoff: int = 14
    dc_cutoff: int = 14
    store_closed: tuple[str, ...] = ()
    dc_closed: tuple[str, ...] = ()
    store_capacity: int = 0
    dc_capacity: int = 0
    return_share_online: float = 0.19
    return_share_walk_in: float = 0.08
    returns_to: str = "usual"
    resale_share: float = 1.0
    store_cover_days: float = 21.0
    dc_cover_days: float = 28.0
    central_share: float = 0.0
    safety: float = 1.0
    replenished: bool = True
    restock: str = "levels"
    review_days: int = 7
    lead_days: int = 5
    vendor_late_share: float = 0.1
    vendor_short_share: float = 0.0
    markdown_share: float = 0.4
    counter_minutes: float = 4.0
    counters: int = 1
    peaks: tuple[Peak, ...] = ()
    outages: tuple[Outage, ...] = ()
    staffing: tuple[Staffing, ...] = ()
    closed: tuple[str, ...] = ()
    opened: tuple[Opened, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """An item of somebody's own network: grams, minor units, and how often it is wanted beside the others."""

    item: str
    weight_g: int
    price_minor: int
    cost_minor: int
    wanted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where shoppers of somebody's own network live, and how many beside the others."""

    lat: float
    lon: float
    postal_code: str = ""
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network of somebody's own to play on, instead of an invented one.

    `service` is the service whose tariff everything is sent by.
    """

    source: str
    nodes: tuple[Node, ...]
    rates: tuple[Rate, ...]
    goods: tuple[Sold, ...]
    homes: tuple[Home, ...]
    service: str = "ground"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run the house, to be compared with the first of its scenario."""

    name: str
    setting: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A question, the ways to run the house that answer it, and the network they are played on."""

    name: str
    question: str
    variants: tuple[Variant, ...]
    network: Network | None = None
