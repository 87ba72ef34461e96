"""make bench-planning: a year of real weekly sales replayed with lost sales, ours against moving averages.

A series is a product category at a store; single products at stores are played beside it (a sample), and the
textbook's instances are solved. Settings of ours come from the history at each week; those of the moving
average are tuned in hindsight to ours' fill, which favours it.
"""

import argparse
import json
import time

import numpy as np

from restocking.comparing import FOLDS, against_the_best, at_equal_fill, spread
from restocking.playing import (
    FIRST,
    LEAD,
    Outcome,
    clairvoyant,
    moving_average,
    ours,
    played,
    weeks_of_cover,
)
from restocking.pooling import safety_ratios, stock_at_equal_fill
from restocking.textbook import textbook
from restocking.world import Sales, sales

SAFETIES = tuple(np.arange(-0.3, 2.4, 0.3).round(2).tolist())
COVERS = (2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0)


def main() -> None:
    """Play everything; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-planning")
    asked.add_argument("--series", type=int, default=0, help="at most so many series (0: all)")
    asked.add_argument("--products", type=int, default=2_000, help="so many products at stores beside")
    given = asked.parse_args()
    begun = time.process_time()
    everything = sales("category")
    chosen = _sampled(everything.of(_sold_enough(everything, 52)), given.series)
    categories = _contest(chosen, "categories at stores")
    products = sales("product")
    beside = _contest(
        _sampled(products.of(_sold_enough(products, 13)), given.products), "products at stores (sample)"
    )
    ratios = safety_ratios(everything)
    print(f"pooled to siloed safety stock: {ratios}", flush=True)
    pooled = stock_at_equal_fill(everything)
    print(f"pooled against siloed, played: {pooled}", flush=True)
    print(json.dumps({
        "name": "planning", "value": categories["saving_vs_moving_average"],
        "unit": "share of cost saved against the moving average at equal fill",
        "anchors": {"moving_average_4_weeks": 0.0, "pooled_to_siloed_published": 0.20,
                    "square_root_law_published": 0.105},
        "detail": {
            **categories, "products": beside, "pooled_to_siloed": ratios["median"], "safety": ratios,
            "played_pooled": pooled, "textbook": textbook(), "data": everything.said,
            "cpu_seconds": round(time.process_time() - begun, 1),
        },
    }))  # fmt: skip


def _sold_enough(found: Sales, units: int) -> np.ndarray:
    """Series that sold so many in the weeks before the first decision."""
    return found.units[:, :FIRST].sum(axis=1) >= units


def _sampled(found: Sales, most: int) -> Sales:
    if not most or len(found.units) <= most:
        return found
    return found.of(np.random.default_rng(0).permutation(len(found.units))[:most])


def _contest(found: Sales, called: str) -> dict[str, object]:
    mine = played(found, ours())
    averages = [played(found, moving_average(safety)) for safety in SAFETIES]
    covers = [played(found, weeks_of_cover(weeks)) for weeks in COVERS]
    perfect = played(found, clairvoyant(found))
    told = {
        "saving_vs_moving_average": round(at_equal_fill(mine, averages), 4),
        "spread": spread(mine, averages, found.store % FOLDS),
        "saving_vs_best_moving_average": round(against_the_best(mine, averages), 4),
        "saving_vs_weeks_of_cover": round(at_equal_fill(mine, covers), 4),
        "gap_closed_to_clairvoyant": round(_closed(mine, averages, perfect), 4),
        "fill": round(mine.fill, 4), "clairvoyant_fill": round(perfect.fill, 4),
        "cost_per_unit_wanted": round(mine.cost / float(mine.sold.sum() + mine.lost.sum()), 4),
        "series": len(found.units), "stores": len(np.unique(found.store)), "lead_weeks": LEAD,
    }  # fmt: skip
    print(f"{called}: {told}", flush=True)
    return told


def _closed(mine: Outcome, averages: list[Outcome], perfect: Outcome) -> float:
    """Of what the cheapest moving average costs more than foresight, the share that ours saves."""
    best = min(average.cost for average in averages)
    return (best - mine.cost) / (best - perfect.cost)


if __name__ == "__main__":
    main()
