"""How lines move, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.ground.errors import Invalid, OutOfTurn
from anyshelf.orders import rules
from anyshelf.orders.journeys import journeys
from anyshelf.orders.model import STATES, Journey, Line, Step

NAMES = (
    "ship_from_dc",
    "ship_from_store",
    "drop_ship",
    "bopis",
    "ship_to_store",
    "vendor_to_store",
    "ropis",
    "store_delivery",
    "carry_out",
)


def line(quantity: int = 3, price: int = 1000, **spread: int) -> Line:
    stands = {
        (state, "" if state in rules.WITHOUT_NODE else "Austin"): count for state, count in spread.items()
    }
    return Line(line=1, item="LAMP", quantity=quantity, unit_price_minor=price, method="ship", spread=stands)


def step(before: str, after: str, quantity: int = 1) -> Step:
    return Step(line=1, node="Austin", before=before, after=after, quantity=quantity)


def test_the_table_holds_every_journey() -> None:
    assert tuple(row.name for row in journeys()) == NAMES


@pytest.mark.parametrize(
    ("method", "kind", "chosen", "name"),
    [
        ("ship", "dc", False, "ship_from_dc"),
        ("ship", "store", True, "ship_from_store"),
        ("ship", "vendor", False, "drop_ship"),
        ("pickup", "store", True, "bopis"),
        ("pickup", "store", False, "ship_to_store"),
        ("pickup", "vendor", False, "vendor_to_store"),
        ("reserve", "store", True, "ropis"),
        ("deliver", "dc", False, "store_delivery"),
        ("carry_out", "store", True, "carry_out"),
    ],
)
def test_method_node_and_choice_together_name_the_journey(
    method: str,
    kind: str,
    chosen: bool,  # noqa: FBT001  a column of the table
    name: str,
) -> None:
    row = rules.journey_for(journeys(), method=method, kind=kind, chosen=chosen)
    assert row is not None
    assert row.name == name


def test_nothing_is_kept_for_anybody_at_a_warehouse() -> None:
    assert rules.journey_for(journeys(), method="reserve", kind="dc", chosen=True) is None


@pytest.mark.parametrize("row", journeys(), ids=lambda row: row.name)
def test_every_row_names_states_there_are_and_is_paid_on_its_way(row: Journey) -> None:
    assert set(row.steps) <= set(STATES)
    assert row.captured in row.steps
    assert row.steps[:2] == ("open", "sourced")


def test_a_method_nobody_serves_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="carry_out, deliver, pickup, reserve, ship"):
        rules.may_source(journeys(), "beam")


def test_more_than_there_is_cannot_move() -> None:
    with pytest.raises(
        OutOfTurn, match="Line 1 has 1 picked at Austin, not 2; it stands at 2 released, 1 picked"
    ):
        rules.moved(line(released=2, picked=1), step("picked", "packed", 2))


@pytest.mark.parametrize("row", journeys(), ids=lambda row: row.name)
def test_a_journey_is_walked_one_step_at_a_time_and_never_back(row: Journey) -> None:
    for place, before in enumerate(row.steps):
        for after in row.steps[1:]:
            at_the_till = row.unpaid and after == "handed_over" and place < len(row.steps) - 1
            one_on = row.steps[place + 1 : place + 2] == (after,)
            assert rules.legal(row, before, after) == (one_on or at_the_till)


def test_what_has_left_cannot_be_cancelled_and_what_is_here_cannot_be_returned() -> None:
    row = journeys()[0]
    left = set(rules.PAID_FOR) - {"lost"}  # a loss that cannot be replaced is paid back
    assert not any(rules.legal(row, state, "cancelled") for state in left)
    assert not any(rules.legal(row, state, "returned") for state in rules.CANCELLABLE)


@given(st.data())
def test_the_sum_never_changes_whatever_moves(data: st.DataObject) -> None:
    moving = line(quantity=9, open=9)
    for _ in range(12):
        before, after = data.draw(st.sampled_from(STATES)), data.draw(st.sampled_from(STATES))
        quantity = data.draw(st.integers(1, 9))
        try:
            moving = rules.moved(moving, step(before, after, quantity))
        except OutOfTurn:
            continue
        assert sum(rules.by_state(moving).values()) == 9
        assert min(moving.spread.values()) >= 0


@given(
    price=st.integers(0, 10_000), quantity=st.integers(1, 50), discount=st.integers(0, 500), cuts=st.data()
)
def test_in_whatever_parcels_a_line_leaves_it_earns_what_it_costs(
    price: int, quantity: int, discount: int, cuts: st.DataObject
) -> None:
    costs = Line(
        line=1, item="LAMP", quantity=quantity, unit_price_minor=price, tax_minor=7, method="ship",
        discount_minor=min(discount, price * quantity), spread={("packed", "Austin"): quantity},
    )  # fmt: skip
    earned, left = 0, quantity
    while left:
        part = cuts.draw(st.integers(1, left))
        after = rules.moved(costs, step("packed", "dispatched", part))
        earned += rules.earned_minor(after) - rules.earned_minor(costs)
        costs, left = after, left - part
    assert earned == costs.paid_minor


def test_cancelling_takes_the_units_least_far_along() -> None:
    steps = rules.steps_to_cancel(line(quantity=6, open=1, released=2, packed=3), 4)
    assert [(each.before, each.quantity) for each in steps] == [("open", 1), ("released", 2), ("packed", 1)]
