"""Two ways to serve the same order, side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from anyshelf.sourcing.model import Sourced


def served_by(plans: Sequence[Sourced]) -> frozenset[tuple[int, str, int]]:
    """Which node serves how much of which line, all plans of an order together."""
    return frozenset(
        (line.line, shipment.node, line.quantity)
        for plan in plans
        for shipment in plan.shipments
        for line in shipment.lines
    )


def figures_of(plans: Sequence[Sourced]) -> Mapping[str, float]:
    """What serving an order comes to: money by term, parcels, kilometres, what falls short, how sure."""
    sent = [shipment for plan in plans for shipment in plan.shipments]
    return {
        "total_minor": sum(plan.cost_minor for plan in plans),
        "freight_minor": sum(each.freight_minor for each in sent),
        "handling_minor": sum(each.handling_minor for each in sent),
        "split_minor": sum(each.split_minor for each in sent),
        "parcels": len(sent),
        "split": float(len(sent) > 1),
        "km": round(sum(each.distance_km for each in sent), 3),
        "short_lines": sum(len(plan.short) for plan in plans),
        "chance": round(prod(plan.chance for plan in plans), 4),
    }


def summed(sides: Iterable[Mapping[str, float]]) -> Mapping[str, float]:
    """What serving many orders comes to: the figures of each, added up."""
    sums: dict[str, float] = defaultdict(float)
    for side in sides:
        for name, amount in side.items():
            sums[name] += amount
    return sums
