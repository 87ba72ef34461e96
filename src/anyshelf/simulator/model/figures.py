"""What a replication is told in: every figure with its meaning and its unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
    Figure(name="fetched_rate", title="Fetched at a counter", unit="share", more_is_better=None,
           said="Orders handed over in a store, of all orders."),
    Figure(name="not_fetched", title="Kept and not fetched", unit="share", more_is_better=False,
           said="Of what stores kept for shoppers without payment."),
    Figure(name="return_rate", title="Returned", unit="share", more_is_better=False,
           said="Units that came back, of the units sold."),
    Figure(name="returns_cost", title="Cost of returns", unit="money", more_is_better=False,
           said="Bringing back and putting away what came back."),
    Figure(name="written_off", title="Written off", unit="money", more_is_better=False,
           said="What came back unfit to be sold again, at cost."),
    Figure(name="markdowns", title="Markdowns", unit="money", more_is_better=False,
           said="What is left at the end of a season loses."),
    Figure(name="goods_cost", title="Cost of goods", unit="money", more_is_better=None,
           said="What the goods sold had cost."),
    Figure(name="freight", title="Freight", unit="money", more_is_better=False,
           said="What carriers charge, in all."),
    Figure(name="handling", title="Handling", unit="money", more_is_better=False,
           said="Picking and packing what is sent, in all."),
    Figure(name="counter_cost", title="Counters", unit="money", more_is_better=False,
           said="Picking and handing over what is fetched, in all."),
    Figure(name="stock", title="Stock held", unit="money", more_is_better=None,
           said="What lies on the shelves at the end, at cost."),
)  # fmt: skip
