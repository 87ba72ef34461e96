"""python competition.py: `decide` in worlds of every kind, against policies tuned in hindsight.

Ours is told of sales alone and chooses by the history at each period; a moving average of 4 and of 12 periods
with a safety factor, and (s, S) by periods of cover, get the setting that was cheapest in the very periods
they are judged by. Real series of complete_journey are among the worlds where that is there.
"""

import argparse
import json
import time

import numpy as np

from restocking import grid

BEST = ("moving average", "moving average 12", "(s, S)")


def main() -> None:
    """Play every world; the last line is the figure as JSON."""
    asked = argparse.ArgumentParser(prog="competition")
    asked.add_argument("--leads", type=int, nargs="+", default=[1, 4])
    asked.add_argument("--ratios", type=float, nargs="+", default=list(grid.RATIOS))
    given = asked.parse_args()
    begun, rows, told = time.process_time(), [], []
    for kind, demand, history in grid.demands():
        for lead in given.leads:
            for ratio in given.ratios:
                world = grid.World(demand=demand, history=history, lead=lead, shortage=ratio)
                costs = grid.contest(world, {"ours": grid.ours})
                beaten = {name: round(costs["ours"] / costs[name] - 1.0, 3) for name in BEST}
                beaten["best of all"] = max(beaten.values())
                rows.append(beaten)
                told.append({"kind": kind, "lead": lead, "ratio": ratio, **beaten})
                said = " | ".join(f"{100 * each:+.1f} %" for each in beaten.values())
                print(f"| {kind} | {lead} | {ratio:.0f} | {said} |", flush=True)
    best = np.array([row["best of all"] for row in rows])
    print(json.dumps({
        "name": "competition", "value": round(float(best.mean()), 4),
        "unit": "cost beyond the best of three policies tuned in hindsight, mean over worlds",
        "anchors": {name: round(float(np.mean([row[name] for row in rows])), 4) for name in BEST},
        "detail": {
            "worlds": len(rows), "worlds_where_ours_is_cheapest": int((best < 0).sum()),
            "worst": round(float(best.max()), 3), "cells": told,
            "cpu_seconds": round(time.process_time() - begun, 1),
        },
    }))  # fmt: skip


if __name__ == "__main__":
    main()
