"""The figures: each once, as docs/kpis.md defines it. A figure without anything below is no figure."""

from collections.abc import Mapping
from typing import Any

from anyshelf.insight.model.figures import Kpi

SHARE, HOURS, MONEY, TIMES, COUNT, DAYS = "share", "hours", "minor", "times", "count", "days"

ORDERS = (
    Kpi(
        name="orders", title="Orders", over="orders", under="", unit=COUNT,
        of="orders",
        means="how many were placed",
        behind="all of them",
    ),
    Kpi(
        name="revenue", title="Revenue", over="total_minor", under="", unit=MONEY,
        of="orders",
        means="what they came to, in minor units, shipping included",
        behind="all of them",
    ),
    Kpi(
        name="perfect_order", title="Perfect orders", over="perfect", under="ended", unit=SHARE,
        of="ended orders",
        means=(
            "share done by the promise (where there was one), nothing cancelled, short, lost "
            "or sent back damaged, and promised once [SCOR RL.1.1]"
        ),
        behind="those that were not perfect",
    ),
    Kpi(
        name="on_time", title="On time", over="on_time", under="promised_ended", unit=SHARE,
        of="orders with a promise that are ready or done",
        means="share ready at the counter, or at the door, by the promise",
        behind="those that came late",
    ),
    Kpi(
        name="promise_kept", title="Promise kept", over="kept", under="promised_ended", unit=SHARE,
        of="orders with a promise that are ready or done",
        means="share that came by the promise without ever being told another",
        behind="those that came late or were told another date",
    ),
    Kpi(
        name="fill_rate", title="Fill rate", over="done_units", under="ended_units", unit=SHARE,
        of="units of ended orders",
        means="share that the shopper got",
        behind="those of which something was not served",
    ),
    Kpi(
        name="split_rate", title="Split", over="split", under="shipped", unit=SHARE,
        of="orders of which something was dispatched",
        means="share that left in more than one dispatch",
        behind="those that left in several dispatches",
    ),
    Kpi(
        name="order_cycle_time", title="From placed to done",
        over="cycle_hours", under="done_orders", unit=HOURS,
        of="orders done",
        means="hours from placed to the last unit delivered or handed over",
        behind="those that are done",
    ),
    Kpi(
        name="cost_per_order", title="Cost per order", over="cost_minor", under="costed", unit=MONEY,
        of="orders taken from a promise",
        means=(
            "what fulfilment was expected to cost when it was promised, in minor units: "
            "freight, pick and pack, as sourcing prices them"
        ),
        behind="those with a cost",
    ),
    Kpi(
        name="freight_per_order", title="Freight per order", over="freight_minor", under="parted", unit=MONEY,
        of="orders taken from a promise",
        means="what carriers were expected to take of that cost, in minor units",
        behind="those with a cost",
    ),
    Kpi(
        name="labour_per_order", title="Labour per order", over="handling_minor", under="parted", unit=MONEY,
        of="orders taken from a promise",
        means="what picking and packing were expected to take of that cost, in minor units",
        behind="those with a cost",
    ),
    Kpi(
        name="repromised", title="Promised anew", over="repromised", under="orders", unit=SHARE,
        of="orders",
        means="share whose promise was changed at least once",
        behind="those whose promise changed",
    ),
    Kpi(
        name="return_rate", title="Came back", over="returned_units", under="done_units", unit=SHARE,
        of="units delivered or handed over",
        means="share that came back",
        behind="those of which something came back",
    ),
    Kpi(
        name="refunded", title="Refunded", over="refunded_minor", under="total_minor", unit=SHARE,
        of="revenue",
        means="share given back, appeasement included",
        behind="those of which something was given back",
    ),
)  # fmt: skip
PARTS = (
    Kpi(
        name="parts", title="Parts", over="parts", under="", unit=COUNT,
        of="parts",
        means="how many pieces of work were released to nodes",
        behind="all of them",
    ),
    Kpi(
        name="short_pick_rate", title="Short picks", over="short_units", under="units", unit=SHARE,
        of="units released to nodes",
        means="share not found on the shelf",
        behind="those with units not found",
    ),
    Kpi(
        name="pickup_ready_time", title="Pickup ready in", over="ready_hours", under="ready", unit=HOURS,
        of="parts set ready for a counter",
        means="hours from release to ready",
        behind="those made ready for a counter",
    ),
    Kpi(
        name="pickup_wait", title="Wait at the counter", over="wait_hours", under="waited", unit=HOURS,
        of="parts collected by who said that they were there",
        means="hours from saying so to handed over",
        behind="those who said that they were there",
    ),
    Kpi(
        name="pickup_without_issue", title="Pickups without issue",
        over="smooth", under="collected", unit=SHARE,
        of="parts collected",
        means="share picked in full and ready when due",
        behind="those late or short",
    ),
    Kpi(
        name="left_on_time", title="Left on time", over="left_on_time", under="left_due", unit=SHARE,
        of="parts that leave by carrier and are due",
        means="share that left when due",
        behind="those that left late",
    ),
)  # fmt: skip
RETURNS = (
    Kpi(
        name="returns", title="Returns", over="returns", under="", unit=COUNT,
        of="returns",
        means="how many were asked for",
        behind="all of them",
    ),
    Kpi(
        name="return_to_shelf_time", title="Return to shelf",
        over="shelf_hours", under="back_on_shelf", unit=HOURS,
        of="returns with units on sale again",
        means="hours from asking to back on a shelf, here or on the way to where it sells",
        behind="those with units on sale again",
    ),
    Kpi(
        name="resold_share", title="On sale again", over="resold_units", under="units", unit=SHARE,
        of="units received back",
        means="share on sale again",
        behind="those of which something is not",
    ),
)  # fmt: skip
COUNTS = (
    Kpi(
        name="counts", title="Counts", over="counts", under="", unit=COUNT,
        of="counts of shelves",
        means="how many positions were counted, feeds left out",
        behind="all of them",
    ),
    Kpi(
        name="inventory_accuracy", title="Inventory accuracy", over="matched", under="counts", unit=SHARE,
        of="counts of shelves",
        means="share that found what the books had on hand",
        behind="those that found something else",
    ),
)  # fmt: skip
STOCK = (
    Kpi(
        name="days_of_supply", title="Days of supply", over="on_hand_days", under="sold_units", unit=DAYS,
        of="units ordered of an item in the span",
        means=(
            "days that what lies on all shelves lasts at the pace of the span (`GET "
            "/v1/kpis/stock`)"
        ),
        behind="the items that run out first",
    ),
    Kpi(
        name="sell_through", title="Sell-through", over="sold_units", under="sold_and_on_hand", unit=SHARE,
        of="units ordered and units on shelves",
        means="share that was ordered",
        behind="the items that run out first",
    ),
)  # fmt: skip
ALL = (*ORDERS, *PARTS, *RETURNS, *COUNTS, *STOCK)


def figure(kpi: Kpi, sums: Mapping[str, Any]) -> float | None:
    """The figure from its sums; None where there is nothing to divide by."""
    over = float(sums.get(kpi.over) or 0)
    if not kpi.under:
        return over
    under = float(sums.get(kpi.under) or 0)
    return over / under if under else None


def figures(kpis: tuple[Kpi, ...], sums: Mapping[str, Any]) -> dict[str, Any]:
    """All of these figures, rounded as they are read, each with what it is out of."""
    return {
        kpi.name: {
            "value": None if (value := figure(kpi, sums)) is None else round(value, 4),
            "unit": kpi.unit,
            "of": int(sums.get(kpi.under or kpi.over) or 0),
        }
        for kpi in kpis
    }
