"""Many reservations in one go: positions locked once, each asker served whole or not at all."""

from collections.abc import Sequence
from datetime import datetime

from anyshelf.ground.db import Tx, rows, run
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Claimant, Position
from anyshelf.inventory.service.ledger import change_positions


def reserve_all(
    tx: Tx, market: str, asked: Sequence[Claimant], now: datetime, *, reason: str = "order"
) -> list[int]:
    """Reserve what each asker wants, whole or not at all; returns the places of those who got theirs.

    Demand is summed by position, and positions are locked once, in (item, node) order. Who comes first is
    served first; a short one fails none of its neighbours.
    """
    keys = sorted({(want.item, want.node) for each in asked for want in each.wants})
    found = rows(
        tx, Position, store.LOCK_POSITIONS_SQL,
        market=market, items=[item for item, _ in keys], nodes=[node for _, node in keys],
    )  # fmt: skip
    before = {(position.item, position.node): position for position in found}
    served, change = rules.granted(before, [each.wants for each in asked])
    if change:
        change_positions(tx, market, change)
        _write(tx, market, [asked[place] for place in served], now, reason)
    return served


def _write(tx: Tx, market: str, served: Sequence[Claimant], now: datetime, reason: str) -> None:
    entries = [
        (each.cause, each.step, entry, want)
        for each in served
        for entry, want in enumerate(each.wants, start=1)
    ]
    run(
        tx,
        store.WRITE_CLAIMS_SQL,
        market=market,
        now=now,
        reason=reason,
        causes=[cause for cause, _, _, _ in entries],
        steps=[step for _, step, _, _ in entries],
        entries=[entry for _, _, entry, _ in entries],
        items=[want.item for _, _, _, want in entries],
        nodes=[want.node for _, _, _, want in entries],
        quantities=[want.quantity for _, _, _, want in entries],
        lines=[want.line for _, _, _, want in entries],
    )
