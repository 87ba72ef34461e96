"""The SQL of items and kits."""

from collections.abc import Sequence

import msgspec

from anyshelf.catalogue.model import Item, KitPart
from anyshelf.ground.db import Tx, run, values
from anyshelf.ground.ids import Id

ITEMS_SQL = """
SELECT item, name, gtin, category, weight_g, length_mm, width_mm, height_mm, price_minor, cost_minor,
       currency, flags
FROM items WHERE market = %(market)s AND item = ANY(%(items)s::text[])
"""

ITEM_BY_GTIN_SQL = """
SELECT item, name, gtin, category, weight_g, length_mm, width_mm, height_mm, price_minor, cost_minor,
       currency, flags
FROM items WHERE market = %(market)s AND gtin = %(gtin)s::text
"""

SEARCH_SQL = """
SELECT item, name, gtin, category, weight_g, length_mm, width_mm, height_mm, price_minor, cost_minor,
       currency, flags
FROM items
WHERE market = %(market)s
  AND to_tsvector('simple'::regconfig, item || ' ' || name || ' ' || category)
      @@ to_tsquery('simple'::regconfig, %(words)s::text)
ORDER BY name, item LIMIT %(limit)s::integer
"""

BROWSE_SQL = """
SELECT item, name, gtin, category, weight_g, length_mm, width_mm, height_mm, price_minor, cost_minor,
       currency, flags
FROM items WHERE market = %(market)s AND item > %(after)s::text
ORDER BY item LIMIT %(limit)s::integer
"""

CATEGORIES_SQL = """
SELECT category FROM items WHERE market = %(market)s AND category <> ''
GROUP BY category ORDER BY count(*) DESC, category LIMIT %(limit)s::integer
"""

CODES_SQL = "SELECT item FROM items WHERE market = %(market)s"

GTINS_SQL = "SELECT gtin, item FROM items WHERE market = %(market)s AND gtin IS NOT NULL"

KITS_SQL = """
SELECT kit, item, quantity FROM kits
WHERE market = %(market)s AND kit = ANY(%(kits)s::text[]) ORDER BY kit, item
"""

ALL_KIT_PARTS_SQL = "SELECT kit, item FROM kits WHERE market = %(market)s"

SAVE_ITEMS_SQL = """
INSERT INTO items (market, item, name, gtin, category, weight_g, length_mm, width_mm, height_mm,
                   price_minor, cost_minor, currency, flags)
SELECT %(market)s, item, name, gtin, category, weight_g, length_mm, width_mm, height_mm,
       price_minor, cost_minor, currency, flags
FROM json_to_recordset(%(items)s::json) AS new (
    item text, name text, gtin text, category text, weight_g integer, length_mm integer, width_mm integer,
    height_mm integer, price_minor bigint, cost_minor bigint, currency text, flags text[])
ON CONFLICT (market, item) DO UPDATE SET
    name = excluded.name, gtin = excluded.gtin, category = excluded.category, weight_g = excluded.weight_g,
    length_mm = excluded.length_mm, width_mm = excluded.width_mm, height_mm = excluded.height_mm,
    price_minor = excluded.price_minor, cost_minor = excluded.cost_minor, currency = excluded.currency,
    flags = excluded.flags
"""

STAMP_SQL = "SELECT stamp FROM catalogue_version WHERE market = %(market)s"

RENEW_STAMP_SQL = """
INSERT INTO catalogue_version (market, stamp) VALUES (%(market)s, %(stamp)s::uuid)
ON CONFLICT (market) DO UPDATE SET stamp = excluded.stamp
"""

FORGET_KITS_SQL = "DELETE FROM kits WHERE market = %(market)s AND kit = ANY(%(kits)s::text[])"

SAVE_KIT_PARTS_SQL = """
INSERT INTO kits (market, kit, item, quantity)
SELECT %(market)s, kit, item, quantity
FROM json_to_recordset(%(parts)s::json) AS new (kit text, item text, quantity integer)
ON CONFLICT (market, kit, item) DO UPDATE SET quantity = excluded.quantity
"""


def _item(found: tuple[object, ...]) -> Item:
    *plain, flags = found
    names = ("item", "name", "gtin", "category", "weight_g", "length_mm", "width_mm", "height_mm")
    money = ("price_minor", "cost_minor", "currency")
    return Item(**dict(zip((*names, *money), plain, strict=True)), flags=tuple(flags))  # type: ignore[arg-type]


def items(tx: Tx, market: str, codes: Sequence[str]) -> list[Item]:
    """The items with these codes, in no order; unknown codes are left out."""
    return [_item(found) for found in values(tx, ITEMS_SQL, market=market, items=list(codes))]


def item_by_gtin(tx: Tx, market: str, gtin: str) -> Item | None:
    """The item that carries a 14-digit GTIN, if there is one."""
    found = values(tx, ITEM_BY_GTIN_SQL, market=market, gtin=gtin)
    return _item(found[0]) if found else None


def search(tx: Tx, market: str, words: Sequence[str], limit: int) -> list[Item]:
    """Items in whose code, name or category every word begins a word."""
    wanted = " & ".join(f"'{word}':*" for word in words)
    return [_item(found) for found in values(tx, SEARCH_SQL, market=market, words=wanted, limit=limit)]


def browse(tx: Tx, market: str, after: str, limit: int) -> list[Item]:
    """Items in the order of their codes, after one of them."""
    return [_item(found) for found in values(tx, BROWSE_SQL, market=market, after=after, limit=limit)]


def codes(tx: Tx, market: str) -> list[str]:
    """The codes of every item."""
    return [found[0] for found in values(tx, CODES_SQL, market=market)]


def gtins(tx: Tx, market: str) -> dict[str, str]:
    """Which item carries each GTIN."""
    return {gtin: item for gtin, item in values(tx, GTINS_SQL, market=market)}  # noqa: C416  tuples are not typed pairs


def kit_parts(tx: Tx, market: str, kits: Sequence[str]) -> list[KitPart]:
    """The parts of these kits, kit by kit."""
    found = values(tx, KITS_SQL, market=market, kits=list(kits))
    return [KitPart(kit=kit, item=item, quantity=quantity) for kit, item, quantity in found]


def all_kit_parts(tx: Tx, market: str) -> list[tuple[str, str]]:
    """Every (kit, item) there is."""
    return [(kit, item) for kit, item in values(tx, ALL_KIT_PARTS_SQL, market=market)]


def save_items(tx: Tx, market: str, new: Sequence[Item]) -> int:
    """Write items over what was there; no code and no GTIN may come twice."""
    return run(tx, SAVE_ITEMS_SQL, market=market, items=msgspec.json.encode(new).decode())


def forget_kits(tx: Tx, market: str, kits: Sequence[str]) -> None:
    """Take the parts of these kits out."""
    run(tx, FORGET_KITS_SQL, market=market, kits=list(kits))


def save_kit_parts(tx: Tx, market: str, parts: Sequence[KitPart]) -> int:
    """Write parts of kits over what was there; no (kit, item) may come twice."""
    return run(tx, SAVE_KIT_PARTS_SQL, market=market, parts=msgspec.json.encode(parts).decode())


def stamp(tx: Tx, market: str) -> Id | None:
    """The stamp of the last change of the catalogue; None where nothing was ever written."""
    found = values(tx, STAMP_SQL, market=market)
    return found[0][0] if found else None


def renew_stamp(tx: Tx, market: str, new: Id) -> None:
    """Say that the catalogue was changed."""
    run(tx, RENEW_STAMP_SQL, market=market, stamp=new)


def categories(tx: Tx, market: str, limit: int) -> list[str]:
    """The categories with the most items, the fullest first."""
    return [category for (category,) in values(tx, CATEGORIES_SQL, market=market, limit=limit)]
