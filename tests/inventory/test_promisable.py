"""What may be promised of a position comes to the same figure, looked up among many or locked by itself."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.ground.ids import new_id
from anyshelf.inventory import rules
from anyshelf.inventory.model import Claimant, Columns, Holdback, Want

UNITS = st.integers(0, 100_000)


@given(on_hand=UNITS, claimed=UNITS, units=st.integers(0, 500), percent=st.integers(0, 100),
       lost=st.integers(0, 360_000), doubt=st.integers(0, 1000))  # fmt: skip
def test_one_position_and_many_are_reckoned_alike(
    on_hand: int, claimed: int, units: int, percent: int, lost: int, doubt: int
) -> None:
    columns = Columns(
        items=("LAMP",), bounds=np.array([0, 1]), places=np.array([0]),
        on_hand=np.array([on_hand], np.int32), claimed=np.array([claimed], np.int32),
    )  # fmt: skip
    (among_many,) = rules.free_units(
        columns,
        lost=np.array([lost]),
        doubt=np.array([doubt]),
        holdback_units=units,
        holdback_percent=percent,
    ).tolist()

    kept = Holdback(units=units, percent=percent)
    assert rules.promisable((on_hand, claimed), kept, lost, doubt) == among_many


def test_what_is_in_hand_is_not_doubted() -> None:
    position, doubted = {("LAMP", "AUSTIN"): (10, 0)}, {("LAMP", "AUSTIN"): 400}

    assert rules.granted(position, [wants(7, Holdback()), wants(6, Holdback())], {}, doubted)[0] == [1]
    assert rules.granted(position, [wants(10, Holdback(in_hand=True))], {}, doubted)[0] == [0]
    assert rules.granted(position, [wants(10, None)], {}, doubted)[0] == [0], "who has looked has reckoned it"


def wants(quantity: int, holdback: Holdback | None) -> Claimant:
    want = Want(line=1, item="LAMP", node="AUSTIN", quantity=quantity)
    return Claimant(cause=new_id(), step=1, wants=[want], holdback=holdback)


def test_who_has_not_looked_gets_nothing_of_what_is_held_back_and_who_has_looked_may() -> None:
    before = {("LAMP", "AUSTIN"): (5, 1)}
    held = Holdback(units=3)
    served, taken = rules.granted(
        before, [wants(1, held), wants(1, held), wants(3, None), wants(1, None)], {}
    )

    assert (served, taken) == ([0, 2], {("LAMP", "AUSTIN"): 4})


def test_what_is_known_from_an_old_feed_counts_less() -> None:
    before = {("LAMP", "AUSTIN"): (10, 0)}
    half = {"AUSTIN": 180_000}

    assert rules.granted(before, [wants(6, Holdback())], half)[0] == []
    assert rules.granted(before, [wants(5, Holdback())], half)[0] == [0]


def test_nobody_gets_what_does_not_lie_anywhere() -> None:
    assert rules.granted({}, [wants(1, None), wants(1, Holdback())], {}) == ([], {})
