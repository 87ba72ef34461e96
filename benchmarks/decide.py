"""How many one-order sourcing decisions a second on one core, over 3,000 nodes.

Run: `python benchmarks/decide.py`. Everything is generated from a seed: nodes over the United States with
zoned parcel tariffs, each item in stock at a random 30 % of the nodes, orders of so many distinct items.
One decision goes from order lines to a plan in money. The anchor is the same choice written as plain loops,
on fewer decisions, whose costs must agree. The last line is the figure as JSON.
"""

import itertools
import json
import math
import time
from collections.abc import Callable, Iterator

import numpy as np

from anyshelf.sourcing.model import CHEAPEST, Ask, Candidate, Field, Freight, IntArray, Plan
from anyshelf.sourcing.rules import choose, choose_in_field

SEED = 20_240_601
NODES = 3_000
ITEMS = 400
DESTINATIONS = 20
IN_STOCK = 0.3
LINES = 3
SECONDS = 2.0
TARGET = 5_000

Decision = tuple[list[Ask], Field, IntArray]


def fields(rng: np.random.Generator, destinations: int = DESTINATIONS) -> list[Field]:
    """The same nodes as seen from several destinations: zones by distance, the tariff by zone."""
    where = rng.uniform((-4_000, -2_300), (0, 0), (NODES, 2))
    per_order, per_unit = rng.integers(60, 180, NODES), rng.integers(15, 60, NODES)
    seen = []
    for destination in rng.uniform((-4_000, -2_300), (0, 0), (destinations, 2)):
        distance = np.hypot(*(where - destination).T)
        zone = np.searchsorted([80, 240, 480, 960, 1_600, 2_250, 2_900], distance)
        seen.append(
            Field(
                nodes=tuple(f"node-{number:04d}" for number in range(NODES)),
                distance_km=distance,
                freight_base_minor=700.0 + 45.0 * zone,
                freight_per_kg_minor=40.0 + 28.0 * zone,
                handling_minor_per_order=per_order.astype(np.float64),
                handling_minor_per_unit=per_unit.astype(np.float64),
                barred=np.zeros(NODES, dtype=np.int64),
            )
        )
    return seen


def decisions(lines: int, count: int) -> list[Decision]:
    """Orders of so many lines, each with its field and the stock of its items."""
    rng = np.random.default_rng(SEED)
    seen = fields(rng)
    stock = rng.integers(1, 10, (ITEMS, NODES), dtype=np.int32) * (rng.random((ITEMS, NODES)) < IN_STOCK)
    weight_g = rng.integers(100, 4_000, ITEMS)
    drawn: list[Decision] = []
    for number in range(count):
        items = rng.choice(ITEMS, lines, replace=False)
        asks = [
            Ask(
                line=line,
                item=f"item-{item:04d}",
                quantity=int(rng.integers(1, 4)),
                weight_g=int(weight_g[item]),
            )
            for line, item in enumerate(items, start=1)
        ]
        drawn.append((asks, seen[number % DESTINATIONS], stock[items].T))
    return drawn


def a_second(work: Callable[[Decision], object], drawn: list[Decision], seconds: float = SECONDS) -> float:
    """How often the work is done in a second, after one round to warm up."""
    work(drawn[0])
    turns: Iterator[Decision] = itertools.cycle(drawn)
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        work(next(turns))
        done += 1
    return done / spent


def decide(decision: Decision) -> Plan:
    """One decision as the service makes it."""
    asks, field, stock = decision
    return choose_in_field(asks, field, stock, CHEAPEST)


def in_plain_loops(decision: Decision) -> float:
    """The least cost of an order, by loops over nodes and over ways to split: the anchor."""
    asks, field, stock = decision
    best = [math.inf] * (1 << len(asks))
    for node, row in enumerate(stock.tolist()):
        once = (
            field.freight_base_minor[node]
            + field.handling_minor_per_order[node]
            + CHEAPEST.split_penalty_minor
        )
        sums = [once]
        for ask, units in zip(asks, row, strict=True):
            each = (
                field.freight_per_kg_minor[node] * ask.weight_g / 1_000 + field.handling_minor_per_unit[node]
            )
            line = each * ask.quantity if units >= ask.quantity else math.inf
            sums += [total + line for total in sums]
        best = [min(pair) for pair in zip(best, sums, strict=True)]
    least = [0.0] + [math.inf] * (len(best) - 1)
    for mask, part in itertools.product(range(1, len(best)), range(1, len(best))):
        if part & mask == part:
            least[mask] = min(least[mask], best[part] + least[mask ^ part])
    return float(least[-1]) - CHEAPEST.split_penalty_minor


def check(drawn: list[Decision]) -> None:
    """The anchor and the decision must find the same cost, up to the rounding of each parcel."""
    for decision in drawn:
        plan = decide(decision)
        if abs(plan.cost_minor - in_plain_loops(decision)) > len(plan.shipments):
            raise SystemExit(f"the plain loops disagree with {plan}")


def explained(decision: Decision) -> float:
    """Milliseconds for one decision from candidates, with its full explanation."""
    asks, field, stock = decision
    candidates = [
        Candidate(
            node=node,
            kind="store",
            zone=None,
            distance_km=float(field.distance_km[place]),
            freight=Freight(
                base_minor=int(field.freight_base_minor[place]),
                per_kg_minor=float(field.freight_per_kg_minor[place]),
            ),
            handling_minor_per_order=int(field.handling_minor_per_order[place]),
            handling_minor_per_unit=int(field.handling_minor_per_unit[place]),
            stock={ask.item: int(units) for ask, units in zip(asks, stock[place], strict=True)},
        )
        for place, node in enumerate(field.nodes)
    ]
    start = time.perf_counter()
    choose(asks, candidates, CHEAPEST)
    return (time.perf_counter() - start) * 1_000


def main() -> None:
    """Measure, compare and print."""
    drawn = decisions(LINES, 500)
    check(drawn[:5])
    value = a_second(decide, drawn)
    loops = a_second(in_plain_loops, drawn[:5], seconds=0.5)
    detail = {f"lines_{lines}": round(a_second(decide, decisions(lines, 100)), 1) for lines in (1, 5, 12)}
    wide = decisions(300, 3)
    figure = {
        "name": "decide",
        "value": round(value, 1),
        "unit": "decisions/s",
        "anchors": {"plain_loops": round(loops, 1), "target": TARGET},
        "detail": {
            **detail,
            "lines_300": round(a_second(decide, wide), 1),
            "explained_ms": round(explained(drawn[0]), 2),
            "nodes": NODES,
            "lines": LINES,
            "in_stock": IN_STOCK,
            "data": f"generated, seed {SEED}",
        },
    }
    print(f"{value:,.0f} decisions/s over {NODES:,} nodes; plain loops {loops:,.1f}")
    print(json.dumps(figure))


if __name__ == "__main__":
    main()
