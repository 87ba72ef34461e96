"""What this process has looked up of the catalogue, for as long as the catalogue does not change."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from anyshelf.catalogue import rules, store
from anyshelf.catalogue.model import Item, Kit, KitPart, Piece
from anyshelf.ground.db import Question, Tx
from anyshelf.ground.ids import Id

MARKETS_MAX = 32
ITEMS_MAX = 50_000


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Known:
    """What was looked up under one stamp: items, and whether each is a kit."""

    stamp: Id
    items: dict[str, Item] = field(default_factory=dict)
    kits: dict[str, Kit | None] = field(default_factory=dict)


_known: OrderedDict[tuple[str, ...], _Known] = OrderedDict()


def goods(tx: Tx, market: str, codes: Sequence[str]) -> Goods:
    """These items and what their kits are made of: whoever quotes and whoever writes an order asks here.

    From memory, but for one cheap query that tells whether the catalogue has changed and for what has not
    been asked for before. A code nobody knows is left out.
    """
    known = _known_in(tx, market)
    if known is None:
        return _looked_up(tx, market, codes)
    new = [code for code in codes if code not in known.items]
    if new:
        _learn(known, _looked_up(tx, market, new), new)
    kits = {code: kit for code in codes if (kit := known.kits.get(code)) is not None}
    inside = (item for kit in kits.values() for item, _ in kit.parts)
    every = dict.fromkeys((*codes, *inside))
    return Goods(items={code: item for code in every if (item := known.items.get(code))}, kits=kits)


def stamp_asked(market: str) -> Question:
    """What `goods` asks the database each time, for whoever asks several things at once."""
    return Question(sql=store.STAMP_SQL, params={"market": market})


def _known_in(tx: Tx, market: str) -> _Known | None:
    """What is known of a market's catalogue as this transaction sees it; None where there is none.

    The stamp is read before anything is looked up under it: what changes in between makes it look older than
    it is, and it is looked up once more. The other way round it would stay wrong.
    """
    stamp = store.stamp(tx, market)
    if stamp is None:
        return None
    key = (tx.info.host, str(tx.info.port), tx.info.dbname, market)
    known = _known.get(key)
    if known is None or known.stamp != stamp or len(known.items) > ITEMS_MAX:
        known = _known[key] = _Known(stamp=stamp)
        while len(_known) > MARKETS_MAX:
            _known.popitem(last=False)
    return known


def _learn(known: _Known, found: Goods, asked: Sequence[str]) -> None:
    """Keep what was looked up; of a kit's parts only what was asked for is known to be a kit or not."""
    for code in asked:
        if code in found.items:
            known.kits[code] = found.kits.get(code)
    for kit in found.kits.values():
        for item, _ in kit.parts:
            known.kits.setdefault(item, None)  # kits in kits are taken apart: what is left is none
    known.items.update(found.items)


def _looked_up(tx: Tx, market: str, codes: Sequence[str]) -> Goods:
    kits = taken_apart(tx, market, codes)
    parts = {item for kit in kits.values() for item, _ in kit.parts}
    found = store.items(tx, market, sorted({*codes, *parts}))
    return Goods(items={item.item: item for item in found}, kits=kits)


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
