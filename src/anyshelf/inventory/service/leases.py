"""A till's lease: a few units of what lies on its shelves, held for it, to be sold when it is cut off.

A lease is a hold an item under the till's name, so the database counts it as spoken for: no channel sells it
meanwhile. A sale takes its units out of the lease in its own transaction, and what is left stays leased.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from anyshelf.ground.db import Tx, rows, run
from anyshelf.ground.errors import Shortage
from anyshelf.ground.ids import Id
from anyshelf.inventory import rules
from anyshelf.inventory.model import Hold, Leased, Position, Want
from anyshelf.inventory.service.holds import hold, release_hold
from anyshelf.inventory.service.ledger import lock
from anyshelf.inventory.service.views import positions
from anyshelf.inventory.store import leases as store

ITEMS_MAX: Final = 1000


def lease(
    tx: Tx, market: str, node: str, *, holder: str, expires_at: datetime, now: datetime
) -> dict[str, int]:
    """Renew a till's lease and fill it up; returns how many units of each item it holds.

    What is leased already stays until the new end; items of which nothing is leased (any more) are taken up
    where enough is free. Locks the till's holds, then positions in (item, node) order.
    """
    held = held_by(tx, market, holder)
    run(tx, store.KEEP_LONGER_SQL, market=market, holder=holder, until=expires_at)
    leased = dict(held)
    for position in positions(tx, market, item=None, node=node, limit=ITEMS_MAX):
        units = rules.leased_units(position.free)
        if position.item in held or not units:
            continue
        want = Want(line=1, item=position.item, node=node, quantity=units)
        try:
            hold(tx, market, [want], holder=holder, expires_at=expires_at, now=now)
        except Shortage:  # somebody was faster, and nothing was written
            continue
        leased[position.item] = units
    return leased


def held_by(tx: Tx, market: str, holder: str) -> dict[str, int]:
    """How many units of each item a till has leased; its holds are locked."""
    units: dict[str, int] = {}
    for each in _leased(tx, market, holder):
        units[each.item] = units.get(each.item, 0) + each.quantity
    return units


def take_out(
    tx: Tx, market: str, node: str, wanted: Mapping[str, int], *, holder: str, now: datetime
) -> None:
    """Give a sale, in its own transaction, the units it needs of a till's lease; the rest stays leased.

    What the lease does not hold the sale must find free. Locks the positions in (item, node) order before it
    looks: whoever changes a hold changes its positions, so of two sales at once the second sees what the
    first has left.
    """
    lock(tx, market, {(item, node): Position(item=item, node=node) for item in wanted})
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


def end_lease(tx: Tx, market: str, *, holder: str, now: datetime) -> None:
    """The till is closed: all it has leased is free again."""
    for each in _leased(tx, market, holder):
        release_hold(tx, market, each.hold_id, now)


def _leased(tx: Tx, market: str, holder: str) -> list[Leased]:
    held = rows(tx, Hold, store.HELD_BY_SQL, market=market, holder=holder)
    return _lines(tx, market, [each.hold_id for each in held])


def _lines(tx: Tx, market: str, hold_ids: list[Id]) -> list[Leased]:
    return rows(tx, Leased, store.LEASED_SQL, market=market, hold_ids=hold_ids)
