"""The figures of the tower: what each is called, how it is defined, and which orders stand behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anyshelf.doors.web.wording import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as the tower shows it; `behind` says which orders a click leads to."""

    name: str
    title: str
    means: str
    behind: str


FIGURES: Final[Sequence[Figure]] = (
    Figure(
        name="on_time", title="On time", behind="those that came late",
        means="Of orders with a promise that are ready or done: the share ready at the counter, or at the "
        "door, by the first date promised.",
    ),
    Figure(
        name="perfect_order", title="Perfect orders", behind="those that were not perfect",
        means="Of ended orders: the share done in time, in full, nothing short, lost or damaged, promised "
        "once.",
    ),
    Figure(
        name="fill_rate", title="Fill rate", behind="those of which something was not served",
        means="Of the units of ended orders: the share that the shopper got.",
    ),
    Figure(
        name="split_rate", title="Split", behind="those that left in several parcels",
        means="Of orders of which something was dispatched: the share that left in more than one dispatch.",
    ),
    Figure(
        name="repromised", title="Promised anew", behind="those whose promise changed",
        means="Of all orders: the share whose promise was changed at least once.",
    ),
    Figure(
        name="short_pick_rate", title="Short picks", behind="those with units not found",
        means="Of the units released to nodes: the share not found on the shelf.",
    ),
    Figure(
        name="pickup_ready_time", title="Pickup ready in", behind="those made ready for a counter",
        means="Hours from the release of a pickup to its being ready at the counter.",
    ),
    Figure(
        name="pickup_without_issue", title="Pickups without issue", behind="those late or short",
        means="Of pickups collected: the share picked in full and ready when due.",
    ),
    Figure(
        name="left_on_time", title="Left on time", behind="those that left late",
        means="Of parts that leave by carrier and are due: the share that left when due.",
    ),
    Figure(
        name="cost_per_order", title="Cost per order", behind="those with a cost",
        means="What fulfilment was expected to cost when it was promised: freight, picking and packing.",
    ),
    Figure(
        name="return_rate", title="Returns", behind="those of which something came back",
        means="Of units delivered or handed over: the share that came back.",
    ),
    Figure(name="orders", title="Orders", behind="all of them", means="How many orders were placed."),
)  # fmt: skip
"""As `docs/kpis.md` defines them."""

BY_NAME: Final[Mapping[str, Figure]] = {each.name: each for each in FIGURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A figure read off: as it is said, and out of how many."""

    figure: Figure
    said: str
    of: int


def read_off(kpis: Mapping[str, Mapping[str, Any]], currency: str) -> list[Read]:
    """The figures in their order, each said as one says it; one there is nothing to say of is a dash."""
    return [
        Read(
            figure=each,
            said=_said(kpis.get(each.name, {}), currency),
            of=kpis.get(each.name, {}).get("of", 0),
        )
        for each in FIGURES
    ]


def _said(kpi: Mapping[str, Any], currency: str) -> str:
    value, unit = kpi.get("value"), kpi.get("unit")
    if value is None:
        return "—"
    if unit == "share":
        return f"{value:.1%}".replace("%", " %")
    if unit == "hours":
        return f"{value:.1f} h"
    return money(round(value), currency) if unit == "minor" else f"{value:,.0f}"
