"""Items, their GTINs, kits and the search for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyshelf.catalogue import service as catalogue
from anyshelf.catalogue.model import Item, Kit, KitPart
from anyshelf.catalogue.rules import check_digit, gtin14, is_gtin, words_of
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
