"""The front door of the catalogue: what an item is, what a kit holds, what a shopper finds."""

from collections.abc import Sequence

from anyshelf.catalogue import store
from anyshelf.catalogue.model import Item, Kit, KitPart, Piece
from anyshelf.catalogue.rules import gtin14, is_gtin, words_of
from anyshelf.catalogue.service.known import Goods, goods, stamp_asked, taken_apart
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound
from anyshelf.ground.ids import new_id

__all__ = [
    "Goods",
    "browse",
    "by_gtin",
    "categories",
    "checked_gtin",
    "goods",
    "gtin_owners",
    "item",
    "item_codes",
    "items",
    "kit_parts_known",
    "kits",
    "on_shelves",
    "save_items",
    "save_kit_parts",
    "search",
    "stamp_asked",
    "taken_apart",
]

SEARCH_MAX = 200


def items(tx: Tx, market: str, codes: Sequence[str]) -> dict[str, Item]:
    """The items with these codes, by code; a code nobody knows is left out. One query."""
    return {found.item: found for found in store.items(tx, market, codes)}


def item(tx: Tx, market: str, code: str) -> Item:
    """One item by its code; raises NotFound."""
    found = store.items(tx, market, [code])
    if not found:
        raise NotFound(f"There is no item '{code}'.", field="item", item=code)
    return found[0]


def by_gtin(tx: Tx, market: str, gtin: str) -> Item | None:
    """The item a scanned GTIN stands for, in any of its lengths; raises Invalid if it is no GTIN."""
    return store.item_by_gtin(tx, market, gtin14(gtin))


def checked_gtin(text: str) -> str:
    """A GTIN in its one 14-digit form; raises Invalid for a wrong length or check digit."""
    return gtin14(text)


def search(tx: Tx, market: str, text: str, limit: int) -> list[Item]:
    """What a shopper finds: items whose code, name or category has words that begin as the words typed.

    An item code or a GTIN typed in full comes first. At most `limit`, never more than 200.
    """
    words = words_of(text)
    if not words:
        return store.browse(tx, market, "", min(limit, SEARCH_MAX))
    typed = text.strip()
    scanned = store.item_by_gtin(tx, market, gtin14(typed)) if is_gtin(typed) else None
    exact = [*store.items(tx, market, [typed]), *([scanned] if scanned else [])]
    found = [*exact, *store.search(tx, market, words, min(limit, SEARCH_MAX))]
    return list({one.item: one for one in found}.values())[:limit]


def browse(tx: Tx, market: str, *, after: str, limit: int) -> list[Item]:
    """Items in the order of their codes, from after one of them ("" for the start)."""
    return store.browse(tx, market, after, limit)


def categories(tx: Tx, market: str, *, limit: int) -> list[str]:
    """The shelves of the catalogue with the most items, the fullest first. Reads every item."""
    return store.categories(tx, market, limit)


def kits(tx: Tx, market: str, codes: Sequence[str]) -> dict[str, Kit]:
    """Those of these items that are kits, with their parts, by code. One query."""
    parts: dict[str, list[tuple[str, int]]] = {}
    for part in store.kit_parts(tx, market, codes):
        parts.setdefault(part.kit, []).append((part.item, part.quantity))
    return {kit: Kit(kit=kit, parts=tuple(held)) for kit, held in parts.items()}


def on_shelves(tx: Tx, market: str, wanted: Sequence[Piece], *, field: str = "lines") -> list[Piece]:
    """What is asked for as it lies on shelves, as `Goods.on_shelves`."""
    return goods(tx, market, [piece.item for piece in wanted]).on_shelves(wanted, field=field)


def item_codes(tx: Tx, market: str) -> list[str]:
    """The codes of all items."""
    return store.codes(tx, market)


def gtin_owners(tx: Tx, market: str) -> dict[str, str]:
    """Which item carries each GTIN (14 digits)."""
    return store.gtins(tx, market)


def kit_parts_known(tx: Tx, market: str) -> list[tuple[str, str]]:
    """Every (kit, item) the catalogue knows."""
    return store.all_kit_parts(tx, market)


def save_items(tx: Tx, market: str, new: Sequence[Item]) -> int:
    """Write items over what was known of them; no code and no GTIN may come twice. Returns how many."""
    if not new:
        return 0
    store.renew_stamp(tx, market, new_id())
    return store.save_items(tx, market, new)


def save_kit_parts(tx: Tx, market: str, parts: Sequence[KitPart], *, anew: Sequence[str] = ()) -> int:
    """Write parts of kits; the kits named `anew` lose the parts they had. Returns how many parts."""
    if anew or parts:
        store.renew_stamp(tx, market, new_id())
    if anew:
        store.forget_kits(tx, market, anew)
    return store.save_kit_parts(tx, market, parts) if parts else 0
