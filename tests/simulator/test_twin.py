"""The same seed in the world's memory and through the live services on PostgreSQL: the same decisions."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anyshelf.ground.db import Database
from anyshelf.simulator.model import Setting
from anyshelf.simulator.service.twin import decided_live, stand_up
from anyshelf.simulator.world import World, invented, invented_stage, opening
from anyshelf.simulator.world.demand import stream

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
SETTING = Setting(
    stores=60, items=40, days=1, orders_per_day=400, walk_in_share=0.0, pickup_share=0.0, lines_more=1.0,
    find_store=1.0, find_dc=1.0, patience_days=999.0, replenished=False,
)  # fmt: skip
SCARCE = replace(SETTING, walk_in_share=0.5, store_cover_days=0.5, dc_cover_days=0.3, safety=0.3)


@pytest.mark.parametrize("seed", [7, 8])
def test_the_live_services_decide_as_the_world_does_order_by_order(database: Database, seed: int) -> None:
    setting = replace(SETTING, seed=seed)
    stage = invented_stage(setting)
    level = opening(stage, replace(SCARCE, seed=seed), stream(seed, 0, "opening", 0))
    day = invented(stage, setting, 0)(0)
    with database.transaction() as tx:
        stand_up(tx, "twin", stage, level, NOW)

    world = World(stage, setting, level)
    world.keeps_plans = True
    world.live(0, day)
    live = decided_live(database, "twin", stage, day, NOW)

    assert world.tally.kept_plans == live
    assert len(live) > 300
    assert sum(len({node for node, _, _ in each}) > 1 for each in live) > 20, "some are split"
    assert world.tally.lost > 0, "some fell short"
