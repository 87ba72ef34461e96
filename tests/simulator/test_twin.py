"""The same seed in the world's memory and through the live services on PostgreSQL: the same decisions."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from anyshelf.ground.db import Database
from anyshelf.simulator.model import Setting
from anyshelf.simulator.service.twin import Decision, decided_live, stand_up
from anyshelf.simulator.world import World, invented, invented_stage, opening
from anyshelf.simulator.world.demand import stream

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
SETTING = Setting(
    stores=60, items=40, days=1, orders_per_day=400, walk_in_share=0.0, pickup_share=0.0, lines_more=1.0,
    find_store=1.0, find_dc=1.0, patience_days=999.0, replenished=False,
)  # fmt: skip
SCARCE = replace(SETTING, walk_in_share=0.5, store_cover_days=0.5, dc_cover_days=0.3, safety=0.3)


ALL_WAYS = replace(
    SETTING, walk_in_share=0.4, pickup_share=0.4, reserve_share=0.25, switch_share=1.0, substitute_share=0.0,
    no_show_share=0.0, return_share_online=0.0, return_share_walk_in=0.0,
)  # fmt: skip


def decisions(
    database: Database, setting: Setting, level: np.ndarray, live_level: np.ndarray
) -> tuple[World, list[Decision]]:
    """What a world decides on its shelves, and what the live services decide on theirs, order by order."""
    stage = invented_stage(setting)
    day = invented(stage, setting, 0)(0)
    with database.transaction() as tx:
        stand_up(tx, "twin", stage, live_level, NOW)
    world = World(stage, setting, level)
    world.keeps_plans = True
    world.live(0, day)
    return world, decided_live(database, "twin", stage, day, NOW)


def scarce(setting: Setting) -> np.ndarray:
    """So little that orders are split, and some fall short."""
    little = replace(SCARCE, seed=setting.seed)
    return opening(invented_stage(setting), little, stream(setting.seed, 0, "opening", 0))


@pytest.mark.parametrize("seed", [7, 8])
def test_the_live_services_decide_as_the_world_does_order_by_order(database: Database, seed: int) -> None:
    setting = replace(SETTING, seed=seed)
    world, live = decisions(database, setting, scarce(setting), scarce(setting))

    assert world.tally.kept_plans == live
    assert len(live) > 300
    assert sum(len({node for node, _, _ in each}) > 1 for each in live) > 20, "some are split"
    assert world.tally.lost > 0, "some fell short"


@pytest.mark.parametrize("seed", [7, 8])
def test_tills_pickups_goods_sent_to_stores_and_reservations_are_decided_alike(
    database: Database, seed: int
) -> None:
    setting = replace(ALL_WAYS, seed=seed)
    level = scarce(setting) * 2
    world, live = decisions(database, setting, level, level)

    assert world.tally.kept_plans == live
    tally = world.tally
    assert min(tally.sent_to_store, tally.reserved, tally.switched, tally.fetched) > 10, "something of each"


def test_one_unit_less_on_one_shelf_is_noticed(database: Database) -> None:
    level = scarce(ALL_WAYS) * 2
    other = level.copy()
    item, node = np.unravel_index(int(level.argmax()), level.shape)
    other[item, node] = 0
    world, live = decisions(database, ALL_WAYS, level, other)

    assert world.tally.kept_plans != live
