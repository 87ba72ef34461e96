"""What a world counts while it is played, and the figures that follow."""

from dataclasses import dataclass, field, fields

from anyshelf.simulator.model import Figures


@dataclass(slots=True)
class Tally:
    """Plain sums, in minor units, units, days and kilometres."""

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
    fetched: int = 0
    waited: float = 0.0
    markdowns: float = 0.0
    stock: float = 0.0
    decisions: int = 0
    sent_from: dict[int, int] = field(default_factory=dict)
    kept_plans: list[tuple[tuple[int, int, int], ...]] = field(default_factory=list)


CO2_KG_PER_TONNE_KM = 0.1
"""A loaded lorry on the road, well to wheel, rounded: figures of national inventories lie around it."""


def figures_of(tally: Tally) -> Figures:
    """The figures of one replication; money in major units."""
    sent, parcels = max(1, tally.sent), max(1, tally.parcels)
    costs = tally.goods_cost + tally.freight + tally.handling + tally.counter_handling + tally.returns_cost
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
        "left_rate": tally.left / max(1, tally.orders),
        "counter_wait": tally.waited / max(1, tally.fetched),
        "returns_cost": tally.returns_cost / 100,
        "markdowns": tally.markdowns / 100,
        "stock": tally.stock / 100,
    }


def counted(tally: Tally) -> dict[str, float]:
    """The sums behind the figures, by name."""
    return {
        each.name: getattr(tally, each.name)
        for each in fields(tally)
        if each.name not in {"kept_plans", "sent_from"}
    }
