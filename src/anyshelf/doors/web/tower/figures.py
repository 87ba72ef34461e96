"""The figures of the tower: which of insight's it shows, and how each is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anyshelf.doors.web.wording import money
from anyshelf.insight import service as insight
from anyshelf.insight.model.figures import Kpi

HOURS_AS_MINUTES: Final = 2
BY_NAME: Final[Mapping[str, Kpi]] = {kpi.name: kpi for kpi in insight.definitions()}
FIRST: Final[Sequence[str]] = (
    "on_time", "promise_kept", "perfect_order", "fill_rate", "split_rate", "repromised", "short_pick_rate",
    "pickup_ready_time", "pickup_wait", "pickup_without_issue", "left_on_time", "cost_per_order",
    "freight_per_order", "labour_per_order", "return_rate", "return_to_shelf_time", "orders", "revenue",
)  # fmt: skip
"""On the first page, in this order."""
OF_STOCK: Final[Sequence[str]] = ("days_of_supply", "sell_through", "inventory_accuracy")
"""Of shelves, not of orders: a click leads to items and counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A figure read off: as it is said, and out of how many."""

    figure: Kpi
    said: str
    of: int


def read_off(
    kpis: Mapping[str, Mapping[str, Any]], currency: str, names: Sequence[str] = FIRST
) -> list[Read]:
    """These figures in their order, each said as one says it; one there is nothing to say of is a dash."""
    return [
        Read(figure=BY_NAME[name], said=said_of(kpi, currency), of=kpi.get("of", 0))
        for name in names
        for kpi in [kpis.get(name, {})]
    ]


def said_of(kpi: Mapping[str, Any], currency: str) -> str:
    """A figure as one says it."""
    value, unit = kpi.get("value"), kpi.get("unit")
    if value is None:
        return "—"
    if unit == "share":
        return f"{value:.1%}".replace("%", " %")
    if unit == "hours":
        return f"{value * 60:.0f} min" if value < HOURS_AS_MINUTES else f"{value:.1f} h"
    if unit == "days":
        return f"{value:,.0f} days"
    return money(round(value), currency) if unit == "minor" else f"{value:,.0f}"
