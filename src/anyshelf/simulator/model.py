"""What is played: the setting of a world, the variants of a scenario, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WALK_IN: Final = 0
SHIP: Final = 1
PICKUP: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Days on which shoppers come so many times as often (day 0 is the first)."""

    day: int
    days: int = 1
    times: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Days on which a node (its code, or "dc" or "store" for the first of that kind) sends nothing."""

    node: str
    day: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything a world is made of. Shares and probabilities are between 0 and 1.

    `online_from` are the kinds of node that may send; `endless_aisle`: what a store has not on its shelf is
    sent home from another. `find_store` and `find_dc` are how likely a picker finds what the books show;
    `phantom_share` of the units in the books of stores is not there at all. A delivery comes `late_share` of
    the time a few days after its carrier's usual days, and is promised `slack_days` after them. Who would
    wait longer than they care to (about `patience_days`) leaves. Stock is ordered up to its level every
    `review_days`, and comes after `lead_days`, or later where the vendor lies (`vendor_late_share`); a
    `replenished` world ends in no season, the other marks down what is left by `markdown_share`.
    """

    stores: int = 100
    items: int = 100
    days: int = 28
    seed: int = 7
    orders_per_day: float = 1000.0
    walk_in_share: float = 0.6
    pickup_share: float = 0.1
    lines_more: float = 0.5
    online_from: tuple[str, ...] = ("dc", "store")
    pickup: bool = True
    endless_aisle: bool = True
    policy: str = "cheapest"
    holdback_units: int = 0
    find_store: float = 0.95
    find_dc: float = 0.995
    phantom_share: float = 0.0
    weigh_finds: bool = False
    switch_share: float = 0.5
    substitute_share: float = 0.1
    patience_days: float = 8.0
    late_share: float = 0.06
    slack_days: int = 1
    return_share_online: float = 0.19
    return_share_walk_in: float = 0.08
    store_cover_days: float = 21.0
    dc_cover_days: float = 28.0
    safety: float = 1.0
    replenished: bool = True
    review_days: int = 7
    lead_days: int = 5
    vendor_late_share: float = 0.1
    markdown_share: float = 0.4
    counter_minutes: float = 4.0
    counters: int = 1
    peaks: tuple[Peak, ...] = ()
    outages: tuple[Outage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run the house, to be compared with the first of its scenario."""

    name: str
    setting: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A question, and the ways to run the house that answer it."""

    name: str
    question: str
    variants: tuple[Variant, ...]


Figures = Mapping[str, float]
"""What one replication came to, by the name of the figure (`FIGURES`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What a figure is called, what it means, its unit, and whether more of it is better."""

    name: str
    title: str
    unit: str
    more_is_better: bool | None
    said: str


FIGURES: Final = (
    Figure(name="contribution", title="Contribution", unit="money", more_is_better=True,
           said="Revenue less goods, freight, handling, returns and markdowns."),
    Figure(name="revenue", title="Revenue", unit="money", more_is_better=True,
           said="Goods sold, at their price."),
    Figure(name="lost_sales", title="Lost sales", unit="money", more_is_better=False,
           said="What shoppers wanted and did not get, at its price."),
    Figure(name="fill_rate", title="Fill rate", unit="share", more_is_better=True,
           said="Units sold of the units wanted."),
    Figure(name="cost_per_order", title="Cost per order sent", unit="money", more_is_better=False,
           said="Freight and handling of an order that is sent home."),
    Figure(name="freight_per_order", title="Of it freight", unit="money", more_is_better=False,
           said="What carriers charge."),
    Figure(name="handling_per_order", title="Of it handling", unit="money", more_is_better=False,
           said="Picking and packing."),
    Figure(name="days_to_door", title="Days to the door", unit="days", more_is_better=False,
           said="From the order to its last parcel."),
    Figure(name="promise_kept", title="Promise kept", unit="share", more_is_better=True,
           said="Sent orders whose last parcel came by the day that was promised."),
    Figure(name="split_rate", title="Split orders", unit="share", more_is_better=False,
           said="Sent orders in more than one parcel."),
    Figure(name="km_per_parcel", title="Kilometres a parcel", unit="km", more_is_better=False,
           said="From the node to the shopper, as the crow flies."),
    Figure(name="co2_kg", title="Emissions", unit="kg CO2e", more_is_better=False,
           said="Parcels on the road, by tonne and kilometre."),
    Figure(name="missed_picks", title="Missed picks", unit="share", more_is_better=False,
           said="Picks that found less than the books showed."),
    Figure(name="left_rate", title="Left for the wait", unit="share", more_is_better=False,
           said="Orders whose shopper did not care to wait so long."),
    Figure(name="counter_wait", title="Wait at the counter", unit="minutes", more_is_better=False,
           said="Who fetches an order, before it is handed over."),
    Figure(name="returns_cost", title="Cost of returns", unit="money", more_is_better=False,
           said="Bringing back and putting away what came back."),
    Figure(name="markdowns", title="Markdowns", unit="money", more_is_better=False,
           said="What is left at the end of a season loses."),
    Figure(name="stock", title="Stock held", unit="money", more_is_better=None,
           said="What lies on the shelves at the end, at cost."),
)  # fmt: skip
