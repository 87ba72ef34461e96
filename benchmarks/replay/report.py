"""What a replay comes to, in figures."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from replay.journal import Journal, Placed
from replay.shoppers import SHIP
from replay.stream import Account


def figures(journal: Journal, account: Account) -> dict[str, Any]:
    """Everything the journal tells, as plain JSON values."""
    placed = list(journal.placed.values())
    shipped = [order for order in placed if order.method == SHIP and order.parcels]
    return {
        "orders": len(placed),
        "refused": len(journal.refused),
        "methods": dict(Counter(order.method for order in placed)),
        **_fill(journal, placed),
        "split_rate": _share(sum(order.parcels > 1 for order in shipped), len(shipped)),
        "parcels": sum(order.parcels for order in shipped),
        "km_per_parcel": _mean(sum(order.km for order in shipped), sum(order.parcels for order in shipped)),
        **_costs(journal),
        **_taken_back(journal),
        **_work(journal),
        "stream": account.as_json(),
    }


def compared(orders: Iterable[Mapping[str, Any]], journal: Journal, asked: Collection[str]) -> dict[str, int]:
    """The orders of the books against those we were told of: lost, there twice, or unheard of."""
    found = Counter(order["external_id"] for order in orders if order["external_id"] in asked)
    return {
        "lost": len(journal.placed.keys() - found.keys()),
        "twice": sum(times > 1 for times in found.values()),
        "unheard_of": len(found.keys() - journal.placed.keys()),
    }


def _fill(journal: Journal, placed: Sequence[Placed]) -> dict[str, Any]:
    """How much of what was asked for could be served: refused orders count as asked for and not had."""
    units = sum(order.units for order in placed) + sum(order.units for order in journal.refused.values())
    lines = sum(order.lines for order in placed) + sum(order.lines for order in journal.refused.values())
    return {
        "fill_rate_units": _share(sum(order.units_had for order in placed), units),
        "fill_rate_lines": _share(sum(order.lines_full for order in placed), lines),
        "orders_in_full": _share(
            sum(order.lines_full == order.lines for order in placed), len(placed) + len(journal.refused)
        ),
        "refused_for": dict(Counter(order.why for order in journal.refused.values())),
    }


def _costs(journal: Journal) -> dict[str, Any]:
    """Costs in dollars of the orders whose sourcing was read; those that do not travel have no freight."""
    costed = [cost for cost in journal.costed.values() if journal.placed[cost.external_id].method == SHIP]
    return {
        "costed_orders": len(costed),
        "cost_per_order": _mean(sum(cost.cost_minor for cost in costed) / 100, len(costed)),
        "freight_per_order": _mean(sum(cost.freight_minor for cost in costed) / 100, len(costed)),
    }


def _taken_back(journal: Journal) -> dict[str, Any]:
    backs = list(journal.given_back.values())
    kinds = Counter(
        "both" if back.cancelled and back.returned
        else "cancelled" if back.cancelled
        else "returned" if back.returned
        else "refused" if back.refused
        else "of what was never had"
        for back in backs
    )  # fmt: skip
    return {
        "take_backs": dict(kinds),
        "units_cancelled": sum(back.cancelled for back in backs),
        "units_returned": sum(back.returned for back in backs),
        "units_never_had": sum(back.never_had for back in backs),
        "units_refused_back": sum(back.refused for back in backs),
        "refunded": round(sum(back.refunded_minor for back in backs) / 100, 2),
    }


def _work(journal: Journal) -> dict[str, Any]:
    worked = list(journal.worked.values())
    return {
        "worked_orders": len(worked),
        "parcels_delivered": sum(each.parcels for each in worked),
        "handed_over": sum(each.handed_over for each in worked),
        "short_picks": sum(each.short_picks for each in worked),
        "stuck": sum(each.stuck for each in worked),
    }


def latencies(seconds: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """How often each route was asked and how long it took, in milliseconds; the busiest first."""
    by_time = sorted(seconds.items(), key=lambda route: -sum(route[1]))
    return {
        route: {"requests": len(taken), **dict(zip(("p50_ms", "p99_ms"), _percentiles(taken), strict=True))}
        for route, taken in by_time
    }


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(1000 * each for each in seconds)
    return round(ordered[len(ordered) // 2], 1), round(ordered[len(ordered) * 99 // 100], 1)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _mean(total: float, count: int) -> float:
    return round(total / count, 2) if count else 0.0
