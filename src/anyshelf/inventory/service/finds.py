"""How sure it is that stock is found: what came of asking nodes, and what follows from it."""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from datetime import datetime

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Question, Tx, rows, run, values
from anyshelf.ground.ids import Id, new_id
from anyshelf.inventory import rules
from anyshelf.inventory.model import Asked, Doubt, Doubts, Finds
from anyshelf.inventory.store import finds as store
from anyshelf.network import service as network
from anyshelf.network.model import Atlas

MARKETS_MAX = 32

_kept: OrderedDict[tuple[str, ...], tuple[Id, Id | None, Doubts | None]] = OrderedDict()


def note_asked(tx: Tx, market: str, asked: Sequence[Asked], at: datetime) -> None:
    """Remember what came of asking nodes for items. Locks in (node, category) order."""
    classes = categories(tx, market, [each.item for each in asked])
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * 4)
    weight = rules.weight_at(at)
    for each in asked:
        cases = (each.found, each.missed, each.taken, each.refused)
        kept = sums[each.node, classes.get(each.item, "")]
        kept[:] = [before + weight * more for before, more in zip(kept, cases, strict=True)]
    keys = sorted(sums)
    found, missed, taken, refused = zip(*(sums[key] for key in keys), strict=True) if keys else ((),) * 4
    run(
        tx, store.NOTE_FINDS_SQL, market=market, nodes=[node for node, _ in keys],
        categories=[category for _, category in keys], found=list(found), missed=list(missed),
        taken=list(taken), refused=list(refused),
    )  # fmt: skip


def categories(tx: Tx, market: str, items: Sequence[str]) -> dict[str, str]:
    """The class of goods of each of these items; from what the process has looked up of the catalogue."""
    known = catalogue.goods(tx, market, list(dict.fromkeys(items)))
    return {code: item.category for code, item in known.items.items()}


def finds_of(tx: Tx, market: str, node: str, now: datetime) -> list[tuple[Finds, Doubt]]:
    """What came of asking a node lately, class by class, and the doubt that follows from it."""
    doubts = {each.category: each for each in rows(tx, Doubt, store.DOUBTS_SQL, market=market, node=node)}
    none = Doubt(node=node, category="", missing=0, refusing=0)
    evidence = rows(tx, Finds, store.FINDS_SQL, market=market, node=node)
    return [(rules.as_of(each, now), doubts.get(each.category, none)) for each in evidence]


def learn(tx: Tx, market: str, now: datetime) -> int:
    """Work out anew what is to be doubted of every node; returns how many figures changed.

    Nothing is written where nothing changed, so that nobody has to read it again.
    """
    atlas = network.atlas(tx, market)
    evidence = rows(tx, Finds, store.FINDS_SQL, market=market, node=None)
    if not evidence:
        return 0
    found = rules.learned(evidence, {node.node: node.kind for node in atlas.nodes}, now)
    changed = run(
        tx, store.SAVE_DOUBTS_SQL, market=market, nodes=[each.node for each in found],
        categories=[each.category for each in found], missing=[each.missing for each in found],
        refusing=[each.refusing for each in found],
    )  # fmt: skip
    if changed:
        run(tx, store.RENEW_DOUBTS_SQL, market=market, stamp=new_id())
    return changed


def doubts(tx: Tx, market: str, atlas: Atlas) -> Doubts | None:
    """The doubts of a market as this transaction sees them, laid out for an atlas; None where there are none.

    From memory, but for one cheap query. The stamp is read first: what changes in between makes the doubts
    look older than they are, and they are read once more.
    """
    stamp = _stamp(tx, market)
    if stamp is None:
        return None
    key = (tx.info.host, str(tx.info.port), tx.info.dbname, market)
    known = _kept.get(key)
    if known is not None and known[:2] == (stamp, atlas.stamp) and atlas.stamp is not None:
        return known[2]
    found = rules.laid_doubts(rows(tx, Doubt, store.DOUBTS_SQL, market=market, node=None), atlas.index)
    _kept[key] = (stamp, atlas.stamp, found)
    while len(_kept) > MARKETS_MAX:
        _kept.popitem(last=False)
    return found


def doubts_asked(market: str) -> Question:
    """What `doubts` asks the database each time, for whoever asks several things at once."""
    return Question(sql=store.DOUBTS_STAMP_SQL, params={"market": market})


def doubted_classes(tx: Tx, market: str, items: Sequence[str]) -> dict[str, str]:
    """The classes of these items, where there is any doubt to apply to them; else nothing is looked up."""
    return {} if _stamp(tx, market) is None else categories(tx, market, items)


def _stamp(tx: Tx, market: str) -> Id | None:
    found = values(tx, store.DOUBTS_STAMP_SQL, market=market)
    return found[0][0] if found else None
