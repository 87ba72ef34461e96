"""make bench-forecasts: series forecast and ordered a second of one core, up to 100,000 of them at once."""

import argparse
import json
import time

import numpy as np

from anyshelf.planning.model import Costs, Stock
from anyshelf.planning.rules import reasoned
from restocking.playing import HOLDING, LEAD, SHORTAGE
from restocking.world import Floats, stand_in

PART = 10_000
WEEKS = 104
WITHIN_SECONDS = 600.0


def main() -> None:
    """Forecast in parts, with progress; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="bench-forecasts")
    asked.add_argument("--series", type=int, default=100_000)
    series = asked.parse_args().series
    begun, clock = time.process_time(), time.perf_counter()
    done = ordered = 0
    for seed, start in enumerate(range(0, series, PART)):
        history = _drawn(min(PART, series - start), seed)
        stock = Stock(
            on_hand=np.zeros(len(history), dtype=np.int64),
            on_order=np.zeros((len(history), LEAD), dtype=np.int64),
        )
        ordered += int(reasoned(history, stock, LEAD, Costs(holding=HOLDING, shortage=SHORTAGE)).order.sum())
        done += len(history)
        print(f"{done:,}/{series:,} series, {time.process_time() - begun:,.0f} s of processor", flush=True)
    cpu, wall = time.process_time() - begun, time.perf_counter() - clock
    print(json.dumps({
        "name": "forecasts", "value": round(series / cpu, 1), "unit": "series/s of one core",
        "anchors": {"100,000 in 10 minutes on two cores, processor seconds": 2 * WITHIN_SECONDS},
        "detail": {
            "series": series, "cpu_seconds": round(cpu, 1), "wall_seconds": round(wall, 1),
            "weeks": WEEKS, "units_ordered": ordered,
            "data": "generated from seeds: bursty, drifting, fading",
        },
    }))  # fmt: skip


def _drawn(series: int, seed: int) -> Floats:
    """Two years of weeks of so many series."""
    return stand_in("product", stores=100, kinds=-(-series // 100), weeks=WEEKS, seed=seed).units[:series]


if __name__ == "__main__":
    main()
