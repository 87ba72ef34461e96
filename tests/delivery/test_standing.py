"""Where a shipment stands, in whatever order its carrier tells."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.delivery import rules
from anyshelf.delivery.model import KINDS, Scan
from anyshelf.ground.errors import Invalid

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def scan(kind: str, hour: int = 0, event_id: str = "") -> Scan:
    at = NOON + timedelta(hours=hour)
    return Scan(event_id=event_id or f"{kind} {hour}", kind=kind, happened_at=at)


scans = st.lists(st.builds(scan, st.sampled_from(KINDS), st.integers(0, 72)), max_size=8)


def test_every_kind_has_a_rank() -> None:
    assert set(rules.RANKS) == set(KINDS)


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        ([], "dispatched"),
        ([scan("in_transit"), scan("dispatched", 5)], "in_transit"),
        ([scan("delivered", 3), scan("in_transit", 9)], "delivered"),
        ([scan("delivered", 3), scan("lost", 9)], "delivered"),
        ([scan("out_for_delivery", 1), scan("failed", 2)], "failed"),
        ([scan("failed", 2), scan("out_for_delivery", 24), scan("out_for_delivery", 1)], "out_for_delivery"),
        ([scan("failed", 2), scan("returning", 3), scan("in_transit", 4)], "returning"),
    ],
)
def test_the_furthest_scan_counts(told: list[Scan], stands: str) -> None:
    assert rules.standing(told) == stands


@given(scans, st.randoms(use_true_random=False))
def test_the_order_in_which_scans_come_makes_no_difference(told: list[Scan], chance: object) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert rules.standing(shuffled) == rules.standing(told)


@given(scans, scans)
def test_nothing_goes_beyond_delivered(before: list[Scan], after: list[Scan]) -> None:
    assert rules.standing([*before, scan("delivered"), *after]) == "delivered"


def test_it_was_delivered_when_the_first_scan_says_so() -> None:
    first = rules.delivered_at([scan("delivered", 5), scan("in_transit"), scan("delivered", 3)])

    assert first is not None
    assert first.happened_at == NOON + timedelta(hours=3)
    assert rules.delivered_at([scan("lost")]) is None


def test_the_same_scan_twice_in_a_message_is_once() -> None:
    assert rules.checked([scan("lost"), scan("lost")]) == [scan("lost")]


def test_one_id_for_two_scans_is_refused() -> None:
    with pytest.raises(Invalid, match="e1"):
        rules.checked([scan("lost", event_id="e1"), scan("delivered", event_id="e1")])
