"""How much less safety stock one pool needs than many silos, for the same service."""

import numpy as np

from restocking.playing import SHORTAGE, Outcome, ours, played
from restocking.world import Sales

STORES = 102
GOODS_PLAYED = 20


def safety_ratios(sales: Sales) -> dict[str, float]:
    """Over the largest stores: the deviation of pooled weekly demand against the sum of each store's own.

    One figure for each category, the median told; beside it what it would be if stores were independent.
    """
    largest, goods = _largest(sales)
    pooled, independent = [], []
    for kind in goods.tolist():
        rows = largest.units[largest.goods == kind]
        alone = rows.std(axis=1, ddof=1)
        if len(rows) < STORES // 2 or alone.sum() <= 0:
            continue
        pooled.append(rows.sum(axis=0).std(ddof=1) / alone.sum())
        independent.append(np.sqrt((alone**2).sum()) / alone.sum())
    return {
        "median": round(float(np.median(pooled)), 4),
        "if_independent": round(float(np.median(independent)), 4),
        "stores": STORES, "categories": len(pooled),
    }  # fmt: skip


def _largest(sales: Sales) -> tuple[Sales, np.ndarray]:
    volume = np.bincount(sales.store, weights=sales.units.sum(axis=1))
    chosen = np.argsort(-volume)[:STORES]
    largest = sales.of(np.isin(sales.store, chosen))
    return largest, np.unique(largest.goods)


def stock_at_equal_fill(sales: Sales) -> dict[str, float]:
    """The same decisions played on each store alone and on all as one: the stock held at the same fill."""
    largest, goods = _largest(sales)
    volume = np.array([largest.units[largest.goods == kind].sum() for kind in goods])
    busiest = goods[np.argsort(-volume)[:GOODS_PLAYED]]
    alone = largest.of(np.isin(largest.goods, busiest))
    together = Sales(
        units=np.stack([alone.units[alone.goods == kind].sum(axis=0) for kind in busiest]),
        store=np.zeros(len(busiest), dtype=np.int64), goods=busiest, said=sales.said,
    )  # fmt: skip
    siloed = played(alone, ours())
    pooled = [played(together, ours(shortage)) for shortage in (0.05, 0.1, 0.2, 0.4, 0.7, SHORTAGE, 2.0)]
    held = _held_at(siloed.fill, pooled)
    return {
        "stock_pooled_to_siloed": round(held / float(siloed.held.sum()), 4),
        "fill": round(siloed.fill, 4), "categories": len(busiest),
    }  # fmt: skip


def _held_at(fill: float, outcomes: list[Outcome]) -> float:
    fills = np.array([outcome.fill for outcome in outcomes])
    held = np.array([float(outcome.held.sum()) for outcome in outcomes])
    order = np.argsort(fills)
    return float(np.interp(fill, fills[order], held[order]))
