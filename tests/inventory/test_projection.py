"""Positions as arrays: whatever happens to them, they hold what a plain dictionary would hold."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from anyshelf.catalogue.model import Kit
from anyshelf.inventory import rules
from anyshelf.inventory.model import Columns
from anyshelf.inventory.rules import projection

ITEMS, NODES = ["A", "B", "C", "D"], ["n0", "n1", "n2", "n3", "n4"]
INDEX = {"n0": 0, "n1": 1, "n2": 2, "n4": 3}  # nobody knows n3

position = some.tuples(some.sampled_from(ITEMS), some.sampled_from(NODES))
units = some.tuples(some.integers(0, 50), some.integers(0, 50))
stock = some.dictionaries(position, units, max_size=20)
Plain = dict[tuple[str, str], tuple[int, int]]


def packed(held: Mapping[tuple[str, str], tuple[int, int]]) -> list[projection.Packed]:
    return [
        (
            item,
            projection.APART.join(node for code, node in held if code == item),
            b"".join(
                on_hand.to_bytes(4) + claimed.to_bytes(4)
                for (code, _), (on_hand, claimed) in held.items()
                if code == item
            ),
        )
        for item in dict.fromkeys(code for code, _ in held)
    ]


def told(found: Columns) -> Plain:
    names = {place: node for node, place in INDEX.items()}
    item = np.repeat(np.arange(len(found.items)), np.diff(found.bounds))
    return {
        (found.items[code], names[place]): (on_hand, claimed)
        for code, place, on_hand, claimed in zip(
            item.tolist(), found.places.tolist(), found.on_hand.tolist(), found.claimed.tolist(), strict=True
        )
    }


@pytest.mark.parametrize("recent_max", [0, 3, 1000])
@given(start=stock, changes=some.lists(stock, max_size=6), asked=some.permutations([*ITEMS, "NOBODYS"]))
@settings(max_examples=60, deadline=None)
def test_it_holds_what_a_dictionary_would(
    recent_max: int, start: Plain, changes: Sequence[Plain], asked: Sequence[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "RECENT_MAX", recent_max)
        held = rules.Projection(packed(start))
        plain = dict(start)
        for change in changes:
            plain |= change
            figures = list(change.values())
            held.put(
                [item for item, _ in change], [node for _, node in change],
                [on_hand for on_hand, _ in figures], [claimed for _, claimed in figures],
            )  # fmt: skip
        found = held.columns(asked, held.places(INDEX))
    assert len(held) == len(plain)
    assert found.items == tuple(asked)
    assert told(found) == {key: kept for key, kept in plain.items() if key[1] in INDEX}


@given(
    start=stock,
    limit=some.integers(1, 4),
    far=some.booleans(),
    within=some.lists(some.booleans(), min_size=4, max_size=4),
)
@settings(max_examples=100, deadline=None)
def test_the_nearest_are_those_a_plain_loop_would_find(
    start: Plain,
    limit: int,
    far: bool,  # noqa: FBT001  drawn
    within: list[bool],
) -> None:
    columns = rules.laid_out(ITEMS, packed(start), INDEX)
    free = rules.free_units(columns, holdback_units=2)
    distance = np.array([30.0, 10.0, 20.0, 10.0]) if far else None
    lots = rules.lots(ITEMS, columns, free, {}, len(INDEX))
    offers = rules.nearest(lots, within=np.array(within), distance_km=distance, limit=limit)
    for place, item in enumerate(ITEMS):
        having = [
            (0.0 if distance is None else float(distance[INDEX[node]]), INDEX[node], on_hand - claimed - 2)
            for (code, node), (on_hand, claimed) in start.items()
            if code == item and node in INDEX and within[INDEX[node]] and on_hand - claimed > 2
        ]
        shown = slice(int(offers.bounds[place]), int(offers.bounds[place + 1]))
        assert offers.places[shown].tolist() == [at for _, at, _ in sorted(having)][:limit]
        assert offers.totals[place] == sum(quantity for _, _, quantity in having)


def test_a_kit_is_there_where_all_its_parts_are() -> None:
    held = {("A", "n0"): (9, 0), ("B", "n0"): (5, 1), ("A", "n1"): (9, 0), ("B", "n2"): (8, 0)}
    columns = rules.laid_out(["A", "B"], packed(held), INDEX)
    kit = Kit(kit="SET", parts=(("A", 2), ("B", 1)))
    lots = rules.lots(["SET"], columns, rules.free_units(columns), {"SET": kit}, len(INDEX))
    assert (lots.places.tolist(), lots.free.tolist(), lots.on_hand.tolist()) == ([0], [4], [4])
