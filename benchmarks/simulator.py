"""How many orders a second the simulator plays on one core, over 3,000 nodes.

Run: `python benchmarks/simulator.py`. The demo's network, invented from a seed: 2,994 stores and 6
centres, 400 items. Every order is sent home: chosen, promised, picked, missed and chosen again, carried,
perhaps returned. Some choices are made again over all nodes as the live service makes them
(`choose_in_field`); they must agree, and so must the live services on PostgreSQL, order by order, on a
smaller network. The last line is the figure as JSON.
"""

import argparse
import json
import resource
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from anyshelf.ground.db import Database
from anyshelf.simulator.model import Setting
from anyshelf.simulator.service.twin import decided_live, stand_up
from anyshelf.simulator.world import World, invented, invented_stage, opening
from anyshelf.simulator.world.demand import stream
from anyshelf.simulator.world.tally import figures_of
from anyshelf.sourcing.model import CHEAPEST, POLICIES, Ask
from anyshelf.sourcing.rules import choose_in_field
from taking.measuring import database

TARGET = 10_000
CHECKED = 2_000


def main() -> None:
    """Play, check and print."""
    asked = argparse.ArgumentParser(prog="bench-simulator", description=__doc__)
    asked.add_argument("--orders-per-day", type=float, default=20_000)
    asked.add_argument("--days", type=int, default=10)
    asked.add_argument("--twin-orders", type=int, default=300)
    given = asked.parse_args()
    setting = Setting(
        stores=2_994, items=400, days=given.days, orders_per_day=given.orders_per_day, walk_in_share=0.0,
        pickup_share=0.0, store_cover_days=10.0,
    )  # fmt: skip
    stocked = Setting(**{name: getattr(setting, name) for name in ("stores", "items", "orders_per_day")})
    stage = invented_stage(setting)
    world = World(stage, setting, opening(stage, stocked, stream(setting.seed, 0, "opening", 0)))
    demand = invented(stage, setting, 0)
    spent, began = [], time.perf_counter()
    for number in range(setting.days):
        start = time.process_time()
        day = demand(number)
        world.live(number, day)
        spent.append((len(day.kind), time.process_time() - start))
    wall = time.perf_counter() - began
    tally = world.close()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = tally.orders / sum(seconds for _, seconds in spent)
    figures = figures_of(tally)
    print(f"{rate:,.0f} simulated orders/s on one core, {tally.orders:,} orders over 3,000 nodes")
    print(json.dumps({
        "name": "simulator", "value": round(rate, 1), "unit": "simulated orders/s",
        "anchors": {"target": TARGET},
        "detail": {
            "peak_mib": round(peak_mib), "twin_differences": twin_differences(given.twin_orders),
            "twin_orders": given.twin_orders,
            "choice_differences": differences(world), "choices_checked": CHECKED,
            "orders": tally.orders, "decisions": tally.decisions,
            "share_searched_everywhere": round(world.chooser.widened / tally.decisions, 4),
            "orders_per_s_by_day": [round(orders / seconds) for orders, seconds in spent],
            "wall_orders_per_s": round(tally.orders / wall, 1),
            "fill_rate": round(figures["fill_rate"], 4), "split_rate": round(figures["split_rate"], 4),
            "data": f"generated, seed {setting.seed}", "clock": "CPU time",
        },
    }))  # fmt: skip


def twin_differences(orders: int) -> int:
    """How many orders the live services on PostgreSQL decide otherwise than a world in memory.

    At tills, to be fetched, to be kept, to be sent to a store and home.
    """
    setting = Setting(
        stores=60, items=40, days=1, orders_per_day=orders, walk_in_share=0.3, pickup_share=0.3,
        reserve_share=0.2, lines_more=1.0, find_store=1.0, find_dc=1.0, patience_days=999.0,
        replenished=False, switch_share=1.0, substitute_share=0.0, no_show_share=0.0,
        return_share_online=0.0, return_share_walk_in=0.0,
    )  # fmt: skip
    scarce = replace(setting, walk_in_share=0.5, store_cover_days=1.0, dc_cover_days=0.6, safety=0.3)
    stage, now = invented_stage(setting), datetime(2026, 3, 2, 15, tzinfo=UTC)
    level, day = opening(stage, scarce, stream(7, 0, "opening", 0)), invented(stage, setting, 0)(0)
    world = World(stage, setting, level)
    world.keeps_plans = True
    world.live(0, day)
    with database() as url, Database(url) as opened:
        with opened.transaction() as tx:
            stand_up(tx, "twin", stage, level, now)
        live = decided_live(opened, "twin", stage, day, now)
    return sum(one != other for one, other in zip(world.tally.kept_plans, live, strict=True))


def differences(world: World) -> int:
    """How many choices differ from the live one over all nodes, on the shelves as they are left."""
    rng = np.random.default_rng(1)
    stage, goods, differ = world.stage, world.stage.goods, 0
    who = stage.who(frozenset(world.setting.online_from))
    for _ in range(CHECKED):
        place = int(rng.integers(len(stage.places)))
        items = np.sort(rng.choice(len(goods.codes), int(rng.integers(1, 5)), replace=False))
        units = rng.integers(1, 4, len(items))
        asks = [
            Ask(
                line=row, item=goods.codes[item], quantity=int(units[row]), weight_g=int(goods.weight_g[item])
            )
            for row, item in enumerate(items.tolist())
        ]
        plan = choose_in_field(
            asks, stage.field(place, who), world.free[items].T, POLICIES.get(world.setting.policy, CHEAPEST)
        )
        live = sorted(
            (stage.atlas.index[parcel.node], line.line, line.quantity)
            for parcel in plan.shipments for line in parcel.lines
        )  # fmt: skip
        differ += sorted(world.chooser.choose(place, items, units) or []) != live
    return differ


if __name__ == "__main__":
    main()
