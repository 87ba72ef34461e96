"""How fast and how well all open orders are planned together: 20,000 orders over 3,000 nodes.

Run: `make bench-joint`. Everything is generated from a seed, in the geography of `bench-decide`: zoned parcel
tariffs, items in stock at some of the nodes, a few units each, more wanted where more people are. Today's
plan is what the product decides for one order after the other as they come. The last line is the figure as
JSON.
"""

import argparse
import json
import time
from dataclasses import dataclass

import numpy as np

from anyshelf.sourcing.model import CHEAPEST, Ask, Field, FloatArray, IntArray
from anyshelf.sourcing.rules import OpenOrder, Outcome, Together, choose_in_field, together
from decide import fields

SEED = 20_261_127
ORDERS, NODES, ITEMS, PLACES = 20_000, 3_000, 2_000, 200
LINES = (0.5, 0.25, 0.15, 0.1)
TWO = 0.15
IN_STOCK = 0.02
UNITS_MAX = 4
SECONDS = 30.0
TARGET_SECONDS, TARGET_GAP = 60.0, 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Town:
    """Where orders come from, and what lies where, [items, nodes]."""

    fields: list[Field]
    stock: IntArray
    weight_g: IntArray


def town(rng: np.random.Generator) -> Town:
    """The network and its stock."""
    held = rng.random((ITEMS, NODES)) < IN_STOCK
    stock = rng.integers(1, UNITS_MAX + 1, (ITEMS, NODES)) * held
    return Town(fields=fields(rng, PLACES), stock=stock, weight_g=rng.integers(100, 4_000, ITEMS))


def came(rng: np.random.Generator, orders: int) -> list[tuple[int, IntArray, IntArray]]:
    """Orders as they come: where from, what, how many; some items and some places are asked for more."""
    popular, people = rng.lognormal(0, 1, ITEMS), rng.lognormal(0, 1, PLACES)
    told = []
    for place in rng.choice(PLACES, orders, p=people / people.sum()).tolist():
        lines = 1 + int(rng.choice(len(LINES), p=LINES))
        items = np.unique(rng.choice(ITEMS, lines, p=popular / popular.sum()))
        told.append((place, items, 1 + (rng.random(len(items)) < TWO)))
    return told


def one_by_one(where: Town, told: list[tuple[int, IntArray, IntArray]]) -> list[OpenOrder]:
    """Today's plan: the product's decision for one order after the other; who gets nothing is left out."""
    left, planned = where.stock.copy(), []
    index = {node: place for place, node in enumerate(where.fields[0].nodes)}
    for place, items, units in told:
        asks = [
            Ask(line=item, item=str(item), quantity=many, weight_g=int(where.weight_g[item]))
            for item, many in zip(items.tolist(), units.tolist(), strict=True)
        ]
        plan = choose_in_field(asks, where.fields[place], left[items].T, CHEAPEST)
        today = tuple(
            (line.line, index[shipment.node], line.quantity)
            for shipment in plan.shipments
            for line in shipment.lines
        )
        for item, node, many in today:
            left[item, node] -= many
        if today:
            planned.append(OpenOrder(field=place, items=items, quantities=units, today=today))
    return planned


def together_again(where: Town, orders: list[OpenOrder], room: FloatArray) -> Outcome:
    """The same orders planned together, on all the stock there was."""
    problem = Together(
        fields=where.fields, orders=orders, weight_g=where.weight_g, stock=where.stock, room=room
    )
    return together(problem, CHEAPEST, seconds=SECONDS)


def check(where: Town, orders: list[OpenOrder], found: Outcome) -> None:
    """No unit is given twice, and every order gets what it wants."""
    taken = np.zeros(where.stock.shape, dtype=np.int64)
    for order, way in zip(orders, found.ways, strict=True):
        got = dict.fromkeys(order.items.tolist(), 0)
        for item, node, units in way or order.today:
            taken[item, node] += units
            got[item] += units
        if list(got.values()) != order.quantities.tolist():
            raise SystemExit(f"an order gets {got}, not {order.quantities}")
    if (taken > where.stock).any():
        raise SystemExit("stock is given twice")


def main() -> None:
    """Measure, check and print."""
    asked = argparse.ArgumentParser(prog="bench-joint")
    asked.add_argument("--orders", type=int, default=ORDERS)
    wanted = asked.parse_args().orders
    rng = np.random.default_rng(SEED)
    where = town(rng)
    orders = one_by_one(where, came(rng, wanted))
    wall, cpu = time.perf_counter(), time.process_time()
    found = together_again(where, orders, np.full(NODES, np.inf))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    check(where, orders, found)
    moved = sum(way is not None for way in found.ways)
    figure = {
        "name": "joint",
        "value": round(wall, 1),
        "unit": "s",
        "anchors": {"target_seconds": TARGET_SECONDS, "target_gap": TARGET_GAP},
        "detail": {
            "cpu_seconds": round(cpu, 1), "gap_to_lp_bound": round(found.gap, 5), "orders": len(orders),
            "unserved": wanted - len(orders), "nodes": NODES, "items": ITEMS, "rounds": found.rounds,
            "orders_moved": moved, "saving": round(1 - found.minor / found.today_minor, 5),
            "one_by_one_minor_per_order": round(found.today_minor / len(orders), 1),
            "together_minor_per_order": round(found.minor / len(orders), 1),
            "bound_minor_per_order": round(found.bound_minor / len(orders), 1),
            "data": f"generated, seed {SEED}",
        },
    }  # fmt: skip
    print(f"{len(orders):,} orders over {NODES:,} nodes in {wall:.1f} s; gap {found.gap:.3%}")
    print(json.dumps(figure))


if __name__ == "__main__":
    main()
