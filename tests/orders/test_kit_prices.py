"""What the parts of a kit cost: together the kit, to the cent, whatever is taken or given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from anyshelf.catalogue.model import Kit, Piece
from anyshelf.catalogue.rules import on_shelves
from anyshelf.ground.errors import Invalid, Shortage
from anyshelf.ground.money import prorate
from anyshelf.orders.api.kits import in_parts, named
from anyshelf.orders.model import DraftLine

KIT = DraftLine(
    line=1, item="SET", quantity=1, unit_price_minor=1000, discount_minor=0, tax_minor=0, method="ship",
    node="Austin",
)  # fmt: skip


def parts_of(line: DraftLine, units: dict[str, int], prices: dict[str, int]) -> tuple[DraftLine, ...]:
    asked = [Piece(line=line.line, item=line.item, quantity=line.quantity)]
    kits = {line.item: Kit(kit=line.item, parts=tuple(sorted(units.items())))}
    return in_parts([line], on_shelves(asked, kits, field="lines"), prices)


@st.composite
def kits(draw: st.DrawFn) -> tuple[DraftLine, dict[str, int], dict[str, int]]:
    """A kit as somebody orders it, its parts, and what each costs by itself."""
    codes = [f"P{number}" for number in range(draw(st.integers(1, 6)))]
    quantity, price = draw(st.integers(1, 1000)), draw(st.integers(0, 10**6))
    line = replace(
        KIT,
        quantity=quantity,
        unit_price_minor=price,
        discount_minor=draw(st.integers(0, price * quantity)),
        tax_minor=draw(st.integers(0, 10**6)),
    )
    units = {code: draw(st.integers(1, 50)) for code in codes}
    prices = {code: draw(st.sampled_from([0, 1, 333, 10**6])) for code in codes}
    return line, units, prices


@given(kits())
def test_the_parts_cost_what_the_kit_costs(kit: tuple[DraftLine, dict[str, int], dict[str, int]]) -> None:
    line, units, prices = kit
    parts = parts_of(line, units, prices)
    assert sum(part.paid_minor for part in parts) == line.paid_minor
    assert sum(part.tax_minor for part in parts) == line.tax_minor
    for part in parts:
        assert 0 <= part.discount_minor <= part.unit_price_minor * part.quantity
        assert part.discount_minor < part.quantity  # only what rounding a unit's price up was too much
        assert part.tax_minor >= 0


@given(kits(), st.data())
def test_whole_kits_cost_their_share_of_all_of_them(
    kit: tuple[DraftLine, dict[str, int], dict[str, int]], data: st.DataObject
) -> None:
    line, units, prices = kit
    some = data.draw(st.integers(0, line.quantity))
    kept = sum(
        prorate(part.paid_minor, part=some * units[part.item], whole=part.quantity)
        for part in parts_of(line, units, prices)
    )
    assert kept == prorate(line.paid_minor, part=some, whole=line.quantity)


def test_the_dearer_part_bears_more_of_the_price() -> None:
    parts = parts_of(KIT, {"CUP": 2, "POT": 1}, {"CUP": 100, "POT": 300})
    assert [(part.item, part.unit_price_minor, part.paid_minor) for part in parts] == [
        ("CUP", 200, 400),
        ("POT", 600, 600),
    ]


def test_parts_without_a_price_share_alike() -> None:
    parts = parts_of(KIT, {"A": 1, "B": 7, "C": 1}, {"A": 0, "B": 0, "C": 0})
    assert [part.paid_minor for part in parts] == [333, 333, 334]


def test_each_part_knows_its_kit_and_goes_the_way_of_its_line() -> None:
    part = parts_of(replace(KIT, quantity=3), {"CUP": 2}, {"CUP": 1})[0]
    assert (part.kit, part.kit_line, part.kit_units, part.quantity) == ("SET", 1, 2, 6)
    assert (part.method, part.node) == ("ship", "Austin")


def test_a_discount_above_the_kits_price_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        parts_of(replace(KIT, discount_minor=1001), {"CUP": 2}, {"CUP": 1})
    assert refused.value.extra["field"] == "discount"


def test_what_falls_short_is_named_with_its_kit_with_or_without_its_line() -> None:
    cup, pot = parts_of(KIT, {"CUP": 2, "POT": 1}, {"CUP": 1, "POT": 1})
    alone = replace(KIT, line=9, item="CUP")
    told = [{"item": "POT", "node": "Austin"}, {"line": 9, "item": "CUP"}, {"line": 1, "item": "CUP"}]
    with pytest.raises(Shortage) as refused, named([cup, pot, alone]):
        raise Shortage("Not enough.", lines=told)
    assert [each.get("kit") for each in refused.value.extra["lines"]] == ["SET", None, "SET"]
