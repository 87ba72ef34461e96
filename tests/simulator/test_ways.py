"""Every way to buy, and what stands in its way: counters, closed days, full nodes, late dates, vendors."""

from dataclasses import replace

import numpy as np
import pytest

from anyshelf.simulator.model import Opened, Outage, Peak, Setting, Staffing
from anyshelf.simulator.world import Stage, World, invented, invented_stage, opening, play, stage_for
from anyshelf.simulator.world.dating import Dates
from anyshelf.simulator.world.demand import stream
from anyshelf.simulator.world.stage import slowest
from anyshelf.simulator.world.supply import Supply
from anyshelf.simulator.world.tally import Tally, figures_of

SMALL = Setting(
    stores=40, items=30, days=8, orders_per_day=200, walk_in_share=0.3, find_store=1.0, find_dc=1.0,
    return_share_online=0.0, return_share_walk_in=0.0, late_share=0.0,
)  # fmt: skip


def played(setting: Setting = SMALL, *, stage: Stage | None = None, level: np.ndarray | None = None) -> World:
    at = stage or invented_stage(setting)
    filled = opening(at, setting, stream(setting.seed, 0, "opening", 0)) if level is None else level
    world = World(at, setting, filled)
    play(world, invented(at, setting, 0))
    return world


def tally(**otherwise: object) -> Tally:
    return played(replace(SMALL, **otherwise)).tally  # type: ignore[arg-type]


# Fetched and kept


def test_what_a_store_has_not_is_sent_to_it_and_fetched_there() -> None:
    fetched = {"pickup_share": 1.0, "store_cover_days": 1.0, "patience_days": 99.0, "days": 12}
    without, sent = tally(**fetched, ship_to_store=False, switch_share=0.0), tally(**fetched)

    assert without.sent_to_store == 0
    assert sent.sent_to_store > 0
    assert sent.lost < without.lost
    assert sent.fetched > without.fetched
    assert figures_of(sent)["fetched_rate"] > figures_of(without)["fetched_rate"]


def test_goods_that_lie_where_they_are_fetched_pay_no_freight_and_take_no_days() -> None:
    stage = invented_stage(SMALL)
    store = int(np.flatnonzero(stage.is_store)[0])
    field = stage.field(stage.counter(store), stage.who(frozenset({"dc", "store"})))

    assert field.freight_base_minor[store] == field.freight_per_kg_minor[store] == 0
    assert stage.transit(stage.counter(store))[store] == 0
    assert (np.delete(field.freight_base_minor, store) > 0).all()


def test_what_is_kept_and_not_fetched_is_back_on_the_shelf_and_was_never_a_lost_sale() -> None:
    keeps = {
        "reserve_share": 1.0,
        "pickup_share": 0.0,
        "walk_in_share": 0.0,
        "store_cover_days": 60.0,
        "switch_share": 0.0,
    }
    nobody = played(replace(SMALL, **keeps, no_show_share=1.0, replenished=False))  # type: ignore[arg-type]
    for number in range(SMALL.days, SMALL.days + 3):
        nobody.live(number, invented(nobody.stage, replace(SMALL, orders_per_day=0), 0)(number))

    assert nobody.tally.reserved == nobody.tally.not_fetched > 0
    assert nobody.tally.sold_units == nobody.tally.revenue == 0
    assert (nobody.book == nobody.level).all()
    assert tally(**keeps, no_show_share=0.0).not_fetched == 0


@pytest.mark.parametrize("way", ["reserve", "pickup"])
def test_a_store_that_is_cut_off_hands_nothing_over_but_sells_at_its_tills(way: str) -> None:
    everybody = tuple(
        Outage(node=node.node, day=0, days=99)
        for node in invented_stage(SMALL).atlas.nodes if node.kind == "store"
    )  # fmt: skip
    shares = {
        "pickup_share": 0.0,
        f"{way}_share": 1.0,
        "ship_to_store": False,
        "switch_share": 0.0,
        "patience_days": 99.0,
    }
    cut_off = tally(**shares, outages=everybody)

    assert cut_off.fetched == 0
    assert cut_off.sold_units > 0


# Dates


def dates(**otherwise: object) -> Dates:
    setting = replace(SMALL, **otherwise)  # type: ignore[arg-type]
    found = Dates(invented_stage(setting), setting)
    found.dawn(0)
    return found


MORNING, EVENING = 9 * 60, 20 * 60


def test_who_orders_after_the_cutoff_waits_for_the_next_day_and_nobody_sends_on_a_closed_one() -> None:
    stage = invented_stage(SMALL)
    store, centre = int(np.flatnonzero(stage.is_store)[0]), int(np.flatnonzero(~stage.is_store)[0])
    plain = dates(store_cutoff=10, dc_cutoff=22)
    resting = dates(store_closed=("Tu", "We"))

    assert [plain.leaves(store, 0, minute) for minute in (MORNING, EVENING)] == [0, 1]
    assert [plain.leaves(centre, 0, minute) for minute in (MORNING, EVENING)] == [0, 0]
    assert [resting.leaves(store, day, EVENING) for day in (0, 1, 2, 3)] == [3, 2, 1, 1]
    assert resting.leaves(centre, 0, EVENING) == 1


def test_a_node_that_has_more_to_pick_than_it_can_leaves_it_for_the_days_after() -> None:
    full = dates(dc_capacity=10, staffing=(Staffing(kind="dc", day=1, times=3.0),))
    centre = int(np.flatnonzero(~invented_stage(SMALL).is_store)[0])
    for _ in range(45):
        full.takes(centre, 1)

    assert full.leaves(centre, 0, MORNING) == 4
    full.dawn(1)
    assert full.leaves(centre, 1, MORNING) == 35 // 30
    full.dawn(2)
    assert full.leaves(centre, 2, MORNING) == 0


def test_a_peak_is_later_at_the_door_and_more_people_bring_it_back() -> None:
    peak = {"peaks": (Peak(day=2, days=3, times=4.0),), "dc_capacity": 30, "store_capacity": 3,
            "patience_days": 99.0}  # fmt: skip
    more = tuple(Staffing(kind=kind, day=2, days=3, times=4.0) for kind in ("dc", "store"))
    rushed, helped = tally(**peak), tally(**peak, staffing=more)

    assert figures_of(rushed)["days_to_door"] > figures_of(helped)["days_to_door"] + 0.2


def test_the_products_own_dating_keeps_more_promises_than_the_carriers_days_alone() -> None:
    late = {"late_share": 0.3, "patience_days": 99.0}
    by_days, told = tally(**late, slack_days=0), tally(**late, promise="dates")

    assert figures_of(told)["promise_kept"] > figures_of(by_days)["promise_kept"]
    assert sum(told.by_days) == told.sent


def test_who_is_promised_too_late_a_day_fetches_it_or_leaves() -> None:
    hurried = {"patience_days": 1.0, "pickup_share": 0.0}
    leaves, fetches = tally(**hurried, switch_share=0.0), tally(**hurried, switch_share=1.0)

    assert leaves.left > fetches.left
    assert leaves.fetched == 0 < fetches.fetched


# Supply


def test_what_a_vendor_is_short_of_comes_with_the_next_order() -> None:
    empty = {"store_cover_days": 3.0, "dc_cover_days": 3.0, "days": 14}

    assert tally(**empty, vendor_short_share=1.0).lost > tally(**empty).lost
    assert tally(**empty, vendor_late_share=1.0).lost > tally(**empty, vendor_late_share=0.0).lost


def test_planning_orders_as_it_decides_live() -> None:
    setting = replace(SMALL, restock="planning", days=22)
    planned = played(setting)
    levels = played(replace(setting, restock="levels"))

    assert planned.tally.lost != levels.tally.lost
    assert figures_of(planned.tally)["fill_rate"] > 0.9
    assert (planned.book >= 0).all()


def test_an_order_that_is_on_its_way_is_not_given_twice() -> None:
    stage = invented_stage(SMALL)
    level = opening(stage, SMALL, stream(1, 0, "opening", 0))
    world = World(stage, replace(SMALL, vendor_late_share=0.0), level)
    supply: Supply = world.supply
    world.shelves.put(*(np.array([each]) for each in (0, 0, -int(level[0, 0]))))
    for day in (0, 7):
        supply.order(day)
    for day in range(13):
        supply.arrive(day)

    assert (world.book == level).all()


def test_a_vendor_that_has_less_than_its_feed_shows_is_found_out() -> None:
    sends = {"vendors": 5, "online_from": ("vendor",), "walk_in_share": 0.0, "ship_to_store": False}

    assert tally(**sends, find_vendor=0.5).missed > 0 == tally(**sends, find_vendor=1.0).missed


# What stock is worth, where it lies, what comes back


def test_prices_of_stock_are_the_products_own_and_lead_to_other_choices() -> None:
    scarce = {"store_cover_days": 4.0, "dc_cover_days": 4.0, "replenished": False}
    by_cost = played(replace(SMALL, **scarce))  # type: ignore[arg-type]
    by_worth = played(replace(SMALL, **scarce, policy="leave_room"))  # type: ignore[arg-type]

    assert by_worth.tally.sent_from != by_cost.tally.sent_from
    assert by_worth.worth is not None
    assert (by_worth.worth.minor >= 0).all()
    assert by_worth.worth.minor.max() > 0


def test_slow_goods_held_in_centres_only_are_as_many_as_before_and_lie_in_no_store() -> None:
    setting = replace(SMALL, safety=0.0, store_cover_days=60.0, dc_cover_days=60.0)
    stage = invented_stage(setting)
    spread, central = (
        opening(stage, replace(setting, central_share=share), stream(1, 0, "opening", 0))
        for share in (0.0, 0.5)
    )
    slow = slowest(stage, 0.5)

    assert len(slow) == 15
    assert central[np.ix_(slow, stage.is_store)].sum() == 0
    assert central.sum() == pytest.approx(spread.sum(), rel=0.02)
    others = np.setdiff1d(np.arange(30), slow)
    assert (central[others] == spread[others]).all()


@pytest.mark.parametrize(
    ("to", "lies_at"),
    [("anywhere", "store"), ("sender", "dc"), ("dc", "dc"), ("usual", "dc")],
)
def test_returns_go_where_they_are_taken(to: str, lies_at: str) -> None:
    setting = replace(
        SMALL, days=1, online_from=("dc",), walk_in_share=0.0, pickup_share=0.0, return_share_online=1.0,
        returns_to=to,
    )  # fmt: skip
    world = played(setting)
    kinds = {str(world.stage.atlas.kinds[node]) for due in world.back.values() for node, _, _ in due}

    assert kinds == {lies_at}
    assert (world.tally.returns_cost > 60 * world.tally.returned_units) == (lies_at == "dc")


def test_what_comes_back_unfit_is_written_off_and_not_sold_again() -> None:
    back = {"return_share_online": 0.6, "return_share_walk_in": 0.6}
    fit, unfit = tally(**back), tally(**back, resale_share=0.0)

    assert fit.written_off == 0 < unfit.written_off
    assert fit.returned_units > 0


def test_nodes_are_closed_and_opened() -> None:
    first = invented_stage(SMALL).atlas.nodes[0].node
    setting = replace(SMALL, closed=(first,), opened=(Opened(node="DC-NEW", lat=39.1, lon=-94.6),))
    stage = stage_for(None, setting)

    assert first not in stage.atlas.index
    assert "DC-NEW" in stage.atlas.index
    assert stage.atlas.nodes[stage.atlas.index["DC-NEW"]].kind == "dc"
    world = played(setting, stage=stage)
    assert world.tally.sent_from.get(stage.atlas.index["DC-NEW"], 0) > 0


@pytest.mark.parametrize(
    "otherwise",
    [
        {"reserve_share": 0.5}, {"pickup_share": 0.5}, {"promise": "dates"}, {"restock": "planning"},
        {"policy": "leave_room"}, {"dc_capacity": 20, "store_capacity": 2}, {"store_closed": ("Su",)},
        {"vendors": 2, "online_from": ("dc", "store", "vendor")}, {"resale_share": 0.5},
    ],
    ids=str,
)  # fmt: skip
def test_whatever_is_told_the_same_seed_plays_the_same_and_loses_no_unit(
    otherwise: dict[str, object],
) -> None:
    setting = replace(
        SMALL, replenished="restock" in otherwise, find_vendor=1.0, substitute_share=0.0, no_show_share=0.0,
        **otherwise,  # type: ignore[arg-type]
    )  # fmt: skip
    first, second = played(setting), played(setting)
    price, demand = first.stage.goods.price_minor, invented(first.stage, setting, 0)
    days = [demand(number) for number in range(setting.days)]

    assert figures_of(first.tally) == figures_of(second.tally)
    assert first.tally.revenue + first.tally.lost == sum(
        int((price[day.item] * day.units).sum()) for day in days
    )
    if not setting.replenished:
        assert first.book.sum() == first.level.sum() - first.tally.sold_units
        assert (first.book >= 0).all()
