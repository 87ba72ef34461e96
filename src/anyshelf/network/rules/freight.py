"""What carriers charge and how long they take, by zone and weight."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping

import numpy as np

from anyshelf.network.model import FreightLine, Rate, Tariff

# Ground parcels, working days by zone; zones beyond the mainland (9 and up) take a week.
TRANSIT_DAYS: Mapping[int, int] = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5}
TRANSIT_DAYS_FAR = 7
GRAMS_PER_KG = 1000


def default_transit_days(zone: int) -> int:
    """How many working days a parcel takes into a zone where the service does not say."""
    return TRANSIT_DAYS.get(zone, TRANSIT_DAYS_FAR)


def tariffs(rates: Iterable[Rate]) -> dict[tuple[str, int], Tariff]:
    """Rates gathered into one tariff for each (service, zone), weight steps in order."""
    steps: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for rate in rates:
        steps.setdefault((rate.service, rate.zone), []).append((rate.weight_g_max, rate.amount_minor))
    return {key: _tariff(sorted(found)) for key, found in steps.items()}


def _tariff(steps: list[tuple[int, int]]) -> Tariff:
    return Tariff(
        weights_g_max=tuple(weight for weight, _ in steps),
        amounts_minor=tuple(amount for _, amount in steps),
    )


def transit_days(rates: Iterable[Rate]) -> dict[tuple[str, int], int]:
    """Working days for each (service, zone) that the rates speak of; the slowest weight step decides."""
    days: dict[tuple[str, int], int] = {}
    for rate in rates:
        key = (rate.service, rate.zone)
        said = default_transit_days(rate.zone) if rate.transit_days is None else rate.transit_days
        days[key] = max(said, days.get(key, 0))
    return days


def parcels(tariff: Tariff, weight_g: int) -> int:
    """How many parcels a weight makes: one, or more where it is beyond the last weight step."""
    return max(1, -(-weight_g // tariff.weights_g_max[-1]))


def amount_minor(tariff: Tariff, weight_g: int) -> int:
    """What a weight costs: the first step it fits, after as many full parcels as it takes beyond the last."""
    full = parcels(tariff, weight_g) - 1
    rest_g = weight_g - full * tariff.weights_g_max[-1]
    return full * tariff.amounts_minor[-1] + tariff.amounts_minor[bisect_left(tariff.weights_g_max, rest_g)]


def freight_line(tariff: Tariff) -> FreightLine:
    """The straight line closest to a tariff, for sourcing: least squares, each step weighing 1 / its weight.

    Parcels are mostly light, and a tariff bends: without the weighing its heavy end would decide. Neither
    part of the line is ever negative.
    """
    kg = np.array(tariff.weights_g_max, dtype=np.float64) / GRAMS_PER_KG
    amounts = np.array(tariff.amounts_minor, dtype=np.float64)
    weigh = 1 / kg
    mean_kg, mean = np.average(kg, weights=weigh), np.average(amounts, weights=weigh)
    spread = np.average((kg - mean_kg) ** 2, weights=weigh)
    slope = np.average((kg - mean_kg) * (amounts - mean), weights=weigh) / spread if spread > 0 else 0.0
    if slope <= 0:
        return FreightLine(base_minor=float(mean), per_kg_minor=0.0)
    base = mean - slope * mean_kg
    if base < 0:  # through the origin, where the best line would start below it
        return FreightLine(base_minor=0.0, per_kg_minor=float(amounts @ (weigh * kg) / (kg @ (weigh * kg))))
    return FreightLine(base_minor=float(base), per_kg_minor=float(slope))
