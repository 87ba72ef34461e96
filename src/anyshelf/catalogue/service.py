"""The front door of the catalogue: what an item is, what a kit holds, what a shopper finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anyshelf.catalogue import rules, store
from anyshelf.catalogue.model import Item, Kit, KitPart, Piece
from anyshelf.catalogue.rules import gtin14, is_gtin, words_of
from anyshelf.ground.db import Tx
from anyshelf.ground.errors import NotFound

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


def kits(tx: Tx, market: str, codes: Sequence[str]) -> dict[str, Kit]:
    """Those of these items that are kits, with their parts, by code. One query."""
    parts: dict[str, list[tuple[str, int]]] = {}
    for part in store.kit_parts(tx, market, codes):
        parts.setdefault(part.kit, []).append((part.item, part.quantity))
    return {kit: Kit(kit=kit, parts=tuple(held)) for kit, held in parts.items()}


def taken_apart(tx: Tx, market: str, codes: Sequence[str]) -> dict[str, Kit]:
    """Those of these items that are kits, by code, as what they come to on a shelf: kits in kits taken apart.

    One query where none is a kit, and one more for each depth of kits in kits. Raises Invalid for a kit that
    holds itself.
    """
    parts: list[KitPart] = []
    seen: set[str] = set()
    inside = set(codes)
    while inside:
        seen |= inside
        found = store.kit_parts(tx, market, sorted(inside))
        parts += found
        inside = {part.item for part in found} - seen
    apart = rules.taken_apart(parts) if parts else {}
    return {code: apart[code] for code in codes if code in apart}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """Some items and what their kits are made of, read once for many orders."""

    items: Mapping[str, Item]
    kits: Mapping[str, Kit]

    def on_shelves(self, wanted: Sequence[Piece], *, field: str = "lines") -> list[Piece]:
        """What is asked for as it lies on shelves: in place of each kit its parts, each a line of its own.

        Raises Invalid, naming a place in `field`, for a kit that comes to more than one order may hold.
        """
        return rules.on_shelves(wanted, self.kits, field=field) if self.kits else list(wanted)


def goods(tx: Tx, market: str, codes: Sequence[str]) -> Goods:
    """These items and what their kits are made of: whoever quotes and whoever writes an order asks here."""
    kits = taken_apart(tx, market, codes)
    parts = {item for kit in kits.values() for item, _ in kit.parts}
    return Goods(items=items(tx, market, sorted({*codes, *parts})), kits=kits)


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
    return store.save_items(tx, market, new) if new else 0


def save_kit_parts(tx: Tx, market: str, parts: Sequence[KitPart], *, anew: Sequence[str] = ()) -> int:
    """Write parts of kits; the kits named `anew` lose the parts they had. Returns how many parts."""
    if anew:
        store.forget_kits(tx, market, anew)
    return store.save_kit_parts(tx, market, parts) if parts else 0
