"""How late nodes and carriers are thought to be, from what was seen of them."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.network import service as network
from anyshelf.network.model import Channel, Node, Rate, Service
from anyshelf.network.rules.drawing import Survey, draw
from anyshelf.promising.model import LEAVING, READY, TRANSIT, UNSEEN, Habits
from anyshelf.promising.rules import slip_of_leaving, slip_of_ready, slip_of_transit
from anyshelf.promising.rules.habits import (
    BROKEN_HOURS,
    PRIORS,
    blended,
    least_slip,
    node_spread,
    one_after_the_other,
    spread_of,
    sure_of,
    transit_spread,
    way_spread,
    worthwhile_slip,
)

CHICAGO = ZoneInfo("America/Chicago")
slips = st.dictionaries(st.integers(-4, 8), st.floats(0.5, 50), min_size=1, max_size=6)
shares = st.floats(0.01, 0.999)


def test_who_nothing_is_known_of_keeps_95_in_100() -> None:
    spread = way_spread(UNSEEN, "AUSTIN", "store", "ground", 4)
    assert least_slip(spread, 0.95) == 0
    assert sure_of(spread, 0) == pytest.approx(0.95, abs=1e-4)
    assert least_slip(spread, 0.99) > 0


@pytest.mark.parametrize("kind", [LEAVING, TRANSIT, READY])
def test_what_is_thought_beforehand_adds_up(kind: str) -> None:
    assert sum(PRIORS[kind].values()) == pytest.approx(1, abs=1e-3)


@given(slips, shares)
def test_the_least_slip_is_sure_enough_and_one_less_is_not(seen: dict[int, float], wanted: float) -> None:
    spread = spread_of(seen)
    slip = least_slip(spread, wanted)
    assert sure_of(spread, slip) >= wanted - 1e-6
    assert sure_of(spread, slip - 1) < wanted


@given(slips, slips)
def test_two_steps_are_as_late_as_every_pair_of_them(
    first: dict[int, float], second: dict[int, float]
) -> None:
    together = one_after_the_other(spread_of(first), spread_of(second))
    for at_most in range(-8, 17):
        counted = sum(
            a / sum(first.values()) * b / sum(second.values())
            for (slip, a), (other, b) in product(first.items(), second.items())
            if slip + other <= at_most
        )
        assert sure_of(together, at_most) == pytest.approx(counted, abs=1e-9)


@given(slips, slips)
def test_what_is_seen_often_outweighs_the_group(own: dict[int, float], group: dict[int, float]) -> None:
    much = {slip: times * 100_000 for slip, times in own.items()}
    filled = blended(much, group)
    assert sum(filled.values()) == pytest.approx(1)
    assert filled == pytest.approx(
        {slip: much.get(slip, 0) / sum(much.values()) for slip in filled}, abs=1e-2
    )
    assert blended({}, group) == pytest.approx({slip: n / sum(group.values()) for slip, n in group.items()})


def test_a_node_of_which_little_is_known_is_thought_of_as_its_kind() -> None:
    habits = Habits(seen={(LEAVING, "store", 0): {0: 500.0, 1: 500.0}, (LEAVING, "WACO", 0): {0: 3.0}})
    waco, dallas, centre = (
        sure_of(node_spread(habits, LEAVING, node, kind), 0)
        for node, kind in (("WACO", "store"), ("DALLAS", "store"), ("DC1", "dc"))
    )
    assert dallas == pytest.approx(0.5, abs=0.02)
    assert dallas < waco < 0.6, "three in time are no proof"
    assert centre == pytest.approx(0.98)


def test_a_lane_that_is_late_is_told_from_a_service_that_is_not() -> None:
    habits = Habits(
        seen={(TRANSIT, "ground", 0): {0: 1900.0, 2: 100.0}, (TRANSIT, "ground", 8): {0: 300.0, 2: 100.0}}
    )
    assert least_slip(transit_spread(habits, "ground", 3), 0.94) == 0
    assert least_slip(transit_spread(habits, "ground", 8), 0.94) == 2


def test_a_carrier_that_is_early_is_promised_early() -> None:
    habits = Habits(seen={(TRANSIT, "ground", 0): {-1: 2000.0}, (TRANSIT, "ground", 4): {-1: 1000.0}})
    assert least_slip(transit_spread(habits, "ground", 4), 0.95) == -1


# What is seen

ATLAS = draw(
    Survey(
        market="north", version=1, stamp=None,
        nodes=[Node(node="AUSTIN", kind="store", name="", lat=30, lon=-97, timezone="America/Chicago",
                    hours="Mo-Sa 09:00-21:00; Dec 25 off", country="US")],
        services=[Service(service="ground")], lanes=[],
        rates=[Rate(service="ground", zone=4, weight_g_max=1000, amount_minor=500, transit_days=3)],
        zones=[], channels=[Channel(channel="web", currency="USD")], vendors=[],
    )
)  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


DUE = local("2026-03-06 16:00")  # a Friday


@pytest.mark.parametrize(
    ("left", "slip"),
    [
        ("2026-03-06 10:00", 0),
        ("2026-03-06 23:59", 0),  # late in the evening, and still that day
        ("2026-03-07 09:00", 1),
        ("2026-03-08 12:00", 2),  # Sunday, when it is closed: somebody came in
        ("2026-03-09 16:00", 2),  # Monday
        ("2027-03-06 16:00", 60),
    ],
)
def test_goods_leave_so_many_open_days_late(left: str, slip: int) -> None:
    assert slip_of_leaving(ATLAS, "AUSTIN", due_at=DUE, left_at=local(left)) == slip


@pytest.mark.parametrize(
    ("ready", "slip"),
    [
        ("2026-03-06 16:00", 0),
        ("2026-03-06 16:01", 1),
        ("2026-03-06 16:15", 1),
        ("2026-03-06 15:31", -1),
        ("2026-03-06 15:00", -4),
        ("2026-03-07 09:30", 22),  # five hours of Friday and half an hour of Saturday
        ("2026-12-01 09:00", 240),
    ],
)
def test_goods_are_ready_so_many_quarters_of_open_hours_late(ready: str, slip: int) -> None:
    assert slip_of_ready(ATLAS, "AUSTIN", due_at=DUE, ready_at=local(ready)) == slip


@pytest.mark.parametrize(
    ("delivered", "slip"),
    [
        ("2026-03-10 20:00", 0),  # Friday, then Saturday, Monday, Tuesday
        ("2026-03-10 20:01", 1),  # after eight it is the next day's
        ("2026-03-09 12:00", -1),
        ("2026-03-06 18:00", -3),
        ("2026-03-13 12:00", 3),
        ("2026-12-01 12:00", 60),
    ],
)
def test_a_parcel_takes_so_many_working_days_more_or_less(delivered: str, slip: int) -> None:
    found = slip_of_transit(
        ATLAS, node="AUSTIN", service="ground", zone=4, dispatched_at=DUE, delivered_at=local(delivered),
        destination_tz=CHICAGO,
    )  # fmt: skip
    assert found == slip


@given(st.integers(-3, 20), st.integers(0, 6 * 24 * 60))
def test_a_parcel_that_comes_as_promised_is_as_late_as_was_reckoned_with(slip: int, later: int) -> None:
    left = DUE + timedelta(minutes=later)
    comes = network.arrival(
        ATLAS, node="AUSTIN", dispatched_at=left, service="ground", days=3 + slip, destination_tz=CHICAGO
    )
    found = slip_of_transit(
        ATLAS, node="AUSTIN", service="ground", zone=4, dispatched_at=left, delivered_at=comes.latest,
        destination_tz=CHICAGO,
    )  # fmt: skip
    assert found <= slip
    assert (
        network.arrival(
            ATLAS, node="AUSTIN", dispatched_at=left, service="ground", days=3 + found, destination_tz=CHICAGO
        ).latest
        == comes.latest
    )


@given(slips, st.floats(0.5, 0.999), st.sampled_from([0.0, 0.5, 24.0]))
def test_a_later_step_is_taken_where_it_makes_surer_than_it_costs(
    seen: dict[int, float], wanted: float, step_hours: float
) -> None:
    spread = spread_of(blended(seen, PRIORS[TRANSIT]), step_hours=step_hours)
    least, slip = least_slip(spread, wanted), worthwhile_slip(spread, wanted)
    if not step_hours:
        assert slip == least
        return

    def costs(each: int) -> float:
        return (1 - sure_of(spread, each)) * BROKEN_HOURS + each * step_hours

    assert slip >= least
    assert all(costs(slip) <= costs(each) + 1e-6 for each in range(least, least + len(spread.cumulative)))


def test_an_hour_at_the_counter_is_taken_for_one_promise_in_a_hundred_and_a_day_is_not() -> None:
    seen = {0: 96.5, 2: 1.0, 3: 2.5}
    at_the_counter, on_the_road = spread_of(seen, step_hours=0.5), spread_of(seen, step_hours=24.0)
    assert worthwhile_slip(at_the_counter, 0.95) == 3
    assert worthwhile_slip(on_the_road, 0.95) == 0


def test_where_nothing_was_seen_a_date_stays_that_of_the_books() -> None:
    for kind in (LEAVING, READY):
        assert worthwhile_slip(node_spread(UNSEEN, kind, "N1", "store"), 0.95) == 0
    assert worthwhile_slip(transit_spread(UNSEEN, "ground", 3), 0.95) == 0
