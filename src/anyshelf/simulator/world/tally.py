"""What a world counts while it is played, and the figures that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final

from anyshelf.simulator.model import Figures
from anyshelf.sourcing.model import Field
from anyshelf.sourcing.rules.costs import parcel_cost

DAYS_TOLD: Final = 15
"""Parcels are told by the days they took; what took longer is told together."""


@dataclass(slots=True)
class Tally:
    """Plain sums, in minor units, units, days and kilometres.

    `by_days` [days] counts sent orders by the days to the door, the last entry those that took longer.
    """

    orders: int = 0
    wanted_units: int = 0
    sold_units: int = 0
    revenue: int = 0
    goods_cost: int = 0
    lost: int = 0
    sent: int = 0
    parcels: int = 0
    split: int = 0
    freight: int = 0
    handling: int = 0
    counter_handling: int = 0
    door_days: int = 0
    kept: int = 0
    km: float = 0.0
    tonne_km: float = 0.0
    picks: int = 0
    missed: int = 0
    left: int = 0
    switched: int = 0
    substituted: int = 0
    returned_units: int = 0
    returns_cost: int = 0
    written_off: int = 0
    fetched: int = 0
    sent_to_store: int = 0
    reserved: int = 0
    not_fetched: int = 0
    waited: float = 0.0
    markdowns: float = 0.0
    stock: float = 0.0
    decisions: int = 0
    by_days: list[int] = field(default_factory=lambda: [0] * DAYS_TOLD)
    sent_from: dict[int, int] = field(default_factory=dict)
    kept_plans: list[tuple[tuple[int, int, int], ...]] = field(default_factory=list)


def count_parcels(
    tally: Tally, boxes: Mapping[int, Sequence[int]], towards: Field, apart_km: Sequence[float]
) -> None:
    """Count parcels by their nodes, each of so many units and grams: what they cost, and how far they go."""
    for node, (units, grams) in boxes.items():
        cost = parcel_cost(towards, node, weight_g=grams, units=units, split_minor=0)
        tally.freight += cost.freight_minor
        tally.handling += cost.handling_minor
        tally.km += apart_km[node]
        tally.sent_from[node] = tally.sent_from.get(node, 0) + 1
        tally.tonne_km += apart_km[node] * grams / 1e6


CO2_KG_PER_TONNE_KM = 0.1
"""A loaded lorry on the road, well to wheel, rounded: figures of national inventories lie around it."""


def figures_of(tally: Tally) -> Figures:
    """The figures of one replication; money in major units."""
    sent, parcels, orders = max(1, tally.sent), max(1, tally.parcels), max(1, tally.orders)
    serving = tally.freight + tally.handling + tally.counter_handling
    costs = tally.goods_cost + serving + tally.returns_cost + tally.written_off
    return {
        "contribution": (tally.revenue - costs - tally.markdowns) / 100,
        "revenue": tally.revenue / 100,
        "lost_sales": tally.lost / 100,
        "fill_rate": tally.sold_units / max(1, tally.wanted_units),
        "cost_per_order": (tally.freight + tally.handling) / sent / 100,
        "freight_per_order": tally.freight / sent / 100,
        "handling_per_order": tally.handling / sent / 100,
        "days_to_door": tally.door_days / sent,
        "promise_kept": tally.kept / sent,
        "split_rate": tally.split / sent,
        "km_per_parcel": tally.km / parcels,
        "co2_kg": tally.tonne_km * CO2_KG_PER_TONNE_KM,
        "missed_picks": tally.missed / max(1, tally.picks),
        "left_rate": tally.left / orders,
        "counter_wait": tally.waited / max(1, tally.fetched),
        "fetched_rate": tally.fetched / orders,
        "not_fetched": tally.not_fetched / max(1, tally.reserved),
        "return_rate": tally.returned_units / max(1, tally.sold_units),
        "returns_cost": tally.returns_cost / 100,
        "written_off": tally.written_off / 100,
        "markdowns": tally.markdowns / 100,
        "goods_cost": tally.goods_cost / 100,
        "freight": tally.freight / 100,
        "handling": tally.handling / 100,
        "counter_cost": tally.counter_handling / 100,
        "stock": tally.stock / 100,
    }


def counted(tally: Tally) -> dict[str, float]:
    """The sums behind the figures, by name."""
    return {
        each.name: getattr(tally, each.name)
        for each in fields(tally)
        if each.name not in {"kept_plans", "sent_from", "by_days"}
    }
