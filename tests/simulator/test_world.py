"""A world plays by the product's own choices, keeps its books, and its luck is the same for all variants."""

from dataclasses import replace

import numpy as np
import pytest

from anyshelf.simulator.model import Outage, Peak, Setting
from anyshelf.simulator.world import Stage, World, invented, invented_stage, opening, play
from anyshelf.simulator.world.demand import stream
from anyshelf.simulator.world.tally import counted, figures_of
from anyshelf.sourcing.model import POLICIES, Ask
from anyshelf.sourcing.rules import choose_in_field

SMALL = Setting(
    stores=120, items=60, days=10, orders_per_day=300, return_share_online=0.0, return_share_walk_in=0.0
)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return invented_stage(SMALL)


def world_of(stage: Stage, setting: Setting = SMALL, replication: int = 0) -> World:
    level = opening(stage, setting, stream(setting.seed, replication, "opening", 0))
    return World(stage, setting, level, replication)


def played(stage: Stage, setting: Setting = SMALL, replication: int = 0) -> World:
    world = world_of(stage, setting, replication)
    play(world, invented(stage, setting, replication))
    return world


@pytest.mark.parametrize("policy", ["cheapest", "nearest", "fewest_parcels", "protect_the_store"])
@pytest.mark.parametrize("scarce", [0.05, 0.4])
def test_it_chooses_what_the_product_chooses_over_all_nodes(stage: Stage, policy: str, scarce: float) -> None:
    rng = np.random.default_rng(5)
    shape = (len(stage.goods.codes), len(stage.atlas.nodes))
    level = rng.integers(1, 5, shape) * (rng.random(shape) < scarce)
    world = World(stage, replace(SMALL, policy=policy), level)
    who = stage.who(frozenset({"dc", "store"}))
    leanings = world.chooser.everybody(0).leanings
    for _ in range(150):
        place = int(rng.integers(len(stage.places)))
        items = np.sort(rng.choice(shape[0], int(rng.integers(1, 5)), replace=False))
        units = rng.integers(1, 5, len(items))
        asks = [
            Ask(line=row, item=stage.goods.codes[item], quantity=int(units[row]),
                weight_g=int(stage.goods.weight_g[item]))
            for row, item in enumerate(items.tolist())
        ]  # fmt: skip
        plan = choose_in_field(
            asks, stage.field(place, who), level[items].T, POLICIES[policy], leanings=leanings
        )
        found = world.chooser.choose(place, items, units)
        live = [
            (stage.atlas.index[parcel.node], line.line, line.quantity)
            for parcel in plan.shipments for line in parcel.lines
        ]  # fmt: skip

        assert sorted(found or []) == sorted(live)
    assert world.chooser.widened < 150


def test_every_unit_is_somewhere(stage: Stage) -> None:
    setting = replace(SMALL, replenished=False, find_store=1.0, find_dc=1.0)
    world = played(stage, setting)

    assert world.book.sum() == world.level.sum() - world.tally.sold_units
    assert (world.book >= 0).all()
    assert (world.real == world.book).all()


def test_what_is_not_sold_is_lost(stage: Stage) -> None:
    world = played(stage, replace(SMALL, store_cover_days=2.0, substitute_share=0.0))
    demand, price = invented(stage, SMALL, 0), stage.goods.price_minor
    days = [demand(number) for number in range(SMALL.days)]
    wanted = sum(int((price[day.item] * day.units).sum()) for day in days)

    assert world.tally.lost > 0
    assert world.tally.revenue + world.tally.lost == wanted


def test_the_same_seed_plays_the_same_world_and_another_replication_another(stage: Stage) -> None:
    assert counted(played(stage).tally) == counted(played(stage).tally)
    assert counted(played(stage).tally) != counted(played(stage, replication=1).tally)


def test_variants_meet_the_same_shoppers_with_the_same_luck(stage: Stage) -> None:
    one, other = invented(stage, SMALL, 3)(5), invented(stage, replace(SMALL, policy="nearest"), 3)(5)

    assert (one.item == other.item).all()
    assert (one.luck == other.luck).all()
    assert (one.line_luck == other.line_luck).all()


def test_pooled_stock_loses_fewer_sales_than_silos(stage: Stage) -> None:
    tight = replace(SMALL, store_cover_days=8.0, dc_cover_days=8.0, replenished=False, switch_share=1.0)
    silos = played(stage, replace(tight, online_from=("dc",), endless_aisle=False))
    pooled = played(stage, tight)

    assert silos.level.sum() == pooled.level.sum()
    assert pooled.tally.lost < silos.tally.lost


def test_who_is_cut_off_sends_nothing(stage: Stage) -> None:
    centres = [node.node for node in stage.atlas.nodes if node.kind == "dc"]
    shut = tuple(Outage(node=node, day=2, days=3) for node in centres)
    world = world_of(stage, replace(SMALL, online_from=("dc",), endless_aisle=False, outages=shut))
    demand, sent = invented(stage, SMALL, 0), []
    for number in range(6):
        before = world.tally.sent
        world.live(number, demand(number))
        sent.append(world.tally.sent - before)

    assert sent[2:5] == [0, 0, 0]
    assert min(sent[0], sent[1], sent[5]) > 0


def test_a_peak_brings_more_orders(stage: Stage) -> None:
    peak = replace(SMALL, peaks=(Peak(day=3, times=4.0),))

    assert len(invented(stage, peak, 0)(3).kind) > 2.5 * len(invented(stage, SMALL, 0)(3).kind)


def test_phantom_stock_is_found_out_by_picks_that_miss(stage: Stage) -> None:
    exact = replace(SMALL, find_store=1.0, find_dc=1.0, replenished=False)
    honest, haunted = played(stage, exact), played(stage, replace(exact, phantom_share=0.5))

    assert honest.tally.missed == 0
    assert haunted.tally.missed > 0
    assert haunted.real.sum() < haunted.level.sum() - haunted.tally.sold_units


def test_what_a_picker_did_not_find_is_in_the_books_again_once_the_shelf_is_counted(stage: Stage) -> None:
    world = played(stage, replace(SMALL, find_store=0.5, replenished=False, days=8))
    nobody = replace(SMALL, orders_per_day=0)
    for number in range(8, 12):
        world.live(number, invented(stage, nobody, 0)(number))

    assert world.tally.missed > 0
    assert (world.book == world.real).all()
    assert world.real.sum() == world.level.sum() - world.tally.sold_units


def test_what_stores_keep_back_is_not_sent(stage: Stage) -> None:
    online = replace(SMALL, walk_in_share=0.0, pickup_share=0.0, online_from=("store",), replenished=False)
    level = opening(stage, SMALL, stream(1, 0, "opening", 0))
    world = World(stage, replace(online, holdback_units=2, find_store=1.0), level)
    play(world, invented(stage, online, 0))
    stores = stage.is_store

    assert world.tally.sent > 0
    assert (world.book[:, stores] >= np.minimum(level[:, stores], 2)).all()


def test_weighing_finds_misses_fewer_picks(stage: Stage) -> None:
    doubtful = replace(SMALL, find_store=0.6, walk_in_share=0.3)

    assert (
        figures_of(played(stage, replace(doubtful, weigh_finds=True)).tally)["missed_picks"]
        < figures_of(played(stage, doubtful).tally)["missed_picks"]
    )


def test_returned_goods_are_sold_again_and_money_goes_back(stage: Stage) -> None:
    kept, returned = (
        played(stage),
        played(stage, replace(SMALL, return_share_online=0.5, return_share_walk_in=0.5)),
    )

    assert returned.tally.returned_units > 0
    assert returned.tally.revenue < kept.tally.revenue
    assert returned.tally.returns_cost > 0
