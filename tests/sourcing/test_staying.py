"""Where goods stay at the node the shopper chose, little is kept of why, and all of it can be told."""

from datetime import UTC, datetime

import numpy as np
import pytest

from anyshelf.sourcing.model import CHEAPEST, FEWEST_PARCELS, Ask, Policy
from anyshelf.sourcing.rules import MayServe, enough, in_full, kept, kept_at, sourced_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHO = MayServe(
    nodes=("AUSTIN", "DALLAS"), barred=np.zeros(2, dtype=np.int64),
    handling_minor_per_order=np.array([90.0, 45.0]), handling_minor_per_unit=np.array([30.0, 18.5]),
)  # fmt: skip
ASKS = [
    Ask(line=2, item="VASE", quantity=3, weight_g=400),
    Ask(line=1, item="LAMP", quantity=1, weight_g=900),
]


@pytest.mark.parametrize("policy", [CHEAPEST, FEWEST_PARCELS])
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_kept_tells_the_whole_explanation(policy: Policy, place: int) -> None:
    whole = sourced_at(ASKS, WHO, place, policy, NOON)
    explained = whole.explain_json()

    assert in_full(kept(whole)) == explained
    assert list(explained["chosen"]) == [WHO.nodes[place]]
    assert explained["others"] == {"is not the node that was chosen": 1}


def test_what_is_kept_is_the_same_without_the_plan() -> None:
    parts = [(1, "LAMP", 1), (2, "VASE", 3)]

    assert kept_at(parts, 2100, WHO, 1, CHEAPEST, NOON) == kept(sourced_at(ASKS, WHO, 1, CHEAPEST, NOON))


@pytest.mark.parametrize(("held", "there"), [([3, 1], True), ([2, 1], False), ([3, 0], False)])
def test_a_node_has_enough_of_everything_or_not(held: list[int], there: bool) -> None:  # noqa: FBT001  the example
    assert enough(ASKS, held) == there


def test_two_lines_of_the_same_thing_are_counted_together() -> None:
    twice = [Ask(line=line, item="LAMP", quantity=2, weight_g=900) for line in (1, 2)]

    assert enough(twice, [4, 4])
    assert not enough(twice, [3, 3])
