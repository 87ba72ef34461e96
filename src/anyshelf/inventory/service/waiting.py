"""Supply on its way that is promised already: who waits for it, and what they get when it is here."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from anyshelf.ground.db import Tx, rows, run
from anyshelf.ground.errors import Shortage
from anyshelf.ground.events import Event
from anyshelf.ground.ids import Id
from anyshelf.ground.outbox import tell
from anyshelf.inventory import rules, store
from anyshelf.inventory.model import Expected, Posting, Waiting, Want
from anyshelf.inventory.service.holds import hold

KEPT_FOR = timedelta(days=30)
"""How long what arrived is held for whoever waited: far longer than its order takes to hear of it."""


def wait_for(
    tx: Tx, market: str, wants: Sequence[Want], *, nodes: Collection[str], cause: Id, now: datetime
) -> list[Waiting]:
    """Promise supply on its way to the lines of a cause, the soonest first; a want's own node is not asked.

    Locks expected supply in (item, arrival) order, after positions. Raises Shortage naming every line that
    what is expected at these nodes does not cover.
    """
    items = sorted({want.item for want in wants})
    coming = rows(
        tx, Expected, store.LOCK_EXPECTED_SQL, market=market, items=items, nodes=sorted(nodes)
    )  # fmt: skip
    promised, missing = rules.waits(wants, coming, cause)
    if missing:
        named = [
            {"line": want.line, "item": want.item, "wanted": want.quantity, "available": available}
            for want, available in missing
        ]
        items_short = ", ".join(want.item for want, _ in missing[:5])
        raise Shortage(f"Not enough of {items_short}, not even on its way.", lines=named)
    _write(tx, market, promised, cause, now)
    return promised


def stop_waiting(tx: Tx, market: str, cause: Id, line: int, quantity: int, now: datetime) -> None:
    """A line waits for so many units less: what would come last is given free first."""
    given: list[Waiting] = []
    for waiting in waiting_of(tx, market, cause):
        part = min(waiting.quantity, quantity) if waiting.line == line else 0
        if part:
            given.append(replace(waiting, quantity=-part))
            quantity -= part
    _write(tx, market, given, cause, now)


def waiting_of(tx: Tx, market: str, cause: Id) -> list[Waiting]:
    """What a cause waits for, by line, what comes last first."""
    return rows(tx, Waiting, store.WAITING_OF_SQL, market=market, cause=cause)


def serve_waiting(tx: Tx, market: str, posting: Posting, now: datetime) -> None:
    """Hold what has just arrived for those who wait for it, who came first first, and tell them."""
    found = rows(
        tx, Waiting, store.WAITING_FOR_SQL,
        market=market, reference=posting.reference, item=posting.item, node=posting.node,
    )  # fmt: skip
    left = posting.quantity
    for waiting in found:
        part = min(waiting.quantity, left)
        if part:
            _serve(tx, market, replace(waiting, quantity=part), now)
            left -= part


def _serve(tx: Tx, market: str, served: Waiting, now: datetime) -> None:
    want = Want(line=served.line, item=served.item, node=served.node, quantity=served.quantity)
    kept = hold(tx, market, [want], holder=str(served.cause), expires_at=now + KEPT_FOR, now=now)
    _write(tx, market, [replace(served, quantity=-served.quantity)], served.cause, now)
    data = {
        "order_id": str(served.cause),
        "line": served.line,
        "item": served.item,
        "node": served.node,
        "quantity": served.quantity,
        "hold_id": str(kept.hold_id),
    }
    tell(tx, market, [Event(kind="SupplyArrived", subject=str(served.cause), data=data, happened_at=now)])


def _write(tx: Tx, market: str, changes: Sequence[Waiting], cause: Id, now: datetime) -> None:
    """Change what a cause waits for by these quantities, and what is promised of the supply with it."""
    if not changes:
        return
    run(
        tx,
        store.WAIT_SQL,
        market=market,
        cause=cause,
        now=now,
        lines=[change.line for change in changes],
        references=[change.reference for change in changes],
        items=[change.item for change in changes],
        nodes=[change.node for change in changes],
        quantities=[change.quantity for change in changes],
    )
