"""A till's lease: a few units of what lies on its shelves, held for it, to be sold when it is cut off.

A lease is a hold an item under the till's name, so the database counts it as spoken for: no channel sells it
meanwhile. A sale takes its units out of the lease in its own transaction, and what is left stays leased.

A till that does not come back is closed by somebody: its units are free at once. What it had is remembered,
for the sales it made before and tells when it is found.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from anyshelf.ground.db import Tx, rows, run
from anyshelf.ground.errors import Shortage
from anyshelf.ground.ids import Id, new_id
from anyshelf.inventory import rules
from anyshelf.inventory.model import Hold, Leased, Lessee, Move, Position, Want
from anyshelf.inventory.service.holds import hold, release_hold
from anyshelf.inventory.service.ledger import ask_count, lock, post
from anyshelf.inventory.service.views import positions
from anyshelf.inventory.store import leases as store

ITEMS_MAX: Final = 1000
SOLD_EARLIER: Final = "sold by a till that was closed"


def lease(
    tx: Tx, market: str, node: str, *, holder: str, expires_at: datetime, now: datetime
) -> dict[str, int]:
    """Renew a till's lease and fill it up; returns how many units of each item it holds.

    What is leased already stays until the new end; items of which nothing is leased (any more) are taken up
    where enough is free. Locks the till's holds, then positions in (item, node) order.
    """
    held = held_by(tx, market, holder)
    run(tx, store.KEEP_LONGER_SQL, market=market, holder=holder, until=expires_at)
    run(tx, store.FORGET_CLOSED_SQL, market=market, holder=holder)
    leased = dict(held)
    lying = positions(tx, market, item=None, node=node, limit=ITEMS_MAX)
    free = {position.item: position.free for position in lying if position.item not in held}
    most = rules.TILL_UNITS_MAX - sum(held.values())
    for item, units in sorted(rules.shares(free, most=most).items()):
        want = Want(line=1, item=item, node=node, quantity=units)
        try:
            hold(tx, market, [want], holder=holder, expires_at=expires_at, now=now)
        except Shortage:  # somebody was faster, and nothing was written
            continue
        leased[item] = units
    return leased


def held_by(tx: Tx, market: str, holder: str) -> dict[str, int]:
    """How many units of each item a till has leased; its holds are locked."""
    units: dict[str, int] = {}
    for each in _leased(tx, market, holder):
        units[each.item] = units.get(each.item, 0) + each.quantity
    return units


def take_out(
    tx: Tx, market: str, node: str, wanted: Mapping[str, int], *, holder: str, now: datetime
) -> dict[str, int]:
    """Give a sale, in its own transaction, the units it needs of a till's lease; the rest stays leased.

    What the lease does not hold the sale must find free. What is not free either, but was this till's when
    it was closed, left the shelf before others were promised it: the books say so, a count is asked for, and
    it is returned, item by item. Locks the positions in (item, node) order before it looks: whoever changes a
    hold changes its positions, so of two sales at once the second sees what the first has left.
    """
    there = lock(tx, market, {(item, node): Position(item=item, node=node) for item in wanted})
    held = rows(tx, Hold, store.HELD_BY_SQL, market=market, holder=holder)
    ends = {each.hold_id: each.expires_at for each in held}
    left = dict(wanted)
    for each in _lines(tx, market, list(ends)):
        taken = min(left.get(each.item, 0), each.quantity)
        if not taken or each.node != node:
            continue
        left[each.item] -= taken
        release_hold(tx, market, each.hold_id, now)
        if each.quantity > taken:
            rest = Want(line=1, item=each.item, node=node, quantity=each.quantity - taken)
            hold(tx, market, [rest], holder=holder, expires_at=ends[each.hold_id], now=now)
    beyond = {
        item: units - there[item, node].free
        for item, units in sorted(left.items())
        if (item, node) in there and units > there[item, node].free
    }
    return _sold_when_closed(tx, market, node, beyond, holder=holder, now=now)


def _sold_when_closed(
    tx: Tx, market: str, node: str, beyond: Mapping[str, int], *, holder: str, now: datetime
) -> dict[str, int]:
    """Those of these units that the till had leased when it was closed, put back into the books to be sold.

    They come from the account of losses, to which whoever looks for them in vain writes them off again.
    """
    found = {
        item: units
        for item, units in beyond.items()
        if run(
            tx, store.SOLD_WHEN_CLOSED_SQL, market=market, holder=holder, item=item, node=node, quantity=units
        )
    }
    moves = [
        Move(
            item=item, node=node, from_bucket="loss", to_bucket="on_hand", quantity=units, reason=SOLD_EARLIER
        )
        for item, units in found.items()
    ]
    post(tx, market, moves, cause=new_id(), step=0, now=now)
    for item in found:
        ask_count(tx, market, node=node, item=item, reason=SOLD_EARLIER, now=now)
    return found


def end_lease(tx: Tx, market: str, *, holder: str, now: datetime) -> int:
    """The till is closed: all it has leased is free again, and remembered. Returns how many units."""
    leased = _leased(tx, market, holder)
    for hold_id in dict.fromkeys(each.hold_id for each in leased):
        release_hold(tx, market, hold_id, now)
    had: Counter[tuple[str, str]] = Counter()
    for each in leased:
        had[each.item, each.node] += each.quantity
    run(
        tx, store.CLOSE_SQL, market=market, holder=holder, now=now, items=[item for item, _ in had],
        nodes=[node for _, node in had], quantities=list(had.values()),
    )  # fmt: skip
    return had.total()


def lessees(tx: Tx, market: str, beginning: str) -> list[Lessee]:
    """Who has leased how much, of those whose name begins so."""
    return rows(tx, Lessee, store.LESSEES_SQL, market=market, beginning=beginning)


def _leased(tx: Tx, market: str, holder: str) -> list[Leased]:
    held = rows(tx, Hold, store.HELD_BY_SQL, market=market, holder=holder)
    return _lines(tx, market, [each.hold_id for each in held])


def _lines(tx: Tx, market: str, hold_ids: list[Id]) -> list[Leased]:
    return rows(tx, Leased, store.LEASED_SQL, market=market, hold_ids=hold_ids)
