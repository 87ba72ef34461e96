"""Items, their GTINs, kits and the search for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item, Kit, KitPart, Piece
from anyshelf.catalogue.rules import check_digit, gtin14, is_gtin, on_shelves, taken_apart, words_of
from anyshelf.ground.db import Database, run
from anyshelf.ground.errors import Invalid, NotFound

LAMP = Item(
    item="LAMP",
    name="Reading lamp, brass",
    gtin="04006381333931",
    category="lights",
    weight_g=900,
    price_minor=4900,
    cost_minor=2100,
    currency="USD",
    flags=("fragile",),
)
BULB = Item(item="BULB-E27", name="Bulb 60 % more light", category="lights", currency="USD")
SET = Item(item="SET", name="Lamp with two bulbs", currency="USD")


@pytest.fixture
def market(database: Database) -> str:
    with database.transaction() as tx:
        run(tx, "INSERT INTO markets (market, currency, name) VALUES ('north', 'USD', 'North')")
        catalogue.save_items(tx, "north", [LAMP, BULB, SET])
        parts = [KitPart(kit="SET", item="LAMP", quantity=1), KitPart(kit="SET", item="BULB-E27", quantity=2)]
        catalogue.save_kit_parts(tx, "north", parts)
    return "north"


def test_items_come_back_as_they_were_written(database: Database, market: str) -> None:
    with database.transaction() as tx:
        assert catalogue.items(tx, market, ["LAMP", "BULB-E27", "nothing"]) == {
            "LAMP": LAMP,
            "BULB-E27": BULB,
        }
        assert catalogue.item(tx, market, "SET") == SET
        with pytest.raises(NotFound) as refused:
            catalogue.item(tx, market, "nothing")
    assert refused.value.extra["field"] == "item"


def test_another_market_has_other_items(database: Database, market: str) -> None:
    with database.transaction() as tx:
        assert catalogue.items(tx, market + "-else", ["LAMP"]) == {}


def test_a_scanned_code_finds_its_item_in_any_length(database: Database, market: str) -> None:
    with database.transaction() as tx:
        assert catalogue.by_gtin(tx, market, "4006381333931") == LAMP
        assert catalogue.by_gtin(tx, market, "04006381333931") == LAMP
        assert catalogue.by_gtin(tx, market, "00000000000000") is None
        with pytest.raises(Invalid):
            catalogue.by_gtin(tx, market, "4006381333932")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("read", ["LAMP"]),
        ("LIGHTS brass", ["LAMP"]),
        ("lamp", ["LAMP", "SET"]),
        ("SET", ["SET"]),
        ("4006381333931", ["LAMP"]),
        ("nothing", []),
        ("'; DROP TABLE items; --", []),
        ("60 %", ["BULB-E27"]),
        ("", ["BULB-E27", "LAMP", "SET"]),
        ("<>&|!()'\\:*", ["BULB-E27", "LAMP", "SET"]),
    ],
)
def test_a_shopper_finds_items_by_how_words_begin(
    database: Database, market: str, text: str, found: list[str]
) -> None:
    with database.transaction() as tx:
        assert sorted(item.item for item in catalogue.search(tx, market, text, 10)) == found


def test_a_search_gives_no_more_than_asked_for(database: Database, market: str) -> None:
    with database.transaction() as tx:
        assert len(catalogue.search(tx, market, "lamp", 1)) == 1


def test_a_kit_knows_its_parts_and_loses_them_when_it_is_told_anew(database: Database, market: str) -> None:
    with database.transaction() as tx:
        assert catalogue.kits(tx, market, ["SET", "LAMP"]) == {
            "SET": Kit(kit="SET", parts=(("BULB-E27", 2), ("LAMP", 1)))
        }
        catalogue.save_kit_parts(tx, market, [KitPart(kit="SET", item="LAMP", quantity=3)], anew=["SET"])
        assert catalogue.kits(tx, market, ["SET"])["SET"].parts == (("LAMP", 3),)


def test_a_kit_of_kits_comes_to_what_lies_on_the_shelf(database: Database, market: str) -> None:
    boxes = [Item(item=code, name=code, currency="USD") for code in ("BOX", "CRATE")]
    parts = [
        KitPart(kit="BOX", item="SET", quantity=3),
        KitPart(kit="BOX", item="BULB-E27", quantity=1),
        KitPart(kit="CRATE", item="BOX", quantity=2),
        KitPart(kit="CRATE", item="SET", quantity=1),
    ]
    with database.transaction() as tx:
        catalogue.save_items(tx, market, boxes)
        catalogue.save_kit_parts(tx, market, parts)
        assert catalogue.taken_apart(tx, market, ["CRATE", "LAMP", "SET"]) == {
            "CRATE": Kit(kit="CRATE", parts=(("BULB-E27", 16), ("LAMP", 7))),
            "SET": Kit(kit="SET", parts=(("BULB-E27", 2), ("LAMP", 1))),
        }
        assert catalogue.taken_apart(tx, market, ["LAMP"]) == {}


def test_what_is_no_kit_stays_as_it_is_asked_for(database: Database, market: str) -> None:
    asked = [Piece(line=4, item="LAMP", quantity=2), Piece(line=2, item="nothing", quantity=1)]
    with database.transaction() as tx:
        assert catalogue.on_shelves(tx, market, asked) == asked


def test_the_first_part_keeps_the_number_and_the_others_come_after_the_highest() -> None:
    kit = Kit(kit="SET", parts=(("A", 2), ("B", 1), ("C", 5)))
    asked = [
        Piece(line=3, item="SET", quantity=2),
        Piece(line=9, item="A", quantity=1),
        Piece(line=1, item="SET", quantity=1),
    ]
    found = on_shelves(asked, {"SET": kit}, field="lines")
    assert [(each.line, each.item, each.quantity, each.kit_line, each.kit_units) for each in found] == [
        (3, "A", 4, 3, 2),
        (9, "A", 1, None, None),
        (1, "A", 2, 1, 2),
        (10, "B", 2, 3, 1),
        (11, "C", 10, 3, 5),
        (12, "B", 1, 1, 1),
        (13, "C", 5, 1, 5),
    ]


@pytest.mark.parametrize(
    ("parts", "asked", "field"),
    [
        ((("A", 500_001),), [("SET", 2, 1)], "lines.0.quantity"),
        ((("A", 10**15),), [("A", 1, 1), ("SET", 1, 2)], "lines.1.quantity"),
        ((("A", 1), ("B", 1)), [("SET", 1, 1_000_000)], "lines.0.item"),
        (tuple((f"P{number}", 1) for number in range(2001)), [("SET", 1, 1)], "lines.0.item"),
    ],
)
def test_a_kit_that_is_more_than_an_order_may_hold_is_refused(
    parts: tuple[tuple[str, int], ...], asked: list[tuple[str, int, int]], field: str
) -> None:
    wanted = [Piece(line=line, item=item, quantity=quantity) for item, quantity, line in asked]
    with pytest.raises(Invalid) as refused:
        on_shelves(wanted, {"SET": Kit(kit="SET", parts=parts)}, field="lines")
    assert refused.value.extra["field"] == field


def test_a_kit_that_holds_itself_is_named() -> None:
    circle = [KitPart(kit="A", item="B", quantity=1), KitPart(kit="B", item="A", quantity=1)]
    with pytest.raises(Invalid, match=r"A in B in A|B in A in B"):
        taken_apart(circle)


def test_kits_in_kits_in_kits_do_not_take_longer_than_their_parts() -> None:
    deep = [KitPart(kit=f"K{depth}", item=f"K{depth + 1}", quantity=2) for depth in range(3000)]
    wide = [KitPart(kit=f"K{depth}", item=f"K{depth + 2}", quantity=1) for depth in range(2999)]
    assert [item for item, _ in taken_apart([*deep, *wide])["K0"].parts] == ["K3000"]


@given(
    st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 9), min_size=1),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 99)),
)
def test_so_many_kits_can_be_made_and_not_one_more(parts: dict[str, int], have: dict[str, int]) -> None:
    made = Kit(kit="SET", parts=tuple(parts.items())).made_from(have)
    assert all(made * units <= have.get(item, 0) for item, units in parts.items())
    assert any((made + 1) * units > have.get(item, 0) for item, units in parts.items())


@given(st.text("0123456789", min_size=7, max_size=13).filter(lambda body: len(body) in (7, 11, 12, 13)))
def test_one_check_digit_of_ten_is_right(body: str) -> None:
    right = [last for last in "0123456789" if is_gtin(body + last)]
    assert right == [str(check_digit(body))]
    assert gtin14(body + right[0]).endswith(body + right[0])


def test_a_known_check_digit() -> None:
    assert check_digit("629104150021") == 3  # the example of GS1's check digit calculator


@given(st.text())
def test_any_text_has_words_that_are_words(text: str) -> None:
    assert all(word.isalnum() for word in words_of(text))


def test_the_fullest_shelves_come_first_and_what_lies_on_none_is_left_out(
    database: Database, market: str
) -> None:
    with database.transaction() as tx:
        catalogue.save_items(tx, market, [Item(item="RUG", name="Rug", category="floors", currency="USD")])

        assert catalogue.categories(tx, market, limit=5) == ["lights", "floors"]
        assert catalogue.categories(tx, market, limit=1) == ["lights"]
