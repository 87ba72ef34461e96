"""The figures: each once, as docs/kpis.md defines it. A figure without anything below is no figure."""

from collections.abc import Mapping
from typing import Any

from anyshelf.insight.model.figures import Kpi

SHARE, HOURS, MONEY, TIMES, COUNT, DAYS = "share", "hours", "minor", "times", "count", "days"

ORDERS = (
    Kpi(name="orders", over="orders", under="", unit=COUNT),
    Kpi(name="revenue", over="total_minor", under="", unit=MONEY),
    Kpi(name="perfect_order", over="perfect", under="ended", unit=SHARE),
    Kpi(name="on_time", over="on_time", under="promised_ended", unit=SHARE),
    Kpi(name="fill_rate", over="done_units", under="ended_units", unit=SHARE),
    Kpi(name="split_rate", over="split", under="shipped", unit=SHARE),
    Kpi(name="order_cycle_time", over="cycle_hours", under="done_orders", unit=HOURS),
    Kpi(name="cost_per_order", over="cost_minor", under="costed", unit=MONEY),
    Kpi(name="repromised", over="repromised", under="orders", unit=SHARE),
    Kpi(name="return_rate", over="returned_units", under="done_units", unit=SHARE),
    Kpi(name="refunded", over="refunded_minor", under="total_minor", unit=SHARE),
)
PARTS = (
    Kpi(name="parts", over="parts", under="", unit=COUNT),
    Kpi(name="short_pick_rate", over="short_units", under="units", unit=SHARE),
    Kpi(name="pickup_ready_time", over="ready_hours", under="ready", unit=HOURS),
    Kpi(name="pickup_without_issue", over="smooth", under="collected", unit=SHARE),
    Kpi(name="left_on_time", over="left_on_time", under="left_due", unit=SHARE),
)
RETURNS = (
    Kpi(name="returns", over="returns", under="", unit=COUNT),
    Kpi(name="return_to_shelf_time", over="shelf_hours", under="back_on_shelf", unit=HOURS),
    Kpi(name="resold_share", over="resold_units", under="units", unit=SHARE),
)
STOCK = (
    Kpi(name="days_of_supply", over="on_hand_days", under="sold_units", unit=DAYS),
    Kpi(name="sell_through", over="sold_units", under="sold_and_on_hand", unit=SHARE),
)
ALL = (*ORDERS, *PARTS, *RETURNS, *STOCK)


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
