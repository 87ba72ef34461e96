"""The network as planning sees it, some items at a time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from anyshelf.catalogue import service as catalogue
from anyshelf.ground.db import Tx
from anyshelf.inventory import service as inventory
from anyshelf.inventory.model import Expected, Position
from anyshelf.network import service as network
from anyshelf.orders import service as orders
from anyshelf.planning import rules, store
from anyshelf.planning.model import Closeup, Flags, Floats, Ints, Picture, Terms
from anyshelf.planning.service.supplying import CENTRES, Book, limits_of, ways_to
from anyshelf.planning.service.terms import terms
from anyshelf.planning.store import running

SHELVES = ("store", "dark_store", *CENTRES)
Series = dict[tuple[str, str], int]
"""Which row an item at a node has."""


def picture_of(tx: Tx, market: str, items: Sequence[str], by: Terms, as_of: datetime) -> Picture:
    """These items at every node of ours that keeps stock: what was wanted, what is there, what is coming."""
    store.be_patient(tx)
    atlas = network.atlas(tx, market)
    shelves = [node for node in atlas.nodes if node.active and node.kind in SHELVES]
    known = catalogue.items(tx, market, items)
    names = sorted(known)
    book = Book(running.supply(tx, market, names))
    ways = ways_to(atlas, shelves, by, book, as_of.date())
    period = timedelta(days=by.period_days)
    since = as_of - by.periods * period
    wanted = orders.wanted(tx, market, names, since=since, until=as_of, period=period)
    positions = inventory.positions_of(tx, market, names)
    codes = [node.node for node in shelves]
    series = _series([*((item, node) for item, node, *_ in wanted),
                      *((each.item, each.node) for each in positions)], codes, ways.source)  # fmt: skip
    history = np.zeros((len(series), by.periods))
    for item, node, ago, units in wanted:
        _add(history, series.get((item, node)), ago, units)
    free, on_hand = _stock(positions, series)
    changed = inventory.changed(tx, market, names, since=since, until=as_of, period=period)
    censored = _looked_back(changed, series, on_hand, history)
    item_of, node_of = _places(series, names, codes)
    horizon = int((ways.lead + ways.review).max(initial=1))
    pack, minimum, shelf = limits_of(list(series), book)
    return Picture(
        as_of=as_of, currency=network.currency(tx, market), terms=by, items=names, nodes=codes,
        categories=[known[name].category for name in names],
        price_minor=np.array([known[name].price_minor for name in names], dtype=np.int64),
        cost_minor=np.array([known[name].cost_minor for name in names], dtype=np.int64),
        weight_g=np.array([known[name].weight_g for name in names], dtype=np.int64),
        source=ways.source, lead=ways.lead, review=ways.review, waits=ways.waits, truck_kg=ways.truck_kg,
        item=item_of, node=node_of, pack=pack, minimum=minimum, shelf=shelf, history=np.maximum(history, 0.0),
        censored=censored, free=free, on_hand=on_hand,
        coming=_coming(inventory.coming(tx, market, names), series, horizon, by, as_of),
    )  # fmt: skip


def close_up(tx: Tx, market: str, item: str, node: str, now: datetime) -> Closeup | None:
    """An item at a node as it stands now, looked at closely; None where it neither lies nor was wanted."""
    as_of = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return rules.looked_at(picture_of(tx, market, [item], terms(tx, market), as_of), item, node)


def _series(pairs: Iterable[tuple[str, str]], nodes: Sequence[str], source: Ints) -> Series:
    """A row for every item at a node of ours that it was wanted from or lies at, and at what feeds that."""
    place = {node: number for number, node in enumerate(nodes)}
    found: set[tuple[str, str]] = set()
    for item, node in pairs:
        if node in place:
            found.add((item, node))
            feeder = int(source[place[node]])
            if feeder >= 0:
                found.add((item, nodes[feeder]))
    return {pair: row for row, pair in enumerate(sorted(found))}


def _places(series: Series, items: Sequence[str], nodes: Sequence[str]) -> tuple[Ints, Ints]:
    item_at = {item: number for number, item in enumerate(items)}
    node_at = {node: number for number, node in enumerate(nodes)}
    return (
        np.array([item_at[item] for item, _ in series], dtype=np.int64),
        np.array([node_at[node] for _, node in series], dtype=np.int64),
    )


def _add(history: Floats, row: int | None, ago: Sequence[int], units: Sequence[int]) -> None:
    """Add units to the periods so long ago, where they are in the history."""
    if row is None:
        return
    periods = history.shape[1]
    for back, quantity in zip(ago, units, strict=True):
        if 0 <= back < periods:
            history[row, periods - 1 - back] += float(quantity)


def _stock(positions: Sequence[Position], series: Series) -> tuple[Ints, Ints]:
    free, on_hand = np.zeros(len(series), dtype=np.int64), np.zeros(len(series), dtype=np.int64)
    for position in positions:
        row = series.get((position.item, position.node))
        if row is not None:
            free[row], on_hand[row] = position.free, position.on_hand
    return free, on_hand


def _looked_back(
    changed: Iterable[inventory.Changed], series: Series, on_hand: Ints, history: Floats
) -> Flags:
    """Which periods ended on an empty shelf, as far back as the books go; what came back is no demand.

    Takes returned units out of the history, and what was before the first goods came where nothing was sold.
    """
    periods = history.shape[1]
    censored = np.zeros(history.shape, dtype=bool)
    for item, node, ago, quantities, backs in changed:
        row = series.get((item, node))
        if row is None:
            continue
        _add(history, row, ago, [-int(back) for back in backs])
        change = dict(zip(ago, quantities, strict=True))
        left = int(on_hand[row]) - sum(int(units) for back, units in change.items() if back < 0)
        for back in range(min(max(ago), periods - 1) + 1):
            censored[row, periods - 1 - back] = left <= 0
            left -= int(change.get(back, 0))
        before = max(periods - 1 - max(ago), 0)
        if not history[row, :before].any():
            history[row, :before] = np.nan
            censored[row, :before] = False
    return censored


def _coming(supply: Iterable[Expected], series: Series, horizon: int, by: Terms, as_of: datetime) -> Ints:
    """What arrives before each coming period; what is overdue is as good as here.

    What comes later than an order of today would is left to the orders of later.
    """
    coming = np.zeros((len(series), horizon), dtype=np.int64)
    for each in supply:
        row = series.get((each.item, each.node))
        if row is not None:
            periods = round((each.arrives_at - as_of) / timedelta(days=by.period_days))
            if periods < horizon:
                coming[row, max(periods, 0)] += each.quantity
    return coming
